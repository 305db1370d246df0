"""Clocks and policy packs, each test named after the item of the rulebook that it shows."""

import contextlib
import os
import pathlib
import random
import re
import shutil
import signal
import subprocess
import uuid
from datetime import datetime, timedelta, timezone

import psycopg
import pytest
import redis
import requests
import yaml
from conftest import BIN, ROOT, Staff, mails, mint, read_topic, submission, wait_for
from redress.v1 import notices_pb2

NURSING = "first-hospital.nursing"
LONG = {"reason": "等待专家意见", "plan": "每三天告知一次进展"}


def staff(subject):
    """A member of staff."""
    return Staff(os.environ["REDRESS_LEDGER_URL"], mint(subject))


@pytest.fixture(name="nurse", scope="module")
def who_handles():
    """Handles cases of the hospital's nursing department."""
    return staff("shen-yue")


@pytest.fixture(name="chief", scope="module")
def who_supervises():
    """The hospital's supervisor."""
    return staff("tang-wei")


def make_case(intake, supervisor, institution, clocks=2, **changes):
    """A case of the institution, assessed, its first clocks armed."""
    receipt = intake.post("/v1/submissions", submission(institution=institution, **changes),
                          key=str(uuid.uuid4())).json()
    case_id = receipt["case_id"]
    wait_for("the assessment", lambda: supervisor.has(case_id, "CaseAssessed"))
    wait_for("the clocks", lambda: len((supervisor.case(case_id) or {}).get("clocks", [])) >= clocks)
    return case_id


def go(case_id, *steps):
    """Commands that must succeed, one after the other."""
    for person, action, body in steps:
        answer = person.do(case_id, action, body)
        assert answer.status_code == 200, (action, answer.text)


def refused(answer, status, code):
    """A refusal with this code."""
    assert (answer.status_code, answer.json()["code"]) == (status, code), answer.text


def clock(supervisor, case_id, name):
    """One clock of the case as the API shows it; None while it has none of that name."""
    case = supervisor.case(case_id) or {"clocks": []}
    return next((entry for entry in case["clocks"] if entry["name"] == name), None)


def armed(supervisor, case_id, name, reason):
    """The facts that armed a clock for a reason."""
    return [fact for fact in supervisor.has(case_id, "ClockArmed")
            if fact["data"]["terms"]["name"] == name and fact["data"]["reason"] == reason]


def to_investigation(supervisor, handler, unit):
    """From acceptance to the investigation."""
    return [(supervisor, "accept", {}), (supervisor, "dispatch", {"unit": unit}), (handler, "sign", {}),
            (handler, "investigate", {})]


@pytest.fixture(name="hospital_case")
def case_under_investigation(intake, supervisor, nurse):
    """A case of the hospital, whose limits are working days: nothing falls due while it is tested."""
    case_id = make_case(intake, supervisor, "first-hospital")
    go(case_id, *to_investigation(supervisor, nurse, NURSING))
    return case_id


def published_until():
    """The last year that the working days are published of."""
    versions = (ROOT / "deploy" / "calendars").glob("cn-state-council@*.yaml")
    return max(yaml.safe_load(path.read_text())["last_year"] for path in versions)


def test_9_a_petition_has_the_laws_clocks_and_its_deadlines_are_explained(intake, supervisor):
    case_id = make_case(intake, supervisor, "bureau")
    for situation in ("no-such", "R4", "RX"):  # a crisis level is told as the crisis
        refused(supervisor.do(case_id, "assess", {"urgency": "P3", "situations": [situation]}), 422, "unknown-code")
    go(case_id, (supervisor, "assess", {"urgency": "P3", "situations": ["petition"]}))
    wait_for("the acceptance clock", lambda: clock(supervisor, case_id, "acceptance"))
    assert clock(supervisor, case_id, "acceptance")["policy_version"] == "cn-petition@1"
    go(case_id, (supervisor, "accept", {}))
    wait_for("60 days from the acceptance", lambda: clock(supervisor, case_id, "resolution")["policy_version"]
             == "cn-petition@1")
    resolution = clock(supervisor, case_id, "resolution")
    accepted = supervisor.has(case_id, "CaseAccepted")[0]
    assert resolution["started_at"] == accepted["at"]
    assert clock(supervisor, case_id, "acceptance")["state"] == "stopped"
    assert any("cn-petition@1" in line for line in resolution["explanation"])
    fact = armed(supervisor, case_id, "resolution", "started")[-1]
    assert fact["data"]["terms"]["explanation"] == resolution["explanation"]
    last_day = datetime.fromisoformat(resolution["due_at"]) - timedelta(seconds=1)
    assert resolution["provisional"] == (last_day.year > published_until())


