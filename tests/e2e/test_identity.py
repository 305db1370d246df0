"""Who sees who the complainant is: requests, the complainant's sight of them, erasure, grants, broken glass."""

import contextlib
import datetime
import importlib
import json
import os
import sys
import tempfile
import time
import uuid

import psycopg
import pytest
from conftest import (ROOT, Staff, await_reviews_over, bound_reviews, control, event_headers, mails, mint, publish, read_topic, settle,
                      submission, wait_for)
from forged import forge
from grpc_tools import protoc
from redress.v1 import facts_pb2
from test_roles import close, holder, refused, staff

ADDRESS = "zhou-identity@example.org"


@pytest.fixture(name="administrator", scope="module")
def the_administrator():
    """The region's administrator."""
    return holder("administrator", ["*"], subject="region-administrator")


def a_case(intake, supervisor, institution="demo-clinic"):
    """Receipt of a case, assessed."""
    body = submission(institution=institution, complainant={"name": "周晓岚", "phone": "13700001234", "email": ADDRESS})
    receipt = intake.post("/v1/submissions", body, key=str(uuid.uuid4())).json()
    wait_for("the clocks", lambda: len((supervisor.case(receipt["case_id"]) or {}).get("clocks", [])) >= 2)
    return receipt


def public_status(intake, receipt):
    """What the complainant sees by code and PIN."""
    answer = intake.get(f"/v1/submissions/{receipt['tracking_code']}", headers={"Redress-Pin": receipt["pin"]})
    assert answer.status_code == 200, answer.text
    return answer.json()


def later(**change):
    """An RFC 3339 time from now."""
    return (datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(**change)).isoformat(timespec="milliseconds")


def test_14_where_the_policy_asks_a_reveal_needs_another_supervisor_and_serves_once(intake, supervisor):
    receipt = a_case(intake, supervisor, "anning-centre")
    case_id, own, custodian = receipt["case_id"], staff("yan-qi"), supervisor
    reason = {"reason": "需回访"}
    assert "reveal" not in own.case(case_id)["actions"] and "request-reveal" in own.case(case_id)["actions"]
    problem = refused(own.do(case_id, "reveal", reason), 409, "reveal-not-approved")
    assert "request-reveal" in problem["actions"]
    refused(custodian.do(case_id, "approve-reveal", {"staff": "yan-qi"}), 409, "reveal-not-requested")
    assert own.do(case_id, "request-reveal", reason).status_code == 200
    refused(own.do(case_id, "approve-reveal", {"staff": "yan-qi"}), 409, "reveal-not-requested")
    refused(custodian.do(case_id, "approve-reveal", {"staff": "xu-mo"}), 409, "reveal-not-requested")
    approval = custodian.do(case_id, "approve-reveal", {"staff": "yan-qi", "note": "同意"})
    assert approval.status_code == 200
    at, until = (datetime.datetime.fromisoformat(approval.json()["reveal_requests"][0][name]) for name in ("at", "approved_until"))
    assert until - at == datetime.timedelta(hours=24)
    refused(custodian.do(case_id, "reveal", reason), 409, "reveal-not-approved")
    key = str(uuid.uuid4())
    assert own.do(case_id, "reveal", reason, key=key).json()["revealed"]["name"] == "周晓岚"
    refused(own.do(case_id, "reveal", reason, key=key), 409, "reveal-not-approved")  # the same request again
    refused(own.do(case_id, "reveal", {"reason": "再看一次"}), 409, "reveal-not-approved")
    seen = wait_for("the complainant to see it", lambda: public_status(intake, receipt)["identity_seen"])
    assert [set(entry) for entry in seen] == [{"at", "role"}] and seen[0]["role"] == "supervisor"
    assert "yan-qi" not in json.dumps(public_status(intake, receipt))


def state_module():
    """The ledger's own state, as Python."""
    folder = ROOT / "services" / "ledger"
    target = tempfile.mkdtemp()
    assert protoc.main(["", f"-I{folder}", f"--python_out={target}", str(folder / "state.proto")]) == 0
    sys.path.insert(0, target)
    return importlib.import_module("state_pb2")


def leave_of_approval(case_id, seconds):
    """As if the only approval had been given 24 h before so many seconds from now."""
    state = state_module().CaseState()
    with psycopg.connect(os.environ["REDRESS_POSTGRES_ADMIN_URL"]) as connection:
        row = connection.execute("SELECT state FROM ledger.cases WHERE case_id = %s FOR UPDATE", (case_id,)).fetchone()
        state.ParseFromString(row[0])
        state.reveal_requests[0].approved_until_ms = round((time.time() + seconds) * 1000)
        connection.execute("UPDATE ledger.cases SET state = %s WHERE case_id = %s", (state.SerializeToString(), case_id))


