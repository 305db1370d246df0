"""make bench: the floor and the product side by side, interleaved; medians, ratios, limits.

    python tests/bench/bench.py [--rounds 3] [--seconds 20] [--cases 20000] [--backlog 200000] [--only NAME]

Writes RESULTS.md and, with --accept, baseline.json. Exit 1 where a ratio fell by more than 15 % of the baseline.
Limits that are missed are marked and do not fail the run: this table is where to look next.
"""

import argparse
import datetime
import json
import pathlib
import platform
import statistics
import subprocess
import sys

import scenarios
from machine import HOME, ROOT, Stack

HERE = pathlib.Path(__file__).resolve().parent
WORST_FALL = 0.15


def say(text):
    """Progress, on standard error."""
    print(f"== {datetime.datetime.now():%H:%M:%S} {text}", file=sys.stderr, flush=True)


def plan(options):
    """Scenario by name: [(part, function)]; a part's figures are called part.figure."""
    def with_size(function, size):
        return lambda stack: function(stack, size)

    def at(function, rate, seconds):
        return lambda stack: function(stack, rate, seconds)
    return {
        "path": [("floor_path", with_size(scenarios.floor_path, options.cases)),
                 ("product_path", with_size(scenarios.product_path, options.cases))],
        "backlog": [("floor_backlog", with_size(scenarios.floor_backlog, options.backlog)),
                    ("ledger_backlog", with_size(scenarios.ledger_backlog, options.backlog))],
        "way": [("whole_way", with_size(scenarios.whole_way, options.cases))],
        "open": [("floor_500", at(scenarios.floor_open_loop, 500, options.seconds)),
                 ("open_500", at(scenarios.open_loop, 500, options.seconds))],
        "long": [("open_1500", at(scenarios.open_loop, 1500, options.long_seconds))],
        "commands": [("commands", with_size(scenarios.commands, 10000))],
        "pure": [("pure", scenarios.pure)],
        "starts": [("starts", scenarios.starts)],
    }


def ratio(above, below):
    """A figure as a share of another one."""
    return lambda m: m[above] / m[below]


def figure(name):
    """A figure as it is."""
    return lambda m: m[name]


# What is to be reached: (what, how it is computed, unit, at least or at most, limit, kept in the baseline).
TABLE = [
    ("submit → CaseRegistered ÷ floor path", ratio("product_path.per_second", "floor_path.per_second"), "", ">=", 0.6, 1),
    ("the whole way, six services ÷ floor path", ratio("whole_way.per_second", "floor_path.per_second"), "", ">=", 0.25, 1),
    ("the whole way, CPU-seconds per 1,000", figure("whole_way.cpu_per_1000"), "s", "<=", 0.6, 0),
    ("ledger backlog ÷ floor backlog", ratio("ledger_backlog.per_second", "floor_backlog.per_second"), "", ">=", 0.5, 1),
    ("500/s: submit → 202 p99 ÷ floor", ratio("open_500.accepted_p99_ms", "floor_500.accepted_p99_ms"), "", "<=", 3, 0),
    ("500/s: submit → fact p99 ÷ floor", ratio("open_500.registered_p99_ms", "floor_500.registered_p99_ms"), "", "<=", 3, 0),
    ("500/s: submit → fact p50", figure("open_500.registered_p50_ms"), "ms", "<=", 10, 0),
    ("500/s: submit → mail told p99", figure("open_500.mail_p99_ms"), "ms", "<=", 250, 0),
    ("1,500/s: submit → fact p99", figure("open_1500.registered_p99_ms"), "ms", "<=", 100, 0),
    ("1,500/s: growth of memory", figure("open_1500.grown_mib"), "MiB", "<=", 30, 0),
    ("staff commands, 32 clients", figure("commands.per_second"), "/s", ">=", 2000, 0),
    ("staff commands at 200/s beside 500/s, p99", figure("commands.p99_ms"), "ms", "<=", 25, 0),
    ("case_decide", figure("pure.case_decide"), "/s", ">=", 1e6, 0),
    ("triage of 300 characters", figure("pure.triage"), "/s", ">=", 2e4, 0),
    ("redaction of 300 characters", figure("pure.redaction"), "/s", ">=", 5e4, 0),
    ("deadline computation", figure("pure.deadline"), "/s", ">=", 1e6, 0),
    ("memory of the six services at rest", figure("starts.rest_mib"), "MiB", "<=", 120, 0),
    ("memory of the six services at full load", figure("whole_way.resident_mib"), "MiB", "<=", 300, 0),
    ("slowest start to ready", figure("starts.slowest_start_s"), "s", "<=", 2, 0),
]