def test_9_the_general_limit_ends_where_the_laws_begins_with_the_acceptance(intake, supervisor):
    case_id = make_case(intake, supervisor, "first-hospital")
    begun = clock(supervisor, case_id, "resolution")
    assert begun["policy_version"].startswith("cn-medical@")
    go(case_id, (supervisor, "assess", {"urgency": "P3", "situations": ["petition"]}))
    ended = wait_for("its end", lambda: [fact["data"] for fact in supervisor.has(case_id, "ClockStopped")
                                         if fact["data"]["name"] == "resolution"])[0]
    assert (ended["displaced"], ended["begins_on"], ended["policy_version"]) == (True, "case_accepted", "cn-petition@1")
    waiting = clock(supervisor, case_id, "resolution")
    assert (waiting["state"], waiting["displaced"]) == ("stopped", True)
    go(case_id, (supervisor, "assess", {"urgency": "P3", "situations": []}))  # it was none
    wait_for("the general limit", lambda: clock(supervisor, case_id, "resolution")["state"] == "running")
    again = clock(supervisor, case_id, "resolution")
    assert (again["started_at"], again["due_at"]) == (begun["started_at"], begun["due_at"])
    wait_for("the end of a duty that no rule knows", lambda: (clock(supervisor, case_id, "acceptance") or {}).get("displaced"))
    go(case_id, (supervisor, "accept", {}), (supervisor, "assess", {"urgency": "P3", "situations": ["petition"]}))
    wait_for("60 days", lambda: clock(supervisor, case_id, "resolution")["policy_version"] == "cn-petition@1")
    law = clock(supervisor, case_id, "resolution")
    assert (law["state"], law["started_at"]) == ("running", supervisor.has(case_id, "CaseAccepted")[0]["at"])


PETITION, NONE = ({"urgency": "P3", "situations": situations} for situations in (["petition"], []))


def test_9_of_assessments_that_follow_each_other_at_once_the_last_one_holds(intake, supervisor):
    first, other = (make_case(intake, supervisor, "first-hospital") for _ in range(2))
    begun = clock(supervisor, first, "resolution")
    go(first, (supervisor, "accept", {}), (supervisor, "assess", PETITION), (supervisor, "assess", NONE))
    go(other, (supervisor, "assess", PETITION), (supervisor, "accept", {}), (supervisor, "assess", NONE),
       (supervisor, "assess", PETITION))
    wait_for("the law's limit", lambda: clock(supervisor, other, "resolution")["policy_version"] == "cn-petition@1")
    terms = ("policy_version", "due_at", "started_at")

    def holds():  # at one moment: the law's limit may have come in between, and gone
        now = clock(supervisor, first, "resolution")
        return [now[name] for name in terms] == [begun[name] for name in terms] and len(supervisor.has(first, "ClockStopped")) >= 2
    wait_for("the general limit", holds)


def test_9_a_reopened_petition_that_is_none_has_the_general_limit(intake, supervisor, nurse):
    case_id = make_case(intake, supervisor, "first-hospital")
    go(case_id, (supervisor, "assess", PETITION), *to_investigation(supervisor, nurse, NURSING),
       (nurse, "decide", {"outcome": "upheld", "findings": "属实"}),
       (nurse, "reply", {"reply": "已整改"}), (supervisor, "follow-up", {"reached": True, "solved": True, "note": "满意"}),
       (supervisor, "close", {}), (supervisor, "reopen", {"ground": "new_facts", "reason": "新材料"}))
    go(case_id, (supervisor, "assess", NONE))
    wait_for("the general limit", lambda: clock(supervisor, case_id, "resolution")["state"] == "running")
    resolution = clock(supervisor, case_id, "resolution")
    assert (resolution["restarted_on"], resolution["policy_version"][:10]) == ("new-facts", "cn-medical")
    assert resolution["started_at"] == supervisor.has(case_id, "CaseReopened")[0]["at"]


def test_rules8_5_a_petition_in_rework_has_its_days_anew(intake, supervisor, nurse):
    case_id = make_case(intake, supervisor, "first-hospital")
    go(case_id, (supervisor, "assess", PETITION), *to_investigation(supervisor, nurse, NURSING),
       (nurse, "decide", {"outcome": "upheld", "findings": "属实"}), (nurse, "reply", {"reply": "已整改"}))
    assert clock(supervisor, case_id, "resolution")["state"] == "stopped"
    go(case_id, (supervisor, "follow-up", {"reached": True, "solved": False, "note": "未解决"}))
    again = wait_for("a limit of the rework", lambda: (now := clock(supervisor, case_id, "resolution"))["state"] == "running" and now)
    assert (again["restarted_on"], again["policy_version"]) == ("rework", "cn-petition@1")
    assert again["started_at"] == supervisor.has(case_id, "ReworkOrdered")[0]["at"]


def test_9_what_became_a_petition_while_it_rested_counts_from_its_acceptance(supervisor, nurse, hospital_case):
    go(hospital_case, (nurse, "suspend", {"ground": "appraisal"}), (supervisor, "assess", PETITION))
    law = clock(supervisor, hospital_case, "resolution")
    assert (law["state"], law["policy_version"]) == ("running", "cn-petition@1")
    assert law["started_at"] == supervisor.has(hospital_case, "CaseAccepted")[0]["at"]
    resumed = armed(supervisor, hospital_case, "resolution", "resumed")[0]["data"]["terms"]
    assert resumed["explanation"] == law["explanation"]


