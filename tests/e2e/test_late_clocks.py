"""What was late while nobody watched the clocks."""

import contextlib
from datetime import datetime, timedelta, timezone

from conftest import submission, supervise, wait_for


@contextlib.contextmanager
def without(program):
    """While a service is away."""
    supervise("stop", program)
    try:
        yield
    finally:
        supervise("start", program)


def go(case_id, *steps):
    """Commands that must succeed, one after the other."""
    for person, action, body in steps:
        answer = person.do(case_id, action, body)
        assert answer.status_code == 200, (action, answer.text)


def states(supervisor, case_id):
    """The clocks of a case by name."""
    return {clock["name"]: clock["state"] for clock in supervisor.case(case_id)["clocks"]}


def in_seconds(count):
    """That far ahead."""
    return (datetime.now(timezone.utc) + timedelta(seconds=count)).isoformat(timespec="seconds")


def test_12_what_was_late_while_nobody_watched_the_clocks_is_told_afterwards(intake, supervisor, handler):
    with without("sla-timer"):
        case_id = intake.post("/v1/submissions", submission(institution="demo-clinic")).json()["case_id"]
        wait_for("the assessment", lambda: supervisor.has(case_id, "CaseAssessed"))
        go(case_id, (supervisor, "assess", {"urgency": "P4", "reason": "一般事项"}), (supervisor, "accept", {}),
           (supervisor, "dispatch", {"unit": "demo-clinic.desk"}),
           (supervisor, "supervise", {"level": "ordinary", "instruction": "限期答复", "due": in_seconds(10)}))
        received = datetime.fromisoformat(supervisor.case(case_id)["received_at"])
        ends = max(received + timedelta(seconds=21), datetime.now(timezone.utc) + timedelta(seconds=11))
        wait_for("the end of all limits", lambda: datetime.now(timezone.utc) > ends)
        go(case_id, (handler, "sign", {}), (handler, "answer-supervision", {"order": 1, "answer": "已核查"}),
           (handler, "decide", {"outcome": "explained", "findings": "属实"}), (handler, "reply", {"reply": "已答复"}))
        assert not supervisor.has(case_id, "ClockArmed")
    late = {"sign_for", "supervision-1", "resolution"}
    accepted = datetime.fromisoformat(supervisor.has(case_id, "CaseAccepted")[0]["at"])
    if accepted > received + timedelta(seconds=6):
        late.add("first_response")  # on a slow machine
    wait_for("what was late", lambda: late <= states(supervisor, case_id).keys())
    wait_for("the call-back", lambda: "call_back" in states(supervisor, case_id))
    assert {name: states(supervisor, case_id)[name] for name in late} == dict.fromkeys(late, "breached")
    assert ("first_response" in states(supervisor, case_id)) == ("first_response" in late), "it was accepted in time"
    case = supervisor.case(case_id)
    assert "OVERDUE" in case["flags"]
    assert late <= {fact["data"]["clock"] for fact in supervisor.has(case_id, "AlarmRaised")}
    assert "overdue" in {order["trigger"] for order in case["orders"]}
    assert len(supervisor.has(case_id, "ClockBreached")) == len(late), "each once"


def test_12_a_case_that_is_withdrawn_after_its_time_while_it_rests_was_late(intake, supervisor, handler):
    receipt = intake.post("/v1/submissions", submission(institution="demo-clinic")).json()
    case_id = receipt["case_id"]
    wait_for("the assessment", lambda: supervisor.has(case_id, "CaseAssessed"))
    go(case_id, (supervisor, "assess", {"urgency": "P4", "reason": "一般事项"}))
    wait_for("the clocks", lambda: "resolution" in states(supervisor, case_id))
    go(case_id, (supervisor, "accept", {}), (supervisor, "dispatch", {"unit": "demo-clinic.desk"}), (handler, "sign", {}),
       (handler, "investigate", {}), (handler, "suspend", {"ground": "hearing", "note": "听证"}))
    assert states(supervisor, case_id)["resolution"] == "paused"
    with without("sla-timer"):
        due = next(clock["due_at"] for clock in supervisor.case(case_id)["clocks"] if clock["name"] == "resolution")
        wait_for("the latest end", lambda: datetime.now(timezone.utc) > datetime.fromisoformat(due) + timedelta(seconds=1))
        if states(supervisor, case_id)["resolution"] == "paused":  # else a slow machine let its cap run out before
            go(case_id, (supervisor, "withdraw", {"reason": "投诉人撤回"}))
            assert states(supervisor, case_id)["resolution"] == "breached"
            assert "OVERDUE" in supervisor.case(case_id)["flags"]
