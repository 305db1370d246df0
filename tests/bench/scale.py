"""What grows: armed clocks, cases in the ledger, facts to rebuild from."""

import itertools
import json
import pathlib
import statistics
import time
import urllib.request

import scenarios
from machine import HOME, SERVICES

STEADY_SECONDS = 20 # fewer for few clocks
STEADY_RATE = 1000
WARN_S = 40 # before a clock is due; the ledger has decided all warnings of a burst by then
CRISIS_EVERY = 100
PROPOSALS = ["redress.proposals", "redress.proposals.urgent"]  # a crisis goes by the second
QUERY_SECONDS = 10
QUERY_RATE = 100
DAY_MS = 86400000


def poll(what, condition, most_s, every_s=0.02):
    """Waits until condition gives something true."""
    until = time.monotonic() + most_s
    while not (value := condition()):
        if time.monotonic() > until:
            raise RuntimeError(f"waited {most_s} s in vain for {what}")
        time.sleep(every_s)
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


# Other clocks run as well: those that the region's policies arm, the ladders of alarms.
FACTS = ("SELECT encode(payload, 'hex'), (extract(epoch FROM decided_at) * 1000)::bigint FROM ledger.case_events "
         "WHERE type = 'redress.v1.{kind}' AND payload LIKE '%bench%'::bytea")
ARMED = ("SELECT case_id, encode(payload, 'hex') FROM ledger.case_events WHERE type = 'redress.v1.ClockArmed' "
         "AND payload LIKE '%bench@1%'::bytea")
# The first step of each alarm's ladder, with the terms that it was armed by.
CLIMBS = ("SELECT DISTINCT ON (e.case_id) encode(a.payload, 'hex'), (extract(epoch FROM e.decided_at) * 1000)::bigint "
          "FROM ledger.case_events e JOIN ledger.case_events a USING (case_id) WHERE e.type = 'redress.v1.CaseEscalated' "
          "AND a.type = 'redress.v1.ClockArmed' AND a.payload LIKE '%escalation-1%bench@1%'::bytea ORDER BY e.case_id, e.seq, a.seq")


def due_of(payload):
    """When the clock of a ClockWarned or ClockBreached is due."""
    return varint_field(payload, 4)


def due_of_terms(payload):
    """When the clock of a ClockArmed is due."""
    return varint_field(bytes_field(payload, 2), 5)


def lateness(rows, read_due, first_ms, last_ms, before_ms=0):
    """Milliseconds from due, or from so long before it, to the ledger's decision, of the clocks that were due in this time."""
    found = []
    for row in rows.splitlines():
        payload, decided_ms = row.split("|")
        due_ms = read_due(bytes.fromhex(payload))
        if first_ms <= due_ms <= last_ms:
            found.append(int(decided_ms) - due_ms + before_ms)
    return sorted(found)


def breach_lateness(stack, first_ms, last_ms):
    """Of breaches."""
    return lateness(stack.sql(FACTS.format(kind="ClockBreached")), due_of, first_ms, last_ms)


def warn_lateness(stack, first_ms, last_ms):
    """Of warnings, by when their clocks were due."""
    return lateness(stack.sql(FACTS.format(kind="ClockWarned")), due_of, first_ms, last_ms, WARN_S * 1000)


def crisis_lateness(stack, first_ms, last_ms):
    """Of the first climbs of a crisis' alarm."""
    return lateness(stack.sql(CLIMBS), due_of_terms, first_ms, last_ms)


def share_at(found, share):
    """The value below which this share of sorted ones lies."""
    return found[min(len(found) - 1, int(len(found) * share))]


def fields(message):
    """(number, value) of each top-level field of a protobuf message: a number, or bytes."""
    at = 0

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
            yield key >> 3, varint()
        elif key & 7 == 2:
            size = varint()
            at += size
            yield key >> 3, message[at - size:at]
        else:
            raise ValueError("a wire type that facts do not use")


def varint_field(message, wanted):
    """A top-level number of a protobuf message; 0 where there is none."""
    return next((value for number, value in fields(message) if number == wanted and isinstance(value, int)), 0)


def bytes_field(message, wanted):
    """Top-level bytes of a protobuf message; none where there are none."""
    return next((value for number, value in fields(message) if number == wanted and isinstance(value, bytes)), b"")


def arm(stack, count, first_ms, spacing_us, *, warn_s=0, crisis_every=0):
    """Real cases with a clock each, through the ledger; in how many seconds."""
    armed = "SELECT count(*) FROM ledger.case_events WHERE type = 'redress.v1.CaseRegistered' AND actor = 'intake'"
    before, began = int(stack.sql(armed)), time.monotonic()
    stack.run("redress-floor", "arm", str(count), str(first_ms), str(spacing_us), str(warn_s * 1000), str(crisis_every))
    poll("the ledger", lambda: int(stack.sql(armed)) >= before + count, 600)
    scenarios.await_outbox(stack)
    return time.monotonic() - began


