"""Files that a running service reads again."""

import contextlib
import json
import os
import pathlib
import re
import signal
import subprocess
import uuid
from datetime import datetime

import requests
from clock_steps import LONG, NURSING, armed, clock, go, make_case, to_investigation
from conftest import BIN, Api, Staff, mails, mint, submission, supervise, wait_for
from timers import amend, is_ready, next_weekdays, other_rules, second_port, second_timer


def environment_of(program):
    """What the stack gives this program."""
    text = pathlib.Path(os.environ["REDRESS_STACK_DIR"], "supervisord.conf").read_text()
    line = re.search(rf"\[program:{program}\].*?^environment=(.*?)$", text, re.S | re.M).group(1)
    return dict(re.findall(r'(\w+)="([^"]*)"', line))


def own_port():
    """A port of the stack that nobody has, and the one after it."""
    return int(os.environ["REDRESS_PORT_BASE"]) + 46


@contextlib.contextmanager
def second(program, region, log, port=None):
    """A service with a region of its own, beside the stack's or in its place."""
    port = port or own_port()
    environment = {**os.environ, **environment_of(program), "REDRESS_REGION_DIRECTORY": str(region),
                   "REDRESS_HTTP_PORT": str(port), "REDRESS_ADMIN_PORT": str(port + 1)}
    with open(log, "wb") as out, subprocess.Popen([BIN / f"redress-{program}"], env=environment, stdout=out, stderr=out) as process:
        try:
            wait_for("it to be ready", lambda: is_ready(port), 60)
            yield process
        finally:
            process.send_signal(signal.SIGTERM)
            process.wait(60)


@contextlib.contextmanager
def instead(program, region, log):
    """The same while the stack's own rests, so that nobody else does its work."""
    supervise("stop", program)
    try:
        with second(program, region, log) as process:
            yield process
    finally:
        supervise("start", program)


def test_10_a_deadline_that_rests_is_amended_too_and_goes_on_resting(intake, supervisor, tmp_path):
    nurse, region = Staff(os.environ["REDRESS_LEDGER_URL"], mint("shen-yue")), other_rules(tmp_path)
    case_id = make_case(intake, supervisor, "first-hospital")
    go(case_id, *to_investigation(supervisor, nurse, NURSING), (nurse, "suspend", {"ground": "appraisal"}))
    before = clock(supervisor, case_id, "resolution")
    # A day after the pause: one in it would be a day less of rest, and change nothing.
    amend(region, 2, next_weekdays(datetime.fromisoformat(before["paused_until"]).date(), 2)[1:])
    with second_timer(region, second_port()):
        paused = wait_for("the amendment", lambda: supervisor.has(case_id, "ClockPaused")[1:], 60)
    fact, after = paused[0]["data"], clock(supervisor, case_id, "resolution")
    assert fact["amended"] and fact["previous_calendar_version"] == "cn-state-council@1"
    assert fact["terms"]["calendar_version"] == "cn-state-council@2" and fact["terms"]["due_at_ms"] > fact["previous_due_at_ms"]
    assert after["due_at"] > before["due_at"] and after["calendar_version"] == "cn-state-council@2"
    assert (after["state"], after["paused_until"]) == ("paused", before["paused_until"])
    go(case_id, (nurse, "resume", {}))
    assert clock(supervisor, case_id, "resolution")["state"] == "running"


def test_11_a_pause_whose_ground_the_region_drops_lasts_until_its_cap_as_was_told(intake, supervisor, tmp_path):
    region, logs = other_rules(tmp_path), [tmp_path / "ledger.log", tmp_path / "sla-timer.log"]
    own = Staff(f"http://127.0.0.1:{second_port()}", mint("demo-handler"))
    ground = "          - {ground: appraisal, cap: {value: 60, unit: seconds}}\n"
    change(region / "policies.yaml", ground, ground.replace("60", "30"))
    with instead("sla-timer", region, logs[1]) as timer, second("ledger", region, logs[0], second_port()) as ledger:
        cases = [make_case(intake, supervisor, "demo-clinic") for _ in range(3)]
        for case_id in cases:
            go(case_id, *to_investigation(supervisor, own, "demo-clinic.desk"), (own, "suspend", {"ground": "appraisal"}))
        told = [clock(supervisor, case_id, "resolution") for case_id in cases]
        change(region / "policies.yaml", ground.replace("60", "30"), "")
        for process, log in ((ledger, logs[0]), (timer, logs[1])):
            read_again(process, log)
        rests, resumed, assessed = cases
        now = clock(supervisor, rests, "resolution")
        assert (now["state"], now["paused_until"], now["due_at"]) == ("paused", told[0]["paused_until"], told[0]["due_at"])
        go(resumed, (own, "resume", {}))  # earlier, as before
        assert own.do(resumed, "suspend", {"ground": "appraisal"}).json()["code"] == "unknown-code", "nothing new waits on it"
        go(assessed, (Staff(own.url, mint("lin-zhiyuan")), "assess", {"urgency": "P4", "reason": "一般事项"}))  # by the rule of now
        assert supervisor.case(assessed)["status"] == "investigating"
        fact = wait_for("it to run again of itself", lambda: armed(supervisor, rests, "resolution", "resumed"), 60)[0]["data"]
        until = datetime.fromisoformat(told[0]["paused_until"])
        assert datetime.fromisoformat(armed(supervisor, rests, "resolution", "resumed")[0]["at"]) >= until
        assert fact["terms"]["due_at_ms"] == round(datetime.fromisoformat(told[0]["due_at"]).timestamp() * 1000), "as was told"
        for case_id in cases:
            wait_for("the breach", lambda of=case_id: clock(supervisor, of, "resolution")["state"] == "breached", 60)
            wait_for("the alarm", lambda of=case_id: "resolution" in {alarm["clock"] for alarm in supervisor.case(of)["alarms"]})
        ended = clock(supervisor, resumed, "resolution")
        assert told[1]["due_at"] > ended["due_at"] > ended["started_at"], "what it rested counts"


