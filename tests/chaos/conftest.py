"""One small real run, recorded once, and a copy of it for each test of the judge."""

import pathlib
import sys

import pytest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
import evidence  # noqa: E402,F401 pylint: disable=wrong-import-position,unused-import  (makes the contracts importable)

import recording  # noqa: E402 pylint: disable=wrong-import-position
from forgery import Forgery  # noqa: E402 pylint: disable=wrong-import-position


@pytest.fixture(scope="session", name="recorded")
def record_run(tmp_path_factory):
    """A run on the stack in the environment."""
    path = tmp_path_factory.mktemp("judge") / "run"
    recording.record(path)
    return path


@pytest.fixture(name="forgery")
def copy_run(recorded, tmp_path):
    """A copy of it that a test may change."""
    return Forgery(recorded, tmp_path / "run")
