"""A case's facts folded again, independently of the ledger: the state after each fact, its version (the ETag), and
when each state could have been seen."""

import hashlib
from dataclasses import dataclass, field, replace

from redress.v1 import types_pb2

STATUS_NAMES = ["none", "received", "triaged", "not-accepted", "redirected", "emergency-transferred", "accepted",
                "resolved-on-spot", "dispatched", "return-requested", "designated", "signed", "investigating", "suspended",
                "decided", "replied", "follow-up", "rework", "closed", "review", "re-review", "final", "withdrawn",
                "terminated", "archived"]
STATUS = {name: number for number, name in enumerate(STATUS_NAMES)}
ENDED = {"none", "not-accepted", "redirected", "closed", "final", "withdrawn", "terminated", "archived"}
NONE, RECEIVED, TRIAGED = range(3)
MOVES = {"CaseRegistered": "received", "CaseNotAccepted": "not-accepted", "CaseRedirected": "redirected",
         "CaseTransferredToEmergency": "emergency-transferred", "CaseAccepted": "accepted",
         "CaseResolvedOnSpot": "resolved-on-spot", "CaseDispatched": "dispatched", "ReturnRequested": "return-requested",
         "CaseDesignated": "designated", "CaseSigned": "signed", "InvestigationStarted": "investigating",
         "CaseSuspended": "suspended", "CaseResumed": "investigating", "CaseDecided": "decided", "CaseReplied": "replied",
         "FollowUpRecorded": "follow-up", "ReworkOrdered": "rework", "CaseClosed": "closed", "CaseReopened": "triaged",
         "ReviewRequested": "review", "FinalReviewRequested": "re-review", "CaseWithdrawn": "withdrawn",
         "CaseTerminated": "terminated", "CaseArchived": "archived"}
URGENT_ALARM, CRISIS_R3 = 1, 4  # numbers of the contract
ALARMS, RESERVED_ALARMS, CRISIS_ALARMS = 18, 6, 3  # the ledger keeps this many; of them for crises and broken glasses
CLOCK_MS = 2  # times are cut to milliseconds, so that a moment may look this much earlier
DISSATISFIED = 2  # REOPEN_GROUND_DISSATISFIED of types.proto
SATISFIED_FROM = 3  # of 5
UNREACHABLE = 2  # VISIT_OUTCOME_UNREACHABLE of types.proto


@dataclass(frozen=True)
class CoHandler:
    """Another unit that answers the lead."""
    number: int
    unit: str
    due_ms: int  # 0: as the policy says
    answered: bool = False
    reported: bool = False


@dataclass(frozen=True)
class Improvement:
    """What a unit is to make better."""
    due_ms: int
    done: bool = False
    owner: str = ""


@dataclass(frozen=True)
class ClockEnd:
    """As much of a clock as commands are judged by."""
    open: bool
    due_ms: int
    started_ms: int
    late: bool = False  # breached


