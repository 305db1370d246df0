"""Every acknowledged submission is exactly one case with that content; each refused one none, each unknown at most
one. A case that nobody submitted is as wrong as one that is missing."""

from collections import defaultdict
from dataclasses import dataclass, field

from google.protobuf.message import DecodeError
from identity import complaint_digest, content_digest, milliseconds, uuid_of
from redress.v1 import inbound_pb2  # pylint: disable=import-error

REUSED = "idempotency-key-reused"


@dataclass
class Group:
    """All attempts under one key: one submission, whatever became of it."""
    source: str
    institution: str
    key: str
    attempts: list = field(default_factory=list)
    cases: list = field(default_factory=list)

    def digests(self, *outcomes):
        """Contents of the attempts that ended so, in the order in which they began."""
        found = [content_digest(attempt.body) for attempt in self.attempts
                 if attempt.outcome in outcomes and attempt.expect == "case"]
        return list(dict.fromkeys(digest for digest in found if digest))

    def where(self, digest):
        """How the ledger's cases of this content are found."""
        return self.source, self.institution, digest

    def __str__(self):
        return f"{self.source} submission {self.key} to {self.institution}"


class Pool:
    """The run's cases, each to be explained by one submission."""

    def __init__(self, run):
        self.registered, self.free = {}, defaultdict(list)
        for case_id, facts in run.cases.items():
            fact = facts[0].message
            if facts[0].name == "CaseRegistered" and fact is not None and run.started(case_id):
                self.registered[case_id] = fact
                source = "kafka" if fact.source == "kafka" else "http"
                self.free[source, fact.meta.tenant, fact.content_sha256].append(case_id)

    def take(self, group, digest, case_id=None):
        """A case of this content for this submission; None where there is none left."""
        candidates = self.free[group.where(digest)]
        if case_id in candidates or (case_id is None and candidates):
            taken = case_id or candidates[0]
            candidates.remove(taken)
            group.cases.append(taken)
            return taken
        return None


def group_attempts(run):
    """{(source, institution, key): Group}"""
    groups = {}
    for attempt in run.submitted("submit-http", "submit-kafka"):
        source = attempt.kind.removeprefix("submit-")
        institution = str(attempt.body.get("institution"))
        group = groups.setdefault((source, institution, attempt.key), Group(source, institution, attempt.key))
        group.attempts.append(attempt)
    return list(groups.values())


def judge_receipt(verdict, attempt, fact):
    """A receipt says what the ledger registered."""
    receipt = attempt.answer
    told = (receipt.get("tracking_code"), milliseconds(receipt.get("received_at")),
            milliseconds(receipt.get("promised_at")), receipt.get("content_sha256"))
    kept = (fact.tracking_code, fact.received_at_ms, fact.promised_at_ms, fact.content_sha256.hex())
    if told != kept:
        verdict.find("receipt-differs", fact.meta.case_id, f"key {attempt.key}: receipt {told}, registered {kept}")


def judge_http_answers(verdict, pool, group):
    """What was answered over HTTP: one content a key, one case, the same receipt each time."""
    acknowledged = [attempt for attempt in group.attempts if attempt.outcome == "acknowledged"]
    contents = {content_digest(attempt.body) for attempt in acknowledged}
    if len(contents) > 1:
        verdict.find("key-reused", None, f"{group}: {len(contents)} different bodies were acknowledged")
    for attempt in acknowledged:
        case_id, digest = attempt.answer.get("case_id"), content_digest(attempt.body)
        if case_id not in group.cases and pool.take(group, digest, case_id) is None:
            verdict.find("lost", case_id, f"{group} was acknowledged, but is no case with that content")
        elif pool.registered[case_id].content_sha256 != digest:
            verdict.find("lost", case_id, f"{group}: another content was registered than this acknowledged one")
        else:
            judge_receipt(verdict, attempt, pool.registered[case_id])
    for attempt in group.attempts:
        if attempt.outcome == "refused" and attempt.answer.get("code") == REUSED and contents == {
                content_digest(attempt.body)} and attempt.before > min(done.end for done in acknowledged):
            verdict.find("repeat-refused", None, f"{group}: the acknowledged content itself was refused later")


def claim_kafka(verdict, pool, group):
    """An acknowledged record must become a case; of several contents under one id the first wins."""
    wanted = group.digests("acknowledged")
    taken = [digest for digest in wanted if pool.take(group, digest)]
    if wanted and not taken and not any(pool.take(group, digest) for digest in group.digests("unknown")):
        verdict.find("lost", None, f"{group} was acknowledged by the broker, but is no case")
    if len(taken) > 1:
        verdict.find("doubled", group.cases[0], f"{group} became {len(taken)} cases: {group.cases}")
    judge_winner(verdict, group, taken)