@contextlib.contextmanager
def revealed_before(case_id, seconds):
    """As if the case's content had been seen so much earlier; afterwards the fact is again what its hash says."""
    found = "FROM ledger.case_events WHERE case_id = %s AND type = 'redress.v1.CaseRevealed'"

    def put(connection, payload):
        connection.execute("SET LOCAL session_replication_role = replica")  # nobody else changes a fact
        connection.execute("UPDATE ledger.case_events SET payload = %s WHERE case_id = %s AND type = 'redress.v1.CaseRevealed'",
                           (payload, case_id))
    with psycopg.connect(os.environ["REDRESS_POSTGRES_ADMIN_URL"]) as connection:
        waits = "SELECT 1 FROM ledger.outbox WHERE %s = ANY(case_ids)"  # the fact goes to Kafka as it is
        wait_for("the fact to be published", lambda: not connection.execute(waits, (uuid.UUID(case_id),)).fetchall())
        (kept,), = connection.execute(f"SELECT payload {found}", (case_id,)).fetchall()
        fact = facts_pb2.CaseRevealed.FromString(kept)
        fact.meta.decided_at_ms -= seconds * 1000
        put(connection, fact.SerializeToString())
        connection.commit()
        try:
            yield
        finally:
            put(connection, kept)


def test_7_a_key_shows_the_content_again_for_10_minutes(intake, supervisor):
    receipt, why, key = a_case(intake, supervisor, "demo-clinic"), {"reason": "需回访"}, str(uuid.uuid4())
    case_id = receipt["case_id"]
    first = supervisor.do(case_id, "reveal", why, key=key).json()["revealed"]
    assert first["name"] == "周晓岚"
    with revealed_before(case_id, 590):
        assert supervisor.do(case_id, "reveal", why, key=key).json()["revealed"] == first
    with revealed_before(case_id, 601):
        answer = supervisor.do(case_id, "reveal", why, key=key)
        problem = refused(answer, 409, "reveal-over")
        assert "revealed" not in problem and "周晓岚" not in answer.text and len(supervisor.has(case_id, "CaseRevealed")) == 1
    assert supervisor.do(case_id, "reveal", why).json()["revealed"] == first
    wait_for("both looks to be told", lambda: len(public_status(intake, receipt)["identity_seen"]) == 2)


def test_14_an_approval_to_see_the_content_ends_after_24_hours(intake, supervisor):
    case_id, own, reason = a_case(intake, supervisor, "anning-centre")["case_id"], staff("yan-qi"), {"reason": "需回访"}

    def approve():
        assert own.do(case_id, "request-reveal", reason).status_code == 200
        assert supervisor.do(case_id, "approve-reveal", {"staff": "yan-qi"}).status_code == 200
    approve()
    leave_of_approval(case_id, 8)
    assert "reveal" in own.case(case_id)["actions"]
    wait_for("its end", lambda: "reveal" not in own.case(case_id)["actions"])
    problem = refused(own.do(case_id, "reveal", reason), 409, "reveal-not-approved")
    assert "request-reveal" in problem["actions"] and not supervisor.has(case_id, "CaseRevealed")
    refused(supervisor.do(case_id, "approve-reveal", {"staff": "yan-qi"}), 409, "reveal-not-requested")
    approve()  # asked for again, it holds again; by its end the state is what its facts say
    assert own.do(case_id, "reveal", reason).json()["revealed"]["name"] == "周晓岚"
    assert own.case(case_id)["reveal_requests"] == []


def test_14_where_it_does_not_ask_one_reason_is_enough_and_the_complainant_sees_it(intake, supervisor, handler):
    receipt = a_case(intake, supervisor)
    assert public_status(intake, receipt)["identity_seen"] == []
    answer = supervisor.do(receipt["case_id"], "reveal", {"reason": "需回访"})
    assert answer.status_code == 200, answer.text
    assert answer.json()["revealed"]["phone"] == "13700001234"
    for person in (handler, supervisor):
        assert "revealed" not in person.case(receipt["case_id"]), "a reveal is an answer, not a state"
    assert len(public_status(intake, receipt)["identity_seen"]) == 1


def test_14_erasure_destroys_what_is_sealed_and_leaves_proofs_and_statistics(intake, supervisor, handler, administrator, database):
    receipt = a_case(intake, supervisor)
    case_id, body = receipt["case_id"], {"reason": "保存期满"}
    refused(administrator.do(case_id, "erase", body), 409, "wrong-state")
    refused(supervisor.do(case_id, "erase", body), 403, "role-not-allowed")
    bound_reviews(case_id, supervisor)
    close(case_id, supervisor, handler)
    assert supervisor.do(case_id, "review", {"reason": "不服"}).status_code == 200
    refused(administrator.do(case_id, "erase", body), 409, "wrong-state")
    assert staff("ren-shan").do(case_id, "decide-review", {"result": "confirmed", "findings": "正确"}).status_code == 200
    wait_for("the contact", lambda: database.execute("SELECT 1 FROM notification.contacts WHERE case_id = %s", (case_id,)))
    sealed = database.execute("SELECT sealed_key, ciphertext FROM ledger.vault WHERE case_id = %s", (case_id,))
    assert len(sealed) == 1
    refused(holder("administrator").do(case_id, "erase", body), 403, "not-your-region")
    refused(administrator.do(case_id, "erase"), 400, "missing")
    await_reviews_over(case_id, supervisor)
    erased = administrator.do(case_id, "erase", body)
    assert erased.status_code == 200 and erased.json()["erased"] is True, erased.text
    for table in ("ledger.vault", "notification.contacts"):
        wait_for(f"nothing left in {table}",
                 lambda table=table: not database.execute(f"SELECT 1 FROM {table} WHERE case_id = %s", (case_id,)))
    assert (case_id.encode(), None) in [(key, value) for key, value, _ in read_topic("redress.contacts")]
    refused(supervisor.do(case_id, "reveal", {"reason": "再看"}), 409, "erased")
    refused(administrator.do(case_id, "erase", body), 409, "erased")
    case = supervisor.case(case_id)
    assert case["erased"] and not case["contactable"] and "reveal" not in case["actions"] and case["outcome"] == "upheld"
    assert supervisor.has(case_id, "ContentErased")[0]["data"]["reason"] == body["reason"]
    assert public_status(intake, receipt)["erased"] is True
    assert_nobody_carries_it_on(intake, supervisor, receipt)
    code, found, error = control("verify", "--json")
    assert code == 0, (found, error)


