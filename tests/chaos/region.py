"""A region whose clocks run in seconds to minutes, made of deploy/region/example."""

import pathlib
import shutil

import yaml

ROOT = pathlib.Path(__file__).resolve().parents[2]
EXAMPLE = ROOT / "deploy" / "region" / "example"

# Seconds of the clocks: default and P1 to P4. What runs for minutes is seldom due within a run; it is there to be
# stopped, and to be rebuilt when Redis loses it.
FAST = {"first_response": (6, 3, 4, 6, 8), "resolution": (16, 8, 12, 16, 20)}
MIDDLE = {"first_response": (12, 5, 8, 12, 16), "resolution": (30, 15, 20, 30, 40)}
SLOW = {"first_response": (480, 6, 240, 480, 480), "resolution": (900, 12, 600, 900, 900)}
PACE = {"demo-seconds": FAST, "cn-medical": MIDDLE, "hotline": FAST, "mental-health": MIDDLE}
STEP_SECONDS = 4
STEPS_MOST = 3


def seconds(number):
    """A limit as the policy file writes it."""
    return {"value": number, "unit": "seconds"}


def quicken(policy):
    """Gives one policy its seconds."""
    policy["escalation_step"] = seconds(STEP_SECONDS)
    policy["escalation_most"] = STEPS_MOST
    for clock in policy["clocks"]:
        limits = PACE.get(policy["id"], SLOW)[clock["name"]]
        for name, limit in zip(["default", "p1", "p2", "p3", "p4"], limits):
            clock[name] = seconds(limit)


def make(target):
    """Writes the region into target, a directory that may exist."""
    shutil.rmtree(target, ignore_errors=True)
    shutil.copytree(EXAMPLE, target)
    path = pathlib.Path(target) / "policies.yaml"
    policies = yaml.safe_load(path.read_text())
    for policy in policies["policies"]:
        quicken(policy)
    path.write_text(yaml.safe_dump(policies, allow_unicode=True, sort_keys=False))
