#!/usr/bin/env python3
"""Writes the seed corpora, tests/fuzz/corpus/<target>/. Run it after changing seeds/; its output is committed.

Each function of seeds/ makes the seeds of one target: names and bytes, in the form that the target's own
comment describes.
"""

import pathlib
import shutil

from seeds import analytics, common, intake, ledger, notification, region, sla_timer, tools, triage

HERE = pathlib.Path(__file__).parent
TARGETS = [common.ident, common.receipt, common.satisfaction, common.jwt, common.jwks, common.envelope, common.http]
TARGETS += [common.narrative, region.region]
TARGETS += [tools.calendar_import, tools.replay_rows]
TARGETS += [intake.intake_http, intake.intake_inbound, intake.intake_store]
TARGETS += [triage.triage_http, triage.triage_facts, triage.triage_store]
TARGETS += [ledger.ledger_http, ledger.ledger_stream, ledger.proposal, ledger.bundle]
TARGETS += [sla_timer.sla_timer_http, sla_timer.sla_timer_facts, sla_timer.sla_timer_store]
TARGETS += [notification.notification_http, notification.notification_facts, notification.notification_notices]
TARGETS += [notification.transport]
TARGETS += [analytics.analytics_http, analytics.analytics_facts]


def write(directory: pathlib.Path, files: dict):
    shutil.rmtree(directory, ignore_errors=True)
    directory.mkdir(parents=True)
    for name, content in files.items():
        path = directory / name
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(content)


def main():
    write(HERE / "small", {name: text.encode() for name, text in region.REGION.items()})
    for target in TARGETS:
        write(HERE / "corpus" / target.__name__, target())


if __name__ == "__main__":
    main()
