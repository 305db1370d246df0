"""What a run left behind, read from its files. Nothing here asks the living system, so that a run can be judged
again, and a changed copy of it too."""

import base64
import email
import email.utils
import json
import pathlib
import sys
from collections import defaultdict
from dataclasses import dataclass, field

import yaml

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
import contracts  # noqa: E402,F401 pylint: disable=wrong-import-position,unused-import
from google.protobuf.message import DecodeError  # noqa: E402 pylint: disable=wrong-import-position
from redress.v1 import facts_pb2  # noqa: E402 pylint: disable=wrong-import-position,import-error

ENVELOPE = ("action", "if_match", "user", "expect", "code")  # what a journalled request says beside the body


class Unjudgeable(Exception):
    """Evidence is missing or unreadable: no verdict either way."""


@dataclass
class Attempt:
    """One request of one client, and how it ended as the client saw it."""
    client: str
    kind: str
    key: str
    case_id: str | None
    request: dict
    before: float
    after: float | None = None
    outcome: str = "unknown"
    status: int | None = None
    answer: dict = field(default_factory=dict)
    etag: str | None = None
    expect: str = "case"

    @property
    def body(self):
        """The request as it went over the wire."""
        return {name: value for name, value in self.request.items() if name not in ENVELOPE}

    @property
    def end(self):
        """When the client stopped waiting; never where it was cut off."""
        return self.after if self.after is not None else float("inf")


@dataclass
class Fact:
    """One row of case_events; message is None where the payload does not decode."""
    case_id: str
    seq: int
    tenant: str
    type: str
    payload: bytes
    cause_id: str
    actor: str
    decided_ms: float
    prev_hash: bytes
    hash: bytes
    message: object = None

    @property
    def name(self):
        """CaseRegistered, ClockArmed …"""
        return self.type.removeprefix("redress.v1.")


@dataclass
class Message:
    """One record of a topic."""
    partition: int
    offset: int
    key: bytes
    headers: dict
    value: bytes


@dataclass
class Mail:
    """One mail that arrived."""
    recipient: str
    message_id: str
    content: tuple  # what a reader sees
    sent_ms: float  # its date, which is when the fact was decided, in whole seconds


def read_lines(path):
    """One JSON object a line. A last line that was cut off by a kill counts as not written."""
    if not path.exists():
        return []
    lines = path.read_bytes().split(b"\n")
    objects = []
    for number, line in enumerate(lines):
        if not line.strip():
            continue
        try:
            objects.append(json.loads(line))
        except ValueError as error:
            if number == len(lines) - 1:
                break
            raise Unjudgeable(f"{path}, line {number + 1}: {error}") from error
    return objects


def value_of(text):
    """A table's value: bytea is written as PostgreSQL prints it."""
    return bytes.fromhex(text[2:]) if isinstance(text, str) and text.startswith("\\x") else text


def decode(fact):
    """The fact's message; None where the type is unknown or the bytes are not it."""
    kind = getattr(facts_pb2, fact.name, None)
    try:
        message = kind.FromString(fact.payload) if kind else None
    except DecodeError:
        return None
    return message if message is not None and message.HasField("meta") else None


