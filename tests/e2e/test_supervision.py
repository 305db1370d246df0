"""Supervision orders, persons and allegations, evidence, exported cases and joint handling, each numbered after what a
bureau does with it."""

import datetime
import hashlib
import json
import os
import pathlib
import subprocess
import uuid

import pytest
from conftest import BIN, Staff, control, mails, mint, settle, submission, wait_for
from forged import forge

DESK, NURSING, OUTPATIENT = "demo-clinic.desk", "first-hospital.nursing", "first-hospital.outpatient"
EXPORT_KEY = pathlib.Path(os.environ["REDRESS_STACK_DIR"], "keys", "export.public")


def staff(subject):
    """A member of staff."""
    return Staff(os.environ["REDRESS_LEDGER_URL"], mint(subject))


def go(case_id, *steps):
    """Commands that must succeed; the last answer's body."""
    answer = None
    for person, action, body in steps:
        answer = person.do(case_id, action, body)
        assert answer.status_code == 200, (action, answer.text)
    return answer.json()


def refused(answer, status, code):
    """A refusal with this code."""
    assert (answer.status_code, answer.json()["code"]) == (status, code), answer.text


def new_case(intake, supervisor, **changes):
    """A case, assessed and with its clocks."""
    body = submission(**{"institution": "first-hospital", **changes})
    case_id = intake.post("/v1/submissions", body, key=str(uuid.uuid4())).json()["case_id"]
    wait_for("the clocks", lambda: len((supervisor.case(case_id) or {}).get("clocks", [])) >= 3)
    return case_id


@pytest.fixture(name="nurse", scope="module")
def handler_of_two_units():
    """The first hospital's handler: nursing and outpatients."""
    return staff("shen-yue")


@pytest.fixture(name="doctor", scope="module")
def handler_of_the_medical_office():
    """The first hospital's medical office."""
    return staff("cao-bin")


@pytest.fixture(name="case_id")
def one_case(intake, supervisor):
    """A case of the first hospital."""
    return new_case(intake, supervisor)


def signed(supervisor, nurse):
    """From acceptance to the signature."""
    return [(supervisor, "accept", {}), (supervisor, "dispatch", {"unit": OUTPATIENT}), (nurse, "sign", {})]


def decided(nurse):
    """Decision and reply."""
    return [(nurse, "decide", {"outcome": "upheld", "findings": "属实"}), (nurse, "reply", {"reply": "已整改。"})]


def clock(case, name):
    """A clock of the case by its name; None while it has none."""
    return next((entry for entry in case["clocks"] if entry["name"] == name), None)


def told(case_id, subject, words):
    """Whether a member of staff had a mail with these words about the case."""
    return any(to.startswith(subject) and words in title and case_id in text for to, title, text, _ in mails())


def test_4_an_order_is_answered_and_lifted_before_the_case_closes(supervisor, nurse, case_id):
    go(case_id, *signed(supervisor, nurse))
    refused(nurse.do(case_id, "supervise", {"level": "key", "instruction": "x"}), 403, "role-not-allowed")
    refused(supervisor.do(case_id, "supervise", {"level": "highest", "instruction": "x"}), 422, "unknown-code")
    refused(supervisor.do(case_id, "supervise", {"level": "key", "instruction": "x", "due": "soon, at the latest"}), 400, "out-of-bounds")
    past = {"level": "key", "instruction": "x", "due": "2020-01-01T00:00:00+08:00"}
    refused(supervisor.do(case_id, "supervise", past), 409, "due-in-past")
    due = (datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(days=300)).isoformat(timespec="milliseconds")
    order = {"level": "key", "instruction": "请说明候诊管理整改情况", "lift_condition": "候诊时间降至三十分钟以内", "due": due}
    case = go(case_id, (supervisor, "supervise", order))
    assert case["flags"] == {"SUPERVISED": "key"}
    assert [(o["order"], o["trigger"], o["issuer"], o["answered"], o["lifted"]) for o in case["orders"]] == \
        [(1, "ordered", "lin-zhiyuan", False, False)]
    armed = wait_for("the order's clock", lambda: clock(supervisor.case(case_id), "supervision-1"))
    assert armed["state"] == "running"
    assert datetime.datetime.fromisoformat(armed["due_at"]) == datetime.datetime.fromisoformat(due)
    wait_for("the notice", lambda: told(case_id, "shen-yue", "督办"))
    assert supervisor.has(case_id, "SupervisionOrdered")[0]["data"]["lift_condition"] == "候诊时间降至三十分钟以内"
    go(case_id, *decided(nurse), (supervisor, "follow-up", {"reached": True, "solved": True, "note": "电话"}))
    refused(supervisor.do(case_id, "close"), 409, "supervised")
    assert "close" not in supervisor.case(case_id)["actions"]
    refused(supervisor.do(case_id, "lift-supervision", {"order": 1}), 409, "no-answered-order")
    refused(staff("cao-bin").do(case_id, "answer-supervision", {"order": 1, "answer": "x"}), 409, "no-order-to-answer")
    refused(nurse.do(case_id, "answer-supervision", {"order": 2, "answer": "x"}), 409, "unknown-order")
    case = go(case_id, (nurse, "answer-supervision", {"order": 1, "answer": "已增开窗口"}))
    assert clock(case, "supervision-1")["state"] == "stopped"
    wait_for("the issuer's notice", lambda: told(case_id, "lin-zhiyuan", "督办答复"))
    refused(supervisor.do(case_id, "close"), 409, "supervised")
    case = go(case_id, (supervisor, "lift-supervision", {"order": 1, "note": "同意"}), (supervisor, "close", {}))
    assert case["status"] == "closed" and case["flags"] == {}
    assert [fact["data"]["lapsed"] for fact in supervisor.has(case_id, "SupervisionLifted")] == [False]


