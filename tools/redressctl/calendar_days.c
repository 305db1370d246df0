// SPDX-License-Identifier: Apache-2.0
// A file's text tells its form: JSON begins with a brace.
#include "calendar_days.h"

#include "common/json.h"

#include <libical/ical.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define TEXT_LIMIT (1024 * 1024)
#define JANUARY (UINT32_C(1) << 1) // months, as bits
#define DECEMBER (UINT32_C(1) << 12)

static enum rc add_day(struct calendar_days *found, civil_day day, bool working, const char *name) {
    if (found->count == DAYS_MOST) {
        return error_field(found->error, "too-large", "days", "%s: more than %d days", found->file,
                           DAYS_MOST);
    }
    if (strlen(name) >= HOLIDAY_NAME_SIZE) {
        char date[CIVIL_DAY_TEXT_SIZE];
        civil_day_format(day, date);
        return error_field(found->error, "too-large", "name",
                           "%s: the name of %s is longer than %d bytes", found->file, date,
                           HOLIDAY_NAME_SIZE - 1);
    }
    struct holiday *holiday = &found->days[found->count++];
    holiday->day = day;
    holiday->working = working;
    snprintf(holiday->name, sizeof holiday->name, "%s", name);
    for (char *c = holiday->name; *c != '\0'; c++) {
        *c = *c == '"' || *c == '\\' || (unsigned char)*c < ' ' ? ' ' : *c;
    }
    return RC_OK;
}

static void cover(struct calendar_days *found, int64_t year) {
    if (year >= OLDEST_YEAR && year < OLDEST_YEAR + YEARS) {
        found->covered[year - OLDEST_YEAR] = true;
    }
}

// A file that names no year publishes those of its days; but where it has more than one year, days
// of nothing but the December before, or the January after, publish none.
static void cover_years(struct calendar_days *found, size_t first) {
    uint32_t months[YEARS] = {0};
    for (size_t i = first; i < found->count; i++) {
        struct civil_date date = civil_day_to_date(found->days[i].day);
        if (date.year >= OLDEST_YEAR && date.year < OLDEST_YEAR + YEARS) {
            months[date.year - OLDEST_YEAR] |= UINT32_C(1) << date.month;
        }
    }
    for (int i = 0; i < YEARS; i++) {
        uint32_t last = i == 0 ? 0 : months[i - 1];
        uint32_t next = i + 1 == YEARS ? 0 : months[i + 1];
        bool before = months[i] == DECEMBER && next != 0 && last == 0;
        bool after = months[i] == JANUARY && next == 0 && last != 0 && last != DECEMBER;
        if (months[i] != 0 && !before && !after) {
            cover(found, OLDEST_YEAR + i);
        }
    }
}

// A notice is named for its year; it may move days of the December before.
static bool is_of_year(civil_day day, const json_t *year) {
    struct civil_date date = civil_day_to_date(day);
    json_int_t named = json_integer_value(year);
    return year == NULL || date.year == named || (date.month == 12 && date.year == named - 1);
}

static enum rc take_json(struct calendar_days *found, json_t *document) {
    size_t index = 0;
    json_t *entry = NULL;
    json_t *days = json_object_get(document, "days");
    json_t *year = json_object_get(document, "year");
    if (year != NULL && !json_is_integer(year)) {
        return error_field(found->error, "bad-json", "year", "%s: year: is no number", found->file);
    }
    if (!json_is_array(days)) {
        return error_field(found->error, "bad-json", "days", "%s: days: is no list", found->file);
    }
    if (json_array_size(days) == 0) { // as the next year's file is before it is published
        return error_field(found->error, "empty", "days", "%s: there is no day to import",
                           found->file);
    }
    size_t first = found->count;
    json_array_foreach(days, index, entry) {
        civil_day day = 0;
        const char *name = json_string_value(json_object_get(entry, "name"));
        const char *date = json_string_value(json_object_get(entry, "date"));
        json_t *off = json_object_get(entry, "isOffDay");
        if (date == NULL || !civil_day_parse(date, &day)) {
            return error_field(found->error, "bad-json", "days", "%s: days[%zu]: date: %s is none",
                               found->file, index, date == NULL ? "that" : date);
        }
        if (!is_of_year(day, year)) {
            return error_field(found->error, "bad-json", "days",
                               "%s: days[%zu]: date: %s is not of the file's year %d", found->file,
                               index, date, (int)json_integer_value(year));
        }
        if (!json_is_boolean(off)) {
            return error_field(found->error, "bad-json", "days",
                               "%s: days[%zu]: isOffDay: is neither true nor false", found->file,
                               index);
        }
        enum rc rc = add_day(found, day, json_is_false(off), name == NULL ? "" : name);
        if (rc != RC_OK) {
            return rc;
        }
        if (year != NULL && civil_day_to_date(day).year == json_integer_value(year)) {
            cover(found, json_integer_value(year));
        }
    }
    if (year == NULL) {
        cover_years(found, first);
    }
    return RC_OK;
}

