"""Alarms that nobody may overlook, and notices that nobody is flooded with."""

import contextlib
import os
import pathlib
import re
import signal
import subprocess
import uuid
from datetime import datetime, timedelta, timezone

import requests
from clock_steps import LONG, NURSING, clock, go, make_case, staff, to_investigation
from conftest import BIN, mails, submission, supervise, wait_for


def told_of(receipt, word):
    """Who got a mail about the case with this word in its title."""
    return {to for to, subject, _, _ in mails() if receipt["tracking_code"] in subject and word in subject}


def test_1_danger_in_what_is_asked_for_alarms(intake, supervisor):
    for said in ({"request": "我不想活了，今晚就跳楼。"}, {"request": "我不想活了，今晚就跳楼。", "anonymous": True, "complainant": None}):
        case_id = intake.post("/v1/submissions", submission(institution="demo-clinic", **said), key=str(uuid.uuid4())).json()["case_id"]
        wait_for("the alarm", lambda: [fact for fact in supervisor.has(case_id, "AlarmRaised")  # pylint: disable=cell-var-from-loop
                                       if fact["data"]["kind"] == "ALARM_KIND_URGENT"])
        case = supervisor.case(case_id)
        assert (case["urgency"], case["crisis"]) in (("P1", "R3"), ("P1", "R4"))


def test_1_danger_that_is_written_again_after_its_alarm_was_taken_alarms_again(intake, supervisor):
    receipt = intake.post("/v1/submissions", submission(institution="demo-clinic"), key=str(uuid.uuid4())).json()
    case_id, pin = receipt["case_id"], {"Redress-Pin": receipt["pin"]}
    wait_for("the assessment", lambda: supervisor.has(case_id, "CaseAssessed"))
    for count in (1, 2):
        intake.post(f'/v1/submissions/{receipt["tracking_code"]}/messages', {"text": "我不想活了，今晚就跳楼。"}, headers=pin)
        wait_for("the alarm", lambda: len([fact for fact in supervisor.has(case_id, "AlarmRaised") if fact["data"]["kind"] == "ALARM_KIND_URGENT"])
                 == count)  # pylint: disable=cell-var-from-loop
        for alarm in supervisor.case(case_id)["alarms"]:
            if not alarm["acknowledged"]:
                go(case_id, (supervisor, "acknowledge", {"alarm_id": alarm["alarm_id"]}))


def test_11_where_nobody_is_left_to_supervise_the_bureau_is_alarmed_once(intake, supervisor):
    case_id = make_case(intake, supervisor, "first-hospital")
    receipt = {"tracking_code": supervisor.case(case_id)["tracking_code"]}
    chief, witness = staff("gao-min"), staff("auditor")

    def alarms():
        return [alarm["kind"] for alarm in witness.case(case_id)["alarms"] if alarm["kind"] == "no-supervisor"]

    def conflict(subject):
        return ("declare-conflict", {"staff": subject, "reason": "亲属"})
    go(case_id, (supervisor, "accept", {}), (supervisor, *conflict("tang-wei")),
       (chief, "concern-person", {"kind": "staff", "title": "科长", "staff_code": "lin-zhiyuan"}))
    assert alarms() == [], "one is left"
    go(case_id, (chief, *conflict("gao-min")))
    assert alarms() == ["no-supervisor"]
    fact = [fact for fact in witness.has(case_id, "AlarmRaised") if fact["data"]["kind"] == "ALARM_KIND_NO_SUPERVISOR"]
    assert [entry["data"]["unit"] for entry in fact] == ["bureau.complaints"]
    wait_for("who can grant somebody the case", lambda: "administrator@example.org" in told_of(receipt, "警报"))
    go(case_id, (staff("shen-yue"), *conflict("shen-yue")))
    assert alarms() == ["no-supervisor"], "it was told before"


