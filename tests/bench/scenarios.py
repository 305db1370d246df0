"""What is measured: each function runs once and gives its figures. Limits stand in bench.py."""

import json
import os
import signal
import subprocess
import threading
import time

from machine import BIN, HOME, SERVICES, seconds_since_start

WARM = 4000
COMPILED = 0.03  # of one processor
SETTLE = ["--settle-seconds", "120"]


def door(stack, port):
    """The load's target."""
    return ["--url", f"http://127.0.0.1:{stack.base + port}"]


def measured_load(stack, *words):
    """A load's figures with the processor time of everything it caused."""
    before, clients_before, compilers = stack.cpu_by_program(), stack.postgres_by_client(), stack.compiler_seconds()
    figures = stack.load(*words)
    after, clients = stack.cpu_by_program(), stack.postgres_by_client()
    thousands = max(1, figures["accepted"]) / 1000
    figures["cpu"] = {f"cpu_{name}": (after[name] - before.get(name, 0)) / thousands for name in after}
    figures["cpu"]["cpu_per_1000"] = sum(figures["cpu"].values())
    figures["cpu"]["cpu_kafka_compilers"] = (stack.compiler_seconds() - compilers) / thousands
    figures["cpu"].update({f"cpu_postgres_for_{name}": (clients[name] - clients_before.get(name, 0)) / thousands
                           for name in clients if clients[name] - clients_before.get(name, 0) > 0.01 * thousands})
    return figures


def expect_all(figures):
    """Every acknowledged submission became a case, else nothing was measured."""
    waiting = figures["facts"]["waiting"]
    if waiting or not figures["accepted"]:
        raise RuntimeError(f"{waiting} of {figures['accepted']} acknowledged submissions were not registered: {figures}")


def floor_path(stack, size):
    """HTTP, Kafka, PostgreSQL, Kafka, and nothing else; closed loop, 64 connections."""
    stack.services([])
    stack.start_floor()
    common = [*door(stack, 80), "--facts", "floor.facts", "--connections", "64", *SETTLE]
    stack.load(*common, "--count", str(min(WARM, size)))
    figures = measured_load(stack, *common, "--count", str(size))
    stack.stop_floor()
    expect_all(figures)
    return {"per_second": figures["facts"]["per_second"], **figures["cpu"]}


def product_path(stack, size):
    """Submit to CaseRegistered with intake and ledger alone."""
    stack.services(["intake", "ledger"])
    common = [*door(stack, 10), "--connections", "64", *SETTLE]
    stack.load(*common, "--count", str(min(WARM, size)))
    figures = measured_load(stack, *common, "--count", str(size))
    expect_all(figures)
    return {"per_second": figures["facts"]["per_second"], "shed": figures["shed"], **figures["cpu"]}


def await_outbox(stack):
    """Until the relay has published everything, and nothing more comes for a second."""
    quiet = 0
    while quiet < 5:
        quiet = quiet + 1 if stack.sql("SELECT count(*) FROM ledger.outbox") == "0" else 0
        time.sleep(0.2)


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
    stack.load(*common, "--count", str(min(WARM, size)))
    catch_up(stack)  # else intake sheds what is measured, for the backlog of the warm-up
    figures = measured_load(stack, *common, "--count", str(size))
    facts = figures["facts"]
    expect_all(figures)
    return {"per_second": facts["per_second"], "accepted_per_second": figures["per_second"], "shed": figures["shed"],
            "mails_waiting": figures["accepted"] - facts["delivered"]["count"],
            "resident_mib": stack.resident_bytes() / 2**20, **figures["cpu"]}


def warm_up(stack, most=8):
    """Until the broker's code is compiled: its Java machine compiles what the ways below use while they use it, and for
    long after, beside what would be measured. Gives how many runs it took and what compiling took of the last one."""
    for run in range(1, most + 1):
        before, begun = stack.compiler_seconds(), time.monotonic()
        floor_path(stack, 5 * WARM)
        whole_way(stack, 5 * WARM)
        part = (stack.compiler_seconds() - before) / (time.monotonic() - begun)
        if part < COMPILED:
            break
    return run, part


