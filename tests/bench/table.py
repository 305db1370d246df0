"""What is to be reached, and how it is written down and compared."""

import datetime
import json
import pathlib
import platform
import subprocess

from machine import ROOT

HERE = pathlib.Path(__file__).resolve().parent # of RESULTS.md and baseline.json
WORST_FALL = 0.15
DISTURBED = 0.1  # share of the machine that others took


class Computed:
    """A value of figures: one as it is, or as a share of another one."""

    def __init__(self, above, below=None):
        self.above, self.below = above, below
        self.parts = {name.split(".")[0] for name in (above, below) if name}

    def __call__(self, medians):
        return medians[self.above] if self.below is None else medians[self.above] / medians[self.below]


ratio = figure = Computed

# (what, how it is computed, unit, at least or at most, limit, kept in the baseline).
TABLE = [
    ("submit → CaseRegistered ÷ floor path", ratio("product_path.per_second", "floor_path.per_second"), "", ">=", 0.6, 1),
    ("the whole way, six services ÷ floor path", ratio("whole_way.per_second", "floor_path.per_second"), "", ">=", 0.25, 1),
    ("the whole way, CPU-seconds per 1,000", figure("whole_way.cpu_per_1000"), "s", "<=", 0.6, 0),
    ("ledger backlog ÷ floor backlog", ratio("ledger_backlog.per_second", "floor_backlog.per_second"), "", ">=", 0.5, 1),
    ("two ledgers ÷ one", ratio("two_ledgers.per_second", "ledger_backlog.per_second"), "", ">=", 1.3, 1),
    ("500/s: submit → 202 p99 ÷ floor", ratio("open_500.accepted_p99_ms", "floor_500.accepted_p99_ms"), "", "<=", 3, 0),
    ("500/s: submit → fact p99 ÷ floor", ratio("open_500.registered_p99_ms", "floor_500.registered_p99_ms"), "", "<=", 3, 0),
    ("500/s: submit → fact p50", figure("open_500.registered_p50_ms"), "ms", "<=", 10, 0),
    ("500/s: submit → mail told p99", figure("open_500.mail_p99_ms"), "ms", "<=", 250, 0),
    ("1,500/s: submit → fact p99", figure("open_1500.registered_p99_ms"), "ms", "<=", 100, 0),
    ("1,500/s: growth of memory", figure("open_1500.grown_mib"), "MiB", "<=", 30, 0),
    ("1,500/s: not registered at the end", figure("open_1500.waiting"), "", "<=", 0, 0),
    ("clocks: 1,000 due a second, lateness p99", figure("clocks.steady_p99_ms"), "ms", "<=", 100, 0),
    ("clocks: 100,000 due in one second, all fired in", figure("clocks.burst_s"), "s", "<=", 10, 0),
    ("clocks: 100,000 due in one second, all decided in", figure("clocks.burst_applied_s"), "s", "<=", 10, 0),
    ("clocks: 100,000 due in one second, crisis p99 ÷ others' p50",
     ratio("clocks.burst_crisis_p99_ms", "clocks.burst_other_p50_ms"), "", "<=", 0.1, 0),
    ("clocks: index of 1,000,000 rebuilt after FLUSHALL", figure("clocks.rebuild_s"), "s", "<=", 15, 0),
    ("clocks: Redis a clock", figure("clocks.bytes_each"), "B", "<=", 250, 0),
    ("staff commands, 32 clients", figure("commands.per_second"), "/s", ">=", 2000, 0),
    ("staff commands at 200/s beside 500/s, p99", figure("commands.p99_ms"), "ms", "<=", 25, 0),
    ("growth: cost of a case, full ÷ small", figure("growth.cost_ratio"), "", "<=", 1.15, 0),
    ("growth: slowest list p99 at 100/s", figure("growth.list_p99_ms"), "ms", "<=", 50, 0),
    ("growth: one case with timeline p99 at 100/s", figure("growth.case_p99_ms"), "ms", "<=", 50, 0),
    ("growth: public status p99 at 100/s", figure("growth.status_p99_ms"), "ms", "<=", 50, 0),
    ("growth: indicators of a year p99", figure("growth.indicators_p99_ms"), "ms", "<=", 200, 0),
    ("analytics rebuilt from the facts", figure("rebuild.analytics_per_second"), "/s", ">=", 50000, 0),
    ("case_decide", figure("pure.case_decide"), "/s", ">=", 1e6, 0),
    ("triage of 300 characters", figure("pure.triage"), "/s", ">=", 2e4, 0),
    ("redaction of 300 characters", figure("pure.redaction"), "/s", ">=", 5e4, 0),
    ("deadline computation", figure("pure.deadline"), "/s", ">=", 1e6, 0),
    ("memory of the six services at rest", figure("starts.rest_mib"), "MiB", "<=", 120, 0),
    ("memory of the six services at full load", figure("whole_way.resident_mib"), "MiB", "<=", 300, 0),
    ("slowest start to ready", figure("starts.slowest_start_s"), "s", "<=", 2, 0),
]