@dataclass(frozen=True)
class State:
    """What staff see of a case after one fact."""
    case_id: str = ""
    tenant: str = ""
    status: int = NONE
    category: str = ""
    subject: str = ""
    urgency: int = 0
    crisis: int = 0
    unit: str = ""
    designated: frozenset = frozenset()  # units that the bureau designated
    returned: frozenset = frozenset()  # units that gave it back in this round
    handler: str = ""
    outcome: int = 0
    rating: int = 0
    ordinal: int = 0
    failed_follow_ups: int = 0
    followed_up: bool = False
    attempts_asked: int = 0
    reviews: int = 0
    termination_requester: str = ""
    situations: str = ""
    extension_clock: str = ""
    hands: frozenset = frozenset()  # who handled, judged or reviewed anything of it
    in_round: frozenset = frozenset()  # who handled or judged it in this round
    barred: frozenset = frozenset()  # who did in a round before, and may not have it again
    judged: frozenset = frozenset()  # who decided it, an allegation or a review
    settled_by: frozenset = frozenset()  # of these not who reviewed it alone
    cluster_id: str = ""
    others: frozenset = frozenset()  # of the cluster
    leads: bool = False  # stands for the cluster in numbers
    turn: int = 0  # sequence of the last fact that moved the case or is what somebody decides on next
    revision: int = 0  # facts about orders, persons, evidence and co-handlers
    orders: dict = field(default_factory=dict)  # open supervision order to whether it was answered
    order_count: int = 0
    region_orders: frozenset = frozenset()  # issued by a rule or staff of the whole region
    order_levels: dict = field(default_factory=dict)  # order to the institution for which its issuer acted
    reviewer: str = ""  # who decided the first review
    replied_ms: int = 0  # the last time
    review_asked_ms: int = 0
    re_review_open_ms: int = 0  # the last time that it could be asked for anew
    re_review_asked_ms: int = 0
    closed_ms: int = 0  # 0: not closed, or taken up again
    erased: bool = False
    conflicts: frozenset = frozenset()  # for whom the case does not exist
    extension_by: str = ""
    extensions: tuple = ()  # (clock, when) of each; those since a run began count for it
    suspensions: int = 0
    resting: dict = field(default_factory=dict)  # name of a clock that rests to whether it does so alone
    pauses_alone: int = 0  # of clocks, by a command of their own
    clocks: dict = field(default_factory=dict)  # name to ClockEnd
    visits: int = 0  # of this crisis, that took place or were declined
    failed_visits: int = 0  # since then
    crisis_ms: int = 0  # when it was confirmed
    mediation: int = 0  # the stage that it is at
    persons: int = 0
    allegations: tuple = ()  # outcome of each, 0: none yet
    evidence: frozenset = frozenset()  # digests
    offered: tuple = ()  # (digest, type, size) of what the complainant offered, the last of a digest counts
    co_handlers: tuple = ()
    improvements: tuple = ()
    alarms: dict = field(default_factory=dict)  # id to whether a person took it
    crises: frozenset = frozenset()  # of these, of a crisis and taken by nobody
    reviews_late: dict = field(default_factory=dict)  # of these, of a review's clock, to the institution that reviews

    def version(self):
        """The entity tag, quoted: everything that a staff command may depend on."""
        waiting = sum(not taken for taken in self.alarms.values())
        parts = [self.case_id, self.status, self.category, self.subject, self.urgency, self.crisis, self.unit,
                 self.handler, self.outcome, self.ordinal, waiting, self.failed_follow_ups, int(self.followed_up),
                 self.reviews,
                 self.termination_requester, self.situations, self.extension_clock, self.revision, self.cluster_id,
                 len(self.others), self.turn]
        return f'"{hashlib.sha256("|".join(map(str, parts)).encode()).hexdigest()[:16]}"'


def registered(state, fact):
    """The first fact of a case."""
    return replace(state, case_id=fact.meta.case_id, tenant=fact.meta.tenant, category=fact.category)


def endangered(state, fact):
    """Visits begin anew."""
    return replace(state, visits=0, failed_visits=0, crisis_ms=fact.meta.decided_at_ms)


def transferred(state, fact):
    """Others were sent for: whoever is in danger is visited from the beginning."""
    return replace(replied(endangered(state, fact), fact), crisis=max(state.crisis, fact.meta.traits.crisis))


def assessed(state, fact):
    """An assessment moves only what was just received."""
    state = endangered(state, fact) if fact.crisis_confirmed else state
    return replace(state, category=fact.category, subject=fact.subject, urgency=fact.urgency, crisis=fact.crisis,
                   situations=fact.situations, status=TRIAGED if state.status == RECEIVED else state.status)


def alarm_places(state):
    """How many more alarms there is room for: free places, and those of alarms that somebody has."""
    return ALARMS - len(state.alarms) + sum(state.alarms.values())


