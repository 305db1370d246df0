"""Abuse meets the same stack as the end-to-end tests, by the same means."""

import importlib.util
import pathlib
import sys

import pytest

HERE = pathlib.Path(__file__).resolve().parent
SPEC = importlib.util.spec_from_file_location("stack_tests", HERE.parent / "e2e" / "conftest.py")
stack_tests = importlib.util.module_from_spec(SPEC)
sys.modules["stack_tests"] = stack_tests
SPEC.loader.exec_module(stack_tests)

from wire import SERVICES, allow_many_descriptors, is_ready  # noqa: E402  pylint: disable=wrong-import-position

database = stack_tests.database
supervisor = stack_tests.supervisor


@pytest.fixture(autouse=True)
def every_service_stays_ready():
    """Whatever a test does, each service is ready before it and after it."""
    allow_many_descriptors()
    yield
    for service in SERVICES:
        stack_tests.wait_for(f"{service} to be ready", lambda name=service: is_ready(name))
