"""What the judge holds of alarms, of the ladder that they climb, and of visits after a crisis: no stack is needed."""

import casework
import clocks
import evidence
import history
import owed_clocks
import pytest
from redress.v1 import facts_pb2
from small_case import CLOSED, DESK, Fact, state_after


def test_a_case_that_owes_visits_is_not_closed():
    def visit(outcome, number=1):
        return Fact("FollowUpVisited", number=number, outcome=outcome)
    armed, late = Fact("ClockArmed", terms={"name": "follow_up_1", "stops_on": "visit_done"}), Fact("ClockBreached", name="follow_up_1")
    done, unreachable = facts_pb2.FollowUpVisited(outcome="VISIT_OUTCOME_DONE").outcome, history.UNREACHABLE
    owed = [([armed], True), ([armed, visit(unreachable)], True), ([armed, visit(done)], False), ([armed, late], True),
            ([armed, late, *[visit(unreachable)] * 3], False), ([armed, *[visit(unreachable)] * 3], True),
            ([armed, visit(done), Fact("CaseAssessed", crisis_confirmed=True), armed], True)]
    for facts, owes in owed:
        state = state_after(*facts, Fact("FollowUpRecorded", reached=True, solved=True))
        assert casework.owes_visits(state) is owes and casework.GUARDS["visits-due"](state, DESK) is not owes


def test_a_reviews_alarm_is_taken_where_it_is_reviewed():
    state = state_after(*CLOSED, Fact("AlarmRaised", kind="ALARM_KIND_BREACH", alarm_id="late", clock="review", ordinal=1, reviewers_of="district"),
                        Fact("AlarmRaised", kind="ALARM_KIND_BREACH", alarm_id="other", clock="resolution", ordinal=2))
    nurse = {"subject": "shen-yue", "roles": ["handler"], "institutions": ["first-hospital"], "units": ["nursing"]}
    reviewer = {"subject": "su-qing", "roles": ["reviewer"], "institutions": ["*"], "units": []}
    district = {**nurse, "subject": "he-jing", "institutions": ["district", "first-hospital"]}
    decider = {**reviewer, "subject": "shen-yue"}
    assert [casework.takes_alarm(state, person, alarm) for person in (DESK, nurse, reviewer, district, decider) for alarm in ("late", "other")] == \
        [True, True, False, True, True, False, True, True, False, False]


def test_each_late_visit_is_tried_as_often():
    def armed(number):
        return Fact("ClockArmed", terms={"name": f"follow_up_{number}", "stops_on": "visit_done"})
    first = [armed(1), armed(2), Fact("ClockBreached", name="follow_up_1"), *[Fact("FollowUpVisited", outcome=history.UNREACHABLE)] * 3]
    second = [*first, Fact("ClockBreached", name="follow_up_2")]
    for facts, owes in ((first, True), (second, True), ([*second, *first[3:]], False)):
        assert casework.owes_visits(state_after(*facts)) is owes


def test_a_case_is_not_ended_before_somebody_took_the_alarm_of_its_crisis():
    urgent, crisis = (Fact("AlarmRaised", kind="ALARM_KIND_URGENT", alarm_id="a", ordinal=1) for _ in range(2))
    crisis.message.meta.traits.crisis = history.CRISIS_R3
    for facts, free in (([urgent], True), ([crisis], False), ([crisis, Fact("AlarmAcknowledged", alarm_id="a")], True)):
        assert casework.GUARDS["crisis-alarm-open"](state_after(*CLOSED, *facts), DESK) is free


def test_a_visit_that_an_end_of_the_case_silences_is_named():
    for cause, rules in (("visit", []), ("withdrawal", ["visit-silenced"])):
        verdict = evidence.Verdict()
        case = clocks.CaseClocks(verdict, "case")
        case.clocks["follow_up_1"] = clocks.Clock("follow_up_1", 1, [], 10, stops_on="visit_done")
        for name, body, by in (("FollowUpVisited", {"number": 1, "outcome": 1}, "visit"), ("ClockStopped", {"name": "follow_up_1"}, cause)):
            fact = Fact(name, **body)
            fact.seq, fact.cause_id, fact.decided_ms = 1, by, 1
            clocks.HANDLERS[name](case, fact, fact.message)
        assert [finding["rule"] for finding in verdict.findings] == rules


@pytest.mark.parametrize("withheld, told", [(set(), "first"), ({"first"}, "second"), ({"first", "second"}, "top"),
                                            ({"first", "second", "top"}, None)])
def test_the_next_who_may_know_is_told(withheld, told):
    region = evidence.Region.__new__(evidence.Region)
    region.staff = {name: {"subject": name} for name in ("first", "second", "top")}
    region.ladders = {"unit": ["first", "second"]}
    region.institutions = {"place": {"parent": "bureau"}, "bureau": {"ladder": ["top"]}}
    person = region.ladder_person("place", "unit", 0, withheld)
    assert (person and person["subject"]) == told


def test_an_alarm_climbs_the_ladder_of_the_pack_that_set_its_clock():
    def pack(name, most, clock):
        return {"id": name, "version": 1, "ladder": {"most": most},
                "rules": [{"clock": clock, "starts_on": "case_registered", "stops_on": "case_replied"}]}
    packs = [pack("usual", 3, "first_response"), pack("own", 9, "resolution")]
    facts = [Fact("ClockArmed", terms={"name": "resolution", "policy_version": "own@1"}),
             Fact("AlarmRaised", alarm_id="a", clock="resolution"), Fact("AlarmRaised", alarm_id="b"),
             Fact("ClockArmed", terms={"name": "supervision-1", "policy_version": ""}),
             Fact("AlarmRaised", alarm_id="c", clock="supervision-1")]
    assert [owed_clocks.ladder_of(packs, facts, alarm)["most"] for alarm in "abc"] == [9, 3, 3]


def seconds(number):
    """A level of a ladder."""
    return {"after": {"value": number, "unit": "seconds"}, "tell": ["supervisor"]}


@pytest.mark.parametrize("level, crisis, delay", [(0, False, 3000), (1, False, 15_000), (2, False, 30_000), (3, False, 60_000),
                                                  (30, False, owed_clocks.DAY_MS), (2, True, 15_000), (30, True, 15_000)])
def test_an_alarm_climbs_for_ever_ever_more_seldom_but_in_a_crisis(level, crisis, delay):
    ladder = {"levels": [seconds(0), seconds(3), seconds(15)], "most": 2}
    assert owed_clocks.climb_ms(ladder, level, crisis) == delay
