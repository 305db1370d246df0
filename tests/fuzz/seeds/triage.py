# SPDX-License-Identifier: Apache-2.0
"""Seeds for triage: questions, facts, cards and sketches, what Redis answers."""

from seeds.wire import UUID, blocks, course, dump, fact, facts, field, golden, request


def triage_http():
    def ask(**more) -> bytes:
        return request(0, body=dump({"text": "我不想活了，站在楼顶。没有想过自杀！", **more}))

    return {
        "whole": ask(institution="hope-line", category="suicide-risk"),
        "text-alone": ask(),
        "unknown-institution": ask(institution="x"),
        "similar": request(1, headers={"Authorization": "Bearer t"}, body=dump({"case_id": UUID, "institutions": "bureau"})),
        "similar-no-token": request(1, body=dump({"case_id": UUID, "institutions": "bureau"})),
        "full-width": request(0, body=dump({"text": "ＫＩＬＬ　ＭＹＳＥＬＦ？电视剧里；Ⱥ\u0130 tonight"})),
    }


def triage_facts():
    return facts() | {
        "danger": fact("MessageReceived", golden("MessageReceived") + field(2, "我不想活了，站在楼顶。")),
        "danger-in-a-rating": fact("FeedbackRecorded", golden("FeedbackRecorded") + field(6, "我不想活了，站在楼顶。")),
        "danger-reopened": fact("CaseReopened", golden("CaseReopened") + field(3, "我要跳楼") + field(4, 1)),
        "danger-withdrawn": fact("CaseWithdrawn", golden("CaseWithdrawn") + field(2, "我要跳楼") + field(3, 1)),
        "course-index": course("CaseRegistered", "CaseAssessed", "CaseDispatched", "CaseDesignated"),
    }


def triage_store():
    bulk = lambda value: b"$%d\r\n%s\r\n" % (len(value), value)
    empty = b"\x01" + b"\x00\x01" * 4
    full = b"\x01" + b"\x02\x01" + bytes(range(8)) + b"\x00\x01" * 3
    received = 1770000000000
    text = lambda value: bytes([len(value)]) + value
    card = lambda sketch: (b"\x01" + received.to_bytes(8, "little") + text(b"bureau") + text(b"waiting") + text(b"bureau.desk")
                           + b"\x01" + b"\xab" * 32 + b"\x07\x00\x00\x00" + bytes(44) + sketch)
    entry = lambda number, at: (bytes([number * 16 + 1]) + bytes.fromhex(UUID.replace("-", ""))[1:] + at.to_bytes(8, "little")
                                + 0x2F408649E053EDC7 .to_bytes(8, "little"))
    whole = b"$1\r\n2\r\n"
    known = whole + b"*1\r\n" + bulk(card(full))
    met = b"*1\r\n" + bulk(entry(1, received) + entry(2, received - 1)) + b"*1\r\n$-1\r\n" * 4
    nobody = b"*2\r\n$-1\r\n$-1\r\n" * 92
    return {
        "sketch": b"s" + full,
        "sketch-empty": b"s" + empty,
        "sketch-not-whole": b"s\x01\x01\x00abcd" + b"\x00\x01" * 3,
        "card": b"c" + card(full),
        "card-cut": b"c" + card(full)[:60],
        "candidates": blocks("0", known + met + nobody + b"*2\r\n" + bulk(card(empty)) + b"$-1\r\n"),
        "candidates-unknown": blocks("0", whole + b"*1\r\n$-1\r\n"),
        "not-whole": blocks("0", b"$-1\r\n"),
        "lost-and-asked-again": blocks("0", whole, known),
        "no-card": blocks("0", whole + b"*1\r\n$3\r\nabc\r\n"),
        "repeats": blocks("1", met + b"*1\r\n" + bulk(card(full)) + met),
        "no-repeats": blocks("1", b"*1\r\n$-1\r\n" * 5),
        "apply": blocks("2", b"*1\r\n" + bulk(card(full)) + b"+OK\r\n" * 2 + b":1\r\n"),
        "apply-refused": blocks("2", b"*1\r\n$-1\r\n" + b"-OOM x\r\n" + b":1\r\n"),
        "whole": blocks("3", whole),
        "whole-is-nil": blocks("3", b"$-1\r\n"),
    }
