"""HTTP as bytes: what well-behaved clients can't send, and who else is served meanwhile."""

import json
import os
import resource
import socket
import struct

ENV = os.environ
SERVICES = ["intake", "triage", "ledger", "sla-timer", "notification", "analytics"]
PATIENCE = 30.0  # seconds; nothing here is about speed

POST = {"intake": "/v1/submissions", "triage": "/v1/assess",
        "ledger": "/v1/cases/00000000-0000-7000-8000-000000000000/accept"}


def port_of(service, admin=False):
    """The port of a service's public API, or of its admin port."""
    url = ENV[f"REDRESS_{service.upper().replace('-', '_')}_URL"]
    return int(url.rsplit(":", 1)[1]) + (1 if admin else 0)


DOORS = [(service, admin) for service in SERVICES for admin in (False, True)]
DOOR_NAMES = [f"{service}-{'admin' if admin else 'public'}" for service, admin in DOORS]


def allow_many_descriptors():
    """As many as this process may have."""
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    return hard


def connect(port, source=None):
    """A connection, from another loopback address where one is given."""
    address = (source, 0) if source else None
    return socket.create_connection(("127.0.0.1", port), timeout=PATIENCE, source_address=address)


def read_all(connection):
    """All bytes until the server closes; a reset after the answer is an end as well."""
    found = b""
    while True:
        try:
            more = connection.recv(65536)
        except ConnectionResetError:
            return found
        if not more:
            return found
        found += more


def ask(port, data):
    """Sends these bytes and no more, reads until the server closes."""
    with connect(port) as connection:
        try:
            connection.sendall(data)
            connection.shutdown(socket.SHUT_WR)
        except (BrokenPipeError, ConnectionResetError, OSError):
            pass  # the server said enough before it had read all
        return read_all(connection)


class Answer:
    """One answer of a stream of answers."""

    def __init__(self, status, headers, body):
        self.status = status
        self.headers = headers
        self.body = body

    def problem(self):
        """The RFC 9457 problem, whose status is the answer's."""
        assert self.headers.get("content-type") == "application/problem+json", (self.headers, self.body)
        found = json.loads(self.body)
        assert found["status"] == self.status and found["type"].startswith("https://"), found
        assert found["title"] and found["code"] and found["detail"], found
        return found

    def __repr__(self):
        return f"<{self.status} {self.headers} {self.body!r}>"


def parse(data, head_only=False):
    """The answers in these bytes; the bytes must be answers to their end."""
    answers = []
    while data:
        head, end, data = data.partition(b"\r\n\r\n")
        assert end, f"half a head: {head[:200]!r}"
        lines = head.decode("latin-1").split("\r\n")
        version, status = lines[0].split(" ")[:2]
        assert version == "HTTP/1.1", lines[0]
        headers = {name.strip().lower(): value.strip() for name, value in
                   (line.split(":", 1) for line in lines[1:])}
        size = 0 if head_only or status in ("100", "204") else int(headers["content-length"])
        assert len(data) >= size, f"half a body: {head!r} {data!r}"
        if status != "100":
            answers.append(Answer(int(status), headers, data[:size]))
        data = data[size:]
    return answers


def request(method, path, headers=(), body=b""):
    """A good request."""
    lines = [f"{method} {path} HTTP/1.1", "Host: redress.example", *headers]
    if body:
        lines += ["Content-Type: application/json", f"Content-Length: {len(body)}"]
    return ("\r\n".join(lines) + "\r\n\r\n").encode() + body


def is_served(port, path="/no-such-path", status=404):
    """Whether somebody else gets this answer now, on a connection of their own."""
    with connect(port) as connection:
        connection.sendall(request("GET", path, ["Connection: close"]))
        answers = parse(read_all(connection))
    return len(answers) == 1 and answers[0].status == status


def is_ready(service):
    """Whether the service says that it is ready."""
    return is_served(port_of(service, admin=True), "/readyz", 200)


def vanish(connection):
    """Leaves with a reset instead of a farewell."""
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    connection.close()


def figure(service, name):
    """One number of a service's metrics page."""
    with connect(port_of(service, admin=True)) as connection:
        connection.sendall(request("GET", "/metrics", ["Connection: close"]))
        page = parse(read_all(connection))[0].body.decode()
    values = [line.rsplit(" ", 1)[1] for line in page.splitlines() if line.split("{")[0].split(" ")[0] == name]
    assert len(values) == 1, (name, values)
    return float(values[0])
