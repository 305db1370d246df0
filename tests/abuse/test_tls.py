"""TLS to Kafka and PostgreSQL by a CA of our own: it works, and a server that is not the right one is refused."""

import contextlib
import json
import os
import pathlib
import re
import socket
import ssl
import subprocess
import threading

import psycopg
import pytest
from contract import ROOT, base_url
from stack_tests import BIN, Api, mint, submission, supervise, wait_for
from walls import admin_port, is_ready, service_environment, wait_ready

BASE = int(os.environ["REDRESS_PORT_BASE"])
STACK = pathlib.Path(os.environ["REDRESS_STACK_DIR"])
CA = STACK / "tls" / "ca.pem"
PASSWORD = "kein-Klartext-7341"
KAFKA_PORT, POSTGRES_PORT = BASE + 94, BASE + 432


def openssl(*words):
    """openssl with these words, which must succeed."""
    subprocess.run(["openssl", *map(str, words)], check=True, capture_output=True)


@pytest.fixture(scope="module", name="password")
def a_password():
    """PostgreSQL takes redress_analytics over TCP by a password meanwhile."""
    with psycopg.connect(os.environ["REDRESS_POSTGRES_ADMIN_URL"], autocommit=True) as connection:
        connection.execute(f"ALTER ROLE redress_analytics PASSWORD '{PASSWORD}'")
        yield PASSWORD
        connection.execute("ALTER ROLE redress_analytics PASSWORD NULL")


def other_ca(folder):
    """A CA that signed nothing here."""
    openssl("req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=other", "-keyout", folder / "other.key",
            "-out", folder / "other.pem")
    return folder / "other.pem"


def environment(folder, brokers=None, authority=CA, **postgres):
    """What analytics needs to speak TLS to both."""
    words = {"host": "127.0.0.1", "port": POSTGRES_PORT, "dbname": "redress", "user": "redress_analytics", "password": PASSWORD,
             "sslmode": "verify-full", "sslrootcert": CA, **postgres}
    url = folder / "postgres.url"
    url.write_text(" ".join(f"{name}={value}" for name, value in words.items()))
    found = {**os.environ, **service_environment("analytics")}
    found.pop("REDRESS_POSTGRES_URL")
    return {**found, "REDRESS_POSTGRES_URL_FILE": str(url), "REDRESS_KAFKA_SECURITY_PROTOCOL": "ssl",
            "REDRESS_KAFKA_BROKERS": brokers or f"127.0.0.1:{KAFKA_PORT}", "REDRESS_KAFKA_SSL_CA_LOCATION": str(authority)}


@contextlib.contextmanager
def analytics(folder, changed):
    """analytics with this environment; its log so far."""
    log = folder / "analytics.log"
    with log.open("wb") as output:
        process = subprocess.Popen([BIN / "redress-analytics"], env=changed, stdout=output, stderr=output, cwd=ROOT)
    try:
        yield process, log
    finally:
        process.terminate()
        process.wait(60)


def refusal(folder, changed, pattern):
    """The first line of the log that fits; analytics runs beside the stack's own."""
    beside = {**changed, "REDRESS_HTTP_PORT": str(BASE + 560), "REDRESS_ADMIN_PORT": str(BASE + 561)}
    with analytics(folder, beside) as (_, log):
        line = wait_for(f"a refusal with {pattern}", lambda: re.search(f"^.*(?:{pattern}).*$", log.read_text(), re.MULTILINE))
        assert not is_ready(BASE + 561)
        assert PASSWORD not in log.read_text()
    return line.group(0)


