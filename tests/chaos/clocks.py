"""Each clock that fell due fired exactly once in effect: never before its time, never after it was stopped, and every
case has the clocks that its policy promises."""

import math
from dataclasses import dataclass

from history import UNREACHABLE

GRACE_MS = 10_000  # what fell due this shortly before the snapshot may still fire: a sweep comes every 5 s
RUNNING, WARNED, BREACHED, STOPPED, PAUSED = "running", "warned", "breached", "stopped", "paused"


@dataclass
class Clock:
    """One clock of a case as the facts so far say."""
    name: str
    version: int
    warns: list  # warn points, milliseconds, in order
    due_at: int
    started_at: int = 0
    warned: int = 0  # how many of them have passed
    state: str = RUNNING
    until: int = 0  # paused: it runs again of itself then
    stops_on: str = ""
    displaced: bool = False  # no rule lets it run, until one does

    @property
    def runs(self):
        """Armed, and neither breached nor stopped."""
        return self.state in (RUNNING, WARNED)

    @property
    def next_warn(self):
        """The warn point that comes next; None after the last."""
        return self.warns[self.warned] if self.warned < len(self.warns) else None

    @property
    def is_open(self):
        """It runs or rests."""
        return self.runs or self.state == PAUSED


def warns_of(terms):
    """All warn points of the terms, in order."""
    return [terms.warn_at_ms, *terms.later_warns_at_ms] if terms.warn_at_ms else []


