"""Each notice once per recipient, channel and occurrence. Towards SMTP and web hooks delivery is at least once: the
same Message-ID twice is counted apart, two different ones for one occurrence are a failure."""

import json
import math
from collections import Counter, defaultdict
from dataclasses import dataclass

from identity import content_digest, milliseconds, uuid_of

GRACE_MS = 10_000
COMPLAINANT, LADDER, SUPERVISOR, REVIEWERS = "complainant", "ladder", "supervisor", "reviewers"
AUDIT, ISSUER = "audit", "issuer"
TOLD = {**dict.fromkeys(["CaseRegistered", "CaseAccepted", "CaseNotAccepted", "CaseRedirected", "CaseReplied",
                         "CaseClosed", "ReviewDecided", "MessageSent", "ProgressTold", "CaseTerminated"], [COMPLAINANT]),
        **dict.fromkeys(["CaseDispatched", "CaseDesignated", "ClockWarned", "AlarmRaised", "CaseEscalated"], [LADDER]),
        **dict.fromkeys(["SupervisionOrdered", "SupervisionLifted", "CoHandlerAdded", "CoHandlerAnswered"], [LADDER]),
        "SupervisionAnswered": [ISSUER],
        **dict.fromkeys(["MessageReceived", "EvidenceOffered", "ImprovementOpened"], [LADDER]),
        **dict.fromkeys(["ReturnRequested", "TerminationRequested"], [SUPERVISOR]),
        **dict.fromkeys(["ReviewRequested", "FinalReviewRequested"], [REVIEWERS]),
        "ExtensionRequested": [LADDER], "ExtensionDecided": [COMPLAINANT], "CaseResumed": [COMPLAINANT], "ClockArmed": [COMPLAINANT], "GlassBroken": [LADDER, AUDIT],
        **dict.fromkeys(["ReworkOrdered", "CaseReopened", "CaseWithdrawn"], [COMPLAINANT, LADDER])}
# Who decides what is asked, or supervises, stands a rung above the first.
RUNGS = dict.fromkeys(["ExtensionRequested", "GlassBroken"], 1)
# What a review's clock occasions is its reviewers'.
CLOCKS = {"ClockWarned", "AlarmRaised", "CaseEscalated"}
# Which field says whose ladder it is; an extension's "unit" is one of time.
UNIT_FIELDS = {"CoHandlerAnswered": "lead", "ImprovementOpened": "owner", "ExtensionRequested": None}


@dataclass(frozen=True)
class Notice:
    """One notice that the facts and the region's files call for."""
    case_id: str
    seq: int
    channel: str
    recipient: str
    address: str | None  # "" where nobody can be reached, None where the journals do not know
    decided_ms: float
    erased: bool = False  # by a later fact it was forgotten who is told

    @property
    def identity(self):
        """Its delivery's id, and its Message-ID."""
        return uuid_of("delivery", self.case_id, str(self.seq), self.channel, self.recipient)

    def __str__(self):
        return f"{self.channel} to {self.recipient} about fact {self.seq}"


def addresses(run):
    """{(institution, content): e-mail address} of the complainants: journals know them, the ledger does not."""
    known = {}
    for attempt in run.submitted("submit-http", "submit-kafka"):
        body = attempt.body
        complainant = {} if body.get("anonymous") else body.get("complainant") or {}
        if isinstance(complainant, dict):
            known[str(body.get("institution")), content_digest(body)] = complainant.get("email") or ""
    return known


def listed(codes, code):
    """Whether a hook's list holds a code."""
    return "*" in codes or code in codes


def ladder_of(run, fact, withheld):
    """The person on whose rung a fact of a unit's is, and who sees the case beside them."""
    level = fact.message.level if fact.name == "CaseEscalated" else RUNGS.get(fact.name, 0)
    if fact.name in CLOCKS and fact.message.reviewers_of:
        above = run.region.ladder_person(fact.message.reviewers_of, "", level, withheld)
        told = reviewers_of(run, fact, withheld) if level == 0 else list(filter(None, [above]))
        return told or run.region.told("administrator", fact.tenant, withheld, 8)
    field = UNIT_FIELDS.get(fact.name, "unit")
    person = run.region.ladder_person(fact.tenant, getattr(fact.message, field) if field else "", level, withheld)
    if person and level and not {"*", fact.tenant} & set(person["institutions"]):  # who sees the case is told too
        return [person, run.region.ladder_person(fact.tenant, "", level, withheld)]
    return [person] if person else run.region.told("administrator", fact.tenant, withheld, 8)


