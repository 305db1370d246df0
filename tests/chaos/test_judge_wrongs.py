"""Wrongs that no real run was made to show: each is done to a small case that is right, the judge names it, and of the case
that is right it says nothing. No stack is needed."""

import base64
from types import SimpleNamespace

import casework
import chains
import clocks
import commands
import complainants
import evidence
import forgery
import notices
import privacy
import pytest
import reactions
import submissions
from identity import content_digest, milliseconds
from redress.v1 import facts_pb2

CASE, PLACE = "case", "first-hospital"
NOW_MS, TAKEN_MS = 9000, 12_000  # when what is in question happens, and when the tables are read: in time for every clock
NURSE = {"subject": "shen-yue", "roles": ["handler"], "units": ["nursing"], "institutions": ["*"]}
DESK = {"subject": "lin-zhiyuan", "roles": ["supervisor", "operator"], "units": [], "institutions": ["*"]}
CHIEF = {"subject": "tang-wei", "roles": ["supervisor"], "units": [], "institutions": [PLACE]}
FOR_ANYONE = {"id": "usual", "version": 1, "layer": "region"}


def region(*packs):
    """A region of one hospital, which has these packs."""
    made = evidence.Region.__new__(evidence.Region)
    made.staff = {person["subject"]: person for person in (NURSE, DESK, CHIEF)}
    made.institutions, made.packs = {PLACE: {"type": "hospital"}}, [{**FOR_ANYONE, **pack} for pack in packs]
    return made


def told(kind, /, when=1000, cause="", actor="", **fields):
    """A fact, which has no place in a case yet."""
    message = getattr(facts_pb2, kind)(**fields)
    for name, value in (("case_id", CASE), ("tenant", PLACE), ("actor", actor), ("cause_id", cause), ("decided_at_ms", when)):
        setattr(message.meta, name, value)
    return evidence.Fact(CASE, 0, PLACE, f"redress.v1.{kind}", message.SerializeToString(), cause, actor, when, b"", b"", message)


def case_of(*facts):
    """The case of which these are the facts, as the ledger would keep it; what names no cause has one of its own."""
    kept = [forgery.copy_of(fact) for fact in facts]
    for place, fact in enumerate(kept):
        meta = fact.message.meta
        meta.cause_id = meta.cause_id or f"cause-{place}"
    forgery.number_and_chain(kept)
    return kept


def run_of(kept, attempts=(), packs=(), /, **files):
    """A run with this case alone; files are tables and topics."""
    return SimpleNamespace(cases={CASE: kept}, facts=kept, taken_ms=TAKEN_MS, region=region(*packs), faults=[], recovery=[],
                           about={"started_at": 0}, started=lambda case_id: True,
                           submitted=lambda *kinds: [attempt for attempt in attempts if attempt.kind in kinds],
                           table=lambda name: files.get(name, []), topic=lambda name: files.get(name, []))


def named(judge, run):
    """What one module of the judge finds, by rule."""
    verdict = evidence.Verdict()
    judge(run, verdict)
    return [finding["rule"] for finding in verdict.findings]


REGISTERED, ACCEPTED = told("CaseRegistered", received_at_ms=1000), told("CaseAccepted", 2000)
DISPATCHED, DESIGNATED = told("CaseDispatched", 3000, unit="nursing"), told("CaseDesignated", 3000, unit="nursing")
REWORKED, ARCHIVED, ERASED = told("ReworkOrdered", 3000), told("CaseArchived", 3000), told("ContentErased", 3000)
IN_HAND = [REGISTERED, ACCEPTED, DISPATCHED, told("CaseSigned", 3500, unit="nursing", handler="shen-yue"), told("InvestigationStarted", 3600)]


# The record.

@pytest.mark.parametrize("column, value", [("tenant", "other-hospital"), ("cause_id", "another"), ("actor", "shen-yue"), ("decided_ms", 2001)])
def test_a_column_that_says_other_than_its_payload_is_named(column, value):
    facts = case_of(REGISTERED, ACCEPTED)
    assert not named(chains.judge_records, run_of(facts))
    setattr(facts[1], column, value)
    assert named(chains.judge_records, run_of(facts)) == ["columns-differ"]


