"""The stack under test, seen from outside: HTTP, mail, web hooks, Kafka. Conditions, never sleeps."""

import email
import email.policy
import functools
import json
import os
import pathlib
import subprocess
import sys
import time
import uuid

import psycopg
import pytest
import requests
from confluent_kafka import OFFSET_BEGINNING, Consumer, KafkaError, Producer, TopicPartition

ROOT = pathlib.Path(__file__).resolve().parents[2]
ENV = os.environ
BIN = pathlib.Path(ENV.get("REDRESS_STACK_BIN", ROOT / "build" / "bin"))


sys.path.insert(0, str(ROOT / "tests"))
import contracts  # noqa: E402,F401 pylint: disable=wrong-import-position,unused-import


def wait_for(what, condition, seconds=120.0):
    """Polls until condition gives something true; fails by name after so many seconds."""
    end = time.monotonic() + seconds
    while True:
        value = condition()
        if value:
            return value
        if time.monotonic() > end:
            pytest.fail(f"waited {seconds} s in vain for: {what}")
        time.sleep(0.05)


def control(*words):
    """redressctl with these words; its JSON."""
    done = subprocess.run([BIN / "redressctl", *words], capture_output=True, text=True, check=False)
    return done.returncode, (json.loads(done.stdout) if done.stdout.strip().startswith("{") else done.stdout), done.stderr


def supervise(*words):
    """deploy/local/stack control with these words."""
    done = subprocess.run([ROOT / "deploy" / "local" / "stack", "control", *words],
                          capture_output=True, text=True, check=False)
    return done.stdout


REST_S = 10  # the services end a connection that rested for 15 s, and a request may meet that end


class Api:
    """One HTTP API with a token. A connection that rested is given up before the service does so."""

    def __init__(self, url, token=None):
        self.url = url
        self.used = time.monotonic()
        self.session = requests.Session()
        if token:
            self.session.headers["Authorization"] = f"Bearer {token}"

    def wake(self):
        """A new connection where the last one rested for long."""
        now = time.monotonic()
        if now - self.used > REST_S:
            self.session.close()
        self.used = now

    def get(self, path, **arguments):
        """GET, the response."""
        self.wake()
        return self.session.get(self.url + path, timeout=20, **arguments)

    def post(self, path, body=None, key=None, **arguments):
        """POST of JSON with an idempotency key, the response."""
        headers = {"Idempotency-Key": key or str(uuid.uuid4()), **arguments.pop("headers", {})}
        self.wake()
        return self.session.post(self.url + path, json=body, headers=headers, timeout=20, **arguments)


class Staff(Api):
    """The staff API as one user."""

    def case(self, case_id):
        """The case, or None while the ledger does not have it."""
        answer = self.get(f"/v1/cases/{case_id}")
        return answer.json() if answer.status_code == 200 else None

    def timeline(self, case_id):
        """All facts of a case."""
        answer = self.get(f"/v1/cases/{case_id}/timeline?limit=200")
        return answer.json()["items"] if answer.status_code == 200 else []

    def has(self, case_id, kind):
        """The facts of this kind."""
        return [fact for fact in self.timeline(case_id) if fact["type"] == kind]

    def do(self, case_id, action, body=None, key=None, etag=None):
        """A command on the version just read; read again where something else happened to the case in between."""
        for _ in range(5):
            seen = etag or self.get(f"/v1/cases/{case_id}").headers.get("ETag", '"none"')
            answer = self.post(f"/v1/cases/{case_id}/{action}", body or {}, key=key, headers={"If-Match": seen})
            if etag is not None or answer.status_code != 412:
                break
        return answer


def settle(case_id, answerer, supervisor):
    """Answers and lifts every open supervision order, as a closure asks for: a slow machine may have let a clock run out."""
    for order in supervisor.case(case_id)["orders"]:
        number = order["order"]
        if not order["answered"] and not order["lifted"]:
            answer = answerer.do(case_id, "answer-supervision", {"order": number, "answer": "已整改"})
            assert answer.status_code == 200, answer.text
        if not order["lifted"]:
            answer = supervisor.do(case_id, "lift-supervision", {"order": number})
            assert answer.status_code == 200, answer.text


def bound_reviews(case_id, supervisor):
    """So that a review of this case of the demo clinic can be asked for within seconds of its reply alone."""
    answer = supervisor.do(case_id, "assess", {"urgency": "P3", "situations": ["short-review"]})
    assert answer.status_code == 200, answer.text


