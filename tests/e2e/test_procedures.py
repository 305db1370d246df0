"""What a mediation and a review wait for while their case stays as it is: their clocks rest alone."""

import uuid
from datetime import datetime

import pytest
from clock_steps import NURSING, armed, clock, go, make_case, refused, staff, to_investigation
from conftest import Staff, mails, mint, submission, wait_for
from test_casework import to_replied
from test_reload import change, instead, second
from timers import other_rules, second_port

SOLVED = {"reached": True, "solved": True, "note": "电话"}
SECONDS = """      - id: demo-mediation
        clock: mediation
        source: {kind: ours, text: 演示用}
        starts_on: mediation_accepted
        stops_on: mediation_ended
        limit: {value: 600, unit: seconds}
        pauses:
          - {ground: appraisal, cap: {value: 8, unit: seconds}}
        extension:
          count: 1
          unbounded: true
          approved_by: [supervisor]
          tell: [complainant]
"""


def moment(text):
    """Milliseconds since 1970."""
    return round(datetime.fromisoformat(text).timestamp() * 1000)


@pytest.fixture(name="petition")
def re_reviewed(intake, supervisor, handler):
    """A petition whose re-review was asked for: its case, its receipt and who may decide it."""
    receipt = intake.post("/v1/submissions", submission(institution="demo-clinic"), key=str(uuid.uuid4())).json()
    case_id, first, last = receipt["case_id"], staff("ren-shan"), staff("su-qing")
    wait_for("the assessment", lambda: supervisor.has(case_id, "CaseAssessed"))
    wait_for("the clocks", lambda: clock(supervisor, case_id, "resolution"))
    go(case_id, (supervisor, "assess", {"urgency": "P3", "situations": ["petition"]}), *to_replied(supervisor, handler),
       (supervisor, "follow-up", SOLVED), (supervisor, "close", {}), (supervisor, "review", {"reason": "不服"}),
       (first, "decide-review", {"result": "confirmed", "findings": "处理适当"}), (supervisor, "re-review", {"reason": "仍不服"}))
    wait_for("30 days", lambda: clock(supervisor, case_id, "re_review"))
    return case_id, receipt, last


def told(intake, receipt, kind):
    """What the complainant reads of this kind, and the whole text."""
    answer = intake.get(f'/v1/submissions/{receipt["tracking_code"]}/messages', headers={"Redress-Pin": receipt["pin"]})
    assert answer.status_code == 200, answer.text
    return [item for item in answer.json()["items"] if item["kind"] == kind], answer.text


def test_11_a_re_review_waits_for_a_hearing_by_the_petition_pack(intake, supervisor, handler, petition):
    case_id, receipt, reviewer = petition
    before = clock(supervisor, case_id, "re_review")
    assert (before["state"], before["policy_version"]) == ("running", "cn-petition@1")
    offered = reviewer.case(case_id)["actions"]
    assert "pause-clock" in offered and "resume-clock" not in offered
    go(case_id, (reviewer, "pause-clock", {"clock": "re_review", "ground": "hearing", "note": "内部批注"}))
    case, resting = reviewer.case(case_id), clock(supervisor, case_id, "re_review")
    assert case["status"] == "re-review" and "resume-clock" in case["actions"] and "pause-clock" not in case["actions"]
    assert (resting["state"], resting["paused_on"], resting["paused_alone"]) == ("paused", "hearing", True)
    assert before["due_at"] > before["started_at"] and resting["due_at"] > resting["paused_until"] >= before["due_at"], "30 days at most"
    refused(reviewer.do(case_id, "pause-clock", {"clock": "re_review", "ground": "hearing"}), 409, "not-running")
    go(case_id, (reviewer, "resume-clock", {"clock": "re_review", "note": "听证已举行"}))
    running = clock(supervisor, case_id, "re_review")
    assert (running["state"], running["due_at"]) == ("running", before["due_at"]), "a hearing within a day gives no day"
    assert any("hearing" in line for line in running["explanation"])
    fact = armed(supervisor, case_id, "re_review", "resumed")[0]["data"]
    assert fact["alone"] and (fact["ground"], fact["note"]) == ("hearing", "听证已举行")
    (suspended,), text = told(intake, receipt, "suspended")
    assert (suspended["ground_title"], suspended["clock_title"]) == ("听证", "复核")
    (resumed,), _ = told(intake, receipt, "resumed")
    assert (resumed["ground_title"], resumed["clock_title"]) == ("听证", "复核") and "due_at" not in resumed
    assert "内部批注" not in text and "听证已举行" not in text
    go(case_id, (reviewer, "pause-clock", {"clock": "re_review", "ground": "hearing"}),
       (reviewer, "decide-review", {"result": "confirmed", "findings": "处理适当"}))
    assert supervisor.case(case_id)["status"] == "final" and clock(supervisor, case_id, "re_review")["state"] == "stopped"
    assert handler.case(case_id)["status"] == "final"


