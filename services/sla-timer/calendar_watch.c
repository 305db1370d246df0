// SPDX-License-Identifier: Apache-2.0
// Days and years are those of each calendar's own zone.
#include "calendar_watch.h"

#include "stats.h"

#include "common/log.h"

#define DECEMBER 12

static bool is_missing(const struct calendar *calendar, int64_t now_ms) {
    civil_day today = zone_to_local(calendar_zone(calendar), now_ms).day;
    struct civil_date date = civil_day_to_date(today);
    return date.month == DECEMBER &&
           !calendar_is_published(calendar, civil_day_from_date(date.year + 1, 1, 1));
}

const struct calendar *calendar_watch_missing(const struct region *region, int64_t now_ms) {
    for (size_t i = 0; i < region->policy_count; i++) {
        if (is_missing(region->policies[i]->calendar, now_ms)) {
            return region->policies[i]->calendar;
        }
    }
    return NULL;
}

void calendar_watch(const struct region *region, int64_t now_ms, int64_t *told_day) {
    const struct calendar *missing = calendar_watch_missing(region, now_ms);
    metric_set(&sla_timer_stats[STAT_CALENDAR_MISSING], missing == NULL ? 0 : 1);
    if (missing == NULL) {
        return;
    }
    int64_t today = zone_to_local(calendar_zone(missing), now_ms).day;
    if (today != *told_day) {
        log_error("the calendar of next year is missing: deadlines in it are provisional",
                  LOG_STR("calendar", calendar_label(missing)));
        *told_day = today;
    }
}
