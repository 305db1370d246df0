// SPDX-License-Identifier: Apache-2.0
// Published days off and make-up days, read from holiday-cn's JSON or iCalendar.
#pragma once

#include "common/calendar_content.h"
#include "common/civil_day.h"
#include "common/error.h"

#include <stddef.h>

#define DAYS_MOST 4096
#define HOLIDAY_NAME_SIZE 96
#define OLDEST_YEAR 1970 // as calendar_file.c has it
#define YEARS 131

struct holiday {
    civil_day day;
    bool working;
    char name[HOLIDAY_NAME_SIZE];
};

struct calendar_days {
    struct holiday *days;
    size_t count;
    const char *file;
    struct error *error;
    bool covered[YEARS]; // published by a file, from OLDEST_YEAR on
};

// Adds the days and years of a calendar before what was read is sorted, but for the years that the
// files cover and the days that they name: these are told anew.
MUST_CHECK enum rc calendar_days_keep(struct calendar_days *days,
                                      const struct calendar_content *before);
// Adds the days of days->file, which holds DAYS_MOST at most. worked: the word that tells a make-up
// day of iCalendar. RC_INVALID names file and place.
MUST_CHECK enum rc calendar_days_read(struct calendar_days *days, const char *worked);
