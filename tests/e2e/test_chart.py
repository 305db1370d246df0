"""Pods of the Helm chart, laid out as a kubelet does, on the running stack: the jobs, and one more of each service."""

import json
import pathlib
import socket
import sys
import time

import pytest
import requests
from conftest import ENV, ROOT, Api, mint, submission, wait_for

sys.path.insert(0, str(ROOT / "tests" / "chart"))
from chart import SERVICES, TRIAL, made_secrets, pod_of  # noqa: E402 pylint: disable=wrong-import-position


@pytest.fixture(scope="module", name="secrets")
def the_secrets(tmp_path_factory):
    """As a cluster has them, with the stack's own keys and servers."""
    made = made_secrets(tmp_path_factory.mktemp("secrets"))
    keys = pathlib.Path(ENV["REDRESS_STACK_DIR"]) / "keys"
    made["redress-keys"] = {path.name: path.read_bytes() for path in keys.iterdir()}
    admin = ENV["REDRESS_POSTGRES_ADMIN_URL"]
    made["redress-postgres"] = {"admin": admin.encode()}
    for service in ("ledger", "notification", "analytics"):
        made["redress-postgres"][service] = f"{admin.rsplit(' user=', 1)[0]} user=redress_{service}\n".encode()
    made["redress-smtp"]["url"] = f"smtp://127.0.0.1:{int(ENV['REDRESS_PORT_BASE']) + 25}\n".encode()
    return made


def test_the_migration_job_finds_the_schemas_up_to_date(tmp_path, secrets):
    code, output, _ = pod_of(tmp_path, TRIAL, "Job", "migrate", secrets).run()
    assert code == 0 and json.loads(output) == {"applied": []}


def test_the_topics_job_makes_the_services_topics(tmp_path, secrets):
    pod = pod_of(tmp_path, TRIAL, "Job", "topics", secrets)
    code, output, errors = pod.run(REDRESS_KAFKA_BROKERS=ENV["REDRESS_KAFKA_BROKERS"])
    assert (code, errors) == (0, "") and "redress.facts" in json.loads(output)["topics"]


def free_ports(count):
    """So many ports that nobody listens on."""
    listeners = [socket.create_server(("127.0.0.1", 0)) for _ in range(count)]
    ports = [listener.getsockname()[1] for listener in listeners]
    for listener in listeners:
        listener.close()
    return ports


def is_ready(port):
    """Whether the pod behind this admin port says so."""
    try:
        return requests.get(f"http://127.0.0.1:{port}/readyz", timeout=5).status_code == 200
    except requests.ConnectionError:
        return False


def test_six_pods_of_the_chart_join_a_running_system_and_leave_it(tmp_path, secrets):
    ports = dict(zip(SERVICES, zip(free_ports(len(SERVICES)), free_ports(len(SERVICES)))))
    url = {service: f"http://127.0.0.1:{http}" for service, (http, _) in ports.items()}
    there = {"REDRESS_KAFKA_BROKERS": ENV["REDRESS_KAFKA_BROKERS"], "REDRESS_REDIS_HOST": "127.0.0.1",
             "REDRESS_REDIS_PORT": ENV["REDRESS_REDIS_PORT"], "REDRESS_LEDGER_URL": url["ledger"], "REDRESS_TRIAGE_URL": url["triage"],
             "REDRESS_STAFF_JWKS": ENV["REDRESS_STAFF_JWKS"], "REDRESS_SERVICE_DRAIN_SECONDS": "0", "REDRESS_CAP_HOURLY": "0"}
    running = {}
    try:
        for service, (http, admin) in ports.items():
            pod = pod_of(tmp_path / service, TRIAL, "Deployment", service, secrets)
            running[service] = pod.popen(**there, REDRESS_HTTP_PORT=str(http), REDRESS_ADMIN_PORT=str(admin))
        for service, (_, admin) in ports.items():
            wait_for(f"the chart's {service} to be ready", lambda admin=admin: is_ready(admin))
        receipt = Api(url["intake"]).post("/v1/submissions", submission()).json()
        staff = Api(url["ledger"], mint("lin-zhiyuan"))
        wait_for("its case, assessed", lambda: staff.get(f"/v1/cases/{receipt['case_id']}").json().get("status") == "triaged")
    finally:
        begun = time.monotonic()
        for process in running.values():
            process.terminate()
        codes = {service: process.wait(60) for service, process in running.items()}
        for process in running.values():
            process.communicate()
    assert codes == dict.fromkeys(SERVICES, 0)
    assert time.monotonic() - begun < 40 # what terminationGracePeriodSeconds adds to the drain
