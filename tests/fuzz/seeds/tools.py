# SPDX-License-Identifier: Apache-2.0
"""Seeds for what the programs of tools/ read: published holidays, rows to submit again."""

import json

from seeds.wire import dump


def event(*lines: str) -> str:
    return "".join(f"{line}\r\n" for line in ("BEGIN:VEVENT", *lines, "END:VEVENT"))


def icalendar(*events: str) -> bytes:
    return ("BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:x\r\n" + "".join(events) + "END:VCALENDAR\r\n").encode()


def calendar_import():
    new_year = event("SUMMARY:元旦", "DTSTART;VALUE=DATE:20270101", "DTEND;VALUE=DATE:20270104")
    made_up = event("SUMMARY:元旦 班", "DTSTART;VALUE=DATE:20270109")
    both = icalendar(new_year, made_up)

    def only(*lines: str) -> bytes:
        return b"0" + icalendar(event(*lines))

    day = {"name": "元旦", "date": "2027-01-01", "isOffDay": True}
    year = {"year": 2027, "days": [day, {"name": "元旦", "date": "2027-01-09", "isOffDay": False}]}
    return {
        "ics": b"0" + both,
        "ics-of-a-base": b"1" + both,
        "ics-twice": b"0" + icalendar(new_year, new_year),
        "ics-moment": only("SUMMARY:x", "DTSTART:20270101T090000Z"),
        "ics-duration": only("SUMMARY:x", "DTSTART;VALUE=DATE:20270101", "DURATION:P3D"),
        "ics-recurs": only("SUMMARY:x", "DTSTART;VALUE=DATE:20270101", "RRULE:FREQ=DAILY;COUNT=3"),
        "ics-cancelled": only("SUMMARY:x", "STATUS:CANCELLED", "DTSTART;VALUE=DATE:20270101"),
        "ics-no-date": only("SUMMARY:x", "DTSTART;VALUE=DATE:20270231"),
        "ics-backwards": only("SUMMARY:x", "DTSTART;VALUE=DATE:20270104", "DTEND;VALUE=DATE:20270101"),
        "ics-for-ever": only("SUMMARY:x", "DTSTART;VALUE=DATE:19700101", "DTEND;VALUE=DATE:99991231"),
        "ics-quotes": only('SUMMARY:a"b\\\\c\\nd', "DTSTART;VALUE=DATE:20270101"),
        "ics-folded": b"0" + both.replace("元旦".encode(), b"x\r\n y"),
        "ics-alarm": only("SUMMARY:x", "DTSTART;VALUE=DATE:20270101", "BEGIN:VALARM", "TRIGGER:-PT1H", "END:VALARM"),
        "ics-zone": only("SUMMARY:x", "DTSTART;TZID=Asia/Shanghai;VALUE=DATE:20270101"),
        "ics-cut": b"0" + both[:-30],
        "json": b"0" + dump(year),
        "json-of-a-base": b"1" + dump(year),
        "json-no-year": b"0" + dump({"days": year["days"]}),
        "json-december": b"0" + dump({"year": 2027, "days": [day, day | {"date": "2026-12-31"}]}),
        "json-other-year": b"0" + dump(year | {"year": 2026}),
        "json-long-name": b"0" + dump({"days": [day | {"name": "字" * 32}]}),
        "json-no-days": b"0" + dump({"year": 2027, "days": []}),
        "json-twice": b"0" + b'{"days": [], "days": []}',
        "nothing": b"0",
        "ics-zero-byte": b"0" + both + b"\0" + icalendar(event("SUMMARY:y", "DTSTART;VALUE=DATE:20270301")),
        "json-zero-byte": b"0" + dump(year) + b"\0{",
        "ics-not-utf-8": b"0" + both.replace("元旦".encode(), b"\xd4\xaa"),
    }


def replay_rows():
    def rows(*values) -> bytes:
        return b"".join(dump(value) + b"\n" for value in values)

    row = {"id": "r-1", "text": "候诊三小时", "ts": "2019-05-06 13:45"}
    return {
        "row": rows(row),
        "rows": rows(row, row | {"id": 2}, row | {"id": -3, "ts": "2019-05-06T13:45:30+08:00"}, row | {"ts": "2019-05-06"}),
        "no-line-feed": rows(row)[:-1],
        "blank-lines": b"\n\n" + rows(row) + b"\n \n",
        "times": rows(*(row | {"ts": ts} for ts in ("", "x", "2019-13-06 13:45", "2999-01-01", "1969-12-31", 7))),
        "ids": rows(*(row | {"id": value} for value in ("", None, True, 1.5, [], {}, 2**63 - 1))),
        "id-of-two-lines": rows(row | {"id": "r-1\r\nX-Other: 1"}),
        "id-too-long": rows(row | {"id": "r" * 129}),
        "no-text": rows({"id": "r-1"}, {"text": "x"}, row | {"text": 7}),
        "not-utf-8": b'{"id": "r-1", "text": "\xff"}\n',
        "zero": json.dumps({"id": "r\0", "text": "a\0b"}).encode() + b"\n\0\n",
        "no-object": b'[]\n"x"\n7\n{\n',
    }
