"""What the judge holds of reviews, and of orders and ends that are the level's above: no stack is needed."""

import casework
import commands
import evidence
import history
import pytest
import reactions
from redress.v1 import types_pb2
from small_case import CHIEF, CLOSED, DESK, REVIEWER, SECOND, SIGNED, Fact, Limits, asked, replied_at, state_after


@pytest.mark.parametrize("outcome, refused", [("upheld", True), ("not_upheld", False)])
def test_a_review_changes_the_decision_to_another_outcome(outcome, refused):
    state = state_after(*SIGNED, Fact("CaseDecided", "shen-yue", outcome=types_pb2.OUTCOME_UPHELD), Fact("ReviewRequested"))
    assert casework.REFUSALS["same-outcome"](asked(state, REVIEWER, result="changed", outcome=outcome)) is refused


def test_who_decided_a_case_or_its_review_does_not_review_it():
    first = [*CLOSED, Fact("ReviewRequested")]
    assert casework.guarded("decide-review", state_after(*first), REVIEWER)
    assert not casework.guarded("decide-review", state_after(*first), {**REVIEWER, "subject": "shen-yue"})
    final = [*first, Fact("ReviewDecided", "ren-shan"), Fact("FinalReviewRequested")]
    assert not casework.guarded("decide-review", state_after(*final), REVIEWER)
    assert casework.guarded("decide-review", state_after(*final), SECOND)


def test_a_review_is_decided_above_the_institution():
    asked = state_after(*CLOSED, Fact("ReviewRequested"))
    assert not casework.guarded("decide-review", asked, {**REVIEWER, "institutions": ["first-hospital"]})


def test_the_first_reviewer_stays_the_one_that_counts():
    facts = [*CLOSED, Fact("ReviewRequested"), Fact("ReviewDecided", "ren-shan"), Fact("FinalReviewRequested"),
             Fact("ReviewDecided", "su-qing", final=True)]
    state = state_after(*facts)
    assert (state.reviewer, commands.name_of(state), state.reviews) == ("ren-shan", "final", 2)


def test_an_institution_ends_neither_a_review_nor_an_order_of_the_level_above():
    supervisor = {**DESK, "institutions": ["place"]}
    reviewed = state_after(*CLOSED, Fact("ReviewRequested"))
    assert casework.guarded("withdraw", reviewed, DESK) and not casework.guarded("withdraw", reviewed, supervisor)
    assert casework.guarded("withdraw", state_after(*SIGNED), supervisor)
    for action in ("request-termination", "terminate"):
        assert not casework.guarded(action, reviewed, supervisor)
    done = state_after(*CLOSED, Fact("ReviewRequested"), Fact("ReviewDecided"))
    assert casework.guarded("rework", done, DESK) and not casework.guarded("rework", done, supervisor)
    own, above = Fact("SupervisionOrdered", order=1), Fact("SupervisionOrdered", order=2, by_region=True)
    answered = [Fact("SupervisionAnswered", order=1), Fact("SupervisionAnswered", order=2)]
    assert not casework.guarded("withdraw", state_after(*SIGNED, own), DESK)
    state = state_after(*SIGNED, own, above, *answered)
    lifted = Fact("SupervisionLifted", order=2)
    lifted.decided_ms = 0
    assert casework.guarded("lift-supervision", state, supervisor)
    assert casework.broken_rule(Limits, "lift-supervision", state, supervisor, lifted)
    assert not casework.broken_rule(Limits, "lift-supervision", state, DESK, lifted)
    state = history.apply(state, Fact("SupervisionLifted", order=1))
    assert not casework.guarded("lift-supervision", state, supervisor) and casework.guarded("lift-supervision", state, DESK)


