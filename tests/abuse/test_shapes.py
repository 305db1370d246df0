"""Requests that two readers could understand differently: one problem, then the connection ends.

Behind each shape stands a request that would show in the answers if the server took the shape's tail for it.
"""

import pytest
from wire import DOOR_NAMES, DOORS, POST, ask, is_served, parse, port_of

HOST = "Host: redress.example\r\n"
JSON = "Content-Type: application/json\r\n"
CHUNKED = "Transfer-Encoding: chunked\r\n"
TAIL = "GET /tail HTTP/1.1\r\n" + HOST + "\r\n"

# What follows the request line (with its path), by name; {} stands for the tail.
POSTS = {
    "length and chunked": HOST + JSON + "Content-Length: 6\r\n" + CHUNKED + "\r\n0\r\n\r\n{}",
    "chunked and length": HOST + JSON + CHUNKED + "Content-Length: 6\r\n\r\n0\r\n\r\n{}",
    "same length twice": HOST + JSON + "Content-Length: 2\r\nContent-Length: 2\r\n\r\n[]{}",
    "two lengths": HOST + JSON + "Content-Length: 0\r\nContent-Length: 44\r\n\r\n{}",
    "lengths in one": HOST + JSON + "Content-Length: 2, 2\r\n\r\n[]{}",
    "signed length": HOST + JSON + "Content-Length: +2\r\n\r\n[]{}",
    "negative length": HOST + JSON + "Content-Length: -2\r\n\r\n[]{}",
    "hexadecimal length": HOST + JSON + "Content-Length: 0x2\r\n\r\n[]{}",
    "length of a space": HOST + JSON + "Content-Length: 2 2\r\n\r\n[]{}",
    "empty length": HOST + JSON + "Content-Length:\r\n\r\n{}",
    "vast length": HOST + JSON + "Content-Length: 18446744073709551618\r\n\r\n[]{}",
    "space before colon, length": HOST + JSON + "Content-Length : 2\r\n\r\n[]{}",
    "space before colon, chunked": HOST + JSON + "Transfer-Encoding : chunked\r\n\r\n0\r\n\r\n{}",
    "tab before colon": HOST + JSON + "Transfer-Encoding\t: chunked\r\n\r\n0\r\n\r\n{}",
    "chunked twice": HOST + JSON + CHUNKED + CHUNKED + "\r\n0\r\n\r\n{}",
    "chunked, chunked": HOST + JSON + "Transfer-Encoding: chunked, chunked\r\n\r\n0\r\n\r\n{}",
    "identity": HOST + JSON + "Transfer-Encoding: identity\r\n\r\n{}",
    "chunked, identity": HOST + JSON + "Transfer-Encoding: chunked, identity\r\n\r\n0\r\n\r\n{}",
    "xchunked": HOST + JSON + "Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n{}",
    "quoted chunked": HOST + JSON + 'Transfer-Encoding: "chunked"\r\n\r\n0\r\n\r\n{}',
    "chunked behind a vertical tab": HOST + JSON + "Transfer-Encoding: \x0bchunked\r\n\r\n0\r\n\r\n{}",
    "folded chunked": HOST + JSON + "Transfer-Encoding:\r\n chunked\r\n\r\n0\r\n\r\n{}",
    "folded behind": HOST + JSON + "X: a\r\n Transfer-Encoding: chunked\r\n\r\n{}",
    "hidden by a bare LF": HOST + JSON + "X: a\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n{}",
    "hidden by a bare CR": HOST + JSON + "X: a\rTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n{}",
    "NUL in a value": HOST + JSON + "X: a\0b\r\nContent-Length: 2\r\n\r\n[]{}",
    "NUL in a name": HOST + JSON + "Content-Length\0: 2\r\n\r\n[]{}",
    "chunk size with 0x": HOST + JSON + CHUNKED + "\r\n0x2\r\n[]\r\n0\r\n\r\n{}",
    "negative chunk": HOST + JSON + CHUNKED + "\r\n-1\r\n[]\r\n0\r\n\r\n{}",
    "chunk size of 17 digits": HOST + JSON + CHUNKED + "\r\n10000000000000002\r\n[]\r\n0\r\n\r\n{}",
    "no chunk size": HOST + JSON + CHUNKED + "\r\n\r\n[]\r\n0\r\n\r\n{}",
    "chunk without its end": HOST + JSON + CHUNKED + "\r\n2\r\n[]XX0\r\n\r\n{}",
    "trailing field": HOST + JSON + CHUNKED + "\r\n2\r\n[]\r\n0\r\nContent-Length: 9\r\n\r\n{}",
    "no host": JSON + "Content-Length: 2\r\n\r\n[]{}",
    "two hosts": HOST + "Host: other.example\r\n" + JSON + "Content-Length: 2\r\n\r\n[]{}",
    "all lines end in LF": (HOST + JSON + "Content-Length: 2\r\n\r\n").replace("\r\n", "\n") + "[]{}",
    "LF ends the head": HOST + JSON + "Content-Length: 2\r\n\n[]{}",
    "line without a colon": HOST + "nonsense\r\n" + JSON + "Content-Length: 2\r\n\r\n[]{}",
    "no name": HOST + ": a\r\n" + JSON + "Content-Length: 2\r\n\r\n[]{}",
    "first line folded": " " + HOST + JSON + "Content-Length: 2\r\n\r\n[]{}",
    "chunked in HTTP/1.0": "HTTP/1.0|" + HOST + JSON + CHUNKED + "\r\n0\r\n\r\n{}",
    "HTTP/1.2.3": "HTTP/1.2.3|" + HOST + "\r\n{}",
    "HTTP/2.0": "HTTP/2.0|" + HOST + "\r\n{}",
    "http/1.1": "http/1.1|" + HOST + "\r\n{}",
    "HTTP/1.1x": "HTTP/1.1x|" + HOST + "\r\n{}",
}


