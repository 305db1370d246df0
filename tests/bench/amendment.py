"""How long a change of the calendar takes while many clocks are open, and whether each deadline moved by exactly one
fact, no clock fired early, and what was past fired once and did not change. On a running stack of its own, which is
empty: fills CLOCKS cases by COPY, each with one open clock, and a hundredth of that whose clock is past due, then
starts an sla-timer whose calendar has one more day off. Exits with 1 where any of that is not so.

    source build/local/env; build/venv/bin/python tests/bench/amendment.py [CLOCKS]
"""

import hashlib
import json
import os
import pathlib
import random
import struct
import sys
import tempfile
import time
import uuid
from datetime import datetime, timedelta, timezone

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT / "tests" / "e2e"), str(ROOT / "tests")]

import contracts  # noqa: E402,F401 pylint: disable=wrong-import-position,unused-import
import psycopg  # noqa: E402 pylint: disable=wrong-import-position
import requests  # noqa: E402 pylint: disable=wrong-import-position
from grpc_tools import protoc  # noqa: E402 pylint: disable=wrong-import-position
from redress.v1 import facts_pb2  # noqa: E402 pylint: disable=wrong-import-position
from timers import amend, next_weekdays, other_rules, second_timer  # noqa: E402 pylint: disable=wrong-import-position

DOMAIN = b"redress-chain-v1\0"
TENANT, CATEGORY = "first-hospital", "waiting"
TRIAGED, RUNNING, P3 = 2, 0, 3
EVENT_COLUMNS = "case_id, seq, tenant, type, payload, cause_id, actor, decided_at, prev_hash, hash"
CASE_COLUMNS = ("case_id, tenant, tracking_code, status, category, urgency, crisis, unit, open_alarm, breached, due_at, "
                "received_at, updated_at, content_sha256, sequence, hash, state")
MOST_S = 600  # a change must be applied within this time
START = datetime.now(timezone.utc).replace(microsecond=0)
START_MS = int(START.timestamp() * 1000)


def state_module():
    """The ledger's own state, as Python."""
    target = tempfile.mkdtemp()
    assert protoc.main(["", f"-I{ROOT / 'services' / 'ledger'}", f"--python_out={target}",
                        str(ROOT / "services" / "ledger" / "state.proto")]) == 0
    sys.path.insert(0, target)
    return __import__("state_pb2")


def deadline():
    """What the clock's terms are by the rules as they are."""
    answer = requests.post(os.environ["REDRESS_SLA_TIMER_URL"] + "/v1/due-dates", timeout=20, json={
        "institution": TENANT, "clock": "resolution", "urgency": "P3", "category": CATEGORY,
        "start": START.isoformat()})
    answer.raise_for_status()
    return {**answer.json(), "started_ms": START_MS}


def passed(terms):
    """Terms whose due time has passed by now, and that nobody has noticed yet."""
    due = START - timedelta(seconds=1)
    return {**terms, "started_ms": START_MS - 10 * 86_400_000, "due_at": due.isoformat(),
            "warn_at": (due - timedelta(days=1)).isoformat()}


def ms(text):
    """Milliseconds since 1970."""
    return round(datetime.fromisoformat(text).timestamp() * 1000)


def chained(case_id, number, kind, previous, payload):
    """The hash of one fact (services/common/chain.c)."""
    return hashlib.sha256(DOMAIN + case_id.encode() + b"\0" + struct.pack(">Q", number) + kind.encode() + b"\0" + previous
                          + hashlib.sha256(payload).digest()).digest()


def facts_of(case_id, code, terms):
    """A registration and the clock."""
    for number, message in enumerate((facts_pb2.CaseRegistered(), facts_pb2.ClockArmed()), 1):
        message.meta.case_id, message.meta.sequence, message.meta.tenant = case_id, number, TENANT
        message.meta.decided_at_ms, message.meta.actor, message.meta.cause_id = START_MS, "intake", str(uuid.uuid4())
        if number == 1:
            message.tracking_code, message.channel, message.category = code, 2, CATEGORY
            message.received_at_ms, message.content_sha256 = START_MS, bytes(32)
        else:
            message.terms.name, message.terms.version, message.terms.started_at_ms = "resolution", 1, terms["started_ms"]
            message.terms.warn_at_ms, message.terms.due_at_ms = ms(terms["warn_at"]), ms(terms["due_at"])
            message.terms.policy_version = terms["policy_version"]
            message.terms.calendar_version, message.terms.stops_on = terms["calendar_version"], "case_replied"
            message.terms.provisional, message.reason = terms["provisional"], "started"
        yield message


def state_of(states, case_id, code, terms, last):
    """The fold of the two."""
    state = states.CaseState(case_id=case_id, sequence=2, hash=last, tenant=TENANT, status=TRIAGED, tracking_code=code,
                             content_sha256=bytes(32), channel=2, category=CATEGORY, urgency=P3,
                             received_at_ms=START_MS, updated_at_ms=START_MS, language="zh-CN")
    state.clocks.add(name="resolution", version=1, started_at_ms=terms["started_ms"], warn_at_ms=[ms(terms["warn_at"])],
                     due_at_ms=ms(terms["due_at"]), state=RUNNING, stops_on="case_replied", armed_sequence=2,
                     provisional=terms["provisional"], policy_version=terms["policy_version"],
                     calendar_version=terms["calendar_version"])
    return state.SerializeToString()


