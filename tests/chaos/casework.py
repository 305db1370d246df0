"""Staff commands, as the regulation and the design have them: what each makes true, from which states, who may give it,
what else must hold, and which refusal is right when."""

from collections import Counter
from dataclasses import dataclass

import history
from identity import milliseconds
from redress.v1 import types_pb2

ENDED = history.ENDED
OPEN = set(history.STATUS_NAMES) - ENDED
ANY = set(history.STATUS_NAMES) - {"none"}
KEPT = ANY - {"archived"}
NEW = {"received", "triaged"}
REPLIED = {"replied", "follow-up"}
BEGUN = {"signed", "investigating"}
IN_HAND = {"dispatched", "return-requested", "designated", "signed", "investigating", "suspended"}
UNDECIDED = NEW | {"emergency-transferred", "accepted", "rework"} | IN_HAND
SUPERVISED = OPEN - {"review", "re-review"} | {"not-accepted"}

CASEWORK = {"operator", "handler", "supervisor"}
DESK = {"operator", "supervisor"}
HANDLER, SUPERVISOR, REVIEWER = {"handler"}, {"supervisor"}, {"reviewer"}
DECIDERS = CASEWORK | REVIEWER | {"administrator"}

ORDERS, OWN_ORDERS, LEVEL_ORDERS, CO_HANDLERS, IMPROVEMENTS, HANDS, DESIGNATIONS = 16, 8, 4, 8, 8, 24, 8  # most of a case
VISIT_ATTEMPTS = 3  # this region's packs name no other number
IN_MEDIATION = {1, 2}  # requested, accepted
DUE_MOST_MS = 730 * 86_400_000
# After which stages of a mediation (types.proto, 0: none) one can come.
STAGES = {"requested": {0, 3, 4, 5}, "accepted": {1}, "declined": {1}, "agreed": {2}, "failed": {1, 2}}
PROCEDURES = {"mediation", "review", "re_review"}  # whose clocks rest alone
REVIEW_MS = 30 * 86_400_000  # where no pack names a time for reviews


@dataclass(frozen=True)
class Rule:
    """One command."""
    fact: str
    states: set
    roles: set = frozenset(CASEWORK)
    unit: bool = False  # a handler must be of the unit that has the case
    guards: tuple = ()
    said: tuple = ()  # (field of the body, field of the fact) that are the same
    outside: bool = False  # for those who can't see the case, nor its version
    owner: bool = False  # or of the one that owns the improvement


def same(name):
    """A field that the fact says as the body does."""
    return (name, name)


