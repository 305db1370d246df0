"""What bad input gets: the right status, a problem that names the field, and never half a case."""

import json
import os
import pathlib
import socket
import uuid

import pytest
import requests
from conftest import ROOT, Api, Staff, control, event_headers, publish, read_topic, submission, wait_for
from redress.v1 import inbound_pb2, proposals_pb2

PERSON = {"name": "周晓岚"}
BAD_BODIES = [
    ("institution", 422, submission(institution="no-such")),
    ("institution", 400, submission(institution=None)),
    ("channel", 422, submission(channel="pigeon")),
    ("channel", 400, submission(channel=7)),
    ("category", 422, submission(category="care-quality")),
    ("narrative", 400, submission(narrative="")),
    ("narrative", 400, submission(narrative="  \n ")),
    ("narrative", 400, submission(narrative="长" * 8001)),
    ("narrative", 400, submission(narrative=None)),
    ("colour", 400, submission(colour="red")),
    ("complainant.name", 400, submission(complainant={"name": "名" * 34})),
    ("complainant.email", 422, submission(complainant={"email": "not an address"})),
    ("complainant.shoe", 400, submission(complainant={"shoe": "42"})),
    ("complainant", 422, submission(anonymous=True, complainant=PERSON)),
    ("complainant", 400, submission(complainant=["周晓岚"])),
    ("received_at", 422, submission(received_at="2126-01-01T00:00:00+08:00")),
    ("received_at", 422, submission(received_at="yesterday, at noon precisely")),
    ("anonymous", 400, submission(anonymous="yes")),
]


@pytest.mark.parametrize("field,status,body", BAD_BODIES)
def test_a_bad_submission_names_its_field(intake, field, status, body):
    answer = intake.post("/v1/submissions", body)
    problem = answer.json()
    assert answer.status_code == status, problem
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert problem["field"] == field and problem["code"] and problem["type"].startswith("https://")


@pytest.mark.parametrize("text", ["", "{", "[]", "null", '{"institution":"a","institution":"b"}',
                                  '{"narrative":"\\u0000"}', "[" * 50 + "]" * 50, b"\xff\xfe{}"])
def test_text_that_is_no_json_object_is_400(intake, text):
    answer = requests.post(intake.url + "/v1/submissions", data=text, timeout=10,
                           headers={"Content-Type": "application/json", "Idempotency-Key": str(uuid.uuid4())})
    assert answer.status_code == 400 and answer.json()["code"]


def test_key_type_size_and_method_are_checked(intake):
    url = intake.url + "/v1/submissions"
    good = submission()
    assert requests.post(url, json=good, timeout=10).json()["field"] == "Idempotency-Key"
    long_key = {"Idempotency-Key": "k" * 129}
    assert requests.post(url, json=good, headers=long_key, timeout=10).json()["field"] == "Idempotency-Key"
    key = {"Idempotency-Key": str(uuid.uuid4())}
    assert requests.post(url, data="a=b", headers=key, timeout=10).status_code == 415
    assert requests.post(url, json={"narrative": "x" * 200_000}, headers=key, timeout=10).status_code == 413
    wrong = requests.put(url, json=good, timeout=10)
    assert wrong.status_code == 405 and "POST" in wrong.headers["Allow"]
    assert requests.get(intake.url + "/v1/nothing", timeout=10).status_code == 404


def raw(url, text):
    """The first line that a server answers to these bytes."""
    host, port = url.removeprefix("http://").split(":")
    with socket.create_connection((host, int(port)), timeout=10) as connection:
        connection.sendall(text)
        return connection.recv(4096).split(b"\r\n")[0]


@pytest.mark.parametrize("head", [
    b"Host: a\r\nContent-Length: 2\r\nContent-Length: 3\r\n",
    b"Host: a\r\nContent-Length: 2\r\nTransfer-Encoding: chunked\r\n",
    b"Content-Length: 2\r\n",
    b"Host: a\r\nHost: b\r\nContent-Length: 2\r\n"])
def test_ambiguous_framing_is_400(intake, head):
    line = raw(intake.url, b"POST /v1/submissions HTTP/1.1\r\n" + head + b"\r\n{}")
    assert b" 400 " in line
    assert intake.post("/v1/submissions", submission()).status_code == 202


