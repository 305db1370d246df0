"""The record itself: sequences without a gap, chains of hashes, columns that say what the payload says, and a topic
that says what the record says."""

import hashlib
import itertools

from google.protobuf.message import DecodeError
from history import STATUS_NAMES, History, move_of
from identity import milliseconds
from redress.v1 import proposals_pb2, types_pb2

# What goes before others, told again beside the product: an assessment that alarms, a step of a ladder that is due, and the
# next one of an urgent case.
URGENT = {"AssessCase": lambda said: said.urgency == types_pb2.URGENCY_P1 or said.crisis >= types_pb2.CRISIS_LEVEL_R3,
          "BreachClock": lambda said: said.name.startswith("escalation-"),
          "ArmClock": lambda said: said.urgent}
LANES = {"proposals": False, "proposals.urgent": True}


def chain_hash(fact, previous):
    """As services/common/chain.h describes it."""
    data = (b"redress-chain-v1\0" + fact.case_id.encode() + b"\0" + fact.seq.to_bytes(8, "big")
            + fact.type.encode() + b"\0" + previous + hashlib.sha256(fact.payload).digest())
    return hashlib.sha256(data).digest()


def judge_chain(verdict, case_id, facts):
    """Sequences 1, 2, 3 …, each hash over the one before."""
    previous, expected = bytes(32), 1
    for fact in facts:
        if fact.seq != expected:
            verdict.find("sequence-gap", case_id, f"fact {fact.seq} stands where {expected} should")
        if fact.prev_hash != previous or fact.hash != chain_hash(fact, previous):
            verdict.find("chain-broken", case_id, f"the hash of fact {fact.seq} ({fact.name}) does not fit")
        previous, expected = fact.hash, fact.seq + 1


def judge_columns(verdict, fact):
    """A row's columns are its payload's meta."""
    if fact.message is None:
        verdict.find("undecodable", fact.case_id, f"fact {fact.seq} is no {fact.type}")
        return
    meta = fact.message.meta
    said = (meta.case_id, meta.sequence, meta.tenant, meta.cause_id, meta.actor, meta.decided_at_ms)
    if said != (fact.case_id, fact.seq, fact.tenant, fact.cause_id, fact.actor, fact.decided_ms):
        verdict.find("columns-differ", fact.case_id, f"fact {fact.seq} ({fact.name}): columns say other than payload")


def judge_causes(verdict, case_id, facts):
    """Each cause decides once, in one piece; time does not run backwards within a case."""
    seen = set()
    for cause, group in itertools.groupby(facts, key=lambda fact: fact.cause_id):
        group = list(group)
        if cause in seen or len({fact.decided_ms for fact in group}) != 1:
            verdict.find("applied-twice", case_id, f"cause {cause} decided more than once, again at {group[0].seq}")
        seen.add(cause)
    for earlier, later in zip(facts, facts[1:]):
        if later.decided_ms < earlier.decided_ms:
            verdict.find("time-backwards", case_id, f"fact {later.seq} was decided before fact {earlier.seq}")


def judge_records(run, verdict):
    """Everything that can be said of case_events alone."""
    for case_id, facts in run.cases.items():
        judge_chain(verdict, case_id, facts)
        judge_causes(verdict, case_id, facts)
        births = [fact.seq for fact in facts if fact.name == "CaseRegistered"]
        if births != [1]:
            verdict.find("registered-once", case_id, f"CaseRegistered at {births} instead of 1 alone")
    for fact in run.facts:
        judge_columns(verdict, fact)
    verdict.count("cases", len(run.cases))
    verdict.count("facts", len(run.facts))


def judge_withheld(verdict, past):
    """Each fact names those for whom it does not exist."""
    for fact, state in zip(past.facts, past.states[1:]):
        said = set(fact.message.meta.withheld_from) if fact.message else state.conflicts
        if said != state.conflicts:
            verdict.find("state-differs", fact.case_id, f"fact {fact.seq} ({fact.name}) is withheld from {sorted(said)}, but "
                         f"{sorted(state.conflicts)} have a conflict")


def judge_moves(verdict, past):
    """Each fact that moves its case says from where to where."""
    for fact, before, after in zip(past.facts, past.states, past.states[1:]):
        said = (fact.message.meta.from_status, fact.message.meta.to_status) if fact.message else move_of(fact, before, after)
        if said != move_of(fact, before, after):
            verdict.find("state-differs", fact.case_id, f"fact {fact.seq} ({fact.name}) says that it moved the case as {said}, "
                         f"but it did as {move_of(fact, before, after)}")


