"""Periodic promises: progress on major cases, visits after a crisis, improvements, commitments of institutions."""

import datetime
import uuid

import pytest
from conftest import ENV, Api, Staff, mails, mint, settle, submission, wait_for

LATER = (datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(days=90)).isoformat(timespec="seconds")


@pytest.fixture(name="case_id")
def one_case(intake, supervisor):
    """A case of the demo clinic, accepted."""
    receipt = intake.post("/v1/submissions", submission(institution="demo-clinic")).json()
    wait_for("the assessment", lambda: supervisor.has(receipt["case_id"], "CaseAssessed"))
    assert supervisor.do(receipt["case_id"], "accept").status_code == 200
    return receipt["case_id"]


def clock(person, case_id, name):
    """A clock of the case, or nothing."""
    return next((clock for clock in (person.case(case_id) or {"clocks": []})["clocks"] if clock["name"] == name), None)


def armed(person, case_id, name):
    """The terms under which a clock ran, one after the other."""
    return [fact["data"]["terms"] for fact in person.has(case_id, "ClockArmed") if fact["data"]["terms"]["name"] == name]


def test_8_progress_is_told_at_intervals_or_alarms(intake, supervisor):
    address = f"{uuid.uuid4().hex[:12]}@example.org"
    body = submission(institution="demo-clinic", complainant={"name": "周晓岚", "email": address})
    receipt = intake.post("/v1/submissions", body).json()
    case_id = receipt["case_id"]
    wait_for("the assessment", lambda: supervisor.has(case_id, "CaseAssessed"))
    assert not armed(supervisor, case_id, "progress"), "no major case"
    assert supervisor.do(case_id, "accept").status_code == 200
    assert supervisor.do(case_id, "assess", {"urgency": "P1"}).status_code == 200
    wait_for("the first promise", lambda: len(armed(supervisor, case_id, "progress")) == 1)
    assert supervisor.do(case_id, "report-progress", {"text": "已约谈当事人，下一步调取记录。"}).status_code == 200
    wait_for("the next promise", lambda: len(armed(supervisor, case_id, "progress")) == 2)
    first, second = armed(supervisor, case_id, "progress")
    assert second["started_at_ms"] > first["started_at_ms"] and second["version"] == 2
    assert second["policy_version"] == "demo-seconds@1" and second["explanation"]
    wait_for("the mail", lambda: [text for to, title, text, _ in mails()
                                  if to == address and "进展" in title and "调取记录" in text], 90)
    shown = intake.get(f'/v1/submissions/{receipt["tracking_code"]}/messages', headers={"Redress-Pin": receipt["pin"]}).json()
    assert [item["text"] for item in shown["items"] if item["kind"] == "progress"] == ["已约谈当事人，下一步调取记录。"]

    def breached():
        return [fact for fact in supervisor.has(case_id, "ClockBreached") if fact["data"]["name"] == "progress"]
    wait_for("nobody was told in time", breached)
    assert [fact for fact in supervisor.has(case_id, "AlarmRaised") if fact["data"]["clock"] == "progress"]
    assert supervisor.do(case_id, "report-progress", {"text": "记录已调取。"}).status_code == 200
    wait_for("it begins again", lambda: len(armed(supervisor, case_id, "progress")) == 3)


def test_8_who_is_no_major_case_any_more_is_promised_no_progress(intake, supervisor):
    case_id = intake.post("/v1/submissions", submission(institution="first-hospital")).json()["case_id"]
    wait_for("the assessment", lambda: supervisor.has(case_id, "CaseAssessed"))
    assert supervisor.do(case_id, "accept").status_code == 200
    assert supervisor.do(case_id, "assess", {"urgency": "P1"}).status_code == 200
    wait_for("the promise", lambda: len(armed(supervisor, case_id, "progress")) == 1)
    assert supervisor.do(case_id, "report-progress", {"text": "已约谈当事人。"}).status_code == 200
    wait_for("the next promise", lambda: len(armed(supervisor, case_id, "progress")) == 2)
    assert supervisor.do(case_id, "assess", {"urgency": "P3", "reason": "核实后并不严重"}).status_code == 200
    wait_for("its end", lambda: [fact for fact in supervisor.has(case_id, "ClockStopped")
                                 if fact["data"]["name"] == "progress" and fact["data"]["displaced"]])
    assert supervisor.do(case_id, "assess", {"urgency": "P2"}).status_code == 200
    wait_for("a promise anew", lambda: len(armed(supervisor, case_id, "progress")) == 3)


