"""No secret leaves its process: not by memory, command line, environment, log, metric, error, topic or cache."""

import functools
import json
import os
import pathlib
import re
import subprocess
import sys

import pytest
import redis
import redis_values
import requests
from contract import ROOT, SERVICES, base_url, operations
from stack_tests import BIN, Api, mint, read_topic, submission, supervise, wait_for
from topics import TOPICS
from walls import admin_port, service_environment

STACK = pathlib.Path(os.environ["REDRESS_STACK_DIR"])
PLANTED = "geheim-8f14e45fceea167a"
MARKED = "markiert-5d41402abc4b2a76"


@functools.cache
def pids():
    """Each service's process."""
    return {name: int(number) for name, number in re.findall(r"^(\S+)\s+RUNNING\s+pid (\d+)", supervise("status"), re.MULTILINE)}


def pid_of(service):
    """The service's process."""
    return pids()[service]


def key_files():
    """Name → the secret that stands in it."""
    found = {path.name: path.read_text().strip() for path in (STACK / "keys").glob("*.secret")}
    assert len(found) == 9 and all(len(secret) >= 64 for secret in found.values())
    return found


# The same user without the right to trace others, root too.
NEIGHBOUR = ["setpriv", "--bounding-set=-sys_ptrace,-dac_read_search,-dac_override", "--inh-caps=-all"]


def as_a_neighbour(code, pid):
    """Runs Python as the same user; its exit code."""
    return subprocess.run([*NEIGHBOUR, sys.executable, "-c", code, str(pid)], capture_output=True, check=False).returncode


READ_MEMORY = "import sys\nopen(f'/proc/{sys.argv[1]}/mem', 'rb').seek(0)"
ATTACH = "import ctypes, sys\nsys.exit(0 if ctypes.CDLL(None).ptrace(16, int(sys.argv[1]), 0, 0) == 0 else 1)"


@pytest.fixture(scope="module", name="receipt")
def a_receipt():
    """A case that went the whole way to its notice, with marked credentials tried on it."""
    receipt = Api(base_url("intake")).post("/v1/submissions", submission()).json()
    path = f"/v1/submissions/{receipt['tracking_code']}"
    ask = Api(base_url("intake")).get
    wait_for("the status", lambda: ask(path, headers={"Redress-Pin": receipt["pin"]}).status_code == 200)
    return receipt


@pytest.mark.parametrize("service", SERVICES)
def test_a_service_leaves_no_core(service):
    limits = pathlib.Path(f"/proc/{pid_of(service)}/limits").read_text()
    assert re.search(r"^Max core file size\s+0\s+0\s", limits, re.MULTILINE)


def test_no_neighbour_reads_or_traces_a_service(tmp_path):
    """All services begin in the same function; the one started here has no more rights than the neighbour."""
    with (tmp_path / "log").open("wb") as output:
        nowhere = {"REDRESS_KAFKA_BROKERS": "127.0.0.1:1"}
        service = subprocess.Popen([*NEIGHBOUR, BIN / "redress-triage"], env=beside("triage", nowhere), stdout=output, stderr=output, cwd=ROOT)
        ordinary = subprocess.Popen([*NEIGHBOUR, "sleep", "60"])
    try:
        wait_for("its start", (tmp_path / "log").read_text)
        assert as_a_neighbour(READ_MEMORY, service.pid) != 0 and as_a_neighbour(ATTACH, service.pid) != 0
        assert as_a_neighbour(READ_MEMORY, ordinary.pid) == 0 and as_a_neighbour(ATTACH, ordinary.pid) == 0
    finally:
        for process in (service, ordinary):
            process.kill()  # who was attached to may have stopped
            process.wait(60)


@pytest.mark.parametrize("service", ["intake", "ledger", "notification", "analytics"])
def test_keys_lie_in_locked_memory_that_no_dump_takes(service):
    """libsodium's pages: do not dump (dd) and locked (lo)."""
    maps = pathlib.Path(f"/proc/{pid_of(service)}/smaps").read_text()
    guarded = [line for line in maps.splitlines() if line.startswith("VmFlags:") and " dd" in line and " lo" in line]
    assert guarded


