"""Whether the judge names a clock that was never armed though its end came too late: no stack is needed."""

from types import SimpleNamespace

import clocks
import evidence
import late_clocks
import pytest
from redress.v1 import facts_pb2

RULES = [{"clock": "first_response", "starts_on": "case_registered", "stops_on": "complainant_told"},
         {"clock": "resolution", "starts_on": "case_registered", "stops_on": "case_replied", "restarts": ["rework"]},
         {"clock": "sign_for", "starts_on": "case_dispatched", "stops_on": "dispatch_answered"},
         {"clock": "review", "starts_on": "case_accepted", "stops_on": "case_closed"}]
LIMITS = {"first_response": {0: 10, 1: 5}, "resolution": {0: 100, 1: 50}, "sign_for": {0: 20, 1: 10}, "supervision": {0: 30, 1: 30},
          "co-handling": {0: 30, 1: 30}}


class Region:
    """Limits in milliseconds, by urgency."""

    institutions = {"clinic": {}}

    def packs_of(self, _institution):
        """One pack."""
        return [{"rules": RULES}]

    def limit_ms(self, _institution, clock, urgency):
        """None for what is not in the table."""
        return LIMITS.get(clock, {}).get(urgency)

    def rule_of(self, _institution, clock, _urgency):
        """The first rule of the clock."""
        return next((rule for rule in RULES if rule["clock"] == clock), None)


def history(*said):
    """Facts from (when, kind, fields), after a registration at 1000."""
    facts = []
    for seq, (when, name, fields) in enumerate([(0, "CaseRegistered", {"received_at_ms": 1000}), *said], 1):
        message = getattr(facts_pb2, name)(**fields)
        facts.append(SimpleNamespace(seq=seq, name=name, decided_ms=1000 + when, message=message, tenant="clinic", cause_id=str(seq)))
    return facts


def named(*said):
    """The clocks that the judge misses."""
    verdict = evidence.Verdict()
    run = SimpleNamespace(region=Region(), taken_ms=1_000_000)
    late_clocks.judge_late(run, verdict, "case", history(*said))
    assert {finding["rule"] for finding in verdict.findings} <= {"clock-unarmed"}
    return {finding["what"].split()[0] for finding in verdict.findings}


def armed(name, when=0):
    """A clock that was armed for a run that began then."""
    return 900, "ClockArmed", {"terms": {"name": name, "started_at_ms": 1000 + when}}


ACCEPTED, REPLIED, ASSESSED = "CaseAccepted", "CaseReplied", "CaseAssessed"


@pytest.mark.parametrize("said, missed", [
    ([(10, ACCEPTED, {})], set()),
    ([(11, ACCEPTED, {})], {"first_response"}),
    ([(11, ACCEPTED, {}), armed("first_response")], set()),
    ([(11, ACCEPTED, {}), armed("first_response", 11)], {"first_response"}),
    ([(11, "CaseWithdrawn", {})], {"first_response"}),
    ([(1, "CaseWithdrawn", {}), (11, "CaseReopened", {}), (12, ACCEPTED, {})], set()),
    ([(1, ASSESSED, {"urgency": 1}), (6, ACCEPTED, {})], {"first_response"}),
    ([(7, ASSESSED, {"urgency": 1}), (7, ACCEPTED, {})], set()),
    ([(7, ACCEPTED, {}), (8, ASSESSED, {"urgency": 1})], set()),
    ([(101, REPLIED, {}), armed("first_response")], {"resolution"}),
    ([(1, "CaseSuspended", {}), (2, ACCEPTED, {}), (101, REPLIED, {})], set()),
    ([(2, ACCEPTED, {}), (101, "CaseSuspended", {}), (102, REPLIED, {})], {"resolution"})])
def test_a_clock_that_ended_late_and_was_never_armed_is_named(said, missed):
    assert named(*said) == missed


@pytest.mark.parametrize("said, missed", [
    ([(21, "CaseSigned", {})], set()), ([(22, "CaseSigned", {})], {"sign_for"}),
    ([(3, "CaseDispatched", {}), (22, "CaseSigned", {})], set()),
    ([(3, ASSESSED, {"urgency": 1}), (90, "CaseSigned", {})], set()),
    ([(30, ASSESSED, {"urgency": 1}), (90, "CaseSigned", {})], {"sign_for"})])
def test_a_dispatch_that_was_signed_for_too_late_is_named(said, missed):
    assert named((1, "CaseDispatched", {}), armed("resolution"), armed("first_response"), *said) == missed


def test_a_run_that_began_again_is_named_by_its_own_time():
    handled = [(1, ACCEPTED, {}), (2, REPLIED, {}), (3, "ReworkOrdered", {})]
    assert named(*handled, (103, REPLIED, {})) == set()
    assert named(*handled, (104, REPLIED, {})) == {"resolution"}
    assert named(*handled, (104, REPLIED, {}), armed("resolution", 3)) == set()


ORDER, IMPROVEMENT, CO_HANDLER = {"order": 1}, {"improvement": 1, "due_at_ms": 1010}, {"number": 1, "unit": "nursing"}


@pytest.mark.parametrize("part, fields, end, said", [
    ("SupervisionOrdered", ORDER, "SupervisionAnswered", ORDER), ("SupervisionOrdered", ORDER, "SupervisionLifted", ORDER),
    ("ImprovementOpened", IMPROVEMENT, "ImprovementDone", {"improvement": 1}),
    ("CoHandlerAdded", CO_HANDLER, "CoHandlerAnswered", {"number": 1}), ("CoHandlerAdded", CO_HANDLER, "CaseDecided", {})])
def test_a_part_that_was_done_too_late_and_had_no_clock_is_named(part, fields, end, said):
    name = {"SupervisionOrdered": "supervision-1", "ImprovementOpened": "improvement-1", "CoHandlerAdded": "co-handling-1"}[part]
    due = 10 if part == "ImprovementOpened" else 30
    begun = [(0, part, fields), armed("first_response"), armed("resolution")]
    assert named(*begun, (due, end, said)) == set()
    assert named(*begun, (due + 1, end, said)) == {name}
    assert named(*begun, (due + 1, end, said), armed(name)) == set()
    if part == "CoHandlerAdded":
        assert named(*begun, (5, "CaseDispatched", {"unit": "nursing"}), (6, "CaseSigned", {}), (due + 1, end, said)) == set()


def test_a_clock_that_is_armed_as_it_is_breached_was_late_before_the_rework():
    for cause, rules in (("arming", []), ("firing", ["clock-after-stop"])):
        verdict = evidence.Verdict()
        case = clocks.CaseClocks(verdict, "case")
        terms = {"name": "call_back", "version": 1, "stops_on": "follow_up_done", "started_at_ms": 1005, "due_at_ms": 1010}
        facts = history((5, REPLIED, {}), (20, "ReworkOrdered", {}), (30, "ClockArmed", {"terms": terms}),
                        (30, "ClockBreached", {"name": "call_back", "version": 1}))
        facts[3].cause_id, facts[4].cause_id = "arming", cause
        for fact in facts[1:]:
            clocks.HANDLERS[fact.name](case, fact, fact.message)
        assert [finding["rule"] for finding in verdict.findings] == rules
