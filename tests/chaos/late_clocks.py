"""A clock that would have been breached before what it waits for came was armed, though sla-timer was away all that time."""

from typing import NamedTuple

from owed_clocks import AFTER_REPLY, ENDS, GRACE_MS, milestones, promised, restart_of, restarted

AGAIN = {"ReworkOrdered", "CaseReopened"}
LEADS = {"CaseDispatched", "CaseDesignated"}


class Run(NamedTuple):
    """A run that began."""
    clock: str
    rule: str  # whose limit it has
    began: int
    place: int  # of the fact that began it
    ends: object  # whether a later fact ends it
    due: int = 0  # as somebody asked for; 0: by the rule
    counted: bool = False  # each assessment counts it again


def case_runs(packs, facts):
    """What the policies begin, whatever the case is about."""
    for place, fact in enumerate(facts):
        names = milestones(fact)
        for start, clock, stop in promised(packs):
            if start in names and stop not in AFTER_REPLY:
                first = start == "case_registered"
                began = fact.message.received_at_ms if first and fact.message else fact.decided_ms
                yield Run(clock, clock, began, place, lambda other, start=start, stop=stop: bool(
                    {start, stop} & milestones(other)) or other.name in ENDS, counted=first)
        for ground, clock, stop in restarted(packs):
            if restart_of(fact) == ground and stop not in AFTER_REPLY:
                yield Run(clock, clock, fact.decided_ms, place, lambda other, stop=stop: stop in milestones(other)
                          or other.name in ENDS | AGAIN)


def part_runs(facts):
    """Orders, co-handlers and improvements."""
    for place, fact in enumerate(facts):
        said = fact.message
        if said is None:
            continue
        if fact.name == "SupervisionOrdered":
            yield Run(f"supervision-{said.order}", "supervision", fact.decided_ms, place, lambda other, said=said: other.name in (
                "SupervisionAnswered", "SupervisionLifted") and other.message.order == said.order, said.due_at_ms)
        if fact.name == "ImprovementOpened":
            yield Run(f"improvement-{said.improvement}", "improvement", fact.decided_ms, place, lambda other, said=said:
                      other.name == "ImprovementDone" and other.message.improvement == said.improvement, said.due_at_ms)
        again = any(other.name in AGAIN for other in facts[place:])  # of a handling before the last nothing is known
        if fact.name == "CoHandlerAdded" and not again:
            yield Run(f"co-handling-{said.number}", "co-handling", fact.decided_ms, place, lambda other, said=said:
                      other.name in ENDS | LEADS | {"CaseDecided"} or (other.name == "CoHandlerAnswered" and
                                                                       other.message.number == said.number), said.due_at_ms)


def rests(fact, clock):
    """Whether a pause begins with the fact: of the case, or of the clock alone."""
    return fact.name == "CaseSuspended" or (fact.name == "ClockPaused" and fact.message is not None and fact.message.alone
                                            and fact.message.name == clock)


def breached_at(region, tenant, run, facts):
    """When sla-timer would have had it breached, had it been there; None where no terms tell: it was assessed anew or rested
    before."""
    if run.due:
        return run.due
    seen = [fact for fact in facts if fact.name == "CaseAssessed" and fact.message]
    known = [fact for fact in seen if fact in facts[:run.place + 1]]
    urgency, since = known[-1].message.urgency if known else 0, 0
    for nxt in [*seen[len(known):], None]:
        limit = region.limit_ms(tenant, run.rule, urgency)
        at = None if limit is None else max(run.began + limit, since)
        if at is not None and (nxt is None or nxt.decided_ms > at):
            rested = any(rests(fact, run.clock) and run.began <= fact.decided_ms <= at for fact in facts)
            return None if rested else at
        if nxt is None or not run.counted or nxt.decided_ms == at:
            return None
        urgency, since = nxt.message.urgency, nxt.decided_ms
    return None


def lapses(region, tenant, run):
    """Whether nobody owed anything."""
    rule = region.rule_of(tenant, run.rule, 0)
    return bool(rule and rule.get("lapses"))


def judge_late(run, verdict, case_id, facts):
    """Every clock whose end came too late was armed."""
    tenant = facts[0].tenant
    packs = run.region.packs_of(tenant) if tenant in run.region.institutions else []
    armed = {(fact.message.terms.name, fact.message.terms.started_at_ms) for fact in facts
             if fact.name == "ClockArmed" and fact.message}
    for begun in [*case_runs(packs, facts), *part_runs(facts)]:
        end = next((fact for fact in facts[begun.place + 1:] if begun.ends(fact)), None)
        if end is None or end.decided_ms > run.taken_ms - GRACE_MS or (begun.clock, begun.began) in armed:
            continue
        at = None if lapses(run.region, tenant, begun) else breached_at(run.region, tenant, begun, facts)
        if at is not None and end.decided_ms > at:
            verdict.find("clock-unarmed", case_id, f"{begun.clock} that began at {begun.began} ended late with fact {end.seq}, "
                         f"after {at}, but was never armed")
