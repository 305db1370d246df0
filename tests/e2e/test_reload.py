"""Files that a running service reads again."""

import contextlib
import json
import os
import pathlib
import re
import signal
import subprocess
from datetime import datetime

from conftest import BIN, Staff, mint, wait_for
from test_clocks import (LONG, NURSING, amend, armed, clock, go, is_ready, make_case, next_weekdays, other_rules, second_port, second_timer,
                         to_investigation)


def ledger_environment():
    """What the stack gives its ledger."""
    text = pathlib.Path(os.environ["REDRESS_STACK_DIR"], "supervisord.conf").read_text()
    line = re.search(r"\[program:ledger\].*?^environment=(.*?)$", text, re.S | re.M).group(1)
    return dict(re.findall(r'(\w+)="([^"]*)"', line))


@contextlib.contextmanager
def second_ledger(region, port, log):
    """A ledger with other rules beside the stack's own."""
    environment = {**os.environ, **ledger_environment(), "REDRESS_REGION_DIRECTORY": str(region),
                   "REDRESS_HTTP_PORT": str(port), "REDRESS_ADMIN_PORT": str(port + 1)}
    with open(log, "wb") as out, subprocess.Popen([BIN / "redress-ledger"], env=environment, stdout=out, stderr=out) as process:
        try:
            yield process
        finally:
            process.send_signal(signal.SIGTERM)
            process.wait(60)


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


def said(log, message):
    """The log's lines with this message."""
    lines = [json.loads(line) for line in log.read_text().splitlines() if line.startswith("{")]
    return [line for line in lines if message in json.dumps(line, ensure_ascii=False)]


def test_10_the_ledger_reads_its_rules_again_and_a_bad_file_leaves_the_old_ones(intake, supervisor, tmp_path):
    port, log = int(os.environ["REDRESS_PORT_BASE"]) + 46, tmp_path / "ledger.log"
    region = other_rules(tmp_path)
    nurse = Staff(os.environ["REDRESS_LEDGER_URL"], mint("shen-yue"))
    case_id = make_case(intake, supervisor, "first-hospital")
    go(case_id, *to_investigation(supervisor, nurse, NURSING))
    before = clock(supervisor, case_id, "resolution")
    with second_ledger(region, port, log) as ledger:
        wait_for("it to be ready", lambda: is_ready(port), 60)
        amend(region, 2, next_weekdays(datetime.fromisoformat(before["started_at"]).date(), 1))
        ledger.send_signal(signal.SIGHUP)
        wait_for("the files are read", lambda: said(log, "files were read again"), 60)
        url = f"http://127.0.0.1:{port}"
        go(case_id, (Staff(url, mint("shen-yue")), "request-extension",
                     {"clock": "resolution", "value": 1, "unit": "working_days", **LONG}))
        (region / "staff.yaml").write_text("staff: [")
        ledger.send_signal(signal.SIGHUP)
        why = wait_for("why they can't be read", lambda: said(log, "files can't be read again"), 60)[0]
        assert "staff.yaml" in json.dumps(why)
        go(case_id, (Staff(url, mint("tang-wei")), "decide-extension", {"granted": True}))
    extended = armed(supervisor, case_id, "resolution", "extended")[0]["data"]
    assert extended["previous_calendar_version"] == "cn-state-council@1"
    assert extended["terms"]["calendar_version"] == "cn-state-council@2", "of the files as they were last read well"