def test_4_rules_raise_orders_with_a_clock_of_the_policy(supervisor, nurse, case_id):
    case = go(case_id, (supervisor, "refuse", {"ground": "out_of_scope", "right_route": "信访局"}))
    assert [(o["trigger"], o["issuer"], o["level"]) for o in case["orders"]] == [("refused", "rule", "ordinary")]
    wait_for("the order's clock", lambda: (clock(supervisor.case(case_id), "supervision-1") or {}).get("state") == "running")
    refused(supervisor.do(case_id, "archive"), 409, "supervised")
    go(case_id, (supervisor, "reopen", {"ground": "new_facts", "reason": "补充材料"}), *signed(supervisor, nurse), *decided(nurse))
    case = go(case_id, (supervisor, "follow-up", {"reached": True, "solved": False, "note": "没解决"}))
    assert case["status"] == "rework"  # the reopening and this: twice
    assert [o["trigger"] for o in case["orders"]] == ["refused", "repeated"]
    assert case["flags"] == {"SUPERVISED": "key"}
    settle(case_id, nurse, supervisor)
    assert supervisor.case(case_id)["flags"] == {}


def test_4_each_clock_shows_its_own_explanation(supervisor, case_id):
    go(case_id, (supervisor, "assess", {"urgency": "P1", "crisis": "R4"}), (supervisor, "supervise", {"level": "key", "instruction": "x"}))
    wait_for("the order's clock", lambda: clock(supervisor.case(case_id), "supervision-1"))
    armed = {fact["data"]["terms"]["name"]: fact["data"]["terms"] for fact in supervisor.has(case_id, "ClockArmed")}
    assert any(name.startswith("escalation") for name in armed)
    shown = supervisor.case(case_id)["clocks"]
    assert shown and [entry["explanation"] for entry in shown] == [armed[entry["name"]]["explanation"] for entry in shown]


def test_4_a_failed_call_back_and_an_overdue_case_are_supervised(intake, supervisor, handler):
    case_id = new_case(intake, supervisor, institution="demo-clinic")
    wait_for("the order of the overdue case",
             lambda: [o for o in supervisor.case(case_id)["orders"] if o["trigger"] == "overdue"], 90)
    go(case_id, (supervisor, "accept", {}), (supervisor, "dispatch", {"unit": DESK}), (handler, "sign", {}), *decided(handler),
       (supervisor, "follow-up", {"reached": True, "solved": True, "score": 1, "note": "不满意"}))
    assert [o["trigger"] for o in supervisor.case(case_id)["orders"]] == ["overdue", "failed_call_back"]