def rows_of(states, terms):
    """One case: its two events, its row, its clock."""
    case_id, code = str(uuid.uuid4()), "".join(random.choices("0123456789ABCDEFGHJKMNPQRSTVWXYZ", k=13))
    previous, events = bytes(32), []
    for number, message in enumerate(facts_of(case_id, code, terms), 1):
        kind, payload = message.DESCRIPTOR.full_name, message.SerializeToString()
        digest = chained(case_id, number, kind, previous, payload)
        events.append((case_id, number, TENANT, kind, payload, message.meta.cause_id, "intake", START, previous, digest))
        previous = digest
    due, warn = (datetime.fromisoformat(terms[name]) for name in ("due_at", "warn_at"))
    case = (case_id, TENANT, code, "triaged", CATEGORY, P3, 0, "", False, False, due, START, START, bytes(32), 2, previous,
            state_of(states, case_id, code, terms, previous))
    return events, case, (case_id, "resolution", TENANT, 1, warn, due, False)


def fill(count, terms):
    """All rows by COPY; binary bytes as PostgreSQL's own type."""
    states = state_module()
    with psycopg.connect(os.environ["REDRESS_POSTGRES_ADMIN_URL"]) as connection:
        rows = [rows_of(states, terms) for _ in range(count)]
        tables = {f"case_events ({EVENT_COLUMNS})": [event for events, _, _ in rows for event in events],
                  f"cases ({CASE_COLUMNS})": [case for _, case, _ in rows],
                  "clocks (case_id, name, tenant, version, warn_at, due_at, warned)": [clock for _, _, clock in rows]}
        for table, lines in tables.items():
            with connection.cursor().copy(f"COPY ledger.{table} FROM STDIN") as copy:
                for line in lines:
                    copy.write_row(line)
    with psycopg.connect(os.environ["REDRESS_POSTGRES_ADMIN_URL"], autocommit=True) as connection:
        connection.execute("ANALYZE ledger.cases, ledger.clocks, ledger.case_events")
    return [case[0] for _, case, _ in rows]


def ask(sql, *parameters):
    """One number or row of the ledger."""
    with psycopg.connect(os.environ["REDRESS_POSTGRES_ADMIN_URL"], autocommit=True) as connection:
        return connection.execute(sql, parameters).fetchone()


def judge_past(cases):
    """Each deadline that had passed is breached once and not changed; of the others none fires."""
    fired, changed, early = {case_id: 0 for case_id in cases}, 0, 0
    with psycopg.connect(os.environ["REDRESS_POSTGRES_ADMIN_URL"]) as connection:
        for case_id, name, payload in connection.execute(
                "SELECT case_id, type, payload FROM ledger.case_events WHERE seq > 2 AND tenant = %s AND type = ANY(%s)",
                (TENANT, ["redress.v1.ClockArmed", "redress.v1.ClockBreached"])):
            fact = getattr(facts_pb2, name.rsplit(".", 1)[1]).FromString(payload)
            if name.endswith("ClockBreached"):
                early += str(case_id) not in fired
                fired[str(case_id)] = fired.get(str(case_id), 0) + 1
            else:
                changed += str(case_id) in fired and fact.terms.name == "resolution"
    return {"past": len(cases), "past_fired_once": sum(fired[case_id] == 1 for case_id in cases),
            "past_changed": changed, "fired_early": early}


def judge(cases, terms):
    """Each of the cases has exactly one amendment, of its own deadline."""
    wrong, seen = 0, set()
    wanted = set(cases)
    with psycopg.connect(os.environ["REDRESS_POSTGRES_ADMIN_URL"]) as connection:
        for case_id, payload in connection.execute(
                "SELECT case_id, payload FROM ledger.case_events WHERE seq > 2 AND type = 'redress.v1.ClockArmed'"):
            fact = facts_pb2.ClockArmed.FromString(payload)
            if str(case_id) not in wanted:
                continue
            good = (fact.reason == "amended" and fact.previous_due_at_ms == ms(terms["due_at"])
                    and fact.terms.due_at_ms > fact.previous_due_at_ms and fact.terms.version == 2
                    and fact.previous_calendar_version == terms["calendar_version"])
            wrong += not good or str(case_id) in seen
            seen.add(str(case_id))
    return {"amended_once": len(seen) - wrong, "wrong": wrong, "missing": len(wanted - seen)}


def main():
    """Fills, changes, measures."""
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 100_000
    if ask("SELECT count(*) FROM ledger.cases")[0] > 0:
        sys.exit("amendment.py: the ledger has cases already; begin with an empty stack (deploy/local/stack remove)")
    terms = deadline()
    began = time.monotonic()
    cases = fill(count, terms)
    past = fill(count // 100, passed(terms))
    print(f"filled {count} open clocks in {time.monotonic() - began:.1f} s", file=sys.stderr)
    with tempfile.TemporaryDirectory() as folder:
        region = other_rules(pathlib.Path(folder))
        amend(region, 2, next_weekdays(START.astimezone().date(), 1))
        began = time.monotonic()
        with second_timer(region, int(os.environ["REDRESS_PORT_BASE"]) + 44):
            moved = 0
            while moved < count and time.monotonic() < began + MOST_S:
                time.sleep(0.5)
                moved = ask("SELECT count(*) FROM ledger.clocks WHERE version = 2 AND tenant = %s", TENANT)[0]
            took = time.monotonic() - began
            time.sleep(5)  # what comes twice would come now
    result = {**judge(cases, terms), **judge_past(past)}
    print(json.dumps({"clocks": count, "seconds": round(took, 1), "per_second": round(count / took),
                      **result}))
    good = (result["amended_once"] == count and result["wrong"] == result["missing"] == 0
            and result["past_fired_once"] == result["past"]
            and result["past_changed"] == result["fired_early"] == 0 and took < MOST_S)
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
