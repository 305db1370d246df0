// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

// Days since 1970-01-01 in the calendar's own zone; no time of day.
typedef int32_t civil_day;

// A range of days, both ends included, that departs from the Monday-to-Friday week.
struct calendar_exception {
    civil_day first;
    civil_day last;
    bool working; // true: a make-up working day; false: a day off
};

// Working days of one jurisdiction. Borrows its exceptions, which must be sorted and disjoint.
struct calendar {
    const struct calendar_exception *exceptions;
    size_t exception_count;
};

// The day of a proleptic Gregorian date. Month 1-12, day 1-31; the caller has checked the date.
civil_day civil_day_from_date(int year, int month, int day);

// Whether people work on this day: an exception decides, else Monday to Friday.
bool calendar_is_working_day(const struct calendar *calendar, civil_day day);

// The day that ends a limit of so many working days, the start day not counted (Civil Code of the
// People's Republic of China, articles 200-203). A limit of 0 gives the start day, rolled forward.
civil_day calendar_add_working_days(const struct calendar *calendar, civil_day start,
                                    uint32_t working_days);

// The day that ends a limit of so many calendar days, the start day not counted; a limit whose
// last day is a day off ends on the next working day (Civil Code, article 203).
civil_day calendar_add_calendar_days(const struct calendar *calendar, civil_day start,
                                     uint32_t days);