def test_8_a_confirmed_crisis_is_visited(supervisor, case_id):
    assert not [name for name in (c["name"] for c in supervisor.case(case_id)["clocks"]) if name.startswith("follow_up")]
    assert supervisor.do(case_id, "assess", {"urgency": "P3", "crisis": "R3"}).status_code == 200
    names = [f"follow_up_{number}" for number in range(1, 5)]
    wait_for("four visits", lambda: all(clock(supervisor, case_id, name) for name in names))
    spans = []
    for name in names:
        terms = armed(supervisor, case_id, name)[0]
        spans.append((terms["due_at_ms"] - terms["started_at_ms"]) / 3600000)
    assert spans[:2] == [24, 72] and 7 * 24 <= spans[2] <= 8 * 24 and 30 * 24 <= spans[3] <= 31 * 24
    answer = supervisor.do(case_id, "visit", {"outcome": "unreachable", "note": "无人接听"})
    assert answer.status_code == 200 and answer.json()["visits"] == 0
    assert clock(supervisor, case_id, "follow_up_1")["state"] == "running"
    answer = supervisor.do(case_id, "visit", {"outcome": "done", "note": "情绪平稳"})
    assert answer.json()["visits"] == 1
    assert [clock(supervisor, case_id, name)["state"] for name in names] == ["stopped"] + ["running"] * 3
    refused = supervisor.do(case_id, "visit", {"outcome": "done", "note": "又打了一次"})  # the same day is no second visit
    assert (refused.status_code, refused.json()["code"], refused.json()["field"]) == (409, "visit-too-early", "outcome")
    refused = supervisor.do(case_id, "visit", {"outcome": "maybe", "note": "x"})
    assert (refused.status_code, refused.json()["code"]) == (422, "unknown-code")


def crisis(supervisor, case_id):
    """A confirmed crisis; the names of its visits' clocks."""
    names = [f"follow_up_{number}" for number in range(1, 5)]
    assert supervisor.do(case_id, "assess", {"urgency": "P3", "crisis": "R3"}).status_code == 200
    wait_for("four visits", lambda: all(clock(supervisor, case_id, name) for name in names))
    return names


def states(person, case_id, names):
    """How the clocks of visits stand."""
    return [clock(person, case_id, name)["state"] for name in names]


def await_alarm_taken(supervisor, case_id, action):
    """Nobody ends what could lead to somebody in danger before a person has taken the alarm."""
    case = supervisor.case(case_id)
    assert action not in case["actions"]
    refused = supervisor.do(case_id, action)
    assert (refused.status_code, refused.json()["code"]) == (409, "crisis-alarm-open"), refused.text
    for alarm in case["alarms"]:
        if alarm["kind"] == "urgent" and not alarm["acknowledged"]:
            assert supervisor.do(case_id, "acknowledge", {"alarm_id": alarm["alarm_id"]}).status_code == 200


def test_8_a_case_closes_once_the_visits_after_a_crisis_are_done(supervisor, handler, case_id):
    names = crisis(supervisor, case_id)
    for person, action, body in ((supervisor, "dispatch", {"unit": "demo-clinic.desk"}), (handler, "sign", {}),
                                 (handler, "decide", {"outcome": "upheld", "findings": "属实"}), (handler, "reply", {"reply": "已整改。"}),
                                 (supervisor, "follow-up", {"reached": True, "solved": True, "note": "电话"})):
        answer = person.do(case_id, action, body)
        assert answer.status_code == 200, (action, answer.text)
    settle(case_id, handler, supervisor)  # a slow machine may have let the resolution run out
    for number in range(4):
        refused = supervisor.do(case_id, "close")
        assert (refused.status_code, refused.json()["code"]) == (409, "visits-due"), refused.text
        assert "close" not in supervisor.case(case_id)["actions"] and "visit" in refused.json()["actions"]
        outcome = "declined" if number else "done"
        assert supervisor.do(case_id, "visit", {"outcome": outcome, "note": "情绪平稳"}).status_code == 200
    await_alarm_taken(supervisor, case_id, "close")
    assert supervisor.do(case_id, "close").status_code == 200
    assert states(supervisor, case_id, names) == ["stopped"] * 4


