"""Who is left to act or to supervise when a case goes on, and what a supervised or designated case refuses."""

import uuid
from datetime import datetime, timedelta, timezone

import pytest
from test_casework import closed, go, one_case, refused, staff, to_replied  # noqa: F401 (the fixture case_id)

DESK = {"unit": "demo-clinic.desk"}


@pytest.fixture(name="administrator", scope="module")
def who_grants():
    """Grants units to people."""
    return staff("region-administrator")


def grant_unit(administrator, unit, subject, role):
    """Until the test is over, and a while longer."""
    until = (datetime.now(timezone.utc) + timedelta(seconds=120)).isoformat(timespec="milliseconds")
    answer = administrator.post(f"/v1/units/{unit}/grants", {"staff": subject, "role": role, "until": until, "reason": "代为处理"},
                                key=str(uuid.uuid4()))
    assert answer.status_code == 201, answer.text


def alarms(case_id, kind):
    """How often an alarm of this kind was raised, as an auditor sees it."""
    return [alarm["kind"] for alarm in staff("auditor").case(case_id)["alarms"]].count(kind)


def conflict(person, subject):
    """A step: this person says that the other is in conflict."""
    return (person, "declare-conflict", {"staff": subject, "reason": "亲属"})


def test_11_a_closed_case_without_a_supervisor_alarms_when_it_is_reopened(supervisor, handler, case_id):
    chief = staff("gao-min")
    go(case_id, *closed(supervisor, handler), conflict(chief, "demo-supervisor"), conflict(chief, "lin-zhiyuan"),
       conflict(chief, "gao-min"))
    assert alarms(case_id, "no-supervisor") == 0, "nobody has to supervise what is closed"
    assert go(case_id, (handler, "reopen", {"ground": "new_facts", "reason": "新证据"})) == "triaged"
    assert alarms(case_id, "no-supervisor") == 1
    fact = staff("auditor").has(case_id, "AlarmRaised")[-1]["data"]
    assert (fact["kind"], fact["unit"]) == ("ALARM_KIND_NO_SUPERVISOR", "bureau.complaints")


def test_11_a_dispatch_that_leaves_the_last_supervisor_behind_alarms(supervisor, handler, administrator, case_id):
    chief, old = staff("gao-min"), "songbai-home.care"
    grant_unit(administrator, old, "tang-wei", "supervisor")
    go(case_id, (supervisor, "accept", {}), (supervisor, "dispatch", {"unit": old}), conflict(chief, "demo-supervisor"),
       conflict(chief, "lin-zhiyuan"), conflict(chief, "gao-min"))
    assert alarms(case_id, "no-supervisor") == 0, "one is left by the unit's grant"
    go(case_id, (handler, "dispatch", DESK))
    assert alarms(case_id, "no-supervisor") == 1


def test_11_a_dispatch_to_a_unit_whose_only_person_is_in_conflict_alarms(supervisor, administrator, case_id):
    unit = {"unit": "xiyang-home.care"}
    grant_unit(administrator, unit["unit"], "cao-bin", "handler")
    go(case_id, (supervisor, "accept", {}), (supervisor, "dispatch", unit))
    assert alarms(case_id, "no-assignee") == 0, "one is left by the unit's grant"
    go(case_id, (supervisor, "dispatch", DESK), conflict(supervisor, "cao-bin"))
    assert alarms(case_id, "no-assignee") == 0, "the desk has others"
    go(case_id, (supervisor, "dispatch", unit))
    assert alarms(case_id, "no-assignee") == 1


def test_5_a_rework_that_bars_a_units_only_person_alarms(supervisor, administrator, case_id):
    unit, stranger = "school-centre.counselling", staff("cao-bin")
    grant_unit(administrator, unit, "cao-bin", "handler")
    accept, _, *on = to_replied(supervisor, stranger)
    go(case_id, accept, (supervisor, "dispatch", {"unit": unit}), *on)
    assert alarms(case_id, "no-assignee") == 0
    assert go(case_id, (supervisor, "rework", {"reason": "未解决"})) == "rework"
    assert alarms(case_id, "no-assignee") == 1
    refused(stranger.do(case_id, "sign", {}), 409, "handled-before")


def test_4_a_supervised_case_is_redirected_nowhere(supervisor, case_id):
    go(case_id, (supervisor, "supervise", {"level": "key", "instruction": "请核查"}))
    refused(supervisor.do(case_id, "redirect", {"authority": "市医疗保障局"}), 409, "supervised")
    assert "redirect" not in supervisor.case(case_id)["actions"]


def test_2_a_designated_unit_is_not_rid_of_the_case_by_a_conflict(supervisor, handler, case_id):
    go(case_id, (supervisor, "accept", {}), (supervisor, "dispatch", DESK), (supervisor, "designate", DESK), (handler, "sign", {}),
       conflict(handler, "demo-handler"))
    refused(staff("demo-supervisor").do(case_id, "dispatch", {"unit": "first-hospital.nursing"}), 409, "handled")
    assert go(case_id, (supervisor, "dispatch", {"unit": "bureau.complaints"})) == "dispatched"
