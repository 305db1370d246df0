"""Each acknowledged command of the staff is applied exactly once, and there is an order of all facts in which every answer, given
or refused, was right."""

from collections import defaultdict
from dataclasses import dataclass, field

import casework
import history
from casework import RULES
from clusters import passes_lead
from history import History
from identity import uuid_of

NOBODY = {"subject": "", "roles": [], "units": [], "institutions": []}


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
    kind = RULES[command.action].fact
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


def judge_applied(run, verdict, past, command, fact):
    """The state that the command met is one that an attempt asked for, and allowed it."""
    before = past.states[begin_of(command, past.facts) - 1]
    tries = [attempt for attempt in command.attempts if attempt.outcome != "refused"
             and attempt.before * 1000 <= fact.decided_ms + history.CLOCK_MS]
    if not tries:
        verdict.find("refused-yet-applied", command.case_id, f"{command} was refused, but is fact {fact.seq}")
    elif not RULES[command.action].outside and not any(matches(attempt, before) for attempt in tries):
        verdict.find("stale-applied", command.case_id,
                     f"{command} was applied to version {before.version()}, which no attempt named")
    person = run.region.staff.get(command.user, NOBODY)
    if name_of(before) not in RULES[command.action].states or not casework.guarded(command.action, before, person):
        verdict.find("rule-broken", command.case_id, f"{command} was applied to a case that was "
                     f"{name_of(before)}")
    if command.action == "dispatch" and fact.message.unit == before.unit and name_of(before) in ("dispatched", "return-requested"):
        verdict.find("rule-broken", command.case_id, f"{command} gave the case back to whom it was {name_of(before)}")
    broken = casework.broken_rule(run.region, command.action, before, person, fact)
    if broken:
        verdict.find("rule-broken", command.case_id, f"{command} was applied {broken}")
    if command.action == "assess" and all(casework.lowers(before, attempt.body) and not attempt.body.get("reason")
                                          for attempt in tries):
        verdict.find("rule-broken", command.case_id, f"{command} made the case less urgent and said no reason")
    if casework.loses_supervision(run.region, before, fact) and not any(
            other.name == "AlarmRaised" and other.message.kind == casework.NO_SUPERVISOR and other.cause_id == fact.cause_id
            for other in past.facts):
        verdict.find("unsupervised", command.case_id, f"{command} left nobody to supervise the case, and nobody was told")


def matches(attempt, state):
    """Whether the attempt's If-Match names this state."""
    return attempt.request.get("if_match") in ("*", state.version())


def judge_content(verdict, command, attempt, fact):
    """The fact says what the acknowledged attempt asked for."""
    if RULES[command.action].said:
        asked, said = RULES[command.action].said
        kept = getattr(fact.message, said)
        if attempt.body.get(asked, type(kept)()) != kept:
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


def may_act(person, action, state, code, improvement=0):
    """Whether role and unit are right; code says which of the two is asked for."""
    acting = set(person["roles"]) & RULES[action].roles
    if code == "role-not-allowed":
        return bool(acting)
    return not casework.is_bound(action, person) or casework.works_on(action, state, person, improvement)


def sees(person, state):
    """Whether the case exists, lies in the user's scope and is none in which the user has a conflict."""
    return person["subject"] not in state.conflicts and state.status != history.NONE and bool({"*", state.tenant} & set(person["institutions"]))


def is_stale(attempt, command, state):
    """Another version was named, or the other cases of a cluster changed meanwhile."""
    together = command.action in casework.TOGETHER or (command.action in casework.PASSING and state.others)
    return together or not matches(attempt, state)


def other_was(run, attempt, rule):
    """Whether the other case of a merge may have been one that the rule tells of."""
    past = History(run.cases.get(attempt.body.get("with"), []))
    return any(rule(past.states[number]) for number in past.possible(attempt.before, attempt.end))


def explains_merge(run, attempt, state, code):
    """Whether one of the two cases explains that they were not merged: what the other is refused for names the field."""
    if attempt.answer.get("field") == "with":
        return other_was(run, attempt, {"other-archived": casework.archived_alone, "erased": casework.erased_alone}[code])
    return {"not-merged": casework.archived_alone, "erased": casework.erased_alone}[code](state)


