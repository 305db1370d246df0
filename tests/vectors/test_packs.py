# SPDX-License-Identifier: Apache-2.0
"""What the command line refuses of packs, calendars and regions, and that it says where."""
import json
import pathlib
import re
import shutil
import subprocess

import pytest
from test_vectors import EVENTS, HOLIDAYS, REDRESSCTL, ROOT, holidays_of, redressctl, simulate

DEPLOY = ROOT / "deploy"


def refused(*arguments):
    """What was said; nothing was printed."""
    done = subprocess.run([REDRESSCTL, *arguments], cwd=ROOT, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (1, ""), (done.stdout, done.stderr)
    return done.stderr


def change(path, before, after):
    text = path.read_text(encoding="utf-8")
    assert before in text
    path.write_text(text.replace(before, after, 1), encoding="utf-8")


@pytest.fixture
def deploy(tmp_path):
    """A copy of what deploy holds, to be broken."""
    for name in ("calendars", "policies", "region"):
        shutil.copytree(DEPLOY / name, tmp_path / name)
    return tmp_path


def check_region(deploy):
    return ["region", "check", str(deploy / "region/example")]


def test_the_copy_is_sound(deploy):
    redressctl(*check_region(deploy))
    redressctl("policy", "check", str(deploy / "policies"))


def test_rules_on_what_no_fact_tells_are_named(deploy):
    packs = json.loads(redressctl("policy", "check", str(deploy / "policies")))
    assert {pack["pack"]: pack["never_run"] for pack in packs if pack["never_run"]} == {"hotline@1": ["hotline-answer"]}


def test_a_rule_on_what_begins_another_clock_alone_is_named(deploy):
    change(deploy / "policies/cn-medical@1.yaml", "starts_on: case_dispatched", "starts_on: supervision_ordered")
    packs = json.loads(redressctl("policy", "check", str(deploy / "policies")))
    never = next(pack["never_run"] for pack in packs if pack["pack"] == "cn-medical@1")
    assert len(never) == 1 and "sign" in never[0], never


def test_a_region_whose_cases_would_have_no_clock_is_refused(deploy):
    pack = deploy / "policies/cn-medical@1.yaml"
    text = pack.read_text(encoding="utf-8")
    at = text.index("clock: resolution")
    pack.write_text(text[:at] + text[at:].replace("starts_on: case_registered", "starts_on: call_ended", 1), encoding="utf-8")
    said = refused(*check_region(deploy))
    assert re.search(r"cn-medical@1\.yaml:\d+: medical-\S+: starts_on: cn-medical@1: its resolution would never run: no fact", said), said


def test_a_clock_of_its_own_needs_a_title(deploy):
    pack = deploy / "policies/cn-medical@1.yaml"
    change(pack, "  - id: medical-resolution\n", "  - id: medical-own\n    clock: second_look\n    source: {kind: ours, text: own}\n"
           "    starts_on: case_replied\n    stops_on: case_closed\n    limit: {value: 5, unit: working_days}\n  - id: medical-resolution\n")
    said = refused(*check_region(deploy))
    assert re.search(r'region\.yaml:\d+: .*the clock "second_look" of cn-medical@1 has no title: .*zh-CN and en', said), said
    region = deploy / "region/example/region.yaml"
    change(region, "clocks:\n", "clocks:\n  - {code: second_look, zh-CN: 复看}\n")
    assert "].en" in refused(*check_region(deploy))
    change(region, "zh-CN: 复看}", "zh-CN: 复看, en: second look}")
    redressctl(*check_region(deploy))


def test_a_hole_between_two_versions_is_refused_with_its_first_day(deploy):
    first = deploy / "policies/cn-medical@1.yaml"
    shutil.copy(first, deploy / "policies/cn-medical@2.yaml")
    change(deploy / "policies/cn-medical@2.yaml", "version: 1", "version: 2")
    change(deploy / "policies/cn-medical@2.yaml", "effective_from: 2000-01-01", "effective_from: 2026-12-15")
    redressctl(*check_region(deploy))
    change(first, "effective_from: 2000-01-01", "effective_from: 2000-01-01\neffective_until: 2026-11-01")
    said = refused(*check_region(deploy))
    assert re.search(r"institutions\.yaml:\d+: \S+: type: .*no (first_response|resolution|sign_for) on 2026-11-02", said), said
    change(first, "effective_until: 2026-11-01", "effective_until: 2026-12-14")
    redressctl(*check_region(deploy))


def test_packs_that_begin_only_later_leave_today_without_clocks(deploy):
    for path in [*(deploy / "policies").iterdir(), *(deploy / "region/example").iterdir()]:
        if path.suffix == ".yaml":
            text = path.read_text(encoding="utf-8")
            path.write_text(re.sub(r"effective_from: \S+", "effective_from: 2090-01-01", text)
                            .replace("published: 2025-12-01", "published: 2089-12-01"), encoding="utf-8")
    assert "no first_response on 20" in refused(*check_region(deploy))


def test_orders_and_co_handlers_without_a_time_are_refused(deploy):
    change(deploy / "region/example/policies.yaml", "  - cn-supervision\n", "")
    said = refused(*check_region(deploy))
    assert re.search(r"institutions\.yaml:\d+: bureau: type: .*no supervision on", said), said


def test_more_clocks_than_one_fact_can_start_are_refused_with_their_place(deploy):
    rule = """      - id: own-{0}
        clock: own_{0}
        source: {{kind: ours, text: x}}
        starts_on: case_registered
        stops_on: case_replied
        limit: {{value: 1, unit: working_days}}
"""
    policies = deploy / "region/example/policies.yaml"
    used = {match for path in [*(deploy / "policies").glob("*.yaml"), policies, policies.parent / "commitments.yaml"]
            for match in re.findall(r"^ +clock: (\S+)$", path.read_text(encoding="utf-8"), re.M)
            if path.stem.split("@")[0] not in ("uk-nhs", "us-grievance", "nz-code")}
    text = policies.read_text(encoding="utf-8")
    room = 64 - len(used)
    change(policies.parent / "region.yaml", "clocks:\n", "clocks:\n" + "".join(
        f"  - {{code: own_{number}, zh-CN: 自定{number}, en: own {number}}}\n" for number in range(room + 1)))
    policies.write_text(text + "".join(rule.format(n) for n in range(room)), encoding="utf-8")
    redressctl(*check_region(deploy))
    policies.write_text(text + "".join(rule.format(n) for n in range(room + 1)), encoding="utf-8")
    said = refused(*check_region(deploy))
    assert re.search(r"policies\.yaml:[1-9]\d*: \S+: rules: .*one more than the 64 names", said), said


@pytest.mark.parametrize("number", ["5.9", "5x", "1e3", "010", "0x10", "five", "1_0"])
def test_a_number_that_is_no_decimal_is_refused_with_file_line_and_field(deploy, number):
    pack = deploy / "policies/cn-medical@1.yaml"
    line = next(n for n, text in enumerate(pack.read_text(encoding="utf-8").splitlines(), 1) if "{value: 5," in text)
    change(pack, "{value: 5,", "{value: %s," % number)
    said = refused("policy", "check", str(pack))
    assert f"cn-medical@1.yaml:{line}: " in said and "'value'" in said, said


@pytest.mark.parametrize("name", ["policies/cn-medical@1.yaml", "calendars/cn-state-council@1.yaml"])
def test_a_second_document_is_refused_with_its_line(deploy, name):
    path = deploy / name
    text = path.read_text(encoding="utf-8")
    path.write_text(f"{text}---\n{text}", encoding="utf-8")
    said = refused(name.split("/")[0].replace("policies", "policy").rstrip("s"), "check", str(path))
    assert f"@1.yaml:{len(text.splitlines()) + 1}: a second document" in said, said


def test_topics_are_read_as_strictly(tmp_path):
    path = tmp_path / "topics.yaml"
    path.write_text("topics:\n  - {name: a, partitions: 010, replication: 1, settings: []}\n", encoding="utf-8")
    assert "topics.yaml:2: Invalid number \"010\"" in refused("topics", "apply", "--file", str(path))


def test_a_file_that_is_missing_is_named_itself(tmp_path):
    assert "missing.yaml: there is no such file" in refused("policy", "check", str(tmp_path / "missing.yaml"))


@pytest.mark.parametrize("title, line", [(b"title: [x", 5), (b"title: \"\\q\"", 4), (b"title: \xff", 4), (b"title: \x01", 4),
                                         (b"\ttitle: x", 4), (b"title: x: y", 4)])
def test_a_fault_of_the_yaml_has_its_line(tmp_path, title, line):
    pack = tmp_path / "made@1.yaml"
    pack.write_bytes(b"# one\nid: made\nversion: 1\n" + title + b"\nlayer: national\n")
    said = refused("policy", "check", str(pack), "--calendars", "deploy/calendars")
    assert f"made@1.yaml:{line}: " in said, said


@pytest.mark.parametrize("event", ["extend:5 working_days junk@2026-03-06 09:00", "extend:4294967299 working_days@2026-03-06 09:00",
                                   "extend:4000000000 months@2026-03-06 09:00", "extend:200 months@2026-03-06 09:00",
                                   "extend:-5 working_days@2026-03-06 09:00", "extend:5working_days@2026-03-06 09:00"])
def test_an_extension_that_says_more_than_an_amount_and_a_unit_is_refused(event):
    said = refused("policy", "simulate", "--pack", "cn-medical", "--clock", "resolution", "--at", "2026-03-02 09:00", "--event", event)
    assert "is none of" in said, said


OWN = """  - id: hospital-own
    version: 1
    title: own
    layer: institution
    calendar: cn-state-council
    effective_from: 2000-01-01
    institutions: [first-hospital]
    ladder:
      levels:
        - {after: {value: 0, unit: minutes}, tell: [handler, supervisor]}
        - {after: {value: 60, unit: minutes}, tell: [supervisor]}
      most: 12
    rules:
      - id: own-resolution
        clock: resolution
        source: {kind: ours, text: own}
        when: {situations: [petition]}
        starts_on: case_registered
        stops_on: case_replied
        limit: {value: 59, unit: calendar_days}
        pauses:
          - {ground: appraisal, cap: {value: 300, unit: calendar_days}}
        extension:
          count: 4
          unbounded: true
          approved_by: [handler]
          tell: [complainant]
"""


def test_the_law_bounds_an_institutions_extension_and_pause(deploy):
    policies = deploy / "region/example/policies.yaml"
    policies.write_text(policies.read_text(encoding="utf-8") + OWN, encoding="utf-8")
    petition = ["--region", str(deploy / "region/example"), "--institution", "first-hospital", "--situation", "petition",
                "--clock", "resolution", "--at", "2026-03-02 09:00"]
    assert simulate(*petition)["due_at"] == "2026-05-01T00:00:00.000+08:00"
    said = refused("policy", "simulate", *petition, "--event", "extend:300 calendar_days@2026-03-10 09:00")
    assert "longer than the law allows: petition-resolution" in said
    said = refused("policy", "simulate", *petition, "--event", "pause:appraisal@2026-03-10 09:00",
                   "--event", "resume@2026-07-10 09:00")
    assert "only a paused clock" in said  # it ran again when the law's limit came
    answer = simulate(*petition, "--event", "pause:appraisal@2026-03-10 09:00", "--now", "2026-07-10 09:00")
    assert (answer["due_at"], answer["state"]) == ("2026-05-07T00:00:00.000+08:00", "breached")
    latest = next(step for step in answer["steps"] if step["step"] == "latest")
    assert (latest["policy"], latest["source_kind"]) == ("cn-petition@1", "law")


def test_an_urgent_petition_is_answered_as_fast_as_any_urgent_case():
    case = ["--region", "deploy/region/example", "--institution", "first-hospital", "--clock", "first_response",
            "--at", "2026-03-02 09:00"]
    urgent = simulate(*case, "--severity", "P1")["due_at"]
    assert simulate(*case, "--severity", "P1", "--situation", "petition")["due_at"] == urgent
    assert simulate(*case, "--severity", "P3", "--situation", "petition")["policy"] == "cn-petition@1"


def imported(tmp_path, *texts):
    files = []
    for number, text in enumerate(texts):
        files.append(tmp_path / f"source{number}")
        files[-1].write_text(text, encoding="utf-8")
    return [str(file) for file in files]


def test_a_cancelled_event_is_no_day_off(tmp_path):
    files = imported(tmp_path, EVENTS.replace("UID:2", "STATUS:CANCELLED\r\nUID:2"))
    made = redressctl("calendar", "import", *files)
    assert "2026-01-01" in made and "2026-01-04" not in made


@pytest.mark.parametrize("before,after,words", [
    ("VALUE=DATE:20260101", "VALUE=DATE:20260231", "\"元旦假期\": DTSTART: 2026-02-31 is no date"),
    ("VALUE=DATE:20260103", "VALUE=DATE:20260431", "\"元旦假期\": DTEND: 2026-04-31 is no date"),
    ("VALUE=DATE:20260103", "VALUE=DATE:20251230", "\"元旦假期\": DTEND: it lies before DTSTART"),
    ("DTEND;VALUE=DATE:20260103", "DTEND:20260103T090000", "DTEND: only whole days"),
])
def test_an_event_of_no_possible_days_is_refused_with_its_place(tmp_path, before, after, words):
    assert before in EVENTS
    said = refused("calendar", "import", *imported(tmp_path, EVENTS.replace(before, after)))
    assert "source0: " in said and words in said, said


def test_a_name_that_no_calendar_holds_is_refused_with_its_day(tmp_path):
    said = refused("calendar", "import", *imported(tmp_path, EVENTS.replace("SUMMARY:", "SUMMARY:" + "节" * 100)))
    assert "the name of 2026-01-01 is longer than 95 bytes" in said, said


def test_a_day_of_the_december_before_publishes_no_year(tmp_path):
    stray = {**HOLIDAYS, "days": [{"name": "元旦", "date": "2025-12-31", "isOffDay": True}, *HOLIDAYS["days"]]}
    made = redressctl("calendar", "import", *imported(tmp_path, str(stray).replace("'", "\"").replace("True", "true").replace("False", "false")))
    assert "first_year: 2026" in made and "2025-12-31" in made
    events = EVENTS.replace("VALUE=DATE:20260101", "VALUE=DATE:20251231")
    made = redressctl("calendar", "import", *imported(tmp_path, events))
    assert "first_year: 2026" in made and "2025-12-31" in made
    pathlib.Path(tmp_path / "cn-state-council@1.yaml").write_text(made, encoding="utf-8")
    added = redressctl("calendar", "add", "--directory", str(tmp_path), "--from", "2025-12-30", "--working-days", "1")
    assert added.strip() == "2026-01-04 (provisional)"  # 31 December to 2 January are off, the 3rd is a Saturday


def test_a_year_between_two_files_is_a_hole_though_a_stray_day_lies_in_it(tmp_path):
    files = imported(tmp_path, holidays_of(2024, "2024-01-01"), str(
        {"year": 2026, "days": [{"name": "x", "date": day, "isOffDay": True} for day in ("2025-12-31", "2026-01-01")]})
        .replace("'", "\"").replace("True", "true"))
    assert "a hole: 2025" in refused("calendar", "import", *files)
