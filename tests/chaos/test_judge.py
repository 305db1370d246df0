"""The judge is judged: one small real run is clean, and each wrong that is done to a copy of it is named."""

import base64
import json
import shutil
import uuid

import pytest
from evidence import Run, Unjudgeable, Verdict

import judge
import privacy
import recording
from forgery import DELIVERIES, EVENTS, FACTS, copy_of
from notices import is_of_no_case
from redress.v1 import proposals_pb2, types_pb2
from topics import TOPICS
from wrongs import change_history, named, place_of, repeat, wait

CASES = "ledger/ledger.cases.jsonl"


def test_a_real_run_is_clean(recorded):
    verdict = judge.judge(recorded)
    assert verdict.findings == []
    assert verdict.figures["cases"] >= 9 and verdict.figures["commands"] >= 15 and verdict.figures["mails"] >= 10
    assert verdict.figures["clock_lateness_ms"]["count"] >= 2


def test_a_history_written_anew_without_a_change_is_clean(forgery):
    change_history(forgery, forgery.find("CaseEscalated"), lambda facts: None)
    assert named(forgery) == set()


@pytest.mark.parametrize("name", [EVENTS, CASES, DELIVERIES, "ledger/analytics.measures.jsonl"])
def test_a_deleted_row_is_missed(forgery, name):
    victim = forgery.find("CaseReplied")
    forgery.drop(name, lambda row: row["case_id"] == victim.case_id and row.get("seq", victim.seq) == victim.seq)
    expected = {EVENTS: "sequence-gap", CASES: "state-differs", DELIVERIES: "notice-missing"}
    assert expected.get(name, "aggregate") in named(forgery)


def test_a_service_that_crashed_is_named(forgery):
    log = forgery.path / "log" / "supervisord.log"
    log.write_text(log.read_text() + "2026-03-02 09:00:00,001 WARN exited: ledger-2 (terminated by SIGSEGV; not expected)\n"
                   "2026-03-02 09:00:01,001 WARN exited: triage (terminated by SIGKILL; not expected)\n")
    assert named(forgery) == {"crashed"}


def test_an_acknowledged_submission_without_a_case_is_lost(forgery):
    _, request = forgery.journal(lambda line: line["key"].startswith("good-3-"))
    case_id = request["answer"]["case_id"]
    for name in ["ledger.case_events", "ledger.cases", "ledger.clocks", "notification.deliveries", "analytics.measures"]:
        forgery.change(f"ledger/{name}.jsonl", lambda rows: [row for row in rows if row["case_id"] != case_id])
    forgery.drop(FACTS, lambda line: line["key"] == case_id)
    assert "lost" in named(forgery)


def test_an_acknowledgement_of_nothing_is_lost(forgery):
    name, request = forgery.journal(lambda line: line["kind"] == "submit-http" and line["outcome"] == "refused")
    forgery.rewrite(name, request["n"], outcome="acknowledged", answer={"case_id": str(uuid.uuid4())})
    assert "lost" in named(forgery)


def double_case(forgery, original):
    """The same content under a second case id."""
    second = str(uuid.uuid4())
    facts = forgery.facts(original)
    line = next(line for line in forgery.rows(FACTS) if line["key"] == original)
    forgery.change(FACTS, lambda lines: lines + [{**line, "key": second}])
    forgery.change(CASES, lambda rows: rows + [{**row, "case_id": second} for row in rows if row["case_id"] == original])
    for fact in facts:
        fact.case_id = fact.message.meta.case_id = second
    forgery.replace_history(second, facts)


def test_a_doubled_case_is_named(forgery):
    double_case(forgery, forgery.find("CaseReplied").case_id)
    assert "doubled" in named(forgery)


def test_an_unheard_submission_may_be_one_case_but_not_two(forgery):
    name, request = forgery.journal(lambda line: line["key"].startswith("good-0-"))
    forgery.rewrite(name, request["n"], outcome="unknown", answer=None, status=None)
    assert named(forgery) == set()
    double_case(forgery, request["answer"]["case_id"])
    assert "doubled" in named(forgery)


def test_a_case_of_a_refused_submission_is_named(forgery):
    name, request = forgery.journal(lambda line: line["key"].startswith("good-0-"))
    forgery.rewrite(name, request["n"], outcome="refused", status=422, answer={"code": "unknown-code"})
    assert "refused-yet-case" in named(forgery)


def test_a_case_that_nobody_submitted_is_named(forgery):
    name, request = forgery.journal(lambda line: line["key"].startswith("good-1-"))
    forgery.forget(name, request["n"])
    assert "unexplained" in named(forgery)


