// SPDX-License-Identifier: Apache-2.0
// Turns published holidays into a calendar file on standard output: holiday-cn's JSON (a year a
// file: days[] of name, date, isOffDay), or iCalendar (whole-day events; a make-up day's summary
// has the word that --worked names).
#include "command.h"

#include "common/calendar_file.h"

#include <libical/ical.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define DAYS_MOST 4096
#define NAME_SIZE 96
#define TEXT_LIMIT (1024 * 1024)

struct holiday {
    civil_day day;
    bool working;
    char name[NAME_SIZE];
};

struct import {
    struct holiday *days;
    size_t count;
    const char *file;
    struct error *error;
};

static enum rc add_day(struct import *import, civil_day day, bool working, const char *name) {
    if (import->count == DAYS_MOST) {
        return error_field(import->error, "too-large", "days", "%s: more than %d days",
                           import->file, DAYS_MOST);
    }
    struct holiday *holiday = &import->days[import->count++];
    holiday->day = day;
    holiday->working = working;
    snprintf(holiday->name, sizeof holiday->name, "%s", name);
    for (char *c = holiday->name; *c != '\0'; c++) {
        *c = *c == '"' || *c == '\\' || (unsigned char)*c < ' ' ? ' ' : *c;
    }
    return RC_OK;
}

static enum rc take_json(struct import *import, json_t *document) {
    size_t index = 0;
    json_t *entry = NULL;
    json_t *days = json_object_get(document, "days");
    if (!json_is_array(days)) {
        return error_field(import->error, "bad-json", "days", "%s: days: is no list", import->file);
    }
    json_array_foreach(days, index, entry) {
        civil_day day = 0;
        const char *name = json_string_value(json_object_get(entry, "name"));
        const char *date = json_string_value(json_object_get(entry, "date"));
        json_t *off = json_object_get(entry, "isOffDay");
        if (date == NULL || !civil_day_parse(date, &day)) {
            return error_field(import->error, "bad-json", "days", "%s: days[%zu]: date: %s is none",
                               import->file, index, date == NULL ? "that" : date);
        }
        if (!json_is_boolean(off)) {
            return error_field(import->error, "bad-json", "days",
                               "%s: days[%zu]: isOffDay: is neither true nor false", import->file,
                               index);
        }
        enum rc rc = add_day(import, day, json_is_false(off), name == NULL ? "" : name);
        if (rc != RC_OK) {
            return rc;
        }
    }
    return RC_OK;
}

static civil_day day_of(icaltimetype time) {
    return civil_day_from_date(time.year, time.month, time.day);
}

static enum rc take_event(struct import *import, icalcomponent *event, const char *worked) {
    icaltimetype from = icalcomponent_get_dtstart(event);
    icaltimetype to = icalcomponent_get_dtend(event);
    const char *summary = icalcomponent_get_summary(event);
    const char *name = summary == NULL ? "" : summary;
    if (icaltime_is_null_time(from) || !from.is_date) {
        return error_field(import->error, "bad-ics", "DTSTART",
                           "%s: \"%s\": DTSTART: only whole days are imported", import->file, name);
    }
    if (icalcomponent_get_first_property(event, ICAL_RRULE_PROPERTY) != NULL) {
        return error_field(import->error, "bad-ics", "RRULE",
                           "%s: \"%s\": RRULE: events that recur are not published days",
                           import->file, name);
    }
    civil_day first = day_of(from);
    civil_day end = icaltime_is_null_time(to) ? first + 1 : day_of(to);
    enum rc rc = RC_OK;
    end = end <= first ? first + 1 : end; // DTEND is exclusive
    for (civil_day day = first; day < end && rc == RC_OK; day++) {
        rc = add_day(import, day, strstr(name, worked) != NULL, name);
    }
    return rc;
}