def raised(state, fact):
    """An alarm; where there is no room, it takes the place of the oldest that somebody has."""
    gone = next((alarm for alarm, taken in state.alarms.items() if taken), None) if len(state.alarms) == ALARMS else None
    kept = {alarm: taken for alarm, taken in state.alarms.items() if alarm != gone}
    alarms = kept if len(kept) == ALARMS else {**kept, fact.alarm_id: False}
    crisis = fact.kind == URGENT_ALARM and fact.meta.traits.crisis >= CRISIS_R3 and fact.alarm_id in alarms
    review = fact.clock in ("review", "re_review")
    return replace(state, ordinal=fact.ordinal, alarms=alarms, crises=state.crises | ({fact.alarm_id} if crisis else set()),
                   reviews_late={**state.reviews_late, **({fact.alarm_id: fact.reviewers_of} if review else {})})


def acknowledged(state, fact):
    """A person took an alarm."""
    known = fact.alarm_id in state.alarms
    return replace(state, alarms={**state.alarms, fact.alarm_id: True}, crises=state.crises - {fact.alarm_id}) if known else state


def followed_up(state, fact):
    """Somebody tried to ask the complainant; who is not satisfied has not agreed to a closure."""
    satisfied = fact.solved and (fact.score == 0 or fact.score >= SATISFIED_FROM)
    return replace(state, followed_up=satisfied if fact.reached else state.followed_up,
                   failed_follow_ups=state.failed_follow_ups + (not fact.reached))


def replied(state, fact):
    """Follow-ups are counted from the last reply, or from when others were sent for."""
    return replace(state, followed_up=False, failed_follow_ups=0, attempts_asked=fact.follow_up_attempts)


def review_decided(state, fact):
    """A review closes the case again, the last one for ever."""
    who = fact.meta.actor
    state = replace(state, hands=state.hands | {who}, judged=state.judged | {who})
    opens = not fact.final and fact.result != types_pb2.REVIEW_RESULT_RETURNED
    return replace(state, outcome=fact.outcome or state.outcome, reviews=state.reviews + 1,
                   re_review_open_ms=fact.meta.decided_at_ms if opens else state.re_review_open_ms,
                   status=STATUS["final" if fact.final else "closed"],
                   reviewer=state.reviewer if state.reviews else fact.meta.actor)


def merged(state, fact):
    """It is of one cluster with others, or the lead passed."""
    return replace(state, cluster_id=fact.cluster_id, others=state.others | set(getattr(fact, "with")), leads=fact.leads)


def unmerged(state, fact):
    """It is not, after all."""
    left = state.others - set(fact.without)
    return replace(state, cluster_id=state.cluster_id if left else "", others=left, leads=fact.leads and bool(left))


def handled(state, who):
    """Somebody had a hand in this round of handling."""
    return replace(state, hands=state.hands | {who}, in_round=state.in_round | {who})


def judged(state, who):
    """Somebody decided the case or an allegation of it."""
    return replace(handled(state, who), judged=state.judged | {who}, settled_by=state.settled_by | {who})


def signed(state, fact):
    """Somebody has it."""
    return handled(replace(state, handler=fact.handler), fact.handler)


def investigated(state, fact):
    """Who goes on with a case that nobody has, has it."""
    return handled(replace(state, handler=state.handler or fact.meta.actor), fact.meta.actor)


def begun_again(state, bars):
    """What is handled anew is signed, rated, answered and decided anew; bars: by others than ever before."""
    state = replace(state, barred=state.barred | state.in_round if bars else frozenset(), in_round=frozenset(), returned=frozenset())
    return replace(state, handler="", rating=0, outcome=0, closed_ms=0, termination_requester="", extension_clock="",
                   extension_by="", co_handlers=(), allegations=(0,) * len(state.allegations))


def reworked(state, fact):
    """Back to somebody else."""
    del fact
    return begun_again(state, True)


def reopened(state, fact):
    """Who was not satisfied is answered by somebody else; new facts bar nobody."""
    return begun_again(state, fact.ground == DISSATISFIED)


def unasked(state, clock):
    """No extension of this clock is asked for any more."""
    return replace(state, extension_clock="", extension_by="") if state.extension_clock == clock else state


