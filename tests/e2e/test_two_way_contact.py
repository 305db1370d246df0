"""Two-way contact by tracking code and PIN, and ratings by a mail's one-time link; notices of the casework."""

import concurrent.futures
import contextlib
import hashlib
import json
import os
import re
import select
import socket
import socketserver
import subprocess
import threading
import uuid

import pytest
import requests
from conftest import BIN, Api, Staff, mails, mint, publish, read_topic, submission, wait_for
from redress.v1 import proposals_pb2
from test_reload import environment_of, own_port
from timers import is_ready

WAY = [("accept", {}), ("dispatch", {"unit": "demo-clinic.desk"}), ("sign", {}),
       ("decide", {"outcome": "upheld", "findings": "属实"}), ("reply", {"reply": "已整改。"})]


class Complainant:
    """One who submitted, with the receipt and a mailbox of their own; anonymous without one."""

    def __init__(self, intake, contact=True):
        self.intake = intake
        self.address = f"{uuid.uuid4().hex[:12]}@example.org" if contact else None
        body = submission(institution="demo-clinic", anonymous=not contact or None,
                          complainant={"name": "周晓岚", "email": self.address} if contact else None)
        answer = intake.post("/v1/submissions", body)
        assert answer.status_code == 202, answer.text
        self.receipt = answer.json()
        self.case_id = self.receipt["case_id"]
        self.path = f'/v1/submissions/{self.receipt["tracking_code"]}'
        self.pin = {"Redress-Pin": self.receipt["pin"]}

    def post(self, what, body, key=None, pin=None):
        """Sends something about the case."""
        return self.intake.post(f"{self.path}/{what}", body, key=key, headers={"Redress-Pin": pin} if pin else self.pin)

    def read(self, **query):
        """What was said."""
        answer = self.intake.get(f"{self.path}/messages", headers=self.pin, params=query)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def said(self, kind):
        """Texts of this kind."""
        return [item["text"] for item in self.read()["items"] if item["kind"] == kind]

    def mails(self, subject):
        """Texts of the mails with this in their subject."""
        return [text for to, title, text, _ in mails() if to == self.address and subject in title]

    def told(self, subject):
        """The text of the mail with this in its subject, once it is there."""
        return wait_for(f"a mail: {subject}", lambda: self.mails(subject), 90)[-1]


@pytest.fixture(name="complainant")
def who_complains(intake, supervisor):
    """A complainant whose case the ledger has."""
    who = Complainant(intake)
    wait_for("the assessment", lambda: supervisor.has(who.case_id, "CaseAssessed"))
    return who


def staff(subject):
    """A member of staff."""
    return Staff(os.environ["REDRESS_LEDGER_URL"], mint(subject))


def go(supervisor, handler, case_id, *steps):
    """Commands that must succeed."""
    for action, body in steps:
        person = handler if action in ("sign", "decide", "reply", "request-return") else supervisor
        answer = person.do(case_id, action, body)
        assert answer.status_code == 200, (action, answer.text)


def refused(answer, status, code):
    """A refusal with this code."""
    assert (answer.status_code, answer.json().get("code")) == (status, code), answer.text


def mailed(address, subject, code):
    """Whether staff got this mail about this case."""
    return wait_for(f"{subject} to {address}", lambda: [
        text for to, title, text, _ in mails() if to == address and subject in title and code in title], 90)


def close(supervisor, handler, case_id):
    """From the assessment to the closure."""
    go(supervisor, handler, case_id, *WAY, ("follow-up", {"reached": True, "solved": True, "note": "电话"}), ("close", {}))


def test_7_who_writes_later_that_they_are_in_danger_is_heard(complainant, supervisor):
    case_id = complainant.case_id
    assert supervisor.case(case_id)["crisis"] == "R0"
    assert complainant.post("messages", {"text": "我不想活了，今晚就跳楼。"}).status_code == 202
    case = wait_for("the crisis", lambda: (case := supervisor.case(case_id))["crisis"] == "R4" and case)
    assert case["urgency"] == "P1" and "urgent" in [alarm["kind"] for alarm in case["alarms"]]


