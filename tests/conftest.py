"""Where several pytest processes share the tests, each works on a stack of its own, and takes whole files."""

import os
import pathlib
import subprocess

import pytest

LOST = pytest.StashKey()  # whether a process ended without a word


def enter_stack():
    """The environment of this process's stack, of those in REDRESS_TEST_STACKS."""
    worker = os.environ.get("PYTEST_XDIST_WORKER")
    if worker is None:
        return
    stack = os.environ["REDRESS_TEST_STACKS"].split(":")[int(worker.removeprefix("gw"))]
    shown = subprocess.run(["bash", "-c", 'source "$1/env" && env -0', "bash", stack], capture_output=True, text=True, check=True)
    os.environ.update(line.split("=", 1) for line in shown.stdout.split("\0") if line)


enter_stack()


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items):
    """A file's tests stay together; those of the judge too, which share one recorded run of a stack that nothing else has used."""
    for item in items:
        path = pathlib.Path(item.path)
        item.add_marker(pytest.mark.xdist_group("judge" if path.parent.name == "chaos" else path.stem))


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node, error):
    """A process that ended without a word, which by itself fails nothing where no test was under way in it."""
    node.config.stash[LOST] = node.config.stash.get(LOST, False) or bool(error)


def pytest_sessionfinish(session):
    """Then not everything that was to be tested has been."""
    if session.config.stash.get(LOST, False):
        session.exitstatus = pytest.ExitCode.INTERNAL_ERROR
