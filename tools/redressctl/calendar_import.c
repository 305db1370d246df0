// SPDX-License-Identifier: Apache-2.0
// Turns published holidays into a calendar file on standard output: holiday-cn's JSON (a year a
// file: days[] of name, date, isOffDay), or iCalendar (whole-day events; a make-up day's summary
// has the word that --worked names). It passes the checks of calendar check before a byte is
// written.
#include "command.h"

#include "common/calendar_file.h"
#include "common/json.h"
#include "common/zone.h"

#include <libical/ical.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define DAYS_MOST 4096
#define NAME_SIZE 96
#define ID_SIZE 49
#define DEFAULT_ID "cn-state-council"
#define DEFAULT_VERSION "1"
#define DEFAULT_ZONE "Asia/Shanghai"
#define SOURCE_MOST 400 // as calendar_file.c has them
#define ZONE_MOST 63
#define TEXT_LIMIT (1024 * 1024)
#define OLDEST_YEAR 1970 // as calendar_file.c has it
#define YEARS 131
#define JANUARY (UINT32_C(1) << 1) // months, as bits
#define DECEMBER (UINT32_C(1) << 12)

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
    bool covered[YEARS]; // published by a file, from OLDEST_YEAR on
};

struct years {
    int first, last; // 0: none
};

