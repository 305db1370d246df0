"""Collects what a run left behind in a quiet stack: python tests/chaos/snapshot.py RUN, with the stack's env sourced.

Everything that the judge reads besides the harness's own files is made here: mail, web hooks, topics, tables, logs,
what Redis holds, the region's files and what analytics answers."""

import base64
import datetime
import json
import os
import pathlib
import shutil
import subprocess
import sys
import time

import psycopg
import quiet
import redis
import requests
import yaml
from confluent_kafka import OFFSET_BEGINNING, Consumer, KafkaError, TopicPartition

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
import redis_values  # noqa: E402 pylint: disable=wrong-import-position
from topics import TOPICS  # noqa: E402 pylint: disable=wrong-import-position

ROOT = pathlib.Path(__file__).resolve().parents[2]
# Where redressctl lies: a chaos run has programs of its own.
PROGRAMS = pathlib.Path(os.environ.get("REDRESS_STACK_BIN", ROOT / "build" / "bin"))
SCHEMAS = ["ledger", "notification", "analytics"]
SEALED = [("ledger", "vault")]  # the one place where personal data may lie, sealed


def connect():
    """PostgreSQL as the administrator."""
    return psycopg.connect(os.environ["REDRESS_POSTGRES_ADMIN_URL"])


def consumer():
    """A reader of topics that leaves no trace in any group."""
    return Consumer({"bootstrap.servers": os.environ["REDRESS_KAFKA_BROKERS"], "group.id": "judge",
                     "enable.partition.eof": True, "enable.auto.commit": False, "fetch.wait.max.ms": 20})


def partitions_of(reader, topic):
    """The partitions of a topic."""
    return sorted(reader.list_topics(topic, timeout=20).topics[topic].partitions)


def ends_of(reader, topic):
    """{partition: offset after the last message}."""
    return {number: reader.get_watermark_offsets(TopicPartition(topic, number), timeout=20)[1]
            for number in partitions_of(reader, topic)}


def write_lines(path, objects):
    """One JSON object a line."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with open(path, "w", encoding="utf-8") as file:
        for line in objects:
            file.write(json.dumps(line, ensure_ascii=False) + "\n")


def plain(value):
    """A value of a table as JSON: times in milliseconds, bytes as PostgreSQL prints them."""
    if isinstance(value, datetime.datetime):
        return round(value.timestamp() * 1000)
    if isinstance(value, (bytes, memoryview)):
        return "\\x" + bytes(value).hex()
    if isinstance(value, list):
        return [plain(one) for one in value]
    return value if isinstance(value, (int, float, str, bool, type(None))) else str(value)


def dump_tables(run):
    """Every table but the vault, as of one moment."""
    with connect() as database:
        database.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY")
        tables = database.execute("SELECT schemaname, tablename FROM pg_tables WHERE schemaname = ANY(%s)",
                                  (SCHEMAS,)).fetchall()
        for schema, table in tables:
            if (schema, table) in SEALED:
                continue
            rows = database.execute(f'SELECT * FROM "{schema}"."{table}"')
            names = [column.name for column in rows.description]
            write_lines(run / "ledger" / f"{schema}.{table}.jsonl",
                        ({name: plain(value) for name, value in zip(names, row)} for row in rows))


def read_topic(reader, topic):
    """Every message of a topic, up to its present end."""
    open_partitions = set(partitions_of(reader, topic))
    reader.assign([TopicPartition(topic, number, OFFSET_BEGINNING) for number in open_partitions])
    while open_partitions:
        message = reader.poll(30)
        if message is None:
            raise RuntimeError(f"{topic} does not answer")
        if message.error():
            if message.error().code() != KafkaError._PARTITION_EOF:  # pylint: disable=protected-access
                raise RuntimeError(f"{topic}: {message.error()}")
            open_partitions.discard(message.partition())
            continue
        headers = {name: (value or b"").decode("utf-8", "replace") for name, value in message.headers() or []}
        yield {"partition": message.partition(), "offset": message.offset(),
               "key": (message.key() or b"").decode("utf-8", "replace"), "headers": headers,
               "value": base64.b64encode(message.value() or b"").decode()}


def dump_topics(run):
    """All topics."""
    reader = consumer()
    for name in TOPICS:
        write_lines(run / "topics" / f"{name}.jsonl", read_topic(reader, f"redress.{name}"))
    ends = {name: ends_of(reader, f"redress.{name}") for name in TOPICS}
    reader.close()
    return ends


def dump_redis(run):
    """Every key with its value as text."""
    store = redis.Redis(port=int(os.environ["REDRESS_REDIS_PORT"]), decode_responses=True, encoding_errors="replace")
    lines = ({"key": key, "type": kind, "value": repr(value)} for key, kind, value in redis_values.values(store))
    write_lines(run / "redis.jsonl", lines)


def ask_analytics(run):
    """Analytics' own answers, with the time in which each was given."""
    token = subprocess.run([PROGRAMS / "redressctl", "token", "--subject", "lin-zhiyuan"],
                           capture_output=True, text=True, check=True).stdout.strip()
    with open(run / "ledger" / "ledger.cases.jsonl", encoding="utf-8") as cases:
        institutions = sorted({json.loads(line)["tenant"] for line in cases})
    answers = []
    for institution in [None, *institutions]:
        query = {"from": "1990-01-01", "to": "2090-12-31", **({"institution": institution} if institution else {})}
        asked = time.time()
        answer = requests.get(os.environ["REDRESS_ANALYTICS_URL"] + "/v1/indicators", params=query, timeout=30,
                              headers={"Authorization": f"Bearer {token}"})
        answer.raise_for_status()
        answers.append({"institution": institution, "asked_at": asked, "answered_at": time.time(),
                        "answer": answer.json()})
    return answers


