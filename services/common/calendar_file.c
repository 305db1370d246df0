// SPDX-License-Identifier: Apache-2.0
// What the schema can't say is checked here, each fault at its place.
#include "common/calendar_file.h"

#include "common/calendar_content.h"
#include "common/json.h"
#include "common/yaml_place.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define OLDEST_YEAR 1970
#define NEWEST_YEAR 2100
#define ID_LETTERS "abcdefghijklmnopqrstuvwxyz0123456789-"

struct reading {
    const char *directory;
    const char *file;
    const struct calendar_content *content;
    struct error *error;
    struct calendar_exception *exceptions; // as many as there are ranges
    struct calendar_hours hours[CALENDAR_MOST_HOURS];
    bool week[7];
};

#define FAIL(reading, by, of, what_key, ...)                                                       \
    yaml_fault((reading)->directory,                                                               \
               &(const struct yaml_place){                                                         \
                   .file = (reading)->file, .entry_key = (by), .entry = (of), .key = (what_key)},  \
               (reading)->error, __VA_ARGS__)

static enum rc check_name(const struct reading *reading) {
    char name[80];
    const struct calendar_content *content = reading->content;
    if (content->id[strspn(content->id, ID_LETTERS)] != '\0') {
        return FAIL(reading, "id", content->id, "id", "only a-z, 0-9 and - are allowed");
    }
    if (content->version == 0) {
        return FAIL(reading, "id", content->id, "version", "must be at least 1");
    }
    if (text_is_blank(content->source)) {
        return FAIL(reading, "id", content->id, "source", "says nothing");
    }
    snprintf(name, sizeof name, "%s@%u.yaml", content->id, content->version);
    return strcmp(name, reading->file) == 0
               ? RC_OK
               : FAIL(reading, "id", content->id, "version", "the file's name must be %s", name);
}

static void read_week(struct reading *reading) {
    const struct calendar_content *content = reading->content;
    for (unsigned i = 0; i < content->week_count; i++) {
        reading->week[content->week[i]] = true;
    }
}

static bool read_time(const char *text, int32_t *minute) {
    int hour = 0;
    int rest = 0;
    if (strspn(text, "0123456789") != 2 || text[2] != ':' || strspn(text + 3, "0123456789") != 2 ||
        sscanf(text, "%2d:%2d", &hour, &rest) != 2 || rest > 59) {
        return false;
    }
    *minute = hour * 60 + rest;
    return *minute <= 1440;
}

static enum rc read_hours(struct reading *reading) {
    const struct calendar_content *content = reading->content;
    if (content->hour_count > CALENDAR_MOST_HOURS) {
        return FAIL(reading, "id", content->id, "hours", "more than %d stretches a day",
                    CALENDAR_MOST_HOURS);
    }
    for (unsigned i = 0; i < content->hour_count; i++) {
        struct calendar_hours *to = &reading->hours[i];
        const struct calendar_stretch *from = &content->hours[i];
        if (!read_time(from->from, &to->from_min) || !read_time(from->to, &to->to_min) ||
            to->to_min <= to->from_min) {
            return FAIL(reading, "from", from->from, "to",
                        "from and to must be times as 08:30, to after from");
        }
        if (i > 0 && to->from_min < to[-1].to_min) {
            return FAIL(reading, "from", from->from, "from", "it overlaps the stretch before");
        }
    }
    return RC_OK;
}

static enum rc check_worked(const struct reading *reading, const struct calendar_range *range,
                            const struct calendar_exception *entry) {
    for (civil_day day = entry->first; entry->working && day <= entry->last; day++) {
        if (reading->week[civil_day_weekday(day)]) {
            char text[CIVIL_DAY_TEXT_SIZE];
            civil_day_format(day, text);
            return FAIL(reading, "first", range->first, "working",
                        "%s is no off day: people work on it anyway", text);
        }
    }
    return RC_OK;
}

// A notice for a year may move days of the December before or the January after, which publishes
// neither of these years.
static bool is_beside(const struct calendar_content *content,
                      const struct calendar_exception *entry) {
    civil_day begin = civil_day_from_date(content->first_year, 1, 1);
    civil_day end = civil_day_from_date(content->last_year + 1, 1, 1);
    bool before =
        entry->first >= civil_day_from_date(content->first_year - 1, 12, 1) && entry->last < begin;
    return before || (entry->first >= end &&
                      entry->last <= civil_day_from_date(content->last_year + 1, 1, 31));
}

