"""What a seed can draw must exist: a failpoint that no service passes is no fault."""

import pathlib
import re

import faults
import pytest

SERVICES = pathlib.Path(__file__).resolve().parents[2] / "services"


def points_of(folder):
    """The failpoints in a folder's sources."""
    return {name for path in (SERVICES / folder).glob("*.c")
            for name in re.findall(r'FAILPOINT(?:_CUT)?\("([^"]+)"', path.read_text(encoding="utf-8"))}


@pytest.mark.parametrize("point, service", [(point, service) for point, users in faults.POINTS.items() for service in users])
def test_a_failpoint_that_is_drawn_stands_in_the_service_that_passes_it(point, service):
    assert point in points_of(service) | points_of("common")
