"""The law's clocks of a petition, each test named after the item of the rulebook that it shows."""

from datetime import datetime, timedelta

import yaml
from clock_steps import (NONE, NURSING, PETITION, armed, case_under_investigation, clock, go, make_case, refused,  # noqa: F401 (the fixtures)
                         to_investigation, who_handles)
from conftest import ROOT, wait_for


def published_until():
    """The last year that the working days are published of."""
    versions = (ROOT / "deploy" / "calendars").glob("cn-state-council@*.yaml")
    return max(yaml.safe_load(path.read_text())["last_year"] for path in versions)


def test_9_a_petition_has_the_laws_clocks_and_its_deadlines_are_explained(intake, supervisor):
    case_id = make_case(intake, supervisor, "bureau")
    for situation in ("no-such", "R4", "RX"):  # a crisis level is told as the crisis
        refused(supervisor.do(case_id, "assess", {"urgency": "P3", "situations": [situation]}), 422, "unknown-code")
    go(case_id, (supervisor, "assess", {"urgency": "P3", "situations": ["petition"]}))
    wait_for("the acceptance clock", lambda: clock(supervisor, case_id, "acceptance"))
    assert clock(supervisor, case_id, "acceptance")["policy_version"] == "cn-petition@1"
    go(case_id, (supervisor, "accept", {}))
    wait_for("60 days from the acceptance", lambda: clock(supervisor, case_id, "resolution")["policy_version"]
             == "cn-petition@1")
    resolution = clock(supervisor, case_id, "resolution")
    accepted = supervisor.has(case_id, "CaseAccepted")[0]
    assert resolution["started_at"] == accepted["at"]
    assert clock(supervisor, case_id, "acceptance")["state"] == "stopped"
    assert any("cn-petition@1" in line for line in resolution["explanation"])
    fact = armed(supervisor, case_id, "resolution", "started")[-1]
    assert fact["data"]["terms"]["explanation"] == resolution["explanation"]
    last_day = datetime.fromisoformat(resolution["due_at"]) - timedelta(seconds=1)
    assert resolution["provisional"] == (last_day.year > published_until())


def test_9_the_general_limit_ends_where_the_laws_begins_with_the_acceptance(intake, supervisor):
    case_id = make_case(intake, supervisor, "first-hospital")
    begun = clock(supervisor, case_id, "resolution")
    assert begun["policy_version"].startswith("cn-medical@")
    go(case_id, (supervisor, "assess", {"urgency": "P3", "situations": ["petition"]}))
    ended = wait_for("its end", lambda: [fact["data"] for fact in supervisor.has(case_id, "ClockStopped")
                                         if fact["data"]["name"] == "resolution"])[0]
    assert (ended["displaced"], ended["begins_on"], ended["policy_version"]) == (True, "case_accepted", "cn-petition@1")
    waiting = clock(supervisor, case_id, "resolution")
    assert (waiting["state"], waiting["displaced"]) == ("stopped", True)
    go(case_id, (supervisor, "assess", {"urgency": "P3", "situations": []}))  # it was none
    wait_for("the general limit", lambda: clock(supervisor, case_id, "resolution")["state"] == "running")
    again = clock(supervisor, case_id, "resolution")
    assert (again["started_at"], again["due_at"]) == (begun["started_at"], begun["due_at"])
    wait_for("the end of a duty that no rule knows", lambda: (clock(supervisor, case_id, "acceptance") or {}).get("displaced"))
    go(case_id, (supervisor, "accept", {}), (supervisor, "assess", {"urgency": "P3", "situations": ["petition"]}))
    wait_for("60 days", lambda: clock(supervisor, case_id, "resolution")["policy_version"] == "cn-petition@1")
    law = clock(supervisor, case_id, "resolution")
    assert (law["state"], law["started_at"]) == ("running", supervisor.has(case_id, "CaseAccepted")[0]["at"])


def test_9_of_assessments_that_follow_each_other_at_once_the_last_one_holds(intake, supervisor):
    first, other = (make_case(intake, supervisor, "first-hospital") for _ in range(2))
    begun = clock(supervisor, first, "resolution")
    go(first, (supervisor, "accept", {}), (supervisor, "assess", PETITION), (supervisor, "assess", NONE))
    go(other, (supervisor, "assess", PETITION), (supervisor, "accept", {}), (supervisor, "assess", NONE),
       (supervisor, "assess", PETITION))
    wait_for("the law's limit", lambda: clock(supervisor, other, "resolution")["policy_version"] == "cn-petition@1")
    terms = ("policy_version", "due_at", "started_at")

    def holds():  # at one moment: the law's limit may have come in between, and gone
        now = clock(supervisor, first, "resolution")
        return [now[name] for name in terms] == [begun[name] for name in terms] and len(supervisor.has(first, "ClockStopped")) >= 2
    wait_for("the general limit", holds)


def test_9_a_reopened_petition_that_is_none_has_the_general_limit(intake, supervisor, nurse):
    case_id = make_case(intake, supervisor, "first-hospital")
    go(case_id, (supervisor, "assess", PETITION), *to_investigation(supervisor, nurse, NURSING),
       (nurse, "decide", {"outcome": "upheld", "findings": "属实"}),
       (nurse, "reply", {"reply": "已整改"}), (supervisor, "follow-up", {"reached": True, "solved": True, "note": "满意"}),
       (supervisor, "close", {}), (supervisor, "reopen", {"ground": "new_facts", "reason": "新材料"}))
    go(case_id, (supervisor, "assess", NONE))
    wait_for("the general limit", lambda: clock(supervisor, case_id, "resolution")["state"] == "running")
    resolution = clock(supervisor, case_id, "resolution")
    assert (resolution["restarted_on"], resolution["policy_version"][:10]) == ("new-facts", "cn-medical")
    assert resolution["started_at"] == supervisor.has(case_id, "CaseReopened")[0]["at"]


def test_rules8_5_a_petition_in_rework_has_its_days_anew(intake, supervisor, nurse):
    case_id = make_case(intake, supervisor, "first-hospital")
    go(case_id, (supervisor, "assess", PETITION), *to_investigation(supervisor, nurse, NURSING),
       (nurse, "decide", {"outcome": "upheld", "findings": "属实"}), (nurse, "reply", {"reply": "已整改"}))
    assert clock(supervisor, case_id, "resolution")["state"] == "stopped"
    go(case_id, (supervisor, "follow-up", {"reached": True, "solved": False, "note": "未解决"}))
    again = wait_for("a limit of the rework", lambda: (now := clock(supervisor, case_id, "resolution"))["state"] == "running" and now)
    assert (again["restarted_on"], again["policy_version"]) == ("rework", "cn-petition@1")
    assert again["started_at"] == supervisor.has(case_id, "ReworkOrdered")[0]["at"]


def test_9_what_became_a_petition_while_it_rested_counts_from_its_acceptance(supervisor, nurse, hospital_case):
    go(hospital_case, (nurse, "suspend", {"ground": "appraisal"}), (supervisor, "assess", PETITION))
    law = clock(supervisor, hospital_case, "resolution")
    assert (law["state"], law["policy_version"]) == ("running", "cn-petition@1")
    assert law["started_at"] == supervisor.has(hospital_case, "CaseAccepted")[0]["at"]
    resumed = armed(supervisor, hospital_case, "resolution", "resumed")[0]["data"]["terms"]
    assert resumed["explanation"] == law["explanation"]
