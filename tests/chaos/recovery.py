"""Every service is ready again soon after the last fault: counted from when the servers behind it answered again, for
how long a broker takes to start is not ours."""

import re

from clocks import distribution

LIMIT_SECONDS = 30
# Nobody sends these: a program did what no program may.
CRASHED = re.compile(r"exited: ([\w-]+) \(terminated by (SIG(?:SEGV|ABRT|BUS|ILL|FPE|SYS))")


def judge_crashes(run, verdict):
    """A service may be killed, and may give up with a reason; it never crashes by itself."""
    for name, number in CRASHED.findall((run.path / "log" / "supervisord.log").read_text(errors="replace")):
        verdict.find("crashed", None, f"{name} ended by {number}")


def judge_recovery(run, verdict):
    """From recovery.jsonl: one line a fault; the last one decides. Afterwards all that was begun comes to its end."""
    if run.snapshot.get("busy"):
        verdict.find("not-quiet", None, f'the snapshot was taken while this still moved: {run.snapshot["busy"]}')
    times = {line["fault"]: line["ready_after_seconds"] for line in run.recovery}
    verdict.count("faults", len(run.faults))
    verdict.count("recovery_ms", distribution([round(value * 1000) for value in times.values() if value is not None]))
    if not run.faults:
        return
    last = times.get(len(run.faults) - 1)
    servers = {line["fault"]: line.get("servers_after_seconds", 0.0) for line in run.recovery}.get(len(run.faults) - 1)
    if last is None:
        verdict.find("not-ready", None, "nobody saw every service ready after the last fault")
    elif last - servers > LIMIT_SECONDS:
        verdict.find("not-ready", None, f"every service ready only {last:.1f} s after the last fault, whose servers were "
                     f"back after {servers:.1f} s")