class Run:
    """Everything about one run. Facts of a case are in the order of their sequence."""

    def __init__(self, path):
        self.path = pathlib.Path(path)
        self.about = self.read_object("run.json")
        self.snapshot = self.read_object("snapshot.json")
        self.taken_ms = self.snapshot["taken_at"] * 1000
        self.attempts = self.read_attempts()
        self.facts = self.read_facts()
        self.cases = defaultdict(list)
        for fact in sorted(self.facts, key=lambda fact: (fact.case_id, fact.seq)):
            self.cases[fact.case_id].append(fact)
        self.mails = self.read_mails()
        self.hooks = read_lines(self.path / "hooks.jsonl")
        self.faults = read_lines(self.path / "faults.jsonl")
        self.recovery = read_lines(self.path / "recovery.jsonl")
        self.region = Region(self.path / "region", self.path / "policies")

    def read_object(self, name):
        """A file of one JSON object."""
        try:
            return json.loads((self.path / name).read_text())
        except (OSError, ValueError) as error:
            raise Unjudgeable(f"{self.path / name}: {error}") from error

    def table(self, name):
        """Rows of a table as dictionaries; "ledger.cases"."""
        path = self.path / "ledger" / f"{name}.jsonl"
        if not path.exists():
            raise Unjudgeable(f"{path} is missing")
        return [{column: value_of(value) for column, value in row.items()} for row in read_lines(path)]

    def topic(self, name):
        """Messages of topics/<name>.jsonl, by partition and offset."""
        path = self.path / "topics" / f"{name}.jsonl"
        if not path.exists():
            raise Unjudgeable(f"{path} is missing")
        messages = [Message(line["partition"], line["offset"], (line["key"] or "").encode(), line["headers"],
                            base64.b64decode(line["value"] or "")) for line in read_lines(path)]
        return sorted(messages, key=lambda message: (message.partition, message.offset))

    def read_facts(self):
        """All rows of case_events."""
        facts = []
        for row in self.table("ledger.case_events"):
            fact = Fact(row["case_id"], row["seq"], row["tenant"], row["type"], row["payload"], row["cause_id"],
                        row["actor"], row["decided_at"], row["prev_hash"], row["hash"])
            fact.message = decode(fact)
            facts.append(fact)
        return facts

    def read_attempts(self):
        """All journals, in the order in which the requests began."""
        attempts = []
        for path in sorted((self.path / "journal").glob("*.jsonl")):
            open_attempts = {}
            for line in read_lines(path):
                if line["phase"] == "before":
                    request = line["request"] or {}
                    attempt = Attempt(path.stem, line["kind"], line["key"], line.get("case_id"), request, line["at"],
                                      expect=line.get("expect") or request.get("expect") or "case")
                    open_attempts[line["n"]] = attempt
                    attempts.append(attempt)
                elif line["phase"] == "after":
                    finish(open_attempts[line["n"]], line)
        return sorted(attempts, key=lambda attempt: attempt.before)

    def read_mails(self):
        """The Maildir's mails. What lies in tmp is half a mail whose server died, and counts as not taken."""
        found = []
        for path in sorted((self.path / "mail").rglob("*")):
            if not path.is_file() or path.parent.name == "tmp":
                continue
            mail = email.message_from_bytes(path.read_bytes())
            part = mail.get_payload(0) if mail.is_multipart() else mail
            recipient = str(mail["X-RcptTo"] or mail["To"]).strip("<> ")
            content = (recipient, mail["Subject"], mail["Date"], part.get_payload(decode=True))
            date = email.utils.parsedate_to_datetime(mail["Date"]).timestamp() * 1000
            found.append(Mail(recipient, str(mail["Message-ID"]).strip("<> "), content, date))
        return found

    def started(self, case_id):
        """Whether a case belongs to this run: it was registered after the load began."""
        first = self.cases[case_id][0]
        return first.decided_ms >= self.about["started_at"] * 1000 - 1

    def submitted(self, *kinds):
        """Attempts of these kinds."""
        return [attempt for attempt in self.attempts if attempt.kind in kinds]


def finish(attempt, line):
    """Adds what the client saw."""
    attempt.after = line["at"]
    attempt.outcome = line["outcome"]
    attempt.status = line.get("status")
    attempt.answer = line.get("answer") if isinstance(line.get("answer"), dict) else {}
    if attempt.answer.get("code") == "in-flight":
        attempt.outcome = "unknown"  # an earlier attempt is under way
    attempt.etag = line.get("etag")
    attempt.case_id = attempt.case_id or line.get("case_id")


RUNGS = 8  # looked at for somebody who may know
LAYERS = ["institution", "region", "national"]


def read_packs(path, folder):
    """The region's own packs and those that it takes from the folder of packs, each in its newest version."""
    policies = yaml.safe_load((path / "policies.yaml").read_text())
    packs = list(policies.get("packs") or [])
    for name in policies.get("use") or []:
        versions = [yaml.safe_load(file.read_text()) for file in folder.glob(f"{name}@*.yaml")]
        if not versions:
            raise Unjudgeable(f"{folder} holds no pack {name}")
        packs.append(max(versions, key=lambda pack: pack["version"]))
    return packs


def read_commitments(path):
    """What institutions promise, as packs of their own, each in its newest version."""
    file = path / "commitments.yaml"
    newest = {}
    for one in yaml.safe_load(file.read_text())["commitments"] if file.exists() else []:
        if one["version"] >= newest.get(one["id"], one)["version"]:
            newest[one["id"]] = one
    return [{"layer": "institution", "institutions": [one["institution"]], "rules": one["terms"]} for one in newest.values()]


