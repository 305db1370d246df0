"""Whether the judge names a lead that did not pass rightly when the case that leads ended: no stack is needed."""

from types import SimpleNamespace

import clusters
import commands
import evidence
import pytest
from redress.v1 import facts_pb2

MERGE, END = "merge", "end"


def case(name, received, *said):
    """Facts of one case of the cluster of a, b and c from (when, kind, cause, fields), after its registration."""
    facts = []
    for seq, (when, kind, cause, fields) in enumerate([(received, "CaseRegistered", f"new-{name}", {"received_at_ms": received}), *said], 1):
        message = getattr(facts_pb2, kind)(meta={"actor": "lin-zhiyuan", "decided_at_ms": when}, **fields)
        facts.append(SimpleNamespace(case_id=name, seq=seq, name=kind, cause_id=cause, decided_ms=float(when), message=message,
                                     actor="lin-zhiyuan"))
    return facts


def merged(name):
    """The merge of a, b and c, of which a was received first."""
    others = [other for other in "abc" if other != name]
    return 1000, "CaseMerged", MERGE, {"cluster_id": "k", "with": others, "leads": name == "a"}


def passed(leads, when=2000, cause=END):
    """The lead comes or goes."""
    return when, "CaseMerged", cause, {"cluster_id": "k", "leads": leads}


def ended(kind="CaseWithdrawn", when=2000, cause=END):
    """A case ends."""
    return when, kind, cause, {}


def cluster(first, second=(), third=()):
    """What became of a, b and c after their merge."""
    told = {"a": (100, first), "b": (200, second), "c": (300, third)}
    return SimpleNamespace(cases={name: case(name, received, merged(name), *said) for name, (received, said) in told.items()})


def named(run):
    """The rules that were broken."""
    verdict = evidence.Verdict()
    clusters.judge_clusters(run, verdict)
    return {finding["rule"] for finding in verdict.findings}


@pytest.mark.parametrize("kind", sorted(clusters.ENDS))
def test_a_lead_that_passes_to_the_oldest_is_right_and_one_that_stays_is_named(kind):
    assert not named(cluster([ended(kind), passed(False)], [passed(True)]))
    assert named(cluster([ended(kind)])) == {"lead-kept"}
    assert named(cluster([ended(kind), passed(False)], [], [passed(True)])) == {"lead-wrong"}


def test_a_lead_stays_where_nobody_can_take_it():
    gone = [ended("CaseRedirected", 1500, "other")]
    assert not named(cluster([ended()], gone, gone))
    assert not named(cluster([ended()], gone, [ended("CaseTerminated", 2001, "third")])), "who was first cannot be told"
    assert named(cluster([ended()], gone, [ended("CaseTerminated", 2500, "third")])) == {"lead-kept"}
    assert named(cluster([ended(), passed(False)], [*gone, passed(True)])) == {"lead-wrong"}
    assert not named(cluster([ended(), passed(False)], gone, [passed(True)]))


def test_a_closure_stands_in_the_numbers():
    closed = (1500, "CaseClosed", "closure", {})
    review = (1600, "ReviewRequested", "review", {})
    assert not named(cluster([closed, review, ended()])), "what was closed is counted, whatever became of its review"
    assert not named(cluster([ended(), passed(False)], [closed, (1600, "CaseArchived", "archive", {}), passed(True)]))


def test_a_lead_passes_between_two_and_by_an_end_alone():
    assert "cluster-torn" in named(cluster([ended(), passed(False)]))
    assert "cluster-torn" in named(cluster([ended(), passed(False)], [passed(True)], [passed(True)]))
    assert "cluster-torn" in named(cluster([ended(), passed(False)], [passed(True, 2007)]))
    assert named(cluster([passed(False)], [passed(True)])) == {"lead-wrong"}


def test_a_command_reaches_other_cases_by_the_lead_alone():
    def unasked(*said):
        verdict = evidence.Verdict()
        past = SimpleNamespace(facts=case("b", 200, *said))
        own = SimpleNamespace(cause_id="new-b")
        commands.judge_unasked(verdict, past, [own], {END: "withdraw", MERGE: "merge"}, {"lin-zhiyuan"})
        return len(verdict.findings)
    assert unasked(merged("b"), passed(True)) == 0
    assert unasked(merged("b"), ended()) == 1
    assert unasked(passed(True, cause="nobody's")) == 1