def armed_cases(stack, first_ms, last_ms):
    """The cases whose clock is due in this time."""
    rows = (row.split("|") for row in stack.sql(ARMED).splitlines())
    return {case_id for case_id, payload in rows if first_ms <= due_of_terms(bytes.fromhex(payload)) <= last_ms}


def last_fired_ms(messages, cases):
    """When the last of these cases' clocks was fired, of their first proposals; what is not decided at once may be proposed
    again by the sweep."""
    found = {}
    for message in messages:
        headers, case_id = dict(message.headers() or []), message.key().decode()
        if headers.get("ce_type") == b"redress.v1.BreachClock" and case_id in cases:
            found[case_id] = min(message.timestamp()[1], found.get(case_id, message.timestamp()[1]))
    if len(found) != len(cases):
        raise RuntimeError(f"of {len(cases)} clocks {len(found)} were fired")
    return max(found.values())


def await_decided(stack, first_ms, last_ms):
    """Until the ledger has ended every clock that was due in this time. Asked seldom, so that it is not held up."""
    left = (f"SELECT count(*) FROM ledger.clocks WHERE due_at BETWEEN to_timestamp({first_ms} / 1000.0) "
            f"AND to_timestamp({last_ms} / 1000.0)")
    time.sleep(max(0, last_ms / 1000 - time.time()))
    with stack.session() as database:
        poll("the ledger", lambda: database.execute(left).fetchone()[0] == 0, 600, every_s=0.5)


class Phase:
    """Clocks of real cases that fall due one after another, each with a warning before; of a hundred one is the step of a
    crisis' alarm. Begins by arming them, ends when the ledger has decided all."""

    def __init__(self, stack, count, spacing_us, lead_s):
        self.stack, self.count = stack, count
        lead_s += WARN_S
        self.first_ms = int(time.time() * 1000) + int(lead_s * 1000)
        self.last_ms = self.first_ms + count * spacing_us // 1000
        self.armed_in_s = arm(stack, count, self.first_ms, spacing_us, warn_s=WARN_S, crisis_every=CRISIS_EVERY)
        late_by = time.time() - self.first_ms / 1000 + WARN_S
        if late_by > 0:
            raise RuntimeError(f"arming {count} clocks took {late_by:.0f} s longer than the {lead_s - WARN_S:.0f} s until the first warning")
        marks = {topic: stack.topic_marks(topic) for topic in PROPOSALS}
        await_decided(stack, self.first_ms, self.last_ms)
        cases = armed_cases(stack, self.first_ms, self.last_ms)
        fired = itertools.chain.from_iterable(stack.messages_since(*topic) for topic in marks.items())
        self.fired_in_s = (last_fired_ms(fired, cases) - self.first_ms) / 1000

    def lateness(self):
        """(of crises, of others, of the others' warnings), each sorted; every clock has fired."""
        found = [read(self.stack, self.first_ms, self.last_ms) for read in (crisis_lateness, breach_lateness, warn_lateness)]
        crises = -(-self.count // CRISIS_EVERY)
        if [len(late) for late in found] != [crises, self.count - crises, self.count - crises]:
            raise RuntimeError(f"of {crises} crises and {self.count - crises} others {', '.join(str(len(late)) for late in found)} were decided")
        return found


def steady_phase(stack, count):
    """1,000 clocks due a second; figures and how many were armed a second."""
    seconds = min(STEADY_SECONDS, max(2, count // 10000))
    phase = Phase(stack, STEADY_RATE * seconds, 1000000 // STEADY_RATE, 20 + seconds)
    crisis, others, warned = phase.lateness()
    late = sorted(crisis + others)
    figures = {"steady_p50_ms": share_at(late, 0.5), "steady_p99_ms": share_at(late, 0.99),
               "steady_crisis_p99_ms": share_at(crisis, 0.99), "steady_warn_p99_ms": share_at(warned, 0.99)}
    return figures, phase.count / phase.armed_in_s


def burst_phase(stack, count, lead_s):
    """So many due in one second."""
    phase = Phase(stack, count, max(1, 1000000 // count), lead_s)
    crisis, others, warned = phase.lateness()
    return {"burst_s": phase.fired_in_s, "burst_applied_s": max(crisis[-1], others[-1]) / 1000,
            "burst_crisis_p50_ms": share_at(crisis, 0.5), "burst_crisis_p99_ms": share_at(crisis, 0.99),
            "burst_other_p50_ms": share_at(others, 0.5), "burst_other_p99_ms": share_at(others, 0.99),
            "burst_warned_s": warned[-1] / 1000}


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
    steady, armed_per_second = steady_phase(stack, count)
    most = burst_phase(stack, burst, 30 + burst / min(2000, max(200, armed_per_second / 2)))
    stack.sql("DELETE FROM ledger.clocks")
    return {"bytes_each": bytes_each, "rebuild_s": rebuild_s, **steady, **most}


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
    stack.sql("VACUUM ANALYZE")  # else autovacuum takes a processor of what is measured for minutes
    stack.sql("CHECKPOINT")


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
