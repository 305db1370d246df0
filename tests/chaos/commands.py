"""Each acknowledged command is applied exactly once, and there is an order of all facts in which every answer, given
or refused, was right."""

from collections import defaultdict
from dataclasses import dataclass, field

import history
from history import History
from identity import uuid_of

# What a command makes true, and in which states it may.
ENDED = {"none", "not-accepted", "redirected", "closed", "final", "withdrawn", "terminated", "archived"}
OPEN = set(history.STATUS_NAMES) - ENDED
ANY = set(history.STATUS_NAMES) - {"none"}
REPLIED = {"replied", "follow-up"}
SUPERVISED = OPEN - {"review", "re-review"} | {"not-accepted"}
RULES = {
    "accept": ("CaseAccepted", {"received", "triaged", "emergency-transferred"}),
    "dispatch": ("CaseDispatched", {"accepted", "dispatched", "return-requested", "rework"}),
    "request-return": ("ReturnRequested", {"dispatched"}),
    "designate": ("CaseDesignated", {"dispatched", "return-requested"}),
    "sign": ("CaseSigned", {"dispatched", "designated", "rework"}),
    "investigate": ("InvestigationStarted", {"signed"}),
    "decide": ("CaseDecided", {"signed", "investigating"}),
    "reply": ("CaseReplied", {"decided", "resolved-on-spot"}),
    "follow-up": ("FollowUpRecorded", REPLIED | {"emergency-transferred"}),
    "rework": ("ReworkOrdered", REPLIED | {"closed"}),
    "close": ("CaseClosed", REPLIED),
    "reopen": ("CaseReopened", {"closed", "not-accepted"}),
    "acknowledge": ("AlarmAcknowledged", ANY),
    "comment": ("CaseCommented", ANY - {"archived"}),
    "assess": ("CaseAssessed", OPEN),
    "reveal": ("CaseRevealed", ANY),
    "answer-supervision": ("SupervisionAnswered", SUPERVISED),
    "lift-supervision": ("SupervisionLifted", SUPERVISED),
}
RATEABLE = REPLIED | {"closed"}
CASEWORK = {"operator", "handler", "supervisor"}
DESK = {"operator", "supervisor"}
ROLES = {"dispatch": DESK, "close": DESK, "follow-up": DESK, "reopen": DESK, "rework": {"supervisor"},
         "designate": {"supervisor"}, "sign": {"handler"}, "request-return": {"handler"}, "investigate": {"handler"},
         "answer-supervision": {"operator", "handler"}, "lift-supervision": {"supervisor"}, "decide": {"handler"}, "reply": {"handler", "supervisor"}}
UNIT_BOUND = {"sign", "request-return", "investigate", "decide", "reply", "reveal"}
SAID = {"accept": ("note", "note"), "dispatch": ("unit", "unit"), "request-return": ("reason", "reason"),
        "designate": ("unit", "unit"), "decide": ("findings", "findings"), "reply": ("reply", "reply"),
        "follow-up": ("note", "note"), "rework": ("reason", "reason"), "close": ("note", "note"),
        "reopen": ("reason", "reason"), "acknowledge": ("alarm_id", "alarm_id"), "comment": ("comment", "comment"),
        "reveal": ("reason", "reason"), "answer-supervision": ("answer", "answer"), "lift-supervision": ("note", "note")}


@dataclass
class Command:
    """All attempts at one command: one user, case, action and key."""
    case_id: str
    user: str
    action: str
    key: str
    attempts: list = field(default_factory=list)

    @property
    def cause_id(self):
        """What the ledger files it under."""
        return uuid_of("command", self.user, self.case_id, self.action, self.key)

    def __str__(self):
        return f"{self.action} by {self.user}, key {self.key}"


def group_commands(run):
    """Commands of the journals by case."""
    commands = {}
    for attempt in run.submitted("command", "acknowledge"):
        request = attempt.request
        action = request.get("action") or "acknowledge"
        identity = (attempt.case_id, request.get("user"), action, attempt.key)
        commands.setdefault(identity, Command(*identity)).attempts.append(attempt)
    by_case = defaultdict(list)
    for command in commands.values():
        by_case[command.case_id].append(command)
    return by_case


def applied(command, facts):
    """The command's own facts, without those that followed from them."""
    kind = RULES[command.action][0]
    return [fact for fact in facts if fact.cause_id == command.cause_id and fact.name == kind]


def begin_of(command, facts):
    """The first sequence that the command caused."""
    return min(fact.seq for fact in facts if fact.cause_id == command.cause_id)


def end_of(command, facts):
    """The last sequence that the command caused."""
    return max(fact.seq for fact in facts if fact.cause_id == command.cause_id)


def name_of(state):
    """"replied" …"""
    return history.STATUS_NAMES[state.status]


