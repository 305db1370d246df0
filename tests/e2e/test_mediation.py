"""The mediation of a dispute: its steps are told by staff, its clocks are the regulation's."""

import pytest
from conftest import submission, wait_for


@pytest.fixture(name="case_id")
def accepted_case(intake, supervisor):
    """A case that the hospital has accepted."""
    case_id = intake.post("/v1/submissions", submission()).json()["case_id"]
    wait_for("the assessment", lambda: (supervisor.case(case_id) or {}).get("status") == "triaged")
    assert supervisor.do(case_id, "accept", {}).status_code == 200
    return case_id


def clock_of(supervisor, case_id, name):
    """One clock of the case; None while it has none of that name."""
    return next((entry for entry in supervisor.case(case_id)["clocks"] if entry["name"] == name), None)


def record(supervisor, case_id, stage):
    """One step, as those who mediate told it."""
    return supervisor.do(case_id, "record-mediation", {"stage": stage, "note": "市医调委来函"})


def test_9_a_mediation_runs_on_the_clocks_of_its_pack(supervisor, case_id):
    assert supervisor.case(case_id)["mediation"] == "" and "record-mediation" in supervisor.case(case_id)["actions"]
    refused = record(supervisor, case_id, "accepted")
    assert (refused.status_code, refused.json()["code"], refused.json()["field"]) == (409, "mediation-stage", "stage")
    assert record(supervisor, case_id, "requested").json()["mediation"] == "requested"
    wait_for("5 working days", lambda: clock_of(supervisor, case_id, "mediation_acceptance"))
    assert clock_of(supervisor, case_id, "mediation_acceptance")["policy_version"] == "cn-dispute-mediation@1"
    assert record(supervisor, case_id, "accepted").status_code == 200
    assert clock_of(supervisor, case_id, "mediation_acceptance")["state"] == "stopped"
    wait_for("30 working days", lambda: (clock_of(supervisor, case_id, "mediation") or {}).get("state") == "running")
    assert record(supervisor, case_id, "agreed").json()["mediation"] == "agreed"
    assert clock_of(supervisor, case_id, "mediation")["state"] == "stopped"
    told = [fact["data"]["stage"] for fact in supervisor.has(case_id, "MediationRecorded")]
    assert told == [f"MEDIATION_STAGE_{stage}" for stage in ("REQUESTED", "ACCEPTED", "AGREED")]


def test_9_a_mediation_that_is_declined_waits_for_nothing(supervisor, case_id):
    record(supervisor, case_id, "requested")
    wait_for("5 working days", lambda: clock_of(supervisor, case_id, "mediation_acceptance"))
    assert record(supervisor, case_id, "declined").status_code == 200
    assert clock_of(supervisor, case_id, "mediation_acceptance")["state"] == "stopped"
    assert clock_of(supervisor, case_id, "mediation") is None
    unknown = record(supervisor, case_id, "perhaps")
    assert (unknown.status_code, unknown.json()["code"], unknown.json()["field"]) == (422, "unknown-code", "stage")


def test_9_no_case_is_closed_while_a_mediation_is_under_way(supervisor, case_id):
    record(supervisor, case_id, "requested")
    for action, body in [("resolve-on-spot", {"resolution": "当场退费"}), ("reply", {"reply": "已退费。"}),
                         ("follow-up", {"reached": True, "solved": True, "score": 5, "note": "电话"})]:
        assert supervisor.do(case_id, action, body).status_code == 200, action
    refused = supervisor.do(case_id, "close", {})
    assert (refused.status_code, refused.json()["code"]) == (409, "in-mediation")
    assert "close" not in refused.json()["actions"]
    assert record(supervisor, case_id, "failed").status_code == 200
    assert supervisor.do(case_id, "close", {}).json()["status"] == "closed"
