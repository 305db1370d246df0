"""The stack with one of its two tenant walls taken away: the application's filter, or row-level security."""

import contextlib
import os
import pathlib
import re
import subprocess

import psycopg
import requests
from contract import ROOT, base_url
from stack_tests import supervise, wait_for

UNFILTERED = pathlib.Path(os.environ.get("REDRESS_UNFILTERED_BIN", ROOT / "build" / "without-tenant-filter" / "bin"))
STAFF_SERVICES = ("ledger", "analytics")
TABLES = ("ledger.cases", "ledger.case_events", "ledger.clocks", "ledger.vault",
          "analytics.measures", "analytics.daily", "analytics.response_seconds", "analytics.handlings",
          "analytics.due_days", "analytics.response_classes", "analytics.response_months", "analytics.repeat_days")


def service_environment(service):
    """What supervisor gives this service."""
    text = pathlib.Path(os.environ["REDRESS_STACK_DIR"], "supervisord.conf").read_text()
    section = text.split(f"[program:{service}]", 1)[1].split("\n[", 1)[0]
    line = re.search(r"^environment=(.*)$", section, re.MULTILINE).group(1)
    return dict(re.findall(r'([A-Z_]+)="([^"]*)"', line))


def is_ready(port):
    """Whether the admin port says so."""
    try:
        return requests.get(f"http://127.0.0.1:{port}/readyz", timeout=2).status_code == 200
    except requests.ConnectionError:
        return False


def admin_port(service):
    """Beside the public one."""
    return int(base_url(service).rsplit(":", 1)[1]) + 1


def wait_ready(service):
    """Until the service is ready."""
    wait_for(f"{service} to be ready", lambda: is_ready(admin_port(service)), 60)


@contextlib.contextmanager
def replaced(services, directory):
    """These services run from another folder's programs meanwhile."""
    log = pathlib.Path(os.environ["REDRESS_STACK_DIR"], "log", "replaced.log")
    supervise("stop", *services)
    running = []
    try:
        with log.open("ab") as output:
            for service in services:
                running.append(subprocess.Popen([directory / f"redress-{service}"], stdout=output, stderr=output, cwd=ROOT,
                                                env={**os.environ, **service_environment(service)}))
        for service in services:
            wait_ready(service)
        yield
    finally:
        for process in running:
            process.terminate()
        codes = [process.wait(60) for process in running]
        supervise("start", *services)
        for service in services:
            wait_ready(service)
    assert codes == [0] * len(codes)


@contextlib.contextmanager
def without_row_level_security():
    """PostgreSQL keeps nobody apart meanwhile."""
    def switch(word):
        with psycopg.connect(os.environ["REDRESS_POSTGRES_ADMIN_URL"], autocommit=True) as connection:
            for table in TABLES:
                connection.execute(f"ALTER TABLE {table} {word} ROW LEVEL SECURITY")
    switch("DISABLE")
    try:
        yield
    finally:
        switch("ENABLE")
