"""Each service and server is killed while submissions run: what was acknowledged is one case, every
clock that fell due fired, no notice comes twice."""

import os
import pathlib
import shutil
import signal
import threading
import uuid
from collections import Counter

import requests
from conftest import control, mails, submission, supervise, wait_for
from redress.v1 import facts_pb2

VICTIMS = ["intake", "triage", "ledger", "sla-timer", "notification", "analytics", "redis", "postgres", "kafka"]

RATE = 10  # submissions a second and client


class Load(threading.Thread):
    """Submits until stopped; repeats with the same key until it is acknowledged."""

    def __init__(self, url):
        super().__init__()
        self.url, self.stopped, self.acknowledged, self.failures = url, threading.Event(), {}, 0

    def run(self):
        number = 0
        while not self.stopped.wait(1 / RATE):
            number += 1
            key = f"kill-{uuid.uuid4()}"
            institution = "demo-clinic" if number % 5 == 0 else "first-hospital"
            body = submission(institution=institution, narrative=f"第{number}次：等了很久没人理会。",
                              complainant={"name": "周晓岚", "email": f"{key}@example.org"})
            self.submit(key, body)

    def submit(self, key, body):
        """One submission, until its fate is known or the load ends."""
        for _ in range(600):
            try:
                answer = requests.post(self.url + "/v1/submissions", json=body, timeout=15,
                                       headers={"Idempotency-Key": key})
                if answer.status_code in (200, 202):
                    self.acknowledged[key] = (answer.json()["case_id"], body["institution"])
                    return
                assert answer.status_code in (409, 503, 504), answer.text
            except requests.RequestException:
                pass
            self.failures += 1
            self.stopped.wait(0.1)


def pid_of(name):
    """The process id that supervisor knows; 0 while it does not run."""
    text = supervise("pid", name).strip()
    return int(text) if text.isdigit() else 0


def all_ready():
    """Every service says that it is ready."""
    base = int(os.environ["REDRESS_PORT_BASE"])
    for place in range(6):
        try:
            if requests.get(f"http://127.0.0.1:{base + 11 + 10 * place}/readyz", timeout=2).status_code != 200:
                return False
        except requests.RequestException:
            return False
    return True


def kill(name):
    """SIGKILL; Redis loses its data with it."""
    old = pid_of(name)
    if name == "redis":
        supervise("signal", "KILL", "redis")
        shutil.rmtree(pathlib.Path(os.environ["REDRESS_STACK_DIR"], "redis", "appendonlydir"), ignore_errors=True)
        supervise("signal", "KILL", "redis")
    else:
        os.kill(old, signal.SIGKILL)
    wait_for(f"{name} to run again", lambda: pid_of(name) not in (0, old), 60)
    wait_for(f"all ready after {name}", all_ready, 90)


def test_nothing_acknowledged_is_lost_whatever_is_killed(supervisor, database):
    loads = [Load(os.environ["REDRESS_INTAKE_URL"]) for _ in range(2)]
    for load in loads:
        load.start()
    for name in VICTIMS:
        before = sum(len(load.acknowledged) for load in loads)
        kill(name)
        wait_for(f"submissions after {name}", lambda: sum(len(load.acknowledged) for load in loads) > before + 5, 60)
    for load in loads:
        load.stopped.set()
    for load in loads:
        load.join()
    acknowledged = {key: case for load in loads for key, case in load.acknowledged.items()}
    cases = [case_id for case_id, _ in acknowledged.values()]
    assert len(cases) == len(set(cases)) >= 50

    def in_ledger():
        rows = database.execute("SELECT case_id::text FROM ledger.cases WHERE case_id = ANY(%s::uuid[])", (cases,))
        return len(rows.fetchall()) == len(cases)
    wait_for("every acknowledged case", in_ledger, 60)
    extra = database.execute("SELECT count(*) FROM ledger.case_events WHERE type = 'redress.v1.CaseRegistered' "
                             "GROUP BY case_id HAVING count(*) > 1").fetchall()
    assert not extra
    short = [case_id for case_id, institution in acknowledged.values() if institution == "demo-clinic"]

    def all_breached():
        rows = database.execute("SELECT DISTINCT case_id FROM ledger.case_events WHERE type = 'redress.v1.ClockBreached' "
                                "AND case_id = ANY(%s::uuid[])", (short,)).fetchall()
        return len(rows) == len(short)
    wait_for("every short clock to fire", all_breached, 90)
    fired = Counter()
    for case_id, payload in database.execute("SELECT case_id::text, payload FROM ledger.case_events "
                                             "WHERE type = 'redress.v1.ClockBreached'"):
        fact = facts_pb2.ClockBreached.FromString(bytes(payload))
        assert fact.meta.decided_at_ms >= fact.due_at_ms, "a clock fired before its time"
        fired[case_id, fact.name] += 1
    assert set(fired.values()) == {1}, "a clock fired twice in effect"

    wanted = {f"{key}@example.org" for key in acknowledged}
    wait_for("every complainant's mail", lambda: wanted <= {to for to, _, _, _ in mails()}, 120)
    # At least once towards SMTP: a mail may come again only as the very same mail.
    by_id = {}
    for to, subject, text, message_id in mails():
        assert by_id.setdefault(message_id, (to, subject, text)) == (to, subject, text)
    occasions = database.execute("SELECT case_id, occasion_sequence, channel, recipient FROM notification.deliveries "
                                 "GROUP BY 1, 2, 3, 4 HAVING count(*) > 1").fetchall()
    assert not occasions
    wait_for("a quiet outbox", lambda: database.execute("SELECT count(*) FROM ledger.outbox").fetchone()[0] == 0, 60)
    code, report, error = control("verify")
    assert code == 0 and report["clean"], (report, error)
    assert supervisor.get("/v1/cases").status_code == 200