def test_a_second_body_under_one_key_is_named(forgery):
    name, request = forgery.journal(lambda line: line["key"].startswith("again-") and line["outcome"] == "refused")
    forgery.rewrite(name, request["n"], outcome="acknowledged")
    assert "key-reused" in named(forgery)


def test_a_receipt_that_says_something_else_is_named(forgery):
    name, request = forgery.journal(lambda line: line["key"].startswith("good-2-"))
    forgery.rewrite(name, request["n"], answer={**request["answer"], "promised_at": "2031-01-01T00:00:00.000+08:00"})
    assert named(forgery) == {"receipt-differs"}


def test_a_refused_record_without_a_dead_letter_is_named(forgery):
    forgery.drop("topics/dead-letters.jsonl", lambda line: line["key"].startswith("record-2-"))
    assert named(forgery) == {"refusal-silent"}


def test_swapped_facts_are_named(forgery):
    fact = forgery.find("CaseEscalated")

    def swap(facts):
        place = place_of(facts, fact)
        before = max(other for other in range(place) if facts[other].decided_ms < fact.decided_ms)  # not of the same moment
        facts[before], facts[place] = facts[place], facts[before]
    change_history(forgery, fact, swap)
    assert "time-backwards" in named(forgery)


def test_messages_in_the_wrong_order_are_named(forgery):
    case_id = forgery.find("CaseEscalated").case_id
    lines = [line for line in forgery.rows(FACTS) if line["key"] == case_id]
    first, second = lines[3], lines[4]
    offsets = {first["offset"]: second["offset"], second["offset"]: first["offset"]}
    forgery.change(FACTS, lambda rows: [{**row, "offset": offsets.get(row["offset"], row["offset"])}
                                        if row["key"] == case_id else row for row in rows])
    assert named(forgery) == {"fact-order"}


def test_a_fact_that_is_not_on_the_topic_is_named(forgery):
    case_id = forgery.find("CaseClosed").case_id
    last = max((line for line in forgery.rows(FACTS) if line["key"] == case_id), key=lambda line: line["offset"])
    forgery.drop(FACTS, lambda line: line == last)
    assert named(forgery) == {"fact-unpublished"}


def test_a_fact_published_again_is_only_counted(recorded, forgery):
    before = judge.judge(recorded).figures["facts_published_again"]
    line = forgery.rows(FACTS)[0]
    forgery.change(FACTS, lambda lines: lines + [{**line, "offset": 1_000_000}])
    verdict = judge.judge(forgery.path)
    assert verdict.findings == [] and verdict.figures["facts_published_again"] == before + 1


def flip(data, place):
    """The bytes with one bit turned."""
    return data[:place] + bytes([data[place] ^ 1]) + data[place + 1:]


def test_a_changed_byte_on_the_topic_is_named(forgery):
    forgery.change(FACTS, lambda lines: [{**lines[0], "value": base64.b64encode(
        flip(base64.b64decode(lines[0]["value"]), -2)).decode()}] + lines[1:])
    assert named(forgery) == {"fact-differs"}


def test_a_changed_byte_in_the_ledger_is_named(forgery):
    def change(rows):
        payload = bytes.fromhex(rows[0]["payload"][2:])
        return [{**rows[0], "payload": "\\x" + flip(payload, len(payload) - 2).hex()}] + rows[1:]
    forgery.change(EVENTS, change)
    assert {"chain-broken", "fact-differs"} <= named(forgery)


def test_a_broken_hash_is_named(forgery):
    victim = forgery.find("CaseEscalated")
    forgery.change(EVENTS, lambda rows: [
        {**row, "hash": "\\x" + "00" * 32} if (row["case_id"], row["seq"]) == (victim.case_id, victim.seq) else row
        for row in rows])
    assert "chain-broken" in named(forgery)


@pytest.mark.parametrize("kind, due", [("ClockBreached", "due_at_ms"), ("ClockWarned", "warn_at_ms"),
                                       ("CaseEscalated", "due_at_ms")])
def test_a_clock_that_fires_early_is_named(forgery, kind, due):
    fact = forgery.find(kind)

    def delay(facts):
        name = f"escalation-{fact.message.ordinal}" if kind == "CaseEscalated" else fact.message.name
        armed = [other for other in facts if other.name == "ClockArmed" and other.seq < fact.seq
                 and other.message.terms.name == name][-1]
        setattr(armed.message.terms, due, fact.message.meta.decided_at_ms + 1)
    change_history(forgery, fact, delay)
    assert "clock-early" in named(forgery)