HANDLES = ("handled-before", "too-many-hands")
RULES = {
    "accept": Rule("CaseAccepted", NEW | {"emergency-transferred"}, said=same("note")),
    "refuse": Rule("CaseNotAccepted", NEW, DESK, said=same("right_route")),
    "redirect": Rule("CaseRedirected", NEW, DESK, guards=("supervised",), said=same("authority")),
    "transfer-emergency": Rule("CaseTransferredToEmergency", KEPT, guards=("erased",), said=same("service")),
    "resolve-on-spot": Rule("CaseResolvedOnSpot", {"accepted"}, guards=(*HANDLES, "allegation-undecided"), said=same("resolution")),
    "dispatch": Rule("CaseDispatched", {"accepted", "dispatched", "return-requested", "rework", "suspended"} | BEGUN, DESK,
                     guards=("handled",), said=same("unit")),
    "request-return": Rule("ReturnRequested", {"dispatched"}, HANDLER, True, ("designated-before",), same("reason")),
    "designate": Rule("CaseDesignated", {"dispatched", "return-requested", "designated"}, SUPERVISOR, guards=("bureau-decides",), said=same("unit")),
    "sign": Rule("CaseSigned", {"dispatched", "designated", "rework"}, HANDLER, True, HANDLES),
    "investigate": Rule("InvestigationStarted", {"signed"}, HANDLER, True, HANDLES),
    "suspend": Rule("CaseSuspended", {"investigating"}, HANDLER, True, ("handled-before",), said=same("ground")),
    "resume": Rule("CaseResumed", {"suspended"}, HANDLER, True, ("handled-before",), said=same("note")),
    "decide": Rule("CaseDecided", {"signed", "investigating"}, HANDLER, True, (*HANDLES, "allegation-undecided"), same("findings")),
    "reply": Rule("CaseReplied", {"decided", "resolved-on-spot"}, HANDLER | SUPERVISOR, True, ("handled-before",), said=same("reply")),
    "follow-up": Rule("FollowUpRecorded", REPLIED | {"emergency-transferred"}, DESK, said=same("note")),
    "rework": Rule("ReworkOrdered", REPLIED | {"closed"}, SUPERVISOR, guards=("erased", "review-of-region"), said=same("reason")),
    "close": Rule("CaseClosed", REPLIED, DESK, guards=("no-follow-up", "supervised", "visits-due", "crisis-alarm-open", "in-mediation"),
                  said=same("note")),
    "reopen": Rule("CaseReopened", {"closed", "not-accepted"}, DESK, guards=("erased", "review-of-region"), said=same("reason")),
    "review": Rule("ReviewRequested", {"closed"}, DESK, guards=("erased", "already-reviewed"), said=same("reason")),
    "re-review": Rule("FinalReviewRequested", {"closed"}, DESK, guards=("erased", "not-reviewed"), said=same("reason")),
    "decide-review": Rule("ReviewDecided", {"review", "re-review"}, REVIEWER, guards=("own-decision", "too-many-hands", "level-below"),
                          said=same("findings")),
    "withdraw": Rule("CaseWithdrawn", OPEN, DESK, guards=("supervised", "review-of-region"), said=same("reason")),
    "request-termination": Rule("TerminationRequested", OPEN, unit=True, guards=("review-of-region",), said=same("reason")),
    "terminate": Rule("CaseTerminated", OPEN, SUPERVISOR, guards=("termination-not-requested", "supervised", "review-of-region"),
                      said=same("note")),
    "acknowledge": Rule("AlarmAcknowledged", ANY, CASEWORK | REVIEWER, guards=("no-open-alarm",), said=same("alarm_id")),
    "comment": Rule("CaseCommented", KEPT, guards=("erased",), said=same("comment")),
    "assess": Rule("CaseAssessed", OPEN, said=same("reason")),
    "reveal": Rule("CaseRevealed", ANY, unit=True, guards=("erased",), said=same("reason")),
    "break-glass": Rule("GlassBroken", ANY, outside=True, said=same("reason")),
    "report-progress": Rule("ProgressTold", OPEN - NEW, unit=True, guards=("handled-before",), said=same("text")),
    "message": Rule("MessageSent", KEPT, unit=True, guards=("erased",), said=same("text")),
    "request-extension": Rule("ExtensionRequested", OPEN, unit=True, guards=("handled-before",), said=same("reason")),
    "decide-extension": Rule("ExtensionDecided", OPEN, DECIDERS, True, ("no-extension-open", "not-approved"), same("granted")),
    "pause-clock": Rule("ClockPaused", OPEN, HANDLER | REVIEWER, True, said=same("ground")),
    "resume-clock": Rule("ClockArmed", OPEN, HANDLER | REVIEWER, True, said=same("note")),
    "concern-person": Rule("PersonConcerned", UNDECIDED, unit=True, said=same("title")),
    "raise-allegation": Rule("AllegationRaised", UNDECIDED, unit=True, guards=("no-person",), said=same("text")),
    "decide-allegation": Rule("AllegationDecided", {"signed", "investigating"}, HANDLER, True, (*HANDLES, "no-allegation"),
                              same("allegation")),
    "register-evidence": Rule("EvidenceRegistered", KEPT, unit=True, guards=("erased",), said=same("sha256")),
    "add-co-handler": Rule("CoHandlerAdded", IN_HAND, unit=True, guards=("handled-before",), said=same("unit")),
    "report-stage": Rule("StageReported", IN_HAND, HANDLER, guards=("not-co-handler",), said=same("report")),
    "answer-co-handling": Rule("CoHandlerAnswered", IN_HAND, HANDLER, guards=("not-co-handler",), said=same("answer")),
    "supervise": Rule("SupervisionOrdered", SUPERVISED, SUPERVISOR, guards=("erased",), said=same("instruction")),
    "answer-supervision": Rule("SupervisionAnswered", SUPERVISED, {"operator", "handler"}, guards=("no-order-to-answer",),
                               said=same("answer")),
    "lift-supervision": Rule("SupervisionLifted", SUPERVISED, SUPERVISOR, guards=("no-answered-order", "order-of-region", "not-your-level"), said=same("note")),
    "record-mediation": Rule("MediationRecorded", OPEN - NEW, said=same("note")),
    "open-improvement": Rule("ImprovementOpened", KEPT, unit=True, guards=("erased",), said=("cause", "cause")),
    "complete-improvement": Rule("ImprovementDone", ANY, unit=True, guards=("no-improvement-open",), said=same("effect"), owner=True),
    "declare-conflict": Rule("ConflictDeclared", ANY, CASEWORK | REVIEWER, said=same("staff")),
    "erase": Rule("ContentErased", ENDED - {"none"}, {"administrator"}, guards=("erased", "supervised", "visits-due", "crisis-alarm-open"),
                  said=same("reason")),
    "archive": Rule("CaseArchived", ENDED - {"none", "archived"}, DESK, guards=("supervised", "visits-due", "crisis-alarm-open")),
    "merge": Rule("CaseMerged", ANY, DESK, guards=("archived-alone", "erased-alone"), said=same("reason")),
    "unmerge": Rule("CaseUnmerged", ANY, DESK, guards=("not-merged",), said=same("reason")),
}
IN_STATE = {("dispatch", "return-requested"): ("bureau-decides",)}  # guards of a command in one state alone
TOGETHER = {"merge", "unmerge"}  # one command, a fact in each case of the cluster
PASSING = {"refuse", "redirect", "withdraw", "terminate"}  # what ends the case that leads a cluster passes the lead


