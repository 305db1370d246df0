"""What grows: armed clocks, cases in the ledger, facts to rebuild from."""

import json
import pathlib
import statistics
import time
import urllib.request

import scenarios
from machine import HOME, SERVICES

STEADY_SECONDS = 20 # fewer for few clocks
STEADY_RATE = 1000
QUERY_SECONDS = 10
QUERY_RATE = 100
DAY_MS = 86400000


def poll(what, condition, most_s):
    """Waits until condition gives something true; it is asked fifty times a second."""
    until = time.monotonic() + most_s
    while not (value := condition()):
        if time.monotonic() > until:
            raise RuntimeError(f"waited {most_s} s in vain for {what}")
        time.sleep(0.02)
    return value


# Clocks

def sleeping_clocks(stack, count):
    """Clocks that run for another month, in the ledger's table alone: with a warning, as the policies' have."""
    stack.sql("INSERT INTO ledger.clocks (case_id, name, tenant, version, warn_at, due_at, warned) "
              "SELECT gen_random_uuid(), 'resolution', 'bureau', 1, now() + interval '29 days', "
              f"now() + interval '30 days', false FROM generate_series(1, {count})")


def redis_bytes(stack):
    """Memory that Redis holds for data."""
    line = next(line for line in stack.redis("info", "memory").splitlines() if line.startswith("used_memory:"))
    return int(line.split(":")[1])


def await_rebuilds(stack, wanted):
    """Until the index was rebuilt so often."""
    poll("the index's rebuild", lambda: stack.metric("sla-timer", "redress_sla_timer_rebuilds_total") >= wanted, 300)


def breach_lateness(stack, first_ms, last_ms):
    """Milliseconds from due to the ledger's decision, of the clocks that were due in this time."""
    rows = stack.sql("SELECT encode(payload, 'hex'), (extract(epoch FROM decided_at) * 1000)::bigint FROM "
                     "ledger.case_events WHERE type = 'redress.v1.ClockBreached'").splitlines()
    found = []
    for row in rows:
        payload, decided_ms = row.split("|")
        due_ms = varint_field(bytes.fromhex(payload), 4)
        if first_ms <= due_ms <= last_ms:
            found.append(int(decided_ms) - due_ms)
    return sorted(found)


def varint_field(message, wanted):
    """A top-level number of a protobuf message."""
    at, found = 0, 0

    def varint():
        nonlocal at
        value = shift = 0
        while True:
            byte = message[at]
            at += 1
            value |= (byte & 0x7F) << shift
            shift += 7
            if byte < 0x80:
                return value
    while at < len(message):
        key = varint()
        if key & 7 == 0:
            value = varint()
            found = value if key >> 3 == wanted else found
        elif key & 7 == 2:
            size = varint()
            at += size
        else:
            raise ValueError("a wire type that facts do not use")
    return found


def arm(stack, count, first_ms, spacing_us):
    """Real cases with a clock each, through the ledger."""
    armed = "SELECT count(*) FROM ledger.case_events WHERE type = 'redress.v1.CaseRegistered' AND actor = 'intake'"
    before = int(stack.sql(armed))
    stack.run("redress-floor", "arm", str(count), str(first_ms), str(spacing_us))
    poll("the ledger", lambda: int(stack.sql(armed)) >= before + count, 600)
    scenarios.await_outbox(stack)


def fired(stack):
    """Breaches that sla-timer has proposed."""
    page = stack.admin("sla-timer", "/metrics") or ""
    return sum(float(line.rsplit(" ", 1)[1]) for line in page.splitlines()
               if line.startswith('redress_sla_timer_proposals_total{kind="breach"}'))


def due_phase(stack, count, spacing_us, lead_s):
    """Arms clocks, waits until all have fired; (first due, last due, when all had fired), in ms since 1970."""
    first_ms = int(time.time() * 1000) + int(lead_s * 1000)
    arm(stack, count, first_ms, spacing_us)
    late_by = time.time() - first_ms / 1000
    if late_by > 0:
        raise RuntimeError(f"arming {count} clocks took {late_by:.0f} s longer than the {lead_s:.0f} s until they were due")
    before = fired(stack)
    poll("the clocks", lambda: fired(stack) >= before + count, lead_s + 300)
    return first_ms, first_ms + count * spacing_us // 1000, time.time() * 1000


