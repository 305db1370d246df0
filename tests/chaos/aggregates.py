"""What analytics counts equals an independent recount of the facts, row by row and as it answers."""

import zoneinfo

import recount

ZONE = zoneinfo.ZoneInfo("Asia/Shanghai")
DUES = ["unresponded", "owed", "on_time", "overdue"]


def folded(run):
    """The facts as analytics should have counted them."""
    return recount.fold((fact.case_id, fact.name, fact.message) for facts in run.cases.values() for fact in facts
                        if fact.message is not None)


def compare(verdict, table, kept, counted):
    """Two {group: counts}; groups of zeros are the same as none."""
    for group in sorted(kept.keys() | counted.keys(), key=str):
        if kept.get(group) != counted.get(group):
            verdict.find("aggregate", None, f"{table} {group}: kept {kept.get(group)}, recounted {counted.get(group)}")


def judge_daily(run, verdict, cases):
    """analytics.daily: counts by institution, category and day."""
    rows = {(row["tenant"], row["category"], row["day"]): [row[name] for name in recount.COUNTS]
            for row in run.table("analytics.daily")}
    compare(verdict, "daily", {group: counts for group, counts in rows.items() if any(counts)},
            recount.daily(cases, ZONE))


def judge_response_times(run, verdict, cases):
    """analytics.response_seconds: how often each time to the first response occurred."""
    rows = {(row["tenant"], row["category"], row["day"], row["seconds"]): row["cases"]
            for row in run.table("analytics.response_seconds")}
    compare(verdict, "response_seconds", {group: count for group, count in rows.items() if count},
            dict(recount.response_times(cases, ZONE)))


def judge_handlings(run, verdict, cases):
    """analytics.handlings: what happened to cases by unit and category."""
    rows = {(row["tenant"], row["unit"], row["category"], row["day"], row["kind"]): row["facts"]
            for row in run.table("analytics.handlings")}
    compare(verdict, "handlings", rows, dict(recount.handlings(cases, ZONE)))


def judge_sums(run, verdict, cases):
    """The tables from which long periods are read: dues, classes of times, repeats."""
    dues = {(row["tenant"], row["day"], row["due_day"]): [row[name] for name in DUES] for row in run.table("analytics.due_days")}
    compare(verdict, "due_days", {group: counts for group, counts in dues.items() if any(counts)},
            recount.due_days(cases, ZONE))
    classes = {(row["tenant"], row["day"], row["class"]): row["cases"] for row in run.table("analytics.response_classes")}
    compare(verdict, "response_classes", {group: count for group, count in classes.items() if count},
            dict(recount.response_classes(cases, ZONE)))
    months = {(row["tenant"], row["month"], row["class"]): row["cases"] for row in run.table("analytics.response_months")}
    compare(verdict, "response_months", {group: count for group, count in months.items() if count},
            dict(recount.response_months(cases, ZONE)))
    repeats = {(row["tenant"], row["day"]): row["cases"] for row in run.table("analytics.repeat_days")}
    compare(verdict, "repeat_days", {group: count for group, count in repeats.items() if count},
            dict(recount.repeat_days(cases, ZONE)))


def judge_measures(run, verdict):
    """Analytics has counted each case to its last fact."""
    rows = {row["case_id"]: row["sequence"] for row in run.table("analytics.measures")}
    for case_id, facts in run.cases.items():
        if rows.get(case_id) != facts[-1].seq:
            verdict.find("aggregate", case_id, f"counted up to fact {rows.get(case_id)} of {facts[-1].seq}")


def judge_answers(run, verdict, cases):
    """The API's indicators, as of some moment between question and answer. An answer given after facts that the
    snapshot does not hold can't be judged: snapshots are taken when nothing moves."""
    for line in run.snapshot["indicators"]:
        chosen = [case for case in cases if line["institution"] in (None, case["tenant"])]
        begin, end = line["asked_at"] * 1000, line["answered_at"] * 1000
        moments = {begin, end} | {due for case in chosen for due in case["armed"].values() if begin <= due <= end}
        told = line["answer"]
        best = recount.figures(chosen, cases, end)
        if not any(all(told[name] == wanted for name, wanted in recount.figures(chosen, cases, moment).items())
                   for moment in moments):
            wrong = {name: (told[name], wanted) for name, wanted in best.items() if told[name] != wanted}
            verdict.find("aggregate", None, f'indicators of {line["institution"] or "all"}: told and recounted: {wrong}')


def judge_aggregates(run, verdict):
    """All of analytics."""
    cases = folded(run)
    judge_measures(run, verdict)
    judge_daily(run, verdict, cases)
    judge_response_times(run, verdict, cases)
    judge_handlings(run, verdict, cases)
    judge_sums(run, verdict, cases)
    judge_answers(run, verdict, cases)