def test_13_who_supervises_by_a_grant_counts_until_it_ends(intake, supervisor):
    case_id = make_case(intake, supervisor, "first-hospital")
    chief, witness, stand_in = staff("gao-min"), staff("auditor"), staff("he-jing")

    def alarms():
        return [alarm["kind"] for alarm in witness.case(case_id)["alarms"] if alarm["kind"] == "no-supervisor"]
    until = (datetime.now(timezone.utc) + timedelta(seconds=30)).isoformat(timespec="milliseconds")
    granted = {"staff": "he-jing", "role": "supervisor", "until": until, "reason": "代为督办"}
    go(case_id, (supervisor, "accept", {}), (staff("region-administrator"), "grant", granted),
       *[(chief, "declare-conflict", {"staff": each, "reason": "亲属"}) for each in ("tang-wei", "lin-zhiyuan", "gao-min")])
    assert alarms() == [] and stand_in.case(case_id)["actions"], "one is left by the grant"
    data = [fact["data"] for fact in witness.has(case_id, "ConflictDeclared")]
    assert [entry["supervised_until_ms"] > 0 for entry in data] == [False, False, True]
    wait_for("its end", lambda: stand_in.case(case_id) is None, 60)
    go(case_id, (staff("shen-yue"), "comment", {"comment": "继续办理"}))
    assert alarms() == ["no-supervisor"]
    go(case_id, (staff("shen-yue"), "comment", {"comment": "继续办理"}))
    assert alarms() == ["no-supervisor"], "it was told before"


def test_11_an_alarm_that_nobody_takes_is_told_for_ever_ever_more_seldom(intake, supervisor):
    case_id = make_case(intake, supervisor, "demo-clinic")

    def climbs():
        ordinal = supervisor.has(case_id, "AlarmRaised")[0]["data"]["ordinal"]
        return [fact["data"]["terms"] for fact in supervisor.has(case_id, "ClockArmed")
                if fact["data"]["terms"]["name"] == f"escalation-{ordinal}"]
    wait_for("the breach", lambda: supervisor.has(case_id, "AlarmRaised"), 60)
    wait_for("a rung beyond the ladder's last", lambda: len(climbs()) >= 4, 150)
    assert [terms["due_at_ms"] - terms["started_at_ms"] for terms in climbs()[:4]] == [3000, 15000, 30000, 60000]
    alarm = next(alarm for alarm in supervisor.case(case_id)["alarms"] if alarm["level"] >= 3)
    assert alarm["escalates_at"] is not None
    go(case_id, *[(supervisor, "acknowledge", {"alarm_id": each["alarm_id"]}) for each in supervisor.case(case_id)["alarms"]
                  if not each["acknowledged"]])


def test_11_after_a_pause_the_complainant_is_told_the_date_that_holds(intake, supervisor, database):
    nurse, chief = staff("shen-yue"), staff("tang-wei")
    address = f"{uuid.uuid4().hex[:12]}@example.org"
    longer, plain = (make_case(intake, supervisor, "first-hospital", complainant={"name": "周晓岚", "email": address})
                     for _ in range(2))
    for case_id in (longer, plain):
        go(case_id, *to_investigation(supervisor, nurse, NURSING), (nurse, "suspend", {"ground": "appraisal"}))
    go(longer, (nurse, "request-extension", {"clock": "resolution", "value": 5, "unit": "working_days", **LONG}),
       (chief, "decide-extension", {"granted": True}))
    latest = clock(supervisor, longer, "resolution")["due_at"]
    for case_id in (longer, plain):
        go(case_id, (nurse, "resume", {}), (nurse, "message", {"text": "已恢复办理"}))
    holds = clock(supervisor, longer, "resolution")["due_at"]
    assert holds < latest, "the pause was shorter than it could have been"
    told = "SELECT fact_type FROM notification.deliveries WHERE case_id = %s AND recipient = 'complainant'"
    for case_id, resumed in ((longer, 1), (plain, 0)):
        kinds = wait_for("what comes later", lambda one=case_id: (
            lambda rows: [kind for kind, in rows] if ("MessageSent",) in rows else None)(database.execute(told, (one,))))
        assert kinds.count("CaseResumed") == resumed, "of a date that was never told nothing is told"
    last_day = datetime.fromisoformat(holds).astimezone(timezone(timedelta(hours=8)))
    mail = wait_for("the mail", lambda: [text for to, subject, text, _ in mails() if to == address and "恢复办理" in subject])[0]
    assert re.search(rf"{last_day.year}\D+0?{last_day.month}\D+0?{last_day.day}\D", mail), mail