def test_4_orders_lapse_with_a_complainants_withdrawal_alone(intake, supervisor, nurse):
    receipt = intake.post("/v1/submissions", submission(institution="first-hospital")).json()
    case_id = receipt["case_id"]
    wait_for("the clocks", lambda: len((supervisor.case(case_id) or {}).get("clocks", [])) == 3)
    go(case_id, *signed(supervisor, nurse), (supervisor, "supervise", {"level": "listed", "instruction": "限期"}))
    wait_for("the order's clock", lambda: clock(supervisor.case(case_id), "supervision-1"))
    for person in (supervisor, staff("tang-wei")):
        refused(person.do(case_id, "withdraw", {"reason": "不再投诉"}), 409, "supervised")
    answer = intake.post(f'/v1/submissions/{receipt["tracking_code"]}/withdrawal', {"reason": "不再投诉"},
                         headers={"Redress-Pin": receipt["pin"]})
    assert answer.status_code == 202, answer.text
    case = wait_for("the withdrawal", lambda: (lambda seen: seen["status"] == "withdrawn" and seen)(supervisor.case(case_id)))
    assert case["flags"] == {} and clock(case, "supervision-1")["state"] == "stopped"
    assert [fact["data"]["lapsed"] for fact in supervisor.has(case_id, "SupervisionLifted")] == [True]


def test_4_an_order_is_lifted_by_the_level_that_issued_it(supervisor, nurse, case_id):
    own, order = staff("tang-wei"), {"level": "listed", "instruction": "挂牌"}
    go(case_id, *signed(supervisor, nurse), (supervisor, "supervise", order), (nurse, "answer-supervision", {"order": 1, "answer": "已整改"}))
    refused(own.do(case_id, "lift-supervision", {"order": 1}), 403, "not-your-region")
    assert "lift-supervision" not in own.case(case_id)["actions"]
    go(case_id, (own, "supervise", order), (nurse, "answer-supervision", {"order": 2, "answer": "已整改"}))
    refused(own.do(case_id, "lift-supervision", {"order": 1}), 403, "not-your-region")
    case = go(case_id, (own, "lift-supervision", {"order": 2}), (supervisor, "lift-supervision", {"order": 1}))
    assert [(o["by_region"], o["lifted"]) for o in case["orders"]] == [(True, True), (False, True)]
    go(case_id, (own, "supervise", order), (nurse, "answer-supervision", {"order": 3, "answer": "已整改"}),
       (supervisor, "lift-supervision", {"order": 3}))


def test_4_a_hospital_does_not_lift_what_its_district_ordered(intake, supervisor):
    case_id = intake.post("/v1/submissions", submission(institution="donghu-hospital"), key=str(uuid.uuid4())).json()["case_id"]
    wait_for("the assessment", lambda: supervisor.has(case_id, "CaseAssessed"))
    unit = "donghu-hospital.relations"
    handler = staff("peng-lan")
    hospital, district = (Staff(supervisor.url, forge(name, ["supervisor"], places)) for name, places in (
        ("hospital-supervisor", ["donghu-hospital"]), ("district-supervisor", ["donghu-hospital", "donghu-district"])))
    answer = {"order": 1, "answer": "已整改"}
    go(case_id, (supervisor, "accept", {}), (supervisor, "dispatch", {"unit": unit}), (handler, "sign", {}),
       (district, "supervise", {"level": "key", "instruction": "限期整改"}), (handler, "answer-supervision", answer))
    order = supervisor.case(case_id)["orders"][0]
    assert (order["by_region"], order["acting_for"]) == (False, "donghu-district")
    assert supervisor.has(case_id, "SupervisionOrdered")[0]["data"]["acting_for"] == "donghu-district"
    refused(hospital.do(case_id, "lift-supervision", {"order": 1}), 403, "not-your-level")
    assert "lift-supervision" not in hospital.case(case_id)["actions"]
    assert "lift-supervision" in district.case(case_id)["actions"]
    go(case_id, (hospital, "supervise", {"level": "ordinary", "instruction": "说明"}), (handler, "answer-supervision", {**answer, "order": 2}))
    refused(hospital.do(case_id, "lift-supervision", {"order": 1}), 403, "not-your-level")
    go(case_id, (hospital, "lift-supervision", {"order": 2}), (district, "lift-supervision", {"order": 1}))


