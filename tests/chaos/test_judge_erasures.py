"""What the judge holds of erasures: when, what ends with them, which notices they spare. No stack is needed."""

from types import SimpleNamespace

import casework
import complainants
import evidence
import notices
import pytest
from small_case import CLOSED, DESK, SIGNED, Fact, Limits, NoLimits, at, replied_at, state_after


def test_what_was_erased_is_carried_on_by_nobody():
    erased = state_after(*CLOSED, Fact("ContentErased"))
    for action in ("rework", "reopen", "review", "comment", "message", "register-evidence", "open-improvement", "supervise"):
        assert casework.guarded(action, state_after(*CLOSED), DESK) and not casework.guarded(action, erased, DESK), action
    way = complainants.WAYS["messages"]
    assert complainants.fits(way, "erased", erased) and not complainants.fits(way, "erased", state_after(*CLOSED))


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
