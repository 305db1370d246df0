"""The judge's own idea of a case and of what may be done to it: no stack is needed."""

import dataclasses
from types import SimpleNamespace

import casework
import chains
import clocks
import commands
import complainants
import evidence
import history
import notices
import owed_clocks
import pytest
import reactions
from redress.v1 import facts_pb2, types_pb2

NURSE = {"subject": "shen-yue", "roles": ["handler"], "units": ["nursing"], "institutions": ["*"]}
REVIEWER = {"subject": "ren-shan", "roles": ["reviewer"], "units": [], "institutions": ["*"]}
SECOND = {**REVIEWER, "subject": "su-qing"}
DESK = {"subject": "lin-zhiyuan", "roles": ["supervisor", "operator"], "units": [], "institutions": ["*"]}
CHIEF = {"subject": "tang-wei", "roles": ["supervisor"], "units": [], "institutions": ["first-hospital"]}


class Fact:  # pylint: disable=too-few-public-methods
    """As much of a fact as its fold reads."""

    cause_id = ""
    decided_ms = 1000

    def __init__(self, name, actor="lin-zhiyuan", /, **fields):
        self.name = name
        self.message = getattr(facts_pb2, name)(meta={"actor": actor}, **fields)


def state_after(*facts):
    """The state of a case of which this became true."""
    state = history.State()
    for fact in (Fact("CaseRegistered"), Fact("CaseAccepted"), *facts):
        state = history.apply(state, fact)
    return state


def asked(state, person, **body):
    """A command that is refused in this state."""
    return casework.Asked(None, state, person, body, 0)


DISPATCHED = Fact("CaseDispatched", unit="nursing")
SIGNED = [DISPATCHED, Fact("CaseSigned", unit="nursing", handler="shen-yue")]
CLOSED = [*SIGNED, Fact("CaseDecided", "shen-yue"), Fact("CaseReplied", "shen-yue"), Fact("CaseClosed")]


@pytest.mark.parametrize("facts, unit, refused", [([DISPATCHED], "nursing", True), ([DISPATCHED], "medical", False),
                                                  ([DISPATCHED, Fact("ReturnRequested")], "nursing", True)])
def test_only_a_unit_that_has_the_case_is_refused_as_the_same(facts, unit, refused):
    assert casework.REFUSALS["same-unit"](asked(state_after(*facts), DESK, unit=unit)) is refused


def test_a_unit_that_gave_it_back_has_it_by_a_designation_or_in_another_round():
    refused = casework.REFUSALS["returned-before"]
    returned = [DISPATCHED, Fact("ReturnRequested", unit="nursing"), Fact("CaseDispatched", unit="medical")]
    assert refused(asked(state_after(*returned), DESK, unit="nursing"))
    assert not refused(asked(state_after(*returned), DESK, unit="outpatient"))
    designated = [*returned, Fact("CaseDesignated", unit="nursing"), SIGNED[1]]
    assert not refused(asked(state_after(*designated), DESK, unit="nursing"))
    assert not refused(asked(state_after(*returned, Fact("ReworkOrdered")), DESK, unit="nursing"))


@pytest.mark.parametrize("outcome, refused", [("upheld", True), ("not_upheld", False)])
def test_a_review_changes_the_decision_to_another_outcome(outcome, refused):
    state = state_after(*SIGNED, Fact("CaseDecided", "shen-yue", outcome=types_pb2.OUTCOME_UPHELD), Fact("ReviewRequested"))
    assert casework.REFUSALS["same-outcome"](asked(state, REVIEWER, result="changed", outcome=outcome)) is refused


@pytest.mark.parametrize("found, wrong", [((), set()), (("upheld",), {"not_upheld", "explained"}), (("not_upheld",), {"upheld"}),
                                          (("partly_upheld", "not_upheld"), {"upheld", "not_upheld", "explained"}),
                                          (("explained", "upheld"), {"not_upheld", "explained"})])
def test_a_decision_contradicts_none_of_its_allegations(found, wrong):
    state = state_after(*SIGNED, *[Fact("AllegationRaised") for _ in found], *[
        Fact("AllegationDecided", allegation=place, outcome=casework.outcome_of({"outcome": outcome}))
        for place, outcome in enumerate(found, 1)])
    for outcome in ("upheld", "partly_upheld", "not_upheld", "explained"):
        assert casework.REFUSALS["contradicts-allegations"](asked(state, NURSE, outcome=outcome)) is (outcome in wrong)
        decided = Fact("CaseDecided", outcome=casework.outcome_of({"outcome": outcome}))
        assert bool(casework.broken_rule(NoLimits, "decide", state, NURSE, decided)) is (outcome in wrong)