def test_11_an_extension_counts_as_far_as_the_rule_that_holds_allows_it(supervisor, nurse, chief, hospital_case):
    go(hospital_case, (nurse, "request-extension", {"clock": "resolution", "value": 5, "unit": "working_days", **LONG}),
       (chief, "decide-extension", {"granted": True}))
    general = clock(supervisor, hospital_case, "resolution")["due_at"]

    def held(policy, due=None):
        now = clock(supervisor, hospital_case, "resolution")
        return now if now["policy_version"] == policy and due in (None, now["due_at"]) else None
    go(hospital_case, (supervisor, "assess", PETITION))
    law = wait_for("the law's limit", lambda: held("cn-petition@1"))
    assert [line for line in law["explanation"] if "延长5个工作日" in line], law["explanation"]
    go(hospital_case, (supervisor, "assess", {"urgency": "P1"}))
    urgent = wait_for("a limit that is not extended", lambda: [
        fact["data"]["terms"] for fact in armed(supervisor, hospital_case, "resolution", "assessed")
        if fact["data"]["terms"]["due_at_ms"] - fact["data"]["terms"]["started_at_ms"] == 24 * 3600000])[0]
    assert [line for line in urgent["explanation"] if "不允许，不计入" in line], urgent["explanation"]
    go(hospital_case, (supervisor, "assess", {"urgency": "P3", "situations": [], "reason": "复核后下调"}),
       (supervisor, "assess", PETITION), (supervisor, "assess", NONE))
    wait_for("the general limit with its extension", lambda: held("cn-medical@1", general))


def test_11_silence_after_a_dispatch_counts_and_a_return_is_an_answer(intake, supervisor, handler):
    back, silent = (make_case(intake, supervisor, "demo-clinic") for _ in range(2))
    for case_id in (back, silent):
        go(case_id, (supervisor, "accept", {}), (supervisor, "dispatch", {"unit": "demo-clinic.desk"}))
    wait_for("its sign-for clock", lambda: clock(supervisor, back, "sign_for"))
    go(back, (handler, "request-return", {"reason": "非本科室", "proposed_unit": "bureau.complaints"}))
    assert clock(supervisor, back, "sign_for")["state"] == "stopped"
    assert clock(supervisor, back, "resolution")["state"] != "stopped"
    go(back, (supervisor, "designate", {"unit": "demo-clinic.desk"}))
    wait_for("another run", lambda: clock(supervisor, back, "sign_for")["version"] == 2)
    wait_for("the alarm of the silent one", lambda: [
        alarm for alarm in supervisor.has(silent, "AlarmRaised") if alarm["data"]["clock"] == "sign_for"])


def test_11_what_the_first_assessment_leaves_as_it_is_is_proposed_once(intake, supervisor):
    case_id = make_case(intake, supervisor, "first-hospital", clocks=3)
    assert supervisor.case(case_id)["urgency"] == "P3"
    go(case_id, (supervisor, "accept", {}), (supervisor, "dispatch", {"unit": NURSING}))
    wait_for("what follows from a later fact", lambda: clock(supervisor, case_id, "sign_for"))
    kinds = [headers["ce_type"] for key, _, headers in read_topic("redress.proposals") if key == case_id.encode()]
    assert kinds.count("redress.v1.ArmClock") == 4, "three clocks of the case, and one of the dispatch"


@pytest.mark.parametrize("steps", [("accept", "petition", "none"), ("petition", "accept", "none")])
@pytest.mark.parametrize("patient", [True, False])
def test_11_an_extension_outlasts_the_assessment_as_a_petition(intake, supervisor, chief, steps, patient):
    case_id = make_case(intake, supervisor, "first-hospital", clocks=3)
    go(case_id, (supervisor, "request-extension", {"clock": "resolution", "value": 2, "unit": "working_days", **LONG}),
       (staff("gao-min"), "decide-extension", {"granted": True}))
    wait_for("more time", lambda: armed(supervisor, case_id, "resolution", "extended"))
    due = clock(supervisor, case_id, "resolution")["due_at"]
    orders = {"accept": (supervisor, "accept", {}), "petition": (supervisor, "assess", PETITION), "none": (supervisor, "assess", NONE)}
    go(case_id, orders[steps[0]])
    if patient and steps[0] == "petition":
        wait_for("it waits for the acceptance", lambda: clock(supervisor, case_id, "resolution")["state"] == "stopped")
    go(case_id, orders[steps[1]])
    if patient:
        wait_for("the law's limit", lambda: clock(supervisor, case_id, "resolution")["policy_version"] == "cn-petition@1")
    go(case_id, orders[steps[2]], (supervisor, "dispatch", {"unit": NURSING}))
    wait_for("what follows from a later fact", lambda: clock(supervisor, case_id, "sign_for"))  # all before it was heard
    wait_for("the date that was told", lambda: clock(supervisor, case_id, "resolution")["due_at"] == due
             and "EXTENDED" in supervisor.case(case_id)["flags"])
    refused(chief.do(case_id, "request-extension", {"clock": "resolution", "value": 2, "unit": "working_days", **LONG}), 409, "too-often")


