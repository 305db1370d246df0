"""A service refuses a database that lacks a migration it needs: the number that its build names is its newest one's."""

import pathlib
import re

import pytest

SERVICES = pathlib.Path(__file__).resolve().parents[2] / "services"


@pytest.mark.parametrize("service", sorted(path.parent.name for path in SERVICES.glob("*/migrations")))
def test_a_build_needs_its_newest_migration(service):
    newest = max(int(path.name[:4]) for path in (SERVICES / service / "migrations").glob("*.sql"))
    needed = re.search(r"#define STORE_SCHEMA (\d+)", (SERVICES / service / "store.h").read_text(encoding="utf-8"))
    assert int(needed[1]) == newest