@pytest.mark.parametrize("changes", [{}, {"type": "redress.v1.CaseWished"}, {"payload": b"\xff"}, {"payload": b""}])
def test_a_fact_that_is_none_of_its_type_is_named_though_its_hash_is_right(changes):
    facts = case_of(REGISTERED, ACCEPTED)
    for column, value in changes.items():
        setattr(facts[1], column, value)
    facts[1].message, facts[1].hash = evidence.decode(facts[1]), chains.chain_hash(facts[1], facts[0].hash)
    assert named(chains.judge_records, run_of(facts)) == (["undecodable"] if changes else [])


@pytest.mark.parametrize("facts, rules", [([REGISTERED, ACCEPTED], []), ([REGISTERED, ACCEPTED, told("CaseRegistered", 2000)], ["registered-once"]),
                                          ([ACCEPTED], ["registered-once"]), ([ACCEPTED, told("CaseRegistered", 2000)], ["registered-once"])])
def test_a_case_that_is_not_registered_first_and_once_is_named(facts, rules):
    assert named(chains.judge_records, run_of(case_of(*facts))) == rules


def test_a_fact_on_the_topic_that_the_record_does_not_have_is_named():
    facts = case_of(REGISTERED, ACCEPTED)
    rows = [forgery.message_of(fact, partition=0) for fact in facts]
    said = [evidence.Message(row["partition"], row["offset"], row["key"].encode(), row["headers"], base64.b64decode(row["value"])) for row in rows]
    run = run_of(facts, facts=said)
    run.taken_ms = milliseconds(rows[1]["headers"]["ce_time"]) + 1
    assert not named(chains.judge_topic, run)
    run.facts = facts[:1]
    assert named(chains.judge_topic, run) == ["fact-unknown"]
    run.taken_ms -= 1
    assert not named(chains.judge_topic, run), "it came after the tables were read"


@pytest.mark.parametrize("table", ["notification.contacts", "analytics.contact_hashes"])
def test_what_is_kept_of_who_complained_in_an_erased_case_is_named(table):
    row = {"case_id": CASE}
    assert not named(privacy.judge_privacy, run_of(case_of(REGISTERED), **{table: [row]}))
    assert not named(privacy.judge_privacy, run_of(case_of(REGISTERED, ERASED), **{table: [{"case_id": "another"}]}))
    assert named(privacy.judge_privacy, run_of(case_of(REGISTERED, ERASED), **{table: [row]})) == ["not-erased"]


@pytest.mark.parametrize("times, rules", [(1, []), (0, ["delivery-recorded"]), (2, ["delivery-recorded"])])
def test_a_delivery_that_is_not_recorded_once_is_named(times, rules):
    notice = notices.Notice(CASE, 1, "email", "complainant", "", 1000)
    row = {"delivery_id": notice.identity, "case_id": CASE, "fact_type": "CaseRegistered", "channel": "email", "recipient": "complainant",
           "occasion_sequence": 1, "state": "failed", "failure": "no-email"}
    facts = case_of(told("CaseRegistered", contactable=True), *[told("DeliveryRecorded", delivery_id=notice.identity)] * times)
    run = run_of(facts, **{"notification.deliveries": [row]})
    run.mails = run.hooks = run.region.hooks = []
    assert named(notices.judge_notices, run) == rules


# What complainants and staff asked for.

def attempt_at(second, kind, key, request, outcome="acknowledged", **answer):
    """A request that was answered a fifth of a second later."""
    return evidence.Attempt("client", kind, key, CASE, request, second, second + 0.2, outcome, answer=answer)