def test_a_clock_that_fires_after_its_stop_is_named(forgery):
    stopped = forgery.find("ClockStopped", name="resolution")

    def fire(facts):
        fired = copy_of(forgery.find("ClockBreached"))
        fired.case_id = fired.message.meta.case_id = stopped.case_id
        fired.tenant = fired.message.meta.tenant = stopped.tenant
        fired.message.name, fired.message.version = "resolution", stopped.message.version
        fired.message.meta.decided_at_ms = facts[-1].message.meta.decided_at_ms
        fired.message.meta.cause_id = str(uuid.uuid4())
        facts.append(fired)
    change_history(forgery, stopped, fire)
    assert "clock-after-stop" in named(forgery)


@pytest.mark.parametrize("kind", ["ClockBreached", "ClockWarned", "CaseEscalated"])
def test_a_clock_that_fires_twice_is_named(forgery, kind):
    fact = forgery.find(kind)
    change_history(forgery, fact, repeat(fact, str(uuid.uuid4())))
    assert {"clock-twice", "clock-unknown", "clock-after-stop"} & named(forgery)


def test_a_clock_that_never_fires_is_missed(forgery):
    fact = forgery.find("ClockBreached")

    def cut(facts):
        del facts[place_of(facts, fact):]
    change_history(forgery, fact, cut)
    wait(forgery)
    assert "clock-missed" in named(forgery)


def test_a_clock_that_was_never_armed_is_named(forgery):
    _, request = forgery.journal(lambda line: line["key"].startswith("good-0-"))
    fact = forgery.facts(request["answer"]["case_id"])[0]
    change_history(forgery, fact, lambda facts: [facts.remove(other) for other in list(facts)
                                                 if other.name == "ClockArmed"])
    wait(forgery)
    assert "clock-unarmed" in named(forgery)


def mail_with(forgery, text):
    """The latest mail of a case that contains this text in its raw form and that the snapshot calls sent: others came later."""
    sent = {row["delivery_id"] for row in forgery.rows(DELIVERIES) if row["state"] == "sent" and not is_of_no_case(row)}
    return next(path for path in sorted((forgery.path / "mail" / "new").iterdir(), reverse=True)
                if text in path.read_text() and any(f"<{identity}@" in path.read_text() for identity in sent))


def test_a_mail_that_is_not_there_is_missed(forgery):
    mail_with(forgery, "Message-ID").unlink()
    assert named(forgery) == {"notice-missing"}


def test_half_a_mail_did_not_arrive(forgery):
    path = mail_with(forgery, "Message-ID")
    half = forgery.path / "mail" / "tmp" / path.name
    half.parent.mkdir(exist_ok=True)
    half.write_text("")
    assert named(forgery) == set()
    path.rename(half)
    assert named(forgery) == {"notice-missing"}


def test_the_same_mail_twice_is_only_counted(recorded, forgery):
    before = judge.judge(recorded).figures["mails_repeated"]
    path = mail_with(forgery, "Message-ID")
    shutil.copy(path, path.with_name("again"))
    verdict = judge.judge(forgery.path)
    assert verdict.findings == [] and verdict.figures["mails_repeated"] == before + 1


def test_a_notice_under_a_second_message_id_is_named(forgery):
    path = mail_with(forgery, "Message-ID")
    lines = [line if not line.startswith("Message-ID") else f"Message-ID: <{uuid.uuid4()}@redress>"
             for line in path.read_text().splitlines()]
    path.with_name("again").write_text("\n".join(lines))
    assert named(forgery) == {"notice-doubled"}


def test_a_mail_to_somebody_else_is_named(forgery):
    path = mail_with(forgery, "Message-ID")
    path.write_text(path.read_text().replace("@example.org", "@example.com"))
    assert "notice-misled" in named(forgery)


def test_a_web_hook_that_was_not_called_is_missed(forgery):
    forgery.change("hooks.jsonl", lambda lines: lines[1:])
    assert named(forgery) == {"notice-missing"}


def test_a_delivery_that_nothing_calls_for_is_named(forgery):
    forgery.change(DELIVERIES, lambda rows: rows + [{**next(row for row in rows if not is_of_no_case(row)),
                                                     "delivery_id": str(uuid.uuid4())}])
    assert named(forgery) == {"notice-unexpected"}