def test_7_messages_go_both_ways_also_for_the_anonymous(intake, supervisor):
    who = Complainant(intake, contact=False)
    wait_for("the assessment", lambda: supervisor.has(who.case_id, "CaseAssessed"))
    secret = "我是周晓岚，电话13911112222，请回复"
    assert who.post("messages", {"text": secret}).status_code == 202
    fact = wait_for("the message", lambda: supervisor.has(who.case_id, "MessageReceived"))[0]["data"]
    assert "13911112222" not in fact["text"] and "请回复" in fact["text"]
    assert supervisor.do(who.case_id, "message", {"text": "请补充缴费单。"}).status_code == 200
    kinds = [(item["kind"], item["text"]) for item in who.read()["items"] if item["kind"] in ("received", "sent")]
    assert kinds == [("received", fact["text"]), ("sent", "请补充缴费单。")]
    revealed = supervisor.do(who.case_id, "reveal", {"reason": "需核实"}).json()["revealed"]
    assert [message["text"] for message in revealed["messages"]] == [secret]
    assert not [value for key, value, _ in read_topic("redress.facts")
                if key.decode() == who.case_id and "13911112222".encode() in value]
    assert who.read(after=who.read()["items"][-1]["sequence"])["items"] == []
    assert who.read(limit=1)["next"]


def test_7_a_repeated_reveal_shows_no_message_of_later(supervisor, complainant):
    who, why, key = complainant, {"reason": "需核实"}, str(uuid.uuid4())
    first = supervisor.do(who.case_id, "reveal", why, key=key).json()["revealed"]
    assert who.post("messages", {"text": "后来的话"}).status_code == 202
    wait_for("the message", lambda: supervisor.has(who.case_id, "MessageReceived"))
    assert supervisor.do(who.case_id, "reveal", why, key=key).json()["revealed"] == first
    assert first["messages"] == []
    anew = supervisor.do(who.case_id, "reveal", why).json()["revealed"]
    assert [message["text"] for message in anew["messages"]] == ["后来的话"]


def test_7_a_message_is_told_by_mail_to_both_sides(supervisor, handler, complainant):
    go(supervisor, handler, complainant.case_id, *WAY[:3])
    assert handler.do(complainant.case_id, "message", {"text": "请补充发票。"}).status_code == 200
    assert "请补充发票。" in complainant.told("留言")
    assert complainant.post("messages", {"text": "发票已寄出"}).status_code == 202
    code = complainant.receipt["tracking_code"]
    assert "发票已寄出" in mailed("demo-handler@example.org", "投诉人留言", code)[0]


def test_7_who_gave_no_name_is_greeted_once(intake):
    address = f"{uuid.uuid4().hex[:12]}@example.org"
    assert intake.post("/v1/submissions", submission(institution="demo-clinic", complainant={"email": address})).status_code == 202
    text = wait_for("the mail", lambda: [text for to, _, text, _ in mails() if to == address], 90)[0]
    assert text.startswith("投诉人您好：")


def test_7_who_complained_is_told_that_the_case_was_terminated(supervisor, complainant):
    go(supervisor, None, complainant.case_id, ("accept", {}), ("request-termination", {"reason": "多次无法联系"}))
    answer = staff("demo-supervisor").do(complainant.case_id, "terminate", {"note": "内部批注"})
    assert answer.status_code == 200, answer.text
    text = complainant.told("终止办理")
    assert complainant.receipt["tracking_code"] in text and "内部批注" not in text
    assert complainant.said("terminated") == [""]


def test_7_a_message_is_safe_to_repeat_and_needs_the_pin(supervisor, complainant):
    refused(complainant.post("messages", {"text": "a"}, pin="0" * 16), 404, "not-found")
    refused(complainant.post("messages", {"text": "  "}), 400, "out-of-bounds")
    refused(complainant.post("messages", {"text": "长" * 2667}), 400, "out-of-bounds")
    for _ in range(3):
        assert complainant.post("messages", {"text": "只说一次"}, key="once").status_code == 202
    refused(complainant.post("messages", {"text": "另一句"}, key="once"), 422, "idempotency-key-reused")
    assert complainant.post("messages", {"text": "第二句"}, key="twice").status_code == 202
    wait_for("both", lambda: "第二句" in complainant.said("received"))
    assert complainant.said("received") == ["只说一次", "第二句"]
    assert len(supervisor.has(complainant.case_id, "MessageReceived")) == 2