static enum rc read_range(struct reading *reading, unsigned number) {
    const struct calendar_content *content = reading->content;
    const struct calendar_range *range = &content->ranges[number];
    struct calendar_exception *entry = &reading->exceptions[number];
    const char *last = range->last == NULL ? range->first : range->last;
    entry->working = range->working;
    if (!civil_day_parse(range->first, &entry->first) || !civil_day_parse(last, &entry->last) ||
        entry->last < entry->first) {
        return FAIL(reading, "first", range->first, "last", "is not a date on or after first");
    }
    if (number > 0 && entry->first <= entry[-1].last) {
        return FAIL(reading, "first", range->first, "last",
                    "the range before ends after first: they overlap or are not sorted");
    }
    if (!is_beside(content, entry) &&
        (entry->first < civil_day_from_date(content->first_year, 1, 1) ||
         entry->last > civil_day_from_date(content->last_year, 12, 31))) {
        return FAIL(reading, "first", range->first, "last", "outside first_year to last_year");
    }
    return check_worked(reading, range, entry);
}

static enum rc check_bounds(const struct reading *reading) {
    const struct calendar_content *content = reading->content;
    return content->first_year >= OLDEST_YEAR && content->last_year <= NEWEST_YEAR &&
                   content->first_year <= content->last_year
               ? RC_OK
               : FAIL(reading, "id", content->id, "last_year", "must be from first_year to %d",
                      NEWEST_YEAR);
}

// A year that is called published but has no day off is a hole.
static enum rc check_years(const struct reading *reading) {
    const struct calendar_content *content = reading->content;
    for (int32_t year = content->first_year; year <= content->last_year; year++) {
        bool found = false;
        for (unsigned i = 0; i < content->range_count && !found; i++) {
            found = civil_day_to_date(reading->exceptions[i].first).year == year;
        }
        if (!found) {
            return FAIL(reading, "id", content->id, "last_year", "a hole: %d has no range", year);
        }
    }
    return RC_OK;
}

static enum rc check_worked_years(const struct reading *reading, const struct calendar *calendar) {
    const struct calendar_content *content = reading->content;
    for (int32_t year = content->first_year; year <= content->last_year; year++) {
        civil_day first = civil_day_from_date(year, 1, 1);
        civil_day last = civil_day_from_date(year, 12, 31);
        bool worked = false;
        for (civil_day day = first; day <= last && !worked; day++) {
            worked = calendar_is_working_day(calendar, day);
        }
        if (!worked) {
            return FAIL(reading, "id", content->id, "ranges", "%d has no working day", year);
        }
    }
    return RC_OK;
}

static enum rc compile(struct reading *reading, struct calendar **calendar) {
    const struct calendar_content *content = reading->content;
    enum rc rc = check_name(reading);
    rc = rc == RC_OK ? check_bounds(reading) : rc;
    read_week(reading);
    rc = rc == RC_OK ? read_hours(reading) : rc;
    for (unsigned i = 0; i < content->range_count && rc == RC_OK; i++) {
        rc = read_range(reading, i);
    }
    rc = rc == RC_OK ? check_years(reading) : rc;
    if (rc != RC_OK) {
        return rc;
    }
    struct error reason;
    struct calendar_terms terms = {.id = content->id,
                                   .version = content->version,
                                   .zone = content->zone,
                                   .exceptions = reading->exceptions,
                                   .exception_count = content->range_count,
                                   .hours = reading->hours,
                                   .hour_count = content->hour_count,
                                   .first_year = content->first_year,
                                   .last_year = content->last_year};
    memcpy(terms.week, reading->week, sizeof terms.week);
    rc = calendar_new(calendar, &terms, &reason);
    if (rc == RC_INVALID) {
        return FAIL(reading, "id", content->id, reason.field, "%s", reason.text);
    }
    if (rc != RC_OK) {
        return error_set(reading->error, rc, "%s", reason.text);
    }
    rc = check_worked_years(reading, *calendar);
    if (rc != RC_OK) {
        calendar_free(*calendar);
        *calendar = NULL;
    }
    return rc;
}

enum rc calendar_file_load(struct calendar **calendar, const char *directory, const char *file,
                           struct error *error) {
    struct calendar_content *content = NULL;
    *calendar = NULL;
    enum rc rc = calendar_content_load(&content, directory, file, error);
    if (rc != RC_OK) {
        return rc;
    }
    struct reading reading = {
        .directory = directory,
        .file = file,
        .content = content,
        .error = error,
        .exceptions = calloc(content->range_count + 1, sizeof(struct calendar_exception))};
    rc = reading.exceptions == NULL ? error_set(error, RC_INTERNAL, "out of memory for a calendar")
                                    : compile(&reading, calendar);
    free(reading.exceptions);
    calendar_content_free(content);
    return rc;
}
