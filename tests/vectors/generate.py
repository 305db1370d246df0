# SPDX-License-Identifier: Apache-2.0
"""Writes vectors.jsonl: python tests/vectors/generate.py. Nothing in it is random."""
import datetime as dt
import json
import pathlib

import reference

FILE = pathlib.Path(__file__).with_name("vectors.jsonl")

# DOMAIN's published sums: start, limit, last day.
PUBLISHED = [
    ("2026-02-13", "working_days", 5, "2026-02-27"), ("2026-09-30", "working_days", 3, "2026-10-10"),
    ("2025-09-26", "working_days", 10, "2025-10-16"), ("2025-01-24", "working_days", 5, "2025-02-07"),
    ("2026-04-30", "working_days", 3, "2026-05-08"), ("2025-12-31", "working_days", 5, "2026-01-08"),
    ("2026-09-18", "working_days", 5, "2026-09-24"), ("2026-08-05", "calendar_days", 60, "2026-10-08"),
    ("2026-09-17", "calendar_days", 14, "2026-10-08")]

# Leap days, year ends, midnights, week-ends, and the days on which clocks change.
STARTS = ["2024-02-29T12:00:00", "2028-02-29T08:00:00", "2025-12-31T23:59:59", "2026-01-01T00:00:00",
          "2026-12-31T16:30:00", "2026-02-13T16:30:00", "2026-02-14T00:00:00", "2026-03-08T01:30:00",
          "2026-03-29T00:30:00", "2026-04-05T01:59:59", "2026-09-27T03:00:00", "2026-10-25T00:59:59",
          "2026-11-01T12:15:00", "2026-12-24T17:00:00", "2025-09-30T11:45:00", "2027-06-18T09:00:00"]

LIMITS = [("working_days", value, {}) for value in (0, 1, 22, 60, 250)]
LIMITS += [("calendar_days", value, {}) for value in (0, 1, 15, 60, 365)]
LIMITS += [("calendar_days", 30, {"last_day": "kept"}), ("calendar_days", 7, {"start_day": "counted"}),
           ("working_days", 3, {"start_day": "counted"}), ("months", 1, {}),
           ("months", 6, {"start_day": "counted", "last_day": "kept"}), ("working_hours", 1, {}),
           ("working_hours", 8, {}), ("working_hours", 100, {}), ("hours", 24, {}), ("hours", 72, {}),
           ("minutes", 15, {}), ("seconds", 15, {})]

