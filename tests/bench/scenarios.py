"""What is measured: each function runs once and gives its figures. Limits stand in bench.py."""

import json
import subprocess
import threading
import time

from machine import BIN, SERVICES

WARM = 4000
SETTLE = ["--settle-seconds", "120"]


def door(stack, port):
    """The load's target."""
    return ["--url", f"http://127.0.0.1:{stack.base + port}"]


def measured_load(stack, *words):
    """A load's figures with the processor time of everything it caused."""
    before = stack.cpu_seconds()
    figures = stack.load(*words)
    spent = stack.cpu_seconds() - before
    figures["cpu_per_1000"] = 1000 * spent / max(1, figures["accepted"])
    return figures


def floor_path(stack, size):
    """HTTP, Kafka, PostgreSQL, Kafka, and nothing else; closed loop, 64 connections."""
    stack.services([])
    stack.start_floor()
    common = [*door(stack, 80), "--facts", "floor.facts", "--connections", "64", *SETTLE]
    stack.load(*common, "--count", str(WARM))
    figures = measured_load(stack, *common, "--count", str(size))
    stack.stop_floor()
    return {"per_second": figures["facts"]["per_second"], "cpu_per_1000": figures["cpu_per_1000"]}


def product_path(stack, size):
    """Submit to CaseRegistered with intake and ledger alone."""
    stack.services(["intake", "ledger"])
    common = [*door(stack, 10), "--connections", "64", *SETTLE]
    stack.load(*common, "--count", str(WARM))
    figures = measured_load(stack, *common, "--count", str(size))
    return {"per_second": figures["facts"]["per_second"], "cpu_per_1000": figures["cpu_per_1000"],
            "waiting": figures["facts"]["waiting"]}


def catch_up(stack):
    """Until every consumer has read everything and every mail is out."""
    lagging = ("SELECT (SELECT count(*) FROM ledger.outbox) + (SELECT count(*) FROM notification.deliveries "
               "WHERE state = 'pending' OR NOT reported)")
    quiet = 0
    while quiet < 5:
        quiet = quiet + 1 if stack.sql(lagging) == "0" else 0
        time.sleep(0.2)


def whole_way(stack, size):
    """All six services, until the ledger knows that the complainant's mail is out."""
    stack.services(SERVICES)
    catch_up(stack)
    common = [*door(stack, 10), "--connections", "64", "--with-contact", *SETTLE]
    stack.load(*common, "--count", str(WARM // 4))
    figures = measured_load(stack, *common, "--count", str(size))
    facts = figures["facts"]
    return {"per_second": facts["per_second"], "cpu_per_1000": figures["cpu_per_1000"],
            "mails_waiting": figures["accepted"] - facts["delivered"]["count"],
            "resident_mib": stack.resident_bytes() / 2**20}


def floor_backlog(stack, size):
    """The floor's consumer alone over a backlog."""
    stack.services([])
    stack.run("redress-floor", "fill", "floor.proposals", str(size))
    return {"per_second": json.loads(stack.run("redress-floor", "drain", str(size)))["per_second"]}


def applied(stack):
    """Proposals that the ledger has committed."""
    return int(stack.sql("SELECT coalesce(sum(greatest(next_offset, 0)), 0) FROM ledger.kafka_offset"))


def ledger_backlog(stack, size):
    """One ledger alone over a backlog of SubmitCase, timed from its first commit to its last."""
    stack.services([])
    before = applied(stack)
    stack.run("redress-floor", "fill", "redress.proposals", str(size))
    stack.command("control", "start", "ledger")
    while (first := applied(stack)) == before:
        time.sleep(0.005)
    started = time.monotonic()
    while applied(stack) < before + size:
        time.sleep(0.02)
    return {"per_second": (before + size - first) / (time.monotonic() - started)}


def open_loop(stack, rate, seconds):
    """Constant arrivals with all services; latency counts from the intended time."""
    stack.services(SERVICES)
    catch_up(stack)
    resident = stack.resident_bytes()
    figures = measured_load(stack, *door(stack, 10), "--connections", "128", "--rate", str(rate), "--seconds",
                            str(seconds), "--with-contact", *SETTLE)
    facts = figures["facts"]
    return {"accepted_p99_ms": figures["latency"]["p99_ms"], "registered_p50_ms": facts["registered"]["p50_ms"],
            "registered_p99_ms": facts["registered"]["p99_ms"], "mail_p99_ms": facts["delivered"]["p99_ms"],
            "shed": figures["shed"], "late": figures["late"], "cpu_per_1000": figures["cpu_per_1000"],
            "grown_mib": (stack.resident_bytes() - resident) / 2**20}


def floor_open_loop(stack, rate, seconds):
    """The same arrivals on the floor."""
    stack.services([])
    stack.start_floor()
    common = [*door(stack, 80), "--facts", "floor.facts", "--connections", "128", *SETTLE]
    stack.load(*common, "--count", str(WARM))
    figures = stack.load(*common, "--rate", str(rate), "--seconds", str(seconds))
    stack.stop_floor()
    return {"accepted_p99_ms": figures["latency"]["p99_ms"], "registered_p50_ms":
            figures["facts"]["registered"]["p50_ms"], "registered_p99_ms": figures["facts"]["registered"]["p99_ms"]}


def write_commands(stack, path, count):
    """Comments on cases that are there, by the supervisor."""
    token = stack.run("redressctl", "token", "--subject", "gao-min").strip()
    token = json.loads(token)["token"] if token.startswith("{") else token
    cases = stack.sql("SELECT case_id FROM ledger.cases LIMIT 2000").split()
    with path.open("w", encoding="utf-8") as file:
        for number in range(count):
            file.write(json.dumps({
                "method": "POST", "path": f"/v1/cases/{cases[number % len(cases)]}/comment",
                "headers": {"Authorization": f"Bearer {token}", "Content-Type": "application/json", "If-Match": "*",
                            "Idempotency-Key": f"bench-{time.time_ns()}-{number}"},
                "body": json.dumps({"comment": "已电话核实。"})}) + "\n")


def commands(stack, size):
    """Staff commands from 32 clients, closed loop; then 200 a second beside 500 submissions a second."""
    stack.services(SERVICES)
    catch_up(stack)
    path = BIN.parent / "bench" / "commands.jsonl"
    write_commands(stack, path, size)
    closed = stack.load(*door(stack, 30), "--requests", str(path), "--connections", "32", "--settle-seconds", "0")
    write_commands(stack, path, 2000)
    beside = threading.Thread(target=stack.load, args=[
        *door(stack, 10), "--connections", "64", "--rate", "500", "--seconds", "12", "--settle-seconds", "0"])
    beside.start()
    paced = stack.load(*door(stack, 30), "--requests", str(path), "--connections", "32", "--rate", "200",
                       "--settle-seconds", "0")
    beside.join()
    return {"per_second": closed["per_second"], "refused": closed["refused"] + paced["refused"],
            "p99_ms": paced["latency"]["p99_ms"]}


def pure(_stack):
    """Pure parts on one core."""
    done = subprocess.run([BIN / "redress-bench-micro"], cwd=BIN.parents[1], text=True, capture_output=True,
                          check=True)
    return json.loads(done.stdout)


def starts(stack):
    """Seconds from start to ready, the slowest service; memory of all at rest."""
    slowest = 0.0
    stack.services([])
    for name in SERVICES:
        began = time.monotonic()
        stack.command("control", "start", name)
        stack.wait_ready(name)
        slowest = max(slowest, time.monotonic() - began)
    time.sleep(5)
    return {"slowest_start_s": slowest, "rest_mib": stack.resident_bytes() / 2**20}
