"""Each clock that fell due fired exactly once in effect: never before its time, never after it was stopped, and every
case has the clocks that its policy promises."""

import math
from dataclasses import dataclass

from late_clocks import judge_late
from history import STATUS, UNREACHABLE, History
from owed_clocks import AFTER_REPLY, GRACE_MS, judge_owed, milestones

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
    rested_by: str = ""  # what caused that: whoever arms it late knows that its case rested, and runs on
    stops_on: str = ""
    lapses: bool = False
    displaced: bool = False  # no rule lets it run, until one does
    changed: bool = False  # this run was paused or extended
    armed: int = 0  # place of the fact that tells its terms
    cause: str = ""  # of its arming

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
        self.received_at, self.closed = 0, False
        self.assessed, self.moved = 0, 0  # places of the last assessment, and of the last that made another case of it

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
        rested = old is not None and old.rested_by == fact.cause_id
        if message.reason == "resumed" and fact.actor == "sla-timer" and not rested and (old is None or fact.decided_ms < old.until):
            self.find("clock-early", f"{terms.name} ran again of itself at fact {fact.seq}, before its cap was used up")
        self.judge_overtaken(fact, message, old)
        told = old.warned if old and terms.started_at_ms == old.started_at else 0
        if terms.warns_passed > told:
            self.find("clock-history", f"{terms.name} at fact {fact.seq} counts {terms.warns_passed} warnings, but {told} were told")
        same = old and terms.started_at_ms == old.started_at
        self.clocks[terms.name] = Clock(terms.name, terms.version, warns_of(terms), terms.due_at_ms,
                                         terms.started_at_ms, terms.warns_passed, stops_on=terms.stops_on, lapses=terms.lapses,
                                         changed=bool(same and old.changed), armed=fact.seq, cause=fact.cause_id)

    def judge_overtaken(self, fact, message, old):
        """Terms of before the last assessment say of which run, so that it is counted by what the case is now."""
        terms = message.terms
        counted = terms.policy_version and terms.stops_on not in PROMISES and not terms.name.startswith("escalation-")
        plain = terms.started_at_ms == self.received_at and not self.closed and not (old and old.changed)
        if counted and not plain and 0 < terms.based_on < self.assessed and not message.HasField("run"):
            self.find("clock-overtaken", f"{terms.name} at fact {fact.seq} follows from fact {terms.based_on}, though the case "
                      f"was assessed at {self.assessed}, and nobody is told to count it again")

    def on_registered(self, _fact, message):
        """What counts from the reception is counted by each assessment itself."""
        self.received_at = message.received_at_ms

    def on_assessed(self, fact, message):
        """The case may be another one."""
        self.assessed = fact.seq
        if message.HasField("before") and message.before != message.meta.traits:
            self.moved = fact.seq

    def on_closed(self, _fact, _message):
        """Nothing counts from the reception any more."""
        self.closed = True

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
        """The due time; of one that rests, only where the case ends or goes on without it."""
        self.breach(fact, self.fire(fact, message.name, message.version, (RUNNING, WARNED, PAUSED)))

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
            clock.changed, clock.armed, clock.rested_by = True, fact.seq, fact.cause_id

    def on_amended(self, fact, message):
        """From what to what; the pause stays."""
        clock = self.clocks.get(message.name)
        told = clock and (clock.state, clock.version + 1, clock.until, clock.due_at)
        if told != (PAUSED, message.version, message.until_ms, message.previous_due_at_ms):
            self.find("clock-history", f"{message.name} was amended while it rested at fact {fact.seq}, but was {told}")
            return
        clock.version, clock.due_at, clock.armed = message.version, message.terms.due_at_ms, fact.seq

    def on_extended(self, fact, message):
        """A clock that rests is longer from now on; one that runs is armed again. Longer than by the rules of before an
        assessment that it was not yet armed by again, it need not be."""
        clock = self.clocks.get(message.clock)
        if not message.granted or clock is None:
            return
        shorter = message.due_at_ms <= clock.due_at and self.moved <= clock.armed
        if message.previous_due_at_ms != clock.due_at or shorter or not clock.is_open:
            self.find("clock-history", f"{clock.name}, due at {clock.due_at}, was extended from {message.previous_due_at_ms} "
                      f"to {message.due_at_ms} at fact {fact.seq}")
        clock.changed = True
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
        silent = message.displaced or clock.lapses or clock.name.startswith("escalation-")
        known = clock.runs or clock.armed > self.assessed  # what rests was given no other terms since
        if known and not silent and 0 < clock.due_at < fact.decided_ms:
            self.find("clock-missed", f"{clock.name}, due at {clock.due_at}, is stopped at fact {fact.seq} as if it were in time")
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
        """Notes when it fired. One that is armed as it is breached was late before."""
        self.judge_superseded(fact, None if clock and clock.cause and clock.cause == fact.cause_id else clock)
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


