"""Many clients at once, idle, slow or busy: the others are served, and nothing is left behind."""

import json
import os
import subprocess
import threading
import uuid

import pytest
from stack_tests import BIN, mint, submission, wait_for
from wire import (DOOR_NAMES, DOORS, SERVICES, connect, figure, is_ready, is_served, parse, port_of, read_all,
                  request, vanish)

IDLE = 10000
SLOW = 400
ENV = os.environ


def send_some(connections, data):
    """The same bytes on each; how many of them are still open."""
    still = 0
    for connection in connections:
        try:
            connection.sendall(data)
            still += 1
        except OSError:
            pass  # cut meanwhile
    return still


def close_all(connections):
    """Leaves without a word."""
    for connection in connections:
        vanish(connection)


@pytest.mark.parametrize("service,admin", DOORS, ids=DOOR_NAMES)
def test_ten_thousand_idle_connections_shut_nobody_out(service, admin):
    """They are bounded by number, and it is them who make room."""
    port = port_of(service, admin)
    before = figure(service, "process_open_fds")
    crowd = []
    try:
        for i in range(IDLE if not admin else IDLE // 10):
            crowd.append(connect(port, f"127.0.0.{2 + i % 200}"))
            if i % 1000 == 999:
                assert is_served(port) and is_ready(service)
        assert figure(service, "redress_http_connections") <= 2048 + 256
    finally:
        close_all(crowd)
    wait_for("their descriptors to be given back", lambda: figure(service, "process_open_fds") <= before + 20)


def drip(connections, data, stop):
    """A byte on each, again and again."""
    while not stop.is_set() and data:
        send_some(connections, data[:1])
        data = data[1:]
        stop.wait(0.2)


@pytest.mark.parametrize("kind", ["heads", "bodies"])
def test_slow_clients_hold_nobody_up(kind):
    """Hundreds drip a head or a body to each service, and others get their answers in between."""
    key = f"Idempotency-Key: {uuid.uuid4()}"
    begin = b"GET / HTTP/1.1\r\nHost: redress.example\r\n" if kind == "heads" else \
        request("POST", "/v1/submissions", [key], b"[" * 100000)[:300]
    crowd = [connect(port_of(service, admin)) for service, admin in DOORS for _ in range(SLOW // (4 if admin else 1))]
    stop = threading.Event()
    thread = threading.Thread(target=drip, args=(crowd, b"X" * 1000, stop))
    try:
        send_some(crowd, begin)
        thread.start()
        for _ in range(5):
            for service, admin in DOORS:
                assert is_served(port_of(service, admin)), service
                assert is_ready(service)
    finally:
        stop.set()
        thread.join()
        close_all(crowd)


def test_large_bodies_that_do_not_end_are_bounded():
    """Ever more of them: the eldest go, memory does not grow with their number."""
    body = json.dumps(submission(narrative="长" * 8000)).encode()
    begin = request("POST", "/v1/submissions", [f"Idempotency-Key: {uuid.uuid4()}"], b"[" * 120000)[:-100]
    before = figure("intake", "process_resident_memory_bytes")
    crowd = []
    try:
        for i in range(1000):
            crowd.append(connect(port_of("intake")))
            send_some(crowd[-1:], begin)
            if i % 200 == 199:
                with connect(port_of("intake")) as other:
                    other.sendall(request("POST", "/v1/submissions",
                                          [f"Idempotency-Key: {uuid.uuid4()}", "Connection: close"], body))
                    answer = parse(read_all(other))[0]
                assert answer.status == 202, answer
        grown = figure("intake", "process_resident_memory_bytes") - before
        assert grown < 100 * 1024 * 1024, f"{grown} bytes for 120 MB of half bodies"
    finally:
        close_all(crowd)


def drive(path, service, connections, count, token=None):
    """redress-load in a closed loop; what it measured."""
    words = [BIN / "redress-load", "--url", ENV[f"REDRESS_{service.upper()}_URL"], "--connections", str(connections),
             "--count", str(count), "--seconds", "120"]
    if path:
        line = json.dumps({"method": "GET", "path": path, "headers": {"Authorization": f"Bearer {token}"}})
        requests = os.path.join(ENV["REDRESS_STACK_DIR"], f"crowd-{service}.jsonl")
        with open(requests, "w", encoding="utf-8") as file:
            file.write((line + "\n") * count)
        words += ["--requests", requests]
    done = subprocess.run(words, capture_output=True, text=True, check=True)
    return json.loads(done.stdout)


@pytest.mark.parametrize("connections", [128, 256, 512])
@pytest.mark.parametrize("service,path", [("intake", None), ("ledger", "/v1/cases?limit=1"), ("analytics", "/x")])
def test_crowds_of_critical_sizes_are_all_answered(service, path, connections):
    """libmicrohttpd handles events by 128; whoever waits there for one more waits for ever."""
    count = 4 * connections
    found = drive(path, service, connections, count, mint("lin-zhiyuan") if path else None)
    assert found["broken"] == 0, found
    assert found["accepted"] + found["refused"] + found["shed"] == count, found
    assert found["failed"] == found["shed"], found
    if service != "analytics":
        assert found["accepted"] > 0, found


def test_pipelined_requests_are_answered_in_their_order():
    key = uuid.uuid4()
    bodies = [json.dumps(submission(narrative=f"第 {i} 件")).encode() for i in range(30)]
    sent = b"".join(request("POST", "/v1/submissions", [f"Idempotency-Key: {key}-{i}"], body)
                    for i, body in enumerate(bodies))
    with connect(port_of("intake")) as connection:
        connection.sendall(sent + request("GET", "/end", ["Connection: close"]))
        answers = parse(read_all(connection))
    assert [answer.status for answer in answers] == [202] * 30 + [404]
    receipts = [json.loads(answer.body)["case_id"] for answer in answers if answer.status == 202]
    assert len(set(receipts)) == 30
    with connect(port_of("intake")) as connection:
        connection.sendall(request("POST", "/v1/submissions", [f"Idempotency-Key: {key}-7", "Connection: close"],
                                   bodies[7]))
        assert json.loads(parse(read_all(connection))[0].body)["case_id"] == receipts[7]


def leave_behind(count, key):
    """So many submissions whose sender does not wait; the last 20 are still there, to be asked for again."""
    for i in range(count):
        connection = connect(port_of("intake"))
        body = json.dumps(submission(narrative=f"走开的第 {i} 个人")).encode()
        connection.sendall(request("POST", "/v1/submissions", [f"Idempotency-Key: {key}-{i}"], body))
        if i % 2:
            vanish(connection)
        else:
            connection.close()


def ask_once(message):
    """The status of intake's answer to a request on a connection of its own; 503 while a crowd's work waits."""
    with connect(port_of("intake")) as connection:
        connection.sendall(message)
        return parse(read_all(connection))[0].status


def test_clients_that_vanish_leave_nothing_behind():
    """Thousands go while their answer waits. What they sent is there once; nothing of them stays in the process."""
    key = uuid.uuid4()
    leave_behind(1000, f"warm-{key}")  # buffers reach their size
    wait_for("the first to be gone", lambda: figure("intake", "redress_http_connections") <= 20, 60)
    descriptors = figure("intake", "process_open_fds")
    memory = figure("intake", "process_resident_memory_bytes")
    leave_behind(4000, key)
    wait_for("all to be gone", lambda: figure("intake", "redress_http_connections") <= 20, 60)
    wait_for("their descriptors to be given back", lambda: figure("intake", "process_open_fds") <= descriptors + 10)
    grown = figure("intake", "process_resident_memory_bytes") - memory
    assert grown < 16 * 1024 * 1024, f"{grown} bytes after 4,000 clients"
    for i in (3980, 3981, 3998, 3999):
        body = json.dumps(submission(narrative=f"走开的第 {i} 个人")).encode()
        message = request("POST", "/v1/submissions", [f"Idempotency-Key: {key}-{i}", "Connection: close"], body)
        # 409: what was sent by who has gone is being taken in right now.
        wait_for("room after the crowd", lambda message=message: ask_once(message) not in (409, 503))
        assert ask_once(message) in (200, 202)


def test_staff_who_vanish_leave_nothing_behind():
    token = mint("lin-zhiyuan")
    descriptors = figure("ledger", "process_open_fds")
    for i in range(2000):
        connection = connect(port_of("ledger"))
        connection.sendall(request("GET", "/v1/cases?limit=50" if i % 4 else "/v1/changes",
                                   [f"Authorization: Bearer {token}"]))
        vanish(connection)
    wait_for("all to be gone", lambda: figure("ledger", "redress_http_connections") <= 20, 60)
    wait_for("their descriptors to be given back", lambda: figure("ledger", "process_open_fds") <= descriptors + 10)


def test_every_service_tells_what_it_takes():
    for service in SERVICES:
        assert figure(service, "process_resident_memory_bytes") > 1024 * 1024
        assert figure(service, "process_open_fds") > 3