def guarded(command, state):
    """Whether what the rules ask for beside the state holds."""
    if command.action == "close" and state.orders:
        return False
    if command.action == "answer-supervision":
        return False in state.orders.values()
    if command.action == "lift-supervision":
        return True in state.orders.values()
    if command.action == "close":
        return state.followed_up or 0 < state.attempts_asked <= state.failed_follow_ups
    return command.action not in ("sign", "investigate", "decide") or state.previous_handler != command.user


def judge_applied(verdict, past, command, fact):
    """The state that the command met is one that an attempt asked for, and allowed it."""
    before = past.states[begin_of(command, past.facts) - 1]
    tries = [attempt for attempt in command.attempts if attempt.outcome != "refused"
             and attempt.before * 1000 <= fact.decided_ms + history.CLOCK_MS]
    if not tries:
        verdict.find("refused-yet-applied", command.case_id, f"{command} was refused, but is fact {fact.seq}")
    elif not any(matches(attempt, before) for attempt in tries):
        verdict.find("stale-applied", command.case_id,
                     f"{command} was applied to version {before.version()}, which no attempt named")
    if name_of(before) not in RULES[command.action][1] or not guarded(command, before):
        verdict.find("rule-broken", command.case_id, f"{command} was applied to a case that was "
                     f"{name_of(before)}")


def matches(attempt, state):
    """Whether the attempt's If-Match names this state."""
    return attempt.request.get("if_match") in ("*", state.version())


def judge_content(verdict, command, attempt, fact):
    """The fact says what the acknowledged attempt asked for."""
    if command.action in SAID:
        asked, said = SAID[command.action]
        wanted, kept = attempt.body.get(asked) or "", getattr(fact.message, said)
        if wanted != kept:
            verdict.find("command-differs", command.case_id, f"{command} was acknowledged with another {asked}")


def judge_acknowledged(verdict, past, command, attempt, fact):
    """The answer showed a state that existed then, with the command's facts in it."""
    last = end_of(command, past.facts)
    possible = [number for number in past.possible(attempt.before, attempt.end) if number >= last]
    told = attempt.answer.get("sequence")
    if told is not None:
        possible = [number for number in possible if number == told]
    tag = attempt.etag or (f'"{attempt.answer["version"]}"' if "version" in attempt.answer else None)
    if not any(tag in (None, past.states[number].version()) for number in possible):
        verdict.find("answer-impossible", command.case_id,
                     f"{command}: sequence {told} with ETag {tag} was no state of the case after fact {last} then")
    judge_content(verdict, command, attempt, fact)


def may_act(run, attempt, action, state, code):
    """Whether role and unit are right; code says which of the two is asked for."""
    person = run.region.staff.get(attempt.request.get("user"), {"roles": [], "units": []})
    acting = set(person["roles"]) & ROLES.get(action, CASEWORK)
    if code == "role-not-allowed":
        return bool(acting)
    return not (action in UNIT_BOUND and acting == {"handler"} and state.unit not in person["units"])


def owns(run, attempt, state):
    """Whether a supervision order is this user's to answer: the unit's, the desk's while no unit has the case."""
    person = run.region.staff.get(attempt.request.get("user"), {"roles": [], "units": []})
    return state.unit in person["units"] if state.unit else "operator" in person["roles"]


def sees(run, attempt, state):
    """Whether the case exists and lies in the user's scope."""
    person = run.region.staff.get(attempt.request.get("user"), {"institutions": []})
    return state.status != history.NONE and bool({"*", state.tenant} & set(person["institutions"]))


def explains(run, attempt, command, state):
    """Whether this state makes the refusal right; True for refusals that do not depend on the case."""
    code, action = attempt.answer.get("code"), command.action
    alarm = state.alarms.get(attempt.body.get("alarm_id"))
    named = matches(attempt, state)
    order = state.orders.get(attempt.body.get("order"))
    reasons = {
        "stale": lambda: not named,
        "precondition-required": lambda: attempt.request.get("if_match") is None,
        "case-not-found": lambda: not sees(run, attempt, state),
        "wrong-state": lambda: named and name_of(state) not in RULES[action][1],
        "no-follow-up": lambda: named and not guarded(command, state),
        "supervised": lambda: named and bool(state.orders),
        "no-order-to-answer": lambda: named and (False not in state.orders.values() or not owns(run, attempt, state)),
        "no-answered-order": lambda: named and True not in state.orders.values(),
        "unknown-order": lambda: named and order is None,
        "already-answered": lambda: named and order is True,
        "not-answered": lambda: named and order is False,
        "handled-before": lambda: named and not guarded(command, state),
        "role-not-allowed": lambda: named and not may_act(run, attempt, action, state, code),
        "not-your-unit": lambda: named and not may_act(run, attempt, action, state, code),
        "no-open-alarm": lambda: named and all(state.alarms.values()),
        "unknown-alarm": lambda: named and alarm is None,
        "already-acknowledged": lambda: named and alarm is True,
    }
    return reasons.get(code, lambda: True)()