def number_text(value):
    """Three or four figures that matter."""
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:.3g}"


def computed(compute, medians):
    """A line's value; None where it was not measured."""
    try:
        return compute(medians)
    except KeyError:
        return None


def disturbed(compute, runs):
    """Whether others took much of the machine while a part of this was measured."""
    return any(max(runs[part]["foreign"]) > DISTURBED for part in compute.parts if part in runs)


def rows(medians, runs):
    """(what, value, limit text, verdict) of each of the table's lines."""
    for what, compute, unit, relation, limit, _ in TABLE:
        sign = "≥" if relation == ">=" else "≤"
        wanted = f"{sign} {number_text(limit)} {unit}".strip()
        value = computed(compute, medians)
        if value is None:
            yield what, "", wanted, "not measured"
            continue
        good = value >= limit if relation == ">=" else value <= limit
        yield what, f"{number_text(value)} {unit}".strip(), wanted, \
            ("reached" if good else "**missed**") + (", disturbed" if disturbed(compute, runs) else "")


def git(*words):
    """One line from git."""
    return subprocess.run(["git", *words], cwd=ROOT, text=True, capture_output=True, check=False).stdout.strip()


def version():
    """The commit, and whether anything else than the results differs from it."""
    changed = git("status", "--porcelain", "--", ".", ":!tests/bench/RESULTS.md", ":!tests/bench/baseline.json")
    return git("rev-parse", "--short", "HEAD") + (" with uncommitted changes" if changed else "")


def machine_text():
    """Processors and memory."""
    cpu = next((line.split(":")[1].strip() for line in open("/proc/cpuinfo", encoding="utf-8")
                if line.startswith("model name")), platform.machine())
    memory = int(next(line.split()[1] for line in open("/proc/meminfo", encoding="utf-8"))) / 2**20
    cores = sum(1 for line in open("/proc/cpuinfo", encoding="utf-8") if line.startswith("processor"))
    return f"{cores} × {cpu}, {memory:.0f} GiB, {platform.system()} {platform.release()}"


def runs_text(runs):
    """Each part: how often, at which size, when, at which commit, how quiet, and how processors were shared."""
    lines = ["| part | rounds | sizes | last, UTC | commit | others took, at most | processors shared by |",
             "| --- | --- | --- | --- | --- | --- | --- |"]
    for part, run in sorted(runs.items()):
        worst = max(run["foreign"])
        noise = f"{100 * worst:.0f} %{' (**disturbed**)' if worst > DISTURBED else ''}"
        shared = "session" if run.get("by_session", True) else "thread"
        lines.append(f"| {part} | {len(run['foreign'])} | {run['sizes']} | {run['at']} | {', '.join(run['commits'])} | {noise} | {shared} |")
    return lines


def write_results(values, medians, runs):
    """RESULTS.md, whole."""
    lines = ["# Results of `make bench`", "", "Written by the command; not edited. What the lines mean: [README](README.md).", "",
             f"* {machine_text()}", f"* written {datetime.datetime.now(datetime.timezone.utc):%Y-%m-%d %H:%M} UTC", "",
             "| what | measured (median) | to reach | |", "| --- | --- | --- | --- |"]
    lines += [f"| {' | '.join(row)} |" for row in rows(medians, runs)]
    lines += ["", "## Runs", "", *runs_text(runs), "",
              "## Figures behind them", "", "Median (least – most).", "", "| figure | |", "| --- | --- |"]
    lines += [f"| {name} | {number_text(medians[name])} ({number_text(min(found))} – {number_text(max(found))}) |"
              for name, found in sorted(values.items())]
    (HERE / "RESULTS.md").write_text("\n".join(lines) + "\n", encoding="utf-8")


def written():
    """When RESULTS.md's figures were measured, by part: texts that sort by time."""
    path = HERE / "RESULTS.md"
    runs = path.read_text(encoding="utf-8").partition("## Runs")[2].partition("## ")[0] if path.exists() else ""
    cells = [[cell.strip() for cell in line.split("|")] for line in runs.splitlines() if line.startswith("| ")]
    return {row[1]: row[4] for row in cells if row[1] not in ("part", "---")}


def read_baseline():
    """The ratios that were accepted."""
    path = HERE / "baseline.json"
    return json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}


def falls(medians):
    """Ratios that fell by more than 15 % of the baseline."""
    baseline = read_baseline()
    for what, compute, _, _, _, kept in TABLE:
        value = computed(compute, medians)
        if kept and what in baseline and value is not None and value < baseline[what] * (1 - WORST_FALL):
            yield f"{what}: {value:.3f}, was {baseline[what]:.3f}"


def accept(medians, runs):
    """This run's ratios become the baseline, but for those that were not measured or were disturbed; gives the latter."""
    kept, left = read_baseline(), []
    for what, compute, _, _, _, is_kept in TABLE:
        value = computed(compute, medians)
        if not is_kept or value is None:
            continue
        if disturbed(compute, runs):
            left.append(what)
        else:
            kept[what] = round(value, 3)
    (HERE / "baseline.json").write_text(json.dumps(kept, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
    return left
