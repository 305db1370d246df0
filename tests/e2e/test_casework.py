"""The way of a case beyond the plain one, each numbered after what a bureau does with it."""

import datetime
import os
import uuid

import pytest
from clock_steps import make_case
from conftest import Staff, await_reviews_over, bound_reviews, mails, mint, settle, submission, wait_for
from forged import forge


def staff(subject):
    """A member of staff."""
    return Staff(os.environ["REDRESS_LEDGER_URL"], mint(subject))


@pytest.fixture(name="colleague", scope="module")
def second_handler():
    """Another handler of the demo clinic's desk."""
    return staff("demo-colleague")


@pytest.fixture(name="reviewer", scope="module")
def who_reviews():
    """Looks at decisions of others."""
    return staff("ren-shan")


@pytest.fixture(name="case_id")
def one_case(intake, supervisor):
    """A case of the demo clinic, assessed."""
    receipt = intake.post("/v1/submissions", submission(institution="demo-clinic"), key=str(uuid.uuid4())).json()
    wait_for("the assessment", lambda: supervisor.has(receipt["case_id"], "CaseAssessed"))
    wait_for("the clocks", lambda: len((supervisor.case(receipt["case_id"]) or {}).get("clocks", [])) >= 2)
    return receipt["case_id"]


def go(case_id, *steps):
    """Commands that must succeed, one after the other; the last answer's status."""
    status = None
    for person, action, body in steps:
        if action in ("close", "archive", "terminate"):
            settle(case_id, staff("demo-handler"), staff("lin-zhiyuan"))
        answer = person.do(case_id, action, body)
        assert answer.status_code == 200, (action, answer.text)
        status = answer.json()["status"]
    return status


def refused(answer, status, code):
    """A refusal with this code."""
    assert (answer.status_code, answer.json()["code"]) == (status, code), answer.text


def to_replied(supervisor, handler):
    """From acceptance to the reply."""
    return [(supervisor, "accept", {}), (supervisor, "dispatch", {"unit": "demo-clinic.desk"}), (handler, "sign", {}),
            (handler, "investigate", {}),
            (handler, "decide", {"outcome": "upheld", "findings": "属实", "measure": "约谈当事人"}),
            (handler, "reply", {"reply": "已整改。"})]


def test_1_nobody_answers_for_what_is_not_upheld_or_explained(supervisor, handler, case_id):
    go(case_id, *to_replied(supervisor, handler)[:4])
    for outcome in ("not_upheld", "explained"):
        for field, value in (("measure", "约谈当事人"), ("responsible_unit", "demo-clinic.desk")):
            answer = handler.do(case_id, "decide", {"outcome": outcome, "findings": "不属实", field: value})
            refused(answer, 422, "does-not-fit")
            assert answer.json()["field"] == field
    assert go(case_id, (handler, "decide", {"outcome": "not_upheld", "findings": "不属实"})) == "decided"


def test_1_a_case_is_not_accepted_with_the_right_route_and_can_come_back(intake, supervisor):
    case_id = make_case(intake, supervisor, "first-hospital")  # none of its limits is over before it is refused
    refused(supervisor.do(case_id, "refuse", {"ground": "no-such", "right_route": "法院"}), 422, "unknown-code")
    refused(supervisor.do(case_id, "refuse", {"ground": "in_legal_proceedings"}), 400, "missing")
    body = {"ground": "in_legal_proceedings", "right_route": "向受理法院提出"}
    assert go(case_id, (supervisor, "refuse", body)) == "not-accepted"
    states = {clock["name"]: clock["state"] for clock in supervisor.case(case_id)["clocks"]}
    assert states["first_response"] == states["resolution"] == "stopped"
    fact = supervisor.has(case_id, "CaseNotAccepted")[0]["data"]
    assert fact["right_route"] == "向受理法院提出"
    refused(supervisor.do(case_id, "accept"), 409, "wrong-state")
    assert go(case_id, (supervisor, "reopen", {"ground": "new_facts", "reason": "已撤诉"}),
              (supervisor, "accept", {})) == "accepted"


def test_1_what_is_settled_at_once_is_replied_without_a_dispatch(supervisor, case_id):
    bound_reviews(case_id, supervisor)
    assert go(case_id, (supervisor, "accept", {}), (supervisor, "resolve-on-spot", {"resolution": "当场退费"}),
              (supervisor, "reply", {"reply": "已退费。"}),
              (supervisor, "follow-up", {"reached": True, "solved": True, "score": 5, "note": "电话"}),
              (supervisor, "close", {})) == "closed"
    refused(supervisor.do(case_id, "archive"), 409, "appeal-open")
    await_reviews_over(case_id, supervisor)
    assert go(case_id, (supervisor, "archive", {})) == "archived"
    refused(supervisor.do(case_id, "comment", {"comment": "再补一句"}), 409, "wrong-state")


