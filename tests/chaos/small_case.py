"""A small case as its facts make it, and people who ask something of it: for the tests of the judge's rules."""

import dataclasses

import casework
import history
from redress.v1 import facts_pb2

NURSE = {"subject": "shen-yue", "roles": ["handler"], "units": ["nursing"], "institutions": ["*"]}
REVIEWER = {"subject": "ren-shan", "roles": ["reviewer"], "units": [], "institutions": ["*"]}
SECOND = {**REVIEWER, "subject": "su-qing"}
DESK = {"subject": "lin-zhiyuan", "roles": ["supervisor", "operator"], "units": [], "institutions": ["*"]}
CHIEF = {"subject": "tang-wei", "roles": ["supervisor"], "units": [], "institutions": ["first-hospital"]}


class Fact:  # pylint: disable=too-few-public-methods
    """As much of a fact as its fold reads."""

    cause_id = ""
    decided_ms = 1000

    def __init__(self, name, actor="lin-zhiyuan", /, **fields):
        self.name = name
        self.message = getattr(facts_pb2, name)(meta={"actor": actor}, **fields)


def state_after(*facts):
    """The state of a case of which this became true."""
    state = history.State()
    for fact in (Fact("CaseRegistered"), Fact("CaseAccepted"), *facts):
        state = history.apply(state, fact)
    return state


def asked(state, person, **body):
    """A command that is refused in this state."""
    return casework.Asked(None, state, person, body, 0)


DISPATCHED = Fact("CaseDispatched", unit="nursing")
SIGNED = [DISPATCHED, Fact("CaseSigned", unit="nursing", handler="shen-yue")]
CLOSED = [*SIGNED, Fact("CaseDecided", "shen-yue"), Fact("CaseReplied", "shen-yue"), Fact("CaseClosed")]


class Limits:  # pylint: disable=too-few-public-methods
    """A region in which a review may be asked for within a second of the reply."""

    @staticmethod
    def limit_ms(_institution, clock, _urgency):
        return {"review_request": 1000}.get(clock)


class NoLimits:  # pylint: disable=too-few-public-methods
    """A region whose packs name no time for reviews."""

    @staticmethod
    def limit_ms(_institution, _clock, _urgency):
        return None


def at(state, **changes):
    """The same case at other times."""
    return dataclasses.replace(state, **changes)


def replied_at(moment_ms):
    """A reply."""
    fact = Fact("CaseReplied", "shen-yue")
    fact.message.meta.decided_at_ms = moment_ms
    return fact