def test_11_an_assessment_on_the_heels_of_a_dispatch_counts_its_clock_too(intake, supervisor):
    case_id = make_case(intake, supervisor, "first-hospital", clocks=3)
    go(case_id, (supervisor, "accept", {}), (supervisor, "dispatch", {"unit": NURSING}),
       (supervisor, "assess", {"urgency": "P1"}))
    begun = supervisor.has(case_id, "CaseDispatched")[0]["at"]

    def limit():
        entry = clock(supervisor, case_id, "sign_for")
        return entry and entry["started_at"] == begun and (
            datetime.fromisoformat(entry["due_at"]) - datetime.fromisoformat(begun)).total_seconds()
    wait_for("P1 is signed for within half an hour", lambda: limit() == 1800)


def test_11_where_nobody_is_left_to_act_the_bureau_is_alarmed(intake, supervisor):
    unit, doctor = "first-hospital.medical", staff("cao-bin")  # its only handler

    def told(*steps):
        case_id = intake.post("/v1/submissions", submission(), key=str(uuid.uuid4())).json()["case_id"]
        wait_for("the assessment", lambda: supervisor.has(case_id, "CaseAssessed"))
        for person, action, body in [(supervisor, "accept", {}), *steps]:
            answer = person.do(case_id, action, body)
            assert answer.status_code == 200, (action, answer.text)
        return [fact["data"]["unit"] for fact in supervisor.has(case_id, "AlarmRaised")
                if fact["data"]["kind"] == "ALARM_KIND_NO_ASSIGNEE"]
    named = (supervisor, "declare-conflict", {"staff": "cao-bin", "reason": "亲属"})
    dispatched = (supervisor, "dispatch", {"unit": unit})
    replied = [dispatched, (doctor, "sign", {}), (doctor, "decide", {"outcome": "upheld", "findings": "属实"}),
               (doctor, "reply", {"reply": "已整改。"})]
    unsolved = (supervisor, "follow-up", {"reached": True, "solved": False, "note": "电话"})
    bureau = ["bureau.complaints"]
    assert told(dispatched) == []
    assert told(named, dispatched) == bureau, "its only handler is in conflict"
    assert told(dispatched, named) == bureau, "before anybody signed"
    assert told(*replied, (supervisor, "rework", {"reason": "未解决"})) == bureau, "who had it may not have it again"
    assert told(*replied, unsolved) == bureau
    assert told(*replied, unsolved, dispatched) == bureau * 2
    rated = intake.post("/v1/submissions", submission(), key=str(uuid.uuid4())).json()
    wait_for("the assessment", lambda: supervisor.has(rated["case_id"], "CaseAssessed"))
    go(rated["case_id"], (supervisor, "accept", {}), *replied)
    poor = {"overall": 1, "solved": False}
    answer = intake.post(f"/v1/submissions/{rated['tracking_code']}/feedback", poor, headers={"Redress-Pin": rated["pin"]})
    assert answer.status_code == 202, answer.text
    fact = wait_for("the alarm after a poor rating", lambda: supervisor.has(rated["case_id"], "AlarmRaised"))[0]
    assert (fact["data"]["kind"], fact["data"]["unit"]) == ("ALARM_KIND_NO_ASSIGNEE", "bureau.complaints")
    assert told(*replied, unsolved, (supervisor, "dispatch", {"unit": "first-hospital.nursing"})) == bureau


def test_11_a_case_whose_rule_knows_no_such_pause_any_more_runs_on(intake, supervisor):
    handler = staff("xu-mo")
    case_id = make_case(intake, supervisor, "anning-centre")
    go(case_id, (supervisor, "assess", {"urgency": "P3", "reason": "C类"}),
       *to_investigation(supervisor, handler, "anning-centre.ward"), (handler, "suspend", {"ground": "appraisal"}))
    assert clock(supervisor, case_id, "resolution")["state"] == "paused"
    go(case_id, (supervisor, "assess", {"urgency": "P1", "crisis": "R4"}))
    resolution = clock(supervisor, case_id, "resolution")
    assert (resolution["state"], supervisor.case(case_id)["status"]) == ("running", "investigating")
    assert "paused_until" not in resolution and "suspend" not in handler.case(case_id)["actions"]
    assert supervisor.has(case_id, "CaseResumed")[0]["data"]["ground"] == "appraisal"
    refused(handler.do(case_id, "resume", {}), 409, "wrong-state")


def test_11_only_the_packs_grounds_pause_and_the_clock_goes_on_where_it_rested(supervisor, nurse, hospital_case):
    case_id = hospital_case
    refused(nurse.do(case_id, "suspend", {"ground": "waiting-for-the-complainant"}), 422, "unknown-code")
    due = clock(supervisor, case_id, "resolution")["due_at"]
    go(case_id, (nurse, "suspend", {"ground": "appraisal", "note": "送检"}))
    resting = clock(supervisor, case_id, "resolution")
    assert (resting["state"], resting["paused_on"]) == ("paused", "appraisal")
    assert resting["paused_until"] > due and resting["due_at"] > resting["paused_until"]
    go(case_id, (nurse, "resume", {"note": "已出具"}))
    running = clock(supervisor, case_id, "resolution")
    assert (running["state"], running["due_at"]) == ("running", due), "a pause within a day gives no working day"
    assert any("appraisal" in line for line in running["explanation"])
    assert armed(supervisor, case_id, "resolution", "resumed")


