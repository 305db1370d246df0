# SPDX-License-Identifier: Apache-2.0
"""The committed vectors are what the reference computes, and what the program answers."""
import datetime as dt
import json
import os
import pathlib
import shutil
import subprocess

import generate
import pytest
import reference
import yaml

ROOT = pathlib.Path(__file__).parents[2]
REDRESSCTL = pathlib.Path(os.environ.get("REDRESS_BIN_DIR", ROOT / "build/bin")) / "redressctl"
VECTORS = [json.loads(line) for line in generate.FILE.read_text(encoding="utf-8").splitlines()]


def redressctl(*arguments):
    done = subprocess.run([REDRESSCTL, *arguments], cwd=ROOT, capture_output=True, text=True,
                          check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


def utc(text):
    return dt.datetime.fromisoformat(text.replace("Z", "+00:00")).astimezone(dt.timezone.utc)


def test_committed_vectors_are_what_the_reference_computes():
    assert generate.FILE.read_text(encoding="utf-8") == "".join(generate.lines())
    assert len(VECTORS) >= 200 + len(generate.PUBLISHED)


@pytest.mark.parametrize("label", reference.CALENDARS)
def test_calendar_file_has_the_days_of_the_reference(label):
    path = ROOT / f"deploy/calendars/{label}.yaml"
    file = yaml.load(path.read_text(encoding="utf-8"), yaml.BaseLoader)
    calendar = reference.CALENDARS[label]
    said = {}
    for entry in file["ranges"]:
        for day in reference.days(entry["first"], entry.get("last")):
            said[day] = entry["working"] == "true"
    assert (int(file["first_year"]), int(file["last_year"])) == calendar.years
    assert file["zone"] == calendar.zone.key
    for day in reference.days(f"{calendar.years[0]}-01-01", f"{calendar.years[1]}-12-31"):
        assert said.get(day, day.weekday() < 5) == calendar.works(day), day


@pytest.mark.parametrize("start,unit,value,last", [
    each for each in generate.PUBLISHED if each[1] == "working_days"])
def test_calendar_add_prints_the_published_day(start, unit, value, last):
    assert unit == "working_days"
    printed = redressctl("calendar", "add", "--from", start, "--working-days", str(value))
    assert printed == last + "\n"


@pytest.mark.parametrize("vector", [each for each in VECTORS if "pack" in each],
                         ids=lambda each: f"{each['pack']}-{each['clock']}-{each['severity']}")
def test_policy_simulate_answers_the_vector(vector):
    arguments = ["--pack", vector["pack"], "--clock", vector["clock"], "--at", vector["start"]]
    arguments += ["--severity", vector["severity"]] if vector["severity"] else []
    arguments += ["--situation", ",".join(vector["situations"])] if vector["situations"] else []
    answer = json.loads(redressctl("policy", "simulate", *arguments, "--json"))[0]
    assert utc(answer["due_at"]) == utc(vector["due"])
    assert answer["provisional"] == vector["provisional"]
    assert answer["calendar"] == vector["calendar"]
    assert [step["step"] for step in answer["steps"]][0] == "start"
    assert answer["steps"][-1]["at"] == answer["due_at"]


HOLIDAYS = {"year": 2026, "days": [
    {"name": "元旦", "date": "2026-01-01", "isOffDay": True},
    {"name": "元旦", "date": "2026-01-02", "isOffDay": True},
    {"name": "元旦", "date": "2026-01-04", "isOffDay": False}]}

EVENTS = """BEGIN:VCALENDAR\r
VERSION:2.0\r
PRODID:-//test//test//EN\r
BEGIN:VEVENT\r
UID:1\r
SUMMARY:元旦假期\r
DTSTART;VALUE=DATE:20260101\r
DTEND;VALUE=DATE:20260103\r
END:VEVENT\r
BEGIN:VEVENT\r
UID:2\r
SUMMARY:元旦补班\r
DTSTART;VALUE=DATE:20260104\r
END:VEVENT\r
END:VCALENDAR\r
"""


def check_imported(tmp_path, text, name):
    source = tmp_path / name
    source.write_text(text, encoding="utf-8")
    made = redressctl("calendar", "import", str(source), "--id", "made", "--version", "3")
    (tmp_path / "made@3.yaml").write_text(made, encoding="utf-8")
    checked = json.loads(redressctl("calendar", "check", str(tmp_path / "made@3.yaml")))
    assert checked["working_days"] == {"2026": 261 - 2 + 1}
    return yaml.load(made, yaml.BaseLoader)["ranges"]


def test_holiday_json_becomes_a_sound_calendar(tmp_path):
    ranges = check_imported(tmp_path, json.dumps(HOLIDAYS), "2026.json")
    assert ranges == [
        {"first": "2026-01-01", "last": "2026-01-02", "working": "false", "name": "元旦"},
        {"first": "2026-01-04", "working": "true", "name": "元旦"}]


def test_icalendar_becomes_a_sound_calendar(tmp_path):
    ranges = check_imported(tmp_path, EVENTS, "2026.ics")
    assert [entry["working"] for entry in ranges] == ["false", "true"]
    assert ranges[0]["last"] == "2026-01-02"


@pytest.mark.parametrize("text,words", [
    ('{"days": [{"name": "x", "date": "2026-02-30", "isOffDay": true}]}', "days[0]: date"),
    ('{"days": [{"name": "x", "date": "2026-02-03"}]}', "days[0]: isOffDay"),
    ('{"days": [{"name": "x", "date": "2026-02-03", "isOffDay": false}]}', "is no off day"),
    ('{"days": [{"name": "x", "date": "2026-02-03", "isOffDay": true},'
     ' {"name": "y", "date": "2026-02-03", "isOffDay": true}]}', "there twice"),
    ('{"days": []}', "no day to import"),
    ('{"days": 1}', "is no list"),
    ('{"days": [}', ":1: "),
    ("nothing", "iCalendar"),
    (EVENTS.replace("UID:2", "RRULE:FREQ=YEARLY\r\nUID:2"), "RRULE"),
    (EVENTS.replace("UID:2", "RDATE;VALUE=DATE:20260301\r\nUID:2"), "RDATE: events that recur"),
    (EVENTS.replace("UID:2", "EXDATE;VALUE=DATE:20260104\r\nUID:2"), "EXDATE: events that recur"),
    (EVENTS.replace("DTSTART;VALUE=DATE:20260104", "DTSTART:20260104T090000"), "whole days"),
])
def test_what_cannot_be_imported_is_named(tmp_path, text, words):
    source = tmp_path / "holidays"
    source.write_text(text, encoding="utf-8")
    done = subprocess.run([REDRESSCTL, "calendar", "import", source], capture_output=True,
                          text=True, check=False)
    assert done.returncode == 1
    assert words in done.stderr
    assert done.stdout == ""


def holidays_of(year, *dates):
    return json.dumps({"year": year, "days": [{"name": "x", "date": date, "isOffDay": True} for date in dates]})


@pytest.mark.parametrize("texts,options,words", [
    ([holidays_of(2027, "2027-01-01"), holidays_of(2029, "2029-01-01")], [], "a hole: 2028"),
    ([holidays_of(2027)], [], "there is no day to import"),
    ([holidays_of(2027, "2029-01-01")], [], "days[0]: date: 2029-01-01 is not of the file's year 2027"),
    ([holidays_of(2027, "2026-11-30")], [], "not of the file's year"),
    ([holidays_of("2027", "2027-01-01")], [], "year: is no number"),
    ([holidays_of(2027, "2027-01-01")], ["--id", "../x y"], "--id"),
    ([holidays_of(2027, "2027-01-01")], ["--id", "a" * 49], "--id"),
    ([holidays_of(2027, "2027-01-01")], ["--version", "-1"], "--version"),
    ([holidays_of(2027, "2027-01-01")], ["--version", "0"], "--version"),
    ([holidays_of(2027, "2027-01-01")], ["--zone", "Asia/Shanghia"], '--zone "Asia/Shanghia" is no zone'),
    ([holidays_of(2027, "2027-01-01")], ["--zone", "A" * 64], "--zone has 64 bytes: 1 to 63"),
    ([holidays_of(2027, "2027-01-01")], ["--source", "\""], "--source may hold no"),
    ([holidays_of(2027, "2027-01-01")], ["--source", "节" * 134], "--source has 402 bytes: 1 to 400"),
    ([holidays_of(2027, "2027-01-01")], ["--source", "　"], "--source has 3 bytes: 1 to 400, not all blank"),
])
def test_import_writes_nothing_that_check_refuses(tmp_path, texts, options, words):
    for number, text in enumerate(texts):
        (tmp_path / str(number)).write_text(text, encoding="utf-8")
    done = subprocess.run([REDRESSCTL, "calendar", "import", *sorted(tmp_path.iterdir()), *options],
                          capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert words in done.stderr and "/tmp/redress" not in done.stderr and "@1.yaml" not in done.stderr
    assert done.stdout == ""


def test_a_notice_may_move_the_december_before_its_year(tmp_path):
    (tmp_path / "2026").write_text(holidays_of(2026, "2026-01-01"), encoding="utf-8")
    (tmp_path / "2027").write_text(holidays_of(2027, "2026-12-31"), encoding="utf-8")
    made = redressctl("calendar", "import", str(tmp_path / "2026"), str(tmp_path / "2027"))
    assert "first_year: 2026" in made and "last_year: 2026" in made


@pytest.mark.parametrize("arguments", [
    ["--at", "2026-03-02 09:00"],
    ["--pack", "cn-medical", "--region", "deploy/region/example", "--at", "2026-03-02 09:00"],
    ["--region", "deploy/region/example", "--at", "2026-03-02 09:00"],
    ["--pack", "cn-medical"],
    ["--pack", "cn-medical", "--at", "2026-03-02 09:00", "--event", "stop@2026-03-03 09:00"],
])
def test_a_simulation_that_lacks_an_option_is_wrong_usage(arguments):
    done = subprocess.run([REDRESSCTL, "policy", "simulate", *arguments], cwd=ROOT, capture_output=True,
                          text=True, check=False)
    assert (done.returncode, done.stdout) == (2, "")
    assert "needed" in done.stderr or "needs" in done.stderr


def simulate(*arguments):
    return json.loads(redressctl("policy", "simulate", *arguments, "--json"))[0]


def test_simulated_pause_and_extension_are_steps():
    answer = simulate("--pack", "cn-medical", "--clock", "resolution", "--at", "2026-03-02 09:00",
                      "--event", "pause:appraisal@2026-03-04 09:00",
                      "--event", "resume@2026-03-05 09:00",
                      "--event", "extend:5 working_days@2026-03-06 09:00")
    assert answer["due_at"] == "2026-03-18T00:00:00.000+08:00"
    steps = {step["step"]: step for step in answer["steps"]}
    assert (steps["paused"]["ground"], steps["paused"]["amount"]) == ("appraisal", 1)
    assert (steps["extended"]["value"], steps["extended"]["unit"]) == (5, "working_days")


def test_simulated_clock_is_breached_after_its_due_time():
    at = ["--pack", "hotline", "--clock", "answer", "--at", "2026-03-02T09:00:00+08:00"]
    assert simulate(*at, "--now", "2026-03-02T09:00:15+08:00")["state"] == "running"
    assert simulate(*at, "--now", "2026-03-02T09:00:16+08:00")["state"] == "breached"


def test_longer_law_prevails_over_the_regions_promise():
    at = ["--region", "deploy/region/example", "--institution", "bureau", "--clock", "resolution",
          "--at", "2026-08-05 16:30"]
    assert simulate(*at)["policy"] == "qinghe-bureau@1"
    answer = simulate(*at, "--situation", "petition")
    assert (answer["policy"], answer["due_at"]) == ("cn-petition@1", "2026-10-09T00:00:00.000+08:00")
    assert "law" in [step["step"] for step in answer["steps"]]


@pytest.mark.parametrize("situations,severity,policy,rule,due", [
    ("petition", None, "cn-petition@1", "petition-resolution", "2026-10-09"),
    ("several-departments", None, "cn-medical@1", "medical-resolution-several", "2026-08-20"),
    ("several-departments,petition", None, "cn-petition@1", "petition-resolution", "2026-10-09"),
    ("several-departments,petition", "P3", "cn-petition@1", "petition-resolution", "2026-10-09"),
    ("several-departments,petition", "P1", "cn-medical@1", "medical-resolution-p1", "2026-08-06")])
def test_a_petition_of_several_departments_has_the_petitions_term(situations, severity, policy, rule, due):
    answer = simulate("--region", "deploy/region/example", "--institution", "first-hospital", "--clock", "resolution",
                      "--at", "2026-08-05 16:30", "--situation", situations, *(["--severity", severity] if severity else []))
    assert (answer["policy"], answer["rule"], answer["due_at"][:10]) == (policy, rule, due)


def test_the_reasoning_names_both_rules_where_the_law_prevails():
    done = redressctl("policy", "simulate", "--region", "deploy/region/example", "--institution", "first-hospital",
                      "--clock", "resolution", "--at", "2026-08-05 16:30", "--situation", "several-departments,petition")
    assert "依据cn-medical@1 medical-resolution-several（医疗机构投诉管理办法：涉及多个科室的10个工作日内反馈）：10个工作日" in done
    assert "法定期限优先：依据cn-petition@1 petition-resolution" in done


@pytest.mark.parametrize("arguments,words", [
    (["--pack", "nothing", "--at", "2026-03-02 09:00"], "no pack"),
    (["--pack", "cn-medical", "--at", "2026-03-02 09:00", "--situation", "petitoin"],
     '--situation "petitoin" is none of: petition, several-departments, '),
    (["--pack", "cn-medical", "--at", "2026-03-02 09:00", "--situation", "several-departments,foo"], '--situation "foo" is none of'),
    (["--pack", "cn-medical", "--at", "2026-03-02 09:00", "--category", "foo"], '--category "foo" is none of'),
    (["--region", "deploy/region/example", "--institution", "first-hospital", "--at", "2026-03-02 09:00", "--category", "foo"],
     "service-attitude"),
    (["--pack", "cn-medical", "--at", "2026-03-02 09:00", "--channel", "fax"],
     '--channel "fax" is none of: phone, web, wechat, app, window, letter, email, institution'),
    (["--pack", "cn-medical", "--at", "2026-03-02 09:00", "--institution-type", "hopsital"], '"hopsital" is none of: hospital, '),
    (["--pack", "cn-petition", "--at", "2026-03-02 09:00"], "its rules hold only with --situation petition"),
    (["--pack", "cn-petition", "--at", "2026-03-02 09:00", "--clock", "resolution"], "its rules hold only with --situation petition"),
    (["--pack", "cn-medical", "--at", "2026-03-02 09:00", "--severity", "P5"], "P1 to P4"),
    (["--pack", "cn-medical", "--at", "2026-03-02 09:00", "--clock", "lunch"], 'no such clock "lunch"; there are: first_response, '),
    (["--pack", "cn-medical", "--at", "2026-03-02 09:00", "--clock", "resolution", "--event",
      "pause:holiday@2026-03-03 09:00"], "no ground"),
    (["--pack", "cn-medical", "--at", "2026-03-02 09:00", "--clock", "resolution", "--event",
      "dance@2026-03-03 09:00"], "none of"),
])
def test_what_cannot_be_simulated_is_named(arguments, words):
    done = subprocess.run([REDRESSCTL, "policy", "simulate", *arguments], cwd=ROOT,
                          capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert words in done.stderr


def test_an_institution_is_simulated_only_where_a_region_has_it():
    arguments = ["--pack", "cn-medical", "--at", "2026-03-02 09:00", "--institution", "nope"]
    done = subprocess.run([REDRESSCTL, "policy", "simulate", *arguments], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 2 and "--institution" in done.stderr and "--region" in done.stderr, done.stderr


def test_an_option_that_is_given_twice_is_refused():
    arguments = ["--pack", "cn-medical", "--at", "2026-03-02 09:00", "--severity", "P1", "--severity", "P4"]
    done = subprocess.run([REDRESSCTL, "policy", "simulate", *arguments], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 2 and "given twice: --severity" in done.stderr, done.stderr


def test_a_situation_that_is_named_twice_is_refused():
    arguments = ["--pack", "cn-petition", "--at", "2026-03-02 09:00", "--situation", "petition,petition"]
    done = subprocess.run([REDRESSCTL, "policy", "simulate", *arguments], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode != 0 and '--situation names "petition" twice' in done.stderr, done.stderr


def test_a_rule_of_one_channel_is_simulated(tmp_path):
    for name in ("calendars", "policies"):
        shutil.copytree(ROOT / "deploy" / name, tmp_path / name)
    pack = tmp_path / "policies/cn-medical@1.yaml"
    text = pack.read_text(encoding="utf-8")
    rule = text[text.index("  - id: medical-resolution\n"):].split("\n  - id:")[0]
    phone = rule.replace("id: medical-resolution\n", "id: medical-resolution-phone\n    when: {channels: [phone]}\n").replace("value: 5", "value: 2")
    pack.write_text(text.replace(rule, f"{rule}\n{phone}".replace("\n\n", "\n"), 1), encoding="utf-8")
    at = ["--directory", str(tmp_path / "policies"), "--pack", "cn-medical", "--clock", "resolution", "--at", "2026-03-02 09:00"]
    assert simulate(*at)["rule"] == simulate(*at, "--channel", "web")["rule"] == "medical-resolution"
    assert simulate(*at, "--channel", "phone")["rule"] == "medical-resolution-phone"
    for name in ("institution", "integrator"):  # the second is that of packs of before
        pack.write_text(text.replace(rule, f"{rule}\n{phone}".replace("\n\n", "\n").replace("[phone]", f"[{name}]"), 1), encoding="utf-8")
        assert simulate(*at, "--channel", "institution")["rule"] == "medical-resolution-phone"


def next_version(tmp_path, text, *options):
    """The folder of calendars with one version more, made of the State Council's first by a notice."""
    folder = tmp_path / "calendars"
    shutil.copytree(ROOT / "deploy/calendars", folder)
    (tmp_path / "notice.json").write_text(text, encoding="utf-8")
    made = redressctl("calendar", "import", str(tmp_path / "notice.json"), *options)
    (folder / "cn-state-council@2.yaml").write_text(made, encoding="utf-8")
    return folder


def test_the_next_year_joins_the_calendar_that_it_is_imported_to(tmp_path):
    base = "deploy/calendars/cn-state-council@1.yaml"
    folder = next_version(tmp_path, holidays_of(2027, "2027-01-01"), "--base", base)
    before, after = [yaml.load(path.read_text(encoding="utf-8"), yaml.BaseLoader)
                     for path in (ROOT / base, folder / "cn-state-council@2.yaml")]
    told = {"version": "2", "last_year": "2027",
            "ranges": before["ranges"] + [{"first": "2027-01-01", "working": "false", "name": "x"}]}
    assert after == {**before, **told}
    for start, days, day in (("2026-02-13", 5, "2026-02-27\n"), ("2026-12-31", 1, "2027-01-04\n")):
        assert redressctl("calendar", "add", "--from", start, "--working-days", str(days), "--directory", str(folder)) == day


def off_days_of(year, count):
    """The first working days of March and on, each a holiday."""
    days = (dt.date(year, 3, 1) + dt.timedelta(days=number) for number in range(60))
    return [str(day) for day in days if day.weekday() < 5][:count]


# Of 2026 the first version has this many holidays on Mondays to Fridays.
OFF_DAYS = 19


def told_anew(tmp_path, count):
    base = "deploy/calendars/cn-state-council@1.yaml"
    return next_version(tmp_path, holidays_of(2026, *off_days_of(2026, count)), "--base", base, "--version", "2")


def test_a_year_that_is_told_anew_replaces_the_base(tmp_path):
    folder = told_anew(tmp_path, (OFF_DAYS + 1) // 2)
    after = yaml.load((folder / "cn-state-council@2.yaml").read_text(encoding="utf-8"), yaml.BaseLoader)
    assert {entry["first"][:7] for entry in after["ranges"] if entry["first"] >= "2026"} == {"2026-03"}
    assert redressctl("calendar", "add", "--from", "2026-02-13", "--working-days", "1", "--directory", str(folder))


def test_a_version_that_forgets_the_holidays_of_a_year_is_refused(tmp_path):
    folder = told_anew(tmp_path, OFF_DAYS // 2)
    for asked in (["add", "--from", "2026-02-13", "--working-days", "5", "--directory", folder],
                  ["check", folder / "cn-state-council@2.yaml"]):
        done = subprocess.run([REDRESSCTL, "calendar", *asked], cwd=ROOT, capture_output=True, text=True, check=False)
        assert done.returncode == 1
        assert f"ranges: a hole: cn-state-council@1 has {OFF_DAYS} holidays on working days of 2026, this one {OFF_DAYS // 2}" in done.stderr


@pytest.mark.parametrize("change,words", [
    (lambda text: text, "first_year: a hole: cn-state-council@1 publishes the years from 2025 to 2026"),
    (lambda text: text.replace("first_year: 2027", "first_year: 2025").replace("last_year: 2027", "last_year: 2025")
     .replace("2027-", "2025-"), "last_year: a hole"),
])
def test_a_version_that_forgets_a_published_year_is_refused(tmp_path, change, words):
    folder = next_version(tmp_path, holidays_of(2027, "2027-01-01"), "--version", "2")
    path = folder / "cn-state-council@2.yaml"
    path.write_text(change(path.read_text(encoding="utf-8")), encoding="utf-8")
    for asked in (["add", "--from", "2026-02-13", "--working-days", "5", "--directory", folder], ["check", path]):
        done = subprocess.run([REDRESSCTL, "calendar", *asked], cwd=ROOT, capture_output=True, text=True, check=False)
        assert done.returncode == 1
        assert "cn-state-council@2.yaml:" in done.stderr and words in done.stderr


@pytest.mark.parametrize("old,new,words", [
    ("zone: Asia/Shanghai", "zone: Asia/Tokyo", "zone: cn-state-council@1 is of Asia/Shanghai"),
    ("hours:\n  - {from: \"08:30\", to: \"12:00\"}\n  - {from: \"14:00\", to: \"17:30\"}\n", "", "hours: cn-state-council@1 has hours"),
])
def test_a_version_keeps_the_zone_and_the_hours(tmp_path, old, new, words):
    folder = next_version(tmp_path, holidays_of(2027, "2027-01-01"), "--base", "deploy/calendars/cn-state-council@1.yaml")
    path = folder / "cn-state-council@2.yaml"
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new), encoding="utf-8")
    done = subprocess.run([REDRESSCTL, "calendar", "add", "--from", "2026-02-13", "--working-days", "5",
                           "--directory", folder], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert words in done.stderr