def test_a_calendar_that_is_missing_may_be_told_once(forgery):
    path = mail_with(forgery, "Message-ID")
    told = {"case_id": str(uuid.uuid4()), "tenant": "bureau", "channel": "email", "recipient": "staff:nobody", "attempts": 1,
            "fact_type": "CalendarMissing", "parameters": '{"year":"2027"}', "occasion_sequence": 4, "state": "sent", "failure": ""}
    for identity, finding in ((str(uuid.uuid4()), set()), (str(uuid.uuid4()), {"notice-doubled"})):
        lines = [line if not line.startswith("Message-ID") else f"Message-ID: <{identity}@redress>" for line in path.read_text().splitlines()]
        path.with_name(identity).write_text("\n".join([*lines, "The calendar is missing."]))
        row = {**told, "delivery_id": identity}
        forgery.change(DELIVERIES, lambda rows, row=row: rows + [{**rows[0], **row}])
        assert named(forgery) == finding


@pytest.mark.parametrize("name, column", [("daily", "received"), ("daily", "responded_on_time"),
                                          ("response_seconds", "cases"), ("handlings", "facts"),
                                          ("due_days", "owed"), ("response_classes", "cases"),
                                          ("response_months", "cases")])
def test_an_aggregate_that_is_off_by_one_is_named(forgery, name, column):
    forgery.change(f"ledger/analytics.{name}.jsonl", lambda rows: [{**rows[0], column: rows[0][column] + 1}] + rows[1:])
    assert named(forgery) == {"aggregate"}


def test_an_indicator_that_is_off_by_one_is_named(forgery):
    def change(rows):
        rows[0]["indicators"][0]["answer"]["accepted"] += 1
        return rows
    forgery.change("snapshot.json", change)
    assert named(forgery) == {"aggregate"}


@pytest.mark.parametrize("name", ["log/intake.log", "redis.jsonl", "hooks.jsonl"])
def test_a_planted_datum_in_a_file_is_named(forgery, name):
    text = (forgery.path / name).read_text()
    if name == "hooks.jsonl":
        call = json.loads(text.splitlines()[0])
        text = json.dumps({**call, "path": recording.PHONE}) + "\n" + "\n".join(text.splitlines()[1:]) + "\n"
    else:
        text += json.dumps({"key": "x", "value": f"call {recording.PHONE}"}) + "\n"
    (forgery.path / name).write_text(text)
    assert named(forgery) == {"personal-data"}


def test_a_planted_datum_in_a_binary_column_is_named(forgery):
    forgery.change("ledger/notification.contacts.jsonl",
                   lambda rows: [{**rows[0], "sealed": "\\x" + recording.NAME.encode().hex()}] + rows[1:])
    assert named(forgery) == {"personal-data"}


SPACED = f"{recording.PHONE[:3]} {recording.PHONE[3:7]} {recording.PHONE[7:]}"
SEARCHED = [name for name in TOPICS if name != "inbound"]  # there integrators write themselves
MESSAGE = {"partition": 0, "offset": 1_000_000, "key": "", "headers": {}, "value": ""}


def of_privacy(forgery):
    """What the rule of privacy alone finds: to others such a message may be no message at all."""
    verdict = Verdict()
    privacy.judge_privacy(Run(forgery.path), verdict)
    return verdict.findings


@pytest.mark.parametrize("part", [{"value": base64.b64encode(SPACED.encode()).decode()}, {"key": recording.NAME},
                                  {"headers": {"redress_note": recording.PHONE}}])
@pytest.mark.parametrize("topic", SEARCHED)
def test_a_planted_datum_on_a_topic_is_named(forgery, topic, part):
    forgery.change(f"topics/{topic}.jsonl", lambda lines: lines + [{**MESSAGE, **part}])
    assert [finding["what"].rpartition(" ")[2] for finding in of_privacy(forgery)] == [f"redress.{topic}"]


@pytest.mark.parametrize("part, rules", [({"value": base64.b64encode(SPACED.encode()).decode(), "key": recording.NAME}, []),
                                         ({"headers": {"x": recording.PHONE}}, []),
                                         ({"headers": {"redress_reason_text": f"not one: {recording.PHONE}"}}, ["personal-data"])])
def test_in_an_integrators_dead_letter_a_datum_may_stand_where_the_integrator_put_it(forgery, part, rules):
    def write(lines):
        newest = max(lines, key=lambda line: line["headers"]["redress_dead_at"])
        assert newest["headers"]["redress_origin_topic"] == "redress.inbound"
        return lines + [{**newest, "offset": 1_000_000, **part, "headers": {**newest["headers"], **part.get("headers", {})}}]
    forgery.change("topics/dead-letters.jsonl", write)
    assert [finding["rule"] for finding in of_privacy(forgery)] == rules


