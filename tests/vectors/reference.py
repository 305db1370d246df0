# SPDX-License-Identifier: Apache-2.0
"""When a limit ends, computed the slow and plain way: one day, one stretch of hours at a time."""
import datetime as dt
from zoneinfo import ZoneInfo

DAY = dt.timedelta(days=1)
MILLISECOND = dt.timedelta(milliseconds=1)


def days(first, last=None):
    """Every day of a range given as text, both ends included."""
    day = dt.date.fromisoformat(first)
    end = dt.date.fromisoformat(last or first)
    while day <= end:
        yield day
        day += DAY


def every(*ranges):
    return {day for each in ranges for day in days(*each)}


class Calendar:
    """Off days and make-up days as published; Monday to Friday is worked otherwise."""

    def __init__(self, label, zone, hours, years, off, worked=frozenset()):
        self.label = label
        self.zone = ZoneInfo(zone)
        self.hours = [tuple(dt.time.fromisoformat(t) for t in stretch) for stretch in hours]
        self.years = years
        self.off = off
        self.worked = worked

    def works(self, day):
        return day in self.worked or (day.weekday() < 5 and day not in self.off)

    def published(self, day):
        return self.years[0] <= day.year <= self.years[1]

    def roll(self, day):
        while not self.works(day):
            day += DAY
        return day

    def end_of(self, day):
        midnight = dt.datetime.combine(day + DAY, dt.time(), self.zone)
        return midnight.astimezone(dt.timezone.utc)

    def day_of(self, moment):
        return moment.astimezone(self.zone).date()

    def stretches(self, day):
        if self.works(day):
            for begin, end in self.hours:
                yield tuple(dt.datetime.combine(day, t, self.zone).astimezone(dt.timezone.utc)
                            for t in (begin, end))


CHINA = Calendar(
    "cn-state-council@1", "Asia/Shanghai", [("08:30", "12:00"), ("14:00", "17:30")], (2025, 2026),
    every(("2025-01-01",), ("2025-01-28", "2025-02-04"), ("2025-04-04", "2025-04-06"),
          ("2025-05-01", "2025-05-05"), ("2025-05-31", "2025-06-02"), ("2025-10-01", "2025-10-08"),
          ("2026-01-01", "2026-01-03"), ("2026-02-15", "2026-02-23"), ("2026-04-04", "2026-04-06"),
          ("2026-05-01", "2026-05-05"), ("2026-06-19", "2026-06-21"), ("2026-09-25", "2026-09-27"),
          ("2026-10-01", "2026-10-07")),
    every(*((day,) for day in (
        "2025-01-26", "2025-02-08", "2025-04-27", "2025-09-28", "2025-10-11", "2026-01-04",
        "2026-02-14", "2026-02-28", "2026-05-09", "2026-09-20", "2026-10-10"))))

ENGLAND = Calendar(
    "uk-england@1", "Europe/London", [("09:00", "17:00")], (2025, 2027),
    every(*((day,) for day in (
        "2025-01-01", "2025-04-18", "2025-04-21", "2025-05-05", "2025-05-26", "2025-08-25",
        "2025-12-25", "2025-12-26", "2026-01-01", "2026-04-03", "2026-04-06", "2026-05-04",
        "2026-05-25", "2026-08-31", "2026-12-25", "2026-12-28", "2027-01-01", "2027-03-26",
        "2027-03-29", "2027-05-03", "2027-05-31", "2027-08-30", "2027-12-27", "2027-12-28"))))