def notification_environment():
    """What the stack gives its notification."""
    text = pathlib.Path(os.environ["REDRESS_STACK_DIR"], "supervisord.conf").read_text()
    line = re.search(r"\[program:notification\].*?^environment=(.*?)$", text, re.S | re.M).group(1)
    return dict(re.findall(r'(\w+)="([^"]*)"', line))


@contextlib.contextmanager
def other_notification(**options):
    """Another notification in the place of the stack's."""
    supervise("stop", "notification")
    environment = {**os.environ, **notification_environment(), **options}
    try:
        with subprocess.Popen([BIN / "redress-notification"], env=environment, stdout=subprocess.DEVNULL,
                              stderr=subprocess.DEVNULL) as process:
            try:
                yield environment["REDRESS_ADMIN_PORT"]
            finally:
                process.send_signal(signal.SIGTERM)
                process.wait(60)
    finally:
        supervise("start", "notification")


def span(begins_in, lasts):
    """Hours from so many hours from now on, in the region's time."""
    begin = datetime.now(timezone(timedelta(hours=8))) + timedelta(hours=begins_in)
    return f"{begin:%H:%M}-{begin + timedelta(hours=lasts):%H:%M}"


def test_7_a_complainant_is_told_in_the_hours_they_named_but_of_a_crisis_at_once(intake, supervisor, database):
    def told(hours, **changes):
        address = f"{uuid.uuid4().hex[:12]}@example.org"
        body = submission(institution="demo-clinic", complainant={"name": "周晓岚", "email": address, "hours": hours}, **changes)
        receipt = intake.post("/v1/submissions", body, key=str(uuid.uuid4()))
        assert receipt.status_code == 202, receipt.text
        return address, receipt.json()["case_id"]

    def rows(case_id):
        return database.execute("SELECT state, failure, attempts, next_attempt_at FROM notification.deliveries "
                                "WHERE case_id = %s AND recipient = 'complainant' ORDER BY occasion_sequence", (case_id,))
    refused = intake.post("/v1/submissions", submission(complainant={"name": "周晓岚", "hours": "9-17"}), key=str(uuid.uuid4()))
    assert (refused.status_code, refused.json()["field"]) == (400, "complainant.hours")
    refused = intake.post("/v1/submissions", submission(complainant={"name": "周晓岚", "hours": "25:00-26:00"}), key=str(uuid.uuid4()))
    assert (refused.status_code, refused.json()["code"]) == (400, "bad-hours")
    later, waits = told(span(2, 1))
    now, goes = told(span(-1, 2))
    wait_for("the mail in its hours", lambda: any(to == now for to, _, _, _ in mails()))
    wait_for("the other to be put off", lambda: [row for row in rows(waits) if row[1] == "outside-hours"])
    state, _, attempts, due = rows(waits)[0]
    ahead = (due - datetime.now(timezone.utc)).total_seconds()
    assert state == "pending" and attempts <= 1 and 3600 < ahead <= 7200  # one if the case came before its contact
    database.execute("UPDATE notification.deliveries SET next_attempt_at = now() "
                     "WHERE case_id = %s AND recipient = 'complainant' RETURNING 1", (waits,))
    wait_for("it to be put off again", lambda: rows(waits)[0][3] == due)
    assert rows(waits)[0][2] == attempts
    assert not any(to == later for to, _, _, _ in mails())
    wait_for("the sender's note", lambda: rows(goes)[0][0] == "sent")
    wait_for("the assessment", lambda: supervisor.has(waits, "CaseAssessed"))
    go(waits, (supervisor, "assess", {"urgency": "P1", "crisis": "R4"}), (supervisor, "accept", {}))
    wait_for("what is told in a crisis", lambda: any(to == later for to, _, _, _ in mails()))


