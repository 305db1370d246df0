// SPDX-License-Identifier: Apache-2.0
// A time zone of the system's tz database, read once (GLib) into a table of its changes. Immutable;
// safe to share between threads. Independent of the process' own zone.
#pragma once

#include "common/civil_day.h"
#include "common/clock.h"
#include "common/error.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

// Changes are known between the beginnings of these years; before and after, the nearest holds.
#define ZONE_FIRST_YEAR 1990
#define ZONE_END_YEAR 2101
#define ZONE_DAY_MS 86400000

struct zone;

struct zone_local {
    civil_day day;
    int32_t ms_of_day; // on the wall clock, below ZONE_DAY_MS
};

// A moment at which the wall clock jumps.
struct zone_change {
    int64_t at_ms;
    int32_t before_s, after_s; // offsets from UTC
};

// An IANA name, "Asia/Shanghai". RC_INVALID when the database has none such. Free with zone_free.
MUST_CHECK enum rc zone_load(struct zone **zone, const char *name, struct error *error);
void zone_free(struct zone *zone);

const char *zone_name(const struct zone *zone);
// Its changes, in order of time.
const struct zone_change *zone_changes(const struct zone *zone, size_t *count);
// Offset from UTC at a moment.
int32_t zone_offset_s(const struct zone *zone, int64_t at_ms);

struct zone_local zone_to_local(const struct zone *zone, int64_t at_ms);
// The moment of a wall-clock time; ms_of_day may be ZONE_DAY_MS for 24:00. A time that happens
// twice is the first of the two; one that is jumped over is as far after the jump as it was into
// it, so that a day which begins with a jump begins at the jump.
int64_t zone_to_instant(const struct zone *zone, civil_day day, int32_t ms_of_day);

// RFC 3339 with milliseconds, "2026-02-13T16:30:00.000+08:00".
void zone_format(const struct zone *zone, int64_t at_ms, char text[CLOCK_TEXT_SIZE]);
