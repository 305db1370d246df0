"""Clocks of dispatches, first assessments and reworks, each test named after the item of the rulebook that it shows."""

import uuid
from datetime import datetime

from clock_steps import NURSING, clock, go, make_case, staff, to_investigation
from conftest import read_topic, submission, wait_for


def test_11_silence_after_a_dispatch_counts_and_a_return_is_an_answer(intake, supervisor, handler):
    back, silent = (make_case(intake, supervisor, "demo-clinic") for _ in range(2))
    for case_id in (back, silent):
        go(case_id, (supervisor, "accept", {}), (supervisor, "dispatch", {"unit": "demo-clinic.desk"}))
    wait_for("its sign-for clock", lambda: clock(supervisor, back, "sign_for"))
    go(back, (handler, "request-return", {"reason": "非本科室", "proposed_unit": "bureau.complaints"}))
    assert clock(supervisor, back, "sign_for")["state"] == "stopped"
    assert clock(supervisor, back, "resolution")["state"] != "stopped"
    go(back, (supervisor, "designate", {"unit": "demo-clinic.desk"}))
    wait_for("another run", lambda: clock(supervisor, back, "sign_for")["version"] == 2)
    wait_for("the alarm of the silent one", lambda: [
        alarm for alarm in supervisor.has(silent, "AlarmRaised") if alarm["data"]["clock"] == "sign_for"])


def test_11_what_the_first_assessment_leaves_as_it_is_is_proposed_once(intake, supervisor):
    case_id = make_case(intake, supervisor, "first-hospital", clocks=3)
    assert supervisor.case(case_id)["urgency"] == "P3"
    go(case_id, (supervisor, "accept", {}), (supervisor, "dispatch", {"unit": NURSING}))
    wait_for("what follows from a later fact", lambda: clock(supervisor, case_id, "sign_for"))
    kinds = [headers["ce_type"] for key, _, headers in read_topic("redress.proposals") if key == case_id.encode()]
    assert kinds.count("redress.v1.ArmClock") == 4, "three clocks of the case, and one of the dispatch"


def test_11_an_assessment_on_the_heels_of_a_dispatch_counts_its_clock_too(intake, supervisor):
    case_id = make_case(intake, supervisor, "first-hospital", clocks=3)
    go(case_id, (supervisor, "accept", {}), (supervisor, "dispatch", {"unit": NURSING}),
       (supervisor, "assess", {"urgency": "P1"}))
    begun = supervisor.has(case_id, "CaseDispatched")[0]["at"]

    def limit():
        entry = clock(supervisor, case_id, "sign_for")
        return entry and entry["started_at"] == begun and (
            datetime.fromisoformat(entry["due_at"]) - datetime.fromisoformat(begun)).total_seconds()
    wait_for("P1 is signed for within half an hour", lambda: limit() == 1800)


