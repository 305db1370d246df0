#!/usr/bin/env python3
"""Writes the seed corpora, tests/fuzz/corpus/<target>/. Run it after changing it; its output is committed.

Each function makes the seeds of one target: names and bytes, in the form that the target's own
comment describes.
"""

import base64
import hashlib
import hmac
import json
import pathlib
import re
import shutil

HERE = pathlib.Path(__file__).parent
GOLDEN = HERE.parent / "golden"
UUID = "01234567-89ab-8def-8123-456789abcdef"
DERIVE_KEY = b"a key that is known to everybody"


def dump(value) -> bytes:
    return json.dumps(value, ensure_ascii=False).encode()


def ident():
    uuid = b"01234567-89ab-8def-8123-456789abcdef"
    return {
        "code": b"7F3K9QW2XM4TP\n0123456789012345",
        "spelt-loosely": b"7f3k 9qw2-xm4t-p\n",
        "letters-for-digits": b"oOiIlL0000000\n1",
        "uuid": uuid + b"\n" + uuid,
        "too-long": b"7F3K9QW2XM4TP7F3K9QW2XM4TP\n" + b"9" * 40,
    }


def receipt():
    text = {
        "case_id": "01234567-89ab-8def-8123-456789abcdef",
        "tracking_code": "7F3K9QW2XM4TP",
        "pin": "0123456789012345",
        "received_at": "2026-02-13T16:30:00.000+08:00",
        "promised_at": "2026-02-28T23:59:59.999999999Z",
        "content_sha256": "ab" * 32,
        "signature": "cd" * 64,
    }
    return {
        "forged": b"t" + dump(text),
        "short": b"t" + dump(text | {"signature": "cd"}),
        "no-date": b"t" + dump(text | {"received_at": "2026-02-30T16:30:00.000+08"}),
        "signed": b"s" + bytes(range(32)) + b"\x00\x00\x03\x03" * 4 + b"\x00\x10",
    }


def jwt():
    header = {"alg": "EdDSA", "typ": "JWT", "kid": "key-1"}
    claims = {
        "iss": "https://issuer.example",
        "aud": "redress",
        "sub": "li.wei",
        "exp": 1770000600,
        "institutions": ["*", "bureau", 7],
    }
    part = base64.urlsafe_b64encode(dump(header)).rstrip(b"=")
    return {
        "signed": b"s" + dump(header) + b"\n" + dump(claims),
        "audiences": b"s" + dump(header) + b"\n" + dump(claims | {"aud": ["x", "redress"]}),
        "not-yet": b"s" + dump(header) + b"\n" + dump(claims | {"nbf": 1770009999}),
        "critical": b"s" + dump(header | {"crit": ["x"]}) + b"\n" + dump(claims),
        "no-key-id": b"s" + dump({"alg": "EdDSA"}) + b"\n" + dump(claims),
        "none": b"s" + dump({"alg": "none"}) + b"\n" + dump(claims),
        "unsigned": b"-Bearer " + part + b"." + part + b"." + b"A" * 86,
        "two-parts": b"-bearer " + part + b"." + part,
    }


def jwks():
    point = base64.urlsafe_b64encode(bytes(range(32))).rstrip(b"=").decode()
    # The base point of P-256 is certainly on the curve.
    x = "axfR8uEsQkf4vOblY6RA8ncDfYEt6zOg9KE5RdiYwpY"
    y = "T-NC4v4af5uO5-tKfA-eFivOM1drMV7Oy7ZAaDe_UfU"
    modulus = base64.urlsafe_b64encode(b"\xd5" * 256).rstrip(b"=").decode()
    edwards = {"kty": "OKP", "crv": "Ed25519", "use": "sig", "alg": "EdDSA", "kid": "key-1", "x": point}
    elliptic = {"kty": "EC", "crv": "P-256", "kid": "key-1", "x": x, "y": y}
    rsa = {"kty": "RSA", "kid": "key-1", "n": modulus, "e": "AQAB"}
    return {
        "edwards": dump({"keys": [edwards]}),
        "elliptic": dump({"keys": [elliptic]}),
        "off-the-curve": dump({"keys": [elliptic | {"y": x}]}),
        "rsa": dump({"keys": [rsa]}),
        "several": dump({"keys": [edwards, elliptic, rsa, {"kty": "oct"}]}),
        "many": dump({"keys": [edwards] * 20}),
        "none": dump({"keys": []}),
    }