def test_3_what_a_rule_ordered_is_lifted_by_the_bureau_alone(supervisor, nurse, case_id):
    own = staff("tang-wei")
    go(case_id, *signed(supervisor, nurse), (supervisor, "assess", {"urgency": "P3", "situations": ["adverse-effect"], "reason": "舆情"}),
       (nurse, "answer-supervision", {"order": 1, "answer": "已整改"}))
    order = supervisor.case(case_id)["orders"][0]
    assert (order["issuer"], order["by_region"]) == ("rule", True)
    refused(own.do(case_id, "lift-supervision", {"order": 1}), 403, "not-your-region")
    assert "lift-supervision" not in own.case(case_id)["actions"]
    go(case_id, (supervisor, "lift-supervision", {"order": 1}))


def test_4_an_adverse_effect_is_supervised_by_rule_once(supervisor, nurse, case_id):
    def triggers():
        return [(o["trigger"], o["level"], o["issuer"]) for o in supervisor.case(case_id)["orders"]]
    go(case_id, *signed(supervisor, nurse), (supervisor, "assess", {"urgency": "P3", "situations": ["petition"]}))
    assert triggers() == []
    go(case_id, (supervisor, "assess", {"urgency": "P3", "situations": ["petition", "adverse-effect"]}))
    assert triggers() == [("adverse_effect", "key", "rule")]
    settle(case_id, nurse, supervisor)
    go(case_id, (supervisor, "assess", {"urgency": "P2", "situations": ["adverse-effect"]}))
    assert triggers() == [("adverse_effect", "key", "rule")], "once a case"


def test_4_an_order_is_due_within_two_years(supervisor, nurse, case_id):
    go(case_id, *signed(supervisor, nurse))
    order = {"level": "ordinary", "instruction": "限期", "due": "9999-01-01T00:00:00Z"}
    refused(supervisor.do(case_id, "supervise", order), 409, "due-too-late")


def test_3_each_allegation_is_decided_before_the_case(supervisor, nurse, doctor, case_id):
    go(case_id, *signed(supervisor, nurse))
    refused(nurse.do(case_id, "raise-allegation", {"person": 1, "category": "fees", "text": "x"}), 409, "no-person")
    refused(nurse.do(case_id, "concern-person", {"kind": "staff", "title": "护士", "name": "周晓岚"}), 400, "unknown-field")
    refused(nurse.do(case_id, "concern-person", {"kind": "staff", "title": "工号87654321"}), 400, "personal-data")
    refused(nurse.do(case_id, "concern-person", {"kind": "staff", "title": "护士", "staff_code": "周"}), 400, "malformed")
    refused(nurse.do(case_id, "concern-person", {"kind": "staff", "title": "护士", "staff_code": "N-107"}), 422, "unknown-code")
    go(case_id, (nurse, "concern-person", {"kind": "staff", "title": "分诊护士", "staff_code": "jin-fang"}),
       (nurse, "concern-person", {"kind": "contractor", "title": "保安"}),
       (nurse, "raise-allegation", {"person": 1, "category": "waiting", "text": "分诊台无人值守"}),
       (nurse, "raise-allegation", {"person": 2, "category": "service-attitude", "text": "推搡家属"}))
    refused(nurse.do(case_id, "raise-allegation", {"person": 3, "category": "fees", "text": "x"}), 409, "unknown-person")
    refused(nurse.do(case_id, "raise-allegation", {"person": 1, "category": "no-such", "text": "x"}), 422, "unknown-code")
    refused(nurse.do(case_id, "decide", {"outcome": "upheld", "findings": "属实"}), 409, "allegation-undecided")
    assert "decide" not in nurse.case(case_id)["actions"]
    finding = {"allegation": 1, "outcome": "upheld", "responsibility": "main", "measure": "通报批评"}
    refused(doctor.do(case_id, "decide-allegation", finding), 403, "not-your-unit")
    refused(nurse.do(case_id, "decide-allegation", {**finding, "responsibility": "huge"}), 422, "unknown-code")
    for change, field in (({"outcome": "not_upheld"}, "responsibility"), ({"outcome": "explained"}, "responsibility"),
                          ({"outcome": "explained", "responsibility": "none"}, "measure"), ({"responsibility": "none"}, "measure")):
        answer = nurse.do(case_id, "decide-allegation", {**finding, **change})
        refused(answer, 422, "does-not-fit")
        assert answer.json()["field"] == field
    cleared = {"outcome": "not_upheld", "responsibility": "none"}
    go(case_id, *[(nurse, "decide-allegation", {"allegation": number, **cleared}) for number in (1, 2)])
    answer = nurse.do(case_id, "decide", {"outcome": "upheld", "findings": "属实"})
    refused(answer, 409, "contradicts-allegations")
    assert answer.json()["field"] == "outcome" and "decide" in answer.json()["actions"]
    case = go(case_id, (nurse, "decide-allegation", finding), *decided(nurse))
    assert [(a["person"], a["outcome"], a["responsibility"]) for a in case["allegations"]] == \
        [(1, "upheld", "main"), (2, "not_upheld", "none")]
    assert [(p["kind"], p["title"], p["staff_code"]) for p in case["persons"]] == \
        [("staff", "分诊护士", "jin-fang"), ("contractor", "保安", "")]