class Region:
    """The region's files that say who is told and who may do what."""

    def __init__(self, path, policies):
        def read(name, where=None):
            file = path / f"{where or name}.yaml"
            if not file.exists():
                raise Unjudgeable(f"{file} is missing")
            return yaml.safe_load(file.read_text())[name]

        self.staff = {person["subject"]: person for person in read("staff")}
        self.institutions = {place["code"]: place for place in read("institutions")}
        self.hooks = read("hooks")
        self.packs = read_packs(path, policies) + read_commitments(path)
        self.ladders = {unit["code"]: unit.get("ladder") or [] for place in self.institutions.values()
                        for unit in place.get("units") or []}

    def packs_of(self, institution):
        """The packs that hold for an institution, the highest layer first."""
        kind = self.institutions[institution]["type"]
        fitting = [pack for pack in self.packs if institution in pack.get("institutions", [institution])
                   and kind in pack.get("institution_types", [kind])]
        return sorted(fitting, key=lambda pack: LAYERS.index(pack["layer"]))

    def longest_extension(self, clock):
        """The most that some rule lets a clock be extended by, in the rule's own unit."""
        return max((rule["extension"]["limit"]["value"] for pack in self.packs for rule in pack["rules"]
                    if rule["clock"] == clock and "limit" in rule.get("extension", {})), default=0)

    def rule_of(self, institution, clock, urgency):
        """The rule in seconds that holds for this urgency; None."""
        rules = [rule for pack in self.packs_of(institution) for rule in pack["rules"]
                 if rule["clock"] == clock and rule["limit"]["unit"] == "seconds"
                 and f"P{urgency}" in rule.get("when", {}).get("severities", [f"P{urgency}"])]
        return min(rules, key=lambda rule: "when" not in rule, default=None)

    def limit_ms(self, institution, clock, urgency):
        """The limit that holds for this urgency, where it is one of seconds; else None."""
        rule = self.rule_of(institution, clock, urgency)
        return rule["limit"]["value"] * 1000 if rule else None

    def may_wait(self, institution, ground, urgency):
        """Whether the rule that holds for this urgency lets a case rest on a ground."""
        return bool(self.may_wait_alone(institution, "resolution", ground, urgency))

    def may_wait_alone(self, institution, clock, ground, urgency):
        """The same of one clock; None where its rule is none in seconds."""
        rule = self.rule_of(institution, clock, urgency)
        return rule and ground in {pause["ground"] for pause in rule.get("pauses", [])}

    def rung(self, institution, unit, level):
        """Who is told at this level: the unit's ladder, else the nearest one up the tree."""
        ladder = self.ladders.get(unit) or []
        while not ladder and institution in self.institutions:
            ladder = self.institutions[institution].get("ladder") or []
            institution = self.institutions[institution].get("parent")
        return self.staff.get(ladder[min(level, len(ladder) - 1)]) if ladder else None

    def ladder_person(self, institution, unit, level, withheld):
        """The first from this rung up who may know: of the unit, else of its institution, else of those above."""
        while institution in self.institutions:
            for rung in range(level, level + RUNGS):
                person = self.rung(institution, unit, rung)
                if person is not None and person["subject"] not in withheld:
                    return person
            institution, unit = (institution if unit else self.institutions[institution].get("parent")), ""
        return None

    def acting(self, role, institution):
        """Staff with this role over an institution, in the file's order."""
        return [person for person in self.staff.values()
                if role in person["roles"] and {"*", institution} & set(person["institutions"])]

    def told(self, role, institution, withheld, most):
        """Those with this role who may know, no more than so many."""
        return [person for person in self.acting(role, institution) if person["subject"] not in withheld][:most]

    def bureau_supervisor(self, institution, but, withheld):
        """Who decides for the bureau, but for who asks and who may not know; else the first who may know."""
        person = self.bureau_chief(institution, {but, *withheld})
        knows = person is None or person["subject"] not in withheld
        return person if knows else self.ladder_person(institution, "", 1, withheld)

    def bureau_chief(self, institution, but):
        """On the root's ladder, else any other one, but for these; else the ladder's top."""
        place = institution
        while self.institutions[place].get("parent"):
            place = self.institutions[place]["parent"]
        ladder = [self.staff[subject] for subject in self.institutions[place].get("ladder") or []]
        acting = self.acting("supervisor", institution)
        able = [person for person in ladder + acting if person in acting and person["subject"] not in but]
        return able[0] if able else ladder[-1] if ladder else None


class Verdict:
    """What was found, and figures that tell how the run went."""

    def __init__(self):
        self.findings = []
        self.figures = {}

    def find(self, rule, case_id, what):
        """One broken promise."""
        self.findings.append({"rule": rule, "case_id": case_id, "what": what})

    def count(self, name, number):
        """A figure of the run."""
        self.figures[name] = number