static enum rc take_ics(struct import *import, const char *text, const char *worked) {
    icalcomponent *root = icalparser_parse_string(text);
    enum rc rc = root == NULL ? error_field(import->error, "bad-ics", "VCALENDAR",
                                            "%s: is no iCalendar", import->file)
                              : RC_OK;
    if (rc == RC_OK && icalcomponent_count_errors(root) > 0) {
        rc = error_field(import->error, "bad-ics", "VCALENDAR", "%s: has %d errors", import->file,
                         icalcomponent_count_errors(root));
    }
    icalcomponent *event =
        rc == RC_OK ? icalcomponent_get_first_component(root, ICAL_VEVENT_COMPONENT) : NULL;
    for (; event != NULL && rc == RC_OK;
         event = icalcomponent_get_next_component(root, ICAL_VEVENT_COMPONENT)) {
        rc = take_event(import, event, worked);
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
    read[size] = '\0';
    *text = read;
    return RC_OK;
}

static enum rc take_file(struct import *import, const char *worked) {
    char *text = NULL;
    json_error_t why;
    enum rc rc = read_whole(import->file, &text, import->error);
    if (rc != RC_OK) {
        return rc;
    }
    if (text[strspn(text, " \t\r\n")] == '{') {
        json_t *document = json_loads(text, JSON_REJECT_DUPLICATES, &why);
        rc = document == NULL ? error_field(import->error, "bad-json", "days", "%s:%d: %s",
                                            import->file, why.line, why.text)
                              : take_json(import, document);
        json_decref(document);
    } else {
        rc = take_ics(import, text, worked);
    }
    free(text);
    return rc;
}

static int by_day(const void *a, const void *b) {
    civil_day one = ((const struct holiday *)a)->day;
    civil_day other = ((const struct holiday *)b)->day;
    return (one > other) - (one < other);
}

static enum rc check_days(const struct import *import, struct error *error) {
    for (size_t i = 0; i < import->count; i++) {
        const struct holiday *at = &import->days[i];
        char text[CIVIL_DAY_TEXT_SIZE];
        civil_day_format(at->day, text);
        if (i > 0 && at->day == at[-1].day) {
            return error_field(error, "overlap", "days", "%s: it is there twice, as %s and %s",
                               text, at[-1].name, at->name);
        }
        if (at->working && civil_day_weekday(at->day) < 5) {
            return error_field(error, "no-off-day", "days",
                               "%s: %s: is no off day: people work "
                               "on it anyway",
                               text, at->name);
        }
    }
    return import->count > 0 ? RC_OK
                             : error_field(error, "empty", "days", "there is no day to import");
}

static void print_ranges(const struct import *import) {
    for (size_t i = 0, end = 0; i < import->count; i = end) {
        const struct holiday *at = &import->days[i];
        char first[CIVIL_DAY_TEXT_SIZE];
        char last[CIVIL_DAY_TEXT_SIZE];
        // A range stays within its year, as notices do.
        for (end = i + 1;
             end < import->count && import->days[end].working == at->working &&
             import->days[end].day == import->days[end - 1].day + 1 &&
             civil_day_to_date(import->days[end].day).year == civil_day_to_date(at->day).year &&
             strcmp(import->days[end].name, at->name) == 0;
             end++) {
        }
        civil_day_format(at->day, first);
        civil_day_format(import->days[end - 1].day, last);
        printf("  - {first: %s", first);
        if (end - i > 1) {
            printf(", last: %s", last);
        }
        printf(", working: %s", at->working ? "true" : "false");
        if (at->name[0] != '\0') {
            printf(", name: \"%s\"", at->name);
        }
        printf("}\n");
    }
}

static void print_calendar(const struct arguments *arguments, const struct import *import) {
    printf("id: %s\nversion: %s\nsource: \"%s\"\nzone: %s\n"
           "week: [monday, tuesday, wednesday, thursday, friday]\n"
           "first_year: %d\nlast_year: %d\nranges:\n",
           argument(arguments, "id", NULL, "cn-state-council"),
           argument(arguments, "version", NULL, "1"),
           argument(arguments, "source", NULL, "imported"),
           argument(arguments, "zone", NULL, "Asia/Shanghai"),
           civil_day_to_date(import->days[0].day).year,
           civil_day_to_date(import->days[import->count - 1].day).year);
    print_ranges(import);
}

int calendar_import(const struct arguments *arguments) {
    struct error error;
    struct import import = {.days = calloc(DAYS_MOST, sizeof *import.days), .error = &error};
    enum rc rc = import.days == NULL ? error_set(&error, RC_INTERNAL, "out of memory") : RC_OK;
    for (size_t i = 0; i < arguments->count && rc == RC_OK; i++) {
        import.file = arguments->positional[i];
        rc = take_file(&import, argument(arguments, "worked", NULL, "班"));
    }
    if (rc == RC_OK) {
        qsort(import.days, import.count, sizeof *import.days, by_day);
        rc = check_days(&import, &error);
    }
    if (rc == RC_OK) {
        print_calendar(arguments, &import);
    }
    free(import.days);
    return rc == RC_OK ? EXIT_GOOD : fail(&error);
}
