// SPDX-License-Identifier: Apache-2.0
// Days go through the calendar of the region's zone; everything shorter is plain addition.
#include "common/deadline.h"

#include "common/clock.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#define TWO_HOURS_MS 7200000LL
#define URGENCIES 5 // 0: not assessed, then P1 to P4

static const struct {
    int64_t ms;
    const char *name;
} units[] = {
    [REGION_SECONDS] = {1000, "秒"},          [REGION_MINUTES] = {60000, "分钟"},
    [REGION_HOURS] = {3600000, "小时"},       [REGION_WORKING_DAYS] = {0, "个工作日"},
    [REGION_CALENDAR_DAYS] = {0, "个自然日"},
};

static civil_day day_of(const struct region *region, int64_t ms) {
    return zone_to_local(calendar_zone(region->calendar), ms).day;
}

static int64_t end_of_day(const struct region *region, civil_day day) {
    return zone_to_instant(calendar_zone(region->calendar), day, ZONE_DAY_MS);
}

int64_t deadline_of_limit(const struct region *region, struct region_limit limit,
                          int64_t start_ms) {
    civil_day start = day_of(region, start_ms);
    if (limit.unit == REGION_WORKING_DAYS) {
        return end_of_day(region, calendar_add_working_days(region->calendar, start, limit.value));
    }
    if (limit.unit == REGION_CALENDAR_DAYS) {
        return end_of_day(region,
                          calendar_roll_forward(region->calendar, start + (civil_day)limit.value));
    }
    return start_ms + units[limit.unit].ms * limit.value;
}

static void explain(struct deadline *deadline, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

static void explain(struct deadline *deadline, const char *format, ...) {
    if (deadline->line_count == DEADLINE_LINES) {
        return;
    }
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(deadline->explanation[deadline->line_count++], DEADLINE_LINE_SIZE, format, arguments);
    va_end(arguments);
}

static int64_t warn_point(const struct region_clock *clock, int64_t start_ms, int64_t due_ms) {
    int64_t span = due_ms - start_ms;
    int64_t percent = clock->warn_percent != 0 ? clock->warn_percent
                      : span <= TWO_HOURS_MS   ? 50
                                               : 75;
    return start_ms + span * percent / 100;
}

bool deadline_compute(const struct region *region, const struct region_policy *policy,
                      const struct region_clock *clock, unsigned urgency, int64_t start_ms,
                      struct deadline *deadline) {
    struct region_limit limit = clock->limits[urgency < URGENCIES ? urgency : 0];
    char text[CLOCK_TEXT_SIZE];
    memset(deadline, 0, sizeof *deadline);
    if (limit.value == 0) {
        return false;
    }
    deadline->due_at_ms = deadline_of_limit(region, limit, start_ms);
    deadline->warn_at_ms = warn_point(clock, start_ms, deadline->due_at_ms);
    civil_day published_end = calendar_published_end(region->calendar);
    bool days = limit.unit == REGION_WORKING_DAYS || limit.unit == REGION_CALENDAR_DAYS;
    deadline->provisional = days && day_of(region, deadline->due_at_ms - 1) > published_end;
    clock_format(start_ms, text);
    explain(deadline, "自%s起算", text);
    explain(deadline, "依据%s第%u版：%u%s", policy->id, policy->version, limit.value,
            units[limit.unit].name);
    if (days) {
        explain(deadline, "起算日不计入，期限至最后一日24时；日历%s",
                calendar_label(region->calendar));
    }
    clock_format(deadline->due_at_ms, text);
    explain(deadline, "到期%s%s", text,
            deadline->provisional ? "（该年度日历尚未公布，暂定）" : "");
    return true;
}