def judge_versions(verdict, facts):
    """Each fact that moves its case names the pack and the calendar of the deadline that the case was held to."""
    armed = {}
    for cause, group in itertools.groupby(facts, key=lambda fact: fact.cause_id):
        held_to = armed.get("resolution") or armed.get("first_response") or ("", "")
        for fact in group:
            if not fact.message:
                continue
            meta = fact.message.meta
            wanted = held_to if meta.to_status else ("", "")
            if (meta.policy_version, meta.calendar_version) != wanted:
                verdict.find("state-differs", fact.case_id, f"fact {fact.seq} ({fact.name}) of {cause} names the rules "
                             f"{meta.policy_version} and {meta.calendar_version} instead of {wanted}")
            if fact.name in ("ClockArmed", "ClockPaused"):
                terms = fact.message.terms
                name = terms.name or fact.message.name
                if fact.name == "ClockArmed" or fact.message.amended:
                    armed[name] = (terms.policy_version, terms.calendar_version)


def judge_states(run, verdict):
    """The row in cases is the fold of the case's facts."""
    rows = {row["case_id"]: row for row in run.table("ledger.cases")}
    for case_id in rows.keys() - run.cases.keys():
        verdict.find("state-differs", case_id, "a row in cases, but no fact")
    for case_id, facts in run.cases.items():
        row, past = rows.get(case_id), History(facts)
        state = past.states[-1]
        judge_withheld(verdict, past)
        judge_moves(verdict, past)
        judge_versions(verdict, facts)
        if row is None:
            verdict.find("state-differs", case_id, "facts, but no row in cases")
            continue
        told = (row["sequence"], row["hash"], row["status"], row["unit"], row["urgency"], row["category"])
        folded = (facts[-1].seq, facts[-1].hash, STATUS_NAMES[state.status], state.unit, state.urgency, state.category)
        if told != folded:
            verdict.find("state-differs", case_id, f"cases says {told}, its facts {folded}")


def judge_message(verdict, message, facts, taken_ms):
    """One message of redress.facts against the record; its id where it is new and right."""
    identity = message.headers.get("ce_id", "")
    fact = facts.get(identity)
    case_id = message.key.decode("utf-8", "replace")
    if fact is None:
        if not decided_after(message, taken_ms):
            verdict.find("fact-unknown", case_id, f"redress.facts has {identity}, case_events has not")
        return
    if message.value != fact.payload or message.headers.get("ce_type") != fact.type or case_id != fact.case_id:
        verdict.find("fact-differs", fact.case_id, f"fact {fact.seq} on redress.facts differs from case_events")
    if message.headers.get("redress_hash") != fact.hash.hex():
        verdict.find("fact-differs", fact.case_id, f"fact {fact.seq} on redress.facts carries another hash")


def decided_after(message, taken_ms):
    """Whether a message is younger than the snapshot of the tables."""
    return milliseconds(message.headers.get("ce_time")) >= taken_ms


def judge_topic(run, verdict):
    """redress.facts, deduplicated, equals case_events, each case in order and on one partition."""
    facts = {f"{fact.case_id}/{fact.seq}": fact for fact in run.facts}
    waiting = {f"{case_id}/{seq}" for row in run.table("ledger.outbox") for case_id, seq in
               zip(row["case_ids"], row["seqs"])}
    seen, newest, repeats = {}, {}, 0
    for message in run.topic("facts"):
        identity = message.headers.get("ce_id", "")
        if identity in seen:
            repeats += 1
            if seen[identity] != message.partition:
                verdict.find("fact-order", message.key.decode(), f"{identity} stands on two partitions")
            judge_message(verdict, message, facts, run.taken_ms)
            continue
        seen[identity] = message.partition
        judge_message(verdict, message, facts, run.taken_ms)
        if identity in facts:
            fact = facts[identity]
            if fact.seq != newest.get(fact.case_id, 0) + 1:
                verdict.find("fact-order", fact.case_id, f"fact {fact.seq} comes after {newest.get(fact.case_id, 0)}")
            newest[fact.case_id] = fact.seq
    for identity in facts.keys() - seen.keys():
        where = "still in the outbox" if identity in waiting else "and not in the outbox"
        verdict.find("fact-unpublished", facts[identity].case_id, f"{identity} is not on redress.facts, {where}")
    verdict.count("facts_published_again", repeats)


def is_urgent(message):
    """Whether a proposal says so of itself; what can't be read is not."""
    kind = message.headers.get("ce_type", "").removeprefix("redress.v1.")
    try:
        return kind in URGENT and bool(URGENT[kind](getattr(proposals_pb2, kind).FromString(message.value)))
    except DecodeError:
        return False


def judge_consumed(run, verdict):
    """The ledger's own offsets stand at the ends of both topics of proposals, and each holds what belongs there."""
    ends = {(row["topic"], row["partition"]): row["next_offset"] for row in run.table("ledger.kafka_offset")}
    for name, urgent in LANES.items():
        for message in run.topic(name):
            place = f'proposal {message.headers.get("ce_id")} at {name} {message.partition}/{message.offset}'
            end = ends.get((f"redress.{name}", message.partition), 0)
            if message.offset >= end and not decided_after(message, run.taken_ms):
                verdict.find("proposal-unread", message.key.decode(), place)
            if is_urgent(message) is not urgent:
                verdict.find("proposal-misplaced", message.key.decode(), place)
