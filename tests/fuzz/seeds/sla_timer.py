# SPDX-License-Identifier: Apache-2.0
"""Seeds for sla-timer: questions, facts, what Redis answers."""

from seeds.wire import UUID, blocks, dump, facts, request


def sla_timer_http():
    question = {"institution": "first-hospital", "clock": "resolution", "start": "2026-02-13T16:30:00+08:00"}
    return {
        "default": request(0, body=dump(question)),
        "urgent": request(0, body=dump(question | {"urgency": "P1"})),
        "long-ago": request(0, body=dump(question | {"start": "0001-01-01T00:00:00Z"})),
        "far-ahead": request(0, body=dump(question | {"start": "9999-12-31T23:59:59.999+00:00"})),
        "unknown-clock": request(0, body=dump(question | {"clock": "x"})),
    }


def sla_timer_facts():
    return facts()


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
