"""Every case has the clocks that its policies promise, each order, co-handler and improvement its own."""

GRACE_MS = 10_000  # what fell due this shortly before the snapshot may still fire: a sweep comes every 5 s
AFTER_REPLY = {"follow_up_done", "case_closed", "review_requested", "re_review_requested"}
# What packs call the facts that start and stop clocks (services/common/milestone.c), as far as the load makes them true.
MILESTONES = {"CaseRegistered": {"case_registered"}, "CaseAssessed": {"case_assessed"},
              "CaseAccepted": {"case_accepted", "complainant_told"},
              "CaseTransferredToEmergency": {"complainant_told", "rescue_confirmed", "crisis_confirmed"},
              "ReviewRequested": {"review_requested"}, "FinalReviewRequested": {"re_review_requested"},
              "CaseDispatched": {"case_dispatched", "objection_answered"},
              "CaseDesignated": {"case_dispatched", "objection_answered"},
              "CaseSigned": {"case_signed", "dispatch_answered"}, "CaseDecided": {"case_decided"},
              "ReturnRequested": {"dispatch_answered", "objection_raised"},
              "CaseReplied": {"case_replied", "complainant_told", "progress_told"},
              "ProgressTold": {"progress_told"}, "CaseClosed": {"case_closed"},
              "FeedbackRecorded": {"follow_up_done"}}
NEW_FACTS = 1  # of the grounds to reopen a case
RESTARTS = {"ReworkOrdered": "rework", "ProgressTold": "progress-told"}


def milestones(fact):
    """What packs call a fact."""
    said = fact.message
    if fact.name == "FollowUpRecorded" and said and said.reached:
        return {"follow_up_done"}
    if fact.name == "CaseAssessed" and said:
        return {name for name, holds in (("case_assessed", True), ("case_is_major", said.became_major),
                                         ("crisis_confirmed", said.crisis_confirmed)) if holds}
    if fact.name == "ClockBreached" and said and said.name == "resolution":
        return {"resolution_overdue"}
    if fact.name == "ReviewDecided" and said:
        return {"re_review_decided" if said.final else "review_decided"}
    return MILESTONES.get(fact.name, set())


def restart_of(fact):
    """On which ground runs begin again; None."""
    if fact.name == "CaseReopened" and fact.message:
        return "new-facts" if fact.message.ground == NEW_FACTS else "rework"
    return RESTARTS.get(fact.name)


def promised(packs):
    """Clocks that a milestone starts, whatever the case is about: (milestone, clock, what stops it)."""
    return {(rule["starts_on"], rule["clock"], rule["stops_on"]) for pack in packs for rule in pack["rules"]
            if rule.get("starts_on") and not rule.get("when")}


def restarted(packs):
    """Clocks that begin again on a ground: (ground, clock, what stops it)."""
    return {(ground, rule["clock"], rule["stops_on"]) for pack in packs for rule in pack["rules"]
            if not rule.get("when") for ground in rule.get("restarts", [])}


def pack_of_alarm(facts, alarm_id):
    """Label of the pack that had set the clock when its alarm was raised; None without such a clock."""
    armed = {}
    for fact in facts:
        if fact.name == "ClockArmed" and fact.message:
            armed[fact.message.terms.name] = fact.message.terms.policy_version
        if fact.name == "AlarmRaised" and fact.message and fact.message.alarm_id == alarm_id:
            return armed.get(fact.message.clock)
    return None


def ladder_of(packs, facts, alarm_id):
    """The ladder that an alarm climbs: of the pack that set its clock; where there is none, of the pack that sets the first
    response."""
    label = pack_of_alarm(facts, alarm_id)
    own = [pack for pack in packs if pack.get("ladder") and f"{pack['id']}@{pack['version']}" == label]
    return next(pack["ladder"] for pack in own + packs
                if pack in own or any(clock == "first_response" for _, clock, _ in promised([pack])))


DAY_MS = 86_400_000
UNITS_MS = {"seconds": 1000, "minutes": 60_000, "hours": 3_600_000}


def climb_ms(ladder, level, crisis):
    """After how long an alarm climbs from this level: as the ladder says; after its last climb twice as long each time, up
    to a day, but in a crisis as before. None where that is by the calendar."""
    after = ladder["levels"][min(level + 1, len(ladder["levels"]) - 1)]["after"]
    if after["unit"] not in UNITS_MS:
        return None
    delay = after["value"] * UNITS_MS[after["unit"]]
    doublings = 0 if crisis else max(0, level + 1 - ladder["most"])
    return delay if delay >= DAY_MS else min(delay * 2 ** min(doublings, 60), DAY_MS)


CRISIS = 4  # R3, as the contract numbers it
ENDS = {"CaseClosed", "CaseNotAccepted", "CaseRedirected", "CaseWithdrawn", "CaseTerminated"}


def start_over(facts):
    """Whether the case is handled again."""
    return any(fact.name in ("ReworkOrdered", "CaseReopened") for fact in facts)


def is_spent(stop, facts):
    """Whether the review that a clock waits for was asked for before: each level reviews once."""
    return stop == "review_requested" and any(stop in milestones(fact) for fact in facts)