// RC_INVALID for a moment, and for a day that no calendar has (31 February).
static enum rc read_day(const struct calendar_days *found, icaltimetype time, const char *property,
                        const char *name, civil_day *day) {
    if (icaltime_is_null_time(time) || !time.is_date) {
        return error_field(found->error, "bad-ics", property,
                           "%s: \"%s\": %s: only whole days are imported", found->file, name,
                           property);
    }
    *day = time.month >= 1 && time.month <= 12
               ? civil_day_from_date(time.year, time.month, time.day)
               : 0;
    struct civil_date date = civil_day_to_date(*day);
    return date.year == time.year && date.month == time.month && date.day == time.day
               ? RC_OK
               : error_field(found->error, "bad-ics", property,
                             "%s: \"%s\": %s: %04d-%02d-%02d is no date", found->file, name,
                             property, time.year, time.month, time.day);
}

// From its first day to the day after its last, which a file need not name.
static enum rc read_span(const struct calendar_days *found, icalcomponent *event, const char *name,
                         civil_day *first, civil_day *end) {
    icaltimetype to = icalcomponent_get_dtend(event);
    enum rc rc = read_day(found, icalcomponent_get_dtstart(event), "DTSTART", name, first);
    *end = *first + 1;
    if (rc == RC_OK && !icaltime_is_null_time(to)) {
        rc = read_day(found, to, "DTEND", name, end);
    }
    if (rc == RC_OK && *end < *first) {
        rc = error_field(found->error, "bad-ics", "DTEND",
                         "%s: \"%s\": DTEND: it lies before DTSTART", found->file, name);
    }
    *end = *end <= *first ? *first + 1 : *end; // DTEND is exclusive
    return rc;
}

// What makes more days of an event than its own, or fewer, is no published day.
static enum rc check_single(const struct calendar_days *found, icalcomponent *event,
                            const char *name) {
    static const struct {
        icalproperty_kind kind;
        const char *property;
    } recurring[] = {{ICAL_RRULE_PROPERTY, "RRULE"},
                     {ICAL_RDATE_PROPERTY, "RDATE"},
                     {ICAL_EXRULE_PROPERTY, "EXRULE"},
                     {ICAL_EXDATE_PROPERTY, "EXDATE"},
                     {ICAL_RECURRENCEID_PROPERTY, "RECURRENCE-ID"}};
    for (size_t i = 0; i < sizeof recurring / sizeof recurring[0]; i++) {
        if (icalcomponent_get_first_property(event, recurring[i].kind) != NULL) {
            return error_field(found->error, "bad-ics", recurring[i].property,
                               "%s: \"%s\": %s: events that recur are not published days",
                               found->file, name, recurring[i].property);
        }
    }
    return RC_OK;
}

static enum rc take_event(struct calendar_days *found, icalcomponent *event, const char *worked) {
    const char *summary = icalcomponent_get_summary(event);
    const char *name = summary == NULL ? "" : summary;
    civil_day first = 0;
    civil_day end = 0;
    if (icalcomponent_get_status(event) == ICAL_STATUS_CANCELLED) {
        return RC_OK;
    }
    enum rc rc = check_single(found, event, name);
    rc = rc == RC_OK ? read_span(found, event, name, &first, &end) : rc;
    for (civil_day day = first; day < end && rc == RC_OK; day++) {
        rc = add_day(found, day, strstr(name, worked) != NULL, name);
    }
    return rc;
}