def test_11_a_pause_ends_of_itself_when_its_cap_is_used_up(intake, supervisor, handler):
    case_id = make_case(intake, supervisor, "demo-clinic")
    go(case_id, *to_investigation(supervisor, handler, "demo-clinic.desk"),
       (handler, "suspend", {"ground": "hearing"}))
    wait_for("it runs again of itself", lambda: armed(supervisor, case_id, "resolution", "resumed"))
    assert supervisor.case(case_id)["status"] == "suspended"
    first = supervisor.has(case_id, "ClockArmed")
    before = [fact["data"]["terms"] for fact in first if fact["data"]["terms"]["name"] == "resolution"]
    assert before[-1]["due_at_ms"] - before[-2]["due_at_ms"] == 4000, "the cap, to the millisecond"
    go(case_id, (handler, "resume", {}))
    refused(handler.do(case_id, "suspend", {"ground": "hearing"}), 409, "cap-used")
    assert "suspend" in handler.case(case_id)["actions"], "on the other ground"


def warnings(supervisor, case_id):
    """The facts that warned of the case's resolution."""
    return [fact for fact in supervisor.has(case_id, "ClockWarned") if fact["data"]["name"] == "resolution"]


def resolution_breached(supervisor, case_id):
    """Whether the resolution's due time has passed."""
    return any(fact["data"]["name"] == "resolution" for fact in supervisor.has(case_id, "ClockBreached"))


def test_11_each_warn_point_of_a_clock_is_told_once(intake, supervisor, handler):
    stopped, rested, plain = (make_case(intake, supervisor, "demo-clinic") for _ in range(3))
    for case_id in (stopped, rested, plain):
        wait_for("three warn points", lambda one=case_id: len(clock(supervisor, one, "resolution")["warns"]) == 3)
    go(rested, *to_investigation(supervisor, handler, "demo-clinic.desk"))
    for case_id in (stopped, rested, plain):
        wait_for("the first warning", lambda one=case_id: warnings(supervisor, one))
    go(stopped, (supervisor, "withdraw", {"reason": "当事人撤回"}))
    go(rested, (handler, "suspend", {"ground": "hearing"}))
    go(rested, (handler, "resume", {}))
    redis.Redis(port=int(os.environ["REDRESS_REDIS_PORT"])).flushall()
    for case_id in (plain, rested):
        wait_for("the breach", lambda one=case_id: resolution_breached(supervisor, one))
        facts = warnings(supervisor, case_id)
        assert [fact["data"]["ordinal"] for fact in facts] == [1, 2, 3]
        points = clock(supervisor, case_id, "resolution")["warns"]
        assert all(point["passed"] for point in points)
        assert all(fact["at"] >= point["at"] for fact, point in zip(facts, points))
    resumed = armed(supervisor, rested, "resolution", "resumed")[0]["data"]["terms"]
    told_before = [fact for fact in warnings(supervisor, rested) if fact["data"]["version"] < resumed["version"]]
    assert int(resumed["warns_passed"]) == len(told_before) >= 1
    told = warnings(supervisor, stopped)
    last = supervisor.has(stopped, "CaseWithdrawn")[0]
    assert told and all(fact["sequence"] < last["sequence"] for fact in told)
    code = supervisor.case(plain)["tracking_code"]
    for number in (1, 2, 3):
        wait_for("a mail for each", lambda n=number: [
            text for _, subject, text, _ in mails()
            if code in subject and "临期" in subject and "resolution" not in subject and f"第{n}次提醒" in text], 120)


def points_in_redis(case_id):
    """What the index of due times holds of a case: clock and kind (w: a warning, b: the breach)."""
    found = redis.Redis(port=int(os.environ["REDRESS_REDIS_PORT"])).zscan_iter("redress:{sla}:due", f"{case_id}/*")
    return sorted(tuple(member.decode().split("/")[1::2]) for member, _ in found)


def test_11_redis_holds_a_clocks_next_point_alone(intake, supervisor):
    case_id = make_case(intake, supervisor, "first-hospital")
    clocks = supervisor.case(case_id)["clocks"]
    expected = sorted((entry["name"], "w" if entry["warns"] else "b") for entry in clocks)
    wait_for("the index", lambda: points_in_redis(case_id) == expected)
    assert "w" in {kind for _, kind in expected}


def test_11_after_the_last_warning_redis_holds_the_breach(intake, supervisor):
    case_id = make_case(intake, supervisor, "demo-clinic")
    wait_for("three warn points", lambda: len(clock(supervisor, case_id, "resolution")["warns"]) == 3)
    seen = set()
    wait_for("the breach", lambda: seen.update(points_in_redis(case_id)) or resolution_breached(supervisor, case_id))
    last = warnings(supervisor, case_id)[-1]
    due = clock(supervisor, case_id, "resolution")["due_at"]
    late = datetime.fromisoformat(due) - datetime.fromisoformat(last["at"]) < timedelta(seconds=1)
    assert last["data"]["ordinal"] == 3 and (late or ("resolution", "b") in seen)