def test_1_what_is_settled_at_once_is_done_again_by_another(supervisor, handler, colleague, case_id):
    go(case_id, (handler, "accept", {}), (handler, "resolve-on-spot", {"resolution": "当场退费"}),
       (supervisor, "reply", {"reply": "已退费。"}), (supervisor, "rework", {"reason": "未到账"}),
       (supervisor, "dispatch", {"unit": "demo-clinic.desk"}))
    assert supervisor.case(case_id)["previous_handler"] == "demo-handler"
    refused(handler.do(case_id, "sign"), 409, "handled-before")
    assert go(case_id, (colleague, "sign", {})) == "signed"


def test_1_an_emergency_is_transferred_and_followed_up(supervisor, case_id):
    assert go(case_id, (supervisor, "transfer-emergency", {"service": "120"})) == "emergency-transferred"
    assert supervisor.case(case_id)["first_response_at"]
    assert go(case_id, (supervisor, "follow-up", {"reached": True, "solved": True, "note": "已送医"}),
              (supervisor, "close", {})) == "closed"


def test_1_a_rescue_is_recorded_while_the_case_goes_on(supervisor, handler, case_id):
    go(case_id, *to_replied(supervisor, handler)[:-2])
    assert supervisor.case(case_id)["status"] == "investigating"
    assert go(case_id, (handler, "transfer-emergency", {"service": "120"})) == "investigating"
    told = supervisor.has(case_id, "CaseTransferredToEmergency")
    assert len(told) == 1 and "to" not in told[0]
    assert go(case_id, *to_replied(supervisor, handler)[-2:]) == "replied"


def test_1_an_emergency_that_is_not_over_is_handled_by_the_bureau(supervisor, handler, case_id):
    unsolved = {"reached": True, "solved": False, "note": "还未脱险"}
    assert go(case_id, (supervisor, "transfer-emergency", {"service": "120"}), (supervisor, "follow-up", unsolved)) == "rework"
    assert "close" not in supervisor.case(case_id)["actions"]
    refused(supervisor.do(case_id, "close"), 409, "wrong-state")
    assert go(case_id, *to_replied(supervisor, handler)[1:], (supervisor, "follow-up", {"reached": True, "solved": True, "note": "已送医"}),
              (supervisor, "close", {})) == "closed"


def test_1_who_had_a_hand_in_it_has_none_in_the_rework(supervisor, handler, colleague, case_id):
    category = supervisor.case(case_id)["category"] or "other"
    found = {"allegation": 1, "outcome": "upheld", "responsibility": "none"}
    way = to_replied(supervisor, handler)
    go(case_id, *way[:3], (handler, "concern-person", {"kind": "staff", "title": "护士"}),
       (handler, "raise-allegation", {"person": 1, "category": category, "text": "态度冷淡"}), (colleague, "investigate", {}),
       (handler, "decide-allegation", found), *way[4:], (supervisor, "rework", {"reason": "未解决"}))
    for person in (handler, colleague):  # who decided it, and who investigated
        refused(person.do(case_id, "sign"), 409, "handled-before")
        assert "sign" not in person.case(case_id)["actions"]
    go(case_id, (supervisor, "dispatch", {"unit": "bureau.complaints"}), (supervisor, "sign", {}), (supervisor, "investigate", {}))
    until = datetime.datetime.now(datetime.UTC) + datetime.timedelta(hours=1)
    go(case_id, (staff("region-administrator"), "grant", {
        "staff": "demo-handler", "role": "handler", "until": until.isoformat(timespec="seconds"), "reason": "移交"}))
    refused(handler.do(case_id, "decide-allegation", found), 409, "handled-before")
    go(case_id, (supervisor, "decide-allegation", found))


def test_1_who_investigates_a_case_without_a_handler_has_it(supervisor, handler, colleague, case_id):
    go(case_id, *to_replied(supervisor, handler)[:3], (supervisor, "declare-conflict", {"staff": "demo-handler", "reason": "亲属"}),
       (colleague, "investigate", {}))
    assert supervisor.case(case_id)["handler"] == "demo-colleague"
    refused(supervisor.do(case_id, "dispatch", {"unit": "bureau.complaints"}), 409, "handled")