def test_11_where_nobody_is_left_to_act_the_bureau_is_alarmed(intake, supervisor):
    unit, doctor = "first-hospital.medical", staff("cao-bin")  # its only handler

    def told(*steps):
        case_id = intake.post("/v1/submissions", submission(), key=str(uuid.uuid4())).json()["case_id"]
        wait_for("the assessment", lambda: supervisor.has(case_id, "CaseAssessed"))
        for person, action, body in [(supervisor, "accept", {}), *steps]:
            answer = person.do(case_id, action, body)
            assert answer.status_code == 200, (action, answer.text)
        return [fact["data"]["unit"] for fact in supervisor.has(case_id, "AlarmRaised")
                if fact["data"]["kind"] == "ALARM_KIND_NO_ASSIGNEE"]
    named = (supervisor, "declare-conflict", {"staff": "cao-bin", "reason": "亲属"})
    dispatched = (supervisor, "dispatch", {"unit": unit})
    replied = [dispatched, (doctor, "sign", {}), (doctor, "decide", {"outcome": "upheld", "findings": "属实"}),
               (doctor, "reply", {"reply": "已整改。"})]
    unsolved = (supervisor, "follow-up", {"reached": True, "solved": False, "note": "电话"})
    bureau = ["bureau.complaints"]
    assert told(dispatched) == []
    assert told(named, dispatched) == bureau, "its only handler is in conflict"
    assert told(dispatched, named) == bureau, "before anybody signed"
    assert told(*replied, (supervisor, "rework", {"reason": "未解决"})) == bureau, "who had it may not have it again"
    assert told(*replied, unsolved) == bureau
    assert told(*replied, unsolved, dispatched) == bureau * 2
    rated = intake.post("/v1/submissions", submission(), key=str(uuid.uuid4())).json()
    wait_for("the assessment", lambda: supervisor.has(rated["case_id"], "CaseAssessed"))
    go(rated["case_id"], (supervisor, "accept", {}), *replied)
    poor = {"overall": 1, "solved": False}
    answer = intake.post(f"/v1/submissions/{rated['tracking_code']}/feedback", poor, headers={"Redress-Pin": rated["pin"]})
    assert answer.status_code == 202, answer.text
    fact = wait_for("the alarm after a poor rating", lambda: supervisor.has(rated["case_id"], "AlarmRaised"))[0]
    assert (fact["data"]["kind"], fact["data"]["unit"]) == ("ALARM_KIND_NO_ASSIGNEE", "bureau.complaints")
    assert told(*replied, unsolved, (supervisor, "dispatch", {"unit": "first-hospital.nursing"})) == bureau


def test_11_a_call_back_that_cannot_happen_in_a_rework_is_not_waited_for(intake, supervisor, handler):
    case_id = make_case(intake, supervisor, "demo-clinic")
    replied = [(supervisor, "accept", {}), (supervisor, "dispatch", {"unit": "demo-clinic.desk"}), (handler, "sign", {}),
               (handler, "decide", {"outcome": "upheld", "findings": "属实"}), (handler, "reply", {"reply": "已整改。"})]
    go(case_id, *replied)
    wait_for("the call-back's clock", lambda: (clock(supervisor, case_id, "call_back") or {}).get("state") == "running")
    go(case_id, (supervisor, "rework", {"reason": "未解决"}))
    assert clock(supervisor, case_id, "call_back")["state"] == "stopped"
    colleague = staff("demo-colleague")
    go(case_id, *((colleague, action, body) for _, action, body in replied[2:]))
    wait_for("the next reply's", lambda: clock(supervisor, case_id, "call_back")["state"] == "running")


def test_11_a_rework_begins_another_run_and_resets_no_alarm(intake, supervisor, handler):
    case_id = make_case(intake, supervisor, "demo-clinic")
    go(case_id, *to_investigation(supervisor, handler, "demo-clinic.desk"),
       (handler, "decide", {"outcome": "upheld", "findings": "属实"}), (handler, "reply", {"reply": "已整改。"}))
    wait_for("the call-back clock", lambda: clock(supervisor, case_id, "call_back"))
    alarms = [alarm["alarm_id"] for alarm in supervisor.case(case_id)["alarms"]]
    first = clock(supervisor, case_id, "resolution")
    go(case_id, (supervisor, "follow-up", {"reached": True, "solved": False, "score": 1, "note": "未解决"}))
    assert clock(supervisor, case_id, "call_back")["state"] in ("stopped", "breached")
    again = wait_for("another run", lambda: [
        entry for entry in supervisor.case(case_id)["clocks"]
        if entry["name"] == "resolution" and entry["restarted_on"] == "rework"])[0]
    assert again["started_at"] > first["started_at"] and again["version"] > first["version"]
    assert any("rework" in line for line in clock(supervisor, case_id, "resolution")["explanation"])
    assert alarms == [alarm["alarm_id"] for alarm in supervisor.case(case_id)["alarms"]][:len(alarms)]
