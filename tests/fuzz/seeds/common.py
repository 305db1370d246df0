# SPDX-License-Identifier: Apache-2.0
"""Seeds for what all services share: codes, receipts, tokens, envelopes, HTTP, narratives."""

import base64

from seeds.codes import satisfaction_token
from seeds.wire import dump


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


def satisfaction():
    token = satisfaction_token(1, 4_000_000_000)
    return {"good": token.encode(), "expired": satisfaction_token(7, 1_000_000_000).encode(), "cut": token[:-1].encode(),
            "forged": ("B" + token[1:]).encode(), "padded": token.encode() + b"=", "not-base64": b"!" * 64}


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


def narrative():
    text = "周晓岚\n13912345678\n"
    return {
        "personal": (text + "我是周晓岚，手机１３９１２３４５６７８，卡号6222021234567890123，微信号 zhou_xl99，川A12345。").encode(),
        "crisis": (text + "我不想活了，现在站在楼顶。朋友说没有一天不想死；电视剧里自杀。").encode(),
        "nothing": b"\n\n",
        "ascii": b"John Smith\n555\nJohn Smith john.smith@example.org kill myself tonight",
        "identity-card": (text + "11010519491231002X 1101051949 1231 002x").encode(),
    }