def test_1_a_suspended_case_whose_handler_is_gone_is_dispatched_again(supervisor, handler, intake):
    receipt = intake.post("/v1/submissions", submission(institution="demo-clinic"), key=str(uuid.uuid4())).json()
    case_id = receipt["case_id"]
    wait_for("the clocks", lambda: len((supervisor.case(case_id) or {}).get("clocks", [])) >= 2)
    go(case_id, *to_replied(supervisor, handler)[:4], (handler, "suspend", {"ground": "appraisal"}))
    refused(supervisor.do(case_id, "dispatch", {"unit": "bureau.complaints"}), 409, "handled")
    go(case_id, *((supervisor, "declare-conflict", {"staff": subject, "reason": "亲属"}) for subject in ("demo-handler", "demo-colleague")))
    assert go(case_id, (supervisor, "dispatch", {"unit": "bureau.complaints"})) == "dispatched"
    case = supervisor.case(case_id)
    assert case["suspension_ground"] == "" and not [clock for clock in case["clocks"] if clock["state"] == "paused"]
    assert supervisor.has(case_id, "CaseResumed")
    assert go(case_id, (supervisor, "sign", {})) == "signed"


def test_1_who_decided_anything_of_it_reviews_nothing_of_it(supervisor, handler, colleague, reviewer, case_id):
    until = (datetime.datetime.now(datetime.UTC) + datetime.timedelta(hours=1)).isoformat(timespec="seconds")
    again = to_replied(supervisor, colleague)
    go(case_id, *to_replied(supervisor, handler), (supervisor, "rework", {"reason": "未解决"}), again[2], *again[4:],
       (supervisor, "follow-up", {"reached": True, "solved": True, "note": "电话"}), (supervisor, "close", {}),
       (supervisor, "review", {"reason": "不服"}))
    decision = {"result": "confirmed", "findings": "原意见正确"}
    for subject, person in (("demo-handler", handler), ("demo-colleague", colleague)):
        go(case_id, (staff("region-administrator"), "grant", {"staff": subject, "role": "reviewer", "until": until, "reason": "代理"}))
        refused(person.do(case_id, "decide-review", decision), 409, "own-decision")
    assert go(case_id, (reviewer, "decide-review", decision)) == "closed"


def test_1_only_the_policys_grounds_suspend_an_investigation(supervisor, handler, intake):
    receipt = intake.post("/v1/submissions", submission(institution="demo-clinic"), key=str(uuid.uuid4())).json()
    case_id = receipt["case_id"]
    wait_for("the assessment", lambda: supervisor.has(case_id, "CaseAssessed"))
    go(case_id, *to_replied(supervisor, handler)[:4])
    refused(handler.do(case_id, "suspend", {"ground": "waiting-for-the-complainant"}), 422, "unknown-code")


def test_5_who_was_reached_said_whether_it_is_settled(supervisor, handler, case_id):
    go(case_id, *to_replied(supervisor, handler))
    answer = supervisor.do(case_id, "follow-up", {"reached": True, "note": "电话"})
    refused(answer, 400, "missing")
    assert answer.json()["field"] == "solved" and supervisor.case(case_id)["status"] == "replied"
    assert go(case_id, (supervisor, "follow-up", {"reached": False, "note": "无人接听"})) == "follow-up"


def test_1_an_end_without_a_decision_needs_two_people(supervisor, colleague, case_id):
    assert go(case_id, (supervisor, "request-termination", {"reason": "无法联系"})) == "triaged"
    refused(supervisor.do(case_id, "terminate"), 409, "termination-not-requested")
    other = staff("demo-supervisor")
    assert go(case_id, (other, "terminate", {})) == "terminated"
    assert not [clock for clock in supervisor.case(case_id)["clocks"] if clock["state"] in ("running", "warned")]
    refused(colleague.do(case_id, "withdraw", {"reason": "撤回"}), 403, "role-not-allowed")


def test_1_no_clock_runs_on_a_closed_case_but_its_alarm_waits_for_a_person(intake, supervisor):
    receipt = intake.post("/v1/submissions", submission(narrative="我不想活了，药也准备好了。"), key=str(uuid.uuid4())).json()
    case_id = receipt["case_id"]
    alarm = wait_for("the alarm, which climbs", lambda: [
        alarm for alarm in (supervisor.case(case_id) or {}).get("alarms", []) if alarm["escalates_at"]])[0]
    go(case_id, (supervisor, "withdraw", {"reason": "来电人要求撤回"}))
    case = supervisor.case(case_id)
    assert not [clock for clock in case["clocks"] if clock["state"] in ("running", "warned", "paused")]
    assert not [clock for clock in case["clocks"] if clock["name"].startswith("escalation")]
    assert not case["alarms"][0]["acknowledged"] and "acknowledge" in case["actions"]
    go(case_id, (supervisor, "acknowledge", {"alarm_id": alarm["alarm_id"]}))
    taken = supervisor.case(case_id)["alarms"][0]
    assert taken["acknowledged"] and taken["escalates_at"] is None