def envelope():
    def header(number: int, value: bytes) -> bytes:
        return bytes([number]) + len(value).to_bytes(2, "big") + value

    whole = [
        header(0, b"1.0"),
        header(1, b"01234567-89ab-8def-8123-456789abcdef/12"),
        header(2, b"redress.v1.CaseRegistered"),
        header(3, b"redress/ledger"),
        header(4, b"01234567-89ab-8def-8123-456789abcdef"),
        header(5, b"2026-02-13T16:30:00.000+08:00"),
        header(6, b"00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"),
        header(7, b"ab" * 32),
        header(8, b"application/protobuf"),
    ]
    return {
        "whole": b"".join(whole),
        "other-version": header(0, b"0.3") + b"".join(whole[1:]),
        "no-id": b"".join(whole[:1] + whole[2:]),
        "trace-is-no-text": b"".join(whole) + header(6, b"\xff\xfe"),
        "hash-is-no-hex": b"".join(whole) + header(7, b"zz"),
        "too-long": b"".join(whole) + header(1, b"x" * 200),
        "empty": b"",
    }


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


def facts(*names: str) -> dict:
    """One seed a fact, behind the digit that picks its type, and one that is cut off."""
    seeds = {name: bytes([ord("0") + i]) + golden(name) for i, name in enumerate(names)}
    return seeds | {"cut": seeds[names[0]][:-3], "empty": b"0"}


def request(route: int, *values: str, headers=None, queries=None, body=b"") -> bytes:
    lines = [*values, *(f"{name}: {value}" for name, value in (headers or {}).items())]
    lines += [f"?{name}={value}" for name, value in (queries or {}).items()]
    return bytes([ord("0") + route]) + "".join(line + "\n" for line in lines).encode() + b"\n" + body


def pin(tracking_code: str) -> str:
    digest = hmac.new(DERIVE_KEY, b"redress-pin-v2\0" + tracking_code.encode() + b"\0", hashlib.sha256).digest()
    return "".join(str((digest[2 * i] * 256 + digest[2 * i + 1]) % 10) for i in range(16))


def tracking_code(first: str) -> str:
    letters = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
    code = (first + "0" * 12)[:12]
    return code + letters[sum(letters.index(c) * (2 * i + 1) for i, c in enumerate(code)) % 32]


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
SATISFACTION_KEY = b"\x07" + bytes(31)


def satisfaction_token(closure: int, expires: int) -> str:
    said = bytes.fromhex(UUID.replace("-", "")) + closure.to_bytes(4, "big") + expires.to_bytes(4, "big")
    mac = hmac.new(SATISFACTION_KEY, b"redress-satisfaction-v1\0" + said.hex().encode() + b"\0", hashlib.sha256).digest()
    return base64.urlsafe_b64encode(said + mac[:24]).decode()


def satisfaction():
    token = satisfaction_token(1, 4_000_000_000)
    return {"good": token.encode(), "expired": satisfaction_token(7, 1_000_000_000).encode(), "cut": token[:-1].encode(),
            "forged": ("B" + token[1:]).encode(), "padded": token.encode() + b"=", "not-base64": b"!" * 64}


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


def blocks(call: str, *contents: bytes) -> bytes:
    return call.encode() + b"".join(len(content).to_bytes(2, "big") + content for content in contents)


def http_answer(status: str, body: bytes) -> bytes:
    head = f"HTTP/1.1 {status}\r\nContent-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
    return head.encode() + body


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


def triage_facts():
    return facts("CaseRegistered", "CaseClosed")


def narrative():
    text = "周晓岚\n13912345678\n"
    return {
        "personal": (text + "我是周晓岚，手机１３９１２３４５６７８，卡号6222021234567890123，微信号 zhou_xl99，川A12345。").encode(),
        "crisis": (text + "我不想活了，现在站在楼顶。朋友说没有一天不想死；电视剧里自杀。").encode(),
        "nothing": b"\n\n",
        "ascii": b"John Smith\n555\nJohn Smith john.smith@example.org kill myself tonight",
        "identity-card": (text + "11010519491231002X 1101051949 1231 002x").encode(),
    }