def test_3_what_was_offered_is_registered_as_it_was_offered(supervisor, complainant):
    offer = {"sha256": "cd" * 32, "media_type": "image/png", "size": 2048}
    assert complainant.post("evidence", {**offer, "note": "现场照片"}).status_code in (200, 202)
    wait_for("the offer", lambda: supervisor.has(complainant.case_id, "EvidenceOffered"))
    for field, value in (("media_type", "application/pdf"), ("size", 2049), ("giver", "staff")):
        answer = supervisor.do(complainant.case_id, "register-evidence", {**offer, "giver": "complainant", field: value})
        refused(answer, 409, "differs-from-offer")
        assert answer.json()["field"] == field and "register-evidence" in answer.json()["actions"]
    answer = supervisor.do(complainant.case_id, "register-evidence", {**offer, "giver": "complainant"})
    assert answer.status_code == 200, answer.text
    registered = supervisor.has(complainant.case_id, "EvidenceRegistered")[0]["data"]
    assert registered["offer"] == supervisor.has(complainant.case_id, "EvidenceOffered")[0]["sequence"]
    assert registered["giver"] == "EVIDENCE_GIVER_COMPLAINANT"
    other = {"sha256": "ef" * 32, "media_type": "application/pdf", "size": 1, "giver": "staff"}
    assert supervisor.do(complainant.case_id, "register-evidence", other).status_code == 200, "nobody offered it"


def test_5_what_is_registered_is_not_offered_anew_with_another_type(supervisor, complainant):
    evidence = {"sha256": uuid.uuid4().hex * 2, "media_type": "image/png", "size": 9}
    assert supervisor.do(complainant.case_id, "register-evidence", {**evidence, "giver": "staff"}).status_code == 200
    answer = complainant.post("evidence", {**evidence, "media_type": "image/jpeg"})
    refused(answer, 409, "already-registered")
    assert answer.json()["field"] == "sha256"
    assert not supervisor.has(complainant.case_id, "EvidenceOffered")


def test_rules8_3_what_was_offered_is_not_offered_again(supervisor, complainant):
    evidence = {"sha256": uuid.uuid4().hex * 2, "media_type": "image/png", "size": 9}
    assert complainant.post("evidence", evidence).status_code in (200, 202)
    wait_for("the offer", lambda: supervisor.has(complainant.case_id, "EvidenceOffered"))
    for again in (evidence, {**evidence, "media_type": "image/jpeg"}):
        answer = complainant.post("evidence", again)
        refused(answer, 409, "already-offered")
        assert answer.json()["field"] == "sha256"
    assert len(supervisor.has(complainant.case_id, "EvidenceOffered")) == 1
    answer = supervisor.do(complainant.case_id, "register-evidence", {**evidence, "giver": "complainant"})
    assert answer.status_code == 200, answer.text
    refused(complainant.post("evidence", evidence), 409, "already-registered")


def test_rules7_5_what_was_taken_and_then_refused_is_told_to_the_complainant(supervisor, complainant):
    """As where the digest is registered between intake's question and the ledger's decision."""
    evidence = {"sha256": uuid.uuid4().hex * 2, "media_type": "image/png", "size": 9}
    assert supervisor.do(complainant.case_id, "register-evidence", {**evidence, "giver": "staff"}).status_code == 200
    offer(proposals_pb2.OfferEvidence(meta=meta_of(complainant), **evidence))
    item = wait_for("the refusal", lambda: [item for item in complainant.read()["items"] if item["kind"] == "refused"])[0]
    assert (item["sent"], item["code"], item["code_title"]) == ("evidence", "already-registered", "该材料已经登记。")
    assert [fact["data"]["code"] for fact in supervisor.has(complainant.case_id, "ProposalRefused")] == ["already-registered"]


