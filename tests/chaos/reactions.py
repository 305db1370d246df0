"""No fact was passed over by those who react to it: every case is assessed, and an adverse effect supervised once."""

import casework
from history import STATUS_NAMES, History
from redress.v1 import types_pb2

ADVERSE_EFFECT = types_pb2.SUPERVISION_TRIGGER_ADVERSE_EFFECT

GRACE_MS = 10_000


def judge_reactions(run, verdict):
    """Triage assessed each case, unless the case was closed first and the ledger refused it."""
    for case_id, facts in run.cases.items():
        answered = any(fact.name == "CaseAssessed" or (fact.name == "ProposalRefused" and fact.actor == "triage")
                       for fact in facts)
        if not answered and facts[0].decided_ms < run.taken_ms - GRACE_MS:
            verdict.find("unassessed", case_id, "triage never assessed it")
        judge_adverse_effects(verdict, case_id, facts)


def judge_adverse_effects(verdict, case_id, facts):
    """The first assessment that names it, where the case may be supervised and neither rule nor region ordered it, raises the
    order; no other does."""
    raised = [fact for fact in facts if fact.name == "SupervisionOrdered" and fact.message
              and fact.message.trigger == ADVERSE_EFFECT and fact.message.issuer == "rule"]
    calls = [fact for fact, before in zip(facts, History(facts).states)
             if fact.name == "CaseAssessed" and fact.message and "adverse-effect" in fact.message.situations.split(",")
             and STATUS_NAMES[before.status] in casework.SUPERVISED and before.order_count < casework.ORDERS]
    ordered = {fact.seq for fact in facts if fact.name == "SupervisionOrdered" and fact.message
               and fact.message.trigger == ADVERSE_EFFECT and (fact.message.by_region or fact.message.issuer == "rule")}
    first = calls[:1] if not calls or not any(seq < calls[0].seq for seq in ordered) else []
    if [fact.cause_id for fact in raised] != [fact.cause_id for fact in first]:
        verdict.find("unsupervised", case_id, f"an adverse effect at facts {[fact.seq for fact in first]} raised the orders "
                     f"of facts {[fact.seq for fact in raised]}")
