"""Extensions, and what complainants read of them, each test named after the item of the rulebook that it shows."""

import uuid
from datetime import datetime

import pytest
from clock_steps import (LONG, NONE, NURSING, PETITION, armed, case_under_investigation, clock, go, make_case, refused,  # noqa: F401 (the fixtures)
                         staff, to_investigation, who_handles, who_supervises)
from conftest import mails, submission, wait_for


def test_11_an_extension_counts_as_far_as_the_rule_that_holds_allows_it(supervisor, nurse, chief, hospital_case):
    go(hospital_case, (nurse, "request-extension", {"clock": "resolution", "value": 5, "unit": "working_days", **LONG}),
       (chief, "decide-extension", {"granted": True}))
    general = clock(supervisor, hospital_case, "resolution")["due_at"]

    def held(policy, due=None):
        now = clock(supervisor, hospital_case, "resolution")
        return now if now["policy_version"] == policy and due in (None, now["due_at"]) else None
    go(hospital_case, (supervisor, "assess", PETITION))
    law = wait_for("the law's limit", lambda: held("cn-petition@1"))
    assert [line for line in law["explanation"] if "延长5个工作日" in line], law["explanation"]
    go(hospital_case, (supervisor, "assess", {"urgency": "P1"}))
    urgent = wait_for("a limit that is not extended", lambda: [
        fact["data"]["terms"] for fact in armed(supervisor, hospital_case, "resolution", "assessed")
        if fact["data"]["terms"]["due_at_ms"] - fact["data"]["terms"]["started_at_ms"] == 24 * 3600000])[0]
    assert [line for line in urgent["explanation"] if "不允许，不计入" in line], urgent["explanation"]
    go(hospital_case, (supervisor, "assess", {"urgency": "P3", "situations": [], "reason": "复核后下调"}),
       (supervisor, "assess", PETITION), (supervisor, "assess", NONE))
    wait_for("the general limit with its extension", lambda: held("cn-medical@1", general))


@pytest.mark.parametrize("steps", [("accept", "petition", "none"), ("petition", "accept", "none")])
@pytest.mark.parametrize("patient", [True, False])
def test_11_an_extension_outlasts_the_assessment_as_a_petition(intake, supervisor, chief, steps, patient):
    case_id = make_case(intake, supervisor, "first-hospital", clocks=3)
    go(case_id, (supervisor, "request-extension", {"clock": "resolution", "value": 2, "unit": "working_days", **LONG}),
       (staff("gao-min"), "decide-extension", {"granted": True}))
    wait_for("more time", lambda: armed(supervisor, case_id, "resolution", "extended"))
    due = clock(supervisor, case_id, "resolution")["due_at"]
    orders = {"accept": (supervisor, "accept", {}), "petition": (supervisor, "assess", PETITION), "none": (supervisor, "assess", NONE)}
    go(case_id, orders[steps[0]])
    if patient and steps[0] == "petition":
        wait_for("it waits for the acceptance", lambda: clock(supervisor, case_id, "resolution")["state"] == "stopped")
    go(case_id, orders[steps[1]])
    if patient:
        wait_for("the law's limit", lambda: clock(supervisor, case_id, "resolution")["policy_version"] == "cn-petition@1")
    go(case_id, orders[steps[2]], (supervisor, "dispatch", {"unit": NURSING}))
    wait_for("what follows from a later fact", lambda: clock(supervisor, case_id, "sign_for"))  # all before it was heard
    wait_for("the date that was told", lambda: clock(supervisor, case_id, "resolution")["due_at"] == due
             and "EXTENDED" in supervisor.case(case_id)["flags"])
    refused(chief.do(case_id, "request-extension", {"clock": "resolution", "value": 2, "unit": "working_days", **LONG}), 409, "too-often")


def test_11_an_extension_is_asked_for_granted_once_and_told_to_the_complainant(intake, supervisor, nurse, chief):
    address = f"{uuid.uuid4().hex[:12]}@example.org"
    case_id = make_case(intake, supervisor, "first-hospital", complainant={"name": "周晓岚", "email": address})
    go(case_id, *to_investigation(supervisor, nurse, NURSING))
    due = clock(supervisor, case_id, "resolution")["due_at"]
    ask = {"clock": "resolution", "value": 5, "unit": "working_days", **LONG}
    refused(nurse.do(case_id, "request-extension", {**ask, "reason": ""}), 400, "out-of-bounds")
    answer = nurse.do(case_id, "request-extension", {**ask, "value": 6})
    refused(answer, 409, "too-long")
    assert answer.json()["actions"] == nurse.case(case_id)["actions"] and "request-extension" in answer.json()["actions"]
    refused(nurse.do(case_id, "request-extension", {**ask, "unit": "fortnights"}), 422, "unknown-code")
    refused(chief.do(case_id, "decide-extension", {"granted": True}), 409, "no-extension-open")
    asked = nurse.do(case_id, "request-extension", ask)
    assert asked.status_code == 200 and "decide-extension" not in asked.json()["actions"]
    assert "decide-extension" not in nurse.case(case_id)["actions"]
    assert "decide-extension" in chief.case(case_id)["actions"]
    refused(nurse.do(case_id, "decide-extension", {"granted": True}), 403, "not-approved")
    go(case_id, (chief, "decide-extension", {"granted": True, "note": "同意"}))
    extended = clock(supervisor, case_id, "resolution")
    assert extended["due_at"] > due and extended["state"] == "running"
    fact = armed(supervisor, case_id, "resolution", "extended")[0]["data"]
    assert fact["terms"]["due_at_ms"] > fact["previous_due_at_ms"] > 0
    mail = wait_for("the complainant's mail", lambda: [
        text for to, subject, text, _ in mails() if to == address and "延期" in subject], 120)[0]
    assert LONG["reason"] in mail and LONG["plan"] in mail
    refused(nurse.do(case_id, "request-extension", ask), 409, "too-often")
    assert "request-extension" not in nurse.case(case_id)["actions"]


