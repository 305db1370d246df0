// SPDX-License-Identifier: Apache-2.0
// Wall and monotonic time, and their text. Only edges call the now functions; rules get a time as
// a parameter.
#pragma once

#include "common/error.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define CLOCK_MOST_MS INT64_C(253402300799999) // the end of the year 9999
#define CLOCK_TEXT_SIZE 40                     // enough for an RFC 3339 time and its end

// Milliseconds since 1970-01-01 UTC.
int64_t clock_wall_ms(void);

// Whether milliseconds that came from elsewhere are a time: after 1970 began, before 10000.
bool clock_is_time(int64_t ms);

// Milliseconds of a clock that never jumps; for sleeping and time-outs only.
int64_t clock_monotonic_ms(void);

// Sets the process' zone, for instance "Asia/Shanghai". Call before threads start.
MUST_CHECK enum rc clock_set_zone(const char *zone, struct error *error);

// RFC 3339 with milliseconds in the process' zone, "2026-02-13T16:30:00.000+08:00".
void clock_format(int64_t ms, char text[CLOCK_TEXT_SIZE]);

// RFC 3339 with zone, up to nanoseconds (cut to milliseconds). RC_INVALID names no field.
MUST_CHECK enum rc clock_parse(const char *text, int64_t *ms, struct error *error);

// Sleeps; wakes early on a signal.
void clock_sleep_ms(int64_t ms);