def inbound(stack, size):
    """The whole way from redress.inbound: what integrators publish, as fast as it is registered."""
    stack.services(SERVICES)
    catch_up(stack)
    common = ["--kafka", "--connections", "256", "--with-contact", *SETTLE]
    stack.load(*common, "--count", str(min(WARM // 4, size)))
    figures = measured_load(stack, *common, "--count", str(size))
    expect_all(figures)
    facts = figures["facts"]
    return {"per_second": facts["per_second"], "registered_p50_ms": facts["registered"]["p50_ms"],
            "mails_waiting": figures["accepted"] - facts["delivered"]["count"], **figures["cpu"]}


def floor_backlog(stack, size):
    """The floor's consumer alone over a backlog."""
    stack.services([])
    stack.run("redress-floor", "fill", "floor.proposals", str(size))
    return {"per_second": json.loads(stack.run("redress-floor", "drain", str(size)))["per_second"]}


def applied(session):
    """Proposals that the ledger has committed."""
    return session.execute("SELECT coalesce(sum(greatest(next_offset, 0)), 0)::bigint FROM ledger.kafka_offset").fetchone()[0]


def drain(stack, size, pids):
    """Proposals a second over a backlog that came while the ledgers stood still, from first commit to last."""
    with stack.session() as session:
        return drain_watched(stack, session, size, pids)


def drain_watched(stack, session, size, pids):
    """The same; one session asks, for a program started for each question took what two ledgers need of the cores."""
    for pid in pids:
        os.kill(pid, signal.SIGSTOP)  # shorter than Kafka's session: they keep their partitions
    before = applied(session)
    try:
        stack.run("redress-floor", "fill", "redress.proposals", str(size))
    finally:
        for pid in pids:
            os.kill(pid, signal.SIGCONT)
    while (first := applied(session)) == before:
        time.sleep(0.005)
    started = time.monotonic()
    until = started + 300
    while (now := applied(session)) < before + size:
        if time.monotonic() > until:
            raise RuntimeError(f"{before + size - now} proposals wait after 300 s")
        time.sleep(0.02)
    return (before + size - first) / (time.monotonic() - started)


def ledger_backlog(stack, size):
    """One ledger alone over a backlog of SubmitCase; its relay publishes meanwhile."""
    stack.services(["ledger"])
    before = stack.cpu_by_program()
    rate = drain(stack, size, [stack.pids()["ledger"]])
    after = stack.cpu_by_program()
    return {"per_second": rate, **{f"cpu_{name}": 1000 * (after[name] - before[name]) / size for name in after}}


def two_ledgers(stack, size):
    """Two of them, with two partitions each."""
    stack.services(["ledger"])
    second = stack.second_ledger()
    try:
        time.sleep(2)  # the first gives partitions up
        return {"per_second": drain(stack, size, [stack.pids()["ledger"], second.pid])}
    finally:
        second.terminate()
        second.wait()


def compact_redis(stack):
    """Redis writes its append-only file anew now, which takes a processor for a second or more: by itself it does so after more
    cases than are measured here, and then anywhere in between."""
    stack.redis("BGREWRITEAOF")
    while any(f"{name}:1" in stack.redis("INFO", "persistence") for name in ("aof_rewrite_in_progress", "aof_rewrite_scheduled")):
        time.sleep(0.1)


def open_loop(stack, rate, seconds):
    """Constant arrivals with all services; latency counts from the intended time."""
    stack.services(SERVICES)
    common = [*door(stack, 10), "--connections", "128", "--with-contact", *SETTLE]
    stack.load(*common, "--count", str(min(WARM, rate * seconds)))
    catch_up(stack)
    compact_redis(stack)
    resident = stack.resident_bytes()
    figures = measured_load(stack, *common, "--rate", str(rate), "--seconds", str(seconds))
    facts = figures["facts"]
    return {"accepted_p99_ms": figures["latency"]["p99_ms"], "registered_p50_ms": facts["registered"]["p50_ms"],
            "registered_p99_ms": facts["registered"]["p99_ms"], "mail_p99_ms": facts["delivered"]["p99_ms"],
            "shed": figures["shed"], "late": figures["late"], "waiting": facts["waiting"], **figures["cpu"],
            "grown_mib": (stack.resident_bytes() - resident) / 2**20}


def floor_open_loop(stack, rate, seconds):
    """The same arrivals on the floor."""
    stack.services([])
    stack.start_floor()
    common = [*door(stack, 80), "--facts", "floor.facts", "--connections", "128", *SETTLE]
    stack.load(*common, "--count", str(min(WARM, rate * seconds)))
    figures = stack.load(*common, "--rate", str(rate), "--seconds", str(seconds))
    stack.stop_floor()
    expect_all(figures)
    return {"accepted_p99_ms": figures["latency"]["p99_ms"], "registered_p50_ms":
            figures["facts"]["registered"]["p50_ms"], "registered_p99_ms": figures["facts"]["registered"]["p99_ms"]}


def staff_token(stack):
    """A supervisor of the bureau."""
    token = stack.run("redressctl", "token", "--subject", "gao-min").strip()
    return json.loads(token)["token"] if token.startswith("{") else token


CASES_COMMENTED = 2000


def write_commands(stack, path, count):
    """Comments on cases that are there, by the supervisor."""
    token = staff_token(stack)
    cases = stack.sql(f"SELECT case_id FROM ledger.cases ORDER BY received_at DESC LIMIT {CASES_COMMENTED}").split()
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
    stack.load(*door(stack, 10), "--connections", "32", "--count", str(CASES_COMMENTED))  # else all would wait for one row
    catch_up(stack)
    path = HOME / "commands.jsonl"
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
    """Seconds from a process's start to ready, each service; memory of all at rest."""
    figures = {}
    stack.services([])
    for name in SERVICES:
        starting = threading.Thread(target=stack.command, args=["control", "start", name])
        starting.start()
        stack.wait_ready(name)
        ready = time.monotonic()
        starting.join()
        pid = stack.pids()[name]
        figures[f"{name}_s"] = seconds_since_start(pid) - (time.monotonic() - ready)
    slowest = max(figures.values())
    time.sleep(5)
    return {**figures, "slowest_start_s": slowest, "rest_mib": stack.resident_bytes() / 2**20}
