# SPDX-License-Identifier: Apache-2.0
"""Seeds for sla-timer: questions, facts, what Redis answers."""

from seeds.wire import UUID, blocks, dump, fact, fact_types, facts, field, golden, request


def sla_timer_http():
    question = {"institution": "first-hospital", "clock": "resolution", "start": "2026-02-13T16:30:00+08:00"}
    return {
        "default": request(0, body=dump(question)),
        "urgent": request(0, body=dump(question | {"urgency": "P1"})),
        "long-ago": request(0, body=dump(question | {"start": "0001-01-01T00:00:00Z"})),
        "far-ahead": request(0, body=dump(question | {"start": "9999-12-31T23:59:59.999+00:00"})),
        "unknown-clock": request(0, body=dump(question | {"clock": "x"})),
    }


NOW = 1772413200000
HOUR = 3600000


def traits(category="other", urgency=3, crisis=1, situations="") -> bytes:
    return field(1, category) + field(2, urgency) + field(3, crisis) + field(4, 1) + field(5, situations)


def meta(sequence: int, case: bytes) -> bytes:
    head = field(1, UUID) + field(2, sequence) + field(3, "first-hospital") + field(4, NOW + sequence * HOUR)
    return field(1, head + field(7, case))


def assessed(sequence: int, now: bytes, *more: bytes) -> bytes:
    return fact("CaseAssessed", meta(sequence, now) + field(2, "other") + field(9, NOW) + b"".join(more))


def run(name: str, *changes: bytes, restarted_on="") -> bytes:
    return field(1, name) + field(2, 1) + field(3, NOW) + field(4, restarted_on) + b"".join(field(5, change) for change in changes)


def armed(name: str, *more: bytes) -> bytes:
    terms = field(1, name) + field(2, 1) + field(3, NOW) + field(4, NOW + HOUR) + field(5, NOW + 2 * HOUR)
    return fact("ClockArmed", meta(3, traits()) + field(2, terms) + b"".join(more))


def sla_timer_facts():
    urgent = traits(urgency=1, crisis=5, situations="petition,several-departments")
    pause = field(1, "appraisal") + field(2, NOW + HOUR) + field(3, NOW + 2 * HOUR) + field(4, NOW + 400 * HOUR)
    longer = field(2, NOW + HOUR) + field(5, 10) + field(6, "working_days")
    reached = [field(16, field(1, name) + field(2, NOW + HOUR)) for name in ("case_accepted", "case_dispatched", "case_decided")]
    before = field(15, traits())
    registered = fact("CaseRegistered", meta(1, traits()) + field(5, "other") + field(8, NOW) + field(4, 1))
    milestones = {
        f"milestone-{name}": fact(name, golden(name) + meta(4, urgent)) for name in fact_types() if name != "CaseAssessed"
    }
    return facts() | milestones | {
        "assessed": registered + assessed(2, traits()),
        "assessed-urgent": registered + assessed(2, urgent) + assessed(3, traits(), field(15, urgent)),
        "assessed-later": assessed(9, urgent, before, *reached, field(11, run("resolution", pause, longer))),
        "assessed-reopened": assessed(9, urgent, before, *reached, field(17, 1), field(18, NOW + HOUR), field(19, "rework"),
                                      field(11, run("resolution", restarted_on="rework"))),
        "assessed-run-of-no-rule": assessed(9, traits(), field(15, urgent), field(11, run("visit", pause))),
        "assessed-run-of-no-unit": assessed(9, traits(), field(11, run("resolution", field(5, 3) + field(6, "moons")))),
        "overtaken": armed("resolution", field(7, run("resolution", pause)), field(8, urgent)),
        "overtaken-by-none": armed("visit", field(7, run("visit")), field(8, traits())),
        "overtaken-unreadable": armed("resolution", field(7, run("resolution", field(6, "moons"))), field(8, urgent)),
        "due-before-it-begins": fact("SupervisionOrdered", golden("SupervisionOrdered") + meta(4, urgent) + field(7, NOW)),
    }


def sla_timer_store():
    member = f"{UUID}/resolution/1/b".encode()
    bulk = b"$%d\r\n%s\r\n" % (len(member), member)
    return {
        "due": blocks("0", b"*5\r\n:1\r\n" + bulk + b"$13\r\n1770000000000\r\n" + bulk + b"$1\r\n0\r\n"),
        "lost": blocks("0", b"*1\r\n:0\r\n"),
        "no-time": blocks("0", b"*3\r\n:1\r\n" + bulk + b"$-1\r\n"),
        "no-member": blocks("0", b"*3\r\n:1\r\n$-1\r\n$1\r\n5\r\n"),
        "other-member": blocks("0", b"*3\r\n:1\r\n$1\r\nx\r\n$1\r\n5\r\n"),
        "no-list": blocks("0", b":1\r\n"),
        "empty-list": blocks("0", b"*0\r\n"),
        "put": blocks("1", b":1\r\n" * 8),
        "read-only": blocks("1", b"-READONLY You can't write against a read only replica.\r\n"),
        "time": blocks("2", b"*2\r\n$10\r\n1770000000\r\n$6\r\n123456\r\n"),
        "no-clock": blocks("2", b"*2\r\n$-1\r\n$-1\r\n"),
        "dropped": blocks("3", b":4\r\n"),
    }
