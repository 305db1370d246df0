"""A region whose clocks run in seconds to minutes, made of deploy/region/example."""

import pathlib
import shutil

import yaml

ROOT = pathlib.Path(__file__).resolve().parents[2]
EXAMPLE = ROOT / "deploy" / "region" / "example"

# Seconds of the clocks: default and P1 to P4. What runs for many minutes is never due within a run; it is there to
# be stopped, and to be rebuilt when Redis loses it.
FAST = {"first_response": (6, 3, 4, 6, 8), "resolution": (16, 8, 12, 16, 20)}
MIDDLE = {"first_response": (12, 5, 8, 12, 16), "resolution": (30, 15, 20, 30, 40)}
SLOW = {"first_response": (1800, 6, 1500, 1800, 1800), "resolution": (3600, 12, 2400, 3600, 3600)}
PACKS = {"chaos-fast": (FAST, {"institutions": ["demo-clinic", "hope-line"]}),
         "chaos-middle": (MIDDLE, {"institution_types": ["hospital", "clinic", "mental-health-centre"]}),
         "chaos-slow": (SLOW, {"institution_types": ["bureau", "community-station", "school-centre",
                                                     "elderly-care-home", "help-line"]})}
STOPS = {"first_response": "complainant_told", "resolution": "case_replied"}
STEP_SECONDS = 4
STEPS_MOST = 3


def seconds(number):
    """A limit as the policy file writes it."""
    return {"value": number, "unit": "seconds"}


def rule(name, clock, limit, severity):
    """One clock's limit, for one severity where one is given."""
    made = {"id": f"{name}-{clock.replace('_', '-')}-{severity.lower() or 'default'}", "clock": clock,
            "source": {"kind": "ours", "text": "faults under load"}, "starts_on": "case_registered",
            "stops_on": STOPS[clock], "limit": seconds(limit)}
    return {**made, "when": {"severities": [severity]}} if severity else made


def pack(name, clocks, where):
    """A pack that goes before all others."""
    levels = [{"after": seconds(0), "tell": ["handler", "supervisor"]},
              {"after": seconds(STEP_SECONDS), "tell": ["supervisor"]}]
    return {"id": name, "version": 1, "title": name, "layer": "institution" if "institutions" in where else "region", "calendar": "cn-state-council",
            "effective_from": "2000-01-01", **where, "ladder": {"levels": levels, "most": STEPS_MOST},
            "rules": [rule(name, clock, limit, severity) for clock, limits in clocks.items()
                      for severity, limit in zip(["", "P1", "P2", "P3", "P4"], limits)]}


def make(target):
    """Writes the region into target, a directory that may exist."""
    shutil.rmtree(target, ignore_errors=True)
    shutil.copytree(EXAMPLE, target)
    about = pathlib.Path(target) / "region.yaml"
    texts = yaml.safe_load(about.read_text())
    texts.update({name: str((EXAMPLE / texts[name]).resolve()) for name in ("calendars", "policies")})
    about.write_text(yaml.safe_dump(texts, allow_unicode=True, sort_keys=False))
    path = pathlib.Path(target) / "policies.yaml"
    policies = {"id": "chaos-policies", "version": 1,
                "packs": [pack(name, clocks, where) for name, (clocks, where) in PACKS.items()]}
    path.write_text(yaml.safe_dump(policies, allow_unicode=True, sort_keys=False))