def make(path, shape):
    """The bytes of a shape on a path."""
    version, _, rest = shape.rpartition("|")
    return f"POST {path} {version or 'HTTP/1.1'}\r\n".encode() + rest.replace("{}", TAIL).encode("latin-1")


@pytest.mark.parametrize("service,admin", DOORS, ids=DOOR_NAMES)
def test_an_ambiguous_request_ends_its_connection(service, admin):
    port = port_of(service, admin)
    path = "/readyz" if admin else POST.get(service, "/no-such-path")
    # Where no POST is taken that is said before the body is looked at, and ends the connection as well.
    allowed = {400, 413, 431, 505} | (set() if path in POST.values() else {404, 405})
    for name, shape in POSTS.items():
        answers = parse(ask(port, make(path, shape)))
        assert len(answers) <= 1, (name, answers)
        for answer in answers:
            assert answer.status in allowed, (name, answer)
            assert answer.headers.get("connection", "").lower() == "close", (name, answer)
            answer.problem()
    assert is_served(port)


# Bytes that are no request: an answer or none, but never two, and never a success.
NO_REQUESTS = {
    "TLS": b"\x16\x03\x01\x00\xa5\x01\x00\x00\xa1\x03\x03" + bytes(range(256)),
    "HTTP/2 preface": b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
    "zeros": b"\0" * 50000,
    "line ends": b"\r\n" * 5000 + b"x\r\n\r\n",
    "proxy protocol": b"PROXY TCP4 127.0.0.1 127.0.0.1 1 2\r\nGET / HTTP/1.1\r\n\r\n",
    "Redis": b"*1\r\n$4\r\nPING\r\n",
    "NUL in the path": b"GET /heal\0thz HTTP/1.1\r\n" + HOST.encode() + b"\r\n",
    "spaces in the path": b"GET /a b c HTTP/1.1\r\n" + HOST.encode() + b"\r\n",
    "no path": b"GET HTTP/1.1\r\n" + HOST.encode() + b"\r\n",
}


@pytest.mark.parametrize("service,admin", DOORS, ids=DOOR_NAMES)
def test_bytes_that_are_no_request_get_no_success(service, admin):
    port = port_of(service, admin)
    for name, data in NO_REQUESTS.items():
        answers = parse(ask(port, data))
        assert len(answers) <= 1, (name, answers)
        for answer in answers:
            assert answer.status >= 400, (name, answer)
            answer.problem()
    assert is_served(port)


TARGETS = ["http://redress.example/healthz", "http://other.example/healthz", "//healthz", "/healthz/../healthz",
           "/%68ealthz/", "/healthz%00", "/healthz%2f", "*", "/healthz;a=b", "/./healthz", "/HEALTHZ"]


@pytest.mark.parametrize("service", [service for service, admin in DOORS if admin])
def test_only_the_plain_path_is_the_route(service):
    """An absolute URI, a detour or another spelling is never a way around what an edge filters by path."""
    port = port_of(service, admin=True)
    for target in TARGETS:
        data = f"GET {target} HTTP/1.1\r\n{HOST}Connection: close\r\n\r\n".encode()
        answers = parse(ask(port, data))
        assert [answer.status for answer in answers] in ([404], [400]), (target, answers)
        answers[0].problem()
