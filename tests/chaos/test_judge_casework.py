"""The judge is judged on commands and on what complainants send."""

import pytest
from clusters import passes_lead
from forgery import DELIVERIES, EVENTS, fact_of
from wrongs import change_history, named, place_of, repeat, wait


def test_a_command_applied_twice_is_named(forgery):
    fact = forgery.find("CaseAccepted")
    change_history(forgery, fact, repeat(fact))
    assert {"command-twice", "applied-twice"} <= named(forgery)


def test_a_command_that_was_acknowledged_but_not_applied_is_named(forgery):
    name, request = forgery.journal(lambda line: line["kind"] == "command" and line["outcome"] == "refused"
                                    and line["request"]["action"] == "comment")
    forgery.rewrite(name, request["n"], outcome="acknowledged", status=200, answer={})
    assert named(forgery) == {"command-lost"}


def test_a_refused_command_that_was_applied_is_named(forgery):
    name, request = forgery.journal(lambda line: line["kind"] == "command" and line["request"]["action"] == "sign")
    forgery.rewrite(name, request["n"], outcome="refused", status=409, answer={"code": "wrong-state"})
    assert "refused-yet-applied" in named(forgery)


def test_an_answer_that_no_order_explains_is_named(forgery):
    name, request = forgery.journal(lambda line: line["kind"] == "command" and line["request"]["action"] == "sign")
    forgery.rewrite(name, request["n"], etag='"0123456789abcdef"')
    assert named(forgery) == {"answer-impossible"}


def test_a_refusal_that_no_order_explains_is_named(forgery):
    name, request = forgery.journal(lambda line: line["kind"] == "command" and line["outcome"] == "refused"
                                    and line["answer"]["code"] == "wrong-state")
    forgery.rewrite(name, request["n"], answer={"code": "stale"}, status=412)
    assert named(forgery) == {"refusal-wrong"}


def test_a_command_that_nobody_gave_is_named(forgery):
    name, request = forgery.journal(lambda line: line["kind"] == "command" and line["request"]["action"] == "decide")
    forgery.forget(name, request["n"])
    assert named(forgery) == {"command-unasked"}


def test_a_command_on_a_version_that_nobody_named_is_named(forgery):
    name, request = forgery.journal(lambda line: line["kind"] == "command" and line["request"]["action"] == "decide")
    forgery.change(name, lambda lines: [
        {**line, "request": {**line["request"], "if_match": '"0123456789abcdef"'}}
        if line["n"] == request["n"] and line["phase"] == "before" else line for line in lines])
    assert named(forgery) == {"stale-applied"}


def test_a_rating_that_was_acknowledged_but_not_kept_is_named(forgery):
    fact = forgery.find("FeedbackRecorded")
    change_history(forgery, fact, lambda facts: facts.pop(place_of(facts, fact)))
    assert "command-lost" in named(forgery)


def test_a_rating_that_was_refused_for_the_sake_of_none_is_named(forgery):
    name, request = forgery.journal(lambda line: line["kind"] == "feedback" and line["key"] == "rating-1")
    forgery.forget(name, request["n"])
    assert {"refusal-wrong", "command-unasked"} <= named(forgery)


@pytest.mark.parametrize("kind, recipient", [("ExtensionRequested", "staff:lin-zhiyuan"), ("ExtensionDecided", "complainant"),
                                             ("GlassBroken", "staff:demo-supervisor"), ("GlassBroken", "staff:auditor"),
                                             ("CoHandlerAdded", "staff:cao-bin"), ("MessageReceived", "staff:shen-yue")])
def test_a_notice_that_was_never_planned_is_missed(forgery, kind, recipient):
    fact = forgery.find(kind)
    forgery.drop(DELIVERIES, lambda row: (row["case_id"], row["occasion_sequence"], row["recipient"])
                 == (fact.case_id, fact.seq, recipient))
    wait(forgery)
    assert "notice-missing" in named(forgery)