@contextlib.contextmanager
def expired_server(folder, prologue):
    """A server for one kind of client whose certificate, of the right CA and for this host, is over."""
    key, request, certificate = folder / "expired.key", folder / "expired.csr", folder / "expired.crt"
    names = folder / "names"
    names.write_text("subjectAltName=IP:127.0.0.1")
    openssl("req", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=127.0.0.1", "-keyout", key, "-out", request)
    openssl("x509", "-req", "-days", "-1", "-in", request, "-CA", CA, "-CAkey", STACK / "tls" / "ca.key", "-CAcreateserial",
            "-CAserial", folder / "serial", "-extfile", names, "-out", certificate)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    listener = socket.create_server(("127.0.0.1", 0))

    def serve():
        with contextlib.suppress(OSError):
            while True:
                client, _ = listener.accept()
                with contextlib.suppress(OSError), client:
                    if prologue and client.recv(8):
                        client.sendall(prologue)
                    context.wrap_socket(client, server_side=True).close()
    threading.Thread(target=serve, daemon=True).start()
    try:
        yield listener.getsockname()[1]
    finally:
        listener.close()


def test_a_service_works_with_both_over_tls(tmp_path, password):
    counted = Api(base_url("analytics"), mint("lin-zhiyuan"))

    def received():
        answer = counted.get("/v1/indicators?from=2026-01-01&to=2099-12-31")
        return answer.json().get("received", -1) if answer.status_code == 200 else -1
    before = received()
    supervise("stop", "analytics")
    try:
        with analytics(tmp_path, environment(tmp_path)) as (process, _):
            wait_ready("analytics")
            assert Api(base_url("intake")).post("/v1/submissions", submission()).status_code == 202
            wait_for("the case to be counted", lambda: received() > before >= 0)
            with psycopg.connect(os.environ["REDRESS_POSTGRES_ADMIN_URL"]) as connection:
                encrypted = connection.execute("SELECT s.ssl FROM pg_stat_ssl s JOIN pg_stat_activity a USING (pid) "
                                               "WHERE a.application_name LIKE 'redress-analytics%'").fetchall()
            assert encrypted and all(row[0] for row in encrypted)
            visible = pathlib.Path(f"/proc/{process.pid}/environ").read_bytes() + pathlib.Path(f"/proc/{process.pid}/cmdline").read_bytes()
            assert password.encode() not in visible
        assert process.returncode == 0
    finally:
        supervise("start", "analytics")
        wait_ready("analytics")
    assert is_ready(admin_port("analytics"))


@pytest.mark.usefixtures("password")
def test_postgresql_of_another_ca_host_or_time_is_refused(tmp_path):
    option = r"postgres\.url"
    assert "certificate verify failed" in refusal(tmp_path, environment(tmp_path, sslrootcert=other_ca(tmp_path)), option)
    assert "does not match host name" in refusal(tmp_path, environment(tmp_path, host="localhost"), option)
    with expired_server(tmp_path, b"S") as port:
        assert "certificate verify failed" in refusal(tmp_path, environment(tmp_path, port=port), option)
    assert "does not exist" in refusal(tmp_path, environment(tmp_path, sslrootcert="/nowhere.pem"), option)
    assert "server" in refusal(tmp_path, environment(tmp_path, sslmode="disable"), option)


@pytest.mark.usefixtures("password")
def test_kafka_of_another_ca_host_or_time_is_refused(tmp_path):
    refused = r"kafka\.ssl\.|ssl\.ca\.location|ssl\.endpoint\.identification"
    assert refusal(tmp_path, environment(tmp_path, authority=other_ca(tmp_path)), refused)
    assert refusal(tmp_path, environment(tmp_path, brokers=f"localhost:{KAFKA_PORT}"), refused)
    with expired_server(tmp_path, b"") as port:
        assert refusal(tmp_path, environment(tmp_path, brokers=f"127.0.0.1:{port}"), refused)
    assert refusal(tmp_path, environment(tmp_path, authority="/nowhere.pem"), r"ssl\.ca\.location")


def told_of_kafka(**properties):
    """What redressctl doctor says of Kafka's TLS listener, with these properties in the environment."""
    variables = {f"REDRESS_KAFKA_{name}": str(value) for name, value in properties.items()}
    done = subprocess.run([BIN / "redressctl", "doctor", "--json", "--brokers", f"127.0.0.1:{KAFKA_PORT}"], capture_output=True, text=True,
                          check=False, env={**os.environ, **variables})
    return next(entry for entry in json.loads(done.stdout)["items"] if entry["name"] == "kafka")


def test_redressctl_speaks_to_kafka_over_tls_by_the_services_own_variables(tmp_path):
    trusting = {"SECURITY_PROTOCOL": "ssl", "SSL_CA_LOCATION": CA}
    assert told_of_kafka(**trusting)["up"] is True
    assert told_of_kafka(**{**trusting, "SSL_CA_LOCATION": other_ca(tmp_path)})["up"] is False
    secret = tmp_path / "password"
    secret.write_text(PASSWORD)
    login = {"SECURITY_PROTOCOL": "sasl_ssl", "SSL_CA_LOCATION": CA, "SASL_MECHANISM": "PLAIN", "SASL_USERNAME": "ops",
             "SASL_PASSWORD_FILE": secret}
    assert "property" not in told_of_kafka(**login)["detail"] # taken; the listener has no logins
    wrong = told_of_kafka(NO_SUCH_THING="1")
    assert wrong["up"] is False and "kafka.no.such.thing" in wrong["detail"]