# The rows of DOMAIN's table: pack, clock, what the case is, and the limit that the table names.
CN, UK, US, NZ = "cn-state-council@1", "uk-england@1", "us-federal@1", "nz-working-days@1"
KEPT = {"last_day": "kept"}
PACKS = [
    ("mental-health", "first_response", "P1", [], CN, "minutes", 15, {}),
    ("mental-health", "resolution", "P2", [], CN, "hours", 24, {}),
    ("mental-health", "resolution", "P3", [], CN, "working_days", 3, {}),
    ("elderly-care", "first_response", "P3", [], CN, "hours", 48, {}),
    ("elderly-care", "resolution", "P3", [], CN, "calendar_days", 14, {}),
    ("hotline", "answer", None, [], CN, "seconds", 15, {}),
    ("hotline", "follow_up_2", None, ["RX"], CN, "hours", 72, {}),
    ("cn-promises", "follow_up_1", None, ["R4"], CN, "hours", 24, {}),
    ("cn-promises", "follow_up_1", None, ["R3"], CN, "hours", 24, {}),
    ("cn-promises", "follow_up_2", None, ["R3"], CN, "hours", 72, {}),
    ("cn-promises", "follow_up_3", None, ["R3"], CN, "calendar_days", 7, KEPT),
    ("cn-promises", "follow_up_4", None, ["R3"], CN, "calendar_days", 30, KEPT),
    ("cn-promises", "follow_up_1", None, ["R2"], CN, "hours", 72, {}),
    ("cn-promises", "follow_up_2", None, ["R2"], CN, "calendar_days", 7, KEPT),
    ("cn-promises", "follow_up_1", None, ["R1"], CN, "calendar_days", 7, KEPT),
    ("cn-promises", "progress", "P1", [], CN, "calendar_days", 3, KEPT),
    ("cn-promises", "progress", "P2", [], CN, "calendar_days", 7, KEPT),
    ("cn-medical", "resolution", None, [], CN, "working_days", 5, {}),
    ("cn-medical", "resolution", "P3", ["several-departments"], CN, "working_days", 10, {}),
    ("cn-petition", "acceptance", None, ["petition"], CN, "calendar_days", 15, {}),
    ("cn-petition", "objection", None, ["petition"], CN, "working_days", 5, {}),
    ("cn-petition", "resolution", "P2", ["petition"], CN, "calendar_days", 60, {}),
    ("cn-petition", "review", None, ["petition"], CN, "calendar_days", 30, {}),
    ("cn-petition", "re_review", None, ["petition"], CN, "calendar_days", 30, {}),
    ("cn-12345", "first_response", "P1", [], CN, "hours", 1, {}),
    ("cn-12345", "first_response", "P2", [], CN, "hours", 2, {}),
    ("cn-12345", "first_response", None, [], CN, "hours", 24, {}),
    ("cn-12345", "resolution", "P1", [], CN, "hours", 2, {}),
    ("cn-12345", "resolution", "P2", [], CN, "hours", 24, {}),
    ("cn-12345", "resolution", "P3", [], CN, "calendar_days", 7, {}),
    ("cn-12345", "resolution", "P4", [], CN, "calendar_days", 15, {}),
    ("cn-12345", "resolution", None, [], CN, "working_days", 5, {}),
    ("cn-dispute-mediation", "mediation_acceptance", None, [], CN, "working_days", 5, {}),
    ("cn-dispute-mediation", "mediation", None, [], CN, "working_days", 30, {}),
    ("uk-nhs", "first_response", None, [], UK, "working_days", 3, {}),
    ("uk-nhs", "resolution", None, [], UK, "months", 6, {"start_day": "counted", "last_day": "kept"}),
    ("us-grievance", "first_response", None, [], US, "calendar_days", 7, KEPT),
    ("us-grievance", "resolution", None, [], US, "calendar_days", 30, KEPT),
    ("us-grievance", "resolution", None, ["expedited"], US, "hours", 24, {}),
    ("nz-code", "first_response", None, [], NZ, "working_days", 5, {})]

PACK_STARTS = ["2026-02-13T16:30:00", "2026-09-25T00:00:00", "2026-08-29T10:00:00", "2026-08-31T10:00:00"]


def moment(text, label):
    zone = reference.CALENDARS[label].zone
    return dt.datetime.fromisoformat(text).replace(tzinfo=zone).astimezone(dt.timezone.utc)


def text_of(instant):
    return instant.astimezone(dt.timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")


def computed(vector):
    """The vector with what the reference says of it."""
    pause = vector.get("pause")
    due, provisional = reference.due(
        vector, dt.datetime.fromisoformat(vector["start"].replace("Z", "+00:00")),
        pause and [dt.datetime.fromisoformat(each.replace("Z", "+00:00")) for each in pause])
    return {**vector, "due": text_of(due), "provisional": provisional}


def limit_vectors():
    for day, unit, value, last in PUBLISHED:
        vector = computed({"calendar": CN, "unit": unit, "value": value,
                           "start": text_of(moment(day + "T16:30:00", CN))})
        assert vector["due"] == text_of(reference.CHINA.end_of(dt.date.fromisoformat(last)))
        yield vector
    for label in reference.CALENDARS:
        for number, start in enumerate(STARTS):
            for place, (unit, value, how) in enumerate(LIMITS):
                if (number + place) % 3 != 0 and (unit, value) != ("working_days", 250):
                    continue
                begin = moment(start, label)
                vector = {"calendar": label, "unit": unit, "value": value, **how,
                          "start": text_of(begin)}
                yield computed(vector)
                if (number + place) % 9 == 0 and value > 0 and unit not in ("minutes", "seconds"):
                    pause = [begin + dt.timedelta(minutes=10),
                             begin + dt.timedelta(minutes=10, hours=7 * number)]
                    yield computed({**vector, "pause": [text_of(each) for each in pause]})


def pack_vectors():
    for pack, clock, severity, situations, label, unit, value, how in PACKS:
        for start in PACK_STARTS:
            yield computed({"pack": pack, "clock": clock, "severity": severity,
                            "situations": situations, "calendar": label, "unit": unit,
                            "value": value, **how, "start": text_of(moment(start, label))})


def lines():
    for vector in [*limit_vectors(), *pack_vectors()]:
        yield json.dumps(vector) + "\n"


if __name__ == "__main__":
    FILE.write_text("".join(lines()), encoding="utf-8")