def rebuilds():
    """How often sla-timer has built its index anew."""
    port = int(os.environ["REDRESS_SLA_TIMER_URL"].rsplit(":", 1)[1]) + 1
    return re.search(r"^redress_sla_timer_rebuilds_total\S* (\d+)", requests.get(f"http://127.0.0.1:{port}/metrics", timeout=5).text, re.MULTILINE)[1]


def rebuild():
    """Redis forgets; when the index was whole again."""
    before = rebuilds()
    redis.Redis(port=int(os.environ["REDRESS_REDIS_PORT"])).flushall()
    wait_for("the rebuild's end", lambda: rebuilds() != before)
    return datetime.now(timezone.utc)


@contextlib.contextmanager
def rebuild_that_takes(least):
    """As many more clocks that run for a month, in the ledger's table alone, as it takes on this machine."""
    with psycopg.connect(os.environ["REDRESS_POSTGRES_ADMIN_URL"], autocommit=True) as connection:
        try:
            took = timedelta(0)
            while took < least:
                connection.execute("INSERT INTO ledger.clocks (case_id, name, tenant, version, due_at, warned) SELECT gen_random_uuid(), "
                                   "'sleeping', 'bureau', 1, now() + interval '30 days', false FROM generate_series(1, 400000)")
                begin = datetime.now(timezone.utc)
                took = rebuild() - begin
            yield
        finally:
            connection.execute("DELETE FROM ledger.clocks WHERE name = 'sleeping'")
            redis.Redis(port=int(os.environ["REDRESS_REDIS_PORT"])).flushall()


def test_11_what_falls_due_while_a_large_index_is_built_anew_does_not_wait_for_its_end(intake, supervisor):
    with rebuild_that_takes(timedelta(seconds=3)):
        case_id = make_case(intake, supervisor, "demo-clinic")
        due = datetime.fromisoformat(clock(supervisor, case_id, "first_response")["due_at"])
        wait_for("a moment before it is due", lambda: datetime.now(timezone.utc) > due - timedelta(seconds=0.3))
        ended = rebuild()
        breach = wait_for("the breach", lambda: supervisor.has(case_id, "ClockBreached"))[0]
        assert breach["data"]["name"] == "first_response" and datetime.fromisoformat(breach["at"]) < ended - timedelta(seconds=0.5)


def test_11_an_extension_is_asked_for_granted_once_and_told_to_the_complainant(intake, supervisor, nurse, chief):
    address = f"{uuid.uuid4().hex[:12]}@example.org"
    case_id = make_case(intake, supervisor, "first-hospital", complainant={"name": "周晓岚", "email": address})
    go(case_id, *to_investigation(supervisor, nurse, NURSING))
    due = clock(supervisor, case_id, "resolution")["due_at"]
    ask = {"clock": "resolution", "value": 5, "unit": "working_days", **LONG}
    refused(nurse.do(case_id, "request-extension", {**ask, "reason": ""}), 400, "out-of-bounds")
    answer = nurse.do(case_id, "request-extension", {**ask, "value": 6})
    refused(answer, 409, "too-long")
    assert answer.json()["actions"] == nurse.case(case_id)["actions"] and "request-extension" in answer.json()["actions"]
    refused(nurse.do(case_id, "request-extension", {**ask, "unit": "fortnights"}), 422, "unknown-code")
    refused(chief.do(case_id, "decide-extension", {"granted": True}), 409, "no-extension-open")
    asked = nurse.do(case_id, "request-extension", ask)
    assert asked.status_code == 200 and "decide-extension" not in asked.json()["actions"]
    assert "decide-extension" not in nurse.case(case_id)["actions"]
    assert "decide-extension" in chief.case(case_id)["actions"]
    refused(nurse.do(case_id, "decide-extension", {"granted": True}), 403, "not-approved")
    go(case_id, (chief, "decide-extension", {"granted": True, "note": "同意"}))
    extended = clock(supervisor, case_id, "resolution")
    assert extended["due_at"] > due and extended["state"] == "running"
    fact = armed(supervisor, case_id, "resolution", "extended")[0]["data"]
    assert fact["terms"]["due_at_ms"] > fact["previous_due_at_ms"] > 0
    mail = wait_for("the complainant's mail", lambda: [
        text for to, subject, text, _ in mails() if to == address and "延期" in subject], 120)[0]
    assert LONG["reason"] in mail and LONG["plan"] in mail
    refused(nurse.do(case_id, "request-extension", ask), 409, "too-often")
    assert "request-extension" not in nurse.case(case_id)["actions"]


