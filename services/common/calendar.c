// SPDX-License-Identifier: Apache-2.0
// Working days are numbered: rank gives how many lie before a day, nth the day of a number. Within
// the published years, and as far beside them as single days are known, both are tables; outside
// them the week repeats, which is plain division.
#include "common/calendar.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define WEEK_DAYS 7
#define MINUTE_MS 60000

struct calendar {
    char label[CALENDAR_LABEL_SIZE];
    struct zone *zone;
    bool week[WEEK_DAYS];
    int32_t week_before[WEEK_DAYS + 1]; // working days of a week before a weekday
    civil_day published, published_end; // years: first day, and the day after the last
    civil_day first, end;               // the tables': with single days of the years beside these
    int32_t *rank;                      // of each day of the tables and of end, from 0
    civil_day *nth;                     // their working days in order
    int32_t worked;                     // how many those are
    struct calendar_hours hours[CALENDAR_MOST_HOURS];
    size_t hour_count;
    int64_t day_ms; // working time of a working day
};

static int64_t floor_divide(int64_t number, int64_t by) {
    return number / by - (number % by < 0 ? 1 : 0);
}

// Working days before a day as the week alone has them, from some Monday on.
static int64_t week_rank(const struct calendar *calendar, civil_day day) {
    int64_t weeks = floor_divide(day + 3LL, WEEK_DAYS);
    return weeks * calendar->week_before[WEEK_DAYS] + calendar->week_before[civil_day_weekday(day)];
}

static civil_day week_nth(const struct calendar *calendar, int64_t number) {
    int32_t a_week = calendar->week_before[WEEK_DAYS];
    int64_t weeks = floor_divide(number, a_week);
    int64_t rest = number - weeks * a_week;
    int weekday = 0;
    while (calendar->week_before[weekday + 1] <= rest) {
        weekday++;
    }
    return (civil_day)(weeks * WEEK_DAYS + weekday - 3);
}

// Working days before a day; 0 for the first one of the tables, negative before it.
static int64_t rank_of(const struct calendar *calendar, civil_day day) {
    if (day < calendar->first) {
        return week_rank(calendar, day) - week_rank(calendar, calendar->first);
    }
    if (day > calendar->end) {
        return calendar->worked + week_rank(calendar, day) - week_rank(calendar, calendar->end);
    }
    return calendar->rank[day - calendar->first];
}

static civil_day nth_of(const struct calendar *calendar, int64_t number) {
    if (number < 0) {
        return week_nth(calendar, number + week_rank(calendar, calendar->first));
    }
    if (number >= calendar->worked) {
        return week_nth(calendar, number - calendar->worked + week_rank(calendar, calendar->end));
    }
    return calendar->nth[number];
}

bool calendar_is_working_day(const struct calendar *calendar, civil_day day) {
    return rank_of(calendar, day + 1) > rank_of(calendar, day);
}

bool calendar_is_published(const struct calendar *calendar, civil_day day) {
    return day >= calendar->published && day < calendar->published_end;
}

civil_day calendar_published_begin(const struct calendar *calendar) { return calendar->published; }

civil_day calendar_published_end(const struct calendar *calendar) {
    return calendar->published_end - 1;
}

civil_day calendar_roll_forward(const struct calendar *calendar, civil_day day) {
    return nth_of(calendar, rank_of(calendar, day));
}

civil_day calendar_add_working_days(const struct calendar *calendar, civil_day start,
                                    uint32_t working_days) {
    return working_days == 0
               ? calendar_roll_forward(calendar, start)
               : nth_of(calendar, rank_of(calendar, start + 1) + (int64_t)working_days - 1);
}

int32_t calendar_working_days_between(const struct calendar *calendar, civil_day first,
                                      civil_day last) {
    return (int32_t)(rank_of(calendar, last + 1) - rank_of(calendar, first + 1));
}

// Working time of a working day before a time of it.
static int64_t ms_before(const struct calendar *calendar, int32_t ms_of_day) {
    int64_t sum = 0;
    for (size_t i = 0; i < calendar->hour_count; i++) {
        int64_t from = (int64_t)calendar->hours[i].from_min * MINUTE_MS;
        int64_t to = (int64_t)calendar->hours[i].to_min * MINUTE_MS;
        if (ms_of_day > from) {
            sum += (ms_of_day < to ? ms_of_day : to) - from;
        }
    }
    return sum;
}

// Working time since the first day of the tables.
static int64_t working_ms_until(const struct calendar *calendar, int64_t at_ms) {
    struct zone_local local = zone_to_local(calendar->zone, at_ms);
    int64_t whole = rank_of(calendar, local.day) * calendar->day_ms;
    return calendar_is_working_day(calendar, local.day)
               ? whole + ms_before(calendar, local.ms_of_day)
               : whole;
}

int64_t calendar_working_ms_between(const struct calendar *calendar, int64_t first_ms,
                                    int64_t last_ms) {
    return working_ms_until(calendar, last_ms) - working_ms_until(calendar, first_ms);
}

// When a working day has had so much working time, more than 0 and at most all of it.
static int32_t time_of(const struct calendar *calendar, int64_t working_ms) {
    size_t i = 0;
    int64_t length = 0;
    for (;; i++) {
        length = (int64_t)(calendar->hours[i].to_min - calendar->hours[i].from_min) * MINUTE_MS;
        if (working_ms <= length || i + 1 == calendar->hour_count) {
            break;
        }
        working_ms -= length;
    }
    return (int32_t)(calendar->hours[i].from_min * MINUTE_MS + working_ms);
}

