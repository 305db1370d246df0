# SPDX-License-Identifier: Apache-2.0
"""What seeds are made of: JSON, protobuf messages and facts, requests, and the answers of servers."""

import json
import pathlib
import re

GOLDEN = pathlib.Path(__file__).parents[2] / "golden"
REGISTRY = pathlib.Path(__file__).parents[3] / "services" / "ledger" / "fact.h"
UUID = "01234567-89ab-8def-8123-456789abcdef"
# What stands in the golden messages' texts, "case_id-字", where a reader asks for more than any text.
TEXTS = {
    "case_id": UUID,
    "proposal_id": UUID.replace("0", "a", 1),
    "cause_id": UUID.replace("0", "b", 1),
    "delivery_id": UUID.replace("0", "c", 1),
    "alarm_id": UUID,
    "tenant": "first-hospital",
    "institution": "first-hospital",
    "category": "other",
    "unit": "first-hospital.nursing",
    "tracking_code": "7F3K9QW2XM4TP",
    "language": "zh-CN",
    "name": "resolution",
    "clock": "resolution",
    "channel": "email",
    "email": "somebody@example.org",
    "narrative": "候诊三小时，前台无人解释。我叫周晓岚，电话 13912345678。",
}


def dump(value) -> bytes:
    return json.dumps(value, ensure_ascii=False).encode()


def varint(number: int) -> bytes:
    out = b""
    while number > 127:
        out += bytes([number & 127 | 128])
        number >>= 7
    return out + bytes([number])


def read_varint(data: bytes, at: int):
    number = shift = 0
    while True:
        number |= (data[at] & 127) << shift
        shift += 7
        at += 1
        if data[at - 1] < 128:
            return number, at


def field(number: int, value) -> bytes:
    """One field of a protobuf message: a number, or text or bytes."""
    if isinstance(value, int):
        return varint(number << 3) + varint(value)
    value = value.encode() if isinstance(value, str) else value
    return varint(number << 3 | 2) + varint(len(value)) + value


def sensible(message: bytes) -> bytes:
    """A golden message with texts that make sense."""
    out, at = b"", 0
    while at < len(message):
        tag, at = read_varint(message, at)
        value, at = read_varint(message, at)
        if tag & 7 == 0:
            out += field(tag >> 3, value)
            continue
        content, at = message[at : at + value], at + value
        text = re.fullmatch(rb"([a-z0-9_]+)-\xe5\xad\x97", content)
        if text:
            content = TEXTS.get(text[1].decode(), content.decode()).encode()
        elif content[:1] != b"\x00":
            content = sensible(content)
        out += field(tag >> 3, content)
    return out


def golden(name: str) -> bytes:
    return sensible((GOLDEN / f"{name}.bin").read_bytes())


def fact_types() -> list:
    """All types of facts, in the order of the ledger's registry."""
    kinds = re.findall(r"^    FACT_(\w+),$", REGISTRY.read_text(), re.M)
    return ["".join(word.capitalize() for word in kind.split("_")) for kind in kinds]


def fact(name: str, value: bytes) -> bytes:
    """A fact in a batch of them, behind the byte that picks its type."""
    types = fact_types()
    number = types.index(name) if name in types else len(types)
    return bytes([ord("0") + number]) + len(value).to_bytes(2, "big") + value


def fact_of_type(type_name: str, value: bytes) -> bytes:
    """A fact in a batch of them, whose ce_type is any text."""
    name = type_name.encode()
    value = bytes([len(name)]) + name + value
    return bytes([ord("0") + len(fact_types()) + 1]) + len(value).to_bytes(2, "big") + value


def in_meta(message: bytes, **changes) -> bytes:
    """The message with other values in its meta: protobuf-c does not merge numbers of two metas."""
    numbers = {"case_id": 1, "sequence": 2, "tenant": 3, "decided_at_ms": 4, "withheld_from": 9}
    tag, at = read_varint(message, 0)
    size, at = read_varint(message, at)
    assert tag == 10  # every fact begins with its meta
    meta, rest, out, place = message[at : at + size], message[at + size :], b"", 0
    while place < len(meta):
        begin = place
        tag, place = read_varint(meta, place)
        value, place = read_varint(meta, place)
        place += value if tag & 7 == 2 else 0
        if tag >> 3 not in {numbers[name] for name in changes}:
            out += meta[begin:place]
    return field(1, out + b"".join(field(numbers[name], value) for name, value in changes.items())) + rest


def course(*names: str) -> bytes:
    """A batch of one case's facts, one after the other."""
    return b"".join(fact(name, in_meta(golden(name), sequence=i + 1)) for i, name in enumerate(names))


def facts() -> dict:
    """A seed of each type, one that nobody knows, and batches."""
    seeds = {name: fact(name, golden(name)) for name in fact_types()}
    seeds |= {
        "unknown": fact("WrittenTomorrow", golden("CaseClosed")),
        "any-type": fact_of_type("com.example.Closed", golden("CaseClosed")),
        "any-type-and-known": fact_of_type("a.b", golden("CaseClosed")) + fact("CaseRegistered", golden("CaseRegistered")),
        "any-type-cut": fact_of_type("redress.v1.CaseClosed", b"")[:-4],
        "cut": fact("CaseRegistered", golden("CaseRegistered")[:-3]),
        "empty": b"0",
        "shorter-than-it-says": fact("CaseRegistered", golden("CaseRegistered"))[:-9],
        "no-meta": fact("CaseAssessed", field(2, "other")),
        "first": course("CaseRegistered"),
    }
    handled = ["CaseRegistered", "CaseAssessed", "CaseAccepted", "CaseDispatched", "CaseSigned", "CaseDecided"]
    return seeds | {
        "course": course(*handled, "CaseReplied", "CaseClosed"),
        "course-again": course("CaseRegistered", "CaseReplied", "FeedbackRecorded", "CaseClosed", "CaseReopened", "CaseReplied"),
        "course-clocks": course("CaseRegistered", "ClockArmed", "ClockWarned", "ClockPaused", "ClockArmed", "ClockBreached"),
        "course-erased": course("CaseRegistered", "ContentErased", "CaseReplied", "CaseRegistered", "CaseUnmerged"),
        "course-alarm": course("CaseRegistered", "AlarmRaised", "CaseEscalated", "AlarmAcknowledged", "ClockStopped"),
    }


def request(route: int, *values: str, headers=None, queries=None, body=b"") -> bytes:
    lines = [*values, *(f"{name}: {value}" for name, value in (headers or {}).items())]
    lines += [f"?{name}={value}" for name, value in (queries or {}).items()]
    return bytes([ord("0") + route]) + "".join(line + "\n" for line in lines).encode() + b"\n" + body


def blocks(call: str, *contents: bytes) -> bytes:
    return call.encode() + b"".join(len(content).to_bytes(2, "big") + content for content in contents)


def http_answer(status: str, body: bytes) -> bytes:
    head = f"HTTP/1.1 {status}\r\nContent-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
    return head.encode() + body
