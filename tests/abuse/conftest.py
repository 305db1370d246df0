"""Abuse meets the same stack as the end-to-end tests, by the same means."""

import importlib.util
import pathlib
import sys

HERE = pathlib.Path(__file__).resolve().parent
SPEC = importlib.util.spec_from_file_location("stack_tests", HERE.parent / "e2e" / "conftest.py")
stack_tests = importlib.util.module_from_spec(SPEC)
sys.modules["stack_tests"] = stack_tests
SPEC.loader.exec_module(stack_tests)