def complainants_notices(database, case_id):
    """{fact: (state, why)} of what the complainant gets."""
    return {fact: (state, why) for fact, state, why in database.execute(
        "SELECT fact_type, state, failure FROM notification.deliveries WHERE case_id = %s AND recipient = 'complainant'", (case_id,))}


def test_14_an_erasure_ends_notices_in_the_order_of_the_facts(intake, supervisor, administrator, database):
    # Of the hospital: none of its limits is over meanwhile, which would be an alarm.
    body = submission(institution="first-hospital", complainant={"name": "周晓岚", "email": ADDRESS, "hours": never_now()})
    case_id = intake.post("/v1/submissions", body, key=str(uuid.uuid4())).json()["case_id"]
    wait_for("the wait for the hours", lambda: complainants_notices(database, case_id).get("CaseRegistered") == ("pending", "outside-hours"))
    publish("redress.contacts", case_id, None, event_headers("redress.v1.Contact"))  # heard of long before the erasure
    wait_for("no contact", lambda: not database.execute("SELECT 1 FROM notification.contacts WHERE case_id = %s", (case_id,)))
    assert supervisor.do(case_id, "withdraw", {"reason": "已自行解决"}).status_code == 200
    wait_for("the notice of a fact before the erasure", lambda: "CaseWithdrawn" in complainants_notices(database, case_id))
    assert administrator.do(case_id, "erase", {"reason": "保存期满"}).status_code == 200
    ends = {"CaseRegistered": ("failed", "erased"), "CaseWithdrawn": ("failed", "erased")}
    wait_for("their ends", lambda: complainants_notices(database, case_id) == ends)
    told = wait_for("the ledger to be told", lambda: (found := [fact["data"] for fact in supervisor.has(case_id, "DeliveryRecorded")
                                                                if fact["data"]["recipient"] == "complainant"])[1:] and found)
    assert [record["failure"] for record in told] == ["erased", "erased"] and not supervisor.has(case_id, "AlarmRaised")


def never_now():
    """Hours of a day in Shanghai that are not now."""
    hour = datetime.datetime.now(datetime.timezone(datetime.timedelta(hours=8))).hour
    return f"{(hour + 8) % 24:02}:00-{(hour + 12) % 24:02}:00"


def assert_nobody_carries_it_on(intake, supervisor, receipt):
    """Whoever tries is told that what the case held was erased."""
    case_id = receipt["case_id"]

    def told():  # by people: a notice of before may still be on its way, and an alarm that nobody took climbs
        return [fact for fact in supervisor.timeline(case_id) if fact["actor"] not in ("notification", "sla-timer", "triage")]
    before = told()
    assert "ContentErased" in {fact["type"] for fact in before}
    for action, body in (("reopen", {"ground": "new_facts", "reason": "又有新情况"}), ("rework", {"reason": "重办"}),
                         ("comment", {"comment": "补记"}), ("message", {"text": "请补充"}), ("re-review", {"reason": "不服"})):
        refused(supervisor.do(case_id, action, body), 409, "erased")
        assert action not in supervisor.case(case_id)["actions"]
    path, pin = f'/v1/submissions/{receipt["tracking_code"]}', {"Redress-Pin": receipt["pin"]}
    for way, body in (("reopening", {"ground": "dissatisfied", "reason": "不服"}), ("messages", {"text": "还有要说的"}),
                      ("evidence", {"sha256": "ab" * 32, "media_type": "image/jpeg", "size": 1}), ("feedback", {"overall": 1, "solved": False})):
        refused(intake.post(f"{path}/{way}", body, headers=pin), 409, "erased")
    assert not public_status(intake, receipt)["rateable"] and told() == before