def test_3_titles_and_witnesses_hold_no_personal_data(supervisor, nurse, case_id):
    go(case_id, *signed(supervisor, nurse))
    written = {"护士１３９１２３４５６７８": "护士〔电话〕", "身份证１１０１０１１９９００３０７７７１Ｘ": "身份证〔身份证〕",
               "微信 wangli_77": "微信〔微信〕", "wang＠qq.com": "〔邮箱〕"}
    for title in written:
        go(case_id, (nurse, "concern-person", {"kind": "staff", "title": title}))
    case = go(case_id, (supervisor, "form-team", {
        "purpose": "medical_error", "medical": "cao-bin", "legal": "tang-wei", "service": "shen-yue",
        "witness": "居委会１３９１２３４５６７８", "rights_told": True}))
    assert [person["title"] for person in case["persons"]] == list(written.values())
    told = json.dumps(supervisor.timeline(case_id), ensure_ascii=False)
    assert "居委会〔电话〕" in told
    for secret in ("１３９１２３４５６７８", "13912345678", "wangli_77", "wang＠qq", "11010119900307771"):
        assert secret not in told


def test_3_what_has_no_visible_character_says_nothing(intake, supervisor, nurse, case_id):
    go(case_id, *signed(supervisor, nurse))
    for blank in ("\u3000", "\u2800", "\u3164", "\uffa0", "\ufe0f", "\u034f"):
        refused(supervisor.do(case_id, "rework", {"reason": blank}), 400, "out-of-bounds")
        refused(nurse.do(case_id, "comment", {"comment": blank * 3}), 400, "out-of-bounds")
        refused(supervisor.do(case_id, "form-team", {
            "purpose": "major_dispute", "medical": "cao-bin", "legal": "tang-wei", "service": "shen-yue",
            "witness": "居委会", "rights_told": True, "reported_to": blank}), 400, "out-of-bounds")
        refused(intake.post("/v1/submissions", submission(narrative=blank)), 400, "out-of-bounds")


def test_3_who_acts_for_another_shows_what_lets_them(intake, supervisor, case_id):
    authority = {"authority": "guardian", "since": "2020-05-01", "note": "户口簿"}
    refused(supervisor.do(case_id, "record-authority", authority), 409, "not-on-behalf")
    behalf = new_case(intake, supervisor, on_behalf_relation="女儿")
    refused(supervisor.do(behalf, "record-authority", {**authority, "since": "2020-13-01"}), 400, "malformed")
    later = datetime.datetime.now(datetime.timezone(datetime.timedelta(hours=8))).date() + datetime.timedelta(days=2)
    future = supervisor.do(behalf, "record-authority", {**authority, "since": later.isoformat()})
    refused(future, 400, "out-of-bounds")
    assert future.json()["field"] == "since"
    case = go(behalf, (supervisor, "record-authority", authority))
    assert case["authority"] == {"authority": "guardian", "since": "2020-05-01"}