def test_1_each_level_reviews_once_then_it_is_final(supervisor, handler, reviewer, case_id):
    go(case_id, *to_replied(supervisor, handler),
       (supervisor, "follow-up", {"reached": True, "solved": True, "note": "电话"}), (supervisor, "close", {}))
    refused(supervisor.do(case_id, "re-review", {"reason": "不服"}), 409, "not-reviewed")
    decision = {"result": "confirmed", "findings": "原意见正确"}
    assert go(case_id, (supervisor, "review", {"reason": "不服"})) == "review"
    assert go(case_id, (reviewer, "decide-review", decision)) == "closed"
    refused(supervisor.do(case_id, "review", {"reason": "仍不服"}), 409, "already-reviewed")
    assert go(case_id, (supervisor, "re-review", {"reason": "仍不服"})) == "re-review"
    refused(reviewer.do(case_id, "decide-review", decision), 409, "own-decision")
    assert "decide-review" not in reviewer.case(case_id)["actions"] and reviewer.case(case_id)["reviewer"] == "ren-shan"
    level_above = staff("su-qing")
    refused(level_above.do(case_id, "decide-review", {**decision, "result": "returned"}), 409, "final-review")
    assert go(case_id, (level_above, "decide-review", decision)) == "final"
    refused(supervisor.do(case_id, "reopen", {"ground": "dissatisfied", "reason": "还是不服"}), 409, "wrong-state")


def test_1_a_review_is_decided_at_the_levels_above(intake, supervisor):
    receipt = intake.post("/v1/submissions", submission(institution="donghu-hospital"), key=str(uuid.uuid4())).json()
    case_id, unit = receipt["case_id"], "donghu-hospital.relations"
    wait_for("the assessment", lambda: supervisor.has(case_id, "CaseAssessed"))
    handler = Staff(supervisor.url, forge("peng-lan", ["handler"], ["donghu-hospital"], [unit]))
    own = Staff(supervisor.url, forge("own-reviewer", ["reviewer"], ["donghu-hospital"]))
    district, colleague = (Staff(supervisor.url, forge(name, ["reviewer"], ["donghu-district", "donghu-hospital"]))
                           for name in ("district-reviewer", "district-colleague"))
    go(case_id, (supervisor, "accept", {}), (supervisor, "dispatch", {"unit": unit}), (handler, "sign", {}),
       (handler, "decide", {"outcome": "upheld", "findings": "属实"}), (handler, "reply", {"reply": "已整改。"}),
       (supervisor, "follow-up", {"reached": True, "solved": True, "note": "电话"}), (supervisor, "close", {}), (supervisor, "review", {"reason": "不服"}))
    assert supervisor.has(case_id, "CaseDecided")[0]["data"]["acting_for"] == "donghu-hospital"
    decision = {"result": "confirmed", "findings": "原意见正确"}
    answer = own.do(case_id, "decide-review", decision)
    refused(answer, 409, "level-below")
    assert "decide-review" not in answer.json()["actions"] + own.case(case_id)["actions"]
    assert "decide-review" in district.case(case_id)["actions"]
    assert go(case_id, (district, "decide-review", decision), (supervisor, "re-review", {"reason": "仍不服"})) == "re-review"
    refused(colleague.do(case_id, "decide-review", decision), 409, "level-below")
    assert go(case_id, (staff("ren-shan"), "decide-review", decision)) == "final"
    assert [fact["data"]["acting_for"] for fact in supervisor.has(case_id, "ReviewDecided")] == ["donghu-district", "bureau"]


def test_1_whom_a_rework_was_taken_from_carries_none_of_it_on(supervisor, handler, colleague, case_id):
    go(case_id, *to_replied(supervisor, handler), (supervisor, "rework", {"reason": "未解决"}), (colleague, "sign", {}), (colleague, "investigate", {}))
    refused(handler.do(case_id, "suspend", {"ground": "appraisal"}), 409, "handled-before")
    refused(handler.do(case_id, "report-progress", {"text": "正在办理"}), 409, "handled-before")
    assert go(case_id, (colleague, "decide", {"outcome": "upheld", "findings": "属实"})) == "decided"
    answer = handler.do(case_id, "reply", {"reply": "已整改。"})
    refused(answer, 409, "handled-before")
    assert "reply" not in answer.json()["actions"] and "reply" in colleague.case(case_id)["actions"]
    assert go(case_id, (colleague, "reply", {"reply": "已整改。"})) == "replied"


