"""A region whose clocks run in seconds to minutes, made of deploy/region/example."""

import pathlib
import shutil

import yaml

ROOT = pathlib.Path(__file__).resolve().parents[2]
EXAMPLE = ROOT / "deploy" / "region" / "example"

# Seconds of the clocks: not assessed, then P1 to P4. What runs for many minutes is never due within a run; it is there
# to be stopped, and to be rebuilt when Redis loses it.
FAST = {"first_response": (6, 3, 4, 6, 8), "resolution": (16, 8, 12, 16, 20), "sign_for": (8, 4, 6, 8, 8),
        "supervision": (10, 5, 8, 10, 10), "co-handling": (8, 4, 6, 8, 8), "review_request": (8, 4, 6, 8, 8),
        "review": (12, 8, 10, 12, 12)}
MIDDLE = {"first_response": (12, 5, 8, 12, 16), "resolution": (30, 15, 20, 30, 40),
          "sign_for": (15, 8, 12, 15, 15), "supervision": (20, 10, 15, 20, 20), "co-handling": (15, 8, 12, 15, 15),
          "review_request": (15, 8, 12, 15, 15), "review": (20, 15, 15, 20, 20)}
SLOW = {"first_response": (1800, 6, 1500, 1800, 1800), "resolution": (3600, 12, 2400, 3600, 3600),
        "sign_for": (1800, 10, 900, 1800, 1800), "supervision": (1800, 900, 1200, 1800, 1800),
        "co-handling": (1800, 900, 1200, 1800, 1800), "review_request": (1800, 900, 1200, 1800, 1800),
        "review": (1800, 900, 1200, 1800, 1800)}
PACES = {"chaos-fast": FAST, "chaos-middle": MIDDLE, "chaos-slow": SLOW}
TYPES = {"clinic": "chaos-fast", "help-line": "chaos-fast", "hospital": "chaos-middle",
         "mental-health-centre": "chaos-middle", "community-station": "chaos-middle", "school-centre": "chaos-middle"}
STARTS = {"sign_for": "case_dispatched", "supervision": "supervision_ordered", "co-handling": "co_handler_added",
          "review_request": "case_replied", "review": "review_requested"}
STOPS = {"first_response": "complainant_told", "resolution": "case_replied", "sign_for": "dispatch_answered",
         "supervision": "supervision_answered", "co-handling": "co_handler_answered",
         "review_request": "review_requested", "review": "review_decided"}
LAPSING = {"review_request"}  # nobody owes anything
EXTENSION_S = 10  # at most, once a run
GROUND = "appraisal"  # on which a case may wait
PAUSE_S = 8
RESTLESS = 2  # the urgency (P2) whose rule knows no such ground
STEP_SECONDS = 4
STEPS_MOST = 3
TOP_SECONDS = 3600  # nobody takes some alarms, which climb for ever: not within a round


def seconds(number):
    """A limit as a pack writes it."""
    return {"value": number, "unit": "seconds"}


def pauses(severity):
    """On what a clock may rest; nothing where its rule is restless."""
    return [] if severity == RESTLESS else [{"ground": GROUND, "cap": seconds(PAUSE_S)}]


def rule(pack, clock, severity, limit):
    """One rule; severity 0 is the case that nobody has assessed, and any other that has no rule of its own."""
    made = {"id": f"{pack}-{clock}-{severity}", "clock": clock, "source": {"kind": "ours", "text": "chaos"},
            "starts_on": STARTS.get(clock, "case_registered"), "stops_on": STOPS[clock], "limit": seconds(limit)}
    if clock == "resolution":
        made.update(restarts=["new-facts", "rework"], warn_percents=[40, 60, 80],
                    extension={"count": 1, "limit": seconds(EXTENSION_S), "approved_by": ["supervisor"], "tell": ["complainant"]},
                    pauses=pauses(severity))
    if clock == "review":
        made["pauses"] = pauses(severity)
    if clock in LAPSING:
        made["lapses"] = True
    if severity:
        made["when"] = {"severities": [f"P{severity}"]}
    return made


def visit(pack):
    """Whoever was in danger is visited: not within a round."""
    return {"id": f"{pack}-visit", "clock": "follow_up_1", "source": {"kind": "ours", "text": "chaos"}, "when": {"situations": ["R3", "R4"]},
            "starts_on": "crisis_confirmed", "stops_on": "visit_done", "limit": seconds(TOP_SECONDS)}


def make_pack(name, types, paces):
    """A pack of these institution types, in seconds."""
    return {"id": name, "version": 1, "title": name, "layer": "region", "calendar": "cn-state-council",
            "effective_from": "2000-01-01", "institution_types": types,
            "ladder": {"levels": [{"after": seconds(0), "tell": ["handler", "supervisor"]},
                                  *[{"after": seconds(STEP_SECONDS), "tell": ["supervisor"]}] * STEPS_MOST,
                                  {"after": seconds(TOP_SECONDS), "tell": ["supervisor"]}], "most": STEPS_MOST + 1},
            "rules": [visit(name), *[rule(name, clock, severity, limit) for clock, limits in paces.items()
                                     for severity, limit in enumerate(limits)]]}


def make(target, brief=False):
    """Writes the region into target, a directory that may exist. brief: no clock that holds up the end of a run."""
    target = pathlib.Path(target)
    shutil.rmtree(target, ignore_errors=True)
    shutil.copytree(EXAMPLE, target)
    settings = target / "region.yaml"
    settings.write_text(settings.read_text().replace("../../", f"{ROOT}/deploy/"))
    institutions = yaml.safe_load((target / "institutions.yaml").read_text())["institutions"]
    types = {place["type"] for place in institutions}
    paces = {**PACES, "chaos-middle": FAST} if brief else PACES
    packs = [make_pack(name, sorted(kind for kind in types if TYPES.get(kind, "chaos-slow") == name), limits)
             for name, limits in paces.items()]
    policies = {"id": "chaos-policies", "version": 1, "use": [], "packs": packs}
    (target / "policies.yaml").write_text(yaml.safe_dump(policies, allow_unicode=True, sort_keys=False))
