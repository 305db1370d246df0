"""Calendars and limits that change while clocks run, each test named after the item of the rulebook that it shows."""

import random
import signal
import uuid
from datetime import datetime, timezone

import yaml
from clock_steps import armed, case_under_investigation, clock, who_handles  # noqa: F401 (the fixtures)
from conftest import ROOT, mails, read_topic, submission, wait_for
from redress.v1 import notices_pb2
from timers import amend, is_ready, next_weekdays, other_rules, second_port, second_timer


def test_10_an_amended_calendar_moves_open_deadlines_each_by_a_fact(supervisor, hospital_case, tmp_path):
    case_id = hospital_case
    before = clock(supervisor, case_id, "resolution")
    region = other_rules(tmp_path)
    days = next_weekdays(datetime.fromisoformat(before["started_at"]).date(), 2)
    amend(region, 2, days[:1])
    with second_timer(region, second_port()) as timer:
        moved = wait_for("the deadline moves", lambda: armed(supervisor, case_id, "resolution", "amended"), 60)
        assert len(moved) == 1
        fact = moved[0]["data"]
        assert fact["previous_calendar_version"] == "cn-state-council@1"
        assert fact["terms"]["calendar_version"] == "cn-state-council@2"
        assert fact["terms"]["due_at_ms"] > fact["previous_due_at_ms"]
        after = clock(supervisor, case_id, "resolution")
        assert after["due_at"] > before["due_at"] and after["version"] == before["version"] + 1
        stopped = clock(supervisor, case_id, "first_response")
        assert stopped["state"] == "stopped" and stopped["calendar_version"] == "cn-state-council@1"
        wait_for("it to be ready", lambda: is_ready(second_port()), 60)
        amend(region, 3, days)
        timer.send_signal(signal.SIGHUP)
        again = wait_for("it moves again", lambda: armed(supervisor, case_id, "resolution", "amended")[1:], 60)[0]
        assert again["data"]["previous_calendar_version"] == "cn-state-council@2"
        assert again["data"]["terms"]["calendar_version"] == "cn-state-council@3"


def end_calendar(region, version):
    """Of the region's calendar a version that ends with the present year at the latest."""
    year = datetime.now(timezone.utc).year
    calendar = yaml.safe_load((ROOT / "deploy" / "calendars" / "cn-state-council@1.yaml").read_text())
    calendar.update(version=version, source="测试", last_year=min(calendar["last_year"], year),
                    ranges=[entry for entry in calendar["ranges"] if entry["first"].year <= year])
    path = region.parent / "calendars" / f"cn-state-council@{version}.yaml"
    path.write_text(yaml.safe_dump(calendar, allow_unicode=True, sort_keys=False))
    return f"cn-state-council@{version}"


def calendar_notices(label):
    """The notices on Kafka about a calendar."""
    found = []
    for _, value, _ in read_topic("redress.notices"):
        notice = notices_pb2.CalendarMissing.FromString(value)
        found += [notice] if notice.calendar == label else []
    return found


def calendar_mails(label):
    """The mails about a calendar: to whom, what."""
    return [(to, subject) for to, subject, text, _ in mails() if label in text and "日历" in subject]


def test_10_administrators_are_told_once_that_next_years_calendar_is_missing(tmp_path):
    # From the year's first day instead of 1 December, so that the day of the test does not matter.
    region = other_rules(tmp_path)
    first = end_calendar(region, random.randrange(1000, 9_000_000))
    since = {"REDRESS_CALENDAR_MISSING_FROM": "01-01"}
    for times in (1, 2):  # whoever starts again tells again: the same occurrence
        with second_timer(region, second_port(), **since):
            wait_for("the notice", lambda n=times: len(calendar_notices(first)) >= n, 60)
    notice = calendar_notices(first)[0]
    second = end_calendar(region, int(first.split("@")[1]) + 1)
    with second_timer(region, second_port(), **since):
        wait_for("the mail about the later one", lambda: calendar_mails(second), 120)
    told = calendar_mails(first)
    weeks = len({notice.week for notice in calendar_notices(first)})  # 2 where a week ended meanwhile
    assert [to for to, _ in told] == ["administrator@example.org"] * weeks
    assert all(str(notice.year) in subject for _, subject in told)


def test_12_other_limits_while_clocks_run_fire_each_once_and_never_early(intake, supervisor, tmp_path):
    region = other_rules(tmp_path)
    policies = region / "policies.yaml"
    pack = policies.read_text()
    with second_timer(region, second_port()) as timer:
        wait_for("it to be ready", lambda: is_ready(second_port()), 60)
        receipts = [intake.post("/v1/submissions", submission(institution="demo-clinic"), key=str(uuid.uuid4())).json()
                    for _ in range(12)]
        cases = [receipt["case_id"] for receipt in receipts]
        wait_for("the last case's clocks", lambda: clock(supervisor, cases[-1], "resolution"))
        policies.write_text(pack.replace("limit: {value: 20, unit: seconds}", "limit: {value: 32, unit: seconds}"))
        assert policies.read_text() != pack
        timer.send_signal(signal.SIGHUP)
        for case_id in cases:
            wait_for("the breach", lambda one=case_id: [
                fact for fact in supervisor.has(one, "ClockBreached") if fact["data"]["name"] == "resolution"], 120)
    moved = 0
    for case_id in cases:
        facts = supervisor.timeline(case_id)
        terms = [fact["data"]["terms"] for fact in facts if fact["type"] == "ClockArmed"
                 and fact["data"]["terms"]["name"] == "resolution"]
        fired = [fact for fact in facts if fact["type"] == "ClockBreached" and fact["data"]["name"] == "resolution"]
        assert len(fired) == 1 and fired[0]["data"]["version"] == terms[-1]["version"]
        assert fired[0]["data"]["due_at_ms"] == terms[-1]["due_at_ms"]
        assert datetime.fromisoformat(fired[0]["at"]).timestamp() * 1000 >= terms[-1]["due_at_ms"]
        moved += bool(armed(supervisor, case_id, "resolution", "amended"))
    assert moved, "the other limits came too late for all of them"
