"""A merge is of several cases and decided at once: each member knows of it, or none does. When the case that leads ends without
a closure, the lead passes in the same decision to the oldest that stands in the numbers."""

from history import CLOCK_MS, STATUS_NAMES, History

LISTS = {"CaseMerged": "with", "CaseUnmerged": "without"}
ENDS = {"CaseNotAccepted", "CaseRedirected", "CaseWithdrawn", "CaseTerminated"}
UNCLOSED = {"not-accepted", "redirected", "withdrawn", "terminated", "archived"}  # unless it was closed before


def passes_lead(fact):
    """Whether nobody joins by this merge: who leads has changed."""
    return fact.name == "CaseMerged" and fact.message is not None and not getattr(fact.message, "with")


def counts(state):
    """Whether a case stands in the numbers, so that it can stand for others."""
    return STATUS_NAMES[state.status] not in UNCLOSED or state.closed_ms != 0


def age(past):
    """Who was received first leads."""
    return getattr(past.facts[0].message, "received_at_ms", 0), past.facts[0].case_id


def judge_passing(pasts, verdict, fact, number):
    """Of each lead that passed both cases know, and one of them has ended by it."""
    past = pasts[fact.case_id]
    twins = [twin for other in past.states[number].others if other in pasts for twin in pasts[other].facts
             if passes_lead(twin) and twin.cause_id == fact.cause_id]
    told = [twin for twin in twins if twin.message.cluster_id == fact.message.cluster_id and twin.decided_ms == fact.decided_ms
            and twin.message.leads != fact.message.leads]
    if len(twins) != 1 or told != twins:
        verdict.find("cluster-torn", fact.case_id, f"fact {fact.seq} passes the lead, but {len(told)} other cases know of it")
    elif not fact.message.leads and not any(end.name in ENDS and end.cause_id == fact.cause_id for end in past.facts):
        verdict.find("lead-wrong", fact.case_id, f"fact {fact.seq} passes the lead, but the case had not ended by it")


def counted_then(past, moment_ms):
    """Whether a case stood in the numbers when another was decided, which held its lock too: one answer, or both where what
    happened to it lies too near."""
    last = len(past.facts)
    return {counts(past.states[number]) for number in range(1, last + 1) if past.decided(number) <= moment_ms + CLOCK_MS
            and (number == last or past.decided(number + 1) >= moment_ms - CLOCK_MS)}


def judge_end(pasts, verdict, end, number):
    """The lead of a case that ended passed to the oldest of those that could take it."""
    before, after = pasts[end.case_id].states[number - 1:number + 1]
    if not before.leads or not before.others or counts(after):
        return
    members = [pasts[other] for other in before.others if other in pasts]
    able = sorted(age(past) for past in members if counted_then(past, end.decided_ms) == {True})
    heirs = [(past, fact) for past in members for fact in past.facts
             if passes_lead(fact) and fact.cause_id == end.cause_id and fact.message.leads]
    if able and not heirs:
        verdict.find("lead-kept", end.case_id, f"fact {end.seq} ({end.name}) ended the case that leads, and {able[0][1]} did not take it")
    for past, fact in heirs:
        if not counts(past.states[fact.seq - 1]) or (able and able[0] < age(past)):
            verdict.find("lead-wrong", end.case_id, f"fact {end.seq} ({end.name}) passed the lead to {fact.case_id}, which was not first")


def judge_joint(run, verdict, fact):
    """Each case that one fact names has the same decision, naming this case."""
    for other in getattr(fact.message, LISTS[fact.name]):
        twins = [twin for twin in run.cases.get(other, []) if twin.cause_id == fact.cause_id and twin.name == fact.name]
        if len(twins) != 1 or fact.case_id not in getattr(twins[0].message, LISTS[fact.name]):
            verdict.find("cluster-torn", fact.case_id, f"fact {fact.seq} ({fact.name}) names {other}, which does not name it")
        elif twins[0].decided_ms != fact.decided_ms or twins[0].message.cluster_id != fact.message.cluster_id:
            verdict.find("cluster-torn", fact.case_id, f"fact {fact.seq} ({fact.name}) and that of {other} differ")


def judge_clusters(run, verdict):
    """Every merge and its undoing, and every lead that passed; at the end all members agree on who they are, and one of them
    leads."""
    clusters, leaders = {}, {}
    pasts = {case_id: History(facts) for case_id, facts in run.cases.items() if any(fact.name in LISTS for fact in facts)}
    for case_id, past in pasts.items():
        for number, fact in enumerate(past.facts, 1):
            if fact.message is not None and fact.name in LISTS:
                judge_joint(run, verdict, fact)
            if passes_lead(fact):
                judge_passing(pasts, verdict, fact, number)
            if fact.message is not None and fact.name in ENDS:
                judge_end(pasts, verdict, fact, number)
        state = past.states[-1]
        if state.others:
            clusters.setdefault(state.cluster_id, set()).add(frozenset(state.others | {case_id}))
            leaders[state.cluster_id] = leaders.get(state.cluster_id, 0) + state.leads
    for cluster_id, views in clusters.items():
        if len(views) != 1:
            verdict.find("cluster-torn", None, f"members of {cluster_id} name different members")
        elif leaders[cluster_id] != 1:
            verdict.find("cluster-torn", None, f"{cluster_id} has {leaders[cluster_id]} leaders")
    verdict.count("clusters", len(clusters))