def test_14_a_request_takes_away_nobodys_approval(intake, supervisor):
    case_id, own, other = a_case(intake, supervisor, "anning-centre")["case_id"], staff("yan-qi"), staff("xu-mo")
    for action, body in (("accept", {}), ("dispatch", {"unit": "anning-centre.ward"})):
        assert supervisor.do(case_id, action, body).status_code == 200
    assert own.do(case_id, "request-reveal", {"reason": "需回访"}).status_code == 200
    assert other.do(case_id, "request-reveal", {"reason": "需核对"}).status_code == 200
    refused(own.do(case_id, "approve-reveal", {"staff": "yan-qi"}), 409, "own-request")  # though another waits
    assert supervisor.do(case_id, "approve-reveal", {"staff": "yan-qi"}).status_code == 200
    refused(other.do(case_id, "reveal", {"reason": "需核对"}), 409, "reveal-not-approved")
    case = supervisor.case(case_id)
    assert (case["reveal_approved_for"], case["reveal_requester"]) == ("yan-qi", "xu-mo")
    assert own.do(case_id, "reveal", {"reason": "需回访"}).json()["revealed"]["name"] == "周晓岚"
    assert supervisor.do(case_id, "approve-reveal", {"staff": "xu-mo"}).status_code == 200
    assert own.do(case_id, "request-reveal", {"reason": "需回访"}).status_code == 200
    assert supervisor.do(case_id, "approve-reveal", {"staff": "yan-qi"}).status_code == 200
    requests = supervisor.case(case_id)["reveal_requests"]
    assert {(one["staff"], one["approved"]) for one in requests} == {("yan-qi", True), ("xu-mo", True)}, "each stands for itself"
    assert other.do(case_id, "reveal", {"reason": "需核对"}).status_code == 200
    assert own.do(case_id, "reveal", {"reason": "需回访"}).status_code == 200


def test_1_a_ninth_open_request_to_see_the_content_is_refused(intake, supervisor):
    case_id, reason = a_case(intake, supervisor, "anning-centre")["case_id"], {"reason": "需回访"}
    people = [staff("yan-qi"), *(holder("operator", ["anning-centre"]) for _ in range(8))]
    for person in people[:8]:
        assert person.do(case_id, "request-reveal", reason).status_code == 200
    refused(people[8].do(case_id, "request-reveal", reason), 409, "too-many-reveals")
    assert supervisor.do(case_id, "approve-reveal", {"staff": "yan-qi"}).status_code == 200
    assert people[0].do(case_id, "reveal", reason).status_code == 200
    assert people[8].do(case_id, "request-reveal", reason).status_code == 200


def test_14_nothing_is_archived_or_erased_while_an_appeal_may_be_made_or_an_order_is_open(intake, supervisor, handler, administrator):
    case_id, body = a_case(intake, supervisor)["case_id"], {"reason": "保存期满"}
    close(case_id, supervisor, handler)  # no pack names a time
    assert supervisor.case(case_id)["appeal_until"] > later(days=28)
    assert {"archive", "review"} & set(supervisor.case(case_id)["actions"]) == {"review"}
    refused(supervisor.do(case_id, "archive"), 409, "appeal-open")
    refused(administrator.do(case_id, "erase", body), 409, "appeal-open")
    case_id = a_case(intake, supervisor)["case_id"]
    assert supervisor.do(case_id, "assess", {"urgency": "P3", "situations": ["petition"]}).status_code == 200
    close(case_id, supervisor, handler)
    assert supervisor.case(case_id)["appeal_until"] > later(days=28)
    assert "erase" not in administrator.case(case_id)["actions"]
    refused(administrator.do(case_id, "erase", body), 409, "appeal-open")
    assert "archive" not in supervisor.case(case_id)["actions"]
    refused(supervisor.do(case_id, "archive"), 409, "appeal-open")
    case_id = a_case(intake, supervisor)["case_id"]
    assert supervisor.do(case_id, "assess", {"urgency": "P3", "situations": ["petition"]}).status_code == 200
    close(case_id, supervisor, handler)
    assert supervisor.do(case_id, "rework", {"reason": "补充调查"}).status_code == 200
    settle(case_id, handler, supervisor)  # the rework is supervised
    assert supervisor.do(case_id, "withdraw", {"reason": "双方和解"}).status_code == 200
    assert supervisor.case(case_id)["appeal_until"] is None
    assert supervisor.do(case_id, "archive").status_code == 200, "what was withdrawn has no decision to appeal"
    case_id = a_case(intake, supervisor)["case_id"]
    ground = {"ground": "other_authority", "right_route": "市场监管局"}
    assert supervisor.do(case_id, "refuse", ground).status_code == 200
    refused(administrator.do(case_id, "erase", body), 409, "supervised")
    assert handler.do(case_id, "answer-supervision", {"order": 1, "answer": "不属本局职权"}).status_code == 200
    assert supervisor.do(case_id, "lift-supervision", {"order": 1}).status_code == 200
    assert administrator.do(case_id, "erase", body).status_code == 200