def shows_again(run, command):
    """Whether it is a reveal that was done: a repeat of it is shown by what the case is now, whatever version it names."""
    return command.action == "reveal" and any(fact.cause_id == command.cause_id for fact in run.cases.get(command.case_id, []))


REVEAL_AGAIN_MS = 600_000  # so long a repeat shows what a reveal showed


def may_be_over(run, attempt, command):
    """Whether the reveal that this repeats may have been too long ago to be shown again."""
    return command.action == "reveal" and any(
        fact.cause_id == command.cause_id and fact.decided_ms + REVEAL_AGAIN_MS <= attempt.end * 1000 + history.CLOCK_MS
        for fact in run.cases.get(command.case_id, []))


def explains(run, attempt, command, state):
    """Whether this state makes the refusal right. The order is the product's: scope, version, role, state, guards."""
    code, rule = attempt.answer.get("code"), RULES[command.action]
    person = run.region.staff.get(attempt.request.get("user"), NOBODY)
    if code == "precondition-required":
        return attempt.request.get("if_match") is None
    if code == "case-not-found":
        return not sees(person, state)
    if code == "stale":
        return is_stale(attempt, command, state)
    if code in casework.ELSEWHERE:
        return True
    if code == "reveal-over":
        return may_be_over(run, attempt, command)
    if code in casework.SHAPES:
        return casework.SHAPES[code](attempt.body)
    if not matches(attempt, state) and not shows_again(run, command):
        return False
    if code == "not-your-unit" and command.action == "acknowledge":
        return not casework.takes_alarm(state, person, attempt.body.get("alarm_id"))
    if code in ("role-not-allowed", "not-your-unit"):
        return not may_act(person, command.action, state, code, attempt.body.get("improvement", 0))
    if code == "wrong-state":
        return name_of(state) not in rule.states
    if command.action == "merge" and code in ("not-merged", "other-archived", "erased"):
        return explains_merge(run, attempt, state, code)
    if code in casework.guards_of(command.action, state):
        return not casework.GUARDS[code](state, person)
    asked = casework.Asked(run.region, state, person, attempt.body, attempt.end * 1000, attempt.before * 1000)
    return code in casework.REFUSALS and casework.REFUSALS[code](asked)


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
        judge_applied(run, verdict, past, command, facts[0])
    for attempt in command.attempts:
        if attempt.outcome == "acknowledged" and not facts:
            verdict.find("command-lost", command.case_id, f"{command} was acknowledged, but never applied")
        elif attempt.outcome == "acknowledged":
            judge_acknowledged(verdict, past, command, attempt, facts[0])
        elif attempt.outcome == "refused":
            judge_refused(run, verdict, past, command, attempt)


def judge_unasked(verdict, past, commands, together, staff):
    """No fact by a member of staff without their command; together: actions that reach several cases, by their causes."""
    causes = {command.cause_id for command in commands}
    for fact in past.facts:
        action = together.get(fact.cause_id)
        elsewhere = passes_lead(fact) if action in casework.PASSING else action is not None
        if fact.actor in staff and fact.cause_id not in causes and not elsewhere:
            verdict.find("command-unasked", fact.case_id, f"fact {fact.seq} ({fact.name}) by {fact.actor}: nobody asked")


def judge_commands(run, verdict):
    """Every case's commands, and every rating."""
    by_case = group_commands(run)
    together = {command.cause_id: command.action for commands in by_case.values() for command in commands
                if command.action in casework.TOGETHER | casework.PASSING}
    for case_id in run.cases.keys() | by_case.keys():
        facts, commands = run.cases.get(case_id, []), by_case.get(case_id, [])
        past = History(facts)
        note_answers(past, commands)
        for command in commands:
            judge_command(run, verdict, past, command)
        if facts and run.started(case_id):
            judge_unasked(verdict, past, commands, together, run.region.staff)
    verdict.count("commands", sum(map(len, by_case.values())))