def test_7_evidence_is_offered_by_its_digest(supervisor, complainant):
    content = b"what the complainant keeps"
    offer = {"sha256": hashlib.sha256(content).hexdigest(), "media_type": "image/jpeg", "size": len(content),
             "note": "缴费单，电话13911112222"}
    answer = complainant.post("evidence", offer)
    assert answer.status_code == 202 and answer.json() == {"status": "accepted", "content": "not-taken"}
    refused(complainant.post("evidence", {**offer, "sha256": "x" * 64}), 400, "out-of-bounds")
    fact = wait_for("the offer", lambda: supervisor.has(complainant.case_id, "EvidenceOffered"))[0]["data"]
    assert (fact["sha256"], fact["media_type"], fact["size"]) == (offer["sha256"], "image/jpeg", len(content))
    assert "13911112222" not in fact["note"]
    item = [item for item in complainant.read()["items"] if item["kind"] == "evidence"][0]
    assert item["sha256"] == offer["sha256"]


def test_7_a_complainant_takes_the_case_back(supervisor, complainant):
    body = {"reason": "已与科室和解"}
    for _ in range(2):  # the second asks a case that is withdrawn
        assert complainant.post("withdrawal", body, key="back").status_code == 202
        wait_for("the end", lambda: supervisor.case(complainant.case_id)["status"] == "withdrawn")
    fact = supervisor.has(complainant.case_id, "CaseWithdrawn")
    assert len(fact) == 1 and fact[0]["data"]["by_complainant"] and fact[0]["data"]["reason"] == "已与科室和解"
    assert not [clock for clock in supervisor.case(complainant.case_id)["clocks"] if clock["state"] in ("running", "warned")]
    refused(complainant.post("withdrawal", body), 409, "wrong-state")
    assert "撤回" in complainant.told("已撤回")


def test_7_a_complainant_reopens_a_closed_case(supervisor, handler, complainant):
    body = {"ground": "new_facts", "reason": "找到了录像"}
    refused(complainant.post("reopening", body), 409, "wrong-state")
    close(supervisor, handler, complainant.case_id)
    refused(complainant.post("reopening", {**body, "ground": "other"}), 422, "unknown-code")
    assert complainant.post("reopening", body).status_code == 202
    wait_for("the reopening", lambda: supervisor.case(complainant.case_id)["status"] == "triaged")
    assert supervisor.has(complainant.case_id, "CaseReopened")[0]["data"]["by_complainant"]
    assert complainant.told("重新办理")
    mailed("demo-handler@example.org", "重新办理", complainant.receipt["tracking_code"])


def meta_of(complainant):
    """Of a proposal that intake could have made."""
    return {"proposal_id": str(uuid.uuid4()), "case_id": complainant.case_id, "tenant": "demo-clinic", "source": "intake",
            "proposed_at_ms": 1}


def offer(message):
    """A proposal of intake's, past all of its questions."""
    headers = {"ce_specversion": b"1.0", "ce_id": message.meta.proposal_id.encode(), "ce_type": message.DESCRIPTOR.full_name.encode(),
               "ce_source": b"redress/intake", "ce_subject": message.meta.case_id.encode(),
               "ce_time": b"2026-02-13T16:30:00Z", "content-type": b"application/protobuf"}
    publish("redress.proposals", message.meta.case_id.encode(), message.SerializeToString(), list(headers.items()))


def test_7_what_the_ledgers_rules_refuse_is_a_fact(supervisor, complainant):
    """A reopening that slips past intake's question is still the ledger's to refuse."""
    offer(proposals_pb2.ReopenCase(meta=meta_of(complainant), ground=1, reason="未到时候"))
    fact = wait_for("the refusal", lambda: supervisor.has(complainant.case_id, "ProposalRefused"))[0]["data"]
    assert (fact["proposal_type"], fact["code"]) == ("redress.v1.ReopenCase", "wrong-state")