def said(log, message):
    """The log's lines with this message."""
    lines = [json.loads(line) for line in log.read_text().splitlines() if line.startswith("{")]
    return [line for line in lines if message in json.dumps(line, ensure_ascii=False)]


def read_again(process, log):
    """Has the files read again, which are good."""
    before = len(said(log, "files were read again"))
    process.send_signal(signal.SIGHUP)
    wait_for("the files are read", lambda: said(log, "files were read again")[before:], 60)


def refuse(process, log):
    """Has the files read again, which are bad; why they are refused."""
    before = len(said(log, "files can't be read again"))
    process.send_signal(signal.SIGHUP)
    return wait_for("why they can't be read", lambda: said(log, "files can't be read again")[before:], 60)[0]["reason"]


def reloads(service):
    """How often SIGHUP came to what."""
    page = requests.get(f"http://127.0.0.1:{own_port() + 1}/metrics", timeout=5).text
    return {outcome: int(count) for outcome, count in
            re.findall(rf'^redress_{service}_region_reloads_total{{outcome="(\w+)"}} (\d+)$', page, re.M)}


def change(path, old, new):
    """Another text in a file, which had the old one."""
    text = path.read_text()
    assert old in text, f"{path} has not {old}"
    path.write_text(text.replace(old, new))


def test_10_the_ledger_reads_its_rules_again_and_a_bad_file_leaves_the_old_ones(intake, supervisor, tmp_path):
    region, log = other_rules(tmp_path), tmp_path / "ledger.log"
    nurse = Staff(os.environ["REDRESS_LEDGER_URL"], mint("shen-yue"))
    case_id = make_case(intake, supervisor, "first-hospital")
    go(case_id, *to_investigation(supervisor, nurse, NURSING))
    before = clock(supervisor, case_id, "resolution")
    with second("ledger", region, log) as ledger:
        amend(region, 2, next_weekdays(datetime.fromisoformat(before["started_at"]).date(), 1))
        read_again(ledger, log)
        url = f"http://127.0.0.1:{own_port()}"
        go(case_id, (Staff(url, mint("shen-yue")), "request-extension",
                     {"clock": "resolution", "value": 1, "unit": "working_days", **LONG}))
        (region / "staff.yaml").write_text("staff: [")
        assert "staff.yaml" in refuse(ledger, log)
        assert reloads("ledger") == {"read": 1, "refused": 1}
        go(case_id, (Staff(url, mint("tang-wei")), "decide-extension", {"granted": True}))
    extended = armed(supervisor, case_id, "resolution", "extended")[0]["data"]
    assert extended["previous_calendar_version"] == "cn-state-council@1"
    assert extended["terms"]["calendar_version"] == "cn-state-council@2", "of the files as they were last read well"


def test_10_intake_takes_what_its_files_allow_now_and_a_bad_file_leaves_that(supervisor, tmp_path):
    region, log = other_rules(tmp_path), tmp_path / "intake.log"
    body = submission(category="professional-level")  # which the region has not for hospitals
    with second("intake", region, log) as process:
        door = Api(f"http://127.0.0.1:{own_port()}")
        refused = door.post("/v1/submissions", body, key=str(uuid.uuid4()))
        assert refused.status_code == 422 and refused.json()["field"] == "category", refused.text
        types = "[mental-health-centre, community-station, school-centre]"
        change(region / "categories.yaml", f"name: 专业水平\n    institution_types: {types}",
               f"name: 专业水平\n    institution_types: {types.replace('[', '[hospital, ')}")
        read_again(process, log)
        taken = [door.post("/v1/submissions", body, key=str(uuid.uuid4()))]
        change(region / "categories.yaml", "institution_types: [hospital,", "institution_kinds: [hospital,")
        why = refuse(process, log)
        assert "categories.yaml" in why and "institution_kinds" in why and re.search(r"\b\d+\b", why), why
        taken += [door.post("/v1/submissions", body, key=str(uuid.uuid4()))]
        assert reloads("intake") == {"read": 1, "refused": 1}
    assert [answer.status_code for answer in taken] == [202, 202], [answer.text for answer in taken]
    for answer in taken:
        wait_for("the case", lambda one=answer: supervisor.get(f"/v1/cases/{one.json()['case_id']}").ok)


