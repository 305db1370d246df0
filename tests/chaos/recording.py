"""A small load on a real stack that leaves behind what the judge reads: every kind of request, answer and clock once or
twice, in a few seconds. The tests of the judge judge it, and changed copies of it."""

import json
import os
import pathlib
import subprocess
import time
import uuid

import requests
import snapshot
from confluent_kafka import Producer
from identity import CHANNELS
from redress.v1 import inbound_pb2

NAME, PHONE = "令狐清歌", "13587654321"
LEDGER, INTAKE = "REDRESS_LEDGER_URL", "REDRESS_INTAKE_URL"


class Client:
    """One client with its journal; knows no more than an outsider."""

    def __init__(self, run, name, user=None):
        self.path, self.user, self.count = pathlib.Path(run) / "journal" / f"{name}.jsonl", user, 0
        self.mark = uuid.uuid4().hex[:8]  # keys of this run alone
        self.path.parent.mkdir(parents=True, exist_ok=True)
        self.session = requests.Session()
        if user:
            token = subprocess.run([snapshot.ROOT / "build" / "bin" / "redressctl", "token", "--subject", user],
                                   capture_output=True, text=True, check=True).stdout.strip()
            self.session.headers["Authorization"] = f"Bearer {token}"

    def write(self, line):
        """Appends one line, before anything else happens."""
        with open(self.path, "ab", buffering=0) as file:
            file.write(json.dumps({"at": time.time(), "n": self.count, **line}, ensure_ascii=False).encode() + b"\n")

    def begin(self, kind, key, request, case_id=None):
        """The line before a request."""
        self.count += 1
        self.write({"phase": "before", "kind": kind, "key": key, "case_id": case_id, "request": request})

    def post(self, url, body, headers):
        """The request, and the line after it; the response."""
        response = self.session.post(url, json=body, headers=headers, timeout=30)
        code = response.json().get("code") if response.status_code >= 400 else None
        unknown = response.status_code >= 500 or code == "in-flight"
        outcome = "acknowledged" if response.ok else "unknown" if unknown else "refused"
        self.write({"phase": "after", "outcome": outcome, "status": response.status_code, "answer": response.json(),
                    "case_id": response.json().get("case_id"), "etag": response.headers.get("ETag")})
        return response

    def submit(self, key, body):
        """A submission over HTTP."""
        key = f"{key}-{self.mark}"
        self.begin("submit-http", key, body)
        return self.post(os.environ[INTAKE] + "/v1/submissions", body, {"Idempotency-Key": key})

    def submit_unheard(self, key, body):
        """A submission whose answer never arrives."""
        key = f"{key}-{self.mark}"
        self.begin("submit-http", key, body)
        try:
            self.session.post(os.environ[INTAKE] + "/v1/submissions", json=body, headers={"Idempotency-Key": key},
                              timeout=0.0001)
        except requests.RequestException:
            pass
        self.write({"phase": "after", "outcome": "unknown", "status": None, "answer": None})

    def publish(self, record_id, body, expect="case"):
        """A complaint on redress.inbound, acknowledged by the broker."""
        record_id = f"{record_id}-{self.mark}"
        self.begin("submit-kafka", record_id, {**body, "expect": expect})
        message = inbound_pb2.ExternalComplaint(**{**body, "channel": CHANNELS.index(body["channel"]), "record_id": record_id})
        headers = [("ce_specversion", b"1.0"), ("ce_id", str(uuid.uuid4()).encode()),
                   ("ce_type", b"redress.v1.ExternalComplaint"), ("ce_source", b"recording")]
        producer = Producer({"bootstrap.servers": os.environ["REDRESS_KAFKA_BROKERS"]})
        producer.produce("redress.inbound", key=record_id, value=message.SerializeToString(), headers=headers)
        left = producer.flush(30)
        self.write({"phase": "after", "outcome": "unknown" if left else "acknowledged", "status": None, "answer": None})

    def case(self, case_id):
        """The case and its entity tag; None while it is not there."""
        response = self.session.get(f"{os.environ[LEDGER]}/v1/cases/{case_id}", timeout=30)
        return (response.json(), response.headers["ETag"]) if response.ok else (None, None)

    def do(self, case_id, action, body=None, etag=None, key=None):
        """A command on the version just read, or on the one given."""
        etag, key, body = etag or self.case(case_id)[1] or "*", key or str(uuid.uuid4()), body or {}
        self.begin("acknowledge" if action == "acknowledge" else "command", key,
                   {**body, "action": action, "if_match": etag, "user": self.user}, case_id)
        return self.post(f"{os.environ[LEDGER]}/v1/cases/{case_id}/{action}", body,
                         {"Idempotency-Key": key, "If-Match": etag})

    def send(self, receipt, way, key, body):
        """A message, evidence, a withdrawal or a reopening by tracking code and PIN."""
        code = receipt["tracking_code"]
        self.begin("contact", key, {**body, "action": way, "code": code}, receipt["case_id"])
        return self.post(f"{os.environ[INTAKE]}/v1/submissions/{code}/{way}", body,
                         {"Idempotency-Key": key, "Redress-Pin": receipt["pin"]})

    def rate(self, receipt, key, body):
        """A rating by tracking code and PIN."""
        self.begin("feedback", key, body, receipt["case_id"])
        return self.post(f'{os.environ[INTAKE]}/v1/submissions/{receipt["tracking_code"]}/feedback', body,
                         {"Idempotency-Key": key, "Redress-Pin": receipt["pin"]})


