"""The three stories: one complaint goes the whole way, one breaches, one is urgent."""

import base64
import hashlib
import hmac
import json
import os
import pathlib
import subprocess
import uuid

import redis
from conftest import BIN, control, hooks, mails, read_topic, submission, wait_for


def test_a_complaint_goes_the_whole_way(intake, supervisor, handler, tmp_path):
    address = f"{uuid.uuid4().hex[:12]}@example.org"
    body = submission(institution="first-hospital",
                      complainant={"name": "周晓岚", "email": address, "phone": "13700001234"})
    answer = intake.post("/v1/submissions", body, key="story-whole-way")
    assert answer.status_code == 202, answer.text
    receipt = answer.json()

    path = tmp_path / "receipt.json"
    path.write_text(json.dumps(receipt))
    public = os.environ["REDRESS_RECEIPT_PUBLIC"]
    assert control("receipt", "verify", str(path), "--public-key", public)[0] == 0
    path.write_text(json.dumps({**receipt, "promised_at": "2030-01-01T00:00:00.000+08:00"}))
    assert control("receipt", "verify", str(path), "--public-key", public)[0] == 1

    case_id = receipt["case_id"]
    wait_for("the assessment", lambda: supervisor.has(case_id, "CaseAssessed"))
    wait_for("its clocks, one of them promised", lambda: len(supervisor.case(case_id)["clocks"]) == 3)
    case = supervisor.case(case_id)
    assert case["status"] == "triaged" and case["category"] == "waiting"
    assert "周晓岚" not in json.dumps(case, ensure_ascii=False)

    assert supervisor.do(case_id, "accept").json()["status"] == "accepted"
    assert supervisor.do(case_id, "dispatch", {"unit": "first-hospital.outpatient"}).json()["status"] == "dispatched"
    from conftest import Staff, mint  # pylint: disable=import-outside-toplevel
    nurse = Staff(os.environ["REDRESS_LEDGER_URL"], mint("shen-yue"))
    assert handler.case(case_id) is None, "another institution's handler sees nothing"
    assert nurse.do(case_id, "sign").json()["handler"] == "shen-yue"
    decision = {"outcome": "upheld", "findings": "排队系统故障", "responsible_unit": "first-hospital.outpatient"}
    assert nurse.do(case_id, "decide", decision).json()["outcome"] == "upheld"
    assert nurse.do(case_id, "reply", {"reply": "已增开窗口并向您致歉。"}).json()["status"] == "replied"

    pin = {"Redress-Pin": receipt["pin"]}
    code = receipt["tracking_code"]
    status = intake.get(f"/v1/submissions/{code}", headers=pin).json()
    assert status["status"] == "replied" and status["reply"] == "已增开窗口并向您致歉。" and status["rateable"]
    rated = intake.post(f"/v1/submissions/{code}/feedback", {"overall": 5, "solved": True, "comment": "谢谢"},
                        headers=pin)
    assert rated.status_code == 202
    wait_for("the rating", lambda: supervisor.has(case_id, "FeedbackRecorded"))
    assert supervisor.do(case_id, "close").json()["status"] == "closed"

    def told():
        subjects = [subject for to, subject, _, _ in mails() if to == address]
        return len(subjects) == 4 and subjects
    subjects = wait_for("four mails to the complainant", told, 180)  # behind what the tests before left
    assert any("已登记" in subject for subject in subjects) and any("答复" in subject for subject in subjects)
    wait_for("the mail to the unit", lambda: [to for to, subject, _, _ in mails() if to == "shen-yue@example.org" and code in subject])
    wait_for("deliveries on record", lambda: len(supervisor.has(case_id, "DeliveryRecorded")) >= 5)

    sequences = [fact["sequence"] for fact in supervisor.timeline(case_id)]
    assert sequences == list(range(1, len(sequences) + 1))
    published = {headers["ce_id"] for key, _, headers in read_topic("redress.facts") if key.decode() == case_id}
    assert {f"{case_id}/{number}" for number in sequences[:12]} <= published


