"""What the judge holds may be done to a case, and by whom: no stack is needed."""

from types import SimpleNamespace

import casework
import commands
import complainants
import history
import pytest
from small_case import CHIEF, CLOSED, DESK, DISPATCHED, NURSE, SIGNED, Fact, NoLimits, asked, at, state_after


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


def test_whom_a_rework_was_taken_from_carries_none_of_it_on():
    again = [*CLOSED, Fact("ReworkOrdered"), Fact("CaseSigned", "gao", unit="nursing", handler="gao")]
    for action in ("suspend", "resume", "reply", "report-progress", "request-extension", "add-co-handler", "resolve-on-spot"):
        assert not casework.guarded(action, state_after(*again), NURSE), action
        assert casework.guarded(action, state_after(*again), {**NURSE, "subject": "gao"}), action


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


def test_a_closure_forgets_who_asked_for_an_end_and_a_reopening_the_outcome():
    decided = Fact("CaseDecided", "shen-yue", outcome=1)
    state = state_after(*SIGNED, decided, Fact("CaseReplied", "shen-yue"), Fact("TerminationRequested", "shen-yue"))
    assert state.termination_requester == "shen-yue"
    state = history.apply(state, Fact("CaseClosed"))
    assert state.termination_requester == "" and state.outcome == 1
    assert history.apply(state, Fact("CaseReopened")).outcome == 0


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


def test_a_case_whose_handler_has_a_conflict_is_dispatched_anew_and_does_not_exist_for_them():
    state = state_after(*SIGNED, Fact("ConflictDeclared", staff="shen-yue"))
    assert casework.guarded("dispatch", state, DESK) and commands.name_of(state) in casework.RULES["dispatch"].states
    assert not commands.sees(NURSE, state) and commands.sees(DESK, state)
    assert casework.REFUSALS["already-declared"](asked(state, DESK, staff="shen-yue"))
    state = state_after(*SIGNED, Fact("PersonConcerned", staff_code="shen-yue"))
    assert state.handler == "" and not commands.sees(NURSE, state)


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