def ledger_http():
    claims = {"sub": "li.wei", "roles": ["supervisor", "operator", "handler"], "institutions": ["*"]}
    claims["units"] = ["first-hospital.nursing"]
    staff = {"Authorization": dump(claims).decode()}
    command = staff | {"Idempotency-Key": "k-1", "If-Match": "*"}
    token = {"Authorization": "Bearer t"}
    unit = "first-hospital.nursing"
    digest = "00112233445566778899aabbccddeeff" * 2
    bodies = {
        "accept": {"note": "已受理"},
        "refuse": {"ground": "other_authority", "right_route": "市场监管局"},
        "redirect": {"authority": "民政局"},
        "transfer-emergency": {"service": "120"},
        "resolve-on-spot": {"resolution": "当场退费"},
        "dispatch": {"unit": unit, "note": "请处理"},
        "request-return": {"reason": "非本科室", "proposed_unit": unit},
        "designate": {"unit": unit},
        "sign": {},
        "investigate": {},
        "suspend": {"ground": "appraisal"},
        "resume": {},
        "decide": {"outcome": "upheld", "findings": "属实", "responsible_unit": unit, "missing_answers_reason": "已清"},
        "reply": {"reply": "我们道歉"},
        "follow-up": {"reached": True, "solved": False, "score": 2, "note": "电话"},
        "rework": {"reason": "重办"},
        "close": {"note": "结案"},
        "reopen": {"ground": "new_facts", "reason": "新证据"},
        "review": {"reason": "不服"},
        "decide-review": {"result": "confirmed", "findings": "正确"},
        "withdraw": {"reason": "不再投诉"},
        "archive": {},
        "acknowledge": {"alarm_id": UUID},
        "comment": {"comment": "等回电"},
        "assess": {"urgency": "P1", "crisis": "R3", "category": "suicide-risk", "subject": "plan"},
        "reveal": {"reason": "需要回电"},
        "supervise": {"level": "key", "trigger": "adverse_effect", "instruction": "限期", "due": "2099-01-01T00:00:00Z"},
        "answer-supervision": {"order": 1, "answer": "已整改"},
        "lift-supervision": {"order": 2, "note": "同意"},
        "concern-person": {"kind": "staff", "title": "护士", "staff_code": "N-7"},
        "raise-allegation": {"person": 1, "category": "fees", "text": "多收"},
        "decide-allegation": {"allegation": 1, "outcome": "upheld", "responsibility": "main", "measure": "退费"},
        "record-authority": {"authority": "guardian", "since": "2026-02-13"},
        "form-team": {"purpose": "major_dispute", "medical": "cao-bin", "legal": "tang-wei", "service": "shen-yue",
                      "witness": "居委会", "rights_told": True, "reported_to": "省厅"},
        "register-evidence": {"sha256": digest, "media_type": "image/jpeg", "size": 9, "giver": "witness"},
        "add-co-handler": {"unit": "first-hospital.medical", "due": "2099-01-01T00:00:00Z"},
        "report-stage": {"report": "一半"},
        "merge": {"with": "2" + UUID[1:], "reason": "同一事项"},
        "unmerge": {"reason": "另一件事"},
        "answer-co-handling": {"answer": "无误", "late_reason": "人手"},
    }
    queries = {"status": "replied", "urgency": "P2", "alarm": "true", "breached": "true", "limit": "7"}
    seeds = {
        "list": request(0, headers=staff, queries=queries | {"after": f"1770000000000_{UUID}"}),
        "show": request(1, UUID, headers=staff),
        "timeline": request(2, UUID, headers=staff, queries={"after": "3", "limit": "200"}),
        "changes": request(4, headers=staff),
        "export": request(12, UUID, headers=staff),
        "similar": request(13, UUID, headers=staff),
        "internal-narratives": request(14, headers=token, queries={"after": f"1770000000000_{UUID}", "limit": "50"}),
        "no-token": request(0),
        "no-scope": request(0, headers={"Authorization": dump(claims | {"institutions": ["x"]}).decode()}),
        "internal-case": request(5, UUID, headers=token),
        "internal-code": request(6, "7F3K9QW2XM4TP", headers=token),
        "internal-clocks": request(7, headers=token, queries={"after": f"{UUID}/resolution", "limit": "9"}),
        "internal-overdue": request(8, headers=token, queries={"limit": "50"}),
        "internal-summary": request(9, headers={"Authorization": "Bearer x"}),
    }
    for name, body in bodies.items():
        for digit in "036ace":  # how far the case is
            seeds[f"{name}-{digit}"] = request(3, digit + UUID[1:], name, headers=command, body=dump(body))
    return seeds