def test_a_complainant_who_is_told_of_a_denied_extension_is_named(forgery):
    fact = forgery.find("ExtensionDecided")

    def deny(facts):
        facts[place_of(facts, fact)].message.granted = False
    change_history(forgery, fact, deny)
    assert "notice-unexpected" in named(forgery)


def test_a_merge_that_one_of_the_cases_does_not_know_of_is_named(forgery):
    fact = forgery.find("CaseMerged")
    change_history(forgery, fact, lambda facts: facts.pop(place_of(facts, fact)))
    assert "cluster-torn" in named(forgery)


def test_a_lead_that_only_one_case_knows_of_or_none_is_named(forgery):
    for leads in (True, False):
        fact = forgery.find("CaseMerged", leads=leads, **{"with": []})
        twin = next(twin for twin in map(fact_of, forgery.rows(EVENTS)) if twin.cause_id == fact.cause_id
                    and twin.case_id != fact.case_id and passes_lead(twin))
        change_history(forgery, fact, lambda facts, gone=fact: facts.pop(place_of(facts, gone)))
        assert "cluster-torn" in named(forgery)
        change_history(forgery, twin, lambda facts, gone=twin: facts.pop(place_of(facts, gone)))
        assert "lead-kept" in named(forgery)


def test_a_message_that_was_acknowledged_but_not_kept_is_named(forgery):
    fact = forgery.find("MessageReceived")
    change_history(forgery, fact, lambda facts: facts.pop(place_of(facts, fact)))
    assert "command-lost" in named(forgery)


def test_a_message_that_is_kept_with_other_words_is_named(forgery):
    fact = forgery.find("MessageReceived")

    def reword(facts):
        facts[place_of(facts, fact)].message.text = "别的话"
    change_history(forgery, fact, reword)
    assert "command-differs" in named(forgery)


def test_a_message_that_nobody_sent_is_named(forgery):
    name, request = forgery.journal(lambda line: line["kind"] == "contact" and line["request"]["action"] == "evidence")
    forgery.forget(name, request["n"])
    assert named(forgery) == {"command-unasked"}


def test_a_reopening_that_was_refused_wrongly_is_named(forgery):
    name, request = forgery.journal(lambda line: line["kind"] == "contact" and line["request"]["action"] == "reopening")
    for code in ("not-found", "another-code"):
        forgery.rewrite(name, request["n"], answer={"code": code})
        assert named(forgery) == {"refusal-wrong"}, code


def test_a_co_handler_without_a_clock_is_named(forgery):
    fact = forgery.find("CoHandlerAdded")
    clock = f"co-handling-{fact.message.number}"

    def forget(facts):
        facts[:] = [other for other in facts if other.name not in ("StageReported", "CoHandlerAnswered")
                    and not (other.name == "ClockArmed" and other.message.terms.name == clock)
                    and not (other.name == "ClockStopped" and other.message.name == clock)]
    change_history(forgery, fact, forget)
    wait(forgery)
    assert "clock-unarmed" in named(forgery)


def test_an_extension_that_the_clock_does_not_show_is_named(forgery):
    """Where the clock was armed before the assessment, that would excuse it: here the assessment moved nothing."""
    fact = forgery.find("ExtensionDecided")

    def shorten(facts):
        for other in facts:
            if other.name == "CaseAssessed":
                other.message.before.CopyFrom(other.message.meta.traits)
        facts[place_of(facts, fact)].message.due_at_ms = fact.message.previous_due_at_ms
    change_history(forgery, fact, shorten)
    assert "clock-history" in named(forgery)


def test_a_refusal_on_a_ground_that_the_case_does_not_have_is_named(forgery):
    name, request = forgery.journal(lambda line: line["kind"] == "command" and line["outcome"] == "refused"
                                    and line["answer"]["code"] == "extension-open")
    for code in ("too-late", "own-request", "too-often", "supervised", "not-a-code"):
        forgery.rewrite(name, request["n"], answer={"code": code})
        assert named(forgery) == {"refusal-wrong"}, code