@pytest.mark.parametrize("service", SERVICES)
def test_command_line_and_environment_hold_no_secret(service):
    seen = pathlib.Path(f"/proc/{pid_of(service)}/cmdline").read_bytes() + pathlib.Path(f"/proc/{pid_of(service)}/environ").read_bytes()
    assert b"_FILE=" in seen
    for name, secret in key_files().items():
        assert secret.encode() not in seen, name


def beside(service, changes):
    """The service's environment with these secrets given directly, on ports of its own."""
    base = int(os.environ["REDRESS_PORT_BASE"])
    found = {**os.environ, **service_environment(service), "REDRESS_HTTP_PORT": str(base + 570), "REDRESS_ADMIN_PORT": str(base + 571)}
    for name in changes:
        found.pop(f"{name}_FILE", None)
    return {**found, **changes}


@pytest.mark.parametrize("service, changes", [("sla-timer", {"REDRESS_SERVICE_TOKEN": PLANTED}),
                                              ("triage", {"REDRESS_KAFKA_SASL_PASSWORD": PLANTED})])
def test_a_secret_given_in_the_environment_is_wiped_there(service, changes, tmp_path):
    log = tmp_path / "log"
    with log.open("wb") as output:
        process = subprocess.Popen([BIN / f"redress-{service}"], env=beside(service, changes), stdout=output, stderr=output, cwd=ROOT)
    try:
        seen = pathlib.Path(f"/proc/{process.pid}/environ")
        wait_for("the start", lambda: "redress-" in pathlib.Path(f"/proc/{process.pid}/cmdline").read_text() and log.read_text())
        wait_for("the wiping", lambda: PLANTED.encode() not in seen.read_bytes())
        assert b"REDRESS_HTTP_PORT=" in seen.read_bytes()
    finally:
        process.terminate()
        process.wait(60)
    assert PLANTED not in log.read_text()


REFUSED = [
    ("intake", {"REDRESS_KEYS_DERIVE": PLANTED}, "keys.derive"),
    ("intake", {"REDRESS_KEYS_RECEIPT": PLANTED * 6}, "keys.receipt"),
    ("ledger", {"REDRESS_KEYS_BUREAU_SECRET": PLANTED + "f" * 40}, "keys.bureau_secret"),
    ("ledger", {"REDRESS_POSTGRES_URL": f"host=127.0.0.1 password={PLANTED} {PLANTED}"}, "postgres.url"),
    ("ledger", {"REDRESS_POSTGRES_URL": f"postgresql://user:{PLANTED}@127.0.0.1:{PLANTED}/redress"}, "postgres.url"),
    ("ledger", {"REDRESS_POSTGRES_URL": f"host=127.0.0.1 port=1 user=redress_ledger password={PLANTED}"}, "postgres.url"),
    ("notification", {"REDRESS_WEBHOOK_SECRET": PLANTED * 2}, "webhook.secret"),
    ("notification", {"REDRESS_SERVICE_TOKEN": PLANTED * 20}, "service.token"),
    ("triage", {"REDRESS_KAFKA_SSL_KEY_PEM": PLANTED, "REDRESS_KAFKA_SECURITY_PROTOCOL": "ssl"}, "ssl.key.pem"),
]


@pytest.mark.parametrize("service, changes, option", REFUSED)
def test_a_refused_secret_is_named_but_not_told(service, changes, option):
    done = subprocess.run([BIN / f"redress-{service}"], env=beside(service, changes), capture_output=True, text=True, cwd=ROOT,
                          timeout=60, check=False)
    told = done.stdout + done.stderr
    assert done.returncode in (1, 2) and option in told
    assert PLANTED not in told and PLANTED[:12] not in told


@pytest.mark.parametrize("service", SERVICES)
def test_the_printed_configuration_masks_secrets(service):
    environment = {**os.environ, **service_environment(service), "REDRESS_KAFKA_SASL_PASSWORD": PLANTED, "REDRESS_KAFKA_SSL_KEY_PEM": PLANTED,
                   "REDRESS_KAFKA_SASL_OAUTHBEARER_CLIENT_SECRET": PLANTED, "REDRESS_KAFKA_SSL_KEY_PASSWORD": PLANTED}
    done = subprocess.run([BIN / f"redress-{service}", "--config"], env=environment, capture_output=True, text=True, cwd=ROOT, check=True)
    assert PLANTED not in done.stdout and done.stdout.count('"***"') >= 4
    for name, secret in key_files().items():
        assert secret not in done.stdout, name