def test_7_a_page_of_messages_is_empty_only_where_nothing_follows(intake, supervisor, nurse, chief):
    receipt = intake.post("/v1/submissions", submission(institution="first-hospital", anonymous=True, complainant=None),
                          key=str(uuid.uuid4())).json()
    case_id = receipt["case_id"]
    wait_for("the clocks", lambda: clock(supervisor, case_id, "resolution"))
    go(case_id, *to_investigation(supervisor, nurse, NURSING))
    ask = {"clock": "resolution", "value": 5, "unit": "working_days", **LONG}
    for _ in range(3):
        go(case_id, (nurse, "request-extension", ask), (chief, "decide-extension", {"granted": False}))

    def read(after):
        answer = intake.get(f'/v1/submissions/{receipt["tracking_code"]}/messages?limit=1&after={after}',
                            headers={"Redress-Pin": receipt["pin"]})
        assert answer.status_code == 200, answer.text
        return answer.json()
    page = read(0)
    assert [item["kind"] for item in page["items"]] == ["accepted"] and page["next"] is None, "denials concern nobody outside"
    go(case_id, (nurse, "message", {"text": "正在核实"}))
    page = read(0)
    assert page["next"] is not None, "something follows, beyond what is not told"
    page = read(page["next"])
    assert [item["text"] for item in page["items"]] == ["正在核实"] and page["next"] is None


def test_11_who_is_anonymous_reads_of_pause_and_extension_by_code_and_pin(intake, supervisor, nurse, chief):
    receipt = intake.post("/v1/submissions", submission(institution="first-hospital", anonymous=True, complainant=None),
                          key=str(uuid.uuid4())).json()
    case_id = receipt["case_id"]
    wait_for("the clocks", lambda: clock(supervisor, case_id, "resolution"))
    go(case_id, *to_investigation(supervisor, nurse, NURSING),
       (nurse, "request-extension", {"clock": "resolution", "value": 3, "unit": "working_days", **LONG}),
       (chief, "decide-extension", {"granted": True, "note": "内部批注"}),
       (nurse, "suspend", {"ground": "appraisal", "note": "送检单号"}), (nurse, "resume", {}))
    answer = intake.get(f'/v1/submissions/{receipt["tracking_code"]}/messages', headers={"Redress-Pin": receipt["pin"]})
    told = {item["kind"]: item for item in answer.json()["items"]}
    extension = supervisor.has(case_id, "ExtensionDecided")[0]["data"]
    assert told["extended"]["text"] == LONG["reason"] and told["extended"]["plan"] == LONG["plan"]
    assert told["extended"]["clock_title"] == "办结"
    assert datetime.fromisoformat(told["extended"]["due_at"]).timestamp() * 1000 == extension["due_at_ms"]
    assert told["suspended"]["ground_title"] == told["resumed"]["ground_title"] == "鉴定"
    assert "内部批注" not in answer.text and "送检单号" not in answer.text
    resumed = supervisor.has(case_id, "CaseResumed")[0]["data"]
    assert datetime.fromisoformat(told["resumed"]["due_at"]).timestamp() * 1000 == resumed["due_at_ms"]


def test_11_what_no_pack_allows_is_not_offered(intake, supervisor):
    case_id = make_case(intake, supervisor, "hope-line")
    duty = Staff(supervisor.url, mint("yu-tong"))
    go(case_id, *to_investigation(supervisor, duty, "hope-line.duty"))
    answer = duty.do(case_id, "suspend", {"ground": "appraisal"})
    refused(answer, 422, "unknown-code")
    assert "resume" not in answer.json()["actions"] and "decide" in answer.json()["actions"]
    refused(duty.do(case_id, "request-extension", {"clock": "resolution", "value": 1, "unit": "working_days", **LONG}), 409, "no-extension")
    assert not {"suspend", "request-extension", "decide-extension"} & set(duty.case(case_id)["actions"])


def test_11_a_call_back_that_cannot_happen_in_a_rework_is_not_waited_for(intake, supervisor, handler):
    case_id = make_case(intake, supervisor, "demo-clinic")
    replied = [(supervisor, "accept", {}), (supervisor, "dispatch", {"unit": "demo-clinic.desk"}), (handler, "sign", {}),
               (handler, "decide", {"outcome": "upheld", "findings": "属实"}), (handler, "reply", {"reply": "已整改。"})]
    go(case_id, *replied)
    wait_for("the call-back's clock", lambda: (clock(supervisor, case_id, "call_back") or {}).get("state") == "running")
    go(case_id, (supervisor, "rework", {"reason": "未解决"}))
    assert clock(supervisor, case_id, "call_back")["state"] == "stopped"
    colleague = staff("demo-colleague")
    go(case_id, *((colleague, action, body) for _, action, body in replied[2:]))
    wait_for("the next reply's", lambda: clock(supervisor, case_id, "call_back")["state"] == "running")