def test_a_return_that_proposes_its_own_unit_is_refused():
    state = state_after(DISPATCHED)
    assert casework.REFUSALS["proposes-itself"](asked(state, NURSE, proposed_unit="nursing"))
    assert not casework.REFUSALS["proposes-itself"](asked(state, NURSE, proposed_unit="medical"))


def test_a_unit_that_was_designated_may_not_return_the_case_after_a_rework_either():
    designated = [DISPATCHED, Fact("CaseDesignated", unit="nursing"), Fact("ReworkOrdered")]
    assert not casework.guarded("request-return", state_after(*designated, DISPATCHED), NURSE)
    assert casework.guarded("request-return", state_after(*designated, Fact("CaseDispatched", unit="medical")), NURSE)
    assert casework.guarded("request-return", state_after(DISPATCHED), NURSE)


def test_each_unit_that_was_designated_keeps_the_case():
    designated = [DISPATCHED, Fact("CaseDesignated", unit="nursing"), Fact("CaseDesignated", unit="medical"), Fact("ReworkOrdered")]
    assert not casework.guarded("request-return", state_after(*designated, DISPATCHED), NURSE)


def test_the_bureau_alone_says_whose_a_returned_case_is():
    returned = state_after(DISPATCHED, Fact("ReturnRequested"))
    for action in ("dispatch", "designate"):
        assert casework.guarded(action, returned, DESK) and not casework.guarded(action, returned, CHIEF)
    assert casework.guarded("dispatch", state_after(DISPATCHED), CHIEF)
    assert not casework.guarded("designate", state_after(DISPATCHED), CHIEF)


def test_who_had_a_hand_in_any_round_before_has_none_in_a_rework():
    medical = {**NURSE, "subject": "cao-bin"}
    facts = [*SIGNED, Fact("InvestigationStarted", "cao-bin"), Fact("CaseDecided", "shen-yue"), Fact("CaseReplied"), Fact("ReworkOrdered")]
    for person in (NURSE, medical):
        assert not casework.guarded("sign", state_after(*facts), person)
        assert not casework.guarded("decide-allegation", state_after(*facts, Fact("AllegationRaised")), person)
    again = [*facts, Fact("CaseSigned", "gao", unit="nursing", handler="gao"), Fact("CaseDecided", "gao"), Fact("ReworkOrdered")]
    assert not casework.guarded("sign", state_after(*again), NURSE)
    assert casework.guarded("sign", state_after(*again), {**NURSE, "subject": "qian"})
    new_facts = Fact("CaseReopened", ground=1)
    assert casework.guarded("sign", state_after(*again[:-1], new_facts), NURSE)
    review = state_after(*again[:-1], new_facts, Fact("ReviewRequested"))
    assert not casework.guarded("decide-review", review, NURSE), "whoever decided it once"


def test_no_more_hands_than_the_case_has_room_for():
    facts = [*SIGNED, Fact("AllegationRaised"), *(Fact("AllegationDecided", f"person-{place}", allegation=1) for place in range(23))]
    full = state_after(*facts)
    assert casework.guarded("decide-allegation", full, NURSE)
    assert not casework.guarded("decide-allegation", full, {**NURSE, "subject": "qian"})


def test_who_investigates_a_case_without_a_handler_has_it():
    facts = [*SIGNED, Fact("ConflictDeclared", staff="shen-yue"), Fact("InvestigationStarted", "cao-bin")]
    assert state_after(*facts).handler == "cao-bin"
    assert not casework.guarded("dispatch", state_after(*facts), DESK)
    suspended = [*SIGNED, Fact("InvestigationStarted", "shen-yue"), Fact("CaseSuspended"), Fact("ConflictDeclared", staff="shen-yue")]
    assert casework.guarded("dispatch", state_after(*suspended), DESK)
    assert not casework.guarded("dispatch", state_after(*suspended[:-1]), DESK)


