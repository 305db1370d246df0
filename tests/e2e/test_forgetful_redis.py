"""Redis forgets while the ledger lags behind Kafka: nobody but the ledger may say then what a key was used for."""

import os
import threading
import time
import uuid

import psycopg
import redis
import requests
from conftest import submission, wait_for


def post(key, body):
    """One submission."""
    return requests.post(os.environ["REDRESS_INTAKE_URL"] + "/v1/submissions", json=body, timeout=30,
                         headers={"Idempotency-Key": key})


def settled(key, body):
    """The same again until the answer is a definite one."""
    answers = []
    wait_for("a definite answer", lambda: answers.append(post(key, body)) or answers[-1].status_code in (200, 202, 422),
             60)
    return answers[-1]


def test_another_body_is_not_taken_while_the_ledger_lags(database):
    key = f"forgetful-{uuid.uuid4()}"
    first, second = submission(narrative="等了一个上午。"), submission(narrative="等了一个下午。")
    answers = []
    with psycopg.connect(os.environ["REDRESS_POSTGRES_ADMIN_URL"]) as connection:
        connection.execute("LOCK TABLE ledger.case_events IN EXCLUSIVE MODE")  # the ledger reads, but can't write
        post(key, first)
        redis.Redis(port=int(os.environ["REDRESS_REDIS_PORT"])).flushall()
        late = threading.Thread(target=lambda: answers.append(post(key, second)))
        late.start()
        time.sleep(1)
        assert not answers, "answered before the ledger could know"
    late.join()
    assert answers[0].status_code in (422, 504), answers[0].text
    assert settled(key, second).status_code == 422
    receipt = settled(key, first).json()
    rows = database.execute("SELECT encode(content_sha256, 'hex') FROM ledger.cases WHERE case_id = %s",
                            (receipt["case_id"],))
    assert rows.fetchall() == [(receipt["content_sha256"],)]


def test_first_body_is_still_answered_where_another_ones_claim_stayed():
    """The ledger turned the other body away, but Redis could not be told: its connection was lost."""
    key = f"forgetful-{uuid.uuid4()}"
    body = submission(narrative="等了一个上午。")
    receipt = settled(key, body).json()
    memory = redis.Redis(port=int(os.environ["REDRESS_REDIS_PORT"]))
    memory.flushall()
    settled(f"forgetful-{uuid.uuid4()}", submission())  # Redis learns that it does not remember everything
    memory.hset(f"redress:intake:claim:{receipt['case_id']}", mapping={"d": "0" * 64, "r": 1, "p": 1, "s": 0, "l": 0})
    again = settled(key, body)
    assert again.status_code in (200, 202), again.text
    assert again.json() == receipt
    assert settled(key, submission(narrative="等了一个下午。")).status_code == 422


def test_another_body_waits_for_the_one_that_is_handed_over():
    """Redis does not remember everything and the ledger knows nothing yet: the first one's lease alone counts."""
    key = f"forgetful-{uuid.uuid4()}"
    first, second = submission(narrative="等了一个上午。"), submission(narrative="等了一个下午。")
    memory = redis.Redis(port=int(os.environ["REDRESS_REDIS_PORT"]))
    memory.flushall()
    with psycopg.connect(os.environ["REDRESS_POSTGRES_ADMIN_URL"]) as connection:
        connection.execute("LOCK TABLE ledger.case_events IN EXCLUSIVE MODE")
        early = threading.Thread(target=lambda: post(key, first))
        early.start()
        wait_for("the first one's claim", lambda: any(memory.scan_iter("redress:intake:claim:*")), 10)
        answer = post(key, second)
        assert answer.status_code == 503, "published, then not confirmed: " + answer.text
    early.join()
    assert settled(key, first).status_code in (200, 202)
    assert settled(key, second).status_code == 422