def judge_refused(run, verdict, past, command, attempt):
    """At some moment of the request the case was in a state that the refusal fits."""
    possible = past.possible(attempt.before, attempt.end)
    if not any(explains(run, attempt, command, past.states[number]) for number in possible):
        verdict.find("refusal-wrong", command.case_id, f'{command}: {attempt.status} {attempt.answer.get("code")} '
                     f'with If-Match {attempt.request.get("if_match")} fits no state of that time')


def note_answers(past, commands):
    """Answers prove what was committed when they arrived."""
    for command in commands:
        for attempt in command.attempts:
            told = attempt.answer.get("sequence")
            if attempt.outcome == "acknowledged" and isinstance(told, int):
                past.saw(told, attempt.after * 1000)


def judge_command(run, verdict, past, command):
    """One command: how often it was applied, and each of its answers."""
    facts = applied(command, past.facts)
    if len(facts) > 1:
        verdict.find("command-twice", command.case_id, f"{command} was applied as facts {[f.seq for f in facts]}")
    if facts:
        judge_applied(verdict, past, command, facts[0])
    for attempt in command.attempts:
        if attempt.outcome == "acknowledged" and not facts:
            verdict.find("command-lost", command.case_id, f"{command} was acknowledged, but never applied")
        elif attempt.outcome == "acknowledged":
            judge_acknowledged(verdict, past, command, attempt, facts[0])
        elif attempt.outcome == "refused":
            judge_refused(run, verdict, past, command, attempt)


def judge_unasked(verdict, past, commands, staff):
    """No fact by a member of staff without their command."""
    causes = {command.cause_id for command in commands}
    for fact in past.facts:
        if fact.actor in staff and fact.cause_id not in causes:
            verdict.find("command-unasked", fact.case_id, f"fact {fact.seq} ({fact.name}) by {fact.actor}: nobody asked")


def judge_rating(run, verdict, case_id, attempts):
    """Ratings of one case: each acknowledged one decided once, refused where nothing was to be rated."""
    facts = run.cases.get(case_id, [])
    kept = [fact for fact in facts if fact.name == "FeedbackRecorded"]
    again = [fact for fact in facts if fact.name in ("ReworkOrdered", "CaseReopened")]
    for first, second in zip(kept, kept[1:]):
        if not any(first.seq < fact.seq < second.seq for fact in again):
            verdict.find("command-twice", case_id, f"rated twice for one reply, as facts {first.seq} and {second.seq}")
    keys = {}
    for attempt in attempts:
        keys.setdefault(attempt.key, []).append(attempt)
    causes = {uuid_of("feedback", case_id, key): tries for key, tries in keys.items()}
    for cause, tries in causes.items():
        decided = [fact for fact in facts if fact.cause_id == cause
                   and fact.name in ("FeedbackRecorded", "ProposalRefused")]
        outcomes = {attempt.outcome for attempt in tries}
        if "acknowledged" in outcomes and len(decided) != 1:
            verdict.find("command-lost", case_id, f"rating {tries[0].key} was acknowledged, but decided {len(decided)} times")
        if outcomes == {"refused"} and decided:
            verdict.find("refused-yet-applied", case_id, f"rating {tries[0].key} was refused, but is fact {decided[0].seq}")
    for fact in kept:
        tries = causes.get(fact.cause_id)
        if tries is None:
            verdict.find("command-unasked", case_id, "a rating that nobody gave")
        elif fact.message.overall not in {attempt.body.get("overall") for attempt in tries}:
            verdict.find("command-differs", case_id, f"rating {tries[0].key} was recorded as {fact.message.overall}")
    judge_refused_ratings(verdict, facts, causes)


def judge_refused_ratings(verdict, facts, causes):
    """A rating is refused only where no reply waited for it: rework may have begun since it was given."""
    past = History(facts)
    for fact in facts:
        if fact.name != "ProposalRefused" or fact.cause_id not in causes:
            continue
        rated = [other.name for other in facts if other.seq < fact.seq
                 and other.name in ("FeedbackRecorded", "ReworkOrdered", "CaseReopened")][-1:] == ["FeedbackRecorded"]
        if not rated and history.STATUS_NAMES[past.states[fact.seq - 1].status] in RATEABLE:
            verdict.find("refusal-wrong", fact.case_id, f"rating {causes[fact.cause_id][0].key} was refused, "
                         "but a reply waited for it")


def judge_commands(run, verdict):
    """Every case's commands, and every rating."""
    by_case = group_commands(run)
    for case_id in run.cases.keys() | by_case.keys():
        facts, commands = run.cases.get(case_id, []), by_case.get(case_id, [])
        past = History(facts)
        note_answers(past, commands)
        for command in commands:
            judge_command(run, verdict, past, command)
        if facts and run.started(case_id):
            judge_unasked(verdict, past, commands, run.region.staff)
    ratings = defaultdict(list)
    for attempt in run.submitted("feedback"):
        ratings[attempt.case_id].append(attempt)
    for case_id, attempts in ratings.items():
        judge_rating(run, verdict, case_id, attempts)
    verdict.count("commands", sum(map(len, by_case.values())))
    verdict.count("ratings", len(ratings))