def test_a_case_that_a_handler_has_is_not_dispatched():
    assert not casework.guarded("dispatch", state_after(*SIGNED), DESK)
    assert casework.guarded("dispatch", state_after(*CLOSED, Fact("ReworkOrdered")), DESK)


def test_who_decided_a_case_or_its_review_does_not_review_it():
    first = [*CLOSED, Fact("ReviewRequested")]
    assert casework.guarded("decide-review", state_after(*first), REVIEWER)
    assert not casework.guarded("decide-review", state_after(*first), {**REVIEWER, "subject": "shen-yue"})
    final = [*first, Fact("ReviewDecided", "ren-shan"), Fact("FinalReviewRequested")]
    assert not casework.guarded("decide-review", state_after(*final), REVIEWER)
    assert casework.guarded("decide-review", state_after(*final), SECOND)


def test_what_was_offered_is_registered_as_it_was_offered():
    state = state_after(*SIGNED, Fact("EvidenceOffered", sha256="ab", media_type="image/PNG", size=9))
    body = {"sha256": "ab", "media_type": "image/png", "size": 9, "giver": "complainant"}

    def differs(**other):
        return casework.REFUSALS["differs-from-offer"](casework.Asked(None, state, NURSE, {**body, **other}, 0))
    assert not differs() and not differs(sha256="cd", size=1)
    assert differs(size=8) and differs(media_type="image/jpeg") and differs(giver="staff")


def test_only_the_bureau_gives_a_part_to_another_institution():
    state = at(state_after(*SIGNED), tenant="first-hospital")
    for unit, person, wrong in (("first-hospital.medical", CHIEF, False), ("bureau.complaints", CHIEF, True),
                                ("bureau.complaints", DESK, False)):
        added = Fact("CoHandlerAdded", unit=unit)
        assert bool(casework.broken_rule(NoLimits, "add-co-handler", state, person, added)) is wrong
        asked = casework.Asked(None, state, person, {"unit": unit}, 0)
        assert casework.REFUSALS["bureau-decides"](asked) is wrong


def test_what_is_offered_twice_is_refused():
    state, way = state_after(*SIGNED, Fact("EvidenceOffered", sha256="ab", media_type="image/png", size=9)), complainants.WAYS["evidence"]
    assert complainants.fits(way, "already-offered", state, "ab") and not complainants.fits(way, "already-offered", state, "cd")


def test_a_review_is_decided_above_the_institution():
    asked = state_after(*CLOSED, Fact("ReviewRequested"))
    assert not casework.guarded("decide-review", asked, {**REVIEWER, "institutions": ["first-hospital"]})


def test_whom_a_rework_was_taken_from_carries_none_of_it_on():
    again = [*CLOSED, Fact("ReworkOrdered"), Fact("CaseSigned", "gao", unit="nursing", handler="gao")]
    for action in ("suspend", "resume", "reply", "report-progress", "request-extension", "add-co-handler", "resolve-on-spot"):
        assert not casework.guarded(action, state_after(*again), NURSE), action
        assert casework.guarded(action, state_after(*again), {**NURSE, "subject": "gao"}), action


def test_the_first_reviewer_stays_the_one_that_counts():
    facts = [*CLOSED, Fact("ReviewRequested"), Fact("ReviewDecided", "ren-shan"), Fact("FinalReviewRequested"),
             Fact("ReviewDecided", "su-qing", final=True)]
    state = state_after(*facts)
    assert (state.reviewer, commands.name_of(state), state.reviews) == ("ren-shan", "final", 2)


def test_a_co_handler_that_becomes_the_lead_owes_no_answer():
    added = [*SIGNED, Fact("CoHandlerAdded", number=1, unit="medical"), Fact("CoHandlerAdded", number=2, unit="pharmacy")]
    state = state_after(*added, Fact("CaseDispatched", unit="medical"))
    assert [history.owes(state, at) for at in state.co_handlers] == [False, True]
    back = [*added, Fact("CaseDispatched", unit="medical"), Fact("CaseDispatched", unit="nursing"), Fact("CoHandlerAdded", number=1, unit="medical")]
    state = state_after(*back)
    assert [history.owes(state, at) for at in state.co_handlers] == [True, True] and len(state.co_handlers) == 2