def submitted_twice(second_body, second_at=2.0, **second_answer):
    """A complaint, and what was sent under its key afterwards."""
    body = {"channel": "web", "institution": PLACE, "narrative": "等了三个小时", "received_at_ms": 1000}
    digest = content_digest(body)
    receipt = {"case_id": CASE, "tracking_code": "T", "received_at": "1970-01-01T00:00:01Z", "content_sha256": digest.hex()}
    facts = case_of(told("CaseRegistered", tracking_code="T", received_at_ms=1000, content_sha256=digest, source="web"))
    second = {"outcome": "refused", **second_answer} if second_answer else receipt
    return run_of(facts, [attempt_at(1.0, "submit-http", "one", body, **receipt),
                          attempt_at(second_at, "submit-http", "one", {**body, **second_body}, **second)])


def test_a_repeat_that_is_refused_as_if_it_were_another_is_named():
    assert not named(submissions.judge_submissions, submitted_twice({}))
    assert not named(submissions.judge_submissions, submitted_twice({"narrative": "另一件事"}, code=submissions.REUSED))
    assert not named(submissions.judge_submissions, submitted_twice({}, 1.1, code=submissions.REUSED)), "the first had no answer yet"
    assert named(submissions.judge_submissions, submitted_twice({}, code=submissions.REUSED)) == ["repeat-refused"]


def commanded(before, action, person, body, *more, **fields):
    """A case of which this became true by a command that was acknowledged; more: facts of it or of other causes."""
    command = commands.Command(CASE, person["subject"], action, "key")
    fact = told(casework.RULES[action].fact, NOW_MS, command.cause_id, person["subject"], **fields)
    more = [told(kind, NOW_MS, cause or command.cause_id, **said) for kind, cause, said in more]
    request = {"action": action, "user": person["subject"], "if_match": "*", **body}
    return run_of(case_of(*before, fact, *more), [attempt_at(NOW_MS / 1000 - 0.1, "command", "key", request)])


IN_URGENCY = [REGISTERED, told("CaseAssessed", 2000, urgency="URGENCY_P2")]
RULED = {"state": ("accept", DESK, [REGISTERED], {}), "guard": ("request-return", NURSE, IN_HAND[:3], {}),
         "unit": ("dispatch", DESK, IN_HAND[:3], {"unit": "medical"}), "scope": ("dispatch", CHIEF, IN_HAND[:2], {"unit": f"{PLACE}.medical"}),
         "reason": ("assess", DESK, IN_URGENCY, {"reason": "误报"})}


@pytest.mark.parametrize("rule, wrong", [("state", {"before": [REGISTERED, ACCEPTED]}),
                                         ("guard", {"before": [REGISTERED, ACCEPTED, DISPATCHED, DESIGNATED, REWORKED, DISPATCHED]}),
                                         ("unit", {"body": {"unit": "nursing"}}), ("scope", {"body": {"unit": "bureau.complaints"}}),
                                         ("reason", {"body": {}})])
def test_a_command_that_was_applied_against_a_rule_is_named(rule, wrong):
    action, person, before, body = RULED[rule]

    def rules(before, body):
        asked, made = ({"urgency": "P3"}, {"urgency": "URGENCY_P3"}) if action == "assess" else ({}, {})
        return named(commands.judge_commands, commanded(before, action, person, {**body, **asked}, **body, **made))
    assert rules(before, body) == []
    assert rules(wrong.get("before", before), wrong.get("body", body)) == ["rule-broken"]


OFFER = {"sha256": "ab", "media_type": "image/png", "size": 9}


@pytest.mark.parametrize("action, body, before, rules", [
    ("messages", {"text": "还在等"}, [], []), ("messages", {"text": "还在等"}, [ARCHIVED], ["rule-broken"]),
    ("messages", {"text": "还在等"}, [ERASED], ["rule-broken"]), ("withdrawal", {"reason": "好了"}, [], []),
    ("withdrawal", {"reason": "好了"}, [told("CaseClosed", 3000)], ["rule-broken"]), ("reopening", {"reason": "又来"}, [told("CaseClosed", 3000)], []),
    ("reopening", {"reason": "又来"}, [], ["rule-broken"]), ("evidence", OFFER, [told("EvidenceRegistered", 3000, sha256="cd")], []),
    ("evidence", OFFER, [told("EvidenceRegistered", 3000, sha256="ab")], ["rule-broken"])])
