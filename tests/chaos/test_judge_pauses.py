"""What the judge holds of clocks that rest, with their case or alone: no stack is needed."""

from types import SimpleNamespace

import casework
import clocks
import evidence
import history
import pytest
from small_case import CLOSED, NURSE, REVIEWER, SIGNED, Fact, asked, state_after


def test_a_clock_that_is_armed_after_its_case_rested_ran_on_with_it():
    verdict = evidence.Verdict()
    case = clocks.CaseClocks(verdict, "case")

    def terms(version, due):
        return {"name": "resolution", "version": version, "started_at_ms": 5, "due_at_ms": due, "stops_on": "case_replied"}
    facts = [Fact("ClockArmed", reason="started", terms=terms(1, 1000)),
             Fact("ClockPaused", name="resolution", version=1, ground="appraisal", until_ms=50000, terms=terms(2, 51000)),
             Fact("ClockArmed", reason="resumed", previous_due_at_ms=51000, terms=terms(2, 3000))]
    for seq, fact in enumerate(facts, 1):
        fact.seq, fact.decided_ms, fact.cause_id, fact.actor = seq, 500, "arming", "sla-timer"
        clocks.HANDLERS[fact.name](case, fact, fact.message)
    assert verdict.findings == []
    facts[2].cause_id, facts[2].message.terms.version = "another", 3
    clocks.HANDLERS["ClockPaused"](case, facts[1], Fact("ClockPaused", name="resolution", version=2, until_ms=50000, terms=terms(3, 51000)).message)
    facts[2].message.previous_due_at_ms = 51000
    clocks.HANDLERS["ClockArmed"](case, facts[2], facts[2].message)
    assert [finding["rule"] for finding in verdict.findings] == ["clock-early"]


def test_what_is_amended_while_it_rests_says_from_what_and_rests_on():
    for previous, rules in ((1000, []), (1001, ["clock-history"])):
        verdict = evidence.Verdict()
        case = clocks.CaseClocks(verdict, "case")
        case.clocks["resolution"] = clocks.Clock("resolution", 1, [], 1000, state=clocks.PAUSED, until=500)
        fact = Fact("ClockPaused", name="resolution", version=2, until_ms=500, amended=True, previous_due_at_ms=previous,
                    terms={"due_at_ms": 2000})
        fact.seq, fact.decided_ms = 1, 0
        case.on_paused(fact, fact.message)
        assert [finding["rule"] for finding in verdict.findings] == rules
        assert case.clocks["resolution"].state == clocks.PAUSED


@pytest.mark.parametrize("urgency, runs_on, found", [(2, True, 0), (2, False, 1), (3, True, 1), (3, False, 0)])
def test_a_pause_that_outlives_its_rule_or_ends_before_is_named(urgency, runs_on, found):
    facts = [Fact("CaseRegistered"), Fact("CaseAccepted"), *SIGNED, Fact("InvestigationStarted", "shen-yue"),
             Fact("CaseSuspended", ground="appraisal"), Fact("CaseAssessed", urgency=urgency)]
    for number, fact in enumerate(facts, 1):
        fact.seq, fact.cause_id, fact.case_id, fact.decided_ms = number, str(number), "case", number
    if runs_on:
        facts.append(Fact("CaseResumed", ground="appraisal"))
        facts[-1].cause_id, facts[-1].decided_ms = facts[-2].cause_id, facts[-2].decided_ms
    region = SimpleNamespace(may_wait=lambda institution, ground, urgency: ground == "appraisal" and urgency != 2)
    verdict = evidence.Verdict()
    clocks.judge_pauses(SimpleNamespace(region=region), verdict, history.History(facts))
    assert len(verdict.findings) == found


REVIEWED = [*CLOSED, Fact("ReviewRequested"), Fact("ClockArmed", terms={"name": "review", "due_at_ms": 9000})]
RESTS_ALONE = Fact("ClockPaused", "ren-shan", name="review", ground="appraisal", alone=True, terms={"due_at_ms": 9500})


def test_a_review_that_waits_is_another_version_and_rests_until_it_runs_again():
    before, state = state_after(*REVIEWED), state_after(*REVIEWED, RESTS_ALONE)
    assert state.resting == {"review": True} and state.version() != before.version()
    amended = Fact("ClockPaused", name="review", alone=True, amended=True, terms={"due_at_ms": 9600})
    assert history.apply(state, amended).version() == state.version() and history.apply(state, amended).resting == {"review": True}
    again = history.apply(state, Fact("ClockArmed", reason="resumed", alone=True, clock="review", terms={"name": "review"}))
    assert not again.resting and again.version() != state.version()
    assert not history.apply(state, Fact("ClockStopped", name="review")).resting


@pytest.mark.parametrize("person, clock, may", [(REVIEWER, "review", True), (NURSE, "review", False), (NURSE, "mediation", True),
                                                (REVIEWER, "mediation", False), (REVIEWER, "resolution", False),
                                                ({**REVIEWER, "subject": "shen-yue"}, "review", False),  # who decided it
                                                ({**NURSE, "units": ["medical"]}, "mediation", False)])
def test_a_procedure_waits_by_whom_it_is_of(monkeypatch, person, clock, may):
    monkeypatch.setattr(casework, "appeal_until", lambda region, state: 0)
    state = state_after(*REVIEWED)
    assert casework.conducts(state, person, clock) is may
    assert casework.REFUSALS["not-your-procedure"](asked(state, person, clock=clock)) is not may
    paused = Fact("ClockPaused", person["subject"], name=clock, alone=True)
    paused.decided_ms = 0
    assert (casework.broken_rule(None, "pause-clock", state, person, paused) is None) is may


def test_what_rests_alone_is_refused_by_its_own_rules():
    running, alone = state_after(*REVIEWED), state_after(*REVIEWED, RESTS_ALONE)
    with_case = history.apply(running, Fact("ClockPaused", name="review", terms={"due_at_ms": 9500}))
    refusals = casework.REFUSALS
    assert refusals["not-paused"](asked(running, REVIEWER, clock="review"))
    assert not refusals["not-paused"](asked(alone, REVIEWER, clock="review"))
    assert refusals["not-running"](asked(alone, REVIEWER, clock="review"))
    assert refusals["cap-used"](asked(alone, REVIEWER, clock="review")) and not refusals["cap-used"](asked(running, REVIEWER))
    assert refusals["rests-with-case"](asked(alone, REVIEWER, clock="resolution"))
    assert refusals["rests-with-case"](asked(with_case, REVIEWER, clock="review"))
    assert not refusals["rests-with-case"](asked(alone, REVIEWER, clock="review"))


@pytest.mark.parametrize("urgency, runs_on, found", [(2, True, 0), (2, False, 1), (3, True, 1), (3, False, 0)])
def test_a_clock_that_rests_alone_against_its_rule_is_named(urgency, runs_on, found):
    facts = [Fact("CaseRegistered"), *REVIEWED, RESTS_ALONE, Fact("CaseAssessed", urgency=urgency)]
    if runs_on:
        facts.append(Fact("ClockArmed", reason="resumed", alone=True, clock="review", terms={"name": "review"}))
    for number, fact in enumerate(facts, 1):
        fact.seq, fact.cause_id, fact.case_id, fact.decided_ms = number, "one" if number >= len(facts) - runs_on else str(number), "case", number
    region = SimpleNamespace(may_wait_alone=lambda institution, clock, ground, urgency: (ground, clock) == ("appraisal", "review") and urgency != 2)
    verdict = evidence.Verdict()
    clocks.judge_pauses_alone(SimpleNamespace(region=region), verdict, history.History(facts))
    assert len(verdict.findings) == found
