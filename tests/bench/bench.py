"""make bench: the floor and the product side by side, interleaved; medians, ratios, limits.

    python tests/bench/bench.py [--rounds 3] [--seconds 20] [--cases 20000] [--backlog 200000] [--only NAME,NAME]

Writes RESULTS.md and, with --accept, baseline.json. Exit 1 where a ratio fell by more than 15 % of the baseline.
Limits that are missed are marked and do not fail the run: this table is where to look next.
A whole run takes long: with --only it is done in pieces, which share one table. What the other pieces measured stands in
build/bench/values.json; where RESULTS.md has figures that are newer or not there, or a whole run is cut off, it is left as it is.
"""

import argparse
import datetime
import json
import statistics
import sys
import time

import scale
import scenarios
import table
from machine import HOME, Stack, Watch
from scheduling import shared_by_thread, shares_by_session

KEPT = HOME / "values.json"


def say(text):
    """Progress, on standard error."""
    print(f"== {datetime.datetime.now():%H:%M:%S} {text}", file=sys.stderr, flush=True)


def plan(options):
    """Scenario by name: [(part, its size in words, function)]; a part's figures are called part.figure."""
    cases, backlog, seconds = options.cases, options.backlog, options.seconds
    cases_text, backlog_text = f"{cases:,} cases", f"{backlog:,} proposals"
    return {
        "pure": [("pure", "0.5 s each", scenarios.pure)],
        "starts": [("starts", "each service once", scenarios.starts)],
        "path": [("floor_path", cases_text, lambda s: scenarios.floor_path(s, cases)),
                 ("product_path", cases_text, lambda s: scenarios.product_path(s, cases)),
                 ("whole_way", cases_text, lambda s: scenarios.whole_way(s, cases))],
        "open": [("floor_500", f"{seconds} s", lambda s: scenarios.floor_open_loop(s, 500, seconds)),
                 ("open_500", f"{seconds} s", lambda s: scenarios.open_loop(s, 500, seconds))],
        "inbound": [("inbound", cases_text, lambda s: scenarios.inbound(s, cases))],
        "commands": [("commands", f"{options.commands:,} commands",
                      lambda s: scenarios.commands(s, options.commands))],
        "backlog": [("floor_backlog", backlog_text, lambda s: scenarios.floor_backlog(s, backlog)),
                    ("ledger_backlog", backlog_text, lambda s: scenarios.ledger_backlog(s, backlog)),
                    ("two_ledgers", backlog_text, lambda s: scenarios.two_ledgers(s, backlog))],
        "rebuild": [("rebuild", f"{options.facts:,} facts", lambda s: scale.rebuild(s, options.facts))],
        "long": [("open_1500", f"{options.long_seconds} s",
                  lambda s: scenarios.open_loop(s, 1500, options.long_seconds))],
        "clocks": [("clocks", f"{options.clocks:,} clocks", lambda s: scale.clocks(s, options.clocks))],
        "growth": [("growth", f"{options.grown:,} cases", lambda s: scale.growth(s, options.grown))],
    }


WITHOUT_BROKER = {"pure", "starts"}
ONCE = {"long", "clocks", "growth"}  # minutes long
FLOODS = {"backlog", "long", "clocks", "growth"}  # leave much behind that all services would work off first


def bring_up(stack, options, wanted):
    """Fresh servers and services, warm where something is measured that they share in."""
    stack.up(options.warm)
    if set(wanted) - WITHOUT_BROKER:
        runs, part = scenarios.warm_up(stack)
        say(f"warm after {runs} runs: the broker's compilers took {100 * part:.1f} % of a processor in the last")


def await_quiet(stack, most_s):
    """Until others leave the machine alone for two seconds, or for as long as patience lasts."""
    until = time.monotonic() + most_s
    while time.monotonic() < until:
        watch = Watch(stack)
        time.sleep(2)
        if sum(watch.end()) < table.DISTURBED / 2:
            return


def measure_part(stack, kept, part, sizes, function):
    """Runs one part once and adds its figures to those kept."""
    watch = Watch(stack)
    figures = function(stack)
    foreign, steal = watch.end()
    say(f"  {' '.join(f'{key}={table.number_text(value)}' for key, value in figures.items())}; "
        f"others took {100 * foreign:.1f} %, other machines {100 * steal:.1f} %")
    for key, value in figures.items():
        kept["values"].setdefault(f"{part}.{key}", []).append(value)
    run = kept["runs"].setdefault(part, {"foreign": [], "commits": []})
    run["foreign"].append(foreign + steal)
    run["sizes"] = sizes
    run["at"] = f"{datetime.datetime.now(datetime.timezone.utc):%Y-%m-%d %H:%M}"
    run["by_session"] = shares_by_session()
    run["commits"] = sorted({*run["commits"], table.version()})
    KEPT.write_text(json.dumps(kept, indent=1), encoding="utf-8")