def test_a_breach_is_escalated_until_a_person_takes_it(intake, supervisor):
    answer = intake.post("/v1/submissions", submission(institution="demo-clinic"), key="story-breach")
    case_id = answer.json()["case_id"]
    wait_for("the warning", lambda: supervisor.has(case_id, "ClockWarned"))
    wait_for("the breach", lambda: supervisor.has(case_id, "ClockBreached"))
    wait_for("two rungs", lambda: len(supervisor.has(case_id, "CaseEscalated")) >= 2)
    alarm = supervisor.has(case_id, "AlarmRaised")[0]["data"]["alarm_id"]
    taken = supervisor.do(case_id, "acknowledge", {"alarm_id": alarm})
    assert taken.status_code == 200, taken.text
    for other in supervisor.has(case_id, "AlarmRaised")[1:]:
        supervisor.do(case_id, "acknowledge", {"alarm_id": other["data"]["alarm_id"]})
    facts = supervisor.timeline(case_id)
    armed = [fact["data"]["terms"] for fact in facts if fact["type"] == "ClockArmed"]
    assert {terms["name"] for terms in armed} >= {"first_response", "resolution", "escalation-1"}
    warned = supervisor.has(case_id, "ClockWarned")[0]
    breached = supervisor.has(case_id, "ClockBreached")[0]
    assert warned["sequence"] < breached["sequence"]
    code = supervisor.case(case_id)["tracking_code"]
    told = wait_for("mails up the ladder", lambda: {
        to for to, subject, _, _ in mails() if code in subject and ("警报" in subject or "升级" in subject)
    } >= {"demo-handler@example.org", "demo-supervisor@example.org"})
    assert told


def test_an_urgent_text_alarms_a_person(intake, supervisor):
    body = submission(institution="hope-line", channel="phone", complainant=None, anonymous=True,
                      narrative="我现在就在楼顶，不想活了，药也准备好了。")
    receipt = intake.post("/v1/submissions", body, key="story-urgent").json()
    case_id = receipt["case_id"]
    wait_for("the alarm", lambda: supervisor.has(case_id, "AlarmRaised"))
    case = supervisor.case(case_id)
    assert case["urgency"] == "P1" and case["crisis"] == "R4" and case["anonymous"]
    reasons = supervisor.has(case_id, "CaseAssessed")[0]["data"]["reasons"]
    assert "suicide-now" in {reason["rule"] for reason in reasons}
    wait_for("the mail to the duty officer", lambda: [
        1 for to, subject, _, _ in mails() if to == "yu-tong@example.org" and receipt["tracking_code"] in subject])

    def called():
        return [call for call in hooks() if case_id in call["body"] and "AlarmRaised" in call["body"]]
    call = wait_for("the web hook", called)[0]
    headers = {name.lower(): value for name, value in call["headers"].items()}
    secret = pathlib.Path(os.environ["REDRESS_STACK_DIR"], "keys", "webhook.secret").read_text().strip()
    signed = f"{headers['webhook-id']}.{headers['webhook-timestamp']}.{call['body']}".encode()
    wanted = base64.b64encode(hmac.new(bytes.fromhex(secret), signed, hashlib.sha256).digest()).decode()
    assert headers["webhook-signature"] == f"v1,{wanted}"


def test_reveal_is_limited_and_recorded(intake, supervisor, handler):
    receipt = intake.post("/v1/submissions", submission(narrative="请联系我13911112222，我叫周晓岚"), key="reveal").json()
    case_id = receipt["case_id"]
    wait_for("the assessment", lambda: supervisor.has(case_id, "CaseAssessed"))
    assert handler.do(case_id, "reveal", {"reason": "好奇"}, etag="*").status_code == 404
    answer = supervisor.do(case_id, "reveal", {"reason": "需回访"})
    assert answer.json()["revealed"]["phone"] == "13700001234"
    assert "13911112222" in answer.json()["revealed"]["narrative"]
    assert supervisor.has(case_id, "CaseRevealed")[0]["data"]["reason"] == "需回访"