def link_of(text):
    """The path of a mail's one-time link."""
    return re.search(r"https?://[^/\s]+(/v1/satisfaction/[A-Za-z0-9_-]{64})", text)[1]


def test_7_a_link_rates_its_closure_once(intake, supervisor, handler, complainant):
    close(supervisor, handler, complainant.case_id)
    link, first = link_of(complainant.told("已办结")), link_of(complainant.told("答复"))
    shown = intake.get(link).json()
    assert shown["rateable"] and shown["institution"]
    rating = {"overall": 5, "timeliness": 4, "attitude": 5, "solved": True, "comment": "谢谢"}
    refused(intake.post(link, {**rating, "overall": 6}), 400, "out-of-bounds")
    assert intake.post(link, rating, key="first").status_code == 202
    wait_for("the rating", lambda: supervisor.has(complainant.case_id, "FeedbackRecorded"))
    assert intake.post(link, rating, key="first").status_code == 202  # the same again
    refused(intake.post(link, rating, key="second"), 409, "already-rated")
    refused(intake.post(first, rating, key="third"), 409, "already-rated")  # of the same closure
    assert not intake.get(link).json()["rateable"]
    facts = supervisor.has(complainant.case_id, "FeedbackRecorded")
    assert len(facts) == 1
    assert (facts[0]["data"]["overall"], facts[0]["data"]["timeliness"], facts[0]["data"]["closure"]) == (5, 4, 1)


class Cutting(socketserver.ThreadingTCPServer):
    """A way to Redis on which the first answer to a rating's claim kills whoever waits for it."""
    daemon_threads, allow_reuse_address = True, True

    def __init__(self):
        super().__init__(("127.0.0.1", 0), Cut)
        self.process, self.claims = None, 0


class Cut(socketserver.BaseRequestHandler):
    """One connection: a question, its answer."""

    def handle(self):
        with socket.create_connection(("127.0.0.1", int(os.environ["REDRESS_REDIS_PORT"]))) as redis_server:
            both = [self.request, redis_server]
            claims = False
            while True:
                for source in select.select(both, [], [])[0]:
                    data = source.recv(65536)
                    if not data:
                        return
                    claims = claims or (source is self.request and b"redress:intake:rated:" in data)
                    if source is redis_server and claims and not data.startswith(b"-NOSCRIPT"):
                        self.server.claims += 1
                        self.server.process.kill()
                        return
                    claims = claims and source is self.request
                    (redis_server if source is self.request else self.request).sendall(data)


@contextlib.contextmanager
def doomed_intake():
    """An intake beside the stack's, which is killed once it has claimed a rating; its address."""
    with Cutting() as way:
        threading.Thread(target=way.serve_forever, daemon=True).start()
        environment = {**os.environ, **environment_of("intake"), "REDRESS_REDIS_PORT": str(way.server_address[1]),
                       "REDRESS_HTTP_PORT": str(own_port()), "REDRESS_ADMIN_PORT": str(own_port() + 1)}
        with subprocess.Popen([BIN / "redress-intake"], env=environment, stdout=subprocess.DEVNULL,
                              stderr=subprocess.DEVNULL) as way.process:
            try:
                wait_for("it to be ready", lambda: is_ready(own_port()), 60)
                yield f"http://127.0.0.1:{own_port()}"
            finally:
                way.process.kill()
                way.shutdown()
        assert way.claims == 1


def test_7_a_rating_that_a_killed_intake_had_claimed_can_be_given_again(intake, supervisor, handler, complainant):
    close(supervisor, handler, complainant.case_id)
    link, rating = link_of(complainant.told("已办结")), {"overall": 4, "solved": True}
    with doomed_intake() as address, pytest.raises(requests.ConnectionError):
        Api(address).post(link, rating, key="lost")
    refused(intake.post(link, rating, key="again"), 409, "in-flight")
    assert intake.get(link).json()["rateable"], "nobody rated"
    answer = wait_for("the claim to end", lambda: (given := intake.post(link, rating, key="again")).status_code != 409 and given)
    assert answer.status_code == 202
    fact = wait_for("the rating", lambda: supervisor.has(complainant.case_id, "FeedbackRecorded"))[0]
    assert fact["data"]["overall"] == 4
    refused(intake.post(link, rating, key="once more"), 409, "already-rated")


