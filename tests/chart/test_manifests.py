"""What the rendered objects promise: hardening, who reaches whom, disruptions, no secrets."""

import re

import kubernetes_validate
import pytest
import yaml
from chart import CHART, FULL, SERVICES, SMALL, VALUES, release

IDS = {"ids": lambda path: path.stem}
ALL = pytest.mark.parametrize("values", VALUES, **IDS)
OLDEST, NEWEST = "1.27", "1.34"


def values_of(values):
    """The chart's values with this file's over them."""
    def over(low, high):
        if not isinstance(low, dict) or not isinstance(high, dict):
            return high
        return {key: over(low[key], high[key]) if key in low and key in high else high.get(key, low.get(key))
                for key in low.keys() | high.keys()}
    return over(yaml.safe_load((CHART / "values.yaml").read_text()), yaml.safe_load(values.read_text()))


def pods(values):
    """The pods' specifications by the name of what makes them."""
    return {one["metadata"]["name"]: one["spec"]["template"]["spec"] for one in release(values).all("Deployment", "Job")}


@ALL
def test_every_object_is_of_kubernetes_own_schema_without_a_field_too_many(values):
    for one in release(values).objects:
        if one["kind"] != "PodMonitor": # Prometheus' operator brings its own
            for version in (OLDEST, NEWEST) if values == FULL else (NEWEST,):
                kubernetes_validate.validate(one, version, strict=True)


