"""Whether the judge names clocks that are missed, early, overtaken, or told to others: no stack is needed."""

import clocks
import evidence
import history
import owed_clocks
import pytest
from redress.v1 import types_pb2
from small_case import CLOSED, Fact


def test_an_improvement_without_a_clock_is_named():
    opened, armed = Fact("ImprovementOpened", improvement=1, due_at_ms=7), Fact("ClockArmed")
    armed.message.terms.name, armed.message.terms.due_at_ms = "improvement-1", 7
    opened.decided_ms = armed.decided_ms = 0
    run = type("Run", (), {"taken_ms": 20_000})
    done = Fact("ImprovementDone", improvement=1)
    for facts, wrong in (([opened], True), ([opened, armed], False), ([opened, done], False)):
        verdict = evidence.Verdict()
        owed_clocks.judge_improvements(run, verdict, "case", facts)
        assert bool(verdict.findings) is wrong


@pytest.mark.parametrize("unit, wrong", [("first-hospital.medical", []), ("first-hospital.nursing", ["told-elsewhere"] * 6)])
def test_who_is_warned_of_a_clock_that_others_owe_is_named(unit, wrong):
    facts = [*CLOSED, Fact("ImprovementOpened", improvement=1, owner="first-hospital.medical"),
             Fact("CoHandlerAdded", number=1, unit="first-hospital.medical")]
    for ordinal, name in enumerate(("co-handling-1", "improvement-1"), 1):
        facts += [Fact("ClockWarned", name=name, unit=unit), Fact("AlarmRaised", clock=name, ordinal=ordinal, unit=unit),
                  Fact("CaseEscalated", clock=name, ordinal=ordinal, unit=unit)]
    facts += [Fact("ClockWarned", name="resolution", unit="first-hospital.nursing")]
    for place, fact in enumerate(facts):
        fact.seq, fact.case_id = place + 1, "case"
    verdict = evidence.Verdict()
    clocks.judge_addressed(verdict, history.History(facts))
    assert [finding["rule"] for finding in verdict.findings] == wrong


@pytest.mark.parametrize("terms, told, rules", [
    ({"name": "sign_for", "started_at_ms": 2, "based_on": 2}, False, ["clock-overtaken"]),
    ({"name": "sign_for", "started_at_ms": 2, "based_on": 2}, True, []),
    ({"name": "sign_for", "started_at_ms": 2, "based_on": 3}, False, []),
    ({"name": "resolution", "started_at_ms": 1, "based_on": 1}, False, []),
    ({"name": "progress", "stops_on": "progress_told", "started_at_ms": 2, "based_on": 2}, False, [])])
def test_terms_of_before_an_assessment_that_nobody_counts_again_are_named(terms, told, rules):
    verdict = evidence.Verdict()
    case = clocks.CaseClocks(verdict, "case")
    armed = Fact("ClockArmed", terms={"version": 1, "policy_version": "cn-medical@1", **terms}, **({"run": {}} if told else {}))
    for seq, fact in enumerate((Fact("CaseRegistered", received_at_ms=1), Fact("CaseDispatched"), Fact("CaseAssessed"), armed), 1):
        fact.seq = seq
        if fact.name in clocks.HANDLERS:
            clocks.HANDLERS[fact.name](case, fact, fact.message)
    assert [finding["rule"] for finding in verdict.findings] == rules


@pytest.mark.parametrize("before, rules", [("P3", []), ("P2", ["clock-history"])])
def test_an_extension_makes_longer_but_for_an_assessment_that_comes_before_its_clock(before, rules):
    verdict = evidence.Verdict()
    case = clocks.CaseClocks(verdict, "case")
    armed = Fact("ClockArmed", terms={"name": "resolution", "version": 1, "due_at_ms": 30})
    assessed = Fact("CaseAssessed", before={"urgency": f"URGENCY_{before}"})
    assessed.message.meta.traits.CopyFrom(types_pb2.CaseTraits(urgency="URGENCY_P2"))
    granted = Fact("ExtensionDecided", clock="resolution", granted=True, previous_due_at_ms=30, due_at_ms=30)
    for seq, fact in enumerate((armed, assessed, granted), 1):
        fact.seq = seq
        clocks.HANDLERS[fact.name](case, fact, fact.message)
    assert [finding["rule"] for finding in verdict.findings] == rules