def test_a_transferred_emergency_is_open_and_may_be_closed_after_enough_attempts():
    facts = [Fact("CaseTransferredToEmergency", follow_up_attempts=2)]
    state = state_after(*facts)
    assert commands.name_of(state) in casework.OPEN and not casework.guarded("close", state, DESK)
    facts += [Fact("FollowUpRecorded", reached=False)] * 2
    state = state_after(*facts)
    assert commands.name_of(state) in casework.RULES["close"].states and casework.guarded("close", state, DESK)


def test_only_a_role_that_may_approve_decides_an_extension():
    state = state_after(*SIGNED, Fact("ExtensionRequested", "shen-yue", clock="resolution"))
    assert casework.guarded("decide-extension", state, DESK)
    assert not casework.guarded("decide-extension", state, NURSE)


def test_what_was_erased_is_carried_on_by_nobody():
    erased = state_after(*CLOSED, Fact("ContentErased"))
    for action in ("rework", "reopen", "review", "comment", "message", "register-evidence", "open-improvement", "supervise"):
        assert casework.guarded(action, state_after(*CLOSED), DESK) and not casework.guarded(action, erased, DESK), action
    way = complainants.WAYS["messages"]
    assert complainants.fits(way, "erased", erased) and not complainants.fits(way, "erased", state_after(*CLOSED))


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


def test_where_a_fact_says_that_it_moved_the_case_is_where_it_did():
    told = [("CaseRegistered", "", "received"), ("CaseCommented", "", ""), ("CaseAssessed", "received", "triaged"),
            ("CaseAssessed", "", ""), ("CaseAccepted", "triaged", "accepted"), ("CaseDispatched", "accepted", "dispatched"),
            ("CaseDispatched", "dispatched", "dispatched")]
    facts = [Fact(name) for name, _, _ in told]
    for place, (fact, (_, before, after)) in enumerate(zip(facts, told)):
        fact.seq, fact.case_id, fact.cause_id, fact.decided_ms = place + 1, "case", str(place), place
        fact.message.meta.from_status, fact.message.meta.to_status = before, after
    for wrong in (None, 1, 2, 5):
        if wrong is not None:
            facts[wrong].message.meta.to_status = "closed"
        verdict = evidence.Verdict()
        chains.judge_moves(verdict, history.History(facts))
        assert bool(verdict.findings) is (wrong is not None)
        if wrong is not None:
            facts[wrong].message.meta.to_status = told[wrong][2]


def test_which_rules_a_move_names_are_those_of_the_deadline_it_was_held_to():
    facts = [Fact("CaseRegistered"), Fact("ClockArmed"), Fact("CaseAccepted"), Fact("CaseCommented")]
    for place, fact in enumerate(facts):
        fact.seq, fact.case_id, fact.cause_id = place + 1, "case", str(place)
    facts[0].message.meta.to_status, facts[2].message.meta.to_status = "received", "accepted"
    terms = facts[1].message.terms
    terms.name, terms.policy_version, terms.calendar_version = "resolution", "cn-medical@1", "cn-state-council@1"
    meta = facts[2].message.meta
    meta.policy_version, meta.calendar_version = "cn-medical@1", "cn-state-council@1"
    for policy, found in (("cn-medical@1", 0), ("cn-medical@2", 1), ("", 1)):
        meta.policy_version = policy
        verdict = evidence.Verdict()
        chains.judge_versions(verdict, facts)
        assert len(verdict.findings) == found


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


def test_a_closure_forgets_who_asked_for_an_end_and_a_reopening_the_outcome():
    decided = Fact("CaseDecided", "shen-yue", outcome=1)
    state = state_after(*SIGNED, decided, Fact("CaseReplied", "shen-yue"), Fact("TerminationRequested", "shen-yue"))
    assert state.termination_requester == "shen-yue"
    state = history.apply(state, Fact("CaseClosed"))
    assert state.termination_requester == "" and state.outcome == 1
    assert history.apply(state, Fact("CaseReopened")).outcome == 0


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


def test_an_owner_completes_its_own_improvement_alone():
    state = state_after(*SIGNED, Fact("ImprovementOpened", improvement=1, owner="ward"), Fact("ImprovementOpened", improvement=2, owner="x"))
    assert state.unit == "nursing"
    owner, other = {**NURSE, "units": ["ward"]}, {**NURSE, "units": ["y"]}
    for person, may in ((NURSE, [1, 2]), (owner, [1]), (other, []), (DESK, [1, 2])):
        for number in (1, 2):
            allowed = number in may
            assert commands.may_act(person, "complete-improvement", state, "not-your-unit", number) is allowed
            done = Fact("ImprovementDone", improvement=number)
            assert bool(casework.broken_rule(NoLimits, "complete-improvement", state, person, done)) is not allowed