def nth_weekday(year, month, weekday, nth):
    """The nth such weekday of a month; -1 for the last."""
    if nth > 0:
        first = dt.date(year, month, 1)
        return first + DAY * ((weekday - first.weekday()) % 7 + 7 * (nth - 1))
    last = dt.date(year + month // 12, month % 12 + 1, 1) - DAY
    return last - DAY * ((last.weekday() - weekday) % 7)


def observed(day):
    """A federal holiday on a Saturday is kept on Friday, on a Sunday on Monday."""
    return day - DAY if day.weekday() == 5 else day + DAY if day.weekday() == 6 else day


def federal(year):
    fixed = [(year, 1, 1), (year, 6, 19), (year, 7, 4), (year, 11, 11), (year, 12, 25),
             (year + 1, 1, 1)]
    moving = [(1, 0, 3), (2, 0, 3), (5, 0, -1), (9, 0, 1), (10, 0, 2), (11, 3, 4)]
    kept = {observed(dt.date(*day)) for day in fixed}
    kept |= {nth_weekday(year, *each) for each in moving}
    return {day for day in kept if day.year == year}


AMERICA = Calendar("us-federal@1", "America/New_York", [("09:00", "12:00"), ("13:00", "17:00")],
                   (2025, 2027), federal(2025) | federal(2026) | federal(2027))


def easter(year):
    """Gauss's reckoning of Easter Sunday, for 1900 to 2099."""
    d = (19 * (year % 19) + 24) % 30
    e = (2 * (year % 4) + 4 * (year % 7) + 6 * d + 5) % 7
    day = dt.date(year, 3, 22) + DAY * (d + e)
    return day - 7 * DAY if day == dt.date(year, 4, 26) else day


MATARIKI = {2025: dt.date(2025, 6, 20), 2026: dt.date(2026, 7, 10), 2027: dt.date(2027, 6, 25)}


def mondayised(day):
    return day + DAY * (7 - day.weekday()) if day.weekday() > 4 else day


def zealand(year):
    kept = {mondayised(dt.date(year, 2, 6)), mondayised(dt.date(year, 4, 25)), MATARIKI[year],
            easter(year) - 2 * DAY, easter(year) + DAY, nth_weekday(year, 6, 0, 1),
            nth_weekday(year, 10, 0, 4), dt.date(year, 1, 1), dt.date(year, 1, 2)}
    kept |= {dt.date(year, 12, day) for day in range(25, 32)}
    new_year = dt.date(year, 1, 1)
    if new_year.weekday() == 4:
        kept.add(new_year + 3 * DAY)
    if new_year.weekday() > 4:
        kept |= {new_year + DAY * (7 - new_year.weekday()), new_year + DAY * (8 - new_year.weekday())}
    return kept


ZEALAND = Calendar("nz-working-days@1", "Pacific/Auckland",
                   [("08:30", "12:30"), ("13:00", "17:00")], (2025, 2027),
                   zealand(2025) | zealand(2026) | zealand(2027))

CALENDARS = {each.label: each for each in (CHINA, ENGLAND, AMERICA, ZEALAND)}
ELAPSED = {"seconds": 1, "minutes": 60, "hours": 3600}


def add_months(day, months):
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    for number in (day.day, 30, 29, 28):
        try:
            return dt.date(year, month + 1, min(number, day.day))
        except ValueError:
            continue
    raise AssertionError("every month has 28 days")


def last_day(calendar, limit, start, excluded):
    """The last counted day of a limit in days or months."""
    counted = limit.get("start_day") == "counted"
    value = limit["value"]
    if limit["unit"] == "months":
        if counted and start.day > 1:  # to the end of the day before the same number, or of the month
            first = add_months(start.replace(day=1), value)
            length = (add_months(first, 1) - first).days
            return first + (min(start.day - 1, length) - 1 + excluded) * DAY
        return add_months(start, value) - (DAY if counted else 0 * DAY) + excluded * DAY
    day = start - DAY if counted else start
    if limit["unit"] == "calendar_days":
        return day + (value + excluded) * DAY
    left = value + excluded
    if left == 0:
        return calendar.roll(day)
    while left > 0:
        day += DAY
        left -= calendar.works(day)
    return day


def paused_days(calendar, limit, pause):
    """Days after the first day of a pause, up to and with its last; 24:00 is still that day."""
    first = calendar.day_of(pause[0])
    last = calendar.day_of(pause[1] - MILLISECOND)
    count = 0
    while first < last:
        first += DAY
        count += calendar.works(first) if limit["unit"] == "working_days" else 1
    return count


def working_time(calendar, begin, end):
    total = dt.timedelta()
    day = calendar.day_of(begin)
    while day <= calendar.day_of(end):
        for start, stop in calendar.stretches(day):
            total += max(min(stop, end) - max(start, begin), dt.timedelta())
        day += DAY
    return total


def add_working_time(calendar, start, amount):
    day = calendar.day_of(start)
    while True:
        for begin, end in calendar.stretches(day):
            begin = max(begin, start)
            if end > begin:
                if end - begin >= amount:
                    return begin + amount
                amount -= end - begin
        day += DAY


def due(limit, start, pause=None):
    """(moment, whether it is provisional) at which a limit ends that began at a moment."""
    calendar = CALENDARS[limit["calendar"]]
    unit = limit["unit"]
    if unit in ELAPSED:
        length = dt.timedelta(seconds=ELAPSED[unit] * limit["value"])
        return start + length + (pause[1] - pause[0] if pause else 0 * DAY), False
    published_start = calendar.published(calendar.day_of(start))
    if unit == "working_hours":
        amount = dt.timedelta(hours=limit["value"])
        amount += working_time(calendar, *pause) if pause else 0 * DAY
        end = add_working_time(calendar, start, amount)
        published = calendar.published(calendar.day_of(end - MILLISECOND))
        return end, not (published and published_start)
    day = last_day(calendar, limit, calendar.day_of(start),
                   paused_days(calendar, limit, pause) if pause else 0)
    kept = limit.get("last_day") == "kept"
    day = day if kept else calendar.roll(day)
    unknown = not (calendar.published(day) and published_start)
    return calendar.end_of(day), unknown and not (kept and unit != "working_days")
