"""Judges a run from outside: python tests/chaos/judge.py RUN

Reads journals, ledger, topics, mail and the rest from RUN's files (README.md says which), prints a table, writes
RUN/verdict.json. Exit code 0: clean, 1: findings, 2: could not judge."""

import json
import pathlib
import sys

from evidence import Run, Unjudgeable, Verdict  # first: it makes the contracts and tests/ importable

from aggregates import judge_aggregates
from chains import judge_consumed, judge_records, judge_states, judge_topic
from clocks import judge_clocks
from clusters import judge_clusters
from commands import judge_commands
from complainants import judge_complainants
from notices import judge_notices
from privacy import judge_privacy
from reactions import judge_reactions
from recovery import judge_crashes, judge_recovery
from submissions import judge_submissions

RULES = [judge_submissions, judge_commands, judge_complainants, judge_clusters, judge_records, judge_states, judge_topic,
         judge_consumed, judge_reactions, judge_clocks, judge_notices, judge_aggregates, judge_privacy, judge_recovery,
         judge_crashes]
SHOWN = 40  # findings in the table; verdict.json has all


def judge(path):
    """The verdict on a run's folder."""
    run, verdict = Run(path), Verdict()
    for rule in RULES:
        rule(run, verdict)
    return verdict


def show(verdict):
    """The table."""
    for name, value in verdict.figures.items():
        print(f"  {name:34} {value}")
    for finding in verdict.findings[:SHOWN]:
        print(f'  FINDING {finding["rule"]:20} {finding["case_id"] or "-":36} {finding["what"]}')
    if len(verdict.findings) > SHOWN:
        print(f"  … and {len(verdict.findings) - SHOWN} findings more")
    print("clean" if not verdict.findings else f"{len(verdict.findings)} findings")


def main():
    """Usage: judge.py RUN"""
    path = pathlib.Path(sys.argv[1])
    try:
        verdict = judge(path)
    except Unjudgeable as error:
        print(f"judge: {error}", file=sys.stderr)
        return 2
    show(verdict)
    (path / "verdict.json").write_text(json.dumps(
        {"clean": not verdict.findings, "findings": verdict.findings, "figures": verdict.figures}, ensure_ascii=False, indent=1))
    return 1 if verdict.findings else 0


if __name__ == "__main__":
    sys.exit(main())