def test_an_improvement_is_completed_once():
    opened = [*CLOSED, Fact("ImprovementOpened", improvement=1, due_at_ms=7)]
    assert not casework.guarded("complete-improvement", state_after(*CLOSED), NURSE)
    assert casework.guarded("complete-improvement", state_after(*opened), NURSE)
    done = state_after(*opened, Fact("ImprovementDone", improvement=1))
    assert not casework.guarded("complete-improvement", done, NURSE)
    assert casework.REFUSALS["already-done"](asked(done, NURSE, improvement=1))
    assert casework.REFUSALS["unknown-improvement"](asked(done, NURSE, improvement=2))
    assert done.revision == 2


def test_an_archived_case_begins_no_cluster_but_may_leave_one():
    alone = state_after(*CLOSED, Fact("CaseArchived"))
    assert not casework.guarded("merge", alone, DESK) and not casework.guarded("unmerge", alone, DESK)
    merged = state_after(*CLOSED, Fact("CaseMerged", cluster_id="c", **{"with": ["other"]}), Fact("CaseArchived"))
    assert casework.guarded("merge", merged, DESK) and casework.guarded("unmerge", merged, DESK)
    assert commands.name_of(merged) in casework.RULES["unmerge"].states


class Limits:  # pylint: disable=too-few-public-methods
    """A region in which a review may be asked for within a second of the reply."""

    @staticmethod
    def limit_ms(_institution, clock, _urgency):
        return {"review_request": 1000}.get(clock)


class NoLimits:  # pylint: disable=too-few-public-methods
    """A region whose packs name no time for reviews."""

    @staticmethod
    def limit_ms(_institution, _clock, _urgency):
        return None


def at(state, **changes):
    """The same case at other times."""
    return dataclasses.replace(state, **changes)


def replied_at(moment_ms):
    """A reply."""
    fact = Fact("CaseReplied", "shen-yue")
    fact.message.meta.decided_at_ms = moment_ms
    return fact


def test_nothing_is_erased_while_a_review_may_be_asked_for():
    facts = [*SIGNED, Fact("CaseDecided", "shen-yue"), replied_at(5000), Fact("CaseClosed")]
    state = state_after(*facts)
    assert casework.appeal_until(Limits, state) == 6000
    assert casework.appeal_until(Limits, state_after(*SIGNED, replied_at(5000), Fact("CaseWithdrawn"))) == 0
    for since, right in ((5900, True), (6100, False)):
        assert casework.REFUSALS["appeal-open"](casework.Asked(Limits, state, DESK, {}, 7000, since)) is right
    reviewed = state_after(*facts, Fact("ReviewRequested"), Fact("ReviewDecided", "ren-shan"))
    assert casework.appeal_until(Limits, reviewed) == 0
    assert casework.appeal_until(Limits, at(reviewed, closed_ms=7000, re_review_open_ms=9000)) == 9000 + casework.REVIEW_MS
    assert casework.appeal_until(Limits, at(reviewed, closed_ms=7000, re_review_open_ms=9000, re_review_asked_ms=9500)) == 0
    assert casework.appeal_until(Limits, at(state, closed_ms=7000)) == 8000
    assert casework.appeal_until(NoLimits, at(state, closed_ms=7000)) == 7000 + casework.REVIEW_MS
    assert casework.appeal_until(NoLimits, at(state, closed_ms=7000, review_asked_ms=8000)) == 0
    unanswered = state_after(Fact("CaseTransferredToEmergency"), Fact("CaseClosed"))
    assert casework.appeal_until(Limits, at(unanswered, closed_ms=7000)) == 7000 + casework.REVIEW_MS
    archived = Fact("CaseArchived")
    archived.decided_ms = 8000
    assert casework.broken_rule(NoLimits, "archive", at(state, closed_ms=7000), DESK, archived)
    assert casework.appeal_until(Limits, state_after(*SIGNED)) == 0