def test_the_same_key_with_another_body_is_422(intake):
    key = str(uuid.uuid4())
    first = intake.post("/v1/submissions", submission(), key=key)
    again = intake.post("/v1/submissions", submission(), key=key)
    other = intake.post("/v1/submissions", submission(narrative="另外一件事"), key=key)
    assert (first.status_code, again.status_code) == (202, 200) and first.json() == again.json()
    assert other.status_code == 422 and other.json()["code"] == "idempotency-key-reused"


def test_a_wrong_pin_and_an_absent_code_are_alike(intake):
    receipt = intake.post("/v1/submissions", submission()).json()
    path = f"/v1/submissions/{receipt['tracking_code']}"
    wait_for("the status", lambda: intake.get(path, headers={"Redress-Pin": receipt["pin"]}).status_code == 200)
    wrong = intake.get(path, headers={"Redress-Pin": "0000000000000000"})
    absent = intake.get("/v1/submissions/0000000000000", headers={"Redress-Pin": receipt["pin"]})
    assert wrong.status_code == absent.status_code == 404 and wrong.json() == absent.json()
    mistyped = receipt["tracking_code"][:-1] + ("0" if receipt["tracking_code"][-1] != "0" else "1")
    assert intake.get(f"/v1/submissions/{mistyped}").json()["code"] == "bad-check-digit"
    for _ in range(10):
        intake.get(path, headers={"Redress-Pin": "1111111111111111"})
    limited = intake.get(path, headers={"Redress-Pin": receipt["pin"]})
    assert limited.status_code == 429 and limited.headers["Retry-After"]


def test_staff_without_a_good_token_get_nothing(intake, supervisor):
    case_id = intake.post("/v1/submissions", submission()).json()["case_id"]
    wait_for("the case", lambda: supervisor.case(case_id))
    good = supervisor.session.headers["Authorization"]
    head, payload, signature = good.removeprefix("Bearer ").split(".")
    none = "eyJhbGciOiJub25lIn0"
    for token in ["", "Bearer x", f"Bearer {none}.{payload}.", f"Bearer {head}.{payload}.{signature[:-4]}AAAA"]:
        for path in ["/v1/cases", f"/v1/cases/{case_id}", f"/v1/cases/{case_id}/timeline", "/v1/changes"]:
            answer = requests.get(supervisor.url + path, headers={"Authorization": token}, timeout=10)
            assert answer.status_code == 401 and "case" not in json.dumps(answer.json()["detail"])
    assert requests.get(supervisor.url + "/internal/v1/summary", headers={"Authorization": good}, timeout=10).status_code == 401


@pytest.mark.parametrize("asked, field", [
    ("clocks?limit=x", "limit"), ("clocks?limit=5x", "limit"), ("clocks?limit=0", "limit"), ("clocks?limit=1001", "limit"),
    ("clocks?limit=", "limit"), ("clocks?limit=+5", "limit"), ("clocks?after=x", "after"), ("clocks?colour=red", "colour"),
    ("clocks?after=00000000-0000-0000-0000-000000000000/" + "n" * 33, "after"), ("clocks/runs?after=12", "after"),
    ("clocks/runs?limit=-1", "limit"), ("clocks/overdue?limit=1e3", "limit"), ("clocks/overdue?after=x", "after"),
    ("narratives?after=x", "after"), ("narratives?after=%201_00000000-0000-0000-0000-000000000000", "after"),
    ("narratives?after=99999999999999999999_00000000-0000-0000-0000-000000000000", "after"), ("narratives?limit=x", "limit"),
    ("cases/CASE?cause=x", "cause"), ("cases/CASE?sha256=xy", "sha256"), ("cases/CASE?colour=red", "colour"),
    ("cases/CASE/clocks?after=1", "after"), ("cases/by-tracking-code/CODE?sha256=", "sha256"), ("summary?limit=1", "limit"),
    ("cases/by-tracking-code/CODE/dialogue?after=x", "after"), ("cases/by-tracking-code/CODE/dialogue?after=-1", "after"),
    ("cases/by-tracking-code/CODE/dialogue?after=9223372036854775808", "after"),
    ("cases/by-tracking-code/CODE/dialogue?limit=2.0", "limit"),
])
def test_rules7_10_internal_routes_name_what_is_no_number_or_cursor(intake, supervisor, asked, field):
    token = pathlib.Path(os.environ["REDRESS_STACK_DIR"], "keys", "service-token.secret").read_text(encoding="utf-8").strip()
    receipt = intake.post("/v1/submissions", submission()).json() if "C" in asked else {"case_id": "", "tracking_code": ""}
    if receipt["case_id"]:
        wait_for("the case", lambda: supervisor.case(receipt["case_id"]))
    path = asked.replace("CASE", receipt["case_id"]).replace("CODE", receipt["tracking_code"])
    answer = requests.get(f"{supervisor.url}/internal/v1/{path}", headers={"Authorization": f"Bearer {token}"}, timeout=10)
    assert (answer.status_code, answer.json()["field"]) == (400, field), answer.text