def outcome_of(body):
    """The outcome that a command names."""
    return types_pb2.Outcome.Value(f"OUTCOME_{body['outcome'].upper()}")


def same_outcome(state, body):
    """Whether a review changes the decision to what it is."""
    return body.get("result") == "changed" and state.outcome == outcome_of(body)


def contradicts(state, outcome):
    """Whether a decision upholds a case none of whose allegations was, or does not uphold one of which one was."""
    upheld = {types_pb2.OUTCOME_UPHELD, types_pb2.OUTCOME_PARTLY_UPHELD}
    if outcome == types_pb2.OUTCOME_UPHELD:
        return len(state.allegations) > 0 and outcome not in state.allegations
    return outcome not in upheld and not upheld.isdisjoint(state.allegations)


def owns(state, person):
    """Whether a supervision order is this user's to answer: the unit's, the desk's while no unit has the case."""
    return state.unit in person["units"] if state.unit else "operator" in person["roles"]


def co_handler_of(state, person):
    """The first co-handler without an answer that is a unit of this user's; None where there is none."""
    return next((at for at in state.co_handlers if history.owes(state, at) and at.unit in person["units"]), None)


def appeal_until(region, state):
    """Until when (ms) a review, or a review of that, may be asked for; 0 where it was, or nobody was told anything, or no way
    leads to one, as from what was withdrawn. The time runs from the closure at least, before which nobody could ask; where no
    pack names it, it is 30 days."""
    status = history.STATUS_NAMES[state.status]
    if status in ENDED - {"closed", "final", "archived"}:
        return 0
    levels = [("review_request", state.replied_ms, state.review_asked_ms),
              ("re_review_request", state.re_review_open_ms, state.re_review_asked_ms)]
    until = 0
    for level, (clock, start, asked) in enumerate(levels[state.reviews:], state.reviews):
        limit = region.limit_ms(state.tenant, clock, state.urgency) if start else None
        since = max(start, state.closed_ms) if start or level == state.reviews else 0
        if since and asked < since:
            until = max(until, since + (limit or REVIEW_MS))
    return until


def of_region(person):
    """Whether the whole region is this user's."""
    return "*" in person["institutions"]


def review_of_region(state, person):
    """A review is about the institution, which ends none and does nothing over that one decided."""
    status = history.STATUS_NAMES[state.status]
    return of_region(person) or not (status in ("review", "re-review") or (status == "closed" and state.reviews))


