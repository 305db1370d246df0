"""Cases whose clocks run, the steps they take, and what the API shows of their clocks."""

import os
import uuid

import pytest
from conftest import Staff, mint, submission, wait_for

NURSING = "first-hospital.nursing"
LONG = {"reason": "等待专家意见", "plan": "每三天告知一次进展"}


def staff(subject):
    """A member of staff."""
    return Staff(os.environ["REDRESS_LEDGER_URL"], mint(subject))


@pytest.fixture(name="nurse", scope="module")
def who_handles():
    """Handles cases of the hospital's nursing department."""
    return staff("shen-yue")


@pytest.fixture(name="chief", scope="module")
def who_supervises():
    """The hospital's supervisor."""
    return staff("tang-wei")


def make_case(intake, supervisor, institution, clocks=2, **changes):
    """A case of the institution, assessed, its first clocks armed."""
    receipt = intake.post("/v1/submissions", submission(institution=institution, **changes),
                          key=str(uuid.uuid4())).json()
    case_id = receipt["case_id"]
    wait_for("the assessment", lambda: supervisor.has(case_id, "CaseAssessed"))
    wait_for("the clocks", lambda: len((supervisor.case(case_id) or {}).get("clocks", [])) >= clocks)
    return case_id


def go(case_id, *steps):
    """Commands that must succeed, one after the other."""
    for person, action, body in steps:
        answer = person.do(case_id, action, body)
        assert answer.status_code == 200, (action, answer.text)


def refused(answer, status, code):
    """A refusal with this code."""
    assert (answer.status_code, answer.json()["code"]) == (status, code), answer.text


def clock(supervisor, case_id, name):
    """One clock of the case as the API shows it; None while it has none of that name."""
    case = supervisor.case(case_id) or {"clocks": []}
    return next((entry for entry in case["clocks"] if entry["name"] == name), None)


def armed(supervisor, case_id, name, reason):
    """The facts that armed a clock for a reason."""
    return [fact for fact in supervisor.has(case_id, "ClockArmed")
            if fact["data"]["terms"]["name"] == name and fact["data"]["reason"] == reason]


def to_investigation(supervisor, handler, unit):
    """From acceptance to the investigation."""
    return [(supervisor, "accept", {}), (supervisor, "dispatch", {"unit": unit}), (handler, "sign", {}),
            (handler, "investigate", {})]


@pytest.fixture(name="hospital_case")
def case_under_investigation(intake, supervisor, nurse):
    """A case of the hospital, whose limits are working days: nothing falls due while it is tested."""
    case_id = make_case(intake, supervisor, "first-hospital")
    go(case_id, *to_investigation(supervisor, nurse, NURSING))
    return case_id


PETITION, NONE = ({"urgency": "P3", "situations": situations} for situations in (["petition"], []))