def armed(state, fact):
    """A run of a clock; what was asked of the run before is forgotten where it begins again."""
    terms, old = fact.terms, state.clocks.get(fact.terms.name)
    again = old and old.started_ms != terms.started_at_ms and (terms.restarted_on or fact.reason == "started")
    state = unasked(state, terms.name) if again else state
    clock = ClockEnd(True, terms.due_at_ms, terms.started_at_ms)
    return replace(awake(state, terms.name), clocks={**state.clocks, terms.name: clock})


def due_at(state, name, due_ms):
    """A clock that ends at another time."""
    clock = state.clocks.get(name)
    return state if clock is None else replace(state, clocks={**state.clocks, name: replace(clock, due_ms=due_ms)})


def awake(state, name):
    """A clock that rests no more."""
    return replace(state, resting={clock: alone for clock, alone in state.resting.items() if clock != name})


def paused(state, fact):
    """A clock rests, with its case or alone; one that rested already has other terms."""
    state = due_at(state, fact.name, fact.terms.due_at_ms)
    if fact.amended:
        return state
    return replace(state, resting={**state.resting, fact.name: fact.alone}, pauses_alone=state.pauses_alone + fact.alone)


def ended(state, name, late=False):
    """A clock is over, and what was asked of it."""
    state, clock = awake(unasked(state, name), name), state.clocks.get(name)
    return state if clock is None else replace(state, clocks={**state.clocks, name: replace(clock, open=False, late=late)})


def visit_of(name):
    """Which visit a clock waits for; 0: none."""
    return int(name.removeprefix("follow_up_")) if name.startswith("follow_up_") else 0


def breached(state, fact):
    """A clock is late. Each late visit is tried as often: attempts so far were at one that was late before."""
    before = any(0 < visit_of(name) < visit_of(fact.name) and clock.late and clock.due_ms >= state.crisis_ms and visit_of(name) > state.visits
                 for name, clock in state.clocks.items())
    return replace(ended(state, fact.name, late=True), failed_visits=0 if before else state.failed_visits)


def visited(state, fact):
    """Somebody looked after whom a crisis had; an unreachable one is still due."""
    if fact.outcome == UNREACHABLE:
        return replace(state, failed_visits=state.failed_visits + 1)
    return replace(state, visits=fact.number, failed_visits=0)


def extension_decided(state, fact):
    """The run is longer, or not."""
    state = replace(state, extension_clock="", extension_by="")
    if not fact.granted:
        return state
    extensions = (*state.extensions, (fact.clock, fact.meta.decided_at_ms))
    return due_at(replace(state, extensions=extensions), fact.clock, fact.due_at_ms)


def is_extended(state, name):
    """Whether the run that a clock is in was given more time."""
    clock = state.clocks.get(name)
    return any(extended == name and clock and at >= clock.started_ms for extended, at in state.extensions)


def ordered(state, fact):
    """A supervision order."""
    regions = state.region_orders | {fact.order} if fact.by_region else state.region_orders
    return replace(state, orders={**state.orders, fact.order: False}, order_count=state.order_count + 1, region_orders=regions,
                   order_levels={**state.order_levels, fact.order: fact.acting_for})


def allegation_decided(state, fact):
    """What was found of one allegation."""
    state = judged(state, fact.meta.actor)
    return replace(state, allegations=tuple(fact.outcome if place == fact.allegation else outcome for place, outcome
                                            in enumerate(state.allegations, 1)))


def co_handler_added(state, fact):
    """Another unit answers too; one that led meanwhile is asked again."""
    asked = CoHandler(fact.number, fact.unit, fact.due_at_ms)
    kept = tuple(asked if at.number == fact.number else at for at in state.co_handlers)
    return replace(state, co_handlers=kept if asked in kept else kept + (asked,))


def co_handler_did(**done):
    """It reported, or answered."""
    def fold(state, fact):
        return replace(state, co_handlers=tuple(replace(at, **done) if at.number == fact.number else at
                                                for at in state.co_handlers))
    return fold


def given(state, fact):
    """The case is this unit's, and nobody's of it yet."""
    return replace(state, unit=fact.unit, handler="")


