"""Somebody may be about to die: what tells of it waits for nothing else on its way to the ledger."""

import contextlib
import os
import signal
import uuid

import psycopg
from confluent_kafka import Producer
from conftest import ENV, read_topic, submission, supervise, wait_for
from redress.v1 import proposals_pb2, types_pb2

ORDINARY, URGENT = "redress.proposals", "redress.proposals.urgent"
BACKLOG = 24000
CRISIS = "我准备好了药，今晚就结束自己的生命。"


def headers_of(message, source):
    """CloudEvents headers of a proposal."""
    return [("ce_specversion", b"1.0"), ("ce_id", message.meta.proposal_id.encode()),
            ("ce_type", message.DESCRIPTOR.full_name.encode()), ("ce_source", f"redress/{source}".encode())]


def propose(kind, case_id, source, **fields):
    """A proposal of this kind for a case of the first hospital."""
    meta = types_pb2.ProposalMeta(proposal_id=str(uuid.uuid4()), case_id=case_id, tenant="first-hospital", source=source, proposed_at_ms=1)
    return getattr(proposals_pb2, kind)(meta=meta, **fields)


def publish_all(messages):
    """(topic, proposal) of each, delivered."""
    producer = Producer({"bootstrap.servers": ENV["REDRESS_KAFKA_BROKERS"], "partitioner": "murmur2_random", "linger.ms": 20,
                         "queue.buffering.max.messages": 1000000})
    for topic, message in messages:
        producer.produce(topic, key=message.meta.case_id.encode(), value=message.SerializeToString(),
                         headers=headers_of(message, message.meta.source))
        producer.poll(0)
    assert producer.flush(60) == 0


def make_case(intake, supervisor, **said):
    """The id of an assessed case, whose clocks run for days unless something else is said."""
    case_id = intake.post("/v1/submissions", submission(**{"narrative": "请问门诊几点开门？", **said})).json()["case_id"]
    wait_for("its assessment", lambda: supervisor.has(case_id, "CaseAssessed"))
    return case_id


def danger(case_id):
    """What triage proposes where its complainant writes of a suicide."""
    return propose("AssessCase", case_id, "triage", category="other", urgency=types_pb2.URGENCY_P1, crisis=types_pb2.CRISIS_LEVEL_R4,
                   lexicon_version="test@1", of_later_text=True)


def delivered(case_id):
    """A proposal that always becomes a fact."""
    return propose("RecordDelivery", case_id, "notification", delivery_id=str(uuid.uuid4()), occasion_sequence=1, channel="email",
                   recipient="complainant", template="received", state=types_pb2.DELIVERY_STATE_SENT, attempts=1)


def rows(sql, *arguments):
    """Of a query as the administrator."""
    with psycopg.connect(ENV["REDRESS_POSTGRES_ADMIN_URL"]) as connection:
        return connection.execute(sql, arguments).fetchall()


def facts_of(proposals):
    """(case id, sequence, type, when it was decided) of the facts that these have led to."""
    causes = [proposal.meta.proposal_id for proposal in proposals]
    return rows("SELECT case_id::text, seq, type, decided_at FROM ledger.case_events WHERE cause_id = ANY(%s::uuid[]) ORDER BY 1, 2", causes)


def stands_at_the_end(topic):
    """Whether the ledger has decided all that is there."""
    stored = rows("SELECT sum(greatest(next_offset, 0))::bigint FROM ledger.kafka_offset WHERE topic = %s", topic)[0][0]
    return stored == len(read_topic(topic))


@contextlib.contextmanager
def standing_still():
    """The stack's ledger, as if others had its processor; for less than Kafka's patience with it."""
    pid = int(supervise("pid", "ledger"))
    os.kill(pid, signal.SIGSTOP)
    try:
        yield pid
    finally:
        os.kill(pid, signal.SIGCONT)


def backlog_of(cases):
    """Ordinary proposals, for each of the cases in turn."""
    return [delivered(cases[number % len(cases)]) for number in range(BACKLOG)]


def test_a_crisis_does_not_wait_for_a_backlog(intake, supervisor):
    alone, amid, *others = (make_case(intake, supervisor) for _ in range(5))
    backlog = backlog_of([amid, *others])
    crises = [danger(alone), danger(amid)]
    with standing_still():
        publish_all([(ORDINARY, message) for message in backlog])
        publish_all([(URGENT, message) for message in crises])
    wait_for("the whole backlog", lambda: len(facts_of(backlog)) == BACKLOG)
    done, found = facts_of(backlog), facts_of(crises)
    for case_id in (alone, amid):
        assert [kind for case, _, kind, _ in found if case == case_id] == ["redress.v1.CaseAssessed", "redress.v1.AlarmRaised"]
    last = max(decided for *_, decided in done)
    assert all(decided < last for *_, decided in found), "they were decided after all that came before them"
    seq_of = {case: seq for case, seq, *_ in found}
    assert seq_of[amid] < max(seq for case, seq, *_ in done if case == amid), "of one case, both ways at once"


def test_a_ledger_that_dies_amid_both_loses_and_doubles_nothing(intake, supervisor):
    cases = [make_case(intake, supervisor) for _ in range(4)]
    backlog, crises = backlog_of(cases)[:BACKLOG // 4], [danger(case_id) for case_id in cases]
    with standing_still() as pid:
        publish_all([(ORDINARY, message) for message in backlog])
        publish_all([(URGENT, message) for message in crises for _ in range(2)])
        publish_all([(ORDINARY, message) for message in crises])  # by one of before there was another topic
    wait_for("some of it", lambda: facts_of(backlog + crises))
    os.kill(pid, signal.SIGKILL)
    wait_for("all of it", lambda: len(facts_of(backlog)) == len(backlog) and stands_at_the_end(URGENT) and stands_at_the_end(ORDINARY))
    assert sorted(kind for _, _, kind, _ in facts_of(crises)) == sorted(["redress.v1.CaseAssessed", "redress.v1.AlarmRaised"] * len(cases))
    wait_for("the ledger", lambda: supervisor.case(cases[0]))


def kinds_on(topic, case_id):
    """Of the proposals of a case."""
    return [headers["ce_type"].removeprefix("redress.v1.") for key, _, headers in read_topic(topic) if key == case_id.encode()]


def test_triage_and_sla_timer_send_what_is_urgent_its_own_way(intake, supervisor):
    case_id = make_case(intake, supervisor, institution="demo-clinic", narrative=CRISIS)
    wait_for("the next steps of its alarm's ladder", lambda: len(supervisor.has(case_id, "CaseEscalated")) >= 2)
    urgent, ordinary = kinds_on(URGENT, case_id), kinds_on(ORDINARY, case_id)
    assert {"AssessCase", "ArmClock", "BreachClock"} == set(urgent)
    assert urgent.count("AssessCase") == 1 and urgent.count("BreachClock") >= 2
    assert "SubmitCase" in ordinary and "ArmClock" in ordinary and "AssessCase" not in ordinary
    calm = make_case(intake, supervisor)
    assert "AssessCase" in kinds_on(ORDINARY, calm) and "AssessCase" not in kinds_on(URGENT, calm)