def order_of_region(state, person):
    """Of the answered orders there is one that neither a rule nor the region's staff issued."""
    return of_region(person) or any(answered and order not in state.region_orders for order, answered in state.orders.items())


def may_lift(state, person, order):
    """Whether this user's level may lift the order: the one that issued it, or one above, whose scope holds it too. The lowest
    level, and one that was not kept, is anybody's."""
    level = state.order_levels.get(order, "")
    return of_region(person) or (order not in state.region_orders and (level in ("", state.tenant) or level in person["institutions"]))


def order_level(state, person):
    """Of the answered orders there is one that this user's level may lift."""
    return any(answered and may_lift(state, person, order) for order, answered in state.orders.items())


def owes_visits(state):
    """Whether a visit after a crisis is still to be made; one that is late and was tried often enough is not, nor one that was
    late before the present crisis."""
    given_up = state.failed_visits >= VISIT_ATTEMPTS
    return any(clock.open or (clock.late and clock.due_ms >= state.crisis_ms and not given_up) for name, clock in state.clocks.items()
               if history.visit_of(name) > state.visits)


def takes_alarm(state, person, alarm_id):
    """A review's alarm is taken by people of the institution that reviews, or of the region, who did not decide the case; who
    reviews alone takes no other."""
    if alarm_id not in state.reviews_late:
        return set(person["roles"]) != REVIEWER
    return bool({"*", state.reviews_late[alarm_id]} & set(person["institutions"])) and person["subject"] not in state.settled_by


def works_on(action, state, person, improvement):
    """Whether a handler is of the unit that has the case, or of the one that owns the improvement that is to be completed."""
    owned = [at.owner for number, at in enumerate(state.improvements, 1) if number == improvement and not at.done]
    return state.unit in person["units"] or (RULES[action].owner and not set(owned).isdisjoint(person["units"]))


def is_bound(action, person):
    """Whether the user acts as a handler alone, whom the rule binds to a unit."""
    return RULES[action].unit and set(person["roles"]) & RULES[action].roles == HANDLER


def may_send(state, person, unit):
    """Whether this user may give the case, or a part of it, to a unit: of another institution than the case's the bureau does."""
    return of_region(person) or unit.split(".")[0] in {state.tenant, *person["institutions"]}


def conducts(state, person, clock):
    """Whether the procedure of this clock is this user's to let wait: who may suspend the case, or decide its review."""
    roles = set(person["roles"])
    if clock == "mediation":
        return "handler" in roles and state.unit in person["units"] and GUARDS["handled-before"](state, person)
    guards = RULES["decide-review"].guards
    return clock in ("review", "re_review") and "reviewer" in roles and all(GUARDS[code](state, person) for code in guards)


def broken_rule(region, action, state, person, fact):
    """What was wrong with a command that was applied, beside state and guards; None."""
    until = appeal_until(region, state)
    if action in ("erase", "archive") and fact.decided_ms < until:
        return "while a review could be asked for"
    if action == "review" and until and fact.decided_ms > until + history.CLOCK_MS:
        return "when no review could be asked for any more"
    if action == "lift-supervision" and not may_lift(state, person, fact.message.order):
        return "to an order of the level above"
    if action == "complete-improvement" and is_bound(action, person) and not works_on(action, state, person, fact.message.improvement):
        return "to an improvement that another unit owns"
    if action == "record-mediation" and state.mediation not in list(STAGES.values())[fact.message.stage - 1]:
        return "at a stage that this one does not follow"
    if action == "pause-clock" and not conducts(state, person, fact.message.name):
        return "to a clock of what somebody else conducts"
    if action == "resume-clock" and not (conducts(state, person, fact.message.clock) and state.resting.get(fact.message.clock)):
        return "to a clock that did not rest alone, or of what somebody else conducts"
    if action == "acknowledge" and not takes_alarm(state, person, fact.message.alarm_id):
        return "to an alarm that others are told of"
    if action == "decide" and contradicts(state, fact.message.outcome):
        return "to an outcome that contradicts its allegations"
    if action in ("dispatch", "add-co-handler") and not may_send(state, person, fact.message.unit):
        return "for another institution's unit, as only the bureau may"
    return None


def archived_alone(state):
    """An archived case takes note of who joins its cluster, but begins none."""
    return state.status == history.STATUS["archived"] and not state.others