def owes(state, co_handler):
    """Whether a co-handler's answer is missing: while its unit leads, it owes none to itself."""
    return not co_handler.answered and co_handler.unit != state.unit


def in_conflict(state, subject):
    """Somebody may not know of the case, nor handle it."""
    return replace(state, conflicts=state.conflicts | {subject}, handler="" if state.handler == subject else state.handler)


def person_concerned(state, fact):
    """Who is named in a case does not see it."""
    state = replace(state, persons=state.persons + 1)
    return in_conflict(state, fact.staff_code) if fact.staff_code else state


def improvement_done(state, fact):
    """One of them is made."""
    return replace(state, improvements=tuple(replace(at, done=at.done or place == fact.improvement) for place, at
                                             in enumerate(state.improvements, 1)))


PARTS = {"SupervisionOrdered", "SupervisionAnswered", "SupervisionLifted", "PersonConcerned", "AllegationRaised",
         "AllegationDecided", "AuthorityRecorded", "TeamFormed", "EvidenceRegistered", "CoHandlerAdded", "CoHandlerAnswered",
         "StageReported", "FollowUpVisited", "ImprovementOpened", "ImprovementDone",
         "MediationRecorded"}


def rests_alone(fact):
    """Whether a pause of a clock alone begins or ends with the fact."""
    return fact.name in ("ClockPaused", "ClockArmed") and fact.message.alone and not getattr(fact.message, "amended", False)


TURNS = {"CaseAssessed", "ExtensionRequested", "ExtensionDecided", "TerminationRequested", "RevealRequested", "RevealApproved",
         "ReviewDecided"}


FOLDS = {
    "CaseRegistered": registered,
    "MediationRecorded": lambda state, fact: replace(state, mediation=fact.stage),
    "CaseAssessed": assessed,
    "CaseDispatched": given,
    "CaseDesignated": lambda state, fact: replace(given(state, fact), designated=state.designated | {fact.unit}),
    "ReturnRequested": lambda state, fact: replace(state, returned=state.returned | {fact.unit}),
    "CaseReplied": lambda state, fact: replace(
        replied(state, fact), replied_ms=fact.meta.decided_at_ms,
        re_review_open_ms=fact.meta.decided_at_ms if state.reviews == 1 else state.re_review_open_ms),
    "CaseClosed": lambda state, fact: replace(state, closed_ms=fact.meta.decided_at_ms),
    "FinalReviewRequested": lambda state, fact: replace(state, re_review_asked_ms=fact.meta.decided_at_ms),
    "ReviewRequested": lambda state, fact: replace(state, review_asked_ms=fact.meta.decided_at_ms),
    "ConflictDeclared": lambda state, fact: in_conflict(state, fact.staff),
    "ContentErased": lambda state, fact: replace(state, erased=True),
    "CaseTransferredToEmergency": transferred,
    "FollowUpRecorded": followed_up,
    "ReworkOrdered": reworked,
    "CaseReopened": reopened,
    "ReviewDecided": review_decided,
    "TerminationRequested": lambda state, fact: replace(state, termination_requester=fact.meta.actor),
    "CaseSigned": signed,
    "InvestigationStarted": investigated,
    "CaseResolvedOnSpot": lambda state, fact: judged(state, fact.meta.actor),
    "CaseDecided": lambda state, fact: judged(replace(state, outcome=fact.outcome), fact.meta.actor),
    "FeedbackRecorded": lambda state, fact: replace(state, rating=fact.overall, followed_up=True),
    "ExtensionRequested": lambda state, fact: replace(state, extension_clock=fact.clock, extension_by=fact.meta.actor),
    "ExtensionDecided": extension_decided,
    "ClockArmed": armed,
    "ClockPaused": paused,
    "ClockBreached": breached,
    "FollowUpVisited": visited,
    "ClockStopped": lambda state, fact: ended(state, fact.name),
    "CaseSuspended": lambda state, fact: replace(state, suspensions=state.suspensions + 1),
    "CaseMerged": merged,
    "CaseUnmerged": unmerged,
    "RepeatRecognised": lambda state, fact: state,
    "AlarmRaised": raised,
    "AlarmAcknowledged": acknowledged,
    "SupervisionOrdered": ordered,
    "SupervisionAnswered": lambda state, fact: replace(state, orders={**state.orders, fact.order: True}),
    "SupervisionLifted": lambda state, fact: replace(state, orders={order: answered for order, answered
                                                                    in state.orders.items() if order != fact.order}),
    "PersonConcerned": person_concerned,
    "AllegationRaised": lambda state, fact: replace(state, allegations=state.allegations + (0,)),
    "AllegationDecided": allegation_decided,
    "EvidenceOffered": lambda state, fact: replace(state, offered=state.offered + ((fact.sha256, fact.media_type, fact.size),)),
    "EvidenceRegistered": lambda state, fact: replace(state, evidence=state.evidence | {fact.sha256}),
    "CoHandlerAdded": co_handler_added,
    "CoHandlerAnswered": co_handler_did(answered=True),
    "StageReported": co_handler_did(reported=True),
    "ImprovementOpened": lambda state, fact: replace(state, improvements=state.improvements + (Improvement(fact.due_at_ms, owner=fact.owner),)),
    "ImprovementDone": improvement_done,
}