def copy_files(run):
    """Mail, web hooks, logs, the region's files and the folder of packs that they choose from."""
    region = pathlib.Path(os.environ["REDRESS_REGION_DIRECTORY"])
    policies = region / yaml.safe_load((region / "region.yaml").read_text()).get("policies", ".")
    for name, source in [("mail", os.environ["REDRESS_MAILDIR"]),
                         ("log", os.path.join(os.environ["REDRESS_STACK_DIR"], "log")),
                         ("region", region), ("policies", policies)]:
        if pathlib.Path(source).resolve() != (run / name).resolve():
            shutil.rmtree(run / name, ignore_errors=True)
            shutil.copytree(source, run / name)
    hooks = pathlib.Path(os.environ["REDRESS_HOOK_LOG"])
    (run / "hooks.jsonl").write_bytes(hooks.read_bytes() if hooks.exists() else b"")


def count_facts():
    """How many facts the ledger holds."""
    with connect() as database:
        return database.execute("SELECT count(*) FROM ledger.case_events").fetchone()[0]


def collect(run):
    """Everything into the run's folder; what snapshot.json says of it."""
    taken = time.time()
    dump_tables(run)
    try:
        ends = dump_topics(run)
        answers = ask_analytics(run)
        dump_redis(run)
    finally:
        copy_files(run)  # the logs say why, where a server did not answer
    return {"taken_at": taken, "ends": ends, "indicators": answers}


def take(run, seconds):
    """Waits up to so many seconds until nothing moves and collects everything; again where a fact came meanwhile, as the
    rungs of an alarm come at times that no table tells. What still moved then; None where nothing did."""
    run = pathlib.Path(run)
    (run / "ledger").mkdir(parents=True, exist_ok=True)
    end = time.monotonic() + seconds
    busy, moved = None, True
    while moved and not busy:
        busy = quiet.wait(end - time.monotonic())
        before = count_facts()
        collected = collect(run)
        moved = count_facts() != before
        if moved and time.monotonic() > end:
            busy = busy or "facts came while the evidence was taken"
    (run / "snapshot.json").write_text(json.dumps({**collected, "busy": busy}))
    return busy


def main():
    """Usage: snapshot.py RUN"""
    busy = take(sys.argv[1], 60)
    if busy:
        print(f"snapshot: not quiet: {busy}", file=sys.stderr)
    return 0


if __name__ == "__main__":
    sys.exit(main())
