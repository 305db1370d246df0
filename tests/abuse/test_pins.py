"""A PIN can't be guessed: few tries, a wait that grows, nothing to tell a case from none."""

import os
import re
import time

import pytest
import redis
from contract import base_url, operations
from stack_tests import Api, submission, supervise, wait_for
from walls import wait_ready

OPERATIONS = [operation for operation in operations() if operation.needs("pin")]
LETTERS = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
FREE = 10
WRONG = "1111111111111111"


def absent_code(seed):
    """A code that no case has, with the right check character."""
    code = f"ZZZZ{seed:08d}"
    return code + LETTERS[sum(LETTERS.index(letter) * (2 * place + 1) for place, letter in enumerate(code)) % 32]


def cache():
    """The stack's Redis."""
    return redis.Redis(port=int(os.environ["REDRESS_REDIS_PORT"]))


class Receipt:
    """A case with a status that can be asked for."""

    def __init__(self):
        self.intake = Api(base_url("intake"))
        body = self.intake.post("/v1/submissions", submission()).json()
        self.code, self.pin = body["tracking_code"], body["pin"]
        wait_for("the status", lambda: self.status().status_code == 200)

    def status(self, pin=None):
        """The public status by this PIN."""
        return self.intake.get(f"/v1/submissions/{self.code}", headers={"Redress-Pin": pin or self.pin})


def plain(answer):
    """The answer without the seconds to wait, which pass between two requests."""
    headers = {name: "n" if name in ("Retry-After", "Content-Length") else value for name, value in answer.headers.items()}
    return answer.status, headers, re.sub(rb"wait \d+ seconds", b"wait n seconds", answer.body)


@pytest.mark.parametrize("operation", OPERATIONS, ids=str)
def test_guesses_are_limited_and_a_case_looks_like_none(operation):
    there, absent = Receipt().code, absent_code(time.time_ns() % 10**8)
    for guess in range(FREE + 3):
        pins = [WRONG, "", "x" * 200, "1" * 15, "1" * 17, None][guess % 6]
        headers = {"Redress-Pin": pins} if pins is not None else {}
        answers = [operation.send({"code": code}, headers) for code in (there, absent)]
        assert plain(answers[0]) == plain(answers[1])
        assert answers[0].status == (404 if guess < FREE else 429), guess
        assert guess < FREE or 1 <= int(answers[0].headers["Retry-After"]) <= 60


def test_the_right_pin_waits_too_and_another_case_does_not():
    guessed, other = Receipt(), Receipt()
    for _ in range(FREE):
        assert guessed.status(WRONG).status_code == 404
    limited = guessed.status()
    assert limited.status_code == 429 and limited.json()["code"] == "too-many-attempts"
    assert other.status().status_code == 200


def test_the_count_is_shared_bounded_and_backs_off():
    receipt, begun = Receipt(), int(time.time())
    wait_for("a second with nothing in it", lambda: int(time.time()) > begun)  # 50 a second are shared
    assert receipt.status(WRONG).status_code == 404
    name = f"redress:intake:wrong-pins:{receipt.code}"
    store = cache()
    assert store.hget(name, "n") == b"1" and 0 < store.pttl(name) <= 3600000
    # What other intakes counted holds here: after 13 wrong ones it is 8 minutes.
    store.hset(name, mapping={"n": 13, "t": int(time.time() * 1000)})
    limited = receipt.status()
    assert limited.status_code == 429 and 420 < int(limited.headers["Retry-After"]) <= 480
    store.hset(name, mapping={"n": 13, "t": int(time.time() * 1000) - 480000})
    assert receipt.status().status_code == 200


def test_a_wrong_pin_takes_the_same_steps_whether_there_is_a_case_or_not():
    """Shown, not timed: without the ledger a wrong PIN is answered as ever, so nothing was looked up."""
    receipt, absent = Receipt(), absent_code(time.time_ns() % 10**8)
    supervise("stop", "ledger")
    try:
        operation = next(entry for entry in OPERATIONS if entry.method == "GET")
        answers = [operation.send({"code": code}, {"Redress-Pin": WRONG}) for code in (receipt.code, absent)]
        assert answers[0] == answers[1] and answers[0].status == 404
        assert receipt.status().status_code == 503
    finally:
        supervise("start", "ledger")
        wait_ready("ledger")
    wait_for("the status", lambda: receipt.status().status_code == 200)


def test_without_redis_each_process_counts_by_itself():
    guessed, other = Receipt(), Receipt()
    supervise("stop", "redis")
    try:
        for _ in range(FREE):
            assert guessed.status(WRONG).status_code == 404
        assert guessed.status().status_code == 429
        assert other.status().status_code == 200
    finally:
        supervise("start", "redis")
        wait_for("Redis", answers_ping)
    assert guessed.status().status_code == 429
    for service in ("intake", "sla-timer"):
        wait_ready(service)


def answers_ping():
    """Whether Redis is back."""
    try:
        return cache().ping()
    except redis.ConnectionError:
        return False
