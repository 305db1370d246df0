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
            case.update(tenant=fact.meta.tenant, received=fact.received_at_ms, unit="",
                        category=fact.category or "other", hashes=set(fact.contact_hashes))
        elif name == "CaseAssessed":
            case.update(category=fact.category)
        elif name == "CaseDispatched":
            case.update(unit=fact.unit)
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


def is_repeat(case, everyone):
    """Same complainant, institution, unit and category within 90 days of a close."""
    return any(other is not case and other["hashes"] & case["hashes"] and "closed" in other
               and (other["tenant"], other["unit"], other["category"]) == (case["tenant"], case["unit"], case["category"])
               and 0 <= case["received"] - other["closed"] < 90 * 86_400_000 for other in everyone)


def share(part, whole):
    """None where nothing counts."""
    return part / whole if whole else None


def figures(cases, everyone, now):
    """Every indicator of DOMAIN, section 8, from the folded cases."""
    responded = [case for case in cases if "responded" in case]
    late = [case for case in cases if "responded" not in case and case["armed"].get("first_response", now + 1) <= now]
    due = [case for case in cases if case["armed"].get("resolution", now + 1) <= now]
    accepted = [case for case in cases if "accepted" in case]
    closed = [case for case in cases if "closed" in case]
    rated = [case for case in cases if "rating" in case]
    seconds = [max(0, case["responded"] - case["received"]) // 1000 for case in responded]
    return {
        "received": len(cases), "accepted": len(accepted), "closed": len(closed), "open": len(cases) - len(closed),
        "overdue": sum("replied" not in case and "closed" not in case for case in due), "rated": len(rated),
        "response_rate": share(sum(case["responded"] <= case["armed"]["first_response"] for case in responded),
                               len(responded) + len(late)),
        "on_time_rate": share(sum(case.get("replied", now + 1) <= case["armed"]["resolution"] for case in due), len(due)),
        "satisfaction_rate": share(sum(case["rating"] >= 4 for case in rated), len(rated)),
        "resolution_rate": share(sum(case["solved"] for case in rated), len(rated)),
        "follow_up_coverage": share(len(rated), len(closed)),
        "repeat_rate": share(sum(is_repeat(case, everyone) for case in accepted), len(accepted)),
        "first_response_median_seconds": rank(seconds, 0.5), "first_response_p90_seconds": rank(seconds, 0.9)}


def go_the_whole_way(intake, supervisor, handler, body):
    """A case of the demo clinic, closed and rated."""
    receipt = intake.post("/v1/submissions", body).json()
    case_id = receipt["case_id"]
    wait_for("the assessment", lambda: supervisor.has(case_id, "CaseAssessed"))
    for user, action, words in [(supervisor, "accept", {}), (supervisor, "dispatch", {"unit": "demo-clinic.desk"}),
                                (handler, "sign", {}), (handler, "decide", {"outcome": "explained", "findings": "已说明"}),
                                (handler, "reply", {"reply": "已答复"})]:
        wait_for(action, lambda u=user, a=action, w=words: u.do(case_id, a, w).status_code == 200)
    intake.post(f"/v1/submissions/{receipt['tracking_code']}/feedback", {"overall": 4, "solved": True},
                headers={"Redress-Pin": receipt["pin"]})
    wait_for("the rating", lambda: supervisor.has(case_id, "FeedbackRecorded"))
    wait_for("close", lambda: supervisor.do(case_id, "close").status_code == 200)


def test_every_indicator_equals_an_independent_recount(intake, supervisor, handler, analytics, database):
    again = submission(institution="demo-clinic", category="waiting", narrative="又等了很久",
                       complainant={"phone": "13700009999"})
    go_the_whole_way(intake, supervisor, handler, again)
    go_the_whole_way(intake, supervisor, handler, again)
    unanswered = intake.post("/v1/submissions", submission(institution="demo-clinic")).json()["case_id"]
    wait_for("both clocks to run out", lambda: len(supervisor.has(unanswered, "ClockBreached")) == 2, 60)
    today = datetime.datetime.now(datetime.timezone(datetime.timedelta(hours=8))).date().isoformat()
    for path in [f"/v1/indicators?from={today}&to={today}&institution=demo-clinic",
                 "/v1/indicators?from=1990-01-01&to=2030-12-31"]:
        def same(path=path):
            everyone = recount(database)
            told = analytics.get(path).json()
            now = int(datetime.datetime.now().timestamp() * 1000)
            cases = [case for case in everyone if "institution" not in path or case["tenant"] == "demo-clinic"]
            wanted = figures(cases, everyone, now)
            return {name: told[name] for name in wanted} == wanted
        wait_for(f"figures that agree on {path}", same)
    told = analytics.get(f"/v1/indicators?from={today}&to={today}&institution=demo-clinic").json()
    assert told["repeat_rate"] > 0 and told["overdue"] >= 1 and told["on_time_rate"] is not None


def test_bad_periods_name_their_field(analytics):
    assert analytics.get("/v1/indicators?to=2026-01-01").json()["field"] == "from"
    assert analytics.get("/v1/indicators?from=2026-13-01&to=2026-01-01").json()["field"] == "from"
    assert analytics.get("/v1/indicators?from=2026-02-01&to=2026-01-01").json()["field"] == "to"
    bad = analytics.get("/v1/indicators?from=2026-01-01&to=2026-01-02&institution=no-such")
    assert bad.status_code == 422 and bad.json()["field"] == "institution"