def until(what, condition, seconds=60):
    """Polls until condition gives something true."""
    end = time.monotonic() + seconds
    while not (value := condition()):
        if time.monotonic() > end:
            raise TimeoutError(f"waited {seconds} s in vain for {what}")
        time.sleep(0.05)
    return value


def complaint(institution="first-hospital", **changes):
    """A submission that is like no other."""
    mark = uuid.uuid4().hex[:10]
    body = {"institution": institution, "channel": "web", "narrative": f"第{mark}次来，排队三个小时没有人解释。",
            "complainant": {"name": NAME, "phone": PHONE, "email": f"{mark}@example.org"}}
    return {name: value for name, value in {**body, **changes}.items() if value is not None}


def record_submissions(web, kafka):
    """Good, repeated, reused, refused and unheard ones; the last receipt by HTTP."""
    for number in range(4):
        receipt = web.submit(f"good-{number}", complaint()).json()
    again = complaint()
    web.submit("again", again)
    until("the same receipt", lambda: web.submit("again", again).status_code == 200)
    web.submit("again", complaint())
    web.submit("bad", complaint(institution="no-such-place"))
    web.submit("nobody", complaint(complainant=None, anonymous=True))
    web.submit("telephone", complaint(complainant={"phone": PHONE}))
    web.submit_unheard("unheard", complaint())
    record = complaint(channel="institution")
    kafka.publish("record-1", record)
    kafka.publish("record-1", record)
    kafka.publish("record-1", complaint(channel="institution"))
    kafka.publish("record-2", complaint("no-such-place", channel="institution"), "refused")
    return receipt


def record_whole_way(staff, web, receipt, unit):
    """One case from acceptance to its close, with a stale and a repeated command and two ratings."""
    case_id = receipt["case_id"]
    supervisor, handler = staff
    until("the assessment", lambda: (supervisor.case(case_id)[0] or {}).get("status") == "triaged")
    stale = supervisor.case(case_id)[1]
    supervisor.do(case_id, "accept", {"note": "收到"}, key="accept-1", etag=stale)
    supervisor.do(case_id, "accept", {"note": "收到"}, key="accept-1", etag=stale)
    supervisor.do(case_id, "comment", {"comment": "迟到的备注"}, etag=stale)
    supervisor.do(case_id, "close")
    supervisor.do(case_id, "assess", {"urgency": "P2"})
    supervisor.do(case_id, "dispatch", {"unit": unit})
    handler.do(case_id, "dispatch", {"unit": unit})
    handler.do(case_id, "sign")
    handler.do(case_id, "decide", {"outcome": "explained", "findings": "已查明"})
    handler.do(case_id, "reply", {"reply": "已向您说明。"})
    web.rate(receipt, "rating-1", {"overall": 4, "solved": True})
    until("the rating", lambda: supervisor.case(case_id)[0]["rating"])
    web.rate(receipt, "rating-2", {"overall": 1, "solved": False})
    supervisor.do(case_id, "close", {"note": "办结"})


def record_breach(staff, web):
    """A case whose first clock runs out and climbs a rung, until a person takes the alarm."""
    supervisor, handler = staff
    case_id = web.submit("breach", complaint("demo-clinic")).json()["case_id"]

    def escalated():
        alarms = (supervisor.case(case_id)[0] or {}).get("alarms", [])
        return alarms if alarms and alarms[0]["level"] >= 1 else None
    alarm = until("the first rung", escalated)[0]["alarm_id"]
    until("the acknowledgement", lambda: handler.do(case_id, "acknowledge", {"alarm_id": alarm}).status_code == 200)
    handler.do(case_id, "acknowledge", {"alarm_id": alarm})
    supervisor.do(case_id, "accept")
    supervisor.do(case_id, "dispatch", {"unit": "demo-clinic.desk"})
    for action, body in [("sign", {}), ("decide", {"outcome": "upheld", "findings": "属实"}), ("reply", {"reply": "抱歉"})]:
        handler.do(case_id, action, body)


def is_ready(case):
    """Whether it was assessed and has the clock that is extended and paused."""
    return case is not None and case["status"] == "triaged" and any(clock["name"] == "resolution" for clock in case["clocks"])


def submit_alike(web, desk, name, count):
    """Cases of one matter, all ready; their receipts."""
    receipts = [web.submit(f"{name}-{number}", complaint()).json() for number in range(count)]
    for receipt in receipts:
        until("the assessment and the clock", lambda case_id=receipt["case_id"]: is_ready(desk.case(case_id)[0]))
    return receipts