def begun(packs, facts):
    """Runs that must have been armed: (clock, began at), but for those that a person was faster than: what stops them
    or ends the case came before their arming could."""
    starts, restarts = promised(packs), restarted(packs)
    for place, fact in enumerate(facts):
        names = milestones(fact)
        later = set().union(*(milestones(other) for other in facts[place:])) - ({"case_registered"} & names)
        ended = any(other.name in ENDS for other in facts[place:])
        at = fact.message.received_at_ms if fact.name == "CaseRegistered" and fact.message else fact.decided_ms
        again = start_over(facts[place:])
        for start, clock, stop in starts:
            unowed = again and stop in AFTER_REPLY or is_spent(stop, facts[:place])
            if start in names and stop not in later and not ended and not unowed:
                yield clock, at
        for ground, clock, stop in restarts:
            if restart_of(fact) == ground and stop not in later and not ended:
                yield clock, at


def judge_armed(run, verdict, case_id, facts):
    """Every promised clock was armed, and every alarm climbs."""
    tenant = facts[0].tenant
    packs = run.region.packs_of(tenant) if tenant in run.region.institutions else []
    if not packs or facts[0].decided_ms > run.taken_ms - GRACE_MS:
        return
    armed = {(fact.message.terms.name, fact.message.terms.version): fact.message.terms for fact in facts
             if fact.name == "ClockArmed" and fact.message}
    runs = {(fact.message.terms.name, fact.message.terms.started_at_ms) for fact in facts
            if fact.name == "ClockArmed" and fact.message}
    for name, at in begun(packs, facts):
        if at < run.taken_ms - GRACE_MS and (name, at) not in runs:
            verdict.find("clock-unarmed", case_id, f"{name} that began at {at} was never armed")
    taken = {fact.message.alarm_id for fact in facts if fact.name == "AlarmAcknowledged" and fact.message}
    for fact in facts:
        if fact.name not in ("AlarmRaised", "CaseEscalated") or fact.message is None or fact.message.alarm_id in taken:
            continue
        level = fact.message.level if fact.name == "CaseEscalated" else 0
        wanted = (f"escalation-{fact.message.ordinal}", level + 1)
        if fact.decided_ms < run.taken_ms - GRACE_MS and wanted not in armed:
            verdict.find("clock-unarmed", case_id, f"{wanted[0]} version {wanted[1]} was never armed")
        delay = climb_ms(ladder_of(packs, facts, fact.message.alarm_id), level, fact.message.meta.traits.crisis >= CRISIS)
        if wanted in armed and delay is not None and armed[wanted].due_at_ms != fact.decided_ms + delay:
            verdict.find("climb-differs", case_id, f"{wanted[0]} version {wanted[1]} is due at {armed[wanted].due_at_ms}, "
                         f"not {delay} ms after fact {fact.seq}")


def judge_orders(run, verdict, case_id, facts):
    """Every supervision order that waits for its answer has its own clock."""
    armed = {fact.message.terms.name for fact in facts if fact.name == "ClockArmed" and fact.message}
    done = {fact.message.order for fact in facts if fact.name in ("SupervisionAnswered", "SupervisionLifted") and fact.message}
    for fact in facts:
        if fact.name != "SupervisionOrdered" or fact.message is None or fact.decided_ms > run.taken_ms - GRACE_MS:
            continue
        if fact.message.order not in done and f"supervision-{fact.message.order}" not in armed:
            verdict.find("clock-unarmed", case_id, f"supervision-{fact.message.order} was never armed")


def judge_improvements(run, verdict, case_id, facts):
    """Every improvement that is not made has its own clock, due as was asked for, whatever became of the case."""
    due = {fact.message.terms.name: fact.message.terms.due_at_ms for fact in facts if fact.name == "ClockArmed" and fact.message}
    done = {fact.message.improvement for fact in facts if fact.name == "ImprovementDone" and fact.message}
    for fact in facts:
        if fact.name != "ImprovementOpened" or fact.message is None or fact.decided_ms > run.taken_ms - GRACE_MS:
            continue
        name = f"improvement-{fact.message.improvement}"
        if fact.message.improvement not in done and due.get(name) != fact.message.due_at_ms:
            verdict.find("clock-unarmed", case_id, f"{name} was never armed for its time")


def leads(fact, unit):
    """Whether the case is given to this unit, which then owes itself no answer."""
    return fact.name in ("CaseDispatched", "CaseDesignated") and fact.message is not None and fact.message.unit == unit


def judge_co_handlers(run, verdict, case_id, facts):
    """Every co-handler that owes its answer has a clock of its own, from when it was asked."""
    runs = {(fact.message.terms.name, fact.message.terms.started_at_ms) for fact in facts
            if fact.name == "ClockArmed" and fact.message}
    for place, fact in enumerate(facts):
        if fact.name != "CoHandlerAdded" or fact.message is None or fact.decided_ms > run.taken_ms - GRACE_MS:
            continue
        later = facts[place + 1:]
        over = any(other.name in ENDS | {"CaseDecided", "ReworkOrdered", "CaseReopened"} or leads(other, fact.message.unit)
                   for other in later)
        answered = any(other.name == "CoHandlerAnswered" and other.message.number == fact.message.number for other in later)
        name = f"co-handling-{fact.message.number}"
        if not over and not answered and (name, fact.decided_ms) not in runs:
            verdict.find("clock-unarmed", case_id, f"{name} was never armed")


def judge_owed(run, verdict, case_id, facts):
    """Every clock that a case must have."""
    judge_armed(run, verdict, case_id, facts)
    judge_orders(run, verdict, case_id, facts)
    judge_co_handlers(run, verdict, case_id, facts)
    judge_improvements(run, verdict, case_id, facts)