def await_reviews_over(case_id, supervisor):
    """Until nobody may ask for one any more: before that nothing is archived or erased."""
    wait_for("the end of the time for a review", lambda: supervisor.case(case_id)["appeal_until"] is None, 60)


def mint(subject):
    """A staff token for the stack."""
    code, text, error = control("token", "--subject", subject)
    assert code == 0, error
    return text.strip()


@pytest.fixture(scope="session")
def intake():
    """Intake's public API."""
    return Api(ENV["REDRESS_INTAKE_URL"])


@pytest.fixture(scope="session")
def supervisor():
    """The bureau's supervisor: sees everything."""
    return Staff(ENV["REDRESS_LEDGER_URL"], mint("lin-zhiyuan"))


@pytest.fixture(scope="session")
def handler():
    """The demo clinic's handler."""
    return Staff(ENV["REDRESS_LEDGER_URL"], mint("demo-handler"))


@pytest.fixture(scope="session")
def analytics():
    """Indicators as the supervisor sees them."""
    return Api(ENV["REDRESS_ANALYTICS_URL"], mint("lin-zhiyuan"))


class Database:
    """PostgreSQL as the administrator, for judging only; a connection a question, since it gets killed."""

    def execute(self, sql, parameters=None):
        """All rows, in a cursor-like list."""
        with psycopg.connect(ENV["REDRESS_POSTGRES_ADMIN_URL"], autocommit=True) as connection:
            return Rows(connection.execute(sql, parameters).fetchall())


class Rows(list):
    """Rows with a cursor's two readers."""

    def fetchall(self):
        """All."""
        return self

    def fetchone(self):
        """The first."""
        return self[0]


@pytest.fixture(scope="session")
def database():
    """The judge's eyes."""
    return Database()


@functools.cache
def read_mail(path):
    """One mail; a file in the mail directory never changes, so that it is parsed once."""
    message = email.message_from_bytes(path.read_bytes(), policy=email.policy.default)
    body = message.get_body(preferencelist=("plain",))
    return message["X-RcptTo"], message["Subject"], body.get_content() if body else "", message["Message-ID"]


def mails():
    """All mails that arrived: (recipient, subject, text, message id)."""
    return [read_mail(path) for path in sorted((pathlib.Path(ENV["REDRESS_MAILDIR"]) / "new").iterdir())]


def hooks():
    """All web-hook calls that arrived."""
    path = pathlib.Path(ENV["REDRESS_HOOK_LOG"])
    return [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []


def read_topic(topic):
    """Every message of a topic, now: (key, value, headers)."""
    consumer = Consumer({"bootstrap.servers": ENV["REDRESS_KAFKA_BROKERS"], "group.id": "judge",
                         "enable.partition.eof": True, "enable.auto.commit": False})
    partitions = consumer.list_topics(topic, timeout=10).topics[topic].partitions
    consumer.assign([TopicPartition(topic, number, OFFSET_BEGINNING) for number in partitions])
    found, open_partitions = [], len(partitions)
    while open_partitions:
        message = consumer.poll(30)
        assert message is not None, f"{topic} does not answer"
        if message.error():
            assert message.error().code() == KafkaError._PARTITION_EOF  # pylint: disable=protected-access
            open_partitions -= 1
            continue
        headers = {name: (value or b"").decode("utf-8", "replace") for name, value in message.headers() or []}
        found.append((message.key(), message.value(), headers))
    consumer.close()
    return found


def publish(topic, key, value, headers=None):
    """One message, delivered."""
    producer = Producer({"bootstrap.servers": ENV["REDRESS_KAFKA_BROKERS"]})
    producer.produce(topic, key=key, value=value, headers=headers or [])
    assert producer.flush(15) == 0


def event_headers(kind, source="test"):
    """CloudEvents headers of one message."""
    return [("ce_specversion", b"1.0"), ("ce_id", str(uuid.uuid4()).encode()),
            ("ce_type", kind.encode()), ("ce_source", source.encode())]


def submission(**changes):
    """A good submission, changed."""
    body = {"institution": "first-hospital", "channel": "web", "narrative": "门诊排队等了三个小时，没有人解释原因。",
            "complainant": {"name": "周晓岚", "email": "zhou@example.org", "phone": "13700001234"}}
    body.update(changes)
    return {name: value for name, value in body.items() if value is not None}
