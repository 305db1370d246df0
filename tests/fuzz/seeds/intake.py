# SPDX-License-Identifier: Apache-2.0
"""Seeds for intake: submissions, tracking, the inbound topic, what Redis and the ledger answer."""

from seeds.codes import pin, satisfaction_token, tracking_code
from seeds.wire import UUID, blocks, dump, field, golden, http_answer, request

SUBMISSION = {
    "institution": "first-hospital",
    "channel": "web",
    "category": "service-attitude",
    "narrative": "候诊三小时，前台的周晓岚不理人。电话13912345678，身份证 11010519491231002X。",
    "request": "请道歉",
    "received_at": "2026-02-13T16:30:00+08:00",
    "on_behalf_relation": "子女",
    "complainant": {
        "name": "周晓岚",
        "phone": "139 1234 5678",
        "email": "zhou@example.org",
        "address": "东湖区梧桐路7号",
        "identity_number": "11010519491231002X",
        "language": "en",
    },
}
EVIDENCE = {"sha256": "ab" * 32, "media_type": "image/jpeg", "size": 123456, "note": "缴费单"}


def intake_http():
    key = {"Idempotency-Key": "k-1"}
    trace = {"traceparent": "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"}
    anonymous = {"institution": "demo-clinic", "channel": "phone", "narrative": "没有人接电话", "anonymous": True}
    rating = {"overall": 4, "timeliness": 5, "attitude": 1, "solved": True, "comment": "谢谢，13912345678"}
    replied, closed, open_ = tracking_code("1"), tracking_code("2"), tracking_code("3")

    def with_pin(code: str) -> dict:
        return {"Redress-Pin": pin(code)}

    return {
        "whole": request(0, headers=key | trace, body=dump(SUBMISSION)),
        "anonymous": request(0, headers=key, body=dump(anonymous)),
        "contradiction": request(0, headers=key, body=dump(SUBMISSION | {"anonymous": True})),
        "no-key": request(0, body=dump(SUBMISSION)),
        "long": request(0, headers=key, body=dump(SUBMISSION | {"narrative": "长" * 8000})),
        "trace-is-no-text": request(0, headers=key, body=dump(anonymous)).replace(b"\n", b"\ntraceparent: \xff\n", 1),
        "status": request(1, replied, headers=with_pin(replied)),
        "status-open": request(1, open_, headers=with_pin(open_)),
        "status-wrong-pin": request(1, closed, headers=with_pin(open_)),
        "status-absent": request(1, tracking_code("0"), headers=with_pin(tracking_code("0"))),
        "status-must-wait": request(1, tracking_code("1Z"), headers=with_pin(tracking_code("1Z"))),
        "rating": request(2, replied, headers=key | with_pin(replied), body=dump(rating)),
        "rating-too-early": request(2, open_, headers=key | with_pin(open_), body=dump(rating)),
        "message": request(3, open_, headers=key | with_pin(open_), body=dump({"text": "请回电 13912345678"})),
        "message-is-blank": request(3, open_, headers=key | with_pin(open_), body=dump({"text": "  "})),
        "message-again": request(3, tracking_code("10Z"), headers=key | with_pin(tracking_code("10Z")), body=dump({"text": "再问"})),
        "messages": request(4, replied, headers=with_pin(replied), queries={"after": "7", "limit": "50"}),
        "messages-limit": request(4, replied, headers=with_pin(replied), queries={"limit": "51"}),
        "evidence": request(5, open_, headers=key | with_pin(open_), body=dump(EVIDENCE)),
        "evidence-type": request(5, open_, headers=key | with_pin(open_), body=dump(EVIDENCE | {"media_type": "image/"})),
        "withdrawal": request(6, open_, headers=key | with_pin(open_), body=dump({"reason": "已解决"})),
        "withdrawal-too-late": request(6, closed, headers=key | with_pin(closed), body=dump({"reason": "已解决"})),
        "reopening": request(7, closed, headers=key | with_pin(closed), body=dump({"ground": "new_facts", "reason": "录像"})),
        "reopening-ground": request(7, closed, headers=key | with_pin(closed), body=dump({"ground": "x", "reason": "录像"})),
        "link": request(8, satisfaction_token(1, 4_000_000_000)),
        "link-rates": request(9, satisfaction_token(1, 4_000_000_000), headers=key, body=dump(rating)),
        "link-superseded": request(9, satisfaction_token(2, 4_000_000_000), headers=key, body=dump(rating)),
        "link-expired": request(8, satisfaction_token(1, 1_000_000_000)),
        "rating-out-of-bounds": request(2, closed, headers=key | with_pin(closed), body=dump(rating | {"overall": 6})),
    }


def intake_inbound():
    whole = b"0" + golden("ExternalComplaint").replace(b"other", b"waiting")
    person = field(1, "周晓岚") + field(2, "13912345678") + field(3, "zhou@example.org") + field(6, "zh-CN")
    first = field(1, "r-1") + field(2, "first-hospital") + field(3, 1)
    return {
        "golden": whole,
        "good": b"0" + first + field(5, "电话没人接，周晓岚说的") + field(9, person),
        "anonymous": b"0" + first + field(4, "service-attitude") + field(5, "没人理") + field(8, 1),
        "contradiction": b"0" + first + field(5, "没人理") + field(8, 1) + field(9, person),
        "no-channel": b"0" + field(1, "r-1") + field(2, "first-hospital") + field(5, "没人理"),
        "not-utf-8": b"0" + first + field(5, b"\xff\xfe"),
        "cut": whole[:40],
    }


def intake_store():
    fresh = b"*9\r\n$1\r\n1\r\n" + b":0\r\n$1\r\n5\r\n$1\r\n6\r\n:0\r\n" * 2
    forgotten = b"*9\r\n$0\r\n\r\n" + b":0\r\n$1\r\n5\r\n$1\r\n6\r\n:1\r\n" * 2 + b"+OK\r\n:1\r\n:1\r\n"
    nothing = b"*9\r\n$1\r\n1\r\n" + b":0\r\n$-1\r\n$-1\r\n:0\r\n" * 2
    case = {"content_sha256": "01" + "00" * 31, "received_at_ms": 7, "promised_at_ms": 8}
    known = http_answer("200 OK", dump(case))
    status = {"case_id": UUID, "tracking_code": "7F3K9QW2XM4TP", "institution": "first-hospital", "status": "replied"}
    return {
        "claimed": blocks("0", fresh),
        "script-is-not-loaded": blocks("0", b"-NOSCRIPT No matching script.\r\n" + fresh),
        "redis-forgot": blocks("0", forgotten, http_answer("200 OK", b'{"cases":3}'), known, known),
        "redis-loads": blocks("0", b"-LOADING Redis is loading\r\n", known, http_answer("404 Not Found", b"{}")),
        "redis-is-away": blocks("0", b"", known, known),
        "fields-are-absent": blocks("0", nothing),
        "sentinel-is-a-number": blocks("0", fresh.replace(b"$1\r\n1\r\n", b":1\r\n", 1)),
        "status": blocks("1", http_answer("200 OK", dump(status))),
        "status-absent": blocks("1", http_answer("404 Not Found", b"{}")),
        "status-is-no-json": blocks("1", http_answer("200 OK", b"<html>")),
        "status-is-chunked": blocks("1", b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n"),
        "attempts": blocks("2", b"*2\r\n$2\r\n11\r\n$13\r\n1770000000000\r\n:12\r\n:1\r\n"),
        "attempts-none": blocks("2", b"$-1\r\n:1\r\n:1\r\n"),
        "settled": blocks("3", b":1\r\n"),
    }
