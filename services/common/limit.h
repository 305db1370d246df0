// SPDX-License-Identifier: Apache-2.0
// A length of time in a declared unit, and where it ends. Pure.
#pragma once

#include "common/calendar.h"

#include <stdbool.h>
#include <stdint.h>

enum limit_unit {
    LIMIT_SECONDS, // these three run from the moment, through nights and holidays
    LIMIT_MINUTES,
    LIMIT_HOURS,
    LIMIT_WORKING_HOURS, // run from the moment, within the calendar's hours
    LIMIT_CALENDAR_DAYS, // these three end at 24:00 of their last day
    LIMIT_MONTHS,
    LIMIT_WORKING_DAYS,
};

struct limit {
    uint32_t value;
    enum limit_unit unit;
    bool counts_start_day; // days and months; else the start day is not counted
    bool keeps_last_day;   // calendar days and months; else an off day rolls forward
};

// Where a limit ends, and what of it is worth telling.
struct limit_end {
    int64_t at_ms;
    bool by_day;       // the two days below are set
    civil_day counted; // the last day as counted
    civil_day last;    // after rolling forward
    bool provisional;  // it depends on days outside the calendar's published years
};

// "working_days" as packs and commands write it; false for an unknown name.
const char *limit_unit_name(enum limit_unit unit);
bool limit_unit_read(const char *name, enum limit_unit *unit);
// Whether a unit ends at 24:00 of a day.
bool limit_is_by_day(enum limit_unit unit);
// The end of a limit; excluded is added to it: what limit_measure gave of pauses.
struct limit_end limit_end(const struct calendar *calendar, struct limit limit, int64_t start_ms,
                           int64_t excluded);
// The time from one moment to a later one, in the measure of a unit: ms, ms of working time, or
// days after the first day, up to and with the last (a moment at 24:00 belongs to the day it ends).
int64_t limit_measure(const struct calendar *calendar, enum limit_unit unit, int64_t from_ms,
                      int64_t to_ms);
// A limit in the measure of its unit; months count 30 days here, as a bound only.
int64_t limit_amount(struct limit limit);
// Whether a limit is at most ten years, the longest that anything may ask for.
#define LIMIT_DAYS_MOST 3660
bool limit_is_bounded(struct limit limit);