def test_nothing_is_erased_twice_nor_under_an_order_and_what_was_is_not_revealed():
    refused = [Fact("CaseNotAccepted"), Fact("SupervisionOrdered", order=1)]
    assert not casework.guarded("erase", state_after(*refused), DESK)
    lifted = [*refused, Fact("SupervisionAnswered", order=1), Fact("SupervisionLifted", order=1)]
    assert casework.guarded("erase", state_after(*lifted), DESK)
    erased = state_after(*lifted, Fact("ContentErased"))
    assert not casework.guarded("erase", erased, DESK) and not casework.guarded("reveal", erased, DESK)


@pytest.mark.parametrize("seq, called_for", [(6, True), (8, False)])
def test_an_erasure_ends_what_is_called_for_in_the_order_of_the_facts(seq, called_for):
    facts = [SimpleNamespace(name=name, seq=number, case_id="case", decided_ms=0) for name, number in
             (("CaseClosed", 6), ("ContentErased", 7), ("CaseClosed", 8))]
    told = next(fact for fact in facts if fact.seq == seq)
    run = SimpleNamespace(region=SimpleNamespace(hooks=[]))
    wanted = [notice.recipient for notice in notices.wanted_of(run, told, True, "a@b.c", notices.erased_at(facts))]
    assert wanted == (["complainant"] if called_for else [])


@pytest.mark.parametrize("planned, rules", [([6], []), ([], ["notice-missing"]), ([6, 8], ["notice-unexpected"])])
def test_what_came_just_before_an_erasure_is_planned_and_nothing_after(planned, rules):
    due = notices.Notice("case", 6, "email", "complainant", "a@b.c", 100_000, True)
    rows = [{"delivery_id": notices.Notice("case", seq, "email", "complainant", "", 0).identity, "case_id": "case", "fact_type": "CaseClosed",
             "channel": "email", "recipient": "complainant", "occasion_sequence": seq, "state": "failed", "failure": "erased"} for seq in planned]
    record = Fact("DeliveryRecorded", delivery_id=due.identity)
    run = SimpleNamespace(table=lambda name: rows, facts=[record], taken_ms=200_000)
    verdict = evidence.Verdict()
    notices.judge_deliveries(run, verdict, {due.identity: due})
    assert [finding["rule"] for finding in verdict.findings] == rules


@pytest.mark.parametrize("failure, address, erased, may", [
    ("no-email", "", False, True), ("no-email", "a@b.c", False, False), ("erased", "a@b.c", True, True),
    ("erased", "a@b.c", False, False), ("no-contact", "a@b.c", True, False)])
def test_a_notice_is_given_up_only_where_nobody_can_be_told(failure, address, erased, may):
    notice = notices.Notice("case", 1, "email", "complainant", address, 0, erased)
    assert notices.is_hopeless(notice, failure) is may


def test_a_case_that_owes_visits_is_not_closed():
    def visit(outcome, number=1):
        return Fact("FollowUpVisited", number=number, outcome=outcome)
    armed, late = Fact("ClockArmed", terms={"name": "follow_up_1", "stops_on": "visit_done"}), Fact("ClockBreached", name="follow_up_1")
    done, unreachable = facts_pb2.FollowUpVisited(outcome="VISIT_OUTCOME_DONE").outcome, history.UNREACHABLE
    owed = [([armed], True), ([armed, visit(unreachable)], True), ([armed, visit(done)], False), ([armed, late], True),
            ([armed, late, *[visit(unreachable)] * 3], False), ([armed, *[visit(unreachable)] * 3], True),
            ([armed, visit(done), Fact("CaseAssessed", crisis_confirmed=True), armed], True)]
    for facts, owes in owed:
        state = state_after(*facts, Fact("FollowUpRecorded", reached=True, solved=True))
        assert casework.owes_visits(state) is owes and casework.GUARDS["visits-due"](state, DESK) is not owes


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


def test_a_reviews_alarm_is_taken_where_it_is_reviewed():
    state = state_after(*CLOSED, Fact("AlarmRaised", kind="ALARM_KIND_BREACH", alarm_id="late", clock="review", ordinal=1, reviewers_of="district"),
                        Fact("AlarmRaised", kind="ALARM_KIND_BREACH", alarm_id="other", clock="resolution", ordinal=2))
    nurse = {"subject": "shen-yue", "roles": ["handler"], "institutions": ["first-hospital"], "units": ["nursing"]}
    reviewer = {"subject": "su-qing", "roles": ["reviewer"], "institutions": ["*"], "units": []}
    district = {**nurse, "subject": "he-jing", "institutions": ["district", "first-hospital"]}
    decider = {**reviewer, "subject": "shen-yue"}
    assert [casework.takes_alarm(state, person, alarm) for person in (DESK, nurse, reviewer, district, decider) for alarm in ("late", "other")] == \
        [True, True, False, True, True, False, True, True, False, False]