class CaseClocks:
    """Follows one case's clocks through its facts and says where a rule broke."""

    def __init__(self, verdict, case_id):
        self.verdict, self.case_id = verdict, case_id
        self.clocks, self.fired = {}, []  # fired: (due, fired at), milliseconds
        self.replied_at, self.again = 0, False  # the last reply, and whether the case is handled again since
        self.overtaken = 0
        self.reached = set()  # milestones so far
        self.visit = ""  # what caused the last one that took place or was declined

    def find(self, rule, what):
        """A broken rule of this case."""
        self.verdict.find(rule, self.case_id, what)

    def on_armed(self, fact, message):
        """New terms: the version counts up, and a breached clock is not armed again but for another run."""
        terms, old = message.terms, self.clocks.get(message.terms.name)
        if terms.version != (old.version + 1 if old else 1):
            self.find("clock-version", f"{terms.name} armed as version {terms.version} at fact {fact.seq}")
        escalation = terms.name.startswith("escalation-")
        again = old and (message.reason == "assessed" if old.displaced else message.reason == "reopened")
        if old and not old.is_open and terms.started_at_ms <= old.started_at and not escalation and not again:
            self.find("clock-reset", f"{terms.name} was {old.state} and runs again at fact {fact.seq}")
        same_run = old and old.is_open and terms.started_at_ms == old.started_at and not escalation
        if same_run and message.previous_due_at_ms != old.due_at:
            self.find("clock-history", f"{terms.name} at fact {fact.seq} says that it was due at "
                      f"{message.previous_due_at_ms} before, but that was {old.due_at}")
        if message.reason == "amended" and min(message.previous_due_at_ms, terms.due_at_ms) <= fact.decided_ms:
            self.find("clock-past", f"{terms.name} was amended at fact {fact.seq} though one of its due times had passed")
        if message.reason == "resumed" and fact.actor == "sla-timer" and (old is None or fact.decided_ms < old.until):
            self.find("clock-early", f"{terms.name} ran again of itself at fact {fact.seq}, before its cap was used up")
        told = old.warned if old and terms.started_at_ms == old.started_at else 0
        if terms.warns_passed > told:
            self.find("clock-history", f"{terms.name} at fact {fact.seq} counts {terms.warns_passed} warnings, but {told} were told")
        self.clocks[terms.name] = Clock(terms.name, terms.version, warns_of(terms), terms.due_at_ms,
                                         terms.started_at_ms, terms.warns_passed, stops_on=terms.stops_on)

    def on_replied(self, fact, _message):
        """Follow-up, closure and review may come."""
        self.replied_at, self.again = fact.decided_ms, False

    def on_again(self, _fact, _message):
        """They may not, before another reply."""
        self.again = True

    def judge_superseded(self, fact, clock):
        """In a rework nobody is held to what only another reply leads to."""
        if clock and self.again and clock.stops_on in AFTER_REPLY and clock.started_at >= self.replied_at:
            self.find("clock-after-stop", f"{fact.name} at fact {fact.seq}: {clock.name} waits for {clock.stops_on} in a rework")

    def on_warned(self, fact, message):
        """A warn point: each once, one after the other."""
        clock = self.fire(fact, message.name, message.version, (RUNNING, WARNED))
        self.judge_superseded(fact, clock)
        if clock is None:
            return
        due = clock.next_warn
        if due is None or message.ordinal != clock.warned + 1:
            self.find("clock-twice", f"{clock.name} version {clock.version} warned of point {message.ordinal} at fact "
                      f"{fact.seq}, after {clock.warned} of {len(clock.warns)}")
        elif fact.decided_ms < due:
            self.find("clock-early", f"{clock.name} warned {due - fact.decided_ms} ms before its time")
        clock.warned += 1
        clock.state = WARNED
        if message.next_warn_at_ms != (clock.next_warn or 0):
            self.find("clock-history", f"{clock.name} at fact {fact.seq} says that {message.next_warn_at_ms} is the next "
                      f"warn point, but that is {clock.next_warn}")

    def on_breached(self, fact, message):
        """The due time."""
        self.breach(fact, self.fire(fact, message.name, message.version, (RUNNING, WARNED)))

    def on_escalated(self, fact, message):
        """A rung: its clock bears the rung as version."""
        self.breach(fact, self.fire(fact, f"escalation-{message.ordinal}", message.level, (RUNNING, WARNED)))

    def on_paused(self, fact, message):
        """It rests, until the cap at the latest; a clock that rests may get other terms, as another version."""
        if message.amended:
            self.on_amended(fact, message)
            return
        clock = self.fire(fact, message.name, message.version, (RUNNING, WARNED))
        if clock is not None:
            clock.state, clock.until, clock.due_at = PAUSED, message.until_ms, message.terms.due_at_ms

    def on_amended(self, fact, message):
        """From what to what; the pause stays."""
        clock = self.clocks.get(message.name)
        told = clock and (clock.state, clock.version + 1, clock.until, clock.due_at)
        if told != (PAUSED, message.version, message.until_ms, message.previous_due_at_ms):
            self.find("clock-history", f"{message.name} was amended while it rested at fact {fact.seq}, but was {told}")
            return
        clock.version, clock.due_at = message.version, message.terms.due_at_ms

    def on_extended(self, fact, message):
        """A clock that rests is longer from now on; one that runs is armed again."""
        clock = self.clocks.get(message.clock)
        if not message.granted or clock is None:
            return
        if message.previous_due_at_ms != clock.due_at or message.due_at_ms <= clock.due_at or not clock.is_open:
            self.find("clock-history", f"{clock.name}, due at {clock.due_at}, was extended from {message.previous_due_at_ms} "
                      f"to {message.due_at_ms} at fact {fact.seq}")
        if clock.state == PAUSED:
            clock.due_at = message.due_at_ms

    def on_stopped(self, fact, message):
        """In time, or nothing left to wait for."""
        clock = self.clocks.get(message.name)
        if clock is None or not clock.is_open:
            self.find("clock-stopped-twice", f"{message.name} is stopped at fact {fact.seq}, but did not run")
            return
        if clock.stops_on == "visit_done" and fact.cause_id != self.visit:
            self.find("visit-silenced", f"{clock.name} is stopped at fact {fact.seq}, but nobody visited")
        if message.lapsed:
            self.judge_superseded(fact, clock)
        if message.lapsed and fact.decided_ms < clock.due_at:
            self.find("clock-early", f"{clock.name} lapsed {clock.due_at - fact.decided_ms} ms before its time")
        if message.displaced and message.begins_on and message.begins_on in self.reached:
            self.find("clock-displaced", f"{clock.name} ended at fact {fact.seq} because its rule begins with "
                      f"{message.begins_on}, which was reached before")
        clock.state, clock.displaced = STOPPED, message.displaced

    def on_visited(self, fact, message):
        """One visit; an unreachable one is still due."""
        self.visit = self.visit if message.outcome == UNREACHABLE else fact.cause_id

    def fire(self, fact, name, version, allowed):
        """The clock that may fire now; else says what is wrong."""
        clock = self.clocks.get(name)
        if clock is None or clock.version != version:
            self.find("clock-unknown", f"{fact.name} at fact {fact.seq} for {name} version {version}, which does not run")
        elif clock.state == STOPPED:
            self.find("clock-after-stop", f"{fact.name} at fact {fact.seq}: {name} had been stopped")
        elif clock.state not in allowed:
            self.find("clock-twice", f"{fact.name} at fact {fact.seq}: {name} version {version} was {clock.state} already")
        else:
            return clock
        return None

    def breach(self, fact, clock):
        """Notes when it fired."""
        self.judge_superseded(fact, clock)
        if clock is None:
            return
        if fact.decided_ms < clock.due_at:
            self.find("clock-early", f"{clock.name} fired {clock.due_at - fact.decided_ms} ms before its time")
        self.overtaken += clock.next_warn is not None
        clock.state = BREACHED
        self.fired.append((clock.due_at, fact.decided_ms))

    def judge_missed(self, taken_ms):
        """At the end nothing that was due may still wait."""
        for clock in self.clocks.values():
            if clock.state == PAUSED and clock.until < taken_ms - GRACE_MS:
                self.find("clock-missed", f"{clock.name} version {clock.version} rests though its cap is used up")
            elif clock.runs and clock.due_at < taken_ms - GRACE_MS:
                self.find("clock-missed", f"{clock.name} version {clock.version} was due and never fired")
            elif clock.runs and clock.next_warn and clock.next_warn < taken_ms - GRACE_MS:
                self.find("clock-missed", f"{clock.name} version {clock.version} should have warned and never did")