def test_11_who_reviewed_before_or_handles_it_lets_no_re_review_wait(supervisor, handler, petition):
    case_id, _, reviewer = petition
    hearing = {"clock": "re_review", "ground": "hearing"}
    for person in (staff("ren-shan"), handler):  # who decided the review, and who decided the case
        answer = person.do(case_id, "pause-clock", hearing)
        refused(answer, 403, "not-your-procedure")
        assert "pause-clock" not in person.case(case_id)["actions"]
    for body, status, code, field in (({**hearing, "clock": "no_such"}, 422, "unknown-code", "clock"),
                                      ({**hearing, "clock": "resolution"}, 409, "rests-with-case", "clock"),
                                      ({**hearing, "ground": "appraisal"}, 422, "unknown-code", "ground"),
                                      ({"clock": "re_review"}, 400, "missing", "ground")):
        answer = reviewer.do(case_id, "pause-clock", body)
        refused(answer, status, code)
        assert answer.json()["field"] == field, answer.text
    answer = reviewer.do(case_id, "resume-clock", {"clock": "re_review"})
    refused(answer, 409, "not-paused")
    assert answer.json()["field"] == "clock" and "pause-clock" in answer.json()["actions"]


def mediated(supervisor, case_id):
    """The steps until those who mediate have accepted."""
    return [(supervisor, "record-mediation", {"stage": stage, "note": "市医调委来函"}) for stage in ("requested", "accepted")]


def test_11_a_mediation_after_the_reply_waits_for_an_appraisal_by_its_pack(intake, supervisor):
    nurse, case_id = staff("shen-yue"), make_case(intake, supervisor, "first-hospital")
    go(case_id, *to_investigation(supervisor, nurse, NURSING), (nurse, "decide", {"outcome": "upheld", "findings": "属实"}),
       (nurse, "reply", {"reply": "已整改。"}))
    assert "pause-clock" not in nurse.case(case_id)["actions"], "nothing is mediated"
    go(case_id, *mediated(supervisor, case_id))
    wait_for("30 working days", lambda: clock(supervisor, case_id, "mediation"))
    before = clock(supervisor, case_id, "mediation")
    assert before["policy_version"] == "cn-dispute-mediation@1" and "pause-clock" in nurse.case(case_id)["actions"]
    go(case_id, (nurse, "pause-clock", {"clock": "mediation", "ground": "appraisal", "note": "送检"}))
    resting = clock(supervisor, case_id, "mediation")
    assert (resting["state"], supervisor.case(case_id)["status"]) == ("paused", "replied")
    assert resting["due_at"] > resting["paused_until"] > before["due_at"], "120 working days at most"
    go(case_id, (supervisor, "assess", {"urgency": "P2"}))
    assert clock(supervisor, case_id, "mediation")["state"] == "paused", "its rule knows the ground still"
    go(case_id, (nurse, "resume-clock", {"clock": "mediation"}))
    running = clock(supervisor, case_id, "mediation")
    assert (running["state"], running["due_at"]) == ("running", before["due_at"])
    go(case_id, (nurse, "pause-clock", {"clock": "mediation", "ground": "appraisal"}),
       (supervisor, "record-mediation", {"stage": "agreed", "note": "调解协议"}))
    assert clock(supervisor, case_id, "mediation")["state"] == "stopped"