def test_each_late_visit_is_tried_as_often():
    def armed(number):
        return Fact("ClockArmed", terms={"name": f"follow_up_{number}", "stops_on": "visit_done"})
    first = [armed(1), armed(2), Fact("ClockBreached", name="follow_up_1"), *[Fact("FollowUpVisited", outcome=history.UNREACHABLE)] * 3]
    second = [*first, Fact("ClockBreached", name="follow_up_2")]
    for facts, owes in ((first, True), (second, True), ([*second, *first[3:]], False)):
        assert casework.owes_visits(state_after(*facts)) is owes


def test_a_case_is_not_ended_before_somebody_took_the_alarm_of_its_crisis():
    urgent, crisis = (Fact("AlarmRaised", kind="ALARM_KIND_URGENT", alarm_id="a", ordinal=1) for _ in range(2))
    crisis.message.meta.traits.crisis = history.CRISIS_R3
    for facts, free in (([urgent], True), ([crisis], False), ([crisis, Fact("AlarmAcknowledged", alarm_id="a")], True)):
        assert casework.GUARDS["crisis-alarm-open"](state_after(*CLOSED, *facts), DESK) is free


def test_a_visit_that_an_end_of_the_case_silences_is_named():
    for cause, rules in (("visit", []), ("withdrawal", ["visit-silenced"])):
        verdict = evidence.Verdict()
        case = clocks.CaseClocks(verdict, "case")
        case.clocks["follow_up_1"] = clocks.Clock("follow_up_1", 1, [], 10, stops_on="visit_done")
        for name, body, by in (("FollowUpVisited", {"number": 1, "outcome": 1}, "visit"), ("ClockStopped", {"name": "follow_up_1"}, cause)):
            fact = Fact(name, **body)
            fact.seq, fact.cause_id, fact.decided_ms = 1, by, 1
            clocks.HANDLERS[name](case, fact, fact.message)
        assert [finding["rule"] for finding in verdict.findings] == rules


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


def test_only_a_reveal_that_was_done_is_shown_again_whatever_version_it_names():
    reveal, accept = (commands.Command("case", "cao-bin", action, "key") for action in ("reveal", "accept"))
    done = SimpleNamespace(cases={"case": [SimpleNamespace(cause_id=command.cause_id) for command in (reveal, accept)]})
    assert commands.shows_again(done, reveal) and not commands.shows_again(done, accept)
    assert not commands.shows_again(SimpleNamespace(cases={"case": []}), reveal)


def test_a_reveal_of_long_ago_alone_is_over():
    reveal = commands.Command("case", "cao-bin", "reveal", "key")
    run = SimpleNamespace(cases={"case": [SimpleNamespace(cause_id=reveal.cause_id, decided_ms=1000)]})
    assert commands.may_be_over(run, SimpleNamespace(end=601), reveal)
    assert not commands.may_be_over(run, SimpleNamespace(end=600.9), reveal)


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


def test_a_case_whose_handler_has_a_conflict_is_dispatched_anew_and_does_not_exist_for_them():
    state = state_after(*SIGNED, Fact("ConflictDeclared", staff="shen-yue"))
    assert casework.guarded("dispatch", state, DESK) and commands.name_of(state) in casework.RULES["dispatch"].states
    assert not commands.sees(NURSE, state) and commands.sees(DESK, state)
    assert casework.REFUSALS["already-declared"](asked(state, DESK, staff="shen-yue"))
    state = state_after(*SIGNED, Fact("PersonConcerned", staff_code="shen-yue"))
    assert state.handler == "" and not commands.sees(NURSE, state)