def told(address, subject):
    """Mails to this address with this in their subject."""
    return [text for to, title, text, _ in mails() if to == address and subject in title]


def test_10_notification_writes_by_its_files_as_they_are_now_and_a_bad_file_leaves_them(intake, tmp_path):
    region, log = other_rules(tmp_path), tmp_path / "notification.log"
    templates = region / "templates.yaml"
    addresses = [f"{uuid.uuid4()}@example.org" for _ in range(3)]
    bodies = [submission(complainant={"name": "周晓岚", "email": address}) for address in addresses]
    with instead("notification", region, log) as process:
        intake.post("/v1/submissions", bodies[0], key=str(uuid.uuid4()))
        wait_for("the mail as it was", lambda: told(addresses[0], "您的投诉已登记"), 120)
        change(templates, "您的投诉已登记", "您的来信已登记")
        read_again(process, log)
        intake.post("/v1/submissions", bodies[1], key=str(uuid.uuid4()))
        wait_for("the mail as it is now", lambda: told(addresses[1], "您的来信已登记"), 120)
        change(templates, "{tracking_code}", "{tracking_kode}")
        why = refuse(process, log)
        assert re.search(r"templates\.yaml:\d+: case-registered: subject: ", why), why
        intake.post("/v1/submissions", bodies[2], key=str(uuid.uuid4()))
        wait_for("a mail as before the bad file", lambda: told(addresses[2], "您的来信已登记"), 120)
        shown = requests.get(f"http://127.0.0.1:{own_port()}/v1/templates/case-registered/zh-CN", timeout=5).json()
        assert "您的来信已登记" in shown["subject"]
        assert reloads("notification") == {"read": 1, "refused": 1}
    assert not told(addresses[1], "您的投诉已登记") and not told(addresses[2], "您的投诉已登记")


def test_10_triage_assesses_by_its_lexicon_as_it_is_now_and_a_bad_file_leaves_it(tmp_path):
    region, log = other_rules(tmp_path), tmp_path / "triage.log"
    lexicon = region / "lexicon.yaml"
    with second("triage", region, log) as process:
        def assess():
            answer = requests.post(f"http://127.0.0.1:{own_port()}/v1/assess", json={"text": "他说要去看冰糖葫芦。"}, timeout=5).json()
            return answer["lexicon_version"], answer["urgency"], [reason["term"] for reason in answer["reasons"]]
        before = assess()
        assert before[0] == "qinghe-lexicon@2" and before[2] == []
        change(lexicon, "version: 2\n", "version: 3\n")
        change(lexicon, '"想死", ', '"冰糖葫芦", "想死", ')
        read_again(process, log)
        assert assess() == ("qinghe-lexicon@3", "P1", ["冰糖葫芦"])
        change(lexicon, "urgency: P1", "urgency: P9")
        assert "lexicon.yaml" in refuse(process, log)
        assert assess() == ("qinghe-lexicon@3", "P1", ["冰糖葫芦"])
        assert reloads("triage") == {"read": 1, "refused": 1}


NEW_CLINIC = """  - code: new-clinic
    name: 新诊所
    type: clinic
    parent: bureau
    ladder: [lin-zhiyuan]
    units:
      - {code: new-clinic.desk, name: 前台, ladder: [lin-zhiyuan]}
"""


def test_10_analytics_shows_the_institutions_of_its_files_as_they_are_now_and_a_bad_file_leaves_them(tmp_path):
    region, log = other_rules(tmp_path), tmp_path / "analytics.log"
    institutions = region / "institutions.yaml"
    path = "/v1/indicators?from=2026-01-01&to=2026-01-31&institution=new-clinic"
    with second("analytics", region, log) as process:
        door = Api(f"http://127.0.0.1:{own_port()}", mint("lin-zhiyuan"))
        assert door.get(path).status_code == 422
        institutions.write_text(institutions.read_text().rstrip() + "\n" + NEW_CLINIC)
        read_again(process, log)
        assert door.get(path).status_code == 200
        change(institutions, "parent: bureau\n    ladder: [lin-zhiyuan]", "parent: nowhere\n    ladder: [lin-zhiyuan]")
        assert "institutions.yaml" in refuse(process, log)
        assert door.get(path).status_code == 200
        assert reloads("analytics") == {"read": 1, "refused": 1}