def test_commands_are_safe_to_repeat_and_refuse_stale_versions(intake, supervisor):
    case_id = intake.post("/v1/submissions", submission(), key="commands").json()["case_id"]
    wait_for("the assessment", lambda: supervisor.has(case_id, "CaseAssessed"))
    etag = supervisor.get(f"/v1/cases/{case_id}").headers["ETag"]
    path = f"/v1/cases/{case_id}/accept"
    assert supervisor.post(path, {}).status_code == 428
    assert supervisor.post(path, {}, key="once", headers={"If-Match": etag}).status_code == 200
    assert supervisor.post(path, {}, key="once", headers={"If-Match": etag}).status_code == 200
    assert supervisor.post(path, {}, key="twice", headers={"If-Match": etag}).status_code == 412
    assert len(supervisor.has(case_id, "CaseAccepted")) == 1
    now, path, body = supervisor.get(f"/v1/cases/{case_id}").headers["ETag"], f"/v1/cases/{case_id}/comment", {"comment": "跟进"}
    for listed, status in ((f"W/{now}", 412), (f"{etag}, W/{now}", 412), (f"{etag}, {now}", 200)):
        assert supervisor.post(path, body, key=str(uuid.uuid4()), headers={"If-Match": listed}).status_code == status
    refused = supervisor.do(case_id, "close")
    assert refused.status_code == 409 and refused.json()["code"] == "wrong-state"


def test_a_repeat_gets_its_first_receipt_even_after_redis_forgot(intake, supervisor):
    key = f"forgotten-{uuid.uuid4()}"
    first = intake.post("/v1/submissions", submission(), key=key)
    assert first.status_code == 202
    wait_for("the case", lambda: supervisor.case(first.json()["case_id"]))
    redis.Redis(port=int(os.environ["REDRESS_REDIS_PORT"])).flushall()
    again = intake.post("/v1/submissions", submission(), key=key)
    assert again.status_code == 200 and again.json() == first.json()
    assert intake.post("/v1/submissions", submission(), key=key).json() == first.json()
    redis.Redis(port=int(os.environ["REDRESS_REDIS_PORT"])).flushall()
    other = intake.post("/v1/submissions", submission(narrative="另一件事"), key=key)
    assert other.status_code == 422 and other.json()["code"] == "idempotency-key-reused"
    again = intake.post("/v1/submissions", submission(), key=key)
    assert again.status_code == 200 and again.json() == first.json()


def test_a_repeat_gets_its_first_receipt_even_after_redis_took_nothing(intake):
    store, key = redis.Redis(port=int(os.environ["REDRESS_REDIS_PORT"])), f"untaken-{uuid.uuid4()}"
    store.set("redress:intake:remembers-since", 1)  # as if nothing had happened before
    store.config_set("min-replicas-to-write", 1)
    try:
        first = intake.post("/v1/submissions", submission(), key=key)
    finally:
        store.config_set("min-replicas-to-write", 0)
    assert first.status_code == 202
    again = intake.post("/v1/submissions", submission(), key=key)
    assert again.status_code == 200 and again.json() == first.json()


def test_a_trace_is_carried_to_the_facts(intake, supervisor):
    trace = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
    case_id = intake.post("/v1/submissions", submission(), headers={"traceparent": trace}).json()["case_id"]
    wait_for("the clocks", lambda: len(supervisor.has(case_id, "ClockArmed")) >= 2)

    def traced():
        return {headers["ce_type"] for key, _, headers in read_topic("redress.facts")
                if key.decode() == case_id and headers.get("traceparent") == trace}
    wait_for("the trace", lambda: traced() >= {"redress.v1.CaseRegistered", "redress.v1.CaseAssessed",
                                               "redress.v1.ClockArmed"})


def test_live_changes_name_ids_only(intake, supervisor):
    with supervisor.get("/v1/changes", stream=True) as stream:
        lines = stream.iter_lines(decode_unicode=True, chunk_size=1)
        assert next(lines).startswith(":")
        case_id = intake.post("/v1/submissions", submission(), key=str(uuid.uuid4())).json()["case_id"]
        for line in lines:
            if line.startswith("data:") and case_id in line:
                assert set(json.loads(line[5:])) == {"case_id", "sequence", "type"}
                break


def test_redressctl_tells_the_same_story(supervisor):
    assert control("doctor", "--json")[0] == 0
    code, listed, _ = control("case", "list", "--json", "--all")
    assert code == 0 and listed["items"]
    case_id = listed["items"][0]["case_id"]
    assert control("case", "show", case_id)[1]["case_id"] == case_id
    assert control("case", "show", str(uuid.uuid4()))[0] == 1
    assert subprocess.run([BIN / "redressctl", "no-such"], check=False, capture_output=True).returncode == 2
    assert supervisor.case(case_id)["case_id"] == case_id