def test_1_a_rework_of_a_case_that_no_unit_has_alarms(supervisor, case_id):
    go(case_id, (supervisor, "accept", {}), (supervisor, "resolve-on-spot", {"resolution": "当场退费"}), (supervisor, "reply", {"reply": "已退费。"}),
       (supervisor, "follow-up", {"reached": True, "solved": False, "score": 1, "note": "没有收到"}))
    assert [alarm for alarm in supervisor.case(case_id)["alarms"] if alarm["kind"] == "no-assignee"]


def test_1_after_a_returned_review_the_next_level_opens_with_the_new_reply(supervisor, handler, colleague, reviewer, case_id):
    def clocks():
        return {clock["name"]: clock["state"] for clock in supervisor.case(case_id)["clocks"]}

    def told(subject):
        code = supervisor.case(case_id)["tracking_code"]
        return {to for to, title, text, _ in mails() if subject in title + text and code in title + text}
    go(case_id, (supervisor, "assess", {"urgency": "P3", "situations": ["petition"]}), *to_replied(supervisor, handler))
    wait_for("the right to a review", lambda: clocks().get("review_request") == "running")
    go(case_id, (supervisor, "follow-up", {"reached": True, "solved": True, "note": "电话"}), (supervisor, "close", {}),
       (supervisor, "review", {"reason": "不服"}), (reviewer, "decide-review", {"result": "returned", "findings": "事实不清"}),
       (supervisor, "dispatch", {"unit": "demo-clinic.desk"}))
    wait_for("the second dispatch's clock", lambda: clocks().get("sign_for", "stopped") != "stopped")
    assert "re_review_request" not in clocks() and supervisor.case(case_id)["appeal_until"] is None
    go(case_id, (colleague, "sign", {}), (colleague, "decide", {"outcome": "upheld", "findings": "属实"}), (colleague, "reply", {"reply": "已整改。"}))
    wait_for("the right to the next review", lambda: clocks().get("re_review_request") == "running")
    assert clocks()["review_request"] == "stopped", "that level has reviewed it"
    go(case_id, (supervisor, "follow-up", {"reached": True, "solved": True, "note": "电话"}), (supervisor, "close", {}),
       (supervisor, "re-review", {"reason": "仍不服此结论"}))
    assert supervisor.has(case_id, "FinalReviewRequested")[0]["data"]["decided_by"] == ["demo-handler", "ren-shan", "demo-colleague"]
    wait_for("who may decide it", lambda: "su-qing@example.org" in told("仍不服此结论"))
    assert "ren-shan@example.org" not in told("仍不服此结论"), "who reviewed it first is not asked again"


def closed(supervisor, handler):
    """From acceptance to the closure."""
    return [*to_replied(supervisor, handler), (supervisor, "follow-up", {"reached": True, "solved": True, "note": "电话"}), (supervisor, "close", {})]


def test_1_a_review_that_changes_the_decision_says_to_what(supervisor, handler, reviewer, case_id):
    go(case_id, *closed(supervisor, handler), (supervisor, "review", {"reason": "不服"}))
    changed = {"result": "changed", "findings": "改为部分属实"}
    answer = reviewer.do(case_id, "decide-review", changed)
    refused(answer, 400, "missing")
    assert answer.json()["field"] == "outcome"
    answer = reviewer.do(case_id, "decide-review", {**changed, "result": "confirmed", "outcome": "not_upheld"})
    refused(answer, 400, "unexpected")
    assert answer.json()["field"] == "outcome"
    refused(reviewer.do(case_id, "decide-review", {**changed, "outcome": "no-such"}), 422, "unknown-code")
    answer = reviewer.do(case_id, "decide-review", {**changed, "outcome": "upheld"})
    refused(answer, 409, "same-outcome")
    assert answer.json()["field"] == "outcome" and "decide-review" in answer.json()["actions"]
    assert supervisor.case(case_id)["outcome"] == "upheld"
    assert go(case_id, (reviewer, "decide-review", {**changed, "outcome": "partly_upheld"})) == "closed"
    assert supervisor.case(case_id)["outcome"] == "partly_upheld"
    assert supervisor.has(case_id, "ReviewDecided")[0]["data"]["outcome"] == "OUTCOME_PARTLY_UPHELD"
    code = supervisor.case(case_id)["tracking_code"]
    told = wait_for("the mail", lambda: [text for _, title, text, _ in mails() if "复查复核意见" in title and code in title])
    assert "变更原处理意见。处理意见变更为：部分支持。" in told[0]