def test_a_hospital_lifts_no_order_of_its_district():
    hospital, district = ({**DESK, "institutions": list(places)} for places in (["place"], ["place", "district"]))
    state = state_after(*SIGNED, Fact("SupervisionOrdered", order=1, acting_for="district"), Fact("SupervisionAnswered", order=1))
    lifted = Fact("SupervisionLifted", order=1)
    lifted.decided_ms = 0
    assert not casework.guarded("lift-supervision", state, hospital)
    assert casework.broken_rule(Limits, "lift-supervision", state, hospital, lifted)
    assert casework.REFUSALS["not-your-level"](asked(state, hospital, order=1))
    for person in (district, DESK):
        assert casework.guarded("lift-supervision", state, person)
        assert not casework.broken_rule(Limits, "lift-supervision", state, person, lifted)
    own = state_after(*SIGNED, Fact("SupervisionOrdered", order=1, acting_for=""), Fact("SupervisionAnswered", order=1))
    assert casework.guarded("lift-supervision", own, hospital), "before levels were kept"


def test_a_changed_decision_is_the_outcome():
    state = state_after(*SIGNED, Fact("CaseDecided", outcome=1), Fact("ReviewRequested"), Fact("ReviewDecided", outcome=3))
    assert state.outcome == 3
    assert history.apply(state, Fact("ReviewDecided", final=True)).outcome == 3


def test_no_review_is_asked_for_after_its_time():
    facts = [*SIGNED, Fact("CaseDecided", "shen-yue"), replied_at(5000), Fact("CaseClosed")]
    state, late = state_after(*facts), Fact("ReviewRequested")
    for decided, until, wrong in ((5900, 5800, False), (6100, 6000, True)):
        late.decided_ms = decided
        assert bool(casework.broken_rule(Limits, "review", state, DESK, late)) is wrong
        assert casework.REFUSALS["too-late-for-review"](casework.Asked(Limits, state, DESK, {}, until)) is wrong


def assessments(*orders):
    """A case whose effect was named twice, and the orders that followed: (place among the facts, cause)."""
    facts = [Fact("CaseRegistered"), *[Fact("CaseAssessed", situations="petition,adverse-effect") for _ in range(2)]]
    for place, fact in enumerate(facts):
        fact.cause_id = str(place)
    for place, cause in orders:
        order = Fact("SupervisionOrdered", issuer="rule", order=1, trigger=reactions.ADVERSE_EFFECT)
        order.cause_id = cause
        facts.insert(place, order)
    for place, fact in enumerate(facts):
        fact.seq = fact.decided_ms = place + 1
    return facts


@pytest.mark.parametrize("orders, wrong", [([(2, "1")], False), ([], True), ([(3, "2")], True), ([(2, "1"), (4, "2")], True)])
def test_an_adverse_effect_is_supervised_once(orders, wrong):
    verdict = evidence.Verdict()
    reactions.judge_adverse_effects(verdict, "case", assessments(*orders))
    assert bool(verdict.findings) is wrong


def test_an_institutions_own_order_spares_no_adverse_effect():
    facts = assessments((2, "1"))
    own = Fact("SupervisionOrdered", "tang-wei", issuer="tang-wei", order=1, trigger=reactions.ADVERSE_EFFECT)
    own.cause_id = "9"
    for by_region, wrong in ((False, False), (True, True)):
        own.message.by_region = by_region
        story = [facts[0], own, *facts[1:]]
        for place, fact in enumerate(story):
            fact.seq = fact.decided_ms = place + 1
        verdict = evidence.Verdict()
        reactions.judge_adverse_effects(verdict, "case", story)
        assert bool(verdict.findings) is wrong


def test_below_the_region_half_of_the_orders_are_issued():
    orders = [Fact("SupervisionOrdered", order=number + 1, by_region=number >= 8, acting_for=f"level-{number // 3}")
              for number in range(9)]
    refused = casework.REFUSALS["too-many-orders"]
    assert refused(asked(state_after(*orders), CHIEF))
    assert not refused(asked(state_after(*orders), DESK))
    assert not refused(asked(state_after(*orders[1:]), CHIEF))
    assert refused(asked(state_after(*orders[:3], Fact("SupervisionOrdered", order=4, acting_for="level-0")), CHIEF)), "four are one level's"