HANDLERS = {"ClockArmed": CaseClocks.on_armed, "ClockWarned": CaseClocks.on_warned,
            "ClockBreached": CaseClocks.on_breached, "CaseEscalated": CaseClocks.on_escalated,
            "ClockStopped": CaseClocks.on_stopped, "ClockPaused": CaseClocks.on_paused,
            "ExtensionDecided": CaseClocks.on_extended, "CaseReplied": CaseClocks.on_replied,
            "FollowUpVisited": CaseClocks.on_visited,
            "ReworkOrdered": CaseClocks.on_again, "CaseReopened": CaseClocks.on_again}
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
            if start in names and stop not in later and not ended and not (again and stop in AFTER_REPLY):
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


def fault_windows(run):
    """Times (ms) from a fault's beginning until everything was seen ready again, over all faults that came between."""
    ready = {line["fault"]: line["ready_after_seconds"] for line in run.recovery}
    windows, begin, end = [], None, 0.0
    for number, fault in enumerate(run.faults):
        begin = fault["at"] if begin is None else begin
        end = max(end, fault.get("until") or fault["at"])
        if ready.get(number) is not None:
            windows.append((begin * 1000, (end + ready[number]) * 1000))
            begin = None
    return windows + ([(begin * 1000, math.inf)] if begin is not None else [])


def distribution(values):
    """Nearest ranks, in milliseconds."""
    ordered = sorted(values)
    if not ordered:
        return {"count": 0}

    def at(part):
        return ordered[math.ceil(part * len(ordered)) - 1]
    return {"count": len(ordered), "p50": at(0.5), "p90": at(0.9), "p99": at(0.99), "max": ordered[-1]}


def judge_clocks(run, verdict):
    """Every case's clocks; lateness as a distribution, also without what fell into a fault."""
    fired, overtaken = [], 0
    for case_id, facts in run.cases.items():
        clocks = CaseClocks(verdict, case_id)
        for fact in facts:
            clocks.reached |= milestones(fact)
            if fact.name in HANDLERS and fact.message is not None:
                HANDLERS[fact.name](clocks, fact, fact.message)
        clocks.judge_missed(run.taken_ms)
        judge_armed(run, verdict, case_id, facts)
        judge_orders(run, verdict, case_id, facts)
        judge_co_handlers(run, verdict, case_id, facts)
        judge_improvements(run, verdict, case_id, facts)
        fired += clocks.fired
        overtaken += clocks.overtaken
    windows = fault_windows(run)
    calm = [at - due for due, at in fired if not any(due <= end and at >= begin for begin, end in windows)]
    verdict.count("clock_lateness_ms", distribution([at - due for due, at in fired]))
    verdict.count("clock_lateness_outside_faults_ms", distribution(calm))
    verdict.count("warnings_overtaken_by_breach", overtaken)