def test_7_of_many_ratings_at_once_one_is_taken(intake, supervisor, handler, complainant):
    close(supervisor, handler, complainant.case_id)
    link = link_of(complainant.told("已办结"))
    with concurrent.futures.ThreadPoolExecutor(12) as pool:
        answers = list(pool.map(lambda number: Api(intake.url).post(link, {"overall": 3 + number % 3, "solved": True},
                                                                    key=f"at-once-{number}"), range(12)))
    assert sorted(answer.status_code for answer in answers) == [202] + [409] * 11
    assert {answer.json()["code"] for answer in answers if answer.status_code == 409} <= {"already-rated", "in-flight"}
    taken = next(number for number, answer in enumerate(answers) if answer.status_code == 202)
    fact = wait_for("the rating", lambda: supervisor.has(complainant.case_id, "FeedbackRecorded"))[0]
    assert fact["data"]["overall"] == 3 + taken % 3, "what was answered with 202 is what counts"
    refused(complainant.post("feedback", {"overall": 5, "solved": True}), 409, "already-rated")  # nor by PIN
    assert not supervisor.has(complainant.case_id, "ProposalRefused")


def test_7_a_rating_again_during_a_rework_takes_nothing_from_the_next_closure(supervisor, handler, complainant):
    case_id, poor = complainant.case_id, {"overall": 1, "solved": False}
    go(supervisor, handler, case_id, *WAY)
    assert complainant.post("feedback", poor, key="once").status_code == 202
    wait_for("the rework", lambda: supervisor.case(case_id)["status"] == "rework")
    assert complainant.post("feedback", poor, key="once").status_code == 202  # the same again
    refused(complainant.post("feedback", poor, key="another"), 409, "not-rateable")
    go(supervisor, staff("demo-colleague"), case_id, *WAY[2:])
    assert complainant.post("feedback", {"overall": 5, "solved": True}, key="satisfied").status_code == 202
    wait_for("both ratings", lambda: len(supervisor.has(case_id, "FeedbackRecorded")) == 2)


def test_7_a_link_ends_with_its_closure(intake, supervisor, handler, complainant):
    close(supervisor, handler, complainant.case_id)
    link = link_of(complainant.told("已办结"))
    go(supervisor, handler, complainant.case_id, ("reopen", {"ground": "dissatisfied", "reason": "没解决"}))
    refused(intake.post(link, {"overall": 5, "solved": True}), 409, "link-superseded")
    changed = link[:-1] + ("A" if link[-1] != "A" else "B")
    for path in (changed, "/v1/satisfaction/" + "A" * 64, "/v1/satisfaction/x"):
        refused(intake.get(path), 404, "not-found")
        refused(intake.post(path, {"overall": 5, "solved": True}), 404, "not-found")


def test_7_the_ledger_keeps_one_of_two_ratings_at_once(supervisor, handler, complainant):
    close(supervisor, handler, complainant.case_id)
    for number in range(2):
        meta = {"proposal_id": str(uuid.uuid4()), "case_id": complainant.case_id, "tenant": "demo-clinic",
                "source": "intake", "proposed_at_ms": 1}
        message = proposals_pb2.RecordFeedback(meta=meta, overall=4 + number, solved=True, closure=1)
        headers = {"ce_specversion": b"1.0", "ce_id": meta["proposal_id"].encode(),
                   "ce_type": b"redress.v1.RecordFeedback", "ce_source": b"redress/intake",
                   "ce_subject": complainant.case_id.encode(), "ce_time": b"2026-02-13T16:30:00Z",
                   "content-type": b"application/protobuf"}
        publish("redress.proposals", complainant.case_id.encode(), message.SerializeToString(), list(headers.items()))
    wait_for("the refusal", lambda: supervisor.has(complainant.case_id, "ProposalRefused"))
    assert supervisor.has(complainant.case_id, "ProposalRefused")[0]["data"]["code"] == "already-rated"
    assert len(supervisor.has(complainant.case_id, "FeedbackRecorded")) == 1


