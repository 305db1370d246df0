"""Each indicator, recomputed from the ledger's facts by independent code, must be the same."""

import datetime
import math

from conftest import submission, wait_for
from redress.v1 import facts_pb2


def recount(database):
    """Cases as plain dictionaries, folded from case_events."""
    cases = {}
    rows = database.execute("SELECT case_id::text, type, payload FROM ledger.case_events ORDER BY case_id, seq")
    for case_id, kind, payload in rows:
        name = kind.removeprefix("redress.v1.")
        fact = getattr(facts_pb2, name).FromString(bytes(payload))
        case = cases.setdefault(case_id, {"armed": {}})
        at = fact.meta.decided_at_ms
        if name == "CaseRegistered":
            case.update(tenant=fact.meta.tenant, received=fact.received_at_ms)
        elif name == "ClockArmed":
            case["armed"][fact.terms.name] = fact.terms.due_at_ms
        elif name == "CaseAccepted":
            case.update(accepted=at)
            case.setdefault("responded", at)
        elif name == "CaseReplied":
            case.update(replied=at)
            case.setdefault("responded", at)
        elif name == "FeedbackRecorded":
            case.update(rating=fact.overall, solved=fact.solved)
        elif name == "CaseClosed":
            case.update(closed=at)
    return list(cases.values())


def rank(values, share):
    """Nearest rank."""
    ordered = sorted(values)
    return ordered[math.ceil(len(ordered) * share) - 1] if ordered else None


def test_indicators_equal_an_independent_recount(intake, supervisor, analytics, database):
    done = []
    for number in range(3):
        receipt = intake.post("/v1/submissions", submission(institution="songbai-home", narrative="护理不周")).json()
        wait_for("the assessment", lambda: supervisor.has(receipt["case_id"], "CaseAssessed"))
        if number:
            wait_for("accepted", lambda: supervisor.do(receipt["case_id"], "accept").status_code == 200)
        done.append(receipt)
    today = datetime.datetime.now(datetime.timezone(datetime.timedelta(hours=8))).date().isoformat()
    path = f"/v1/indicators?from={today}&to={today}&institution=songbai-home"
    wait_for("the count", lambda: analytics.get(path).json()["accepted"] >= 2)
    cases = [case for case in recount(database) if case["tenant"] == "songbai-home"]
    told = analytics.get(path).json()
    responded = [case for case in cases if "responded" in case]
    on_time = [case for case in responded if case["responded"] <= case["armed"]["first_response"]]
    seconds = [max(0, case["responded"] - case["received"]) // 1000 for case in responded]
    assert told["received"] == len(cases)
    assert told["accepted"] == sum("accepted" in case for case in cases)
    assert told["open"] == sum("closed" not in case for case in cases)
    assert told["response_rate"] == len(on_time) / len(responded)
    assert told["first_response_median_seconds"] == rank(seconds, 0.5)
    assert told["first_response_p90_seconds"] == rank(seconds, 0.9)
    everything = analytics.get("/v1/indicators?from=2015-01-01&to=2030-12-31").json()
    everyone = recount(database)
    rated = [case for case in everyone if "rating" in case]
    assert everything["received"] == len(everyone)
    assert everything["closed"] == sum("closed" in case for case in everyone)
    assert everything["rated"] == len(rated)
    if rated:
        assert everything["satisfaction_rate"] == sum(case["rating"] >= 4 for case in rated) / len(rated)
        assert everything["resolution_rate"] == sum(case["solved"] for case in rated) / len(rated)


def test_bad_periods_name_their_field(analytics):
    assert analytics.get("/v1/indicators?to=2026-01-01").json()["field"] == "from"
    assert analytics.get("/v1/indicators?from=2026-13-01&to=2026-01-01").json()["field"] == "from"
    assert analytics.get("/v1/indicators?from=2026-02-01&to=2026-01-01").json()["field"] == "to"
    bad = analytics.get("/v1/indicators?from=2026-01-01&to=2026-01-02&institution=no-such")
    assert bad.status_code == 422 and bad.json()["field"] == "institution"