def erased_alone(state):
    """What was erased joins no other case; of those that it is of one matter with it holds up none."""
    return state.erased and not state.others


# What must hold beside the state, by the code of the refusal where it does not.
GUARDS = {
    "allegation-undecided": lambda state, person: all(state.allegations),
    "handled": lambda state, person: history.STATUS_NAMES[state.status] not in BEGUN | {"suspended"} or (
        state.handler == "" and (of_region(person) or state.unit not in state.designated)),
    "bureau-decides": lambda state, person: "*" in person["institutions"],
    "designated-before": lambda state, person: state.unit not in state.designated,
    "handled-before": lambda state, person: person["subject"] not in state.barred,
    "too-many-hands": lambda state, person: len(state.hands | {person["subject"]}) <= HANDS,
    "no-follow-up": lambda state, person: state.followed_up or 0 < state.attempts_asked <= state.failed_follow_ups,
    "erased": lambda state, person: not state.erased,
    "supervised": lambda state, person: not state.orders,
    "in-mediation": lambda state, person: state.mediation not in IN_MEDIATION,
    "visits-due": lambda state, person: not owes_visits(state),
    "crisis-alarm-open": lambda state, person: not state.crises,
    "already-reviewed": lambda state, person: state.reviews == 0,
    "not-reviewed": lambda state, person: state.reviews == 1,
    "own-decision": lambda state, person: person["subject"] not in state.judged,
    # Between institution and bureau this region has districts without reviewers: the bureau alone stands above.
    "level-below": lambda state, person: of_region(person),
    "termination-not-requested": lambda state, person: state.termination_requester not in
    {"", person["subject"]} | state.conflicts,
    "no-open-alarm": lambda state, person: not all(state.alarms.values()),
    "no-extension-open": lambda state, person: state.extension_clock != "",
    # The region lets supervisors alone approve, and who may not approve does not decide either.
    "not-approved": lambda state, person: state.extension_clock == "" or "supervisor" in person["roles"],
    "no-improvement-open": lambda state, person: not all(at.done for at in state.improvements),
    "no-person": lambda state, person: state.persons > 0,
    "no-allegation": lambda state, person: len(state.allegations) > 0,
    "not-co-handler": lambda state, person: co_handler_of(state, person) is not None,
    "no-order-to-answer": lambda state, person: False in state.orders.values() and owns(state, person),
    "no-answered-order": lambda state, person: True in state.orders.values(),
    "review-of-region": review_of_region,  # of a withdrawal: "not-your-region"
    "order-of-region": order_of_region,  # of a lifting: "not-your-region"
    "not-your-level": order_level,
    "archived-alone": lambda state, person: not archived_alone(state),  # of a merge: "not-merged"
    "erased-alone": lambda state, person: not erased_alone(state),  # of a merge: "erased"
    "not-merged": lambda state, person: len(state.others) > 0,
}


def guards_of(action, state):
    """The codes of all guards of a command in this state."""
    return RULES[action].guards + IN_STATE.get((action, history.STATUS_NAMES[state.status]), ())


def guarded(action, state, person):
    """Whether all guards of a command hold."""
    return all(GUARDS[code](state, person) for code in guards_of(action, state))


@dataclass(frozen=True)
class Asked:
    """A refused attempt: what was asked of which state by whom, and until when (ms) the answer was waited for."""
    region: object
    state: object
    person: dict
    body: dict
    until_ms: float
    since_ms: float = 0  # when it was asked

    @property
    def alarm(self):
        """Whether a person took the alarm; None where there is no such alarm."""
        return self.state.alarms.get(self.body.get("alarm_id"))

    @property
    def order(self):
        """Whether the order was answered; None where no such order is open."""
        return self.state.orders.get(self.body.get("order"))

    @property
    def offer(self):
        """Type, size and giver as the complainant offered the digest last; None where they did not."""
        said = [(kind.lower(), size, "complainant") for digest, kind, size in self.state.offered if digest == self.body.get("sha256")]
        return said[-1] if said else None

    @property
    def improvement(self):
        """The improvement that was named; None where there is none."""
        number = self.body.get("improvement", 0)
        return self.state.improvements[number - 1] if 1 <= number <= len(self.state.improvements) else None

    def may_be_past(self, moment_ms):
        """Whether a moment may have passed when it was judged."""
        return moment_ms <= self.until_ms + history.CLOCK_MS

    def clock_may_be_over(self, name):
        """Whether a clock may have been at its end: as it is armed, or as the rule for what the case is by now has it."""
        clock = self.state.clocks.get(name)
        if clock is None or not clock.open or self.may_be_past(clock.due_ms):
            return True
        limit = self.region.limit_ms(self.state.tenant, name, self.state.urgency)
        return limit is not None and self.may_be_past(clock.started_ms + limit)

    @property
    def is_late(self):
        """Whether the user's co-handler may be past its time."""
        at = co_handler_of(self.state, self.person)
        if at is None:
            return False
        clock = self.state.clocks.get(f"co-handling-{at.number}")
        due = at.due_ms or (clock.due_ms if clock else 0)
        return due != 0 and self.may_be_past(due)