def test_7_staff_cannot_rate(supervisor, handler, complainant):
    close(supervisor, handler, complainant.case_id)
    rating = {"overall": 5, "solved": True}
    for person in (supervisor, handler, staff("ren-shan"), staff("gao-min")):
        for action in ("rate", "feedback", "satisfaction", "record-feedback"):
            assert person.do(complainant.case_id, action, rating).status_code == 404
        actions = (person.case(complainant.case_id) or {"actions": []})["actions"]
        assert not [name for name in actions if re.search("rat(e|ing)|feedback|satisf", name)]
    api = Api(os.environ["REDRESS_INTAKE_URL"], mint("lin-zhiyuan"))
    refused(api.post(f"{complainant.path}/feedback", rating), 404, "not-found")  # a token is no PIN
    assert not supervisor.has(complainant.case_id, "FeedbackRecorded")
    assert supervisor.case(complainant.case_id)["rating"] == 0


def test_7_no_link_goes_to_web_hooks_or_staff(supervisor, handler, complainant):
    close(supervisor, handler, complainant.case_id)
    complainant.told("已办结")
    assert not [text for to, _, text, _ in mails() if to != complainant.address and complainant.case_id in text
                and "/v1/satisfaction/" in text]
    assert "satisfaction" not in json.dumps(supervisor.timeline(complainant.case_id))


def test_notices_of_a_case_that_is_not_accepted(supervisor, complainant):
    answer = supervisor.do(complainant.case_id, "refuse", {"ground": "other_authority", "right_route": "向市场监管局反映"})
    assert answer.status_code == 200, answer.text
    text = complainant.told("不予受理")
    assert "属于其他机关职责" in text and "向市场监管局反映" in text
    shown = [item for item in complainant.read()["items"] if item["kind"] == "not-accepted"][0]
    assert shown["text"] == "向市场监管局反映" and shown["ground"] == "NOT_ACCEPTED_GROUND_OTHER_AUTHORITY"


def test_notices_of_a_case_that_is_redirected(supervisor, complainant):
    assert supervisor.do(complainant.case_id, "redirect", {"authority": "市医疗保障局"}).status_code == 200
    assert "市医疗保障局" in complainant.told("已转送")


def test_notices_of_a_return_go_to_the_bureau_and_of_a_designation_to_the_unit(supervisor, handler, complainant):
    code = complainant.receipt["tracking_code"]
    go(supervisor, handler, complainant.case_id, *WAY[:2],
       ("request-return", {"reason": "不属于本科室", "proposed_unit": "bureau.complaints"}))
    text = mailed("lin-zhiyuan@example.org", "申请退回", code)[0]
    assert "不属于本科室" in text and "投诉受理科" in text
    go(supervisor, handler, complainant.case_id, ("designate", {"unit": "demo-clinic.desk"}))
    mailed("demo-handler@example.org", "指定办理", code)


def test_notices_of_a_rework_and_a_review(supervisor, handler, complainant):
    code = complainant.receipt["tracking_code"]
    close(supervisor, handler, complainant.case_id)
    go(supervisor, handler, complainant.case_id, ("review", {"reason": "不服"}))
    mailed("ren-shan@example.org", "申请复查", code)
    result = {"result": "returned", "findings": "事实不清"}
    assert staff("ren-shan").do(complainant.case_id, "decide-review", result).status_code == 200
    text = complainant.told("复查复核意见")
    assert "责令重新处理" in text and "事实不清" in text
    assert complainant.told("重新办理")
    mailed("demo-handler@example.org", "返工", code)


def test_notices_of_a_termination_go_to_another_supervisor(supervisor, complainant):
    answer = supervisor.do(complainant.case_id, "request-termination", {"reason": "无法联系"})
    assert answer.status_code == 200, answer.text
    mailed("gao-min@example.org", "申请终止", complainant.receipt["tracking_code"])
