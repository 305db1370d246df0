"""The OpenAPI files are kept true: every operation is called with generated requests."""

import os
import pathlib

import pytest
import schemathesis
from conftest import mint
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (content_type_conformance, response_schema_conformance,
                                               status_code_conformance)

ROOT = pathlib.Path(__file__).resolve().parents[2]
schemathesis.experimental.OPEN_API_3_1.enable()
SERVICES = {"intake": "REDRESS_INTAKE_URL", "triage": "REDRESS_TRIAGE_URL", "ledger": "REDRESS_LEDGER_URL",
            "sla-timer": "REDRESS_SLA_TIMER_URL", "notification": "REDRESS_NOTIFICATION_URL",
            "analytics": "REDRESS_ANALYTICS_URL"}
SERVICE_TOKEN = pathlib.Path(os.environ["REDRESS_STACK_DIR"], "keys", "service-token.secret").read_text().strip()
CHECKS = (not_a_server_error, content_type_conformance, response_schema_conformance, status_code_conformance)


def operations():
    """Every operation of every service's file."""
    for service, variable in SERVICES.items():
        schema = schemathesis.from_path(str(ROOT / "services" / service / "openapi.yaml"),
                                        base_url=os.environ[variable])
        for result in schema.get_all_operations():
            operation = result.ok()
            if "text/event-stream" in operation.definition.raw["responses"].get("200", {}).get("content", {}):
                continue  # has no end: tests/abuse listens to it
            yield pytest.param(operation, id=f"{service} {operation.method.upper()} {operation.path}")


@pytest.mark.parametrize("operation", operations())
def test_an_operation_is_as_its_file_says(operation):
    internal = operation.path.startswith("/internal/")
    authorization = {"Authorization": f"Bearer {SERVICE_TOKEN if internal else mint('lin-zhiyuan')}"}

    @given(case=operation.as_strategy())
    @settings(max_examples=12, deadline=None, database=None, derandomize=True, phases=[Phase.generate],
              suppress_health_check=list(HealthCheck))
    def call(case):
        case.call_and_validate(headers=authorization, checks=CHECKS)

    call()
