"""What operators write: an unknown or wrong value fails and is named; the defaults and the README say what there is."""

import re

import pytest
import yaml
from chart import CHART, ROOT, SMALL, VALUES, helm, release, template


def leaves(values, path=()):
    """Each value that an operator may set, by its path; maps of the operator's own are one."""
    if isinstance(values, dict) and values:
        return [leaf for key, value in values.items() for leaf in leaves(value, (*path, key))]
    return [path]


DEFAULTS = yaml.safe_load((CHART / "values.yaml").read_text())


def sections(values, path=()):
    """Each mapping of the values that has keys of its own."""
    found = [path]
    for key, value in values.items():
        if isinstance(value, dict) and value:
            found += sections(value, (*path, key))
    return found


def test_an_unknown_value_is_refused_by_its_name_in_each_section():
    paths = sections(DEFAULTS)
    done = template(SMALL, *(f"--set={'.'.join((*path, 'nosuchthing'))}=1" for path in paths))
    assert done.returncode != 0
    refused = re.findall(r"- (\S+): Additional property nosuchthing is not allowed", done.stderr)
    assert sorted(refused) == sorted(".".join(path) or "(root)" for path in paths)


@pytest.mark.parametrize("setting,named", [
    (r"services.ledger.options.postgres\.conections=3", "postgres.conections"),
    (r"services.ledger.options.postgres\.url=x", "postgres.url"),
    (r"services.ledger.options.postgres\.connections=33", "postgres.connections"),
    (r"services.triage.options.quiet\.begin_hour=22", "quiet.begin_hour"),
    (r"kafka.properties.sasl\.password=hidden", "kafka.properties"),
    (r"kafka.properties.ssl\.key\.password=hidden", "kafka.properties"),
    (r"kafka.properties.group\.instance\.id=one", "kafka.properties"),
    ("kafka.secretProperties.Password=password", "kafka.secretProperties"),
    (r"kafka.secretProperties.sasl\.password=../admin", "kafka.secretProperties"),
    ("kafka.brokers=kafka", "kafka.brokers"),
    ("publicUrl=complaints.example.org", "publicUrl"),
    ("staff.jwks=", "staff"),
    ("services.intake.resources.limits.memory=null", "memory"),
    ("region.calendars.files[0]=../secrets", "region.calendars.files.0"),
    ("image.digest=latest", "image.digest"),
])
def test_a_wrong_value_is_refused_by_its_name(setting, named):
    done = template(SMALL, "--set", setting)
    assert done.returncode != 0 and named in done.stderr, done.stderr


@pytest.mark.parametrize("settings,named", [
    ([r"kafka.secretProperties.sasl\.password=password"], "kafka.secret:"),
    ([r"kafka.properties.ssl\.ca\.location=/etc/redress/kafka/ca.crt"], "kafka.secret:"),
    (["region.calendars.configMap=qinghe-calendars"], "region.calendars.files:"),
    (["region.policies.configMap=qinghe-policies"], "region.policies.files:"),
    (["region.policies.files[0]=hotline@1.yaml"], "region.policies.configMap:"),
    (["autoscaling.enabled=true", "autoscaling.minReplicas=7"], "autoscaling.minReplicas (7)"),
    (["autoscaling.enabled=true", "services.intake.replicas=0"], "services.intake.replicas"),
    (["ingress.enabled=true"], "ingress.public.host"),
    (["staff.jwks=https://login.example.org:8443/keys"], "networkPolicy.webPorts lacks 8443"),
    (["staff.jwks=https://[2001:db8::1]:8443/keys"], "networkPolicy.webPorts lacks 8443"),
    (["staff.jwks=http://login.example.org/keys"], "networkPolicy.webPorts lacks 80,"),
])
def test_values_that_cannot_work_together_are_refused_by_name(settings, named):
    done = template(SMALL, *(f"--set={setting}" for setting in settings))
    assert done.returncode != 0 and named in done.stderr, done.stderr