def test_7_a_page_of_messages_is_empty_only_where_nothing_follows(intake, supervisor, nurse, chief):
    receipt = intake.post("/v1/submissions", submission(institution="first-hospital", anonymous=True, complainant=None),
                          key=str(uuid.uuid4())).json()
    case_id = receipt["case_id"]
    wait_for("the clocks", lambda: clock(supervisor, case_id, "resolution"))
    go(case_id, *to_investigation(supervisor, nurse, NURSING))
    ask = {"clock": "resolution", "value": 5, "unit": "working_days", **LONG}
    for _ in range(3):
        go(case_id, (nurse, "request-extension", ask), (chief, "decide-extension", {"granted": False}))

    def read(after):
        answer = intake.get(f'/v1/submissions/{receipt["tracking_code"]}/messages?limit=1&after={after}',
                            headers={"Redress-Pin": receipt["pin"]})
        assert answer.status_code == 200, answer.text
        return answer.json()
    page = read(0)
    assert [item["kind"] for item in page["items"]] == ["accepted"] and page["next"] is None, "denials concern nobody outside"
    go(case_id, (nurse, "message", {"text": "正在核实"}))
    page = read(0)
    assert page["next"] is not None, "something follows, beyond what is not told"
    page = read(page["next"])
    assert [item["text"] for item in page["items"]] == ["正在核实"] and page["next"] is None


def test_11_who_is_anonymous_reads_of_pause_and_extension_by_code_and_pin(intake, supervisor, nurse, chief):
    receipt = intake.post("/v1/submissions", submission(institution="first-hospital", anonymous=True, complainant=None),
                          key=str(uuid.uuid4())).json()
    case_id = receipt["case_id"]
    wait_for("the clocks", lambda: clock(supervisor, case_id, "resolution"))
    go(case_id, *to_investigation(supervisor, nurse, NURSING),
       (nurse, "request-extension", {"clock": "resolution", "value": 3, "unit": "working_days", **LONG}),
       (chief, "decide-extension", {"granted": True, "note": "内部批注"}),
       (nurse, "suspend", {"ground": "appraisal", "note": "送检单号"}), (nurse, "resume", {}))
    answer = intake.get(f'/v1/submissions/{receipt["tracking_code"]}/messages', headers={"Redress-Pin": receipt["pin"]})
    told = {item["kind"]: item for item in answer.json()["items"]}
    extension = supervisor.has(case_id, "ExtensionDecided")[0]["data"]
    assert told["extended"]["text"] == LONG["reason"] and told["extended"]["plan"] == LONG["plan"]
    assert told["extended"]["clock_title"] == "办结"
    assert datetime.fromisoformat(told["extended"]["due_at"]).timestamp() * 1000 == extension["due_at_ms"]
    assert told["suspended"]["ground_title"] == told["resumed"]["ground_title"] == "鉴定"
    assert "内部批注" not in answer.text and "送检单号" not in answer.text
    resumed = supervisor.has(case_id, "CaseResumed")[0]["data"]
    assert datetime.fromisoformat(told["resumed"]["due_at"]).timestamp() * 1000 == resumed["due_at_ms"]


def test_11_overdue_and_extended_are_flags_that_lists_find(intake, supervisor, nurse, chief, hospital_case):
    assert supervisor.case(hospital_case)["flags"] == {}
    go(hospital_case, (nurse, "request-extension", {"clock": "resolution", "value": 5, "unit": "working_days", **LONG}))
    assert supervisor.case(hospital_case)["flags"] == {}, "it was only asked for"
    go(hospital_case, (chief, "decide-extension", {"granted": True}))
    assert supervisor.case(hospital_case)["flags"] == {"EXTENDED": True}
    late = make_case(intake, supervisor, "demo-clinic")
    wait_for("the breach", lambda: supervisor.case(late)["flags"] == {"OVERDUE": True}, 60)

    def listed(query):
        answer = supervisor.get(f"/v1/cases?limit=200&{query}")
        assert answer.status_code == 200, answer.text
        return {item["case_id"]: (item["breached"], item["extended"]) for item in answer.json()["items"]}
    extended, overdue = listed("extended=true"), listed("breached=true")
    assert extended[hospital_case] == (False, True) and late not in extended
    assert overdue[late] == (True, False) and hospital_case not in overdue
    assert supervisor.get("/v1/cases?extended=false").status_code == 400
    bundle = supervisor.get(f"/v1/cases/{hospital_case}/export")
    assert bundle.json()["flags"] == {"EXTENDED": True}, bundle.text
    go(hospital_case, (nurse, "decide", {"outcome": "upheld", "findings": "属实"}), (nurse, "reply", {"reply": "已整改。"}))
    assert supervisor.case(hospital_case)["flags"] == {}, "its clock has ended"
