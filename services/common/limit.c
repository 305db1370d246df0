// SPDX-License-Identifier: Apache-2.0
// Civil Code of the People's Republic of China, articles 200-203: the start day is not counted, the
// last day ends at 24:00, an off day at the end rolls forward. Other laws say otherwise by
// switches.
#include "common/limit.h"

#include <string.h>

static const struct {
    const char *name;
    int64_t ms; // of one; 0: a day or a month
    bool by_day;
} units[] = {
    [LIMIT_SECONDS] = {"seconds", 1000, false},
    [LIMIT_MINUTES] = {"minutes", 60000, false},
    [LIMIT_HOURS] = {"hours", 3600000, false},
    [LIMIT_WORKING_HOURS] = {"working_hours", 3600000, false},
    [LIMIT_CALENDAR_DAYS] = {"calendar_days", 0, true},
    [LIMIT_MONTHS] = {"months", 0, true},
    [LIMIT_WORKING_DAYS] = {"working_days", 0, true},
};

const char *limit_unit_name(enum limit_unit unit) { return units[unit].name; }

bool limit_unit_read(const char *name, enum limit_unit *unit) {
    for (size_t i = 0; i < sizeof units / sizeof units[0]; i++) {
        if (strcmp(units[i].name, name) == 0) {
            *unit = (enum limit_unit)i;
            return true;
        }
    }
    return false;
}

bool limit_is_by_day(enum limit_unit unit) { return units[unit].by_day; }

int64_t limit_amount(struct limit limit) {
    int64_t one = limit.unit == LIMIT_MONTHS ? 30
                  : units[limit.unit].by_day ? 1
                                             : units[limit.unit].ms;
    return one * limit.value;
}

bool limit_is_bounded(struct limit limit) {
    int64_t day = units[limit.unit].by_day ? 1 : ZONE_DAY_MS;
    return limit_amount(limit) <= LIMIT_DAYS_MOST * day;
}

// Where the start day counts, the day before the same day is the last; the month's last where it
// has neither (German Civil Code, section 188; the Chinese one, article 202, likewise).
static civil_day last_of_months(struct limit limit, civil_day start) {
    civil_day same = civil_day_add_months(start, limit.value);
    bool has_day = civil_day_to_date(same).day == civil_day_to_date(start).day;
    return limit.counts_start_day && has_day ? same - 1 : same;
}

static civil_day last_counted(const struct calendar *calendar, struct limit limit, civil_day start,
                              int32_t excluded) {
    civil_day before = limit.counts_start_day ? start - 1 : start;
    if (limit.unit == LIMIT_WORKING_DAYS) {
        return calendar_add_working_days(calendar, before, limit.value + (uint32_t)excluded);
    }
    if (limit.unit == LIMIT_MONTHS) {
        return last_of_months(limit, start) + excluded;
    }
    return before + (civil_day)limit.value + excluded;
}

static struct limit_end end_by_day(const struct calendar *calendar, struct limit limit,
                                   int64_t start_ms, int32_t excluded) {
    const struct zone *zone = calendar_zone(calendar);
    civil_day start = zone_to_local(zone, start_ms).day;
    struct limit_end end = {.by_day = true};
    end.counted = last_counted(calendar, limit, start, excluded);
    end.last = limit.keeps_last_day ? end.counted : calendar_roll_forward(calendar, end.counted);
    end.at_ms = zone_to_instant(zone, end.last, ZONE_DAY_MS);
    bool needs_calendar = limit.unit == LIMIT_WORKING_DAYS || !limit.keeps_last_day;
    end.provisional = needs_calendar && (!calendar_is_published(calendar, end.last) ||
                                         !calendar_is_published(calendar, start));
    return end;
}

struct limit_end limit_end(const struct calendar *calendar, struct limit limit, int64_t start_ms,
                           int64_t excluded) {
    struct limit_end end = {.by_day = false};
    if (units[limit.unit].by_day) {
        return end_by_day(calendar, limit, start_ms, (int32_t)excluded);
    }
    if (limit.unit != LIMIT_WORKING_HOURS) {
        end.at_ms = start_ms + limit_amount(limit) + excluded;
        return end;
    }
    const struct zone *zone = calendar_zone(calendar);
    end.at_ms = calendar_add_working_ms(calendar, start_ms, limit_amount(limit) + excluded);
    end.provisional = !calendar_is_published(calendar, zone_to_local(zone, end.at_ms - 1).day) ||
                      !calendar_is_published(calendar, zone_to_local(zone, start_ms).day);
    return end;
}

static int64_t days_between(const struct calendar *calendar, enum limit_unit unit, int64_t from_ms,
                            int64_t to_ms) {
    const struct zone *zone = calendar_zone(calendar);
    civil_day from = zone_to_local(zone, from_ms).day;
    civil_day to = zone_to_local(zone, to_ms - 1).day;
    if (to <= from) {
        return 0;
    }
    return unit == LIMIT_WORKING_DAYS ? calendar_working_days_between(calendar, from, to)
                                      : to - from;
}

int64_t limit_measure(const struct calendar *calendar, enum limit_unit unit, int64_t from_ms,
                      int64_t to_ms) {
    if (to_ms <= from_ms) {
        return 0;
    }
    if (units[unit].by_day) {
        return days_between(calendar, unit, from_ms, to_ms);
    }
    return unit == LIMIT_WORKING_HOURS ? calendar_working_ms_between(calendar, from_ms, to_ms)
                                       : to_ms - from_ms;
}