def test_a_clock_that_lapses_before_its_time_is_named():
    for lapsed_ms, rules in ((10, []), (9, ["clock-early"])):
        verdict = evidence.Verdict()
        case = clocks.CaseClocks(verdict, "case")
        case.clocks["review_request"] = clocks.Clock("review_request", 1, [], 10)
        stop = Fact("ClockStopped", name="review_request", version=1, lapsed=True)
        stop.seq, stop.decided_ms = 1, lapsed_ms
        case.on_stopped(stop, stop.message)
        assert [finding["rule"] for finding in verdict.findings] == rules


@pytest.mark.parametrize("clock, stop, rules", [({}, {}, ["clock-missed"]), ({"due_at": 20}, {}, []), ({"lapses": True}, {}, []),
                                                ({"state": clocks.PAUSED}, {}, []), ({}, {"displaced": True}, []),
                                                ({"state": clocks.PAUSED, "armed": 1}, {}, ["clock-missed"])])
def test_a_clock_that_is_stopped_after_its_time_is_named(clock, stop, rules):
    verdict = evidence.Verdict()
    case = clocks.CaseClocks(verdict, "case")
    case.clocks["resolution"] = clocks.Clock(**({"name": "resolution", "version": 1, "warns": [], "due_at": 10} | clock))
    fact = Fact("ClockStopped", name="resolution", version=1, **stop)
    fact.seq, fact.decided_ms = 1, 11
    case.on_stopped(fact, fact.message)
    assert [finding["rule"] for finding in verdict.findings] == rules


def test_a_review_that_was_asked_for_before_is_not_waited_for_again():
    packs = [{"rules": [{"starts_on": "case_replied", "clock": "review_request", "stops_on": "review_requested"}]}]
    closed, replied = [Fact("CaseClosed"), Fact("ReviewRequested"), Fact("CaseReopened")], Fact("CaseReplied")
    assert [clock for clock, _ in owed_clocks.begun(packs, [replied])] == ["review_request"]
    assert not list(owed_clocks.begun(packs, [*closed, replied]))


def test_a_run_that_ends_though_its_rule_has_begun_is_named():
    for accepted, rules in ((False, []), (True, ["clock-displaced"])):
        verdict = evidence.Verdict()
        case = clocks.CaseClocks(verdict, "case")
        case.clocks["resolution"] = clocks.Clock("resolution", 1, [], 10)
        case.reached = owed_clocks.milestones(Fact("CaseAccepted")) if accepted else set()
        stop = Fact("ClockStopped", name="resolution", version=1, displaced=True, begins_on="case_accepted")
        stop.seq, stop.decided_ms = 1, 5
        case.on_stopped(stop, stop.message)
        assert [finding["rule"] for finding in verdict.findings] == rules


def test_a_call_back_that_is_waited_for_in_a_rework_is_named():
    for reworked, rules in ((False, []), (True, ["clock-after-stop"])):
        verdict = evidence.Verdict()
        case = clocks.CaseClocks(verdict, "case")
        case.clocks["call_back"] = clocks.Clock("call_back", 1, [], 10, started_at=5, stops_on="follow_up_done")
        facts = [Fact("CaseReplied"), *([Fact("ReworkOrdered")] if reworked else []), Fact("ClockBreached", name="call_back", version=1)]
        for fact in facts:
            fact.seq, fact.decided_ms = 1, 5 if fact.name == "CaseReplied" else 10
            clocks.HANDLERS[fact.name](case, fact, fact.message)
        assert [finding["rule"] for finding in verdict.findings] == rules
