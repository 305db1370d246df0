"""Pauses of a case's clocks, each test named after the item of the rulebook that it shows."""

from clock_steps import (LONG, armed, case_under_investigation, clock, go, make_case, refused, staff,  # noqa: F401 (the fixtures)
                         to_investigation, who_handles)
from conftest import Staff, mint, wait_for


def test_11_a_case_whose_rule_knows_no_such_pause_any_more_runs_on(intake, supervisor):
    handler = staff("xu-mo")
    case_id = make_case(intake, supervisor, "anning-centre")
    go(case_id, (supervisor, "assess", {"urgency": "P3", "reason": "C类"}),
       *to_investigation(supervisor, handler, "anning-centre.ward"), (handler, "suspend", {"ground": "appraisal"}))
    assert clock(supervisor, case_id, "resolution")["state"] == "paused"
    go(case_id, (supervisor, "assess", {"urgency": "P1", "crisis": "R4"}))
    resolution = clock(supervisor, case_id, "resolution")
    assert (resolution["state"], supervisor.case(case_id)["status"]) == ("running", "investigating")
    assert "paused_until" not in resolution and "suspend" not in handler.case(case_id)["actions"]
    assert supervisor.has(case_id, "CaseResumed")[0]["data"]["ground"] == "appraisal"
    refused(handler.do(case_id, "resume", {}), 409, "wrong-state")


def test_11_only_the_packs_grounds_pause_and_the_clock_goes_on_where_it_rested(supervisor, nurse, hospital_case):
    case_id = hospital_case
    refused(nurse.do(case_id, "suspend", {"ground": "waiting-for-the-complainant"}), 422, "unknown-code")
    due = clock(supervisor, case_id, "resolution")["due_at"]
    go(case_id, (nurse, "suspend", {"ground": "appraisal", "note": "送检"}))
    resting = clock(supervisor, case_id, "resolution")
    assert (resting["state"], resting["paused_on"]) == ("paused", "appraisal")
    assert resting["paused_until"] > due and resting["due_at"] > resting["paused_until"]
    go(case_id, (nurse, "resume", {"note": "已出具"}))
    running = clock(supervisor, case_id, "resolution")
    assert (running["state"], running["due_at"]) == ("running", due), "a pause within a day gives no working day"
    assert any("appraisal" in line for line in running["explanation"])
    assert armed(supervisor, case_id, "resolution", "resumed")


def test_11_a_pause_ends_of_itself_when_its_cap_is_used_up(intake, supervisor, handler):
    case_id = make_case(intake, supervisor, "demo-clinic")
    go(case_id, *to_investigation(supervisor, handler, "demo-clinic.desk"),
       (handler, "suspend", {"ground": "hearing"}))
    wait_for("it runs again of itself", lambda: armed(supervisor, case_id, "resolution", "resumed"))
    assert supervisor.case(case_id)["status"] == "suspended"
    first = supervisor.has(case_id, "ClockArmed")
    before = [fact["data"]["terms"] for fact in first if fact["data"]["terms"]["name"] == "resolution"]
    assert before[-1]["due_at_ms"] - before[-2]["due_at_ms"] == 4000, "the cap, to the millisecond"
    go(case_id, (handler, "resume", {}))
    refused(handler.do(case_id, "suspend", {"ground": "hearing"}), 409, "cap-used")
    assert "suspend" in handler.case(case_id)["actions"], "on the other ground"


def test_11_what_no_pack_allows_is_not_offered(intake, supervisor):
    case_id = make_case(intake, supervisor, "hope-line")
    duty = Staff(supervisor.url, mint("yu-tong"))
    go(case_id, *to_investigation(supervisor, duty, "hope-line.duty"))
    answer = duty.do(case_id, "suspend", {"ground": "appraisal"})
    refused(answer, 422, "unknown-code")
    assert "resume" not in answer.json()["actions"] and "decide" in answer.json()["actions"]
    refused(duty.do(case_id, "request-extension", {"clock": "resolution", "value": 1, "unit": "working_days", **LONG}), 409, "no-extension")
    assert not {"suspend", "request-extension", "decide-extension"} & set(duty.case(case_id)["actions"])