def test_3_a_special_team_has_an_outside_witness(supervisor, nurse, case_id):
    team = {"purpose": "major_dispute", "medical": "cao-bin", "legal": "tang-wei", "service": "shen-yue",
            "witness": "东湖区人民调解委员会", "rights_told": True}
    refused(nurse.do(case_id, "form-team", team), 403, "role-not-allowed")
    refused(supervisor.do(case_id, "form-team", {**team, "medical": "nobody"}), 422, "unknown-code")
    refused(supervisor.do(case_id, "form-team", {**team, "legal": "cao-bin"}), 409, "same-member")
    refused(supervisor.do(case_id, "form-team", {**team, "rights_told": False}), 409, "rights-not-told")
    refused(supervisor.do(case_id, "form-team", team), 409, "not-reported")
    case = go(case_id, (supervisor, "form-team", {**team, "reported_to": "省卫生健康委员会"}))
    assert case["team"]["legal"] == "tang-wei" and case["flags"] == {"MAJOR": True, "SUPERVISED": "key"}
    assert [(o["trigger"], o["level"], o["issuer"]) for o in case["orders"]] == [("adverse_effect", "key", "rule")]


def export(case_id, path, subject="lin-zhiyuan"):
    """redressctl case export; exit code and what it said."""
    code, _, said = control("case", "export", case_id, "--output", str(path), "--subject", subject)
    return code, said


def check(path, *files):
    """redressctl case check-export; exit code, output, messages."""
    return control("case", "check-export", str(path), *map(str, files), "--public-key", str(EXPORT_KEY), "--json")