def test_11_a_rework_begins_another_run_and_resets_no_alarm(intake, supervisor, handler):
    case_id = make_case(intake, supervisor, "demo-clinic")
    go(case_id, *to_investigation(supervisor, handler, "demo-clinic.desk"),
       (handler, "decide", {"outcome": "upheld", "findings": "属实"}), (handler, "reply", {"reply": "已整改。"}))
    wait_for("the call-back clock", lambda: clock(supervisor, case_id, "call_back"))
    alarms = [alarm["alarm_id"] for alarm in supervisor.case(case_id)["alarms"]]
    first = clock(supervisor, case_id, "resolution")
    go(case_id, (supervisor, "follow-up", {"reached": True, "solved": False, "score": 1, "note": "未解决"}))
    assert clock(supervisor, case_id, "call_back")["state"] in ("stopped", "breached")
    again = wait_for("another run", lambda: [
        entry for entry in supervisor.case(case_id)["clocks"]
        if entry["name"] == "resolution" and entry["restarted_on"] == "rework"])[0]
    assert again["started_at"] > first["started_at"] and again["version"] > first["version"]
    assert any("rework" in line for line in clock(supervisor, case_id, "resolution")["explanation"])
    assert alarms == [alarm["alarm_id"] for alarm in supervisor.case(case_id)["alarms"]][:len(alarms)]


def timer_environment():
    """What the stack gives its sla-timer."""
    text = pathlib.Path(os.environ["REDRESS_STACK_DIR"], "supervisord.conf").read_text()
    line = re.search(r"\[program:sla-timer\].*?^environment=(.*?)$", text, re.S | re.M).group(1)
    return dict(re.findall(r'(\w+)="([^"]*)"', line))


def amend(region, version, days):
    """The region's calendar, with more days off, as the next version."""
    text = (ROOT / "deploy" / "calendars" / "cn-state-council@1.yaml").read_text()
    calendar = yaml.safe_load(text)
    ranges = [entry for entry in calendar["ranges"] if entry["first"] not in days]
    ranges += [{"first": day, "working": False} for day in days]
    ranges.sort(key=lambda entry: entry["first"])
    calendar.update(version=version, source="测试", ranges=ranges,
                    last_year=max(calendar["last_year"], days[-1].year))
    path = region.parent / "calendars" / f"cn-state-council@{version}.yaml"
    path.write_text(yaml.safe_dump(calendar, allow_unicode=True, sort_keys=False))


@contextlib.contextmanager
def second_timer(region, port, **options):
    """An sla-timer with other rules beside the stack's own."""
    environment = {**os.environ, **timer_environment(), "REDRESS_REGION_DIRECTORY": str(region),
                   "REDRESS_HTTP_PORT": str(port), "REDRESS_ADMIN_PORT": str(port + 1), **options}
    with subprocess.Popen([BIN / "redress-sla-timer"], env=environment, stdout=subprocess.DEVNULL,
                          stderr=subprocess.DEVNULL) as process:
        try:
            yield process
        finally:
            process.send_signal(signal.SIGTERM)
            process.wait(60)


def next_weekdays(start, count):
    """The next days that are worked by the week."""
    days = []
    while len(days) < count:
        start += timedelta(days=1)
        if start.weekday() < 5:
            days.append(start)
    return days


def is_ready(port):
    """Whether a service says so."""
    try:
        return requests.get(f"http://127.0.0.1:{port + 1}/readyz", timeout=5).ok
    except requests.ConnectionError:
        return False


def other_rules(tmp_path):
    """A copy of the region whose calendars and packs a test may change."""
    region = tmp_path / "region"
    shutil.copytree(ROOT / "deploy" / "region" / "example", region)
    shutil.copytree(ROOT / "deploy" / "calendars", tmp_path / "calendars")
    settings = region / "region.yaml"
    settings.write_text(settings.read_text().replace("../../calendars", "../calendars")
                        .replace("../../policies", f"{ROOT}/deploy/policies"))
    return region


def second_port():
    """A port of the stack that nobody has."""
    return int(os.environ["REDRESS_PORT_BASE"]) + 44


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


def test_11_overdue_and_extended_are_flags_that_lists_find(intake, supervisor, nurse, chief, hospital_case):
    assert supervisor.case(hospital_case)["flags"] == {}
    go(hospital_case, (nurse, "request-extension", {"clock": "resolution", "value": 5, "unit": "working_days", **LONG}))
    assert supervisor.case(hospital_case)["flags"] == {}, "it was only asked for"
    go(hospital_case, (chief, "decide-extension", {"granted": True}))
    assert supervisor.case(hospital_case)["flags"] == {"EXTENDED": True}
    late = make_case(intake, supervisor, "demo-clinic")
    wait_for("the breach", lambda: supervisor.case(late)["flags"] == {"OVERDUE": True}, 60)

    def listed(query):
        answer = supervisor.get(f"/v1/cases?limit=200&{query}")
        assert answer.status_code == 200, answer.text
        return {item["case_id"]: (item["breached"], item["extended"]) for item in answer.json()["items"]}
    extended, overdue = listed("extended=true"), listed("breached=true")
    assert extended[hospital_case] == (False, True) and late not in extended
    assert overdue[late] == (True, False) and hospital_case not in overdue
    assert supervisor.get("/v1/cases?extended=false").status_code == 400
    bundle = supervisor.get(f"/v1/cases/{hospital_case}/export")
    assert bundle.json()["flags"] == {"EXTENDED": True}, bundle.text
    go(hospital_case, (nurse, "decide", {"outcome": "upheld", "findings": "属实"}), (nurse, "reply", {"reply": "已整改。"}))
    assert supervisor.case(hospital_case)["flags"] == {}, "its clock has ended"