static enum rc add_day(struct import *import, civil_day day, bool working, const char *name) {
    if (import->count == DAYS_MOST) {
        return error_field(import->error, "too-large", "days", "%s: more than %d days",
                           import->file, DAYS_MOST);
    }
    if (strlen(name) >= NAME_SIZE) {
        char date[CIVIL_DAY_TEXT_SIZE];
        civil_day_format(day, date);
        return error_field(import->error, "too-large", "name",
                           "%s: the name of %s is longer than %d bytes", import->file, date,
                           NAME_SIZE - 1);
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

static void cover(struct import *import, int64_t year) {
    if (year >= OLDEST_YEAR && year < OLDEST_YEAR + YEARS) {
        import->covered[year - OLDEST_YEAR] = true;
    }
}

// A file that names no year publishes those of its days; but where it has more than one year, days
// of nothing but the December before, or the January after, publish none.
static void cover_years(struct import *import, size_t first) {
    uint32_t months[YEARS] = {0};
    for (size_t i = first; i < import->count; i++) {
        struct civil_date date = civil_day_to_date(import->days[i].day);
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
            cover(import, OLDEST_YEAR + i);
        }
    }
}

// A notice is named for its year; it may move days of the December before.
static bool is_of_year(civil_day day, const json_t *year) {
    struct civil_date date = civil_day_to_date(day);
    json_int_t named = json_integer_value(year);
    return year == NULL || date.year == named || (date.month == 12 && date.year == named - 1);
}

static enum rc take_json(struct import *import, json_t *document) {
    size_t index = 0;
    json_t *entry = NULL;
    json_t *days = json_object_get(document, "days");
    json_t *year = json_object_get(document, "year");
    if (year != NULL && !json_is_integer(year)) {
        return error_field(import->error, "bad-json", "year", "%s: year: is no number",
                           import->file);
    }
    if (!json_is_array(days)) {
        return error_field(import->error, "bad-json", "days", "%s: days: is no list", import->file);
    }
    size_t first = import->count;
    json_array_foreach(days, index, entry) {
        civil_day day = 0;
        const char *name = json_string_value(json_object_get(entry, "name"));
        const char *date = json_string_value(json_object_get(entry, "date"));
        json_t *off = json_object_get(entry, "isOffDay");
        if (date == NULL || !civil_day_parse(date, &day)) {
            return error_field(import->error, "bad-json", "days", "%s: days[%zu]: date: %s is none",
                               import->file, index, date == NULL ? "that" : date);
        }
        if (!is_of_year(day, year)) {
            return error_field(import->error, "bad-json", "days",
                               "%s: days[%zu]: date: %s is not of the file's year %d", import->file,
                               index, date, (int)json_integer_value(year));
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
        if (year != NULL && civil_day_to_date(day).year == json_integer_value(year)) {
            cover(import, json_integer_value(year));
        }
    }
    if (year == NULL) {
        cover_years(import, first);
    }
    return RC_OK;
}

// RC_INVALID for a moment, and for a day that no calendar has (31 February).
static enum rc read_day(const struct import *import, icaltimetype time, const char *property,
                        const char *name, civil_day *day) {
    if (icaltime_is_null_time(time) || !time.is_date) {
        return error_field(import->error, "bad-ics", property,
                           "%s: \"%s\": %s: only whole days are imported", import->file, name,
                           property);
    }
    *day = time.month >= 1 && time.month <= 12
               ? civil_day_from_date(time.year, time.month, time.day)
               : 0;
    struct civil_date date = civil_day_to_date(*day);
    return date.year == time.year && date.month == time.month && date.day == time.day
               ? RC_OK
               : error_field(import->error, "bad-ics", property,
                             "%s: \"%s\": %s: %04d-%02d-%02d is no date", import->file, name,
                             property, time.year, time.month, time.day);
}

// From its first day to the day after its last, which a file need not name.
static enum rc read_span(const struct import *import, icalcomponent *event, const char *name,
                         civil_day *first, civil_day *end) {
    icaltimetype to = icalcomponent_get_dtend(event);
    enum rc rc = read_day(import, icalcomponent_get_dtstart(event), "DTSTART", name, first);
    *end = *first + 1;
    if (rc == RC_OK && !icaltime_is_null_time(to)) {
        rc = read_day(import, to, "DTEND", name, end);
    }
    if (rc == RC_OK && *end < *first) {
        rc = error_field(import->error, "bad-ics", "DTEND",
                         "%s: \"%s\": DTEND: it lies before DTSTART", import->file, name);
    }
    *end = *end <= *first ? *first + 1 : *end; // DTEND is exclusive
    return rc;
}

static enum rc take_event(struct import *import, icalcomponent *event, const char *worked) {
    const char *summary = icalcomponent_get_summary(event);
    const char *name = summary == NULL ? "" : summary;
    civil_day first = 0;
    civil_day end = 0;
    if (icalcomponent_get_status(event) == ICAL_STATUS_CANCELLED) {
        return RC_OK;
    }
    if (icalcomponent_get_first_property(event, ICAL_RRULE_PROPERTY) != NULL) {
        return error_field(import->error, "bad-ics", "RRULE",
                           "%s: \"%s\": RRULE: events that recur are not published days",
                           import->file, name);
    }
    enum rc rc = read_span(import, event, name, &first, &end);
    for (civil_day day = first; day < end && rc == RC_OK; day++) {
        rc = add_day(import, day, strstr(name, worked) != NULL, name);
    }
    return rc;
}

static enum rc take_ics(struct import *import, const char *text, const char *worked) {
    size_t first = import->count;
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
    if (rc == RC_OK) {
        cover_years(import, first);
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

// The first and the last year that a file covers, every year between them too.
static enum rc find_years(const struct import *import, struct years *years, struct error *error) {
    *years = (struct years){0, 0};
    for (int i = 0; i < YEARS; i++) {
        int year = OLDEST_YEAR + i;
        if (import->covered[i] && years->last != 0 && years->last != year - 1) {
            return error_field(error, "hole", "days", "a hole: %d is in no file", years->last + 1);
        }
        if (import->covered[i]) {
            years->first = years->first == 0 ? year : years->first;
            years->last = year;
        }
    }
    return years->first != 0
               ? RC_OK
               : error_field(error, "empty", "days", "no file covers a year from %d", OLDEST_YEAR);
}

static void write_ranges(FILE *to, const struct import *import) {
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
        fprintf(to, "  - {first: %s", first);
        if (end - i > 1) {
            fprintf(to, ", last: %s", last);
        }
        fprintf(to, ", working: %s", at->working ? "true" : "false");
        if (at->name[0] != '\0') {
            fprintf(to, ", name: \"%s\"", at->name);
        }
        fprintf(to, "}\n");
    }
}

static void write_calendar(FILE *to, const struct arguments *arguments, const struct import *import,
                           const struct years *years) {
    fprintf(to,
            "id: %s\nversion: %s\nsource: \"%s\"\nzone: %s\n"
            "week: [monday, tuesday, wednesday, thursday, friday]\n"
            "first_year: %d\nlast_year: %d\nranges:\n",
            argument(arguments, "id", NULL, DEFAULT_ID),
            argument(arguments, "version", NULL, DEFAULT_VERSION),
            argument(arguments, "source", NULL, "imported"),
            argument(arguments, "zone", NULL, DEFAULT_ZONE), years->first, years->last);
    write_ranges(to, import);
}

// Both become a file's name, so they are read before any path is made of them.
static enum rc check_label(const struct arguments *arguments, struct error *error) {
    const char *id = argument(arguments, "id", NULL, DEFAULT_ID);
    const char *version = argument(arguments, "version", NULL, DEFAULT_VERSION);
    size_t size = strspn(id, "abcdefghijklmnopqrstuvwxyz0123456789-");
    size_t digits = strspn(version, "0123456789");
    if (size == 0 || size >= ID_SIZE || id[size] != '\0') {
        return error_field(error, "bad-id", "id",
                           "--id \"%s\": 1 to %d of a-z, 0-9 and - are allowed", id, ID_SIZE - 1);
    }
    return digits > 0 && digits < 10 && version[digits] == '\0' && version[0] != '0'
               ? RC_OK
               : error_field(error, "bad-version", "version",
                             "--version \"%s\" is no number from 1", version);
}

// What the file says of itself, before calendar check names a line of a file that nobody has.
static enum rc check_words(const struct arguments *arguments, struct error *error) {
    static const struct {
        const char *option;
        size_t most; // bytes
    } words[] = {{"source", SOURCE_MOST}, {"zone", ZONE_MOST}};
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++) {
        const char *option = words[i].option;
        const char *text = argument(arguments, option, NULL, "-");
        if (text_is_blank(text) || strlen(text) > words[i].most) {
            return error_field(error, "out-of-bounds", option,
                               "--%s has %zu bytes: 1 to %zu, not all blank, are allowed", option,
                               strlen(text), words[i].most);
        }
        if (strpbrk(text, "\"\\\n") != NULL || !text_is_clean(text, strlen(text))) {
            return error_field(error, "bad-text", option,
                               "--%s may hold no \", no \\ and no second line", option);
        }
    }
    struct zone *zone = NULL;
    const char *name = argument(arguments, "zone", NULL, DEFAULT_ZONE);
    enum rc rc = zone_load(&zone, name, error) == RC_OK
                     ? RC_OK
                     : error_field(error, "unknown-code", "zone",
                                   "--zone \"%s\" is no zone of the tz database", name);
    zone_free(zone);
    return rc;
}

static enum rc write_file(const char *path, const char *text, struct error *error) {
    FILE *file = fopen(path, "wb");
    bool written = file != NULL && fputs(text, file) >= 0;
    written = file != NULL && fclose(file) == 0 && written;
    return written ? RC_OK : error_set(error, RC_INTERNAL, "%s: can't be written", path);
}

// What calendar check says of the text, as a file of its name; the folder it stood in says nothing
// to the caller.
static enum rc check_text(const char *label, const char *text, struct error *error) {
    char directory[] = "/tmp/redress-calendar-XXXXXX";
    char file[ID_SIZE + 20];
    char path[sizeof directory + sizeof file + 1];
    struct calendar *calendar = NULL;
    if (mkdtemp(directory) == NULL) {
        return error_set(error, RC_INTERNAL, "/tmp: no folder can be made there");
    }
    snprintf(file, sizeof file, "%s.yaml", label);
    snprintf(path, sizeof path, "%s/%s", directory, file);
    enum rc rc = write_file(path, text, error);
    rc = rc == RC_OK ? calendar_file_load(&calendar, directory, file, error) : rc;
    if (rc != RC_OK && strncmp(error->text, path, strlen(directory) + 1) == 0) {
        size_t skipped = strlen(directory) + 1;
        memmove(error->text, error->text + skipped, strlen(error->text + skipped) + 1);
    }
    calendar_free(calendar);
    unlink(path);
    rmdir(directory);
    return rc;
}

static enum rc print_checked(const struct arguments *arguments, const struct import *import,
                             struct error *error) {
    char label[ID_SIZE + 12];
    char *text = NULL;
    size_t size = 0;
    struct years years;
    enum rc rc = find_years(import, &years, error);
    if (rc != RC_OK) {
        return rc;
    }
    FILE *to = open_memstream(&text, &size);
    if (to == NULL) {
        return error_set(error, RC_INTERNAL, "out of memory");
    }
    write_calendar(to, arguments, import, &years);
    snprintf(label, sizeof label, "%s@%s", argument(arguments, "id", NULL, DEFAULT_ID),
             argument(arguments, "version", NULL, DEFAULT_VERSION));
    rc = fclose(to) == 0 ? check_text(label, text, error)
                         : error_set(error, RC_INTERNAL, "out of memory");
    if (rc == RC_OK) {
        fputs(text, stdout);
    }
    free(text);
    return rc;
}

int calendar_import(const struct arguments *arguments) {
    struct error error;
    struct import import = {.days = calloc(DAYS_MOST, sizeof *import.days), .error = &error};
    enum rc rc = import.days == NULL ? error_set(&error, RC_INTERNAL, "out of memory")
                                     : check_label(arguments, &error);
    rc = rc == RC_OK ? check_words(arguments, &error) : rc;
    for (size_t i = 0; i < arguments->count && rc == RC_OK; i++) {
        import.file = arguments->positional[i];
        rc = take_file(&import, argument(arguments, "worked", NULL, "班"));
    }
    if (rc == RC_OK) {
        qsort(import.days, import.count, sizeof *import.days, by_day);
        rc = check_days(&import, &error);
    }
    if (rc == RC_OK) {
        rc = print_checked(arguments, &import, &error);
    }
    free(import.days);
    return rc == RC_OK ? EXIT_GOOD : fail(&error);
}