def test_1_an_institution_withdraws_nothing_out_of_a_review(supervisor, handler, case_id):
    go(case_id, *closed(supervisor, handler), (supervisor, "review", {"reason": "不服"}))
    own = staff("demo-supervisor")
    refused(own.do(case_id, "withdraw", {"reason": "撤回"}), 403, "not-your-region")
    assert "withdraw" not in own.case(case_id)["actions"]
    assert go(case_id, (supervisor, "withdraw", {"reason": "投诉人书面撤回"})) == "withdrawn"


def test_11_a_reviews_clock_warns_and_alarms_its_reviewers(supervisor, handler, reviewer, case_id):
    go(case_id, (supervisor, "assess", {"urgency": "P3", "situations": ["short-review"]}), *closed(supervisor, handler),
       (supervisor, "review", {"reason": "不服"}))
    alarm = wait_for("the alarm", lambda: next((fact["data"] for fact in supervisor.has(case_id, "AlarmRaised")
                                                if fact["data"]["clock"] == "review"), None))
    assert alarm["reviewers_of"] == "bureau" and "demo-handler" in alarm["decided_by"]

    def told(kind, field):
        occasions = {fact["sequence"] for fact in supervisor.has(case_id, kind) if fact["data"][field] == "review"}
        return {fact["data"]["recipient"] for fact in supervisor.has(case_id, "DeliveryRecorded")
                if fact["data"]["occasion_sequence"] in occasions} - {"hook:bureau-desk"}
    wait_for("its mails", lambda: told("AlarmRaised", "clock") == told("ClockWarned", "name") == {"staff:ren-shan", "staff:su-qing"})
    assert "acknowledge" in reviewer.case(case_id)["actions"]
    go(case_id, (reviewer, "acknowledge", {"alarm_id": alarm["alarm_id"]}))
    go(case_id, (reviewer, "decide-review", {"result": "confirmed", "findings": "维持"}))


def test_a_situation_is_said_once(supervisor, case_id):
    answer = supervisor.do(case_id, "assess", {"urgency": "P3", "situations": ["petition", "petition"]})
    assert answer.status_code in (400, 422) and answer.json()["field"] == "situations", answer.text


def test_1_no_review_is_asked_for_after_its_time(supervisor, handler, case_id):
    go(case_id, (supervisor, "assess", {"urgency": "P3", "situations": ["short-review"]}), *closed(supervisor, handler))
    wait_for("the end of the time", lambda: supervisor.case(case_id)["appeal_until"] is None, 60)
    assert "review" not in supervisor.case(case_id)["actions"]
    refused(supervisor.do(case_id, "review", {"reason": "不服"}), 409, "too-late-for-review")
    assert go(case_id, (supervisor, "archive", {})) == "archived"


def test_1_each_move_says_from_where_to_where(supervisor, handler, case_id):
    go(case_id, *to_replied(supervisor, handler), (supervisor, "comment", {"comment": "待回访"}))
    moves = [(fact["type"], fact.get("from"), fact["to"]) for fact in supervisor.timeline(case_id) if "to" in fact]
    assert moves == [("CaseRegistered", None, "received"), ("CaseAssessed", "received", "triaged"), ("CaseAccepted", "triaged", "accepted"),
                     ("CaseDispatched", "accepted", "dispatched"), ("CaseSigned", "dispatched", "signed"),
                     ("InvestigationStarted", "signed", "investigating"), ("CaseDecided", "investigating", "decided"),
                     ("CaseReplied", "decided", "replied")]
    versions = {(fact.get("policy_version"), fact.get("calendar_version")) for fact in supervisor.timeline(case_id)
                if fact["type"] == "CaseReplied"}
    resolution = next(clock for clock in supervisor.case(case_id)["clocks"] if clock["name"] == "resolution")
    assert versions == {(resolution["policy_version"], resolution["calendar_version"])} and None not in versions.pop()
    told = supervisor.get(f"/v1/cases/{case_id}/export").json()
    assert [(fact["type"].rsplit(".", 1)[1], fact.get("from"), fact["to"]) for fact in told["facts"] if "to" in fact] == moves


def test_2_a_return_is_adjudicated_and_a_designated_unit_keeps_it(supervisor, handler, case_id):
    go(case_id, (supervisor, "accept", {}), (supervisor, "dispatch", {"unit": "demo-clinic.desk"}))
    refused(handler.do(case_id, "request-return", {"proposed_unit": "first-hospital.outpatient"}), 400, "missing")
    refused(handler.do(case_id, "request-return", {"reason": "非本科室", "proposed_unit": "nowhere"}), 422, "unknown-code")
    back = {"reason": "非本科室", "proposed_unit": "bureau.complaints"}
    assert go(case_id, (handler, "request-return", back)) == "return-requested"
    assert {clock["state"] for clock in supervisor.case(case_id)["clocks"] if clock["name"] == "resolution"} != {"stopped"}
    assert go(case_id, (supervisor, "designate", {"unit": "demo-clinic.desk", "note": "属地"})) == "designated"
    refused(handler.do(case_id, "request-return", back), 409, "wrong-state")
    assert go(case_id, (handler, "sign", {})) == "signed"
    assert supervisor.case(case_id)["returns"] == 1