NO_SUPERVISOR = 5  # the kind of alarm, as the contract numbers it


def loses_supervision(region, state, fact):
    """Whether a fact takes from an open case, which has room for an alarm, the last one who may supervise it."""
    named = {"ConflictDeclared": "staff", "PersonConcerned": "staff_code"}.get(fact.name)
    if named is None or history.STATUS_NAMES[state.status] not in OPEN:
        return False
    room = history.alarm_places(state) > history.RESERVED_ALARMS
    left = {person["subject"] for person in region.acting("supervisor", state.tenant)} - state.conflicts
    return room and left == {getattr(fact.message, named)}


def lowers(state, body):
    """Whether an assessment makes the case less urgent, or its crisis a lower one."""
    level = {f"P{number}": number for number in range(1, 5)} | {f"R{number}": number + 1 for number in range(5)}
    urgency, crisis = level.get(body.get("urgency"), 0), level.get(body.get("crisis"), 0)
    return 0 < state.urgency < urgency or 0 < crisis < state.crisis


# What is judged of the command itself, by the code of the refusal.
def fills_the_list(state):
    """Whether those below the region, or one level of them, have issued as many orders as they may."""
    own = Counter(level for order, level in state.order_levels.items() if order not in state.region_orders)
    return own.total() >= OWN_ORDERS or max(own.values(), default=0) >= LEVEL_ORDERS