@pytest.mark.parametrize("settings", [
    [r"kafka.secretProperties.sasl\.password=password", "kafka.secret=redress-kafka"],
    [r"kafka.properties.ssl\.ca\.location=/etc/ssl/certs/ca-certificates.crt"],
    ["region.policies.files[0]=hotline@1.yaml", "region.policies.configMap=qinghe-policies"],
    ["autoscaling.enabled=true", "autoscaling.minReplicas=6"],
    ["autoscaling.minReplicas=7"],
    ["services.intake.replicas=0"],
    ["ingress.enabled=true", "ingress.staff.host=casework.example.org"],
    ["staff.jwks=https://login.example.org:8443/keys", "networkPolicy.webPorts[0]=8443"],
    ["staff.jwks=https://login.example.org:8443/keys", "networkPolicy.enabled=false"],
    ["staff.jwks=https://login.example.org:8443/keys", "staff.jwksConfigMap=staff-keys"],
    ["staff.jwks=https://[2001:db8::1]/keys"],
])
def test_values_that_can_are_taken(settings):
    done = template(SMALL, *(f"--set={setting}" for setting in settings))
    assert done.returncode == 0, done.stderr


def test_what_has_no_default_must_be_set():
    done = helm("lint", CHART)
    assert done.returncode != 0
    for name in ("image.repository", "publicUrl", "kafka.brokers", "redis.host", "staff.issuer"):
        assert name in done.stdout, name


def test_a_key_file_may_be_named_where_its_content_may_not():
    assert template(SMALL, "--set", r"kafka.properties.ssl\.key\.location=/etc/redress/kafka/tls.key",
                    "--set", "kafka.secret=redress-kafka").returncode == 0


def test_as_a_subchart_it_takes_what_helm_adds():
    assert template(SMALL, "--set", "global.anything=1").returncode == 0


@pytest.mark.parametrize("values", VALUES, ids=lambda path: path.stem)
def test_helm_finds_nothing_to_say(values):
    done = helm("lint", "--strict", CHART, "--values", values)
    assert done.returncode == 0 and "WARNING" not in done.stdout, done.stdout


def test_helm_by_hand_takes_the_chart_without_being_told_a_version():
    done = helm("template", "redress", CHART, "--values", SMALL)
    assert done.returncode == 0, done.stderr


def test_another_name_of_the_release_renames_all_of_it():
    done = helm("template", "north", CHART, "--kube-version", "1.31.0", "--values", SMALL)
    names = {one["metadata"]["name"] for one in yaml.safe_load_all(done.stdout) if one}
    assert names and all(name.startswith("north-redress") for name in names)
    assert "http://north-redress-ledger:8080" in done.stdout and " redress-ledger" not in done.stdout


def test_a_change_of_options_rolls_its_service_alone():
    def sums(*words):
        done = template(SMALL, *words)
        return {one["metadata"]["name"]: one["spec"]["template"]["metadata"]["annotations"]["checksum/options"]
                for one in yaml.safe_load_all(done.stdout) if one and one["kind"] == "Deployment"}
    before, after = sums(), sums("--set", r"services.notification.options.cap\.hourly=5")
    assert {name for name in before if before[name] != after[name]} == {"redress-notification"}


def test_the_values_are_few_and_the_readme_names_each_section():
    readme = (CHART / "README.md").read_text()
    assert len(leaves(DEFAULTS)) < 120
    assert [key for key in DEFAULTS if not re.search(rf"`{key}\b", readme)] == []


def test_the_version_is_that_of_the_programs():
    version = re.search(r"project\(redress VERSION ([\d.]+)", (ROOT / "CMakeLists.txt").read_text()).group(1)
    assert yaml.safe_load((CHART / "Chart.yaml").read_text())["appVersion"] == version
    assert release(SMALL).container("intake")["image"].endswith(f":{version}")