def bundle():
    """Exported cases: "s" and what is signed first, or a file as it is."""
    registered = field(1, field(1, UUID) + field(2, 1) + field(3, "clinic") + field(4, 1) + field(5, "intake") + field(6, UUID))
    registered += field(2, bytes(32)) + field(3, "7F3K9QW2XM4TP")
    kind = b"redress.v1.CaseRegistered"
    chained = b"redress-chain-v1\0" + UUID.encode() + b"\0" + (1).to_bytes(8, "big") + kind + b"\0" + bytes(32)
    last = hashlib.sha256(chained + hashlib.sha256(registered).digest()).hexdigest()
    data = {"tracking_code": "7F3K9QW2XM4TP", "channel": "CHANNEL_UNSPECIFIED", "category": "", "narrative": "", "request": "",
            "received_at_ms": 0, "promised_at_ms": 0, "anonymous": False, "on_behalf_relation": "", "contactable": False,
            "source": "", "language": ""}
    fact = {"sequence": 1, "type": kind.decode(), "actor": "intake", "decided_at_ms": 1, "data": data, "previous": "0" * 64,
            "hash": last, "payload": base64.b64encode(registered).decode()}
    whole = {"format": "redress-case-export-v1", "case_id": UUID, "tracking_code": "7F3K9QW2XM4TP", "institution": "clinic",
             "status": "received", "facts": [fact], "evidence": [], "head": {"sequence": 1, "hash": last}}
    nothing = whole | {"facts": [], "head": {"sequence": 0, "hash": "0" * 64}, "status": "none", "institution": "", "tracking_code": ""}
    return {
        "genuine": b"s" + dump(whole),
        "no-facts": b"s" + dump(nothing),
        "chain": b"s" + dump(whole | {"facts": [fact | {"previous": "1" * 64}]}),
        "evidence": b"s" + dump(whole | {"evidence": [{"evidence": 1}]}),
        "unsigned": b"-" + dump(whole),
        "wrong-signature": b"-" + dump(whole | {"signature": "0" * 128}),
        "no-json": b"-{",
    }


def proposal_meta(number: int) -> bytes:
    own = f"{number:08x}" + UUID[8:]
    return field(1, field(1, own) + field(2, UUID) + field(3, "first-hospital") + field(4, "test") + field(5, 5))