HANDLERS = {"CaseRegistered": CaseClocks.on_registered, "CaseAssessed": CaseClocks.on_assessed,
            "CaseClosed": CaseClocks.on_closed, "ClockArmed": CaseClocks.on_armed, "ClockWarned": CaseClocks.on_warned,
            "ClockBreached": CaseClocks.on_breached, "CaseEscalated": CaseClocks.on_escalated,
            "ClockStopped": CaseClocks.on_stopped, "ClockPaused": CaseClocks.on_paused,
            "ExtensionDecided": CaseClocks.on_extended, "CaseReplied": CaseClocks.on_replied,
            "FollowUpVisited": CaseClocks.on_visited,
            "ReworkOrdered": CaseClocks.on_again, "CaseReopened": CaseClocks.on_again}
PROMISES = {"progress_told", "visit_done"}


def judge_pauses(run, verdict, past):
    """A case that is found to be what may not rest on its ground runs on with that very assessment, and no other does."""
    ground = ""
    for before, fact in zip(past.states, past.facts):
        if fact.message is None:
            continue
        ground = fact.message.ground if fact.name == "CaseSuspended" else ground
        if fact.name != "CaseAssessed" or before.status != STATUS["suspended"]:
            continue
        runs_on = any(other.name == "CaseResumed" and other.cause_id == fact.cause_id for other in past.facts)
        if runs_on == run.region.may_wait(before.tenant, ground, fact.message.urgency):
            verdict.find("pause-differs", fact.case_id, f"assessed at fact {fact.seq} it {'runs on' if runs_on else 'rests'}, but by "
                         f"the rule for P{fact.message.urgency} it {'may' if runs_on else 'may not'} wait for {ground}")


def judge_pauses_alone(run, verdict, past):
    """Likewise a clock that rests alone, by its own rule."""
    grounds = {}
    for before, fact in zip(past.states, past.facts):
        if fact.name == "ClockPaused" and fact.message and fact.message.alone:
            grounds[fact.message.name] = fact.message.ground
        if fact.name != "CaseAssessed" or fact.message is None:
            continue
        for clock in (name for name, alone in before.resting.items() if alone and before.clocks[name].due_ms >= fact.decided_ms):
            runs_on = any(other.name == "ClockArmed" and other.cause_id == fact.cause_id and other.message.clock == clock
                          for other in past.facts if other.message)
            if run.region.may_wait_alone(before.tenant, clock, grounds[clock], fact.message.urgency) is runs_on:
                verdict.find("pause-differs", fact.case_id, f"assessed at fact {fact.seq} its {clock} alone "
                             f"{'runs on' if runs_on else 'rests'}, which its rule for P{fact.message.urgency} has otherwise")


def owed_by(state, clock):
    """The co-handler or improvement's owner whose clock it is, whoever has the case; None for a clock of the case."""
    kind, _, number = clock.rpartition("-")
    if kind == "co-handling":
        return next((at.unit for at in state.co_handlers if at.number == int(number)), None)
    if kind == "improvement" and int(number) <= len(state.improvements):
        return state.improvements[int(number) - 1].owner
    return None


def judge_addressed(verdict, past):
    """Who owes what a clock waits for is warned and alarmed of it, and it is their ladder that the alarm climbs."""
    alarmed = {}
    for before, fact in zip(past.states, past.facts):
        if fact.message is None or fact.name not in ("ClockWarned", "AlarmRaised", "CaseEscalated"):
            continue
        owner = owed_by(before, fact.message.name if fact.name == "ClockWarned" else fact.message.clock)
        if fact.name == "AlarmRaised":
            alarmed[fact.message.ordinal] = owner
        owner = alarmed.get(fact.message.ordinal) if fact.name == "CaseEscalated" else owner
        if owner is not None and fact.message.unit != owner:
            verdict.find("told-elsewhere", fact.case_id, f"{fact.name} at fact {fact.seq} is told to {fact.message.unit}, but {owner} owes it")


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
        judge_owed(run, verdict, case_id, facts)
        judge_late(run, verdict, case_id, facts)
        judge_pauses(run, verdict, History(facts))
        judge_pauses_alone(run, verdict, History(facts))
        judge_addressed(verdict, History(facts))
        fired += clocks.fired
        overtaken += clocks.overtaken
    windows = fault_windows(run)
    calm = [at - due for due, at in fired if not any(due <= end and at >= begin for begin, end in windows)]
    verdict.count("clock_lateness_ms", distribution([at - due for due, at in fired]))
    verdict.count("clock_lateness_outside_faults_ms", distribution(calm))
    verdict.count("warnings_overtaken_by_breach", overtaken)