def measure(options):
    """All rounds: {part.figure: [values]}."""
    values = {}
    wanted = {name: parts for name, parts in plan(options).items() if options.only in (None, name)}
    stack = Stack()
    stack.up()
    try:
        for number in range(options.rounds):
            for name, parts in wanted.items():
                if name == "long" and number > 0:
                    continue  # minutes long: once
                for part, function in parts:
                    say(f"round {number + 1}: {part}")
                    for key, value in function(stack).items():
                        values.setdefault(f"{part}.{key}", []).append(value)
    finally:
        stack.down()
    return values


def number_text(value):
    """Three or four figures that matter."""
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:.3g}"


def rows(medians):
    """(what, value, limit text, verdict) of the table's lines that were measured."""
    for what, compute, unit, relation, limit, _ in TABLE:
        try:
            value = compute(medians)
        except KeyError:
            continue
        good = value >= limit if relation == ">=" else value <= limit
        sign = "≥" if relation == ">=" else "≤"
        yield what, f"{number_text(value)} {unit}".strip(), f"{sign} {number_text(limit)} {unit}".strip(), \
            "reached" if good else "**missed**"


def git(*words):
    """One line from git."""
    return subprocess.run(["git", *words], cwd=ROOT, text=True, capture_output=True, check=False).stdout.strip()


def machine_text():
    """Processors and memory."""
    cpu = next((line.split(":")[1].strip() for line in open("/proc/cpuinfo", encoding="utf-8")
                if line.startswith("model name")), platform.machine())
    memory = int(next(line.split()[1] for line in open("/proc/meminfo", encoding="utf-8"))) // 2**20
    cores = sum(1 for line in open("/proc/cpuinfo", encoding="utf-8") if line.startswith("processor"))
    return f"{cores} × {cpu}, {memory} GiB, {platform.system()} {platform.release()}"


def write_results(values, medians, options):
    """RESULTS.md, whole."""
    load = pathlib.Path("/proc/loadavg").read_text(encoding="utf-8").split()[1]
    lines = ["# Results of `make bench`", "", "Written by the command; not edited.", "",
             f"* commit {git('rev-parse', '--short', 'HEAD')}"
             f"{' with uncommitted changes' if git('status', '--porcelain') else ''}, "
             f"{datetime.datetime.now(datetime.timezone.utc):%Y-%m-%d %H:%M} UTC",
             f"* {machine_text()}; load average over five minutes at the end: {load}",
             f"* {options.rounds} rounds; {options.cases:,} cases closed loop, {options.backlog:,} of backlog, "
             f"{options.seconds} s of 500/s, {options.long_seconds} s of 1,500/s", "",
             "| what | measured (median) | to reach | |", "| --- | --- | --- | --- |"]
    lines += [f"| {' | '.join(row)} |" for row in rows(medians)]
    lines += ["", "Figures behind them: median (least – most)", "", "| figure | |", "| --- | --- |"]
    lines += [f"| {name} | {number_text(medians[name])} ({number_text(min(found))} – {number_text(max(found))}) |"
              for name, found in sorted(values.items())]
    (HERE / "RESULTS.md").write_text("\n".join(lines) + "\n", encoding="utf-8")


def falls(medians):
    """Ratios that fell by more than 15 % of the baseline."""
    path = HERE / "baseline.json"
    baseline = json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}
    for what, compute, _, _, _, kept in TABLE:
        if kept and what in baseline:
            try:
                value = compute(medians)
            except KeyError:
                continue
            if value < baseline[what] * (1 - WORST_FALL):
                yield f"{what}: {value:.3f}, was {baseline[what]:.3f}"


def accept(medians):
    """This run's ratios become the baseline."""
    kept = {}
    for what, compute, _, _, _, is_kept in TABLE:
        try:
            if is_kept:
                kept[what] = round(compute(medians), 3)
        except KeyError:
            continue
    (HERE / "baseline.json").write_text(json.dumps(kept, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")


def read_options():
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--cases", type=int, default=20000)
    parser.add_argument("--backlog", type=int, default=200000)
    parser.add_argument("--seconds", type=int, default=20)
    parser.add_argument("--long-seconds", type=int, default=60)
    parser.add_argument("--only", choices=list(plan(argparse.Namespace(cases=0, backlog=0, seconds=0, long_seconds=0))))
    parser.add_argument("--accept", action="store_true", help="make this run the baseline")
    return parser.parse_args()


def main():
    """Measures, writes, judges."""
    options = read_options()
    HOME.mkdir(parents=True, exist_ok=True)
    values = measure(options)
    medians = {name: statistics.median(found) for name, found in values.items()}
    for row in rows(medians):
        print("  ".join(row))
    if options.only is None:
        write_results(values, medians, options)
    else:
        print(json.dumps(medians, indent=2))
    fallen = list(falls(medians))
    for line in fallen:
        print(f"fell by more than 15 %: {line}", file=sys.stderr)
    if options.accept:
        accept(medians)
    return 1 if fallen else 0


if __name__ == "__main__":
    sys.exit(main())