def test_8_who_takes_a_complaint_back_in_a_crisis_is_visited_all_the_same(intake, supervisor):
    receipt = intake.post("/v1/submissions", submission(institution="demo-clinic")).json()
    case_id = receipt["case_id"]
    wait_for("the assessment", lambda: supervisor.has(case_id, "CaseAssessed"))
    names = crisis(supervisor, case_id)
    answer = intake.post(f'/v1/submissions/{receipt["tracking_code"]}/withdrawal', {"reason": "不想说了"}, headers={"Redress-Pin": receipt["pin"]})
    assert answer.status_code == 202, answer.text
    case = wait_for("the withdrawal", lambda: (lambda seen: seen["status"] == "withdrawn" and seen)(supervisor.case(case_id)))
    assert {c["state"] for c in case["clocks"] if not c["name"].startswith(("follow_up", "escalation"))} <= {"stopped", "breached"}
    assert states(supervisor, case_id, names) == ["running"] * 4
    refused = supervisor.do(case_id, "archive")
    assert (refused.status_code, refused.json()["code"]) == (409, "visits-due"), refused.text
    for _ in names:
        assert supervisor.do(case_id, "visit", {"outcome": "declined", "note": "不希望再回访"}).status_code == 200
    await_alarm_taken(supervisor, case_id, "archive")
    assert supervisor.do(case_id, "archive").status_code == 200


def test_1_a_crisis_that_is_heard_after_the_end_is_rescued_and_visited(intake, supervisor):
    receipt = intake.post("/v1/submissions", submission(institution="demo-clinic")).json()
    case_id, pin = receipt["case_id"], {"Redress-Pin": receipt["pin"]}
    wait_for("the assessment", lambda: supervisor.has(case_id, "CaseAssessed"))
    assert supervisor.do(case_id, "withdraw", {"reason": "已自行解决"}).status_code == 200
    written = intake.post(f'/v1/submissions/{receipt["tracking_code"]}/messages', {"text": "我不想活了，今晚就跳楼。"}, headers=pin)
    assert written.status_code == 202, written.text
    wait_for("the alarm", lambda: supervisor.has(case_id, "AlarmRaised"))
    assert "transfer-emergency" in supervisor.case(case_id)["actions"]
    assert supervisor.do(case_id, "transfer-emergency", {"service": "120"}).json()["status"] == "withdrawn"
    wait_for("the visit", lambda: (clock(supervisor, case_id, "follow_up_1") or {}).get("state") == "running")
    refused = supervisor.do(case_id, "archive")
    assert (refused.status_code, refused.json()["code"]) == (409, "visits-due"), refused.text


def test_8_visits_outlast_a_refusal_and_a_reopening(intake, supervisor):
    case_id = intake.post("/v1/submissions", submission(institution="demo-clinic")).json()["case_id"]
    wait_for("the assessment", lambda: supervisor.has(case_id, "CaseAssessed"))
    names = crisis(supervisor, case_id)
    for action, body in (("refuse", {"ground": "out_of_scope", "right_route": "信访局"}), ("visit", {"outcome": "done", "note": "情绪平稳"}),
                         ("reopen", {"ground": "new_facts", "reason": "补充材料"})):
        assert supervisor.do(case_id, action, body).status_code == 200
        assert states(supervisor, case_id, names)[1:] == ["running"] * 3, action
    assert states(supervisor, case_id, names)[0] == "stopped"


def test_7_an_improvement_is_made_by_a_unit_that_sees_the_case(supervisor, case_id):
    body = {"cause": "候诊时间过长", "measure": "增开窗口", "due": LATER}
    answer = supervisor.do(case_id, "open-improvement", {**body, "owner": "first-hospital.nursing"})
    assert (answer.status_code, answer.json()["code"], answer.json()["field"]) == (409, "unit-elsewhere", "owner"), answer.text
    for owner in ("demo-clinic.desk", "bureau.complaints"):
        answer = supervisor.do(case_id, "open-improvement", {**body, "owner": owner})
        assert answer.status_code == 200, answer.text
    assert [i["owner"] for i in supervisor.case(case_id)["improvements"]] == ["demo-clinic.desk", "bureau.complaints"]