def test_what_a_complainant_sent_and_was_taken_against_a_rule_is_named(action, body, before, rules):
    attempt = attempt_at(NOW_MS / 1000 - 0.1, "contact", "key", {"action": action, "code": "T", **body})
    fact = told(complainants.WAYS[action].fact, NOW_MS, complainants.cause_of(attempt), **body)
    assert named(complainants.judge_complainants, run_of(case_of(REGISTERED, ACCEPTED, *before, fact), [attempt])) == rules


@pytest.mark.parametrize("gone, alarms, rules", [
    ([], [], []), (["lin-zhiyuan"], [("", casework.NO_SUPERVISOR)], []), (["lin-zhiyuan"], [], ["unsupervised"]),
    (["lin-zhiyuan"], [("", casework.NO_SUPERVISOR - 1)], ["unsupervised"]),
    (["lin-zhiyuan"], [("later", casework.NO_SUPERVISOR)], ["unsupervised"])])
def test_a_case_that_lost_its_last_supervisor_unheard_is_named(gone, alarms, rules):
    before = [REGISTERED, ACCEPTED, *(told("ConflictDeclared", 2000, staff=staff) for staff in gone)]
    alarms = [("AlarmRaised", cause, {"alarm_id": "a", "ordinal": 1, "kind": kind}) for cause, kind in alarms]
    run = commanded(before, "declare-conflict", NURSE, {"staff": "tang-wei"}, *alarms, staff="tang-wei")
    assert named(commands.judge_commands, run) == rules


def test_an_adverse_effect_that_nobody_supervises_is_named():
    assessed = told("CaseAssessed", 2000, cause="assessment", situations="adverse-effect")
    order = {"issuer": "rule", "order": 1, "trigger": reactions.ADVERSE_EFFECT}
    for follows, rules in (([told("SupervisionOrdered", 2000, "assessment", **order)], []), ([], ["unsupervised"]),
                           ([told("SupervisionOrdered", 2000, "another", **order)], ["unsupervised"])):
        assert named(reactions.judge_reactions, run_of(case_of(REGISTERED, assessed, *follows))) == rules


# Clocks.

def armed(version, due, when=2000, started=1000, name="resolution", **fields):
    """Terms of a clock."""
    return told("ClockArmed", when, terms={"name": name, "version": version, "started_at_ms": started, "due_at_ms": due}, **fields)


def stopped(when=4000, **fields):
    """Its end."""
    return told("ClockStopped", when, name="resolution", version=1, **fields)


FIRST = armed(1, 8000)


@pytest.mark.parametrize("facts, rules", [
    ([FIRST], []), ([armed(2, 8000)], ["clock-version"]), ([FIRST, armed(2, 8500, 3000, 3000)], []),
    ([FIRST, armed(1, 8500, 3000, 3000)], ["clock-version"]), ([FIRST, armed(3, 8500, 3000, 3000)], ["clock-version"]),
    ([FIRST, stopped(), armed(2, 8500, 5000, 5000)], []), ([FIRST, stopped(), armed(2, 8000, 5000)], ["clock-reset"]),
    ([FIRST, stopped(), armed(2, 8000, 5000, reason="reopened")], []), ([FIRST, stopped(), armed(2, 8000, 5000, reason="assessed")], ["clock-reset"]),
    ([FIRST, stopped(displaced=True), armed(2, 8000, 5000, reason="assessed")], []),
    ([FIRST, stopped(displaced=True), armed(2, 8000, 5000, reason="reopened")], ["clock-reset"]),
    ([FIRST, told("ClockBreached", 8000, name="resolution", version=1), armed(2, 9500, NOW_MS)], ["clock-reset"]),
    ([FIRST, armed(2, 7000, 5000, reason="amended", previous_due_at_ms=8000)], []),
    ([FIRST, armed(2, 5000, 5000, reason="amended", previous_due_at_ms=8000)], ["clock-past"]),
    ([FIRST, armed(2, 9500, 8000, reason="amended", previous_due_at_ms=8000)], ["clock-past"]),
    ([FIRST, stopped()], []), ([FIRST, stopped(), stopped()], ["clock-stopped-twice"]), ([stopped()], ["clock-stopped-twice"]),
    ([FIRST, told("ClockBreached", 8000, name="resolution", version=1), stopped(NOW_MS)], ["clock-stopped-twice"])])
