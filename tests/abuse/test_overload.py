"""A short overload: no figure is judged here, but what is promised whatever the machine."""

import pytest
from overload import Commands, Submissions, overload, wait_until_quiet


@pytest.mark.parametrize("make", [Submissions, Commands])
def test_overload_sheds_and_loses_nothing(make):
    with make() as kind:
        run = overload(kind, 5, 2)
    found = run["found"]
    assert found["accepted"] > 0
    assert found["failed"] == found["shed"], found
    assert found["refused"] == found["broken"] == 0, found
    assert run["kept"] >= found["accepted"], run
    assert run["back"] < float("inf")
    wait_until_quiet()