def test_2_the_bureau_adjudicates_a_return_and_sends_it_elsewhere(supervisor, handler, case_id):
    desk, bureau = {"unit": "demo-clinic.desk"}, {"unit": "bureau.complaints"}
    back = {"reason": "非本科室", "proposed_unit": "bureau.complaints"}
    go(case_id, (supervisor, "accept", {}), (supervisor, "dispatch", desk), (handler, "request-return", back))
    refused(handler.do(case_id, "dispatch", bureau), 409, "bureau-decides")  # an operator of the clinic
    chief = staff("demo-supervisor")
    refused(chief.do(case_id, "dispatch", bureau), 409, "bureau-decides")
    refused(chief.do(case_id, "designate", desk), 409, "bureau-decides")
    assert not {"dispatch", "designate"} & set(chief.case(case_id)["actions"])
    refused(supervisor.do(case_id, "dispatch", desk), 409, "same-unit")
    assert go(case_id, (supervisor, "dispatch", bureau)) == "dispatched"


def test_2_only_the_bureau_sends_a_case_to_another_institution(supervisor, case_id):
    chief = staff("demo-supervisor")
    go(case_id, (chief, "accept", {}))
    answer = chief.do(case_id, "dispatch", {"unit": "donghu-hospital.relations"})
    refused(answer, 409, "bureau-decides")
    assert answer.json()["field"] == "unit" and "dispatch" in answer.json()["actions"]
    go(case_id, (chief, "dispatch", {"unit": "demo-clinic.desk"}))
    assert go(case_id, (supervisor, "dispatch", {"unit": "donghu-hospital.relations"})) == "dispatched"


def test_2_no_unit_that_was_designated_returns_it(supervisor, handler, case_id):
    desk, bureau = {"unit": "demo-clinic.desk"}, {"unit": "bureau.complaints"}
    way = to_replied(supervisor, supervisor)
    go(case_id, *way[:2], (supervisor, "designate", desk), (supervisor, "designate", bureau), *way[2:],
       (supervisor, "rework", {"reason": "未解决"}), (supervisor, "dispatch", desk))
    refused(handler.do(case_id, "request-return", {"reason": "非本科室", "proposed_unit": "bureau.complaints"}), 409, "designated-before")


def test_5_a_closure_survives_evidence(supervisor, handler, colleague, case_id):
    go(case_id, *to_replied(supervisor, handler))
    refused(supervisor.do(case_id, "close"), 409, "no-follow-up")
    missed = {"reached": False, "note": "无人接听"}
    go(case_id, (supervisor, "follow-up", missed), (supervisor, "follow-up", missed))
    refused(supervisor.do(case_id, "close"), 409, "no-follow-up")
    unsolved = {"reached": True, "solved": False, "score": 2, "note": "说没解决"}
    assert go(case_id, (supervisor, "follow-up", unsolved)) == "rework"
    refused(handler.do(case_id, "sign"), 409, "handled-before")
    again = [(colleague, "sign", {}), (colleague, "decide", {"outcome": "upheld", "findings": "再查属实"}),
             (colleague, "reply", {"reply": "已重新整改。"})]
    go(case_id, *again, (supervisor, "follow-up", missed), (supervisor, "follow-up", missed),
       (supervisor, "follow-up", missed), (supervisor, "close", {}))
    way = to_replied(supervisor, handler)
    go(case_id, (supervisor, "reopen", {"ground": "dissatisfied", "reason": "仍未解决"}), *way[:2])
    refused(colleague.do(case_id, "sign"), 409, "handled-before")
    refused(handler.do(case_id, "sign"), 409, "handled-before")  # nor who had it in the round before that
    go(case_id, (supervisor, "dispatch", {"unit": "bureau.complaints"}), *to_replied(supervisor, supervisor)[2:],
       (supervisor, "follow-up", {"reached": True, "solved": True, "note": "满意"}))
    settle(case_id, supervisor, supervisor)
    go(case_id, (supervisor, "close", {}))
    assert [fact["data"]["first"] for fact in supervisor.has(case_id, "CaseClosed")] == [True, False]


