"""Changing a copy of a recorded run the way a fault would: rows, messages, mails and journals. A forger who knows the
chain can make a changed history verify again, so that only the rule in question is left to notice."""

import base64
import json
import shutil

from evidence import Fact, decode, read_lines, value_of

from chains import chain_hash

EVENTS = "ledger/ledger.case_events.jsonl"
DELIVERIES = "ledger/notification.deliveries.jsonl"
FACTS = "topics/facts.jsonl"


class Forgery:
    """A copy of a run that may be changed."""

    def __init__(self, original, path):
        shutil.copytree(original, path)
        self.path = path

    def rows(self, name):
        """The objects of a file of JSON lines."""
        return read_lines(self.path / name)

    def write(self, name, rows):
        """Replaces that file."""
        (self.path / name).write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows))

    def change(self, name, function):
        """Replaces the rows of a file by what the function makes of them."""
        self.write(name, function(self.rows(name)))

    def drop(self, name, chosen):
        """Removes exactly the rows that are chosen; there must be some."""
        rows = self.rows(name)
        left = [row for row in rows if not chosen(row)]
        assert len(left) < len(rows), "nothing to drop"
        self.write(name, left)

    def journal(self, chosen):
        """(file, line) of the first journalled request that is chosen, "before" and "after" merged."""
        for path in sorted((self.path / "journal").glob("*.jsonl")):
            lines = read_lines(path)
            for before in lines:
                after = next((line for line in lines if line["n"] == before["n"] and line["phase"] == "after"), {})
                if before["phase"] == "before" and chosen({**after, **before}):
                    return f"journal/{path.name}", {**after, **before}
        raise LookupError("no such request")

    def rewrite(self, name, number, **changes):
        """Changes what the journal says at the end of one request."""
        self.change(name, lambda lines: [{**line, **changes} if line["n"] == number and line["phase"] == "after"
                                         else line for line in lines])

    def forget(self, name, number):
        """Removes one request from the journal."""
        self.drop(name, lambda line: line["n"] == number)

    def facts(self, case_id):
        """A case's facts, decoded."""
        facts = [fact_of(row) for row in self.rows(EVENTS) if row["case_id"] == case_id]
        return sorted(facts, key=lambda fact: fact.seq)

    def find(self, kind, **fields):
        """The first fact of a kind whose message has these values, in a case of this run."""
        began = self.rows("run.json")[0]["started_at"] * 1000
        for row in sorted(self.rows(EVENTS), key=lambda row: (row["case_id"], row["seq"])):
            fact = fact_of(row)
            if fact.decided_ms < began:
                continue
            if fact.name == kind and all(getattr(fact.message, name) == value for name, value in fields.items()):
                return fact
        raise LookupError(f"no {kind} with {fields}")

    def replace_history(self, case_id, facts):
        """Puts these facts in the place of the case's: numbered, chained, published, and in the row of the case."""
        others = [row for row in self.rows(EVENTS) if row["case_id"] != case_id]
        messages = [line for line in self.rows(FACTS) if line["key"] != case_id]
        partition = next(line["partition"] for line in self.rows(FACTS) if line["key"] == case_id)
        number_and_chain(facts)
        self.write(EVENTS, others + [row_of(fact) for fact in facts])
        self.write(FACTS, messages + [message_of(fact, partition) for fact in facts])
        self.change("ledger/ledger.cases.jsonl", lambda rows: [
            {**row, "sequence": facts[-1].seq, "hash": "\\x" + facts[-1].hash.hex()} if row["case_id"] == case_id
            else row for row in rows])
        self.change("ledger/analytics.measures.jsonl", lambda rows: [
            {**row, "sequence": facts[-1].seq} if row["case_id"] == case_id else row for row in rows])


def fact_of(row):
    """A row of case_events as a fact."""
    values = {name: value_of(value) for name, value in row.items()}
    fact = Fact(values["case_id"], values["seq"], values["tenant"], values["type"], values["payload"],
                values["cause_id"], values["actor"], values["decided_at"], values["prev_hash"], values["hash"])
    fact.message = decode(fact)
    return fact


def copy_of(fact):
    """A fact of its own with the same content."""
    return fact_of(row_of(fact))


def number_and_chain(facts):
    """Sequences and hashes as the ledger would have made them for these messages."""
    previous = bytes(32)
    for number, fact in enumerate(facts, 1):
        meta = fact.message.meta
        meta.sequence = fact.seq = number
        fact.decided_ms, fact.cause_id = meta.decided_at_ms, meta.cause_id
        fact.payload, fact.prev_hash = fact.message.SerializeToString(), previous
        previous = fact.hash = chain_hash(fact, previous)


def row_of(fact):
    """A fact as a row of case_events."""
    return {"case_id": fact.case_id, "seq": fact.seq, "tenant": fact.tenant, "type": fact.type,
            "payload": "\\x" + fact.payload.hex(), "cause_id": fact.cause_id, "actor": fact.actor,
            "decided_at": fact.decided_ms, "prev_hash": "\\x" + fact.prev_hash.hex(), "hash": "\\x" + fact.hash.hex()}


def message_of(fact, partition):
    """A fact as a message of redress.facts."""
    headers = {"ce_id": f"{fact.case_id}/{fact.seq}", "ce_type": fact.type, "ce_subject": fact.case_id,
               "ce_time": "2026-01-01T00:00:00Z", "redress_hash": fact.hash.hex()}
    return {"partition": partition, "offset": 1_000_000 + fact.seq, "key": fact.case_id, "headers": headers,
            "value": base64.b64encode(fact.payload).decode()}