def test_7_who_got_many_mails_in_an_hour_gets_the_others_later(intake, supervisor, database):
    address, told = f"{uuid.uuid4().hex[:12]}@example.org", 8
    with other_notification(REDRESS_CAP_HOURLY="3") as port:
        body = submission(institution="demo-clinic", complainant={"name": "周晓岚", "email": address})
        case_id = intake.post("/v1/submissions", body, key=str(uuid.uuid4())).json()["case_id"]
        wait_for("the assessment", lambda: supervisor.has(case_id, "CaseAssessed"))
        go(case_id, (supervisor, "accept", {}), *[(supervisor, "message", {"text": f"第{n}条"}) for n in range(told - 2)])

        def deliveries(recipient):
            return database.execute("SELECT state, failure, CASE state WHEN 'sent' THEN occurred_at ELSE next_attempt_at END "
                                    "FROM notification.deliveries WHERE case_id = %s AND recipient = %s "
                                    "ORDER BY occasion_sequence", (case_id, recipient))
        wait_for("all are planned", lambda: len(deliveries("complainant")) == told)
        wait_for("the first go out", lambda: sum(state == "sent" for state, _, _ in deliveries("complainant")) == 3)
        rows = deliveries("complainant")
        assert [(state, failure) for state, failure, _ in rows] == [("sent", "")] * 3 + [("pending", "capped")] * (told - 3)
        times = [at for _, _, at in rows]
        assert all((later - before).total_seconds() >= 3599 for before, later in zip(times, times[3:]))
        assert len([to for to, _, _, _ in mails() if to == address]) == 3
        wait_for("alarms, which are not put off", lambda: [
            state for state, _, _ in deliveries("staff:demo-handler") if state == "sent"], 60)
        assert not [failure for _, failure, _ in deliveries("staff:demo-supervisor") if failure == "capped"]
        metrics = requests.get(f"http://127.0.0.1:{port}/metrics", timeout=10).text
        counted = re.search(r'deliveries_total\{outcome="capped"\} (\d+)', metrics)
        assert int(counted.group(1)) >= told - 3


def test_6_each_dispatch_begins_the_sign_for_anew_and_the_resolution_runs_on(intake, supervisor):
    case_id = make_case(intake, supervisor, "first-hospital")
    go(case_id, (supervisor, "accept", {}))
    for version, unit in enumerate((NURSING, "first-hospital.medical", NURSING), 1):
        go(case_id, (supervisor, "dispatch", {"unit": unit}))
        wait_for("its run", lambda version=version: supervisor.has(case_id, "ClockArmed") and (
            {entry["name"]: entry for entry in supervisor.case(case_id)["clocks"]}.get("sign_for") or {}).get("version") == version)
        answer = staff("shen-yue").do(case_id, "dispatch", {"unit": "first-hospital.outpatient"}, etag="*")
        assert (answer.status_code, answer.json()["code"]) == (403, "role-not-allowed"), "no unit does so by itself"
    runs = [fact["data"]["terms"] for fact in supervisor.has(case_id, "ClockArmed") if fact["data"]["terms"]["name"] == "sign_for"]
    begun = [terms["started_at_ms"] for terms in runs]
    assert len(begun) == 3 and begun == sorted(set(begun)), "each later than the one before"
    assert clock(supervisor, case_id, "resolution")["version"] == 1
    assert len(supervisor.has(case_id, "CaseDispatched")) == 3


def test_7_a_request_waits_for_quiet_hours_but_not_beyond_the_limit_it_is_about(intake, supervisor, database):
    local = datetime.now(timezone(timedelta(hours=8))).hour
    with other_notification(REDRESS_QUIET_BEGIN_HOUR=str((local - 1) % 24), REDRESS_QUIET_END_HOUR=str((local + 3) % 24)):
        far = make_case(intake, supervisor, "first-hospital")
        nurse = staff("shen-yue")
        go(far, *to_investigation(supervisor, nurse, NURSING),
           (nurse, "request-extension", {"clock": "resolution", "value": 5, "unit": "working_days", **LONG}))
        near = make_case(intake, supervisor, "demo-clinic")

        def told(case_id, fact):
            return database.execute("SELECT state, state = 'pending' AND next_attempt_at > now() + interval '1 hour' FROM notification.deliveries "
                                    "WHERE case_id = %s AND fact_type = %s AND channel = 'email'", (case_id, fact))
        assert supervisor.has(far, "ExtensionRequested")[0]["data"]["due_at_ms"] > 0
        wait_for("the request to wait", lambda: told(far, "ExtensionRequested") == [("pending", True)])
        wait_for("the warning, which would come too late", lambda: ("sent", False) in told(near, "ClockWarned"), 60)