def test_3_an_exported_case_is_checked_offline_and_a_changed_byte_is_found(intake, supervisor, nurse, tmp_path, case_id):
    photo = tmp_path / "photo.jpg"
    photo.write_bytes(b"\xff\xd8 a photo of the queue")
    digest = hashlib.sha256(photo.read_bytes()).hexdigest()
    evidence = {"sha256": digest, "media_type": "image/jpeg", "size": photo.stat().st_size, "giver": "complainant", "note": "排队照片"}
    refused(supervisor.do(case_id, "register-evidence", {**evidence, "sha256": digest.upper()}), 400, "malformed")
    refused(supervisor.do(case_id, "register-evidence", {**evidence, "media_type": "jpeg"}), 400, "malformed")
    go(case_id, (supervisor, "register-evidence", evidence), *signed(supervisor, nurse))
    refused(supervisor.do(case_id, "register-evidence", {**evidence, "giver": "staff"}), 409, "already-registered")
    bundle = tmp_path / "case.json"
    assert export(case_id, bundle)[0] == 0
    text = bundle.read_bytes()
    told_of = json.loads(text)
    assert [fact["sequence"] for fact in told_of["facts"]] == list(range(1, len(told_of["facts"]) + 1))
    assert [(e["sha256"], e["giver"]) for e in told_of["evidence"]] == [(digest, "EVIDENCE_GIVER_COMPLAINANT")]
    assert "周晓岚".encode() not in text and b"13700001234" not in text and b"zhou@example.org" not in text
    code, found, _ = check(bundle, photo)
    assert code == 0 and found["valid"] and found["case_id"] == case_id and found["evidence"] == 1
    photo.write_bytes(photo.read_bytes() + b".")
    assert check(bundle, photo)[0] == 1
    for place in range(0, len(text), max(1, len(text) // 12)):
        changed = bytearray(text)
        changed[place] ^= 1
        bundle.write_bytes(bytes(changed))
        assert check(bundle)[0] == 1, (place, text[place - 20:place + 20])
    other = tmp_path / "keys"
    subprocess.run([BIN / "redressctl", "keys", "init", "--directory", other], check=True)
    bundle.write_bytes(text)
    assert control("case", "check-export", str(bundle), "--public-key", str(other / "export.public"))[0] == 1


def test_3_only_supervisors_and_auditors_export_and_only_in_their_scope(nurse, tmp_path, case_id):
    refused(nurse.get(f"/v1/cases/{case_id}/export"), 403, "role-not-allowed")
    refused(staff("demo-supervisor").get(f"/v1/cases/{case_id}/export"), 404, "case-not-found")
    assert export(case_id, tmp_path / "a.json", "auditor")[0] == 0
    code, said = export(case_id, tmp_path / "b.json", "demo-supervisor")
    assert code == 1 and "404" in said and not (tmp_path / "b.json").exists()
    by_http = staff("tang-wei").get(f"/v1/cases/{case_id}/export")
    (tmp_path / "c.json").write_bytes(by_http.content)
    assert check(tmp_path / "c.json")[0] == 0


def test_2_the_lead_waits_for_its_co_handlers(supervisor, nurse, doctor, case_id):
    go(case_id, *signed(supervisor, nurse))
    refused(nurse.do(case_id, "add-co-handler", {"unit": OUTPATIENT}), 409, "already-handles")
    refused(nurse.do(case_id, "add-co-handler", {"unit": "nowhere"}), 422, "unknown-code")
    case = go(case_id, (nurse, "add-co-handler", {"unit": "first-hospital.medical", "note": "核查接诊记录"}))
    assert [(c["unit"], c["answered"]) for c in case["co_handlers"]] == [("first-hospital.medical", False)]
    wait_for("the co-handler's clock", lambda: (clock(supervisor.case(case_id), "co-handling-1") or {}).get("state") == "running")
    wait_for("the co-handler's notice", lambda: told(case_id, "cao-bin", "协办"))
    refused(nurse.do(case_id, "decide", {"outcome": "upheld", "findings": "属实"}), 409, "co-handler-missing")
    for blank in ("", "   ", "\u3000\u3000"):
        answer = nurse.do(case_id, "decide", {"outcome": "upheld", "findings": "属实", "missing_answers_reason": blank})
        refused(answer, 400, "out-of-bounds")
        assert answer.json()["field"] == "missing_answers_reason"
    refused(nurse.do(case_id, "answer-co-handling", {"answer": "x"}), 409, "not-co-handler")
    case = go(case_id, (doctor, "answer-co-handling", {"answer": "接诊记录完整"}))
    assert clock(case, "co-handling-1")["state"] == "stopped"
    assert not supervisor.has(case_id, "CoHandlerAnswered")[0]["data"]["late"]
    go(case_id, (nurse, "add-co-handler", {"unit": NURSING}))
    case = go(case_id, (nurse, "decide", {"outcome": "upheld", "findings": "属实", "missing_answers_reason": "事实已清"}))
    assert case["status"] == "decided"
    assert supervisor.has(case_id, "CaseDecided")[0]["data"]["missing_answers_reason"] == "事实已清"


def test_2_a_co_handler_that_led_meanwhile_owes_its_answer_again(supervisor, nurse, doctor, case_id):
    medical = {"unit": "first-hospital.medical"}
    go(case_id, *signed(supervisor, nurse)[:2], (supervisor, "add-co-handler", medical))
    wait_for("its clock", lambda: (clock(supervisor.case(case_id), "co-handling-1") or {}).get("state") == "running")
    case = go(case_id, (supervisor, "dispatch", medical))
    assert clock(case, "co-handling-1")["state"] == "stopped"
    go(case_id, (supervisor, "dispatch", {"unit": OUTPATIENT}), (nurse, "sign", {}))
    refused(nurse.do(case_id, "decide", {"outcome": "upheld", "findings": "属实"}), 409, "co-handler-missing")
    wait_for("its clock anew", lambda: clock(supervisor.case(case_id), "co-handling-1")["state"] == "running")
    go(case_id, (doctor, "answer-co-handling", {"answer": "接诊记录完整"}), (nurse, "decide", {"outcome": "upheld", "findings": "属实"}))


def test_2_a_late_co_handler_gives_its_reason_and_a_stage_report(supervisor, nurse, doctor, case_id, database):
    go(case_id, *signed(supervisor, nurse))
    now = database.execute("SELECT to_char(now() + interval '8 seconds', 'YYYY-MM-DD\"T\"HH24:MI:SSOF') || ':00'").fetchone()[0]
    go(case_id, (nurse, "add-co-handler", {"unit": "first-hospital.medical", "due": now}))
    wait_for("the breach", lambda: (clock(supervisor.case(case_id), "co-handling-1") or {}).get("state") == "breached", 60)
    refused(doctor.do(case_id, "answer-co-handling", {"answer": "完整"}), 409, "late-reason-missing")
    late = {"answer": "完整", "late_reason": "当班医师外出"}
    refused(doctor.do(case_id, "answer-co-handling", {**late, "late_reason": " "}), 400, "out-of-bounds")
    refused(doctor.do(case_id, "answer-co-handling", late), 409, "stage-report-missing")
    go(case_id, (doctor, "report-stage", {"report": "已调取半数病历"}), (doctor, "answer-co-handling", late))
    assert supervisor.has(case_id, "StageReported")[0]["data"]["late"]
    answered = supervisor.has(case_id, "CoHandlerAnswered")[0]["data"]
    assert answered["late"] and answered["late_reason"] == "当班医师外出"