def record_joint(desk, nurse, physician, web):
    """A case that several work on: extension, co-handler, supervision, a pause, messages both ways, a merge undone."""
    receipt, second = submit_alike(web, desk, "joint", 2)
    case_id, other = receipt["case_id"], second["case_id"]
    more = {"clock": "resolution", "value": 2, "unit": "working_days", "reason": "等待会诊", "plan": "会诊后答复"}
    for who, action, body in [
            (desk, "accept", {}), (desk, "dispatch", {"unit": "first-hospital.outpatient"}), (nurse, "sign", {}),
            (nurse, "request-extension", more), (nurse, "request-extension", more),
            (desk, "decide-extension", {"granted": True, "note": "同意"}), (nurse, "investigate", {}),
            (nurse, "add-co-handler", {"unit": "first-hospital.medical", "note": "请协办"}),
            (physician, "report-stage", {"report": "初步核实"}), (physician, "answer-co-handling", {"answer": "协办意见"}),
            (desk, "supervise", {"level": "ordinary", "instruction": "限期答复"}),
            (nurse, "answer-supervision", {"order": 1, "answer": "已整改"}), (desk, "lift-supervision", {"order": 1, "note": "解除"}),
            (nurse, "suspend", {"ground": "appraisal", "note": "等鉴定"}), (nurse, "resume", {"note": "继续"}),
            (nurse, "message", {"text": "请补充就诊时间"}), (desk, "merge", {"with": other, "reason": "同一事项"}),
            (desk, "unmerge", {"reason": "并非同一事项"}), (desk, "merge", {"with": other, "reason": "确是同一事项"})]:
        who.do(case_id, action, body)
    web.send(receipt, "messages", "message-1", {"text": "周三上午就诊"})
    web.send(receipt, "evidence", "evidence-1", {"sha256": "ab" * 32, "media_type": "image/jpeg", "size": 1, "note": "挂号单"})
    web.send(receipt, "reopening", "reopening-1", {"ground": "new_facts", "reason": "还没有办完"})
    web.send(receipt, "messages", "message-1", {"text": "周三上午就诊"})


def record_beside(desk, nurse, web):
    """A mediation that waits for an appraisal while its case goes on."""
    case_id = submit_alike(web, desk, "beside", 1)[0]["case_id"]

    def runs():
        return any(clock["name"] == "mediation" for clock in desk.case(case_id)[0]["clocks"])
    stages = [(desk, "record-mediation", {"stage": stage, "note": "市医调委来函"}) for stage in ("agreed", "requested", "accepted", "agreed")]
    waits = {"clock": "mediation", "ground": "appraisal", "note": "送鉴"}
    for who, action, body in [(desk, "accept", {}), (desk, "dispatch", {"unit": "first-hospital.outpatient"}), (nurse, "sign", {}), *stages[:3]]:
        who.do(case_id, action, body)
    until("the mediation's clock", runs)
    for who, action, body in [
            (nurse, "pause-clock", {**waits, "clock": "resolution"}), (nurse, "resume-clock", {"clock": "mediation"}),
            (desk, "pause-clock", waits), (nurse, "pause-clock", waits), (nurse, "pause-clock", waits),
            (nurse, "resume-clock", {"clock": "mediation", "note": "已出具"}), (nurse, "pause-clock", waits), stages[3]]:
        who.do(case_id, action, body)


def record_lead(desk, web):
    """Three merged cases: the first, which leads, is given up by staff, then the second by its complainant."""
    receipts = submit_alike(web, desk, "lead", 3)
    first, *others = [receipt["case_id"] for receipt in receipts]
    for other in others:
        desk.do(first, "merge", {"with": other, "reason": "同一事项"})
    desk.do(first, "withdraw", {"reason": "电话中表示不再投诉"})
    web.send(receipts[1], "withdrawal", "withdrawal-1", {"reason": "已经解决"})


def record_glass(outsider, web):
    """Somebody from elsewhere must see a case."""
    case_id = web.submit("glass", complaint("demo-clinic")).json()["case_id"]
    until("the case", lambda: outsider.do(case_id, "break-glass", {"reason": "夜间急症"}).ok)


def record(run):
    """The whole small run, up to its snapshot."""
    run = pathlib.Path(run)
    run.mkdir(parents=True)
    about = {"seed": 0, "faults": 0, "started_at": time.time(), "planted": [NAME, PHONE], "mistakes": []}
    web, kafka = Client(run, "web"), Client(run, "kafka")
    staff = Client(run, "supervisor", "lin-zhiyuan"), Client(run, "handler", "demo-handler")
    nurse = Client(run, "nurse", "shen-yue")
    receipt = record_submissions(web, kafka)
    record_whole_way((staff[0], nurse), web, receipt, "first-hospital.outpatient")
    record_breach(staff, web)
    record_joint(staff[0], nurse, Client(run, "physician", "cao-bin"), web)
    record_beside(staff[0], nurse, web)
    record_lead(staff[0], web)
    record_glass(nurse, web)
    about["ended_at"] = time.time()
    (run / "run.json").write_text(json.dumps(about, ensure_ascii=False))
    busy = snapshot.take(run, 300)  # on a busy machine it takes long to find no rung of an alarm due while it is taken
    if busy:
        raise TimeoutError(f"the stack does not become quiet: {busy}")