def test_11_a_resumed_case_leaves_what_rests_alone(intake, supervisor):
    nurse, case_id = staff("shen-yue"), make_case(intake, supervisor, "first-hospital")
    go(case_id, *to_investigation(supervisor, nurse, NURSING), *mediated(supervisor, case_id))
    wait_for("30 working days", lambda: clock(supervisor, case_id, "mediation"))
    go(case_id, (nurse, "pause-clock", {"clock": "mediation", "ground": "appraisal"}), (nurse, "suspend", {"ground": "hearing"}))
    answer = nurse.do(case_id, "resume-clock", {"clock": "resolution"})
    refused(answer, 409, "rests-with-case")
    go(case_id, (nurse, "resume", {}))
    assert clock(supervisor, case_id, "resolution")["state"] == "running"
    assert clock(supervisor, case_id, "mediation")["state"] == "paused"
    go(case_id, (nurse, "resume-clock", {"clock": "mediation"}), (nurse, "suspend", {"ground": "appraisal"}))
    assert not clock(supervisor, case_id, "mediation")["paused_alone"]
    refused(nurse.do(case_id, "resume-clock", {"clock": "mediation"}), 409, "rests-with-case")


def test_11_a_pause_alone_moves_the_due_time_by_itself_and_ends_at_its_cap(intake, supervisor, tmp_path):
    region, logs = other_rules(tmp_path), [tmp_path / "ledger.log", tmp_path / "sla-timer.log"]
    change(region / "policies.yaml", "      - id: demo-sign-for\n", SECONDS + "      - id: demo-sign-for\n")
    own, boss = (Staff(f"http://127.0.0.1:{second_port()}", mint(name)) for name in ("demo-handler", "lin-zhiyuan"))
    with instead("sla-timer", region, logs[1]), second("ledger", region, logs[0], second_port()):
        case_id = make_case(intake, supervisor, "demo-clinic")
        go(case_id, *to_investigation(boss, own, "demo-clinic.desk"), *mediated(boss, case_id))
        wait_for("600 seconds", lambda: clock(boss, case_id, "mediation"))
        assert clock(boss, case_id, "mediation")["policy_version"].startswith("demo"), clock(boss, case_id, "mediation")
        go(case_id, (own, "request-extension", {"clock": "mediation", "value": 60, "unit": "seconds", "reason": "待鉴定", "plan": "下周"}),
           (boss, "decide-extension", {"granted": True}))
        due = moment(clock(boss, case_id, "mediation")["due_at"])
        go(case_id, (own, "pause-clock", {"clock": "mediation", "ground": "appraisal"}))
        go(case_id, (own, "resume-clock", {"clock": "mediation"}))
        begun = moment(boss.has(case_id, "ClockPaused")[-1]["at"])
        ended = armed(boss, case_id, "mediation", "resumed")[-1]
        first = moment(ended["at"]) - begun
        assert ended["data"]["terms"]["due_at_ms"] == due + first, "by the pause, to the millisecond"
        assert ended["data"]["extended"] and ended["data"]["due_at_ms"] == due + first
        go(case_id, (own, "pause-clock", {"clock": "mediation", "ground": "appraisal"}))
        until = boss.has(case_id, "ClockPaused")[-1]["data"]["until_ms"]
        wait_for("it runs again of itself", lambda: armed(boss, case_id, "mediation", "resumed")[1:], 60)
        last = armed(boss, case_id, "mediation", "resumed")[-1]
        assert last["data"]["alone"] and moment(last["at"]) >= until
        assert last["data"]["terms"]["due_at_ms"] == due + 8000, "the cap of both pauses together"
        refused(own.do(case_id, "pause-clock", {"clock": "mediation", "ground": "appraisal"}), 409, "cap-used")
        assert not {"pause-clock", "resume-clock"} & set(own.case(case_id)["actions"])
    code = supervisor.case(case_id)["tracking_code"]
    letters = wait_for("the date that was told is another", lambda: [
        text for _, title, text, _ in mails() if code in title and "恢复办理" in title][1:])
    assert "调解" in letters[0]