def clocks(stack, count):
    """Index of many clocks: memory and rebuild; then 1,000 due a second, then a tenth of all in one second."""
    stack.services(["ledger"])
    burst = count // 10
    sleeping_clocks(stack, count - burst)
    stack.redis("FLUSHALL")
    empty = redis_bytes(stack)
    stack.services(["ledger", "sla-timer"])
    await_rebuilds(stack, 1)
    bytes_each = (redis_bytes(stack) - empty) / (count - burst)
    stack.redis("FLUSHALL")
    began = time.monotonic()
    await_rebuilds(stack, 2)
    rebuild_s = time.monotonic() - began
    began = time.monotonic()
    seconds = min(STEADY_SECONDS, max(2, count // 10000))
    steady = STEADY_RATE * seconds
    first, last, _ = due_phase(stack, steady, 1000000 // STEADY_RATE, 20 + steady / 1000)
    armed_per_second = steady / (time.monotonic() - began)
    poll("the ledger", lambda: len(breach_lateness(stack, first, last)) >= steady, 120)
    late = breach_lateness(stack, first, last)
    lead = 30 + burst / min(2000, max(200, armed_per_second))
    burst_first, burst_last, burst_end = due_phase(stack, burst, max(1, 1000000 // burst), lead)
    poll("the ledger", lambda: len(breach_lateness(stack, burst_first, burst_last)) >= burst, 600)
    stack.sql("DELETE FROM ledger.clocks")
    return {"bytes_each": bytes_each, "rebuild_s": rebuild_s, "steady_p50_ms": late[len(late) // 2],
            "steady_p99_ms": late[int(len(late) * 0.99)], "burst_s": (burst_end - burst_first) / 1000,
            "burst_applied_s": (breach_lateness(stack, burst_first, burst_last)[-1]) / 1000}


# Growth

def submit(stack, count):
    """[(tracking code, PIN)] of submissions made here."""
    found = []
    for number in range(count):
        body = {"institution": "bureau", "channel": "web", "narrative": "候诊两小时，窗口没有人解释。",
                "complainant": {"name": "测试", "email": f"grow{number}@example.org"}}
        request = urllib.request.Request(
            f"http://127.0.0.1:{stack.base + 10}/v1/submissions", data=json.dumps(body).encode(),
            headers={"Content-Type": "application/json", "Idempotency-Key": f"grow-{time.time_ns()}-{number}"})
        with urllib.request.urlopen(request, timeout=10) as answer:
            receipt = json.load(answer)
        found.append((receipt["tracking_code"], receipt["pin"]))
    return found


def fill_sql():
    """Copies of a real case with its history, spread over a year, institutions, statuses and categories."""
    return (pathlib.Path(__file__).resolve().parent / "grow.sql").read_text(encoding="utf-8")


def grow(stack, wanted):
    """Until the ledger and analytics hold so many cases."""
    there = int(stack.sql("SELECT count(*) FROM ledger.cases"))
    for begin in range(there, wanted, 100000):
        stack.sql(fill_sql().replace(":count", str(min(100000, wanted - begin))))
    stack.sql("ANALYZE ledger.cases; ANALYZE ledger.case_events; ANALYZE analytics.measures; ANALYZE analytics.daily; ANALYZE analytics.due_days; "
              "ANALYZE analytics.response_seconds; ANALYZE analytics.response_classes; ANALYZE analytics.response_months; "
              "CHECKPOINT")


def case_cost(stack, size):
    """Processor seconds per 1,000 cases the whole way."""
    common = [*scenarios.door(stack, 10), "--connections", "64", "--with-contact", *scenarios.SETTLE]
    stack.load(*common, "--count", str(size // 4))
    figures = scenarios.measured_load(stack, *common, "--count", str(size))
    scenarios.expect_all(figures)
    return figures["cpu"]["cpu_per_1000"]


def query_p99(stack, port, paths, headers):
    """p99 of these paths in turn, at a constant rate."""
    path = HOME / "queries.jsonl"
    with path.open("w", encoding="utf-8") as file:
        for number in range(QUERY_RATE * QUERY_SECONDS):
            one, more = paths[number % len(paths)]
            file.write(json.dumps({"method": "GET", "path": one, "headers": {**headers, **more}}) + "\n")
    figures = stack.load(*scenarios.door(stack, port), "--requests", str(path), "--connections", "16", "--rate",
                         str(QUERY_RATE), "--settle-seconds", "0")
    if figures["refused"] or figures["failed"] or figures["broken"]:
        raise RuntimeError(f"queries were not answered: {figures}")
    return figures["latency"]["p99_ms"]


def growth(stack, count):
    """Cost of a case and latency of queries with 10,000 cases and with many."""
    stack.services(SERVICES)
    known = submit(stack, 50)
    scenarios.catch_up(stack)
    size = min(4000, count // 20)
    grow(stack, min(10000, count // 10))
    small = case_cost(stack, size)
    grow(stack, count)
    full = case_cost(stack, size)
    token = scenarios.staff_token(stack)
    staff = {"Authorization": f"Bearer {token}"}
    lists = ["", "&status=accepted", "&urgency=P2", "&institution=bureau", "&category=waiting",
             "&unit=bureau.complaints", "&alarm=true", "&breached=true", "&status=received&institution=first-hospital"]
    list_p99 = {f"list_p99_ms{one.replace('&', '_')}": query_p99(stack, 30, [(f"/v1/cases?limit=50{one}", {})], staff)
                for one in lists}
    cases = stack.sql("SELECT case_id FROM ledger.cases TABLESAMPLE SYSTEM (1) LIMIT 500").split()
    case_paths = [(f"/v1/cases/{case}{tail}", {}) for case in cases for tail in ("", "/timeline")]
    today = time.strftime("%Y-%m-%d")
    year_ago = time.strftime("%Y-%m-%d", time.gmtime(time.time() - 365 * 86400))
    return {"cost_small": small, "cost_full": full, "cost_ratio": full / small, **list_p99,
            "list_p99_ms": max(list_p99.values()), "case_p99_ms": query_p99(stack, 30, case_paths, staff),
            "status_p99_ms": query_p99(stack, 10, [(f"/v1/submissions/{code}", {"Redress-Pin": pin})
                                                   for code, pin in known], {}),
            "indicators_p99_ms": indicator_p99(stack, token, year_ago, today)}


def indicator_p99(stack, token, begin, end):
    """p99 of a year's indicators, asked one after another."""
    took = []
    for _ in range(50):
        began = time.monotonic()
        request = urllib.request.Request(
            f"http://127.0.0.1:{stack.base + 60}/v1/indicators?from={begin}&to={end}",
            headers={"Authorization": f"Bearer {token}"})
        with urllib.request.urlopen(request, timeout=60) as answer:
            answer.read()
        took.append(1000 * (time.monotonic() - began))
    return statistics.quantiles(took, n=100)[98]


# Rebuild

def rebuild(stack, facts):
    """Analytics from an empty schema over the facts topic: facts a second."""
    stack.services(["ledger"])
    missing = facts - stack.topic_size("redress.facts")
    if missing > 0:
        arm(stack, missing // 2 + 1, int(time.time() * 1000) + 30 * DAY_MS, 1)
    total = stack.topic_size("redress.facts")
    stack.services([])
    stack.sql("TRUNCATE analytics.measures, analytics.contact_hashes, analytics.daily, analytics.response_seconds, "
              "analytics.handlings, analytics.due_days, analytics.response_classes, analytics.response_months, analytics.repeats, "
              "analytics.repeat_days")
    stack.forget_group("redress-analytics")
    stack.command("control", "start", "analytics")
    counted = lambda: stack.metric("analytics", "redress_analytics_facts_total")  # noqa: E731 pylint: disable=C3001
    poll("the first facts", counted, 60)
    first, began = counted(), time.monotonic()
    poll("all facts", lambda: counted() >= total, 600)
    return {"analytics_per_second": (total - first) / (time.monotonic() - began), "facts": total}