def test_14_retention_proposes_what_the_policy_no_longer_keeps(intake, supervisor, handler, administrator):
    receipt = a_case(intake, supervisor)
    case_id = receipt["case_id"]
    bound_reviews(case_id, supervisor)
    close(case_id, supervisor, handler)
    await_reviews_over(case_id, supervisor)
    assert supervisor.do(case_id, "archive").status_code == 200

    def proposed(*more):
        code, found, error = control("retention", "run", "--json", "--institution", "demo-clinic", "--token",
                                     forge("retention", ["administrator"], ["*"]), *more)
        assert code == 0, error
        return found
    assert proposed()["items"] == [], "nothing is three years old"
    assert case_id not in json.dumps(proposed("--at", later(days=3 * 365 - 5)))
    entry = next(item for item in proposed("--at", later(days=3 * 366 + 5))["items"] if item["case_id"] == case_id)
    assert entry["years"] == 3 and not entry["erased"], "a rehearsal erases nothing"
    assert supervisor.case(case_id)["erased"] is False
    assert control("retention", "run", "--apply", "--at", later(days=2000))[0] == 2, "what is not yet due is not erased"
    code, _, error = control("retention", "run", "--institution", "nowhere", "--token", forge("retention", ["administrator"], ["*"]))
    assert code == 1 and '"nowhere" is none of the region' in error
    code, _, error = control("retention", "run", "--at", "garbage")
    assert code == 2 and '--at: "garbage" is no time: 2026-02-13 ' in error
    due = supervisor.case(case_id)["closed_at"][:10]
    years = int(due[:4]) + 3
    assert case_id not in json.dumps(proposed("--at", f"{years}{due[4:]}")), "its day begins before the case has ended"
    assert case_id in json.dumps(proposed("--at", f"{years + 1}-01-31 09:30"))
    assert administrator.do(case_id, "erase", {"reason": entry["reason"]}).status_code == 200
    assert case_id not in json.dumps(proposed("--at", later(days=3 * 366 + 5)))


def test_14_retention_tells_when_a_case_ended_that_was_withdrawn(intake, supervisor):
    case_id = a_case(intake, supervisor)["case_id"]
    for action, body in (("withdraw", {"reason": "已自行解决"}), ("archive", {}), ("reveal", {"reason": "核对"})):
        assert supervisor.do(case_id, action, body).status_code == 200
    ended = supervisor.has(case_id, "CaseWithdrawn")[0]["at"]
    code, found, error = control("retention", "run", "--json", "--institution", "demo-clinic", "--at", later(days=3 * 366 + 5),
                                 "--token", forge("retention", ["administrator"], ["*"]))
    assert code == 0, error
    entry = next(item for item in found["items"] if item["case_id"] == case_id)
    assert entry["closed_at"] is None and entry["ended_at"] == ended < supervisor.case(case_id)["updated_at"]


def listed(person, asked, case_id):
    """Whether somebody's list, as asked for, holds the case."""
    answer = person.get(f"/v1/cases?limit=200{asked}")
    assert answer.status_code == 200, answer.text
    return case_id in {item["case_id"] for item in answer.json()["items"]}


def test_13_a_grant_opens_one_case_for_its_time_and_ends_by_itself(intake, supervisor, administrator):
    receipt, other = a_case(intake, supervisor), a_case(intake, supervisor)
    case_id = receipt["case_id"]
    nurse = staff("shen-yue")
    assert nurse.case(case_id) is None
    body = {"staff": "shen-yue", "role": "handler", "until": later(seconds=20), "reason": "跨院会诊"}
    refused(supervisor.do(case_id, "grant", body), 403, "role-not-allowed")
    for field, wrong, status in (("role", "administrator", 422), ("staff", "nobody", 422), ("until", later(days=91), 400),
                                 ("until", later(seconds=-1), 400), ("until", "tomorrow-or-later-than", 400), ("reason", "", 400)):
        answer = administrator.do(case_id, "grant", {**body, field: wrong})
        assert (answer.status_code, answer.json()["field"]) == (status, field), answer.text
    own = {**body, "staff": "region-administrator"}
    refused(administrator.do(case_id, "grant", own), 409, "own-grant")
    assert administrator.do(case_id, "grant", body).status_code == 200
    assert nurse.case(case_id)["narrative"] and nurse.timeline(case_id) and nurse.case(other["case_id"]) is None
    for asked in ("", "&institution=demo-clinic", "&status=triaged"):
        assert listed(nurse, asked, case_id) and not listed(nurse, asked, other["case_id"]), asked
    assert not listed(nurse, "&institution=first-hospital", case_id)
    assert nurse.do(case_id, "comment", {"comment": "会诊意见"}).status_code == 200
    refused(nurse.do(case_id, "close"), 403, "role-not-allowed")
    assert supervisor.has(case_id, "AccessGranted")[0]["actor"] == "region-administrator"
    wait_for("its end", lambda: nurse.case(case_id) is None, 60)
    assert not listed(nurse, "", case_id)
    assert nurse.do(case_id, "comment", {"comment": "过期"}, etag="*").status_code == 404