def moves(fact, before):
    """Whether a fact moves its case by its kind alone. Of one that is in hand already an emergency is told, and it stays."""
    return fact.name in MOVES and (fact.name != "CaseTransferredToEmergency" or before.status in (NONE, RECEIVED, TRIAGED))


def apply(state, fact):
    """The state after one fact."""
    if fact.message is None:
        return state
    if moves(fact, state):
        state = replace(state, status=STATUS[MOVES[fact.name]])
    if fact.name in MOVES or fact.name in TURNS:
        state = replace(state, turn=fact.message.meta.sequence)
    if fact.name in PARTS or rests_alone(fact):
        state = replace(state, revision=state.revision + 1)
    state = FOLDS[fact.name](state, fact.message) if fact.name in FOLDS else state
    return replace(state, termination_requester="") if STATUS_NAMES[state.status] in ENDED else state


def move_of(fact, before, after):
    """From where to where a fact says that it moves its case; nothing where it moves it nowhere."""
    moved = moves(fact, before) or fact.name == "ReviewDecided" or (fact.name == "CaseAssessed" and before.status == RECEIVED)
    names = STATUS_NAMES[before.status] if before.status else "", STATUS_NAMES[after.status]
    return names if moved else ("", "")


class History:
    """states[n] is the state after the fact with sequence n; states[0] is before the case existed."""

    def __init__(self, facts):
        self.facts = facts
        self.states = [State()]
        for fact in facts:
            self.states.append(apply(self.states[-1], fact))
        self.committed_by = self.latest_commits()

    def latest_commits(self):
        """For each sequence, a moment by which it was committed: a later decision held its row's lock."""
        bounds = [0.0] + [float("inf")] * len(self.facts)
        for place in range(len(self.facts) - 2, -1, -1):
            following = self.facts[place + 1]
            same = following.cause_id == self.facts[place].cause_id
            bounds[place + 1] = bounds[place + 2] if same else following.decided_ms
        return bounds

    def saw(self, sequence, moment_ms):
        """An answer showed this sequence at this moment."""
        for number in range(1, min(sequence, len(self.facts)) + 1):
            self.committed_by[number] = min(self.committed_by[number], moment_ms)

    def decided(self, number):
        """When the fact with this sequence was decided, in milliseconds."""
        return self.facts[number - 1].decided_ms if number else 0.0

    def possible(self, begin, end):
        """Numbers of the states that a request between these moments (seconds) may have met."""
        last = len(self.facts)
        return [number for number in range(last + 1)
                if self.decided(number) <= end * 1000 + CLOCK_MS
                and (number == last or self.committed_by[number + 1] >= begin * 1000 - CLOCK_MS)]