def test_8_an_improvement_has_an_owner_and_an_effect(supervisor, case_id):
    body = {"cause": "候诊时间过长", "measure": "增开窗口", "owner": "demo-clinic.desk", "due": LATER}
    refused = supervisor.do(case_id, "open-improvement", {**body, "owner": "nobody"})
    assert (refused.status_code, refused.json()["code"]) == (422, "unknown-code")
    refused = supervisor.do(case_id, "open-improvement", {name: body[name] for name in body if name != "due"})
    assert (refused.status_code, refused.json()["code"]) == (400, "missing")
    refused = supervisor.do(case_id, "open-improvement", {**body, "due": "2020-03-01T00:00:00+08:00"})
    assert (refused.status_code, refused.json()["code"]) == (409, "due-in-past")
    assert "complete-improvement" not in supervisor.case(case_id)["actions"]
    assert supervisor.do(case_id, "open-improvement", body).status_code == 200
    assert "complete-improvement" in supervisor.case(case_id)["actions"]
    code = supervisor.case(case_id)["tracking_code"]
    wait_for("the owner's mail", lambda: [text for to, title, text, _ in mails() if to == "demo-handler@example.org"
                                          and "整改" in title and code in title and "增开窗口" in text], 90)
    refused = supervisor.do(case_id, "complete-improvement", {"improvement": 2, "effect": "x"})
    assert (refused.status_code, refused.json()["code"]) == (409, "unknown-improvement")
    done = supervisor.do(case_id, "complete-improvement", {"improvement": 1, "effect": "平均候诊减少20分钟"})
    assert done.status_code == 200
    assert [(i["owner"], i["done"]) for i in done.json()["improvements"]] == [("demo-clinic.desk", True)]
    fact = supervisor.has(case_id, "ImprovementDone")[0]["data"]
    assert fact["effect"] == "平均候诊减少20分钟" and not fact["late"]
    refused = supervisor.do(case_id, "complete-improvement", {"improvement": 1, "effect": "x"})
    assert (refused.status_code, refused.json()["code"]) == (409, "no-improvement-open")


def test_8_an_improvement_is_watched_whatever_became_of_its_case(supervisor, case_id):
    due = datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(seconds=20)
    body = {"cause": "候诊时间过长", "measure": "增开窗口", "owner": "demo-clinic.desk", "due": due.isoformat(timespec="seconds")}
    refused = supervisor.do(case_id, "open-improvement", {**body, "due": "9999-01-01T00:00:00Z"})
    assert (refused.status_code, refused.json()["code"]) == (409, "due-too-late")
    kept = {**body, "due": (due + datetime.timedelta(days=30)).isoformat(timespec="seconds")}
    for said in (body, kept):
        assert supervisor.do(case_id, "open-improvement", said).status_code == 200
    wait_for("both clocks", lambda: clock(supervisor, case_id, "improvement-1") and clock(supervisor, case_id, "improvement-2"))
    done = supervisor.do(case_id, "complete-improvement", {"improvement": 2, "effect": "已换新"})
    assert done.status_code == 200 and clock(supervisor, case_id, "improvement-2")["state"] == "stopped"
    settle(case_id, supervisor, supervisor)  # a slow machine may have let the resolution run out
    assert supervisor.do(case_id, "withdraw", {"reason": "双方和解"}).status_code == 200
    wait_for("the alarm of what was not made", lambda: [alarm for alarm in supervisor.case(case_id)["alarms"]
                                                        if alarm["clock"] == "improvement-1"], 60)
    assert clock(supervisor, case_id, "improvement-1")["state"] == "breached"
    late = supervisor.do(case_id, "complete-improvement", {"improvement": 1, "effect": "增开两个窗口"})
    assert late.status_code == 200 and supervisor.has(case_id, "ImprovementDone")[1]["data"]["late"]


def improve(supervisor, case_id, *owners):
    """Improvements of these owners, in this order."""
    body = {"cause": "候诊时间过长", "measure": "增开窗口", "due": LATER}
    for owner in owners:
        answer = supervisor.do(case_id, "open-improvement", {**body, "owner": owner})
        assert answer.status_code == 200, answer.text


