// SPDX-License-Identifier: Apache-2.0
// The working days and working hours of one jurisdiction, compiled so that adding a limit of any
// length costs the same. Immutable; safe to share between threads. Pure: no clock is read.
#pragma once

#include "common/civil_day.h"
#include "common/error.h"
#include "common/zone.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define CALENDAR_LABEL_SIZE 65
#define CALENDAR_MOST_HOURS 8

// A range of days, both ends included, that departs from the week.
struct calendar_exception {
    civil_day first;
    civil_day last;
    bool working; // true: make-up working days; false: days off
};

// A stretch of a working day's hours, in minutes since 0:00 of the wall clock.
struct calendar_hours {
    int32_t from_min;
    int32_t to_min; // at most 1440, after from_min
};

// What a calendar is made of; borrowed while calendar_new runs.
struct calendar_terms {
    const char *id;
    uint32_t version;
    const char *zone; // IANA name
    bool week[7];     // worked, Monday first
    const struct calendar_exception
        *exceptions; // sorted, disjoint; a few may lie beside the published years
    size_t exception_count;
    const struct calendar_hours *hours; // of every working day; sorted, disjoint
    size_t hour_count;
    int32_t first_year, last_year; // published; the week alone is known outside
};

struct calendar;

// RC_INVALID: an unknown zone, a week without a working day, or working hours that hold a change of
// the zone's clock (their length would not be what they say). Free with calendar_free.
MUST_CHECK enum rc calendar_new(struct calendar **calendar, const struct calendar_terms *terms,
                                struct error *error);
void calendar_free(struct calendar *calendar);

const char *calendar_label(const struct calendar *calendar); // "cn-state-council@1"
const struct zone *calendar_zone(const struct calendar *calendar);
// Whether a day lies in the published years.
bool calendar_is_published(const struct calendar *calendar, civil_day day);
// The first and the last day of the published years.
civil_day calendar_published_begin(const struct calendar *calendar);
civil_day calendar_published_end(const struct calendar *calendar);

// Whether people work on this day: an exception decides, else the week.
bool calendar_is_working_day(const struct calendar *calendar, civil_day day);
// The day itself if people work on it, else the next on which they do.
civil_day calendar_roll_forward(const struct calendar *calendar, civil_day day);
// The day that ends a limit of so many working days, the start day not counted (Civil Code of the
// People's Republic of China, articles 200-203). A limit of 0 gives the start day, rolled forward.
civil_day calendar_add_working_days(const struct calendar *calendar, civil_day start,
                                    uint32_t working_days);
// Working days after first, up to and with last; negative where last lies before first.
int32_t calendar_working_days_between(const struct calendar *calendar, civil_day first,
                                      civil_day last);

// Working time between two moments, in ms; negative where the second lies before the first.
int64_t calendar_working_ms_between(const struct calendar *calendar, int64_t first_ms,
                                    int64_t last_ms);
// The moment at which so much working time has passed since the start; never before the start.
// Needs hours; without any, the start.
int64_t calendar_add_working_ms(const struct calendar *calendar, int64_t start_ms,
                                int64_t working_ms);
// How many days of a year are off though the week would work them.
unsigned calendar_holidays_in(const struct calendar *calendar, int32_t year);
bool calendar_has_hours(const struct calendar *calendar);