def proposal():
    sealed = field(1, b"k" * 104) + field(2, b"n" * 24) + field(3, b"c" * 40)
    submit = field(2, "web") + field(3, bytes(range(32))) + field(4, "7F3K9QW2XM4TP") + field(5, 2)
    submit += field(6, "other") + field(7, "候诊三小时") + field(9, 1769999000000) + field(10, 1770009000000)
    submit += field(13, b"h" * 32) + field(14, sealed) + field(15, b"b" * 90) + field(16, "zh-CN")
    reason = field(1, "waiting") + field(2, "三小时") + field(3, 6) + field(4, 9)
    assess = field(2, "waiting") + field(4, 1) + field(5, 4) + field(6, 900) + field(7, reason) + field(8, "l@1")
    terms = field(1, "resolution") + field(2, 1) + field(3, 1769999000000) + field(4, 1769999900000)
    terms += field(5, 1770009000000) + field(6, "p@1") + field(7, "c@1") + field(8, "五个工作日")
    delivery = field(2, UUID) + field(3, 1) + field(4, "email") + field(5, "complainant") + field(6, "case-registered")
    values = [
        submit,
        assess,
        field(2, terms),
        field(2, "resolution") + field(3, 1),
        field(2, "resolution") + field(3, 1),
        delivery + field(7, 1) + field(8, 1),
        field(2, 5) + field(3, 4) + field(4, 3) + field(5, 1) + field(6, "谢谢"),
        field(2, "no proposal"),
        field(2, "请回电") + field(3, sealed),
        field(2, "ab" * 32) + field(3, "image/jpeg") + field(4, 123456) + field(5, "缴费单"),
        field(2, "已解决"),
        field(2, 1) + field(3, "新事实"),
        field(2, 3),
    ]

    def record(kind: int, number: int) -> bytes:
        return blocks(chr(ord("0") + kind), proposal_meta(number) + values[kind])

    seeds = {f"alone-{kind}": record(kind, 1) for kind in range(len(values))}
    seeds["contact"] = b"".join(record(kind, kind) for kind in (0, 8, 9, 10, 11, 8))
    seeds["repeat"] = record(0, 0) + record(12, 1)
    seeds["history"] = b"".join(record(kind, kind) for kind in range(7))
    seeds["repeats"] = b"".join(record(kind, 1 + kind // 2) for kind in (0, 0, 1, 2, 2, 3, 3, 4, 5))
    seeds["several-clocks"] = record(0, 1) + b"".join(
        blocks("2", proposal_meta(9 + i) + field(2, field(1, f"escalation-{i}") + terms[12:])) for i in range(12)
    )
    return seeds


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
    names = ["CaseRegistered", "CaseAssessed", "AlarmRaised", "CaseEscalated", "ClockArmed", "ClockBreached"]
    return facts(*names, "ClockStopped", "CaseCommented")


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


def notification_http():
    token = {"Authorization": "Bearer t"}
    return {
        "preview": request(0, "case-registered", "zh-CN"),
        "preview-english": request(0, "alarm-raised", "en"),
        "preview-absent": request(0, "x", "en"),
        "deliveries": request(1, headers=token, queries={"case_id": UUID}),
        "deliveries-of-none": request(1, headers=token, queries={"case_id": "x"}),
        "no-token": request(1, queries={"case_id": UUID}),
    }


def notification_facts():
    names = ["CaseRegistered", "CaseAccepted", "CaseDispatched", "CaseReplied", "CaseClosed", "ClockWarned"]
    names += ["AlarmRaised", "CaseEscalated", "CaseNotAccepted", "ReviewDecided", "MessageReceived", "EvidenceOffered"]
    return facts(*names) | {"contact": b"c" + golden("CaseAccepted")}


def transport():
    mail = b"220 ready\r\n250-here\r\n250-SIZE 1000000\r\n250 8BITMIME\r\n"
    taken = mail + b"250 ok\r\n250 ok\r\n354 go on\r\n250 taken\r\n221 bye\r\n"
    return {
        "taken": blocks("m", taken),
        "refused": blocks("m", mail + b"250 ok\r\n550-no such\r\n550 user\r\n"),
        "later": blocks("m", b"421 busy\r\n"),
        "starts-tls": blocks("m", mail.replace(b"8BITMIME", b"STARTTLS") + b"220 go\r\n\x15\x03\x01\x00\x02\x02\x28"),
        "silent": blocks("m", b""),
        "hook-taken": blocks("h", http_answer("204 No Content", b"")),
        "hook-gone": blocks("h", http_answer("410 Gone", b"{}")),
        "hook-busy": blocks("h", http_answer("429 Too Many Requests", b"")),
        "hook-moved": blocks("h", b"HTTP/1.1 302 Found\r\nLocation: file:///etc/passwd\r\n\r\n"),
        "hook-continues": blocks("h", b"HTTP/1.1 100 Continue\r\n\r\n" + http_answer("200 OK", b"ok")),
    }


def analytics_http():
    staff = {"Authorization": dump({"sub": "li.wei", "institutions": ["first-hospital", "bureau"]}).decode()}
    period = {"from": "2026-02-01", "to": "2026-02-28"}
    return {
        "all": request(0, headers=staff, queries=period),
        "one": request(0, headers=staff, queries=period | {"institution": "bureau"}),
        "out-of-scope": request(0, headers=staff, queries=period | {"institution": "demo-clinic"}),
        "backwards": request(0, headers=staff, queries={"from": "2026-03-01", "to": "2026-02-28"}),
        "no-date": request(0, headers=staff, queries={"from": "2026-02-30", "to": "2026-02-28"}),
        "no-token": request(0, queries=period),
        "units": request(1, headers=staff, queries=period),
    }


def analytics_facts():
    names = ["CaseRegistered", "CaseAssessed", "CaseAccepted", "CaseDispatched", "CaseReplied", "CaseClosed"]
    seeds = facts(*names, "ClockArmed", "FeedbackRecorded", "CaseCommented", "ReturnRequested")
    # The golden facts have sequence 1002; the first one counts.
    first = field(1, field(1, UUID) + field(2, 1) + field(3, "first-hospital") + field(4, 1770000000000))
    return seeds | {f"first-{i}": bytes([ord("0") + i]) + first for i in range(10)}


def http():
    def head(line: str, *more: str) -> bytes:
        return "\r\n".join([line, "Host: a", *more, "", ""]).encode()

    get = head("GET /v1/cases?after=x&limit=7 HTTP/1.1")
    body = b'{"a":[1,2]}'
    json_type = "Content-Type: application/json"
    post = head("POST /v1/cases HTTP/1.1", json_type, f"Content-Length: {len(body)}") + body
    chunked = head("POST /v1/cases/x%2fy/note/2 HTTP/1.1", json_type, "Transfer-Encoding: chunked")
    chunked += b"4;x=y\r\n{\"a\"\r\n4\r\n: 1}\r\n0\r\n"
    return {
        "get": get,
        "pipelined": get + post + get,
        "post": post,
        "chunked": chunked + b"\r\n",
        "trailers": chunked + b"X-A: b\r\n\r\n",
        "worker": head("GET /v1/cases/%E6%97%A0%00 HTTP/1.1", "traceparent: 00-x"),
        "stream": head("GET /v1/changes HTTP/1.1", "Last-Event-ID: 7"),
        "head": head("HEAD /v1/cases HTTP/1.0", "Connection: keep-alive"),
        "wrong-method": head("DELETE /v1/cases HTTP/1.1"),
        "options": head("OPTIONS /v1/cases HTTP/1.1"),
        "absent": head("GET /v2 HTTP/1.1"),
        "two-lengths": head("POST /v1/cases HTTP/1.1", "Content-Length: 2", "Content-Length: 3") + b"{}",
        "length-and-chunked": head("POST /v1/cases HTTP/1.1", "Content-Length: 2", "Transfer-Encoding: chunked") + b"{}",
        "too-large": head("POST /v1/cases HTTP/1.1", json_type, "Content-Length: 9999") + b"x" * 100,
        "bare-line-feed": b"GET /v1/cases HTTP/1.1\nHost: a\n\n",
        "folded": b"GET /v1/cases HTTP/1.1\r\nHost: a\r\n b\r\n\r\n",
        "expects": head("POST /v1/cases HTTP/1.1", json_type, "Content-Length: 2", "Expect: 100-continue") + b"{}",
        "repeated-parameter": head("GET /v1/cases?limit=7&limit=8&x HTTP/1.1"),
    }


MESSAGES = """case-registered case-accepted case-not-accepted case-redirected case-replied case-closed case-reopened case-rework
review-decided case-withdrawn case-dispatched case-designated rework-ordered return-requested review-requested
termination-requested message-sent message-received evidence-offered reopened withdrawn clock-warned calendar-missing alarm-raised
case-escalated supervision-ordered supervision-answered supervision-lifted co-handler-added co-handler-answered
extension-requested case-extended glass-broken progress-told improvement-opened""".split()
REGION = {
    "region.yaml": """id: r
version: 1
name: 区
zone: Asia/Shanghai
calendars: calendars
calendar: c
policies: packs
""",
    "institutions.yaml": """id: i
version: 1
institutions:
  - {code: bureau, name: 局, type: bureau, ladder: [a], units: [{code: bureau.office, name: 科, ladder: [b, a]}]}
  - {code: clinic, name: 诊所, type: clinic, parent: bureau, ladder: [], units: [{code: clinic.desk, name: 前台, ladder: [b]}]}
""",
    "categories.yaml": """id: c
version: 1
categories:
  - {code: other, name: 其他, institution_types: [bureau, clinic], subjects: [{code: s, name: 题}]}
""",
    "policies.yaml": """id: p
version: 1
packs:
  - id: all
    version: 1
    title: x
    layer: region
    calendar: c
    effective_from: 2000-01-01
    institution_types: [bureau, clinic]
    ladder:
      levels:
        - {after: {value: 0, unit: minutes}, tell: [handler, supervisor]}
        - {after: {value: 30, unit: minutes}, tell: [handler, supervisor]}
      most: 3
    rules:
      - id: all-response
        clock: first_response
        source: {kind: ours, text: x}
        starts_on: case_registered
        stops_on: complainant_told
        limit: {value: 1, unit: working_days}
      - id: all-response-p1
        clock: first_response
        source: {kind: ours, text: x}
        when: {severities: [P1]}
        starts_on: case_registered
        stops_on: complainant_told
        limit: {value: 15, unit: minutes}
      - id: all-resolution
        clock: resolution
        source: {kind: ours, text: x}
        starts_on: case_registered
        stops_on: case_replied
        limit: {value: 20, unit: calendar_days}
      - id: all-sign-for
        clock: sign_for
        source: {kind: ours, text: x}
        starts_on: case_dispatched
        stops_on: dispatch_answered
        limit: {value: 1, unit: working_days}
""",
    "staff.yaml": """id: s
version: 1
staff:
  - {subject: a, name: 甲, email: a@example.org, roles: [supervisor], institutions: ["*"], units: [], language: zh-CN}
  - {subject: b, name: 乙, email: b@example.org, roles: [handler], institutions: [clinic], units: [clinic.desk], language: en}
""",
    "hooks.yaml": """id: h
version: 1
hooks:
  - {id: desk, url: "http://127.0.0.1:1/hook", facts: [CaseRegistered], institutions: ["*"]}
""",
    "templates.yaml": "id: t\nversion: 1\ntemplates:\n"
    + "".join(
        f'  - {{code: {code}, language: {language}, subject: "{{tracking_code}}", body: "{{name}}: {{reply}}"}}\n'
        for code in MESSAGES
        for language in ["zh-CN", "en"]
    ),
    "calendars/c@1.yaml": """id: c
version: 1
source: x
zone: Asia/Shanghai
week: [monday, tuesday, wednesday, thursday, friday]
hours:
  - {from: "08:30", to: "12:00"}
first_year: 2026
last_year: 2026
ranges:
  - {first: 2026-01-01, last: 2026-01-03, working: false}
  - {first: 2026-01-04, working: true}
""",
    "lexicon.yaml": """id: l
version: 2
negations: ["没有"]
third_persons: ["新闻"]
rules:
  - {id: a, weight: 60, guarded: true, urgency: P1, crisis: R3, category: other, subject: s, all: [{any: ["x", "y"]}, {any: ["z"]}]}
""",
}


def region():
    seeds = {name.removesuffix(".yaml"): f"{i}{text}".encode() for i, (name, text) in enumerate(REGION.items())}
    calendar = REGION["calendars/c@1.yaml"]
    return seeds | {
        "unexpected-key": b"0" + REGION["region.yaml"].encode() + b"colour: red\n",
        "no-such-zone": b"0" + REGION["region.yaml"].replace("Shanghai", "Nowhere").encode(),
        "daylight-saving": b"0" + REGION["region.yaml"].replace("Asia/Shanghai", "Europe/Berlin").encode(),
        "last-year": b"7" + calendar.replace("last_year: 2026", "last_year: 2147483647").encode(),
        "first-year": b"7" + calendar.replace("first_year: 2026", "first_year: -2147483648").encode(),
        "no-ranges": b"7" + calendar[: calendar.index("ranges")].encode(),
        "long-limit": b"3" + REGION["policies.yaml"].replace("20", "4294967295").encode(),
        "parents-in-a-ring": b"1" + REGION["institutions.yaml"].replace("type: bureau,", "type: bureau, parent: clinic,").encode(),
        "anchors": b"0a: &a [x, x]\nb: &b [*a, *a]\nid: *b\n",
        "not-utf-8": b"0id: \xff\n",
    }


TARGETS = [ident, receipt, satisfaction, jwt, jwks, envelope, http, region, narrative]
TARGETS += [intake_http, intake_inbound, intake_store, triage_http, triage_facts, triage_store, ledger_http, proposal]
TARGETS += [bundle]
TARGETS += [sla_timer_http, sla_timer_facts, sla_timer_store, notification_http, notification_facts, transport]
TARGETS += [analytics_http, analytics_facts]


def write(directory: pathlib.Path, files: dict):
    shutil.rmtree(directory, ignore_errors=True)
    directory.mkdir(parents=True)
    for name, content in files.items():
        path = directory / name
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(content)


def main():
    write(HERE / "small", {name: text.encode() for name, text in REGION.items()})
    for target in TARGETS:
        write(HERE / "corpus" / target.__name__, target())


if __name__ == "__main__":
    main()
