"""When a system under no load has nothing left to do: every queue is empty, nothing is due, nothing falls due soon."""

import os
import time

import psycopg
from confluent_kafka import Consumer, KafkaException, TopicPartition

GROUPS = {"redress-intake": ["redress.inbound"], "redress-triage": ["redress.facts"],
          "redress-triage-similar": ["redress.facts"],
          "redress-sla-timer": ["redress.facts"], "redress-analytics": ["redress.facts"],
          "redress-notification": ["redress.facts", "redress.contacts", "redress.notices"], "redress-ledger": ["redress.proposals"],
          "redress-ledger-urgent": ["redress.proposals.urgent"]}
SOON_S = 2  # a clock that is due within this time would fire while the evidence is taken

WAITING = {
    "facts wait in the outbox": "SELECT count(*) FROM ledger.outbox",
    "deliveries wait": "SELECT count(*) FROM notification.deliveries WHERE state = 'pending'",
    "deliveries are not reported": "SELECT count(*) FROM notification.deliveries WHERE NOT reported",
    "clocks are due or will be soon": f"""SELECT count(*) FROM ledger.clocks
        WHERE least(due_at, CASE WHEN warned THEN NULL ELSE warn_at END) < now() + interval '{SOON_S} seconds'""",
    "facts are younger than 3 s": """SELECT count(*) FROM ledger.case_events
        WHERE decided_at > now() - interval '3 seconds'""",
}


def lag_of(group, topics):
    """Records of these topics that a group has not committed yet."""
    reader = Consumer({"bootstrap.servers": os.environ["REDRESS_KAFKA_BROKERS"], "group.id": group,
                       "enable.auto.commit": False, "log_level": 0})
    try:
        lag = 0
        for topic in topics:
            partitions = [TopicPartition(topic, number) for number in reader.list_topics(topic, 10).topics[topic].partitions]
            for place in reader.committed(partitions, 10):
                end = reader.get_watermark_offsets(TopicPartition(topic, place.partition), 10)[1]
                lag += end - max(place.offset, 0)
        return lag
    finally:
        reader.close()


def why_not():
    """What still moves; None where nothing does."""
    try:
        with psycopg.connect(os.environ["REDRESS_POSTGRES_ADMIN_URL"], autocommit=True) as database:
            for what, sql in WAITING.items():
                count = database.execute(sql).fetchone()[0]
                if count:
                    return f"{count} {what}"
        for group, topics in GROUPS.items():
            lag = lag_of(group, topics)
            if lag:
                return f"{group} is {lag} records behind"
    except (psycopg.Error, KafkaException) as error:
        return f"not reachable: {error}"
    return None


def wait(seconds):
    """None once nothing moves, else what still did after so many seconds."""
    end = time.monotonic() + seconds
    while (busy := why_not()) and time.monotonic() < end:
        time.sleep(0.5)
    return busy
