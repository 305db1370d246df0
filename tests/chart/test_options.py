"""The chart against the services' own option tables, by the real binaries in pods laid out as a kubelet does."""

import json
import re
import socket
import time
import urllib.error
import urllib.request

import pytest
from chart import BIN, CHART, FULL, ROOT, SERVICES, SMALL, VALUES, help_of, made_secrets, pod_of, release, variable

# Options of the services that operators of the chart don't have.
LEFT = {"kafka.instance_id": "pods' names change with each roll-out: README, Replicas",
        "webhook.url": "for local stacks"}
SCHEMA = json.loads((CHART / "values.schema.json").read_text())
IDS = {"ids": lambda path: path.stem}


@pytest.fixture(scope="module", name="secrets")
def the_secrets(tmp_path_factory):
    """The existing Secrets of one cluster."""
    return made_secrets(tmp_path_factory.mktemp("secrets"))


def schema_options(service):
    """What the schema lets operators set."""
    return SCHEMA["properties"]["services"]["properties"][service]["properties"]["options"]["properties"]


@pytest.mark.parametrize("service", SERVICES)
@pytest.mark.parametrize("values", VALUES, **IDS)
def test_each_service_takes_what_the_chart_gives_it(tmp_path, secrets, values, service):
    pod = pod_of(tmp_path, values, "Deployment", service, secrets)
    code, output, errors = pod.run("--check-config")
    assert (code, output.strip(), errors) == (0, f"redress-{service}: configuration is good", "")
    code, output, _ = pod.run("--config")
    assert code == 0 and "f81a-invented" not in output
    effective = dict(re.findall(r'^([\w.-]+): "?(.*?)"?$', output, re.MULTILINE))
    given = release(values).options(service)
    assert {name: effective.get(name) for name in given} == {name: pod.here(value) for name, value in given.items()}
    hidden = {name for name, value in effective.items() if value == "***" and name in help_of(service)}
    assert hidden and not hidden & set(given)
    assert {variable(name) + "_FILE" for name in hidden} <= {entry["name"] for entry in pod.container["env"]}


@pytest.mark.parametrize("service", SERVICES)
@pytest.mark.parametrize("values", VALUES, **IDS)
def test_every_name_in_the_chart_stands_in_the_services_table(values, service):
    table = help_of(service)
    rendered = release(values)
    assert {name for name in rendered.options(service) if not name.startswith("kafka.")} <= set(table)
    names = {variable(option) for option in table} | {variable(option) + "_FILE" for option in table}
    environment = {entry["name"] for entry in rendered.container(service)["env"]}
    assert {name for name in environment - names if not re.fullmatch(r"REDRESS_KAFKA_\w+_FILE", name)} == set()


@pytest.mark.parametrize("service", SERVICES)
def test_every_option_is_given_by_the_chart_or_by_operators_or_left_for_a_reason(service):
    container = release(SMALL).container(service)
    given = set(release(SMALL).options(service))
    given |= {option for option in help_of(service) for entry in container["env"]
              if entry["name"] in (variable(option), variable(option) + "_FILE")}
    offered = set(schema_options(service))
    assert not given & offered - {"log.level"}
    assert set(help_of(service)) - given - offered - set(LEFT) == set()


def bounds():
    """Each number that operators set: (service, option, least, most)."""
    return [(service, option, rule["minimum"], rule["maximum"]) for service in SERVICES
            for option, rule in schema_options(service).items() if rule.get("type") == "integer"]


@pytest.mark.parametrize("service,option,least,most", bounds())
def test_the_schemas_bounds_are_the_services(tmp_path, secrets, service, option, least, most):
    pod = pod_of(tmp_path, SMALL, "Deployment", service, secrets)
    for value, wanted in ((least, 0), (most, 0), (least - 1, 2), (most + 1, 2)):
        code, _, errors = pod.run("--config", **{variable(option): str(value)})
        assert code == wanted, errors
        assert wanted == 0 or option in errors


def ask(port, path):
    """Status and body of one GET."""
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}{path}", timeout=5) as answer:
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as error:
        return error.code, error.read().decode()
    except OSError:
        return None, ""


def free_port():
    """A port that nobody listens on."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


def test_the_probes_ask_what_a_service_answers_and_sigterm_ends_it(tmp_path, secrets):
    pod = pod_of(tmp_path, SMALL, "Deployment", "triage", secrets)
    http, admin = free_port(), free_port()
    process = pod.popen(REDRESS_HTTP_PORT=str(http), REDRESS_ADMIN_PORT=str(admin), REDRESS_SERVICE_DRAIN_SECONDS="0",
                        REDRESS_KAFKA_BROKERS="127.0.0.1:1")
    try:
        end = time.monotonic() + 30
        while ask(http, "/") == (None, "") and time.monotonic() < end:
            time.sleep(0.05)
        probes = {kind: pod.container[f"{kind}Probe"]["httpGet"] for kind in ("startup", "liveness", "readiness")}
        assert {probe["port"] for probe in probes.values()} == {"admin"}
        assert ask(admin, probes["startup"]["path"])[0] == ask(admin, probes["liveness"]["path"])[0] == 200
        status, body = ask(admin, probes["readiness"]["path"])
        assert status == 503 and json.loads(body)["status"] == 503 # no Kafka here
        status, metrics = ask(admin, "/metrics")
        assert status == 200 and "process_resident_memory_bytes" in metrics
        process.terminate()
        assert process.wait(40) == 0
    finally:
        process.kill()
        process.communicate()


@pytest.mark.parametrize("values", VALUES, **IDS)
def test_ports_are_those_of_the_options(values):
    for service in SERVICES:
        options = release(values).options(service)
        ports = {port["name"]: str(port["containerPort"]) for port in release(values).container(service)["ports"]}
        assert ports == {"http": options["http.port"], "admin": options["admin.port"]}
        assert options["http.bind"] == "0.0.0.0"


def test_a_path_of_the_ingress_is_one_that_its_service_has():
    rendered = release(FULL)
    seen = set()
    for ingress in rendered.all("Ingress"):
        for path in ingress["spec"]["rules"][0]["http"]["paths"]:
            service = path["backend"]["service"]["name"].removeprefix("redress-")
            routes = (ROOT / "services" / service / "openapi.yaml").read_text()
            assert re.search(rf"^  {re.escape(path['path'])}(/.*)?:$", routes, re.MULTILINE), path
            seen.add((path["path"], service))
    assert seen == {("/v1/submissions", "intake"), ("/v1/satisfaction", "intake"), ("/v1/commitments", "intake"),
                    ("/v1/indicators", "analytics"), ("/v1", "ledger")}
    public = [path for path in re.findall(r"^  (/\S+):$", (ROOT / "services/intake/openapi.yaml").read_text(), re.MULTILINE)]
    assert all(any(path.startswith(mine) for mine, service in seen if service == "intake") for path in public)


def test_the_jobs_are_commands_of_redressctl(tmp_path, secrets):
    for values in VALUES:
        for name in ("migrate", "topics"):
            pod = pod_of(tmp_path / values.stem / name, values, "Job", name, secrets)
            program, *words = pod.command()
            assert program == str(BIN / "redressctl")
            files = [word for word in words if word.startswith("/")]
            assert files and all((tmp_path / file).exists() for file in files)
            assert not any("f81a" in word for word in words)