def test_13_a_grant_on_a_unit_lets_another_institution_handle_what_it_gets(intake, supervisor, administrator):
    unit, path = "donghu-hospital.relations", "/v1/units/donghu-hospital.relations/grants"
    stranger, body = staff("peng-lan"), {"staff": "peng-lan", "role": "handler", "reason": "代为处理"}
    before, after = a_case(intake, supervisor)["case_id"], a_case(intake, supervisor)["case_id"]

    def dispatched(case_id):
        for action, said in (("accept", {}), ("dispatch", {"unit": unit})):
            assert supervisor.do(case_id, action, said).status_code == 200
        return [alarm["kind"] for alarm in supervisor.case(case_id)["alarms"]]
    wait_for("no grant of another test", lambda: not administrator.get(path).json()["items"], 120)
    assert "no-assignee" in dispatched(before), "its handlers are of another institution"
    assert stranger.case(before) is None
    for person, code in ((supervisor, "role-not-allowed"), (holder("administrator"), "not-your-region")):
        refused(person.post(path, {**body, "until": later(seconds=60)}), 403, code)
        refused(person.get(path), 403, code)
    for field, wrong, status in (("role", "administrator", 422), ("staff", "nobody", 422), ("until", later(days=91), 400),
                                 ("reason", " ", 400)):
        answer = administrator.post(path, {**body, "until": later(seconds=60), field: wrong})
        assert (answer.status_code, answer.json()["field"]) == (status, field), answer.text
    refused(administrator.post("/v1/units/nowhere/grants", {**body, "until": later(seconds=60)}), 404, "not-found")
    refused(administrator.post(path, {**body, "staff": "region-administrator", "until": later(seconds=60)}), 409, "own-grant")
    body["until"], key = later(seconds=30), str(uuid.uuid4())
    granted = administrator.post(path, body, key=key)
    assert granted.status_code == 201, granted.text
    assert administrator.post(path, body, key=key).json() == granted.json(), "the same again is the same"
    refused(administrator.post(path, {**body, "reason": "另一原因"}, key=key), 422, "idempotency-key-reused")
    shown = [entry for entry in administrator.get(path).json()["items"] if entry["grant_id"] == granted.json()["grant_id"]]
    assert shown == [granted.json()] and shown[0]["granted_by"] == "region-administrator"
    assert "no-assignee" not in dispatched(after), "somebody can act for it now"
    for asked in ("", f"&unit={unit}", "&institution=demo-clinic"):
        assert listed(stranger, asked, before) and listed(stranger, asked, after), asked
    elsewhere = a_case(intake, supervisor)["case_id"]
    assert not listed(stranger, "", elsewhere) and not listed(stranger, "&institution=demo-clinic", elsewhere)
    for action, said in (("sign", {}), ("decide", {"outcome": "upheld", "findings": "属实"}), ("reply", {"reply": "已整改。"})):
        answer = stranger.do(after, action, said)
        assert answer.status_code == 200, (action, answer.text)
    wait_for("its end", lambda: stranger.case(after) is None, 60)
    assert stranger.do(before, "sign", etag="*").status_code == 404
    token = forge("region-administrator", ["administrator"], ["*"])
    code, made, error = control("grant", "unit", unit, "--staff", "shen-yue", "--role", "handler", "--until", later(seconds=2),
                                "--reason", "代班", "--token", token)
    assert code == 0 and made["staff"] == "shen-yue", error
    assert made["grant_id"] in json.dumps(control("grant", "list", unit, "--token", token)[1])


def test_13_a_broken_glass_is_seen_at_once_and_told(intake, supervisor):
    receipt = a_case(intake, supervisor)
    case_id, nurse = receipt["case_id"], staff("shen-yue")
    refused(nurse.do(case_id, "break-glass"), 400, "missing")
    refused(staff("demo-handler").do(case_id, "break-glass", {"reason": "本就可见"}), 409, "in-scope")
    assert nurse.do(str(uuid.uuid4()), "break-glass", {"reason": "危急"}).status_code == 404
    refused(holder("auditor", ["first-hospital"]).do(case_id, "break-glass", {"reason": "好奇"}), 404, "case-not-found")
    answer = nurse.do(case_id, "break-glass", {"reason": "来电者有危险，需要联系"})
    assert answer.status_code == 200, answer.text
    assert nurse.case(case_id)["narrative"]
    assert listed(nurse, "", case_id) and listed(nurse, "&institution=demo-clinic", case_id)
    fact = supervisor.has(case_id, "GlassBroken")[0]
    assert fact["actor"] == "shen-yue" and fact["data"]["reason"] and fact["data"]["roles"] == "handler"
    bound = datetime.datetime.fromisoformat(fact["at"]) + datetime.timedelta(hours=1, seconds=5)
    assert fact["data"]["until_ms"] <= bound.timestamp() * 1000
    assert [alarm for alarm in supervisor.case(case_id)["alarms"] if alarm["kind"] == "glass-broken"]

    def told():
        return {to for to, subject, _, _ in mails() if receipt["tracking_code"] in subject
                and ("越权查看" in subject or "GLASS BROKEN" in subject)}
    wait_for("supervisor and auditor", lambda: told() >= {"demo-supervisor@example.org", "auditor@example.org"}, 120)