int64_t calendar_add_working_ms(const struct calendar *calendar, int64_t start_ms,
                                int64_t working_ms) {
    if (calendar->day_ms == 0 || working_ms <= 0) {
        return start_ms;
    }
    int64_t target = working_ms_until(calendar, start_ms) + working_ms;
    int64_t number = floor_divide(target - 1, calendar->day_ms);
    return zone_to_instant(calendar->zone, nth_of(calendar, number),
                           time_of(calendar, target - number * calendar->day_ms));
}

const char *calendar_label(const struct calendar *calendar) { return calendar->label; }

const struct zone *calendar_zone(const struct calendar *calendar) { return calendar->zone; }

bool calendar_has_hours(const struct calendar *calendar) { return calendar->day_ms > 0; }

static void take_week_and_hours(struct calendar *calendar, const struct calendar_terms *terms) {
    memcpy(calendar->week, terms->week, sizeof calendar->week);
    for (int i = 0; i < WEEK_DAYS; i++) {
        calendar->week_before[i + 1] = calendar->week_before[i] + (terms->week[i] ? 1 : 0);
    }
    calendar->hour_count = terms->hour_count;
    for (size_t i = 0; i < terms->hour_count; i++) {
        calendar->hours[i] = terms->hours[i];
        calendar->day_ms +=
            (int64_t)(terms->hours[i].to_min - terms->hours[i].from_min) * MINUTE_MS;
    }
}

static void number_days(struct calendar *calendar, const struct calendar_terms *terms) {
    size_t next = 0;
    for (civil_day day = calendar->first; day < calendar->end; day++) {
        while (next < terms->exception_count && terms->exceptions[next].last < day) {
            next++;
        }
        bool excepted = next < terms->exception_count && terms->exceptions[next].first <= day;
        bool working =
            excepted ? terms->exceptions[next].working : calendar->week[civil_day_weekday(day)];
        calendar->rank[day - calendar->first] = calendar->worked;
        if (working) {
            calendar->nth[calendar->worked++] = day;
        }
    }
    calendar->rank[calendar->end - calendar->first] = calendar->worked;
}

// A change of the clock within working hours would make them longer or shorter than they say.
static enum rc check_changes(const struct calendar *calendar, struct error *error) {
    size_t count = 0;
    const struct zone_change *changes = zone_changes(calendar->zone, &count);
    for (size_t i = 0; i < count; i++) {
        if (changes[i].at_ms < (int64_t)calendar->first * ZONE_DAY_MS) {
            continue;
        }
        int64_t jump = (changes[i].after_s - changes[i].before_s) * 1000LL;
        int64_t around = jump < 0 ? -jump : jump;
        int64_t passed = calendar_working_ms_between(calendar, changes[i].at_ms - around,
                                                     changes[i].at_ms + around);
        if (passed != 0) {
            char text[CLOCK_TEXT_SIZE];
            zone_format(calendar->zone, changes[i].at_ms, text);
            return error_field(error, "clock-change", "hours",
                               "the clock changes within working hours, at %s; give such limits "
                               "in hours",
                               text);
        }
    }
    return RC_OK;
}

static void take_bounds(struct calendar *calendar, const struct calendar_terms *terms) {
    calendar->published = civil_day_from_date(terms->first_year, 1, 1);
    calendar->published_end = civil_day_from_date(terms->last_year + 1, 1, 1);
    calendar->first = calendar->published;
    calendar->end = calendar->published_end;
    for (size_t i = 0; i < terms->exception_count; i++) {
        const struct calendar_exception *entry = &terms->exceptions[i];
        calendar->first = entry->first < calendar->first ? entry->first : calendar->first;
        calendar->end = entry->last >= calendar->end ? entry->last + 1 : calendar->end;
    }
}

static enum rc fill(struct calendar *calendar, const struct calendar_terms *terms,
                    struct error *error) {
    take_bounds(calendar, terms);
    size_t days = (size_t)(calendar->end - calendar->first);
    snprintf(calendar->label, sizeof calendar->label, "%.48s@%u", terms->id, terms->version);
    take_week_and_hours(calendar, terms);
    if (calendar->week_before[WEEK_DAYS] == 0) {
        return error_field(error, "no-working-day", "week", "the week has no working day");
    }
    calendar->rank = calloc(days + 1, sizeof *calendar->rank);
    calendar->nth = calloc(days, sizeof *calendar->nth);
    if (calendar->rank == NULL || calendar->nth == NULL) {
        return error_set(error, RC_INTERNAL, "out of memory for a calendar");
    }
    number_days(calendar, terms);
    enum rc rc = zone_load(&calendar->zone, terms->zone, error);
    return rc == RC_OK ? check_changes(calendar, error) : rc;
}

enum rc calendar_new(struct calendar **out, const struct calendar_terms *terms,
                     struct error *error) {
    struct calendar *calendar = calloc(1, sizeof *calendar);
    *out = calendar;
    if (calendar == NULL) {
        return error_set(error, RC_INTERNAL, "out of memory for a calendar");
    }
    enum rc rc = fill(calendar, terms, error);
    if (rc != RC_OK) {
        calendar_free(calendar);
        *out = NULL;
    }
    return rc;
}

void calendar_free(struct calendar *calendar) {
    if (calendar == NULL) {
        return;
    }
    zone_free(calendar->zone);
    free(calendar->rank);
    free(calendar->nth);
    free(calendar);
}

unsigned calendar_holidays_in(const struct calendar *calendar, int32_t year) {
    civil_day end = civil_day_from_date(year + 1, 1, 1);
    unsigned count = 0;
    for (civil_day day = civil_day_from_date(year, 1, 1); day < end; day++) {
        bool off =
            calendar->week[civil_day_weekday(day)] && !calendar_is_working_day(calendar, day);
        count += off ? 1 : 0;
    }
    return count;
}
