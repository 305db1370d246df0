"""What the judge reads from a history's own columns: moves, the rules they were held to, whom a fact is withheld from."""

import chains
import evidence
import history
from small_case import Fact


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