static enum rc take_ics(struct calendar_days *found, const char *text, const char *worked) {
    size_t first = found->count;
    icalcomponent *root = icalparser_parse_string(text);
    enum rc rc = root == NULL ? error_field(found->error, "bad-ics", "VCALENDAR",
                                            "%s: is no iCalendar", found->file)
                              : RC_OK;
    if (rc == RC_OK && icalcomponent_count_errors(root) > 0) {
        rc = error_field(found->error, "bad-ics", "VCALENDAR", "%s: has %d errors", found->file,
                         icalcomponent_count_errors(root));
    }
    icalcomponent *event =
        rc == RC_OK ? icalcomponent_get_first_component(root, ICAL_VEVENT_COMPONENT) : NULL;
    for (; event != NULL && rc == RC_OK;
         event = icalcomponent_get_next_component(root, ICAL_VEVENT_COMPONENT)) {
        rc = take_event(found, event, worked);
    }
    if (rc == RC_OK) {
        cover_years(found, first);
    }
    if (root != NULL) {
        icalcomponent_free(root);
    }
    return rc;
}

static enum rc read_whole(const char *path, char **text, struct error *error) {
    FILE *file = fopen(path, "rb");
    char *read = file == NULL ? NULL : malloc(TEXT_LIMIT + 1);
    size_t size = read == NULL ? 0 : fread(read, 1, TEXT_LIMIT + 1, file);
    if (file != NULL) {
        fclose(file);
    }
    if (read == NULL || size > TEXT_LIMIT) {
        free(read);
        return error_field(error, "unreadable", path,
                           "%s: can't be read, or is larger than %d "
                           "bytes",
                           path, TEXT_LIMIT);
    }
    // What stands behind a zero byte would not be read.
    if (!text_is_clean(read, size)) {
        free(read);
        return error_field(error, "bad-text", path, "%s: is not UTF-8, or has a zero byte", path);
    }
    read[size] = '\0';
    *text = read;
    return RC_OK;
}

enum rc calendar_days_read(struct calendar_days *found, const char *worked) {
    char *text = NULL;
    json_error_t why;
    enum rc rc = read_whole(found->file, &text, found->error);
    if (rc != RC_OK) {
        return rc;
    }
    if (text[strspn(text, " \t\r\n")] == '{') {
        json_t *document = json_loads(text, JSON_REJECT_DUPLICATES, &why);
        rc = document == NULL ? error_field(found->error, "bad-json", "days", "%s:%d: %s",
                                            found->file, why.line, why.text)
                              : take_json(found, document);
        json_decref(document);
    } else {
        rc = take_ics(found, text, worked);
    }
    free(text);
    return rc;
}

static bool has_day(const struct calendar_days *found, size_t count, civil_day day) {
    bool has = false;
    for (size_t i = 0; i < count && !has; i++) {
        has = found->days[i].day == day;
    }
    return has;
}

static bool is_covered(const bool *covered, civil_day day) {
    int year = civil_day_to_date(day).year - OLDEST_YEAR;
    return year >= 0 && year < YEARS && covered[year];
}

enum rc calendar_days_keep(struct calendar_days *found, const struct calendar_content *before) {
    size_t told = found->count;
    bool covered[YEARS];
    enum rc rc = RC_OK;
    memcpy(covered, found->covered, sizeof covered);
    for (unsigned i = 0; i < before->range_count && rc == RC_OK; i++) {
        const struct calendar_range *range = &before->ranges[i];
        civil_day first = 0;
        civil_day last = -1;
        bool read = civil_day_parse(range->first, &first) &&
                    civil_day_parse(range->last == NULL ? range->first : range->last, &last);
        for (civil_day day = first; read && day <= last && rc == RC_OK; day++) {
            bool anew = is_covered(covered, day) || has_day(found, told, day);
            rc = anew ? RC_OK
                      : add_day(found, day, range->working, range->name == NULL ? "" : range->name);
        }
    }
    for (int32_t year = before->first_year; year <= before->last_year; year++) {
        cover(found, year);
    }
    return rc;
}
