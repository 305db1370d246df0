"""No fact was passed over by those who react to it: every case is assessed."""

GRACE_MS = 10_000


def judge_reactions(run, verdict):
    """Triage assessed each case, unless the case was closed first and the ledger refused it."""
    for case_id, facts in run.cases.items():
        answered = any(fact.name == "CaseAssessed" or (fact.name == "ProposalRefused" and fact.actor == "triage")
                       for fact in facts)
        if not answered and facts[0].decided_ms < run.taken_ms - GRACE_MS:
            verdict.find("unassessed", case_id, "triage never assessed it")