def reviewers_of(run, fact, withheld):
    """Whose decision it is does not review it; where there is nobody, the bureau must find one."""
    reviewers = run.region.told("reviewer", fact.tenant, withheld | set(fact.message.decided_by), 8)
    return reviewers or [run.region.bureau_supervisor(fact.tenant, fact.actor, withheld)]


def staff_of(run, fact, audience):
    """Who of the staff is told of a fact."""
    withheld = set(fact.message.meta.withheld_from)
    if audience == LADDER:
        return ladder_of(run, fact, withheld)
    if audience == AUDIT:
        return run.region.told("auditor", fact.tenant, withheld, 3)
    if audience == REVIEWERS:
        return reviewers_of(run, fact, withheld)
    issuers = [person for person in run.region.told("supervisor", fact.tenant, withheld, 1000)
               if audience == ISSUER and person["subject"] == fact.message.issuer]
    return issuers or [run.region.bureau_supervisor(fact.tenant, fact.actor, withheld)]


def concerns_complainant(fact):
    """An extension that was denied leaves the complainant's date as it is, and so does what rested and was not extended."""
    told_if = {"ExtensionDecided": "granted", "CaseResumed": "extended", "ClockArmed": "extended"}.get(fact.name)
    return told_if is None or getattr(fact.message, told_if)


def erased_at(facts):
    """The fact after which nothing is planned for the complainant; none."""
    return min((fact.seq for fact in facts if fact.name == "ContentErased"), default=math.inf)


def wanted_of(run, fact, contactable, address, erased_seq):
    """The notices that one fact occasions."""
    audiences = TOLD.get(fact.name, [])
    if COMPLAINANT in audiences and contactable and fact.seq < erased_seq and concerns_complainant(fact):
        yield Notice(fact.case_id, fact.seq, "email", "complainant", address, fact.decided_ms, erased_seq < math.inf)
    for audience in set(audiences) - {COMPLAINANT}:
        for person in filter(None, staff_of(run, fact, audience)):
            yield Notice(fact.case_id, fact.seq, "email", f'staff:{person["subject"]}', person["email"], fact.decided_ms)
    for hook in run.region.hooks if audiences else []:
        if listed(hook["facts"], fact.name) and listed(hook["institutions"], fact.tenant):
            yield Notice(fact.case_id, fact.seq, "webhook", f'hook:{hook["id"]}', "", fact.decided_ms)


def expected(run):
    """{identity: Notice} of every fact."""
    notices = {}
    known = addresses(run)
    for facts in run.cases.values():
        first = facts[0].message if facts[0].name == "CaseRegistered" else None
        contactable = first is not None and first.contactable
        address = known.get((facts[0].tenant, first.content_sha256)) if contactable else ""
        erased_seq = erased_at(facts)
        for fact in facts:
            if fact.message is not None:
                notices.update((notice.identity, notice) for notice in wanted_of(run, fact, contactable, address, erased_seq))
    return notices


def is_hopeless(notice, failure):
    """Whether a notice may be given up: there is no address, or it was erased before the notice went out."""
    return failure == "no-email" and not notice.address or failure == "erased" and notice.erased


def is_of_no_case(delivery):
    """Whether it tells administrators that next year's calendar is missing, which from 1 December on each run meets."""
    return delivery["fact_type"] == "CalendarMissing"


def judge_calendars(run, verdict):
    """Who administers is told once of a calendar, year and week; gives the deliveries."""
    rows = [row for row in run.table("notification.deliveries") if is_of_no_case(row)]
    told = Counter((row["recipient"], row["parameters"], row["occasion_sequence"]) for row in rows)
    for (recipient, parameters, _), count in told.items():
        if count > 1:
            verdict.find("notice-doubled", None, f"{recipient} was told {count} times that the calendar is missing: {parameters}")
    return {row["delivery_id"] for row in rows}