def test_another_institutions_user_sees_no_difference(intake, supervisor, handler):
    case_id = intake.post("/v1/submissions", submission()).json()["case_id"]
    wait_for("the case", lambda: supervisor.case(case_id))
    theirs = handler.get(f"/v1/cases/{case_id}")
    absent = handler.get(f"/v1/cases/{uuid.uuid4()}")
    assert theirs.status_code == absent.status_code == 404 and theirs.json() == absent.json()
    assert handler.do(case_id, "accept", etag="*").status_code == 404
    seen = handler.get("/v1/cases?limit=200").json()["items"]
    assert {case["institution"] for case in seen} <= {"demo-clinic"}
    assert handler.get("/v1/cases?colour=red").json()["field"] == "colour"
    assert isinstance(handler, Staff) and isinstance(intake, Api)


def dead_letters():
    """All dead letters by their original key."""
    return {key: headers for key, _, headers in read_topic("redress.dead-letters")}


def test_bad_messages_are_kept_where_a_person_can_see_and_replay_them(supervisor):
    garbage, unknown, good = (f"{name}-{uuid.uuid4()}" for name in ("garbage", "unknown", "good"))
    publish("redress.inbound", garbage, b"\xff\xff\xff\xff", event_headers("redress.v1.ExternalComplaint"))
    complaint = inbound_pb2.ExternalComplaint(record_id=unknown, institution="no-such", channel=8, narrative="内容", anonymous=True)
    publish("redress.inbound", unknown, complaint.SerializeToString())
    complaint = inbound_pb2.ExternalComplaint(record_id=good, institution="demo-clinic", channel=8, narrative="整合方来件", anonymous=True)
    publish("redress.inbound", good, complaint.SerializeToString())
    wait_for("two dead letters", lambda: {garbage.encode(), unknown.encode()} <= set(dead_letters()))
    found = dead_letters()
    assert found[garbage.encode()]["redress_reason_code"] == "undecodable"
    assert found[unknown.encode()]["redress_reason_field"] == "institution"
    assert good.encode() not in found
    listed = control("dead-letters", "list", "--json")[1]["items"]
    place = [item["place"] for item in listed if item["reason_code"] == "undecodable" and item["origin_topic"] == "redress.inbound"][-1]
    assert control("dead-letters", "show", place)[1]["service"] == "intake"
    before = len(listed)
    assert control("dead-letters", "replay", place)[0] == 0
    wait_for("it comes back, still bad", lambda: len(control("dead-letters", "list", "--json")[1]["items"]) > before)
    assert supervisor.get("/v1/cases").status_code == 200


def test_a_list_names_the_filter_that_it_does_not_know(supervisor):
    for name in ("status", "category", "urgency"):
        answer = supervisor.get(f"/v1/cases?{name}=ghost")
        assert answer.status_code == 400 and answer.json()["field"] == name, answer.text
    assert supervisor.get("/v1/cases?category=fees").status_code == 200