@pytest.mark.parametrize("topic", SEARCHED)
def test_a_topic_that_was_not_collected_is_no_verdict(forgery, topic):
    (forgery.path / "topics" / f"{topic}.jsonl").unlink()
    with pytest.raises(Unjudgeable):
        judge.judge(forgery.path)


@pytest.mark.parametrize("recovery, rules", [([{"fault": 0, "ready_after_seconds": 29.9}], set()), ([], {"not-ready"}),
                                             ([{"fault": 0, "ready_after_seconds": 30.1}], {"not-ready"}),
                                             ([{"fault": 0, "ready_after_seconds": None}], {"not-ready"}),
                                             ([{"fault": 0, "ready_after_seconds": 49.9, "servers_after_seconds": 20}], set()),
                                             ([{"fault": 0, "ready_after_seconds": 50.1, "servers_after_seconds": 20}], {"not-ready"}),
                                             ([{"fault": 0, "ready_after_seconds": None, "servers_after_seconds": 20}], {"not-ready"})])
def test_services_that_are_not_ready_in_time_are_named(forgery, recovery, rules):
    forgery.write("faults.jsonl", [{"at": 1, "until": 2, "target": "kafka", "kind": "kill", "detail": ""}])
    forgery.write("recovery.jsonl", recovery)
    assert named(forgery) == rules


def test_a_system_that_does_not_come_to_rest_is_named(forgery):
    forgery.change("snapshot.json", lambda rows: [{**rows[0], "busy": "redress-sla-timer is 7 records behind"}])
    assert named(forgery) == {"not-quiet"}


def test_a_dead_letter_of_a_fact_is_named(forgery):
    def give_up_a_fact(lines):
        newest = max(lines, key=lambda line: line["headers"]["redress_dead_at"])  # the topic may hold an earlier run's
        headers = {**newest["headers"], "redress_origin_topic": "redress.facts"}
        return lines + [{**newest, "offset": 1_000_000, "value": "", "headers": headers}]
    forgery.change("topics/dead-letters.jsonl", give_up_a_fact)
    assert named(forgery) == {"dead-letter"}


@pytest.mark.parametrize("topic", ["proposals", "proposals.urgent"])
def test_a_proposal_that_the_ledger_never_read_is_named(forgery, topic):
    def fall_behind(rows):
        return [{**row, "next_offset": 0} if row["topic"] == f"redress.{topic}" else row for row in rows]
    forgery.change("ledger/ledger.kafka_offset.jsonl", fall_behind)
    assert named(forgery) == {"proposal-unread"}


def put_on(forgery, topic, kind, value):
    """Another proposal before all that the ledger has read of one partition."""
    def added(lines):
        headers = {**lines[0]["headers"], "ce_type": f"redress.v1.{kind}"}
        return lines + [{**lines[0], "offset": -1, "headers": headers, "value": value}]
    forgery.change(f"topics/{topic}.jsonl", added)


@pytest.mark.parametrize("there, back, kind", [("proposals", "proposals.urgent", "AssessCase"), ("proposals", "proposals.urgent", "ArmClock"),
                                               ("proposals", "proposals.urgent", "BreachClock"),
                                               ("proposals.urgent", "proposals", "BreachClock")])
def test_a_proposal_on_the_other_topic_is_named(forgery, there, back, kind):
    moved = next(line for line in forgery.rows(f"topics/{there}.jsonl") if line["headers"].get("ce_type") == f"redress.v1.{kind}")
    put_on(forgery, back, kind, moved["value"])
    assert named(forgery) == {"proposal-misplaced"}


@pytest.mark.parametrize("proposal", [proposals_pb2.AssessCase(urgency=types_pb2.URGENCY_P1), proposals_pb2.ArmClock(urgent=True),
                                      proposals_pb2.AssessCase(crisis=types_pb2.CRISIS_LEVEL_R3)])
def test_an_urgent_proposal_among_the_others_is_named(forgery, proposal):
    put_on(forgery, "proposals", proposal.DESCRIPTOR.name, base64.b64encode(proposal.SerializeToString()).decode())
    assert named(forgery) == {"proposal-misplaced"}


def test_a_case_that_was_never_assessed_is_named(forgery):
    fact = forgery.find("CaseAssessed")
    change_history(forgery, fact, lambda facts: facts.__setitem__(
        slice(None), [other for other in facts if other.name != "CaseAssessed"]))
    wait(forgery)
    assert "unassessed" in named(forgery)


def test_evidence_that_is_not_there_is_no_verdict(forgery):
    (forgery.path / EVENTS).unlink()
    with pytest.raises(Unjudgeable):
        judge.judge(forgery.path)