def test_rules8_4_only_the_bureau_adds_a_co_handler_of_another_institution(supervisor, handler, case_id):
    go(case_id, *to_replied(supervisor, handler)[:3])
    answer = handler.do(case_id, "add-co-handler", {"unit": "anning-centre.ward", "note": "核查"})
    refused(answer, 409, "bureau-decides")
    assert answer.json()["field"] == "unit" and "add-co-handler" in answer.json()["actions"]
    assert not supervisor.has(case_id, "CoHandlerAdded")
    go(case_id, (supervisor, "add-co-handler", {"unit": "anning-centre.ward", "note": "核查"}))


def test_2_a_co_handler_is_warned_and_alarmed_of_its_own_clock(supervisor, handler, case_id):
    due = datetime.datetime.now(datetime.UTC) + datetime.timedelta(seconds=15)
    go(case_id, (supervisor, "accept", {}), (supervisor, "dispatch", {"unit": "demo-clinic.desk"}), (handler, "sign", {}),
       (supervisor, "add-co-handler", {"unit": "first-hospital.medical", "note": "核查", "due": due.isoformat(timespec="seconds")}),
       (supervisor, "open-improvement", {"cause": "流程不清", "measure": "重写告知单", "owner": "first-hospital.medical",
                                         "due": due.isoformat(timespec="seconds")}))

    def units(kind):
        return {fact["data"].get("name") or fact["data"].get("clock"): fact["data"]["unit"] for fact in supervisor.has(case_id, kind)}
    wait_for("both alarms", lambda: {"co-handling-1", "improvement-1"} <= units("AlarmRaised").keys(), 60)
    for name in ("co-handling-1", "improvement-1"):
        assert units("AlarmRaised")[name] == "first-hospital.medical"
        assert units("ClockWarned").get(name, "first-hospital.medical") == "first-hospital.medical"
    assert all(unit == "demo-clinic.desk" for name, unit in units("AlarmRaised").items() if name in ("resolution", "sign_for"))
    wait_for("the climb", lambda: units("CaseEscalated").get("co-handling-1") == "first-hospital.medical", 60)
    code = supervisor.case(case_id)["tracking_code"]

    def told():
        return {to.split("@")[0] for to, title, text, _ in mails() if code in title + text and ("警报" in title or "升级" in title)
                and ("协办" in title + text or "改进措施" in title + text)}
    wait_for("the mails", lambda: {"cao-bin", "tang-wei", "demo-supervisor"} <= told(), 90)  # the last sees the case


def test_11_where_nobody_can_act_by_a_grant_either_the_bureau_is_alarmed(supervisor, case_id):
    unit, path = "anning-centre.ward", "/v1/units/anning-centre.ward/grants"
    until = (datetime.datetime.now(datetime.UTC) + datetime.timedelta(seconds=60)).isoformat(timespec="seconds")
    granted = staff("region-administrator").post(path, {"staff": "shen-yue", "role": "handler", "until": until, "reason": "代办"})
    assert granted.status_code in (200, 201), granted.text

    def alarms():
        return [alarm["kind"] for alarm in supervisor.case(case_id)["alarms"] if alarm["kind"] == "no-assignee"]
    go(case_id, (supervisor, "accept", {}), (supervisor, "dispatch", {"unit": "demo-clinic.desk"}),
       (staff("demo-handler"), "sign", {}), (supervisor, "add-co-handler", {"unit": unit, "note": "核查"}))
    assert alarms() == [], "somebody co-handles it by the grant"
    go(case_id, (supervisor, "declare-conflict", {"staff": "shen-yue", "reason": "亲属"}))
    assert alarms() == ["no-assignee"], "the co-handler has nobody left"


def test_1_a_review_that_nobody_can_decide_alarms_the_bureau(supervisor, handler, case_id):
    def alarms():
        return [alarm["kind"] for alarm in supervisor.case(case_id)["alarms"] if alarm["kind"] == "no-assignee"]

    def conflict(subject):
        return (supervisor, "declare-conflict", {"staff": subject, "reason": "亲属"})
    go(case_id, *to_replied(supervisor, handler), (supervisor, "follow-up", {"reached": True, "solved": True, "note": "电话"}),
       (supervisor, "close", {}), conflict("ren-shan"), (supervisor, "review", {"reason": "不服"}))
    assert alarms() == [], "one reviewer is left"
    go(case_id, conflict("su-qing"))
    assert alarms() == ["no-assignee"]
    fact = [fact for fact in supervisor.has(case_id, "AlarmRaised") if fact["data"]["kind"] == "ALARM_KIND_NO_ASSIGNEE"]
    assert [entry["data"]["unit"] for entry in fact] == ["bureau.complaints"]
