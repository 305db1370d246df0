"""A merge is of several cases and decided at once: each member knows of it, or none does."""

from history import History

LISTS = {"CaseMerged": "with", "CaseUnmerged": "without"}


def judge_joint(run, verdict, fact):
    """Each case that one fact names has the same decision, naming this case."""
    for other in getattr(fact.message, LISTS[fact.name]):
        twins = [twin for twin in run.cases.get(other, []) if twin.cause_id == fact.cause_id and twin.name == fact.name]
        if len(twins) != 1 or fact.case_id not in getattr(twins[0].message, LISTS[fact.name]):
            verdict.find("cluster-torn", fact.case_id, f"fact {fact.seq} ({fact.name}) names {other}, which does not name it")
        elif twins[0].decided_ms != fact.decided_ms or twins[0].message.cluster_id != fact.message.cluster_id:
            verdict.find("cluster-torn", fact.case_id, f"fact {fact.seq} ({fact.name}) and that of {other} differ")


def judge_clusters(run, verdict):
    """Every merge and its undoing; at the end all members agree on who they are, and one of them leads."""
    clusters, leaders = {}, {}
    for case_id, facts in run.cases.items():
        joint = [fact for fact in facts if fact.name in LISTS and fact.message is not None]
        for fact in joint:
            judge_joint(run, verdict, fact)
        state = History(facts).states[-1] if joint else None
        if state is not None and state.others:
            clusters.setdefault(state.cluster_id, set()).add(frozenset(state.others | {case_id}))
            leaders[state.cluster_id] = leaders.get(state.cluster_id, 0) + joint[-1].message.leads
    for cluster_id, views in clusters.items():
        if len(views) != 1:
            verdict.find("cluster-torn", None, f"members of {cluster_id} name different members")
        elif leaders[cluster_id] != 1:
            verdict.find("cluster-torn", None, f"{cluster_id} has {leaders[cluster_id]} leaders")
    verdict.count("clusters", len(clusters))
