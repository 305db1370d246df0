"""tests/chaos/RESULTS.md: a row a run, and regressions.txt: what once broke a promise; written by the command that made
the run."""

import datetime
import json
import pathlib
import subprocess

ROOT = pathlib.Path(__file__).resolve().parents[2]
PATH = ROOT / "tests" / "chaos" / "RESULTS.md"
REGRESSIONS = ROOT / "tests" / "chaos" / "regressions.txt"
HEAD = """# Chaos runs

Written by `make chaos`; a row a run, the newest last. Faults: how many took effect. Recovery: seconds from a fault's end
until every instance was ready, measured where no other fault came between; last: after the last fault of the run.

| seed | faults | requests | cases | facts | outcome | recovery median / most / last (s) | commit | date (UTC) |
| --- | --- | --- | --- | --- | --- | --- | --- | --- |
"""


def commit():
    """The commit that ran; with a mark where files differ from it."""
    def git(*words):
        return subprocess.run(["git", *words], cwd=ROOT, capture_output=True, text=True, check=False).stdout.strip()
    changed = git("status", "--porcelain", "--untracked-files=no", "--", "services", "proto", "deploy", "tools")
    return git("rev-parse", "--short=10", "HEAD") + ("+" if changed else "")


def recovery_text(run):
    """Median, most and last of recovery.jsonl."""
    path = run / "recovery.jsonl"
    lines = [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []
    times = sorted(line["ready_after_seconds"] for line in lines if line["ready_after_seconds"] is not None)
    if not times:
        return "none"
    return f"{times[len(times) // 2]:.1f} / {times[-1]:.1f} / {lines[-1]['ready_after_seconds']}"


def add(run, outcome):
    """One row."""
    about = json.loads((run / "run.json").read_text())
    if not PATH.exists():
        PATH.write_text(HEAD)
    date = datetime.datetime.fromtimestamp(about["started_at"], datetime.timezone.utc).strftime("%Y-%m-%d %H:%M")
    seed = ", ".join([str(about["seed"])] + [f'{about["brokers"]} brokers'] * (about["brokers"] > 1)
                     + ["brief"] * about.get("brief", False))
    row = [seed, about["effective"], about["requests"], about["cases"], about["facts"], outcome,
           recovery_text(run), commit(), date]
    with open(PATH, "a", encoding="utf-8") as file:
        file.write("| " + " | ".join(str(cell) for cell in row) + " |\n")


def remember(run):
    """A run whose verdict was bad is replayed from now on."""
    about, verdict = (json.loads((run / name).read_text()) for name in ("run.json", "verdict.json"))
    words = [str(about["seed"]), str(about["faults"])]
    if about["brokers"] > 1 or about["brief"]:
        words.append(str(about["brokers"]))
    words += ["brief"] * about["brief"]
    known = [line.split("#")[0].split() for line in REGRESSIONS.read_text().splitlines()]
    rules = sorted({finding["rule"] for finding in verdict["findings"]})
    if rules and words not in known:
        with open(REGRESSIONS, "a", encoding="utf-8") as file:
            file.write(f"{' '.join(words)} # {', '.join(rules)}\n")
