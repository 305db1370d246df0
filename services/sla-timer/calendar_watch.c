// SPDX-License-Identifier: Apache-2.0
// Days and years are those of each calendar's own zone.
#include "calendar_watch.h"

#include "stats.h"

#include "common/log.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define DAYS_OF_WEEK 7
#define YEARS 2 // the running one and the next
#define ANY_LEAP_FREE_YEAR 2001

enum rc calendar_watch_read(const char *text, struct calendar_watch *watch, struct error *error) {
    int used = 0;
    bool read = sscanf(text, "%2u-%2u%n", &watch->month, &watch->day, &used) == 2 &&
                text[used] == '\0' && watch->month >= 1 && watch->month <= 12 && watch->day >= 1;
    if (read) {
        civil_day day = civil_day_from_date(ANY_LEAP_FREE_YEAR, (int)watch->month, (int)watch->day);
        read = civil_day_to_date(day).month == (int)watch->month;
    }
    return read ? RC_OK
                : error_set(error, RC_INVALID,
                            "calendar.missing_from must be a day of every year, as 12-01");
}

// Days since a year should have been there; negative where it is there or need not be yet.
static int64_t days_missed(const struct calendar_watch *watch, const struct calendar *calendar,
                           civil_day today, int year) {
    return calendar_is_published(calendar, civil_day_from_date(year, 1, 1))
               ? -1
               : today - civil_day_from_date(year - 1, (int)watch->month, (int)watch->day);
}

// Whether a policy still starts clocks, and none before it in the list has the same calendar.
static bool brings_calendar(const struct region *region, size_t number, civil_day today) {
    const struct calendar *calendar = region->policies[number]->calendar;
    for (size_t i = 0; i < number; i++) {
        if (region->policies[i]->calendar == calendar && region->policies[i]->until >= today) {
            return false;
        }
    }
    return region->policies[number]->until >= today;
}

// Places count policies, each with the running year and the next.
const struct calendar *calendar_watch_missing(const struct calendar_watch *watch,
                                              const struct region *region, int64_t now_ms,
                                              size_t *place, Redress__V1__CalendarMissing *notice,
                                              char id[129]) {
    while (*place < region->policy_count * YEARS) {
        size_t number = *place / YEARS;
        int later = (int)((*place)++ % YEARS);
        const struct calendar *calendar = region->policies[number]->calendar;
        civil_day today = zone_to_local(calendar_zone(calendar), now_ms).day;
        int year = (int)civil_day_to_date(today).year + later;
        int64_t days = days_missed(watch, calendar, today, year);
        if (days >= 0 && brings_calendar(region, number, today)) {
            redress__v1__calendar_missing__init(notice);
            notice->calendar = (char *)calendar_label(calendar);
            notice->year = (uint32_t)year;
            notice->week = (uint32_t)(days / DAYS_OF_WEEK);
            notice->noticed_at_ms = now_ms;
            snprintf(id, 129, "calendar-missing/%s/%d/%" PRIu32, notice->calendar, year,
                     notice->week);
            return calendar;
        }
    }
    return NULL;
}

static enum rc publish(struct bus_producer *producer, const Redress__V1__CalendarMissing *notice,
                       const char *id, struct error *error) {
    struct envelope envelope = {.time_ms = notice->noticed_at_ms};
    struct bus_wait wait;
    uint8_t bytes[256];
    if (redress__v1__calendar_missing__get_packed_size(notice) > sizeof bytes) {
        return error_set(error, RC_INTERNAL, "the calendar's name is too long for a notice");
    }
    size_t size = redress__v1__calendar_missing__pack(notice, bytes);
    snprintf(envelope.id, sizeof envelope.id, "%s", id);
    snprintf(envelope.type, sizeof envelope.type, "%s",
             redress__v1__calendar_missing__descriptor.name);
    snprintf(envelope.source, sizeof envelope.source, "redress/sla-timer");
    snprintf(envelope.subject, sizeof envelope.subject, "%.64s", notice->calendar);
    const struct bus_message message = {.topic = BUS_TOPIC_NOTICES,
                                        .key = "calendar-missing",
                                        .key_size = sizeof "calendar-missing" - 1,
                                        .value = bytes,
                                        .value_size = size,
                                        .envelope = &envelope};
    bus_wait_init(&wait);
    enum rc rc = bus_wait_publish(&wait, producer, &message, error);
    enum rc end = bus_wait_end(&wait, rc == RC_OK ? error : NULL);
    return rc == RC_OK ? end : rc;
}

void calendar_watch(struct calendar_watch *watch, const struct region *region, int64_t now_ms) {
    Redress__V1__CalendarMissing notice;
    struct error error;
    char id[129];
    size_t place = 0;
    bool told = true;
    const struct calendar *missing =
        calendar_watch_missing(watch, region, now_ms, &place, &notice, id);
    metric_set(&sla_timer_stats[STAT_CALENDAR_MISSING], missing == NULL ? 0 : 1);
    if (missing == NULL) {
        return;
    }
    int64_t today = zone_to_local(calendar_zone(missing), now_ms).day;
    if (today == watch->told_day) {
        return;
    }
    for (; missing != NULL && told;
         missing = calendar_watch_missing(watch, region, now_ms, &place, &notice, id)) {
        log_error("a year's calendar is missing: deadlines in it are provisional",
                  LOG_STR("calendar", notice.calendar), LOG_INT("year", notice.year));
        told = publish(watch->producer, &notice, id, &error) == RC_OK;
    }
    if (!told) {
        log_warn("nobody could be told of the missing calendar yet", LOG_STR("reason", error.text));
        return;
    }
    watch->told_day = today;
}
