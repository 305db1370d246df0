"""Everything that has a size, just within its bound and beyond it."""

import json
import uuid

import pytest
from stack_tests import mint, submission
from wire import DOOR_NAMES, DOORS, connect, is_served, parse, port_of, read_all, request


def ask_once(port, data):
    """The one answer to one request; the server may end the connection before it has read all."""
    with connect(port) as connection:
        try:
            connection.sendall(data)
        except OSError:
            pass
        answers = parse(read_all(connection))
    assert len(answers) == 1, answers
    return answers[0]


CLOSE = "Connection: close"
HEADS = {
    "long header": (404, request("GET", "/x", [CLOSE, "X: " + "a" * 20000])),
    "too long a header": (431, request("GET", "/x", [CLOSE, "X: " + "a" * 40000])),
    "too long a name": (431, request("GET", "/x", [CLOSE, "a" * 40000 + ": x"])),
    "some headers": (404, request("GET", "/x", [CLOSE] + [f"X-{i}: a" for i in range(60)])),
    "too many headers": (400, request("GET", "/x", [CLOSE] + [f"X-{i}: a" for i in range(65)])),
    "far too many headers": (431, request("GET", "/x", [CLOSE] + [f"X-{i}: a" for i in range(20000)])),
    "many cookies": (431, request("GET", "/x", [CLOSE, "Cookie: " + "a=b; " * 9000])),
    "long path": (404, request("GET", "/" + "x" * 8000, [CLOSE])),
    "too long a path": (414, request("GET", "/" + "x" * 40000, [CLOSE])),
    "too long a method": (414, request("G" * 40000, "/x", [CLOSE])),
    "deep path": (404, request("GET", "/x" * 4000, [CLOSE])),
    "many escapes": (404, request("GET", "/" + "%41" * 2000, [CLOSE])),
    "too long a query": (414, request("GET", "/x?a=" + "x" * 40000, [CLOSE])),
    "a gigabyte to come": (413, request("POST", "/v1/submissions", ["Content-Length: 1073741824"])),
    "line that does not end": (414, b"G" * 200000),
    "header that does not end": (431, b"GET /x HTTP/1.1\r\nHost: x\r\nX: " + b"a" * 200000),
}


@pytest.mark.parametrize("service,admin", DOORS, ids=DOOR_NAMES)
def test_a_head_beyond_its_bounds_is_a_problem(service, admin):
    port = port_of(service, admin)
    for name, (status, data) in HEADS.items():
        answer = ask_once(port, data)
        assert answer.status == status, (name, answer)
        answer.problem()
    assert is_served(port)


def submit(body, key=None, headers=()):
    """The answer to these bytes as a submission."""
    return ask_once(port_of("intake"), request("POST", "/v1/submissions",
                                               [f"Idempotency-Key: {key or uuid.uuid4()}", CLOSE, *headers], body))


def text_of(size):
    """A body of just so many bytes that is good JSON and no submission."""
    return b'{"narrative":"' + b"a" * (size - 16) + b'"}'


BODIES = {
    "largest body": (400, text_of(128 * 1024)),
    "a byte too many": (413, text_of(128 * 1024 + 1)),
    "ten times too many": (413, text_of(1280 * 1024)),
    "deep arrays": (400, b"[" * 100000),
    "deep objects": (400, b'{"a":' * 20000 + b"1" + b"}" * 20000),
    "many members": (400, b"{" + b",".join(b'"k%d":1' % i for i in range(9000)) + b"}"),
    "the same member many times": (400, b"{" + b",".join([b'"k":1'] * 15000) + b"}"),
    "long number": (400, b'{"narrative":' + b"9" * 100000 + b"}"),
    "vast exponent": (400, b'{"narrative":1e999999999}'),
    "long name": (400, b'{"' + b"k" * 100000 + b'":1}'),
    "many escapes": (400, b'{"' + b"\\u0041" * 15000 + b'":1}'),
}


def test_a_body_beyond_its_bounds_is_a_problem():
    for name, (status, body) in BODIES.items():
        answer = submit(body)
        assert answer.status == status, (name, answer)
        answer.problem()


def chunked(body, size):
    """The body in chunks of so many bytes."""
    parts = [body[i:i + size] for i in range(0, len(body), size)]
    return b"".join(b"%x\r\n%s\r\n" % (len(part), part) for part in parts) + b"0\r\n\r\n"


@pytest.mark.parametrize("size", [1, 7, 100000])
def test_chunks_of_any_size_are_one_body(size):
    head = request("POST", "/v1/submissions", [f"Idempotency-Key: {uuid.uuid4()}", "Content-Type: application/json",
                                               "Transfer-Encoding: chunked", CLOSE])
    good = json.dumps(submission()).encode()
    assert ask_once(port_of("intake"), head + chunked(good, size)).status == 202
    answer = ask_once(port_of("intake"), head + chunked(text_of(200 * 1024), max(size, 7)))
    assert answer.status == 413
    answer.problem()


def test_a_key_beyond_its_bounds_is_a_problem():
    good = json.dumps(submission()).encode()
    assert submit(good, "k" * 128).status in (200, 202)
    for key in ("k" * 129, "k" * 20000):
        assert submit(good, key).problem()["field"] == "Idempotency-Key"


def test_a_query_beyond_its_bounds_is_a_problem():
    token = [f"Authorization: Bearer {mint('lin-zhiyuan')}", CLOSE]
    for query in ("&".join(f"p{i}=1" for i in range(1000)), "limit=1&" * 1000, "status=" + "x" * 300, "&" * 5000,
                  "&" * 30000, "=" * 5000, "limit=" + "9" * 200):
        answer = ask_once(port_of("ledger"), request("GET", "/v1/cases?" + query, token))
        assert answer.status in (400, 414, 431), (query[:40], answer)
        answer.problem()


def test_a_token_beyond_its_bounds_is_unauthorized():
    for token in ("a" * 20000, ".".join(["a"] * 5000), "a." * 3, ""):
        answer = ask_once(port_of("ledger"), request("GET", "/v1/cases", [f"Authorization: Bearer {token}", CLOSE]))
        assert answer.status == 401, (token[:40], answer)
        answer.problem()