def test_8_the_owner_completes_its_own_improvement(intake, supervisor):
    case_id = intake.post("/v1/submissions", submission(institution="first-hospital")).json()["case_id"]
    wait_for("the assessment", lambda: supervisor.has(case_id, "CaseAssessed"))
    for action, body in (("accept", {}), ("dispatch", {"unit": "first-hospital.nursing"})):
        assert supervisor.do(case_id, action, body).status_code == 200
    owner, lead = (Staff(ENV["REDRESS_LEDGER_URL"], mint(subject)) for subject in ("cao-bin", "shen-yue"))
    improve(supervisor, case_id, "first-hospital.nursing")
    assert "complete-improvement" not in owner.case(case_id)["actions"]
    improve(supervisor, case_id, "first-hospital.medical", "first-hospital.medical")
    assert {"complete-improvement", "sign"} & set(owner.case(case_id)["actions"]) == {"complete-improvement"}
    refused = owner.do(case_id, "complete-improvement", {"improvement": 1, "effect": "x"})
    assert (refused.status_code, refused.json()["code"], refused.json()["field"]) == (403, "not-your-unit", "improvement"), refused.text
    for person, number in ((owner, 2), (lead, 3)):
        done = person.do(case_id, "complete-improvement", {"improvement": number, "effect": "已换新"})
        assert done.status_code == 200 and done.json()["improvements"][number - 1]["done"], done.text
    assert "complete-improvement" not in owner.case(case_id)["actions"]
    assert owner.do(case_id, "complete-improvement", {"improvement": 1, "effect": "x"}).status_code == 403
    assert "complete-improvement" in lead.case(case_id)["actions"]


def test_8_an_owner_of_another_institution_sees_its_case_by_a_grant(supervisor, case_id):
    until = (datetime.datetime.now(datetime.UTC) + datetime.timedelta(seconds=60)).isoformat(timespec="seconds")
    administrator, owner = (Staff(ENV["REDRESS_LEDGER_URL"], mint(subject)) for subject in ("region-administrator", "shen-yue"))
    granted = administrator.post("/v1/units/anning-centre.outpatient/grants",
                                 {"staff": "shen-yue", "role": "handler", "until": until, "reason": "代办"})
    assert granted.status_code in (200, 201), granted.text
    assert supervisor.do(case_id, "dispatch", {"unit": "anning-centre.outpatient"}).status_code == 200
    improve(supervisor, case_id, "anning-centre.outpatient")
    assert supervisor.do(case_id, "dispatch", {"unit": "demo-clinic.desk"}).status_code == 200
    assert set(owner.case(case_id)["actions"]) - {"acknowledge"} == {"complete-improvement", "declare-conflict"}
    assert case_id in owner.get("/v1/cases?limit=200").text
    done = owner.do(case_id, "complete-improvement", {"improvement": 1, "effect": "已换新"})
    assert done.status_code == 200 and done.json()["improvements"][0]["done"], done.text


def test_8_commitments_are_public_and_become_clocks(intake, supervisor):
    items = intake.get("/v1/commitments").json()["items"]
    assert {item["institution"] for item in items} == {"first-hospital", "xiyang-home"}
    mine = intake.get("/v1/commitments", params={"institution": "first-hospital"}).json()["items"]
    assert [(item["version"], item["published"]) for item in mine] == [(1, "2025-12-01")]
    assert [(term["clock"], term["value"], term["unit"]) for term in mine[0]["terms"]] == [
        ("commitment-response", 2, "working_days"), ("commitment-fees", 3, "working_days")]
    assert intake.get("/v1/commitments", params={"institution": "nowhere"}).status_code == 422
    assert intake.get("/v1/commitments", params={"x": "y"}).status_code == 400
    timer = Api(ENV["REDRESS_SLA_TIMER_URL"])
    question = {"institution": "first-hospital", "clock": "commitment-response", "start": "2026-02-13T16:30:00+08:00"}
    answer = timer.post("/v1/due-dates", question)
    assert answer.status_code == 200 and answer.json()["due_at"].startswith("2026-02-25T00:00:00"), answer.text
    case_id = intake.post("/v1/submissions", submission(institution="first-hospital", category="fees")).json()["case_id"]
    names = ["commitment-response", "commitment-fees"]
    wait_for("the assessment", lambda: supervisor.has(case_id, "CaseAssessed"))
    wait_for("the promised clocks", lambda: all(clock(supervisor, case_id, name) for name in names))
    assert {clock(supervisor, case_id, name)["policy_version"] for name in names} == {"first-hospital-promise@1"}
    assert supervisor.do(case_id, "accept").status_code == 200
    assert [clock(supervisor, case_id, name)["state"] for name in names] == ["stopped", "running"]
