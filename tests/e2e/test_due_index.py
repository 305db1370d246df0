"""Warn points, and what Redis holds of due times, each test named after the item of the rulebook that it shows."""

import contextlib
import os
import re
from datetime import datetime, timedelta, timezone

import psycopg
import redis
import requests
from clock_steps import armed, clock, go, make_case, to_investigation
from conftest import mails, wait_for


def warnings(supervisor, case_id):
    """The facts that warned of the case's resolution."""
    return [fact for fact in supervisor.has(case_id, "ClockWarned") if fact["data"]["name"] == "resolution"]


def resolution_breached(supervisor, case_id):
    """Whether the resolution's due time has passed."""
    return any(fact["data"]["name"] == "resolution" for fact in supervisor.has(case_id, "ClockBreached"))


def test_11_each_warn_point_of_a_clock_is_told_once(intake, supervisor, handler):
    stopped, rested, plain = (make_case(intake, supervisor, "demo-clinic") for _ in range(3))
    for case_id in (stopped, rested, plain):
        wait_for("three warn points", lambda one=case_id: len(clock(supervisor, one, "resolution")["warns"]) == 3)
    go(rested, *to_investigation(supervisor, handler, "demo-clinic.desk"))
    for case_id in (stopped, rested, plain):
        wait_for("the first warning", lambda one=case_id: warnings(supervisor, one))
    go(stopped, (supervisor, "withdraw", {"reason": "当事人撤回"}))
    go(rested, (handler, "suspend", {"ground": "hearing"}))
    go(rested, (handler, "resume", {}))
    redis.Redis(port=int(os.environ["REDRESS_REDIS_PORT"])).flushall()
    for case_id in (plain, rested):
        wait_for("the breach", lambda one=case_id: resolution_breached(supervisor, one))
        facts = warnings(supervisor, case_id)
        assert [fact["data"]["ordinal"] for fact in facts] == [1, 2, 3]
        points = clock(supervisor, case_id, "resolution")["warns"]
        assert all(point["passed"] for point in points)
        assert all(fact["at"] >= point["at"] for fact, point in zip(facts, points))
    resumed = armed(supervisor, rested, "resolution", "resumed")[0]["data"]["terms"]
    told_before = [fact for fact in warnings(supervisor, rested) if fact["data"]["version"] < resumed["version"]]
    assert int(resumed["warns_passed"]) == len(told_before) >= 1
    told = warnings(supervisor, stopped)
    last = supervisor.has(stopped, "CaseWithdrawn")[0]
    assert told and all(fact["sequence"] < last["sequence"] for fact in told)
    code = supervisor.case(plain)["tracking_code"]
    for number in (1, 2, 3):
        wait_for("a mail for each", lambda n=number: [
            text for _, subject, text, _ in mails()
            if code in subject and "临期" in subject and "resolution" not in subject and f"第{n}次提醒" in text], 120)


def points_in_redis(case_id):
    """What the index of due times holds of a case: clock and kind (w: a warning, b: the breach)."""
    found = redis.Redis(port=int(os.environ["REDRESS_REDIS_PORT"])).zscan_iter("redress:{sla}:due", f"{case_id}/*")
    return sorted(tuple(member.decode().split("/")[1::2]) for member, _ in found)


def test_11_redis_holds_a_clocks_next_point_alone(intake, supervisor):
    case_id = make_case(intake, supervisor, "first-hospital")
    clocks = supervisor.case(case_id)["clocks"]
    expected = sorted((entry["name"], "w" if entry["warns"] else "b") for entry in clocks)
    wait_for("the index", lambda: points_in_redis(case_id) == expected)
    assert "w" in {kind for _, kind in expected}


def test_11_after_the_last_warning_redis_holds_the_breach(intake, supervisor):
    case_id = make_case(intake, supervisor, "demo-clinic")
    wait_for("three warn points", lambda: len(clock(supervisor, case_id, "resolution")["warns"]) == 3)
    seen = set()
    wait_for("the breach", lambda: seen.update(points_in_redis(case_id)) or resolution_breached(supervisor, case_id))
    last = warnings(supervisor, case_id)[-1]
    due = clock(supervisor, case_id, "resolution")["due_at"]
    late = datetime.fromisoformat(due) - datetime.fromisoformat(last["at"]) < timedelta(seconds=1)
    assert last["data"]["ordinal"] == 3 and (late or ("resolution", "b") in seen)


def rebuilds():
    """How often sla-timer has built its index anew."""
    port = int(os.environ["REDRESS_SLA_TIMER_URL"].rsplit(":", 1)[1]) + 1
    return re.search(r"^redress_sla_timer_rebuilds_total\S* (\d+)", requests.get(f"http://127.0.0.1:{port}/metrics", timeout=5).text, re.MULTILINE)[1]


def rebuild():
    """Redis forgets; when the index was whole again."""
    before = rebuilds()
    redis.Redis(port=int(os.environ["REDRESS_REDIS_PORT"])).flushall()
    wait_for("the rebuild's end", lambda: rebuilds() != before)
    return datetime.now(timezone.utc)


@contextlib.contextmanager
def rebuild_that_takes(least):
    """As many more clocks that run for a month, in the ledger's table alone, as it takes on this machine."""
    with psycopg.connect(os.environ["REDRESS_POSTGRES_ADMIN_URL"], autocommit=True) as connection:
        try:
            took = timedelta(0)
            while took < least:
                connection.execute("INSERT INTO ledger.clocks (case_id, name, tenant, version, due_at, warned) SELECT gen_random_uuid(), "
                                   "'sleeping', 'bureau', 1, now() + interval '30 days', false FROM generate_series(1, 400000)")
                begin = datetime.now(timezone.utc)
                took = rebuild() - begin
            yield
        finally:
            connection.execute("DELETE FROM ledger.clocks WHERE name = 'sleeping'")
            redis.Redis(port=int(os.environ["REDRESS_REDIS_PORT"])).flushall()


def test_11_what_falls_due_while_a_large_index_is_built_anew_does_not_wait_for_its_end(intake, supervisor):
    with rebuild_that_takes(timedelta(seconds=3)):
        case_id = make_case(intake, supervisor, "demo-clinic")
        due = datetime.fromisoformat(clock(supervisor, case_id, "first_response")["due_at"])
        wait_for("a moment before it is due", lambda: datetime.now(timezone.utc) > due - timedelta(seconds=0.3))
        ended = rebuild()
        breach = wait_for("the breach", lambda: supervisor.has(case_id, "ClockBreached"))[0]
        assert breach["data"]["name"] == "first_response" and datetime.fromisoformat(breach["at"]) < ended - timedelta(seconds=0.5)
