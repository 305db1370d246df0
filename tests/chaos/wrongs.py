"""Wrongs done to a copy of a run, as the tests of the judge do them."""

import judge
from forgery import copy_of


def named(forgery):
    """What the judge finds in a changed run: {rule}."""
    return {finding["rule"] for finding in judge.judge(forgery.path).findings}


def change_history(forgery, fact, function):
    """Rewrites the history of the fact's case as a forger would; the function changes the list of facts."""
    facts = forgery.facts(fact.case_id)
    function(facts)
    forgery.replace_history(fact.case_id, facts)


def wait(forgery):
    """Lets the snapshot be a minute younger, so that nothing can still be on its way."""
    forgery.change("snapshot.json", lambda rows: [{**rows[0], "taken_at": rows[0]["taken_at"] + 60}])


def place_of(facts, fact):
    """Where a fact stands in a list."""
    return next(place for place, other in enumerate(facts) if other.seq == fact.seq)


def repeat(fact, cause_id=None):
    """Adds the fact a second time at the end."""
    def function(facts):
        again = copy_of(fact)
        again.message.meta.decided_at_ms = facts[-1].message.meta.decided_at_ms
        again.message.meta.cause_id = cause_id or fact.cause_id
        facts.append(again)
    return function
