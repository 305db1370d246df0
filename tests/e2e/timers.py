"""Other rules than the stack's own, and an sla-timer that goes by them beside the stack's."""

import contextlib
import os
import pathlib
import re
import shutil
import signal
import subprocess
from datetime import timedelta

import requests
import yaml
from conftest import BIN, ROOT


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
