"""What complainants do by tracking code and PIN: each acknowledged thing is decided once, and rightly; each refused one
never."""

import hashlib
from collections import defaultdict
from dataclasses import dataclass

import casework
import history
from history import History
from identity import uuid_of

RATEABLE = casework.REPLIED | {"closed"}


@dataclass(frozen=True)
class Way:
    """One thing that can be sent."""
    name: str  # in the derivation of its id
    fact: str
    states: set
    said: str  # field of the fact
    sent: str  # field of the body


WAYS = {"messages": Way("message", "MessageReceived", casework.KEPT, "text", "text"),
        "evidence": Way("evidence", "EvidenceOffered", casework.KEPT, "sha256", "sha256"),
        "withdrawal": Way("withdrawal", "CaseWithdrawn", casework.OPEN, "reason", "reason"),
        "reopening": Way("reopening", "CaseReopened", {"closed", "not-accepted"}, "reason", "reason")}


def status_of(state):
    """"replied" …"""
    return history.STATUS_NAMES[state.status]


def cause_of(attempt):
    """What the ledger files a thing under: derived from case, key and content."""
    way, body = WAYS[attempt.request["action"]], attempt.body
    text = body.get("text") or body.get("reason") or body.get("note") or ""
    parts = [way.name, text, body.get("sha256", ""), body.get("media_type", ""), body.get("ground", ""), str(body.get("size", 0))]
    digest = hashlib.sha256("".join(part + "\0" for part in parts).encode()).hexdigest()
    return uuid_of(way.name, attempt.request["code"], attempt.key, digest)


def judge_sent(verdict, past, case_id, cause, tries):
    """One thing that was sent, and each of its answers."""
    way = WAYS[tries[0].request["action"]]
    decided = [fact for fact in past.facts if fact.cause_id == cause and fact.name in (way.fact, "ProposalRefused")]
    outcomes = {attempt.outcome for attempt in tries}
    taken = [fact for fact in decided if fact.name == way.fact]
    if "acknowledged" in outcomes and len(decided) != 1:
        verdict.find("command-lost", case_id, f"{way.name} {tries[0].key} was acknowledged, but decided {len(decided)} times")
    if outcomes == {"refused"} and taken:
        verdict.find("refused-yet-applied", case_id, f"{way.name} {tries[0].key} was refused, but is fact {taken[0].seq}")
    for fact in decided:
        judge_decided(verdict, past, way, tries[0], fact)
    for attempt in tries:
        # What the ledger had refused before is told again, whatever the case allows by now.
        if attempt.outcome == "refused" and attempt.answer.get("code") not in {
                fact.message.code for fact in decided if fact.name == "ProposalRefused"}:
            judge_refused(verdict, past, way, attempt)


def judge_decided(verdict, past, way, attempt, fact):
    """It was decided as the case then allowed it, and says what was sent."""
    before = past.states[fact.seq - 1]
    known = before.evidence | offered(before)
    allowed = status_of(before) in way.states and not before.erased and attempt.body.get("sha256") not in known
    if fact.name == "ProposalRefused" and allowed:
        verdict.find("refusal-wrong", fact.case_id, f"{way.name} {attempt.key} was refused at fact {fact.seq}, "
                     "but the case allowed it")
    elif fact.name == way.fact and not allowed:
        verdict.find("rule-broken", fact.case_id, f"{way.name} {attempt.key} was taken at fact {fact.seq}, against the rules")
    elif fact.name == way.fact and getattr(fact.message, way.said) != attempt.body[way.sent]:
        verdict.find("command-differs", fact.case_id, f"{way.name} {attempt.key} was recorded with another {way.sent}")


def offered(state):
    """Digests that the complainant offered."""
    return {digest for digest, _, _ in state.offered}


def fits(way, code, state, sha256=None):
    """Whether a state explains a refusal: the ledger may not have heard of the case yet."""
    if code == "not-found":
        return state.status == history.NONE
    if code == "already-registered":
        return sha256 in state.evidence
    if code == "already-offered":
        return sha256 in offered(state)
    return state.erased if code == "erased" else code == "wrong-state" and status_of(state) not in way.states


def judge_refused(verdict, past, way, attempt):
    """Some state of that time did not allow it."""
    code = attempt.answer.get("code")
    if not any(fits(way, code, past.states[number], attempt.body.get("sha256")) for number in past.possible(attempt.before, attempt.end)):
        verdict.find("refusal-wrong", attempt.case_id, f"{way.name} {attempt.key}: {attempt.status} {code} fits no state of that time")


def judge_dialogue(run, verdict):
    """Everything that was sent, and nothing that was not."""
    sent = defaultdict(lambda: defaultdict(list))
    for attempt in run.submitted("contact"):
        sent[attempt.case_id][cause_of(attempt)].append(attempt)
    for case_id, causes in sent.items():
        past = History(run.cases.get(case_id, []))
        for cause, tries in causes.items():
            judge_sent(verdict, past, case_id, cause, tries)
    for case_id, facts in run.cases.items():
        for fact in facts if run.started(case_id) else []:
            theirs = fact.name in ("MessageReceived", "EvidenceOffered") or (
                fact.name in ("CaseWithdrawn", "CaseReopened") and fact.message and fact.message.by_complainant)
            if theirs and fact.cause_id not in sent[case_id]:
                verdict.find("command-unasked", case_id, f"fact {fact.seq} ({fact.name}): nobody sent it")
    verdict.count("sent_by_complainants", sum(map(len, sent.values())))


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
    judge_told_ratings(verdict, case_id, attempts)


def judge_told_ratings(verdict, case_id, attempts):
    """That it was rated already is said only where somebody else's rating may have been taken before."""
    for attempt in attempts:
        said = attempt.outcome == "refused" and attempt.answer.get("code") == "already-rated"
        if said and not any(other.key != attempt.key and other.outcome != "refused" and other.before <= attempt.end
                            for other in attempts):
            verdict.find("refusal-wrong", case_id, f"rating {attempt.key}: nobody had rated")


def judge_refused_ratings(verdict, facts, causes):
    """A rating is refused only where no reply waited for it: rework may have begun since it was given."""
    past = History(facts)
    for fact in facts:
        if fact.name != "ProposalRefused" or fact.cause_id not in causes:
            continue
        rated = [other.name for other in facts if other.seq < fact.seq
                 and other.name in ("FeedbackRecorded", "ReworkOrdered", "CaseReopened")][-1:] == ["FeedbackRecorded"]
        before = past.states[fact.seq - 1]
        if not rated and status_of(before) in RATEABLE and not before.erased:
            verdict.find("refusal-wrong", fact.case_id, f"rating {causes[fact.cause_id][0].key} was refused, "
                         "but a reply waited for it")


def judge_ratings(run, verdict):
    """All ratings, case by case."""
    ratings = defaultdict(list)
    for attempt in run.submitted("feedback"):
        ratings[attempt.case_id].append(attempt)
    for case_id, attempts in ratings.items():
        judge_rating(run, verdict, case_id, attempts)
    verdict.count("ratings", len(ratings))


def judge_complainants(run, verdict):
    """Messages, evidence, withdrawals, reopenings and ratings."""
    judge_dialogue(run, verdict)
    judge_ratings(run, verdict)