def test_13_a_broken_glass_opens_what_an_emergency_needs_and_no_more(intake, supervisor):
    case_id, handler = a_case(intake, supervisor)["case_id"], staff("shen-yue")
    stranger = holder("handler", ["first-hospital"], ["demo-clinic.desk"])
    assert supervisor.do(case_id, "accept").status_code == supervisor.do(case_id, "dispatch", {"unit": "demo-clinic.desk"}).status_code == 200
    for person in (handler, stranger):
        assert person.do(case_id, "break-glass", {"reason": "来电者有危险，需要联系"}).status_code == 200
        problem = refused(person.do(case_id, "sign"), 403, "emergency-only")
        assert "sign" not in person.case(case_id)["actions"], problem
        assert {"comment", "assess", "message", "reveal"} <= set(person.case(case_id)["actions"])
    assert not set(handler.case(case_id)["actions"]) - {"acknowledge", "assess", "comment", "declare-conflict", "message", "request-reveal", "reveal", "transfer-emergency"}
    assert handler.do(case_id, "comment", {"comment": "已联系家属"}).status_code == 200
    assert handler.do(case_id, "assess", {"urgency": "P1"}).status_code == 200
    refused(handler.do(case_id, "assess", {"urgency": "P3", "reason": "已无危险"}), 403, "emergency-only")
    assert supervisor.case(case_id)["urgency"] == "P1" and supervisor.case(case_id)["handler"] == ""


def test_13_a_grant_on_a_unit_reaches_the_cases_that_it_co_handles(intake, supervisor, administrator):
    case_id, unit = a_case(intake, supervisor)["case_id"], "first-hospital.nursing"
    stand_in, handler = staff("xu-mo"), staff("demo-handler")
    for person, action, body in ((supervisor, "accept", {}), (supervisor, "dispatch", {"unit": "demo-clinic.desk"}), (handler, "sign", {})):
        assert person.do(case_id, action, body).status_code == 200
    granted = administrator.post(f"/v1/units/{unit}/grants", {"staff": "xu-mo", "role": "handler", "until": later(seconds=30), "reason": "协办"})
    assert granted.status_code in (200, 201), granted.text
    assert stand_in.case(case_id) is None and not listed(stand_in, "", case_id)
    assert supervisor.do(case_id, "add-co-handler", {"unit": unit, "note": "核查"}).status_code == 200
    assert "no-assignee" not in [alarm["kind"] for alarm in supervisor.case(case_id)["alarms"]], "somebody co-handles it by a grant"
    for asked in ("", "&institution=demo-clinic"):
        assert listed(stand_in, asked, case_id), asked
    assert set(stand_in.case(case_id)["actions"]) - {"acknowledge"} == {"answer-co-handling", "declare-conflict", "report-stage"}
    assert stand_in.get(f"/v1/cases/{case_id}/timeline").status_code == 200
    refused(stand_in.do(case_id, "decide", {"outcome": "upheld", "findings": "属实"}), 403, "not-your-unit")
    answer = stand_in.do(case_id, "answer-co-handling", {"answer": "护理记录完整"})
    assert answer.status_code == 200, answer.text
    wait_for("its end", lambda: stand_in.case(case_id) is None and not listed(stand_in, "", case_id), 60)


def test_13_who_is_named_in_a_case_does_not_see_it(intake, supervisor):
    receipt = a_case(intake, supervisor)
    case_id, colleague = receipt["case_id"], staff("demo-colleague")
    assert colleague.case(case_id)
    other = {"kind": "staff", "title": "护士", "staff_code": "Demo-Colleague"}
    problem = refused(supervisor.do(case_id, "concern-person", other), 422, "unknown-code")
    assert problem["field"] == "staff_code" and colleague.case(case_id)
    named = supervisor.do(case_id, "concern-person", {"kind": "staff", "title": "护士", "staff_code": "demo-colleague"})
    assert named.status_code == 200, named.text
    assert colleague.case(case_id) is None and case_id not in colleague.get("/v1/cases?limit=200").text
    assert colleague.get(f"/v1/cases/{case_id}/export").status_code == 403
    assert isinstance(colleague, Staff) and os.environ["REDRESS_LEDGER_URL"] == colleague.url and mint("demo-colleague")


def test_11_a_handler_whose_grant_has_ended_is_told_to_the_bureau(intake, supervisor, administrator):
    unit, stranger = "anning-centre.outpatient", staff("cao-bin")
    case_id = a_case(intake, supervisor)["case_id"]
    body = {"staff": "cao-bin", "role": "handler", "reason": "代为处理", "until": later(seconds=12)}
    assert administrator.post(f"/v1/units/{unit}/grants", body, key=str(uuid.uuid4())).status_code == 201
    for person, action, said in ((supervisor, "accept", {}), (supervisor, "dispatch", {"unit": unit}), (stranger, "sign", {})):
        assert person.do(case_id, action, said).status_code == 200, action

    def alarms():
        return [alarm["kind"] for alarm in supervisor.case(case_id)["alarms"]].count("no-assignee")
    told = alarms()
    wait_for("the grant's end", lambda: stranger.case(case_id) is None)
    assert supervisor.do(case_id, "comment", {"comment": "问一下进展"}).status_code == 200
    wait_for("the alarm", lambda: alarms() == told + 1)
    assert supervisor.do(case_id, "comment", {"comment": "再问一次"}).status_code == 200
    assert alarms() == told + 1, "once"