def test_a_fact_that_is_not_withheld_from_who_has_a_conflict_is_named():
    for withheld, findings in ((["shen-yue"], 0), ([], 1), (["shen-yue", "ren-shan"], 1)):
        facts = [Fact("CaseRegistered"), Fact("ConflictDeclared", staff="shen-yue")]
        facts[1].message.meta.withheld_from.extend(withheld)
        for place, fact in enumerate(facts):
            fact.seq, fact.case_id, fact.cause_id, fact.decided_ms = place + 1, "case", str(place), place
        verdict = evidence.Verdict()
        chains.judge_withheld(verdict, history.History(facts))
        assert len(verdict.findings) == findings, withheld
        verdict = evidence.Verdict()
        chains.judge_withheld(verdict, history.History(facts[1:]))  # the first is lost: that is another's to name
        assert len(verdict.findings) == findings, withheld


@pytest.mark.parametrize("withheld, told", [(set(), "first"), ({"first"}, "second"), ({"first", "second"}, "top"),
                                            ({"first", "second", "top"}, None)])
def test_the_next_who_may_know_is_told(withheld, told):
    region = evidence.Region.__new__(evidence.Region)
    region.staff = {name: {"subject": name} for name in ("first", "second", "top")}
    region.ladders = {"unit": ["first", "second"]}
    region.institutions = {"place": {"parent": "bureau"}, "bureau": {"ladder": ["top"]}}
    person = region.ladder_person("place", "unit", 0, withheld)
    assert (person and person["subject"]) == told


def test_an_alarm_climbs_the_ladder_of_the_pack_that_set_its_clock():
    def pack(name, most, clock):
        return {"id": name, "version": 1, "ladder": {"most": most},
                "rules": [{"clock": clock, "starts_on": "case_registered", "stops_on": "case_replied"}]}
    packs = [pack("usual", 3, "first_response"), pack("own", 9, "resolution")]
    facts = [Fact("ClockArmed", terms={"name": "resolution", "policy_version": "own@1"}),
             Fact("AlarmRaised", alarm_id="a", clock="resolution"), Fact("AlarmRaised", alarm_id="b"),
             Fact("ClockArmed", terms={"name": "supervision-1", "policy_version": ""}),
             Fact("AlarmRaised", alarm_id="c", clock="supervision-1")]
    assert [owed_clocks.ladder_of(packs, facts, alarm)["most"] for alarm in "abc"] == [9, 3, 3]


def seconds(number):
    """A level of a ladder."""
    return {"after": {"value": number, "unit": "seconds"}, "tell": ["supervisor"]}


@pytest.mark.parametrize("level, crisis, delay", [(0, False, 3000), (1, False, 15_000), (2, False, 30_000), (3, False, 60_000),
                                                  (30, False, owed_clocks.DAY_MS), (2, True, 15_000), (30, True, 15_000)])
def test_an_alarm_climbs_for_ever_ever_more_seldom_but_in_a_crisis(level, crisis, delay):
    ladder = {"levels": [seconds(0), seconds(3), seconds(15)], "most": 2}
    assert owed_clocks.climb_ms(ladder, level, crisis) == delay


@pytest.mark.parametrize("body, lower", [({"urgency": "P2"}, False), ({"urgency": "P1"}, False), ({"urgency": "P3"}, True),
                                         ({"urgency": "P2", "crisis": "R1"}, True), ({"urgency": "P1", "crisis": "R3"}, False)])
def test_only_a_lower_assessment_is_refused_for_its_missing_reason(body, lower):
    state = state_after(Fact("CaseAssessed", urgency=2, crisis=3))
    assert casework.REFUSALS["reason-missing"](asked(state, DESK, **body)) is lower
    assert not casework.REFUSALS["reason-missing"](asked(state, DESK, reason="误报", **body))


class Region:  # pylint: disable=too-few-public-methods
    """Two people supervise every case."""

    def acting(self, role, institution):
        """Those two."""
        return [DESK, {**DESK, "subject": "gao-min"}] if role == "supervisor" and institution is not None else []


def test_the_last_supervisor_whom_a_case_loses_is_to_be_told():
    last = Fact("ConflictDeclared", staff="gao-min")
    first = Fact("PersonConcerned", staff_code="lin-zhiyuan")
    assert not casework.loses_supervision(Region(), state_after(), last), "another is left"
    assert casework.loses_supervision(Region(), state_after(first), last)
    assert not casework.loses_supervision(Region(), state_after(first), Fact("ConflictDeclared", staff="shen-yue"))
    assert not casework.loses_supervision(Region(), state_after(first, Fact("CaseWithdrawn")), last), "it has ended"


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
