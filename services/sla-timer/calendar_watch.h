// SPDX-License-Identifier: Apache-2.0
// From 1 December, or another day that is set, the calendar of the next year should be there, and
// that of the running year always: while one is not, persons are told of it.
#pragma once

#include "common/bus.h"
#include "common/region.h"

#include "redress/v1/notices.pb-c.h"

struct calendar_watch {
    unsigned month, day;           // from then on
    struct bus_producer *producer; // borrowed
    int64_t told_day;              // on which it was told last; 0: never
};

// "12-01"; RC_INVALID where that is no day of every year.
MUST_CHECK enum rc calendar_watch_read(const char *text, struct calendar_watch *watch,
                                       struct error *error);
// The next calendar, from a place on that starts at 0, which one of the region's policies needs and
// which does not have this moment's year, or, where the day has come, not the next one; NULL where
// no more are missing. Fills the notice, which borrows from it, and its id: the same throughout a
// week. Pure.
const struct calendar *calendar_watch_missing(const struct calendar_watch *watch,
                                              const struct region *region, int64_t now_ms,
                                              size_t *place, Redress__V1__CalendarMissing *notice,
                                              char id[129]);
// Sets the metric; of each missing one, once a day, an error is logged and the notice published.
// Where Kafka does not take one, the next call tries all again.
void calendar_watch(struct calendar_watch *watch, const struct region *region, int64_t now_ms);