def test_13_a_reviewer_with_a_handlers_grant_sees_who_the_complainant_is(intake, supervisor, administrator):
    case_id, reviewer = a_case(intake, supervisor)["case_id"], staff("su-qing")
    grant = {"staff": "su-qing", "role": "handler", "reason": "代为处理", "until": later(seconds=60)}
    assert administrator.do(case_id, "grant", grant).status_code == 200
    assert "reveal" in reviewer.case(case_id)["actions"]
    answer = reviewer.do(case_id, "reveal", {"reason": "需回访"})
    assert answer.status_code == 200 and answer.json()["revealed"]["name"] == "周晓岚", answer.text


def alarms_of(person, case_id, kind="no-assignee"):
    """How many alarms of this kind the case has."""
    return [alarm["kind"] for alarm in person.case(case_id)["alarms"]].count(kind)


def tells_once(case_id, person, stranger, told):
    """What ended with somebody's grant is told with the case's next fact, once."""
    wait_for("the grant's end", lambda: stranger.case(case_id) is None)
    for _ in range(2):
        assert person.do(case_id, "comment", {"comment": "问一下进展"}).status_code == 200
        assert alarms_of(person, case_id) == told + 1


def test_2_a_co_handler_whose_last_grant_has_ended_is_told_to_the_bureau(intake, supervisor, handler, administrator):
    case_id, unit, stranger = a_case(intake, supervisor)["case_id"], "anning-centre.ward", staff("he-jing")
    for person, action, body in ((supervisor, "accept", {}), (supervisor, "dispatch", {"unit": "demo-clinic.desk"}), (handler, "sign", {})):
        assert person.do(case_id, action, body).status_code == 200
    body = {"staff": "he-jing", "role": "handler", "reason": "协办", "until": later(seconds=12)}
    assert administrator.post(f"/v1/units/{unit}/grants", body, key=str(uuid.uuid4())).status_code == 201
    assert supervisor.do(case_id, "add-co-handler", {"unit": unit, "note": "核查"}).status_code == 200
    assert stranger.case(case_id) is not None
    tells_once(case_id, supervisor, stranger, alarms_of(supervisor, case_id))


def test_2_a_reviewer_whose_grant_has_ended_is_told_to_the_bureau(intake, supervisor, handler, administrator):
    case_id, stranger = a_case(intake, supervisor)["case_id"], staff("he-jing")
    close(case_id, supervisor, handler)
    chief, grant = staff("lin-zhiyuan"), {"staff": "gao-min", "role": "reviewer", "reason": "代为复查"}
    for subject in ("ren-shan", "su-qing"):
        assert chief.do(case_id, "declare-conflict", {"staff": subject, "reason": "亲属"}).status_code == 200
    assert administrator.do(case_id, "grant", {**grant, "until": later(seconds=12)}).status_code == 200
    assert administrator.do(case_id, "grant", {**grant, "staff": "he-jing", "until": later(seconds=12)}).status_code == 200
    assert supervisor.do(case_id, "review", {"reason": "不服"}).status_code == 200
    told = alarms_of(supervisor, case_id)
    assert "decide-review" in staff("gao-min").case(case_id)["actions"]
    tells_once(case_id, supervisor, stranger, told)
    assert "decide-review" not in staff("gao-min").case(case_id)["actions"]


def test_2_who_took_a_case_over_by_a_grant_is_told_at_its_end(intake, supervisor, handler, administrator):
    case_id, stranger = a_case(intake, supervisor)["case_id"], staff("he-jing")
    for person, action, body in ((supervisor, "accept", {}), (supervisor, "dispatch", {"unit": "demo-clinic.desk"}), (handler, "sign", {}),
                                 (handler, "declare-conflict", {"staff": "demo-handler", "reason": "亲属"})):
        assert person.do(case_id, action, body).status_code == 200
    grant = {"staff": "he-jing", "role": "handler", "reason": "代为处理", "until": later(seconds=12)}
    assert administrator.do(case_id, "grant", grant).status_code == 200
    assert stranger.do(case_id, "investigate").status_code == 200
    assert supervisor.case(case_id)["handler"] == "he-jing"
    assert supervisor.has(case_id, "InvestigationStarted")[0]["data"]["handled_until_ms"] > 0
    tells_once(case_id, supervisor, stranger, alarms_of(supervisor, case_id))


def test_8_a_broken_glass_on_a_closed_case_alarms_and_exports_nothing(intake, supervisor, handler):
    case_id, stranger = a_case(intake, supervisor)["case_id"], staff("tang-wei")
    close(case_id, supervisor, handler)
    assert stranger.do(case_id, "break-glass", {"reason": "来电者有危险"}).status_code == 200
    assert alarms_of(supervisor, case_id, "glass-broken") == 1
    assert stranger.case(case_id)["narrative"]
    refused(stranger.get(f"/v1/cases/{case_id}/export"), 403, "emergency-only")
    assert supervisor.get(f"/v1/cases/{case_id}/export").status_code == 200
    alarm = next(alarm for alarm in supervisor.case(case_id)["alarms"] if alarm["kind"] == "glass-broken")
    wait_for("its escalation", lambda: next(one for one in supervisor.case(case_id)["alarms"] if one["alarm_id"] == alarm["alarm_id"])["escalates_at"])
    assert supervisor.do(case_id, "acknowledge", {"alarm_id": alarm["alarm_id"]}).status_code == 200