def test_a_clock_that_is_armed_or_stopped_against_its_past_is_named(facts, rules):
    assert named(clocks.judge_clocks, run_of(case_of(REGISTERED, ACCEPTED, *facts))) == rules


def waits(clock):
    """A pack by which a clock may rest for an appraisal, unless the case is P2."""
    limit = {"limit": {"value": 90, "unit": "seconds"}, "starts_on": "case_accepted", "stops_on": "case_replied"}
    return {"rules": [{"clock": clock, "when": {"severities": ["P3"]}, "pauses": [{"ground": "appraisal"}], **limit},
                      {"clock": clock, "when": {"severities": ["P2"]}, **limit}]}


@pytest.mark.parametrize("urgency, runs_on, rules", [(3, False, []), (2, True, []), (3, True, ["pause-differs"]), (2, False, ["pause-differs"])])
@pytest.mark.parametrize("clock", ["resolution", "review"])
def test_what_rests_or_runs_on_against_the_rule_of_its_new_urgency_is_named(clock, urgency, runs_on, rules):
    rests = told("CaseSuspended", 4000, ground="appraisal")
    again = told("CaseResumed", 5000, "assessment", ground="appraisal")
    if clock == "review":
        terms = {"name": "review", "version": 2, "started_at_ms": 1000, "due_at_ms": 60_000}
        rests = told("ClockPaused", 4000, name="review", version=1, ground="appraisal", alone=True, until_ms=50_000, terms=terms)
        again = armed(2, 9500, 5000, name="review", clock="review", alone=True, reason="resumed", cause="assessment", previous_due_at_ms=60_000)
    before = [*IN_HAND, *([armed(1, 8000, 3700, name="review")] if clock == "review" else []), rests]
    facts = case_of(*before, told("CaseAssessed", 5000, "assessment", urgency=urgency), *([again] if runs_on else []))
    assert named(clocks.judge_clocks, run_of(facts, [], [waits(clock)])) == rules


RESPONSE = {"clock": "first_response", "starts_on": "case_registered", "stops_on": "complainant_told", "limit": {"value": 2, "unit": "hours"}}
CLIMBS = {"rules": [RESPONSE],
          "ladder": {"levels": [{"after": {"value": after, "unit": "seconds"}} for after in (0, 3, 15)], "most": 2}}
ALARM = {"alarm_id": "a", "ordinal": 1}


@pytest.mark.parametrize("first, second, rules", [(5000, 20_000, []), (4999, 20_000, ["climb-differs"]), (5001, 20_001, ["climb-differs"]),
                                                  (5000, 19_999, ["climb-differs"]), (5001, 20_000, ["climb-differs"] * 2)])
def test_an_alarm_that_climbs_at_another_time_than_its_ladder_has_is_named(first, second, rules):
    def climb(level, due, when):
        return armed(level, due, when, when, "escalation-1")
    facts = [REGISTERED, armed(1, 90_000, name="first_response"), told("AlarmRaised", 2000, **ALARM), climb(1, first, 2000),
             told("CaseEscalated", max(first, 5000), level=1, **ALARM), climb(2, second, max(first, 5000))]
    assert named(clocks.judge_clocks, run_of(case_of(*facts), [], [CLIMBS])) == rules