def measure(options, kept):
    """All rounds of the wanted scenarios; those figures replace what was kept of the same parts."""
    wanted = {name: parts for name, parts in plan(options).items()
              if not options.only or name in options.only}
    parts_wanted = {part for parts in wanted.values() for part, _, _ in parts}
    kept["values"] = {name: found for name, found in kept["values"].items() if name.split(".")[0] not in parts_wanted}
    kept["runs"] = {part: run for part, run in kept["runs"].items() if part not in parts_wanted}
    stack, running = Stack(), False
    try:
        for number in range(options.rounds):
            for name, parts in wanted.items():
                if name in ONCE and number < options.rounds - 1:
                    continue
                if not running:
                    bring_up(stack, options, wanted)
                for part, sizes, function in parts:
                    await_quiet(stack, options.patience)
                    say(f"round {number + 1}: {part}, {sizes}")
                    try:
                        measure_part(stack, kept, part, sizes, function)
                    except RuntimeError as error:  # the others are still worth knowing
                        say(f"  not measured: {error}")
                        kept["failures"].append(f"{part}: {error}")
                running = name not in FLOODS
                if not running:
                    stack.down()
    finally:
        stack.down()


def read_options():
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--cases", type=int, default=20000)
    parser.add_argument("--backlog", type=int, default=200000)
    parser.add_argument("--seconds", type=int, default=20)
    parser.add_argument("--long-seconds", type=int, default=600)
    parser.add_argument("--clocks", type=int, default=1000000)
    parser.add_argument("--grown", type=int, default=1000000, help="cases in the ledger at the end of growth")
    parser.add_argument("--facts", type=int, default=500000, help="facts that analytics is rebuilt from")
    parser.add_argument("--commands", type=int, default=10000)
    parser.add_argument("--warm", type=int, default=300000, help="messages that the broker carries before all")
    parser.add_argument("--patience", type=int, default=60, help="seconds to wait for a quiet machine before each part")
    parser.add_argument("--only", help="scenarios, separated by commas; the figures of the others are kept from earlier runs")
    parser.add_argument("--accept", action="store_true", help="make these ratios the baseline")
    parser.add_argument("--no-results", action="store_true", help="leave RESULTS.md as it is")
    options = parser.parse_args()
    options.only = options.only.split(",") if options.only else []
    unknown = set(options.only) - set(plan(options))
    if unknown:
        parser.error(f"no scenario {', '.join(sorted(unknown))}; there are {', '.join(plan(options))}")
    return options


def read_kept(options):
    """Figures and runs to begin with: those of earlier runs for some scenarios, none for all of them."""
    if options.only and KEPT.exists():
        return json.loads(KEPT.read_text(encoding="utf-8"))
    return {"values": {}, "runs": {}}


def main():
    """Measures, writes, judges."""
    options = read_options()
    HOME.mkdir(parents=True, exist_ok=True)
    kept, whole = read_kept(options), False
    kept["failures"] = []
    try:
        with shared_by_thread():
            measure(options, kept)
        whole = not options.only
    finally:
        code = judge(options, kept, whole)
    return code


def write(options, kept, medians, whole):
    """RESULTS.md, but not where figures of others would go: only a whole run replaces all."""
    ours = {part: run["at"] for part, run in kept["runs"].items()}
    lost = [] if whole else sorted(part for part, at in table.written().items() if ours.get(part, "") < at)
    if lost:
        say(f"RESULTS.md is left as it is: what it has of {', '.join(lost)} is not in {KEPT}, or older there")
    elif not options.no_results:
        table.write_results(kept["values"], medians, kept["runs"])


def judge(options, kept, whole):
    """Prints and writes what was measured; the exit code."""
    medians = {name: statistics.median(found) for name, found in kept["values"].items()}
    for row in table.rows(medians, kept["runs"]):
        print("  ".join(row))
    write(options, kept, medians, whole)
    fallen = list(table.falls(medians))
    for line in fallen:
        print(f"fell by more than 15 %: {line}", file=sys.stderr)
    for line in kept["failures"]:
        print(f"not measured: {line}", file=sys.stderr)
    if options.accept:
        for what in table.accept(medians, kept["runs"]):
            print(f"not made the baseline, because others took too much of the machine: {what}", file=sys.stderr)
    return 1 if fallen or kept["failures"] else 0


if __name__ == "__main__":
    sys.exit(main())