REFUSALS = {
    # What was returned is dispatched elsewhere.
    "same-unit": lambda asked: (history.STATUS_NAMES[asked.state.status] in ("dispatched", "return-requested", "designated")
                                and asked.body.get("unit") == asked.state.unit),
    "returns-full": lambda asked: len(asked.state.returned) >= 8,
    "returned-before": lambda asked: asked.body.get("unit") in asked.state.returned - asked.state.designated,
    "too-many-designations": lambda asked: len(asked.state.designated | {asked.body.get("unit")}) > DESIGNATIONS,
    "proposes-itself": lambda asked: asked.body.get("proposed_unit") == asked.state.unit,
    "too-many-improvements": lambda asked: len(asked.state.improvements) == IMPROVEMENTS,
    "unknown-improvement": lambda asked: asked.improvement is None,
    "already-done": lambda asked: asked.improvement is not None and asked.improvement.done,
    "unknown-alarm": lambda asked: asked.alarm is None,
    "alarms-open": lambda asked: history.alarm_places(asked.state) <= history.CRISIS_ALARMS,
    "already-acknowledged": lambda asked: asked.alarm is True,
    "unknown-order": lambda asked: asked.order is None,
    "already-answered": lambda asked: asked.order is True,
    "not-answered": lambda asked: asked.order is False,
    "too-many-orders": lambda asked: asked.state.order_count == ORDERS or (
        not of_region(asked.person) and fills_the_list(asked.state)),
    "due-too-late": lambda asked: milliseconds(asked.body.get("due")) > asked.since_ms + DUE_MOST_MS,
    "not-your-region": lambda asked: not of_region(asked.person) and (
        asked.body.get("order") in asked.state.region_orders or not order_of_region(asked.state, asked.person)
        or not review_of_region(asked.state, asked.person)),
    "not-your-level": lambda asked: not may_lift(asked.state, asked.person, asked.body.get("order")),
    "too-late-for-review": lambda asked: 0 < appeal_until(asked.region, asked.state) and asked.may_be_past(
        appeal_until(asked.region, asked.state)),
    "due-in-past": lambda asked: asked.may_be_past(milliseconds(asked.body.get("due"))),
    "already-handles": lambda asked: asked.body.get("unit") in {asked.state.unit} | {at.unit for at in asked.state.co_handlers},
    "too-many-co-handlers": lambda asked: len(asked.state.co_handlers) == CO_HANDLERS,
    "co-handler-missing": lambda asked: any(history.owes(asked.state, at) for at in asked.state.co_handlers)
    and not asked.body.get("missing_answers_reason"),
    "stage-report-missing": lambda asked: asked.is_late and not co_handler_of(asked.state, asked.person).reported,
    "late-reason-missing": lambda asked: asked.is_late and not asked.body.get("late_reason"),
    "extension-open": lambda asked: asked.state.extension_clock != "",
    "too-late": lambda asked: asked.clock_may_be_over(asked.body.get("clock") or asked.state.extension_clock),
    "too-often": lambda asked: history.is_extended(asked.state, asked.body.get("clock") or asked.state.extension_clock),
    "too-long": lambda asked: asked.body.get("value", 0) > asked.region.longest_extension(asked.body.get("clock")),
    "own-request": lambda asked: bool(asked.body.get("granted")) and asked.state.extension_by == asked.person["subject"],
    "requester-in-conflict": lambda asked: bool(asked.body.get("granted")) and asked.state.extension_by in asked.state.conflicts,
    "cap-used": lambda asked: asked.state.suspensions + asked.state.pauses_alone > 0,
    "not-running": lambda asked: asked.body.get("clock") in asked.state.resting or (
        "clock" in asked.body and asked.clock_may_be_over(asked.body["clock"])) or any(
        clock.open and asked.clock_may_be_over(name) for name, clock in asked.state.clocks.items()),
    "mediation-stage": lambda asked: asked.state.mediation not in STAGES[asked.body["stage"]],
    "not-paused": lambda asked: asked.body.get("clock") not in asked.state.resting,
    "rests-with-case": lambda asked: asked.body.get("clock") not in PROCEDURES or asked.state.resting.get(asked.body["clock"]) is False,
    "not-your-procedure": lambda asked: not conducts(asked.state, asked.person, asked.body.get("clock")),
    "final-review": lambda asked: asked.state.status == history.STATUS["re-review"] and asked.body.get("result") == "returned",
    "bureau-decides": lambda asked: not may_send(asked.state, asked.person, asked.body.get("unit", "")),
    "same-outcome": lambda asked: same_outcome(asked.state, asked.body),
    "contradicts-allegations": lambda asked: contradicts(asked.state, outcome_of(asked.body)),
    "unknown-person": lambda asked: asked.body.get("person", 0) > asked.state.persons,
    "unknown-allegation": lambda asked: asked.body.get("allegation", 0) > len(asked.state.allegations),
    "differs-from-offer": lambda asked: asked.offer is not None and asked.offer != (
        asked.body.get("media_type", "").lower(), asked.body.get("size"), asked.body.get("giver")),
    "already-registered": lambda asked: asked.body.get("sha256") in asked.state.evidence,
    "appeal-open": lambda asked: appeal_until(asked.region, asked.state) > asked.since_ms - history.CLOCK_MS,
    "reason-missing": lambda asked: lowers(asked.state, asked.body) and not asked.body.get("reason"),
    "already-declared": lambda asked: asked.body.get("staff") in asked.state.conflicts,
    "same-case": lambda asked: asked.body.get("with") == asked.state.case_id,
    "already-merged": lambda asked: asked.body.get("with") in asked.state.others,
    "other-cluster": lambda asked: len(asked.state.others) > 0 and asked.body.get("with") not in asked.state.others,
}
# The body alone is wrong, whatever the case is.
SHAPES = {"out-of-bounds": lambda body: "" in body.values()}
# Right or wrong by what is not in this case's facts: the region's files, the other case of a merge.
ELSEWHERE = {"unknown-code", "not-your-cluster", "cluster-full"}
