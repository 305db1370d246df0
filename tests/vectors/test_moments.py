# SPDX-License-Identifier: Apache-2.0
"""Every time that redressctl takes as an option is written alike."""
import subprocess

import pytest
from test_vectors import REDRESSCTL, ROOT, simulate

MEDICAL = ["--pack", "cn-medical", "--clock", "resolution"]


def said(*arguments):
    done = subprocess.run([REDRESSCTL, *arguments], cwd=ROOT, capture_output=True, text=True, check=False)
    return done.returncode, done.stdout, done.stderr


@pytest.mark.parametrize("at", ["2026-03-02", "2026-03-02 00:00", "2026-03-02T00:00:00+08:00", "2026-03-01T16:00:00Z"])
def test_a_date_is_the_moment_at_which_its_day_begins(at):
    assert simulate(*MEDICAL, "--at", at) == simulate(*MEDICAL, "--at", "2026-03-02 00:00")
    assert simulate("--region", "deploy/region/example", "--institution", "first-hospital", "--clock", "resolution",
                    "--at", at)["due_at"] == "2026-03-10T00:00:00.000+08:00"


@pytest.mark.parametrize("at", ["", "tomorrow", "2026-02-30", "2026-03-02 9:00", "2026-03-02 24:00", "2026-03-02 09:60",
                                "2026-03-02 09:00x", "2026-03-02  9:00", "2026-03-02T09:00", "20260302", "2026-03-02 "])
def test_what_is_no_time_names_the_option_and_the_forms(at):
    ways = {"at": ["policy", "simulate", *MEDICAL, "--at", at],
            "now": ["policy", "simulate", *MEDICAL, "--at", "2026-03-02", "--now", at],
            "event": ["policy", "simulate", *MEDICAL, "--at", "2026-03-02", "--event", f"stop@{at}"]}
    for option, arguments in [*ways.items(), ("at", ["retention", "run", "--at", at])]:
        code, printed, error = said(*arguments)
        assert (code, printed) == (2, ""), error
        assert error.startswith(f'redressctl: --{option}: "{at}" is no time: 2026-02-13 (when that day begins)'), error


@pytest.mark.parametrize("command", [("--help",), ("policy", "simulate", "--help"), ("retention", "run", "--help")])
def test_the_help_tells_what_a_date_means(command):
    code, printed, _ = said(*command)
    assert code == 0 and "a date is the moment at which that day" in printed and "region's clocks" in printed