@ALL
def test_pods_are_held_to_the_restricted_standard(values):
    for name, pod in pods(values).items():
        assert pod["automountServiceAccountToken"] is False and pod["enableServiceLinks"] is False, name
        assert pod["securityContext"]["runAsNonRoot"] is True and pod["securityContext"]["runAsUser"] == 10001
        assert pod["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}
        for container in pod["containers"]:
            assert container["securityContext"] == {"allowPrivilegeEscalation": False, "readOnlyRootFilesystem": True,
                                                    "capabilities": {"drop": ["ALL"]}}
            assert {"cpu", "memory"} <= set(container["resources"]["requests"])
            assert container["resources"]["limits"]["memory"]
            assert all(mount["readOnly"] for mount in container.get("volumeMounts", []))
    for account in release(values).all("ServiceAccount"):
        assert account["automountServiceAccountToken"] is False


@ALL
def test_one_shape_for_six_deployments(values):
    deployments = release(values).all("Deployment")
    assert {one["metadata"]["name"] for one in deployments} == {f"redress-{service}" for service in SERVICES}
    for one in deployments:
        pod = one["spec"]["template"]["spec"]
        options = release(values).options(one["metadata"]["name"].removeprefix("redress-"))
        # Drain, 6 s for clients, 10 s for the batch in hand, two flushes of 5 s, and 10 s more, rounded up.
        assert pod["terminationGracePeriodSeconds"] == int(options["service.drain_seconds"]) + 40
        assert {spread["topologyKey"] for spread in pod["topologySpreadConstraints"]} == {
            "kubernetes.io/hostname", "topology.kubernetes.io/zone"}
        assert pod["serviceAccountName"] == one["metadata"]["name"]
        for part in [pod["topologySpreadConstraints"][0]["labelSelector"]["matchLabels"], one["spec"]["selector"]["matchLabels"]]:
            assert part == one["spec"]["template"]["metadata"]["labels"]


@ALL
def test_where_there_is_one_pod_no_budget_keeps_a_node_from_being_drained(values):
    rendered, given = release(values), values_of(values)
    for service in SERVICES:
        scaled = service == "intake" and given["autoscaling"]["enabled"]
        replicas = given["autoscaling"]["minReplicas"] if scaled else given["services"][service]["replicas"]
        assert rendered.one("Deployment", service)["spec"].get("replicas") == (None if scaled else replicas)
        assert rendered.has("HorizontalPodAutoscaler", service) == scaled
        assert rendered.has("PodDisruptionBudget", service) == (replicas > 1)
        if replicas > 1:
            budget = rendered.one("PodDisruptionBudget", service)["spec"]
            assert budget["maxUnavailable"] == 1 and budget["selector"] == rendered.one("Deployment", service)["spec"]["selector"]


@ALL
def test_no_secret_is_in_any_object(values):
    rendered = release(values)
    assert not rendered.all("Secret")
    for pod in pods(values).values():
        for container in pod["containers"]:
            for entry in container.get("env", []):
                if re.search("SECRET|KEY|TOKEN|PASSWORD|POSTGRES|SMTP_URL", entry["name"]):
                    assert "valueFrom" in entry or (entry["name"].endswith("_FILE") and entry["value"].startswith("/etc/redress/"))


@ALL
def test_a_pod_mounts_its_own_keys_alone(values):
    readers = {}
    for service in SERVICES:
        for volume in pods(values)[f"redress-{service}"]["volumes"]:
            for source in volume.get("projected", {}).get("sources", []):
                for item in source["secret"].get("items", []):
                    readers.setdefault(item["key"], set()).add(service)
    assert readers["receipt.secret"] == readers["derive.secret"] == {"intake"}
    assert readers["bureau.secret"] == readers["export.secret"] == {"ledger"}
    assert readers["notification.secret"] == readers["webhook.secret"] == {"notification"}
    assert readers["satisfaction.secret"] == {"intake", "notification"}
    assert [readers[name] for name in ("ledger", "notification", "analytics")] == [{"ledger"}, {"notification"}, {"analytics"}]


def port_of(url):
    """The port of a URL or host:port."""
    return int(re.search(r":(\d+)(/|$)", url).group(1))


def wanted_egress(values, service):
    """(peers, ports) that the service's options name, from the values' other side."""
    given, options, rendered = values_of(values), release(values).options(service), release(values)
    peers, wanted = given["networkPolicy"]["to"], [("dns", 53)]
    wanted += [(repr(peers["kafka"]), port_of(broker)) for broker in options["kafka.brokers"].split(",")]
    if "redis.host" in options:
        wanted.append((repr(peers["redis"]), int(options["redis.port"])))
    for other in ("ledger", "triage"):
        if f"{other}.url" in options:
            host = re.match(r"http://([^:/]+):", options[f"{other}.url"]).group(1)
            found = next(one for one in rendered.all("Service") if one["metadata"]["name"] == host)["spec"]
            assert found["ports"][0]["port"] == port_of(options[f"{other}.url"]) and found["ports"][0]["targetPort"] == "http"
            assert found["selector"] == rendered.one("Deployment", other)["spec"]["template"]["metadata"]["labels"]
            wanted.append((repr([{"podSelector": {"matchLabels": found["selector"]}}]), 8080))
    names = {entry["name"] for entry in rendered.container(service)["env"]}
    if "REDRESS_POSTGRES_URL_FILE" in names:
        wanted.append((repr(peers["postgres"]), given["postgres"]["port"]))
    if "REDRESS_SMTP_URL_FILE" in names:
        wanted.append((repr(peers["smtp"]), given["smtp"]["port"]))
    if "REDRESS_WEBHOOK_SECRET_FILE" in names or options.get("staff.jwks", "").startswith("http"):
        wanted += [(repr(peers["web"]), port) for port in given["networkPolicy"]["webPorts"]]
    return set(wanted)


@pytest.mark.parametrize("values", [SMALL, FULL], **IDS)
def test_the_network_is_open_for_what_the_options_name_and_nothing_else(values):
    rendered = release(values)
    everything = next(one for one in rendered.all("NetworkPolicy") if one["metadata"]["name"] == "redress")["spec"]
    assert set(everything) == {"podSelector", "policyTypes"} and everything["policyTypes"] == ["Ingress", "Egress"]
    for service in SERVICES:
        policy = rendered.one("NetworkPolicy", service)["spec"]
        assert policy["podSelector"]["matchLabels"] == rendered.one("Deployment", service)["spec"]["template"]["metadata"]["labels"]
        assert everything["podSelector"]["matchLabels"].items() <= policy["podSelector"]["matchLabels"].items()
        found = {("dns" if port["port"] == 53 else repr(rule.get("to", [])), port["port"])
                 for rule in policy["egress"] for port in rule["ports"]}
        assert found == wanted_egress(values, service)


@pytest.mark.parametrize("values", [SMALL, FULL], **IDS)
def test_who_may_call_a_service_is_who_has_its_address(values):
    rendered, peers = release(values), values_of(values)["networkPolicy"]["from"]
    behind = {path["backend"]["service"]["name"] for ingress in release(FULL).all("Ingress")
              for path in ingress["spec"]["rules"][0]["http"]["paths"]}
    for service in SERVICES:
        callers = [rendered.one("Deployment", other)["spec"]["selector"] for other in SERVICES
                   if f"{service}.url" in rendered.options(other)]
        edge = peers["edge"] if f"redress-{service}" in behind else []
        wanted = {(repr(sorted(map(repr, [*edge, *({"podSelector": one} for one in callers)]))), 8080)} if edge or callers else set()
        wanted |= {(repr(sorted(map(repr, peers["monitoring"]))), 9090)} if peers["monitoring"] else set()
        policy = rendered.one("NetworkPolicy", service)["spec"]
        found = {(repr(sorted(map(repr, map(plain, rule["from"])))), port["port"])
                 for rule in policy.get("ingress", []) for port in rule["ports"]}
        assert found == {(text, port) for text, port in wanted}


def plain(peer):
    """A peer with its labels in the order that Deployments have them."""
    labels = peer.get("podSelector", {}).get("matchLabels", {})
    order = ["app.kubernetes.io/name", "app.kubernetes.io/instance", "app.kubernetes.io/component"]
    return {"podSelector": {"matchLabels": {key: labels[key] for key in order}}} if labels else peer


@ALL
def test_the_jobs_come_before_the_rest_and_may_reach_what_they_are_for(values):
    rendered, given = release(values), values_of(values)
    ports = {"migrate": given["postgres"]["port"], "topics": port_of(given["kafka"]["brokers"].split(",")[0])}
    for name, port in ports.items():
        job = rendered.one("Job", name)
        assert job["metadata"]["annotations"]["helm.sh/hook"] == "pre-install,pre-upgrade"
        if given["networkPolicy"]["enabled"]:
            policy = rendered.one("NetworkPolicy", name)
            hooks = [one["metadata"]["annotations"] for one in (policy, job)]
            assert int(hooks[0]["helm.sh/hook-weight"]) < int(hooks[1]["helm.sh/hook-weight"])
            assert all("hook-succeeded" in hook["helm.sh/hook-delete-policy"] for hook in hooks) # nothing outlives the release
            assert policy["spec"]["podSelector"]["matchLabels"] == job["spec"]["template"]["metadata"]["labels"]
            assert {entry["port"] for rule in policy["spec"]["egress"] for entry in rule["ports"]} == {53, port}
    topics = rendered.one("Job", "topics")["spec"]["template"]["spec"]["containers"][0]["command"]
    assert topics[-2:] == ["--replication", str(given["jobs"]["topicsReplication"])]