def judge_deliveries(run, verdict, notices):
    """The service planned exactly these, ended each, and told the ledger once."""
    rows = {row["delivery_id"]: row for row in run.table("notification.deliveries") if not is_of_no_case(row)}
    recorded = Counter(fact.message.delivery_id for fact in run.facts
                       if fact.name == "DeliveryRecorded" and fact.message is not None)
    for identity, row in rows.items():
        if identity not in notices:
            verdict.find("notice-unexpected", row["case_id"], f'{row["channel"]} to {row["recipient"]} about fact '
                         f'{row["occasion_sequence"]}: nothing calls for it')
    for identity, notice in notices.items():
        row = rows.get(identity)
        if notice.decided_ms > run.taken_ms - GRACE_MS and (row is None or row["state"] == "pending"):
            continue
        if row is None:
            verdict.find("notice-missing", notice.case_id, f"{notice} was never planned")
        elif row["state"] == "pending":
            verdict.find("notice-missing", notice.case_id, f"{notice} still waits")
        elif row["state"] == "failed" and not is_hopeless(notice, row["failure"]):
            verdict.find("notice-missing", notice.case_id, f'{notice} was given up: {row["failure"]}')
        elif recorded[identity] != 1:
            verdict.find("delivery-recorded", notice.case_id, f"{notice} is {recorded[identity]} times on record")
    return {identity for identity, row in rows.items() if row["state"] == "sent"}


def judge_mails(run, verdict, notices, sent, of_calendars):
    """Every sent mail arrived where it should, and none came under a second Message-ID."""
    arrived, twins = defaultdict(list), {}
    for mail in run.mails:
        identity = mail.message_id.removesuffix("@redress")
        arrived[identity].append(mail)
        if identity in notices:
            twins[mail.content] = notices[identity]
    for identity, mails in arrived.items():
        notice = notices.get(identity)
        if identity in of_calendars:
            continue
        if notice is None:
            twin = twins.get(mails[0].content)
            if twin is None and mails[0].sent_ms + 1000 > run.taken_ms:
                continue  # about a fact that the snapshot of the tables does not hold
            rule, case_id = ("notice-doubled", twin.case_id) if twin else ("notice-unexpected", None)
            verdict.find(rule, case_id, f"mail {identity} to {mails[0].recipient}" +
                         (f" repeats {twin} under another Message-ID" if twin else ": nothing calls for it"))
        elif notice.address is not None and {mail.recipient for mail in mails} != {notice.address}:
            verdict.find("notice-misled", notice.case_id, f"{notice} went elsewhere than to {notice.address}")
        elif len({mail.content for mail in mails}) > 1:
            verdict.find("notice-doubled", notice.case_id, f"{notice} came with different contents under one Message-ID")
    for identity in sent - arrived.keys():
        if identity in notices and notices[identity].channel == "email":
            verdict.find("notice-missing", notices[identity].case_id, f"{notices[identity]} counts as sent, but is not there")
    verdict.count("mails", len(run.mails))
    verdict.count("mails_repeated", sum(len(mails) - 1 for mails in arrived.values()))


def judge_hooks(run, verdict, notices, sent):
    """The same for web hooks; webhook-id is the delivery's id."""
    arrived = defaultdict(dict)
    for call in run.hooks:
        identity = {name.lower(): value for name, value in call["headers"].items()}.get("webhook-id", "")
        said = json.loads(call["body"])
        arrived[identity][said["type"], said["data"]["case_id"]] = said
    for identity, said in arrived.items():
        if identity not in notices and max(milliseconds(call["timestamp"]) for call in said.values()) >= run.taken_ms:
            continue
        if identity not in notices:
            verdict.find("notice-unexpected", None, f"web hook {identity}: nothing calls for it")
        elif len(said) > 1 or {case_id for _, case_id in said} != {notices[identity].case_id}:
            verdict.find("notice-doubled", notices[identity].case_id, f"{notices[identity]} said different things")
    for identity in sent - arrived.keys():
        if identity in notices and notices[identity].channel == "webhook":
            verdict.find("notice-missing", notices[identity].case_id, f"{notices[identity]} counts as sent, but is not there")
    verdict.count("hooks", len(run.hooks))
    verdict.count("hooks_repeated", len(run.hooks) - len(arrived))


def judge_notices(run, verdict):
    """Everything that people and systems were to be told."""
    notices = expected(run)
    sent = judge_deliveries(run, verdict, notices)
    judge_mails(run, verdict, notices, sent, judge_calendars(run, verdict))
    judge_hooks(run, verdict, notices, sent)
    verdict.count("notices", len(notices))