def try_marked_credentials(receipt):
    """Sends marked credentials everywhere; what the services answer."""
    told = []
    values = {"case_id": receipt["case_id"], "code": receipt["tracking_code"]}
    for operation in operations():
        for headers in ({"Authorization": f"Bearer {MARKED}.{MARKED}.{MARKED}"}, {"Authorization": f"Basic {MARKED}", "Redress-Pin": MARKED},
                        {"Idempotency-Key": MARKED + "\x7f", "Redress-Pin": MARKED}, {"If-Match": MARKED, "traceparent": MARKED}):
            answer = operation.send(values, headers)
            told.append(answer.body + str(answer.headers).encode())
    for service in SERVICES:
        for path in (f"/{MARKED}", f"/v1/cases?token={MARKED}"):
            answer = requests.get(base_url(service) + path, timeout=10)
            told.append(answer.content + str(answer.headers).encode())
    return told


def test_secrets_are_found_in_no_answer_log_metric_topic_or_cache(receipt):
    needles = {name: secret.encode() for name, secret in key_files().items()}
    needles.update({f"{name}, raw": bytes.fromhex(secret)[:32] for name, secret in key_files().items()})
    token = mint("lin-zhiyuan")
    assert Api(base_url("ledger"), token).get(f"/v1/cases/{receipt['case_id']}").status_code == 200
    needles["a staff token"] = token.split(".")[2].encode()
    needles["a PIN"] = receipt["pin"].encode()
    needles["a marked credential"] = MARKED.encode()

    def look(where, data, *but):
        for name, needle in needles.items():
            assert name in but or needle not in data, f"{name} stands in {where}"

    for told in try_marked_credentials(receipt):
        # A parameter's own name may come back to who sent it; credentials may not.
        look("an answer", told)
    for service in SERVICES:
        look(f"{service}'s metrics", requests.get(f"http://127.0.0.1:{admin_port(service)}/metrics", timeout=10).content)
        look(f"{service}'s readiness", requests.get(f"http://127.0.0.1:{admin_port(service)}/readyz", timeout=10).content)
    for path in (STACK / "log").iterdir():
        look(path.name, path.read_bytes())
    for topic in TOPICS:
        for key, value, headers in read_topic(f"redress.{topic}"):
            look(topic, (key or b"") + (value or b"") + str(headers).encode())
    for text in cached():
        look("Redis", text)


def cached():
    """Each key of Redis with all that its value says."""
    for key, _, value in redis_values.values(redis.Redis(port=int(os.environ["REDRESS_REDIS_PORT"])), count=1000):
        yield b"\n".join([key, *(piece if isinstance(piece, bytes) else str(piece).encode() for piece in redis_values.pieces(value))])


PLANTED_IN_REDIS = json.dumps({"token": PLANTED, "status": "received", "promised_at": "2026-12-01T09:00:00+08:00", "updated_at": "2026-12-01T09:00:00+08:00",
                               "steps": ["received", "received", "received", "received", "received", "received", "received"]})


@pytest.mark.parametrize("kind, command", [
    ("string", ("SET", "KEY", PLANTED_IN_REDIS)), ("hash", ("HSET", "KEY", "field", PLANTED_IN_REDIS)), ("list", ("RPUSH", "KEY", PLANTED_IN_REDIS)),
    ("set", ("SADD", "KEY", PLANTED_IN_REDIS)), ("zset", ("ZADD", "KEY", 1, PLANTED_IN_REDIS)), ("stream", ("XADD", "KEY", "*", "field", PLANTED_IN_REDIS))])
def test_a_secret_would_be_found_in_each_kind_of_value(kind, command):
    """Such a value Redis compresses where it dumps it."""
    cache, key = redis.Redis(port=int(os.environ["REDRESS_REDIS_PORT"])), f"planted:{kind}"
    try:
        cache.execute_command(*(key if word == "KEY" else word for word in command))
        assert cache.type(key).decode() == kind
        assert len([text for text in cached() if PLANTED.encode() in text]) == 1
    finally:
        cache.delete(key)