def judge_winner(verdict, group, taken):
    """Of several bodies under one id, sent one after the other, the first wins."""
    first = next((attempt for attempt in group.attempts if attempt.expect == "case"), None)
    if first is None or not taken or first.outcome != "acknowledged":
        return
    later = [attempt for attempt in group.attempts if attempt is not first and attempt.before > first.end]
    if len(later) == len(group.attempts) - 1 and taken[0] != content_digest(first.body):
        verdict.find("key-reused", group.cases[0], f"{group}: a later body won over the first")


def claim_unknown(pool, group):
    """What nobody knows about may be one case."""
    if not group.cases and not group.digests("acknowledged"):
        for digest in group.digests("unknown"):
            if pool.take(group, digest):
                return


def explain_leftovers(verdict, pool, groups):
    """Cases that no submission accounts for, each by its likeliest reason."""
    by_content = defaultdict(list)
    for group in groups:
        for attempt in group.attempts:
            by_content[group.where(content_digest(attempt.body))].append((group, attempt))
    for where, case_ids in pool.free.items():
        for case_id in case_ids:
            known = by_content.get(where, [])
            took = next((group for group, _ in known if group.cases), None)
            refused = next((group for group, attempt in known if attempt.outcome == "refused"), None)
            if took is not None:
                verdict.find("doubled", case_id, f"{took} has a second case beside {took.cases}")
            elif refused is not None or known:
                verdict.find("refused-yet-case", case_id, f"{refused or known[0][0]} was refused, but is a case")
            else:
                verdict.find("unexplained", case_id, "a case that nobody submitted with this content")


def digest_of_complaint(value):
    """The content of an inbound message; None where it does not decode."""
    try:
        return complaint_digest(inbound_pb2.ExternalComplaint.FromString(value))
    except DecodeError:
        return None


def judge_dead_letters(run, verdict, pool, groups):
    """What was refused on Kafka is kept as a dead letter, and nothing else is."""
    dead = defaultdict(set)
    for message in run.topic("dead-letters"):
        key = message.key.decode("utf-8", "replace")
        if milliseconds(message.headers.get("redress_dead_at")) < run.about["started_at"] * 1000:
            continue
        if message.headers.get("redress_origin_topic") == "redress.inbound":
            dead[key].add(digest_of_complaint(message.value))
        else:
            verdict.find("dead-letter", key, f'{message.headers.get("redress_service")} gave up a message of '
                         f'{message.headers.get("redress_origin_topic")}: {message.headers.get("redress_reason_text")}')
    kafka = [group for group in groups if group.source == "kafka"]
    for group in kafka:
        for attempt in group.attempts:
            judge_refusal(run, verdict, pool, group, attempt, dead[group.key])
    for key in dead.keys() - {group.key for group in kafka}:
        verdict.find("dead-letter", None, f"record {key} is a dead letter, but nobody sent it")


def judge_refusal(run, verdict, pool, group, attempt, dead):
    """One record on redress.inbound: a case, or kept."""
    digest = content_digest(attempt.body)
    won = any(pool.registered[case_id].content_sha256 == digest for case_id in group.cases)
    if won and digest in dead:
        verdict.find("dead-letter", group.cases[0], f"{group} is a case, and a dead letter too")
    if won or attempt.outcome != "acknowledged" or (attempt.expect == "case" and not group.cases):
        return
    kept = digest in dead or None in dead or was_refused(run, group, digest)
    if not kept:
        verdict.find("refusal-silent", None, f"{group}: a refused body is neither a dead letter nor a refusal fact")


def was_refused(run, group, digest):
    """Whether the ledger refused another content under this submission's case."""
    causes = {uuid_of("submit", case_id, (digest or b"").hex()) for case_id in group.cases}
    return any(fact.name == "ProposalRefused" and fact.cause_id in causes
               for case_id in group.cases for fact in run.cases[case_id])


def judge_submissions(run, verdict):
    """All submissions against all cases."""
    pool, groups = Pool(run), group_attempts(run)
    for group in groups:
        if group.source == "http":
            judge_http_answers(verdict, pool, group)
    for group in groups:
        if group.source == "kafka":
            claim_kafka(verdict, pool, group)
    for group in groups:
        claim_unknown(pool, group)
    explain_leftovers(verdict, pool, groups)
    judge_dead_letters(run, verdict, pool, groups)
    outcomes = defaultdict(int)
    for attempt in run.submitted("submit-http", "submit-kafka"):
        outcomes[attempt.outcome] += 1
    for outcome in ("acknowledged", "refused", "unknown"):
        verdict.count(f"submissions_{outcome}", outcomes[outcome])
    verdict.count("submissions", len(groups))
