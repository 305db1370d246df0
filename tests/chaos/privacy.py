"""No planted personal datum stands in the clear anywhere outside the vault. Mail goes to the person concerned, and
redress.inbound holds what integrators themselves sent: neither is looked at. A dead letter of it is looked at but for
what the integrator wrote, which it keeps whole."""

import json

import ahocorasick

from evidence import read_lines, value_of
from topics import TOPICS

OF_INTEGRATORS = "redress.inbound"
OURS = "redress_"  # so begin the headers that a service adds to a dead letter


def spellings(planted):
    """A telephone number is looked for as it is dictated, too."""
    for text in planted:
        yield text.encode()
        if text.isdigit() and len(text) == 11:
            yield f"{text[:3]} {text[3:7]} {text[7:]}".encode()
            yield f"{text[:3]}-{text[3:7]}-{text[7:]}".encode()


def text_of(message):
    """What a service wrote of a message: all of it, but of an integrator's dead letter the reason that was put to it."""
    if message.headers.get("redress_origin_topic") != OF_INTEGRATORS:
        return message.key + b"\n" + message.value + b"\n" + json.dumps(message.headers, ensure_ascii=False).encode()
    added = {name: value for name, value in message.headers.items() if name.startswith(OURS)}
    return json.dumps(added, ensure_ascii=False).encode()


def topics(run):
    """(where, bytes) of every message but those that an integrator wrote."""
    for name in TOPICS:
        where = f"redress.{name}"
        if where != OF_INTEGRATORS:
            for message in run.topic(name):
                yield where, text_of(message)


def tables(run):
    """(where, bytes) of every row; binary columns are looked into."""
    for path in sorted((run.path / "ledger").glob("*.jsonl")):
        for row in read_lines(path):
            values = [value_of(value) for value in row.values()]
            yield path.stem, b"\n".join(value if isinstance(value, bytes) else str(value).encode() for value in values)


def files(run):
    """(where, bytes) of logs, web hooks and what Redis holds."""
    paths = [path for path in sorted((run.path / "log").rglob("*")) if path.is_file()]
    for path in [*paths, run.path / "hooks.jsonl", run.path / "redis.jsonl"]:
        if path.exists():
            yield str(path.relative_to(run.path)), path.read_bytes()


def searcher(planted):
    """Finds all spellings in one pass over bytes, which it reads as Latin-1."""
    automaton = ahocorasick.Automaton()
    for text in spellings(planted):
        automaton.add_word(text.decode("latin-1"), text.decode())
    automaton.make_automaton()
    return automaton


def judge_erased(run, verdict):
    """Of an erased case no contact is kept, sealed or not, nor a hash by which its complainant would be known again."""
    kept = {row["case_id"] for row in run.table("notification.contacts")}
    erased = {case_id for case_id, facts in run.cases.items() if any(fact.name == "ContentErased" for fact in facts)}
    for case_id in kept & erased:
        verdict.find("not-erased", case_id, "the contact is kept, though the case was erased")
    for case_id in {row["case_id"] for row in run.table("analytics.contact_hashes")} & erased:
        verdict.find("not-erased", case_id, "analytics keeps a hash of the contact, though the case was erased")
    verdict.count("erased", len(erased))


def judge_privacy(run, verdict):
    """Looks for every planted string everywhere; one finding a place and string."""
    judge_erased(run, verdict)
    planted = run.about.get("planted", [])
    verdict.count("planted", len(planted))
    if not planted:
        return
    automaton, found = searcher(planted), set()
    for source in (topics(run), tables(run), files(run)):
        for where, data in source:
            found |= {(where, text) for _, text in automaton.iter(data.decode("latin-1"))}
    for where, text in sorted(found):
        verdict.find("personal-data", None, f"{text} stands in the clear in {where}")
