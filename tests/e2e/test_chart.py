"""The Helm chart's jobs, as pods of it are laid out, against the running stack."""

import json
import os
import sys

import pytest
from conftest import ROOT

sys.path.insert(0, str(ROOT / "tests" / "chart"))
from chart import TRIAL, made_secrets, pod_of  # noqa: E402 pylint: disable=wrong-import-position


@pytest.fixture(scope="module", name="secrets")
def the_secrets(tmp_path_factory):
    """As a cluster has them, with the stack's own database."""
    made = made_secrets(tmp_path_factory.mktemp("secrets"))
    made["redress-postgres"]["admin"] = os.environ["REDRESS_POSTGRES_ADMIN_URL"].encode()
    return made


def test_the_migration_job_finds_the_schemas_up_to_date(tmp_path, secrets):
    code, output, _ = pod_of(tmp_path, TRIAL, "Job", "migrate", secrets).run()
    assert code == 0 and json.loads(output) == {"applied": []}


def test_the_topics_job_makes_the_services_topics(tmp_path, secrets):
    pod = pod_of(tmp_path, TRIAL, "Job", "topics", secrets)
    code, output, errors = pod.run(REDRESS_KAFKA_BROKERS=os.environ["REDRESS_KAFKA_BROKERS"])
    assert (code, errors) == (0, "") and "redress.facts" in json.loads(output)["topics"]