def test_a_list_and_a_timeline_refuse_what_is_no_value_of_their_parameters(intake, supervisor):
    names = ("status", "institution", "category", "unit", "urgency", "alarm", "breached", "extended", "after", "limit")
    wrong = [f"{name}=" for name in names] + [f'institution={"x" * 33}', f'unit={"x" * 65}', f'after={"0" * 60}1_{uuid.uuid4()}', "limit=5x"]
    for asked in wrong:
        answer = supervisor.get(f"/v1/cases?{asked}")
        assert answer.status_code == 400 and answer.json()["field"] == asked.split("=", maxsplit=1)[0], (asked, answer.text)
    assert supervisor.get(f'/v1/cases?institution={"好" * 32}').json()["items"] == []
    case_id = intake.post("/v1/submissions", submission()).json()["case_id"]
    wait_for("the case", lambda: supervisor.case(case_id))
    for asked in ("after=", "after=x", "after=-1", f'after={"9" * 20}', "limit=", "limit=0"):
        answer = supervisor.get(f"/v1/cases/{case_id}/timeline?{asked}")
        assert answer.status_code == 400 and answer.json()["field"] == asked.split("=", maxsplit=1)[0], (asked, answer.text)


def test_a_list_of_an_absent_institution_is_that_of_a_forbidden_one(intake, supervisor, handler):
    case_id = intake.post("/v1/submissions", submission(institution="first-hospital")).json()["case_id"]
    wait_for("the case of the other institution", lambda: supervisor.case(case_id))
    assert supervisor.get("/v1/cases?institution=first-hospital").json()["items"]
    absent, forbidden = (handler.get(f"/v1/cases?institution={code}") for code in ("ghost", "first-hospital"))
    assert absent.status_code == forbidden.status_code == 200
    assert absent.json()["items"] == [] and absent.json() == forbidden.json()


@pytest.mark.parametrize("topic", ["redress.proposals", "redress.proposals.urgent"])
def test_a_bad_proposal_is_a_dead_letter_of_the_ledger(topic):
    case_id = str(uuid.uuid4())
    publish(topic, case_id, b"\x00\x01", event_headers("redress.v1.AssessCase"))
    orphan = proposals_pb2.WarnClock(name="resolution", version=1)
    orphan.meta.proposal_id, orphan.meta.case_id = str(uuid.uuid4()), case_id
    orphan.meta.tenant, orphan.meta.source = "bureau", "test"
    publish(topic, case_id, orphan.SerializeToString(), event_headers("redress.v1.WarnClock"))

    def codes():
        return {(headers["redress_reason_code"], headers["redress_origin_topic"]) for key, _, headers in read_topic("redress.dead-letters")
                if key == case_id.encode()}
    wait_for("both", lambda: codes() == {("undecodable", topic), ("unknown-case", topic)})


def test_triage_and_due_dates_answer_what_if():
    triage = Api(os.environ["REDRESS_TRIAGE_URL"])
    text = {"text": "孩子说不想活了，割腕了", "institution": "hope-line"}
    first = triage.post("/v1/assess", text)
    assert first.status_code == 200 and first.json() == triage.post("/v1/assess", text).json()
    assert first.json()["crisis"] in ("R3", "R4")
    assert triage.post("/v1/assess", {"text": ""}).json()["field"] == "text"
    timer = Api(os.environ["REDRESS_SLA_TIMER_URL"])
    question = {"institution": "first-hospital", "clock": "resolution", "start": "2026-02-13T16:30:00+08:00"}
    answer = timer.post("/v1/due-dates", question).json()
    assert answer["due_at"].startswith("2026-02-28T00:00:00") and answer["explanation"]
    assert timer.post("/v1/due-dates", {**question, "clock": "tea"}).json()["field"] == "clock"


def test_topics_of_another_number_of_partitions_are_named(tmp_path):
    good = ROOT / "deploy" / "topics.yaml"
    other = tmp_path / "topics.yaml"
    other.write_text(good.read_text(encoding="utf-8").replace("redress.proposals\n    partitions: 4",
                                                              "redress.proposals\n    partitions: 5"), encoding="utf-8")
    assert control("topics", "apply", "--file", good)[0] == 0
    code, _, why = control("topics", "apply", "--file", other)
    assert code == 1 and "topic redress.proposals has 4 partitions, the file says 5" in why
