// SPDX-License-Identifier: Apache-2.0
// Turns published holidays into a calendar file on standard output: holiday-cn's JSON (a year a
// file: days[] of name, date, isOffDay), or iCalendar (whole-day events; a make-up day's summary
// has the word that --worked names). With --base they are the next version of that calendar, which
// keeps the years that no file covers. It passes the checks of calendar check before a byte is
// written.
#include "calendar_days.h"
#include "command.h"

#include "common/calendar_file.h"
#include "common/json.h"
#include "common/zone.h"

#include <libgen.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define ID_SIZE 49
#define DEFAULT_ID "cn-state-council"
#define DEFAULT_VERSION "1"
#define DEFAULT_ZONE "Asia/Shanghai"
#define SOURCE_MOST 400 // as calendar_file.c has them
#define ZONE_MOST 63

// What the command line says of the calendar, else its base, else the defaults.
struct words {
    const struct arguments *arguments;
    struct calendar_content *base; // NULL: none
    char id[ID_SIZE];
    char version[12];
    const char *source;
    const char *zone;
};

struct years {
    int first, last; // 0: none
};

static int by_day(const void *a, const void *b) {
    civil_day one = ((const struct holiday *)a)->day;
    civil_day other = ((const struct holiday *)b)->day;
    return (one > other) - (one < other);
}

static enum rc check_days(const struct calendar_days *found, struct error *error) {
    for (size_t i = 0; i < found->count; i++) {
        const struct holiday *at = &found->days[i];
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
    return found->count > 0 ? RC_OK
                            : error_field(error, "empty", "days", "there is no day to import");
}

// The first and the last year that a file covers, every year between them too.
static enum rc find_years(const struct calendar_days *found, struct years *years,
                          struct error *error) {
    *years = (struct years){0, 0};
    for (int i = 0; i < YEARS; i++) {
        int year = OLDEST_YEAR + i;
        if (found->covered[i] && years->last != 0 && years->last != year - 1) {
            return error_field(error, "hole", "days", "a hole: %d is in no file", years->last + 1);
        }
        if (found->covered[i]) {
            years->first = years->first == 0 ? year : years->first;
            years->last = year;
        }
    }
    return years->first != 0
               ? RC_OK
               : error_field(error, "empty", "days", "no file covers a year from %d", OLDEST_YEAR);
}

static void write_ranges(FILE *to, const struct calendar_days *found) {
    for (size_t i = 0, end = 0; i < found->count; i = end) {
        const struct holiday *at = &found->days[i];
        char first[CIVIL_DAY_TEXT_SIZE];
        char last[CIVIL_DAY_TEXT_SIZE];
        // A range stays within its year, as notices do.
        for (end = i + 1;
             end < found->count && found->days[end].working == at->working &&
             found->days[end].day == found->days[end - 1].day + 1 &&
             civil_day_to_date(found->days[end].day).year == civil_day_to_date(at->day).year &&
             strcmp(found->days[end].name, at->name) == 0;
             end++) {
        }
        civil_day_format(at->day, first);
        civil_day_format(found->days[end - 1].day, last);
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

static void write_week(FILE *to, const struct calendar_content *base) {
    static const char *const names[] = {"monday", "tuesday",  "wednesday", "thursday",
                                        "friday", "saturday", "sunday"};
    static const uint32_t weekdays[] = {0, 1, 2, 3, 4};
    const uint32_t *week = base == NULL ? weekdays : base->week;
    unsigned count = base == NULL ? sizeof weekdays / sizeof weekdays[0] : base->week_count;
    fprintf(to, "week: [");
    for (unsigned i = 0; i < count; i++) {
        fprintf(to, "%s%s", i == 0 ? "" : ", ", names[week[i]]);
    }
    fprintf(to, "]\n");
}

static void write_hours(FILE *to, const struct calendar_content *base) {
    unsigned count = base == NULL ? 0 : base->hour_count;
    if (count > 0) {
        fprintf(to, "hours:\n");
    }
    for (unsigned i = 0; i < count; i++) {
        fprintf(to, "  - {from: \"%s\", to: \"%s\"}\n", base->hours[i].from, base->hours[i].to);
    }
}

static void write_calendar(FILE *to, const struct words *words, const struct calendar_days *found,
                           const struct years *years) {
    fprintf(to, "id: %s\nversion: %s\nsource: \"%s\"\nzone: %s\n", words->id, words->version,
            words->source, words->zone);
    write_week(to, words->base);
    write_hours(to, words->base);
    fprintf(to, "first_year: %d\nlast_year: %d\nranges:\n", years->first, years->last);
    write_ranges(to, found);
}

// Both become a file's name, so they are read before any path is made of them.
static enum rc check_label(struct words *words, struct error *error) {
    const struct calendar_content *base = words->base;
    char next[12] = DEFAULT_VERSION;
    if (base != NULL) {
        snprintf(next, sizeof next, "%u", base->version + 1);
    }
    const char *id = argument(words->arguments, "id", NULL, base == NULL ? DEFAULT_ID : base->id);
    const char *version = argument(words->arguments, "version", NULL, next);
    size_t size = strspn(id, "abcdefghijklmnopqrstuvwxyz0123456789-");
    size_t digits = strspn(version, "0123456789");
    if (size == 0 || size >= ID_SIZE || id[size] != '\0') {
        return error_field(error, "bad-id", "id",
                           "--id \"%s\": 1 to %d of a-z, 0-9 and - are allowed", id, ID_SIZE - 1);
    }
    if (digits == 0 || digits >= 10 || version[digits] != '\0' || version[0] == '0') {
        return error_field(error, "bad-version", "version", "--version \"%s\" is no number from 1",
                           version);
    }
    snprintf(words->id, sizeof words->id, "%s", id);
    snprintf(words->version, sizeof words->version, "%s", version);
    return RC_OK;
}

// What the file says of itself, before calendar check names a line of a file that nobody has.
static enum rc check_words(struct words *words, struct error *error) {
    const struct calendar_content *base = words->base;
    const struct {
        const char *option;
        const char *fallback;
        size_t most; // bytes
        const char **word;
    } texts[] = {{"source", base == NULL ? "imported" : base->source, SOURCE_MOST, &words->source},
                 {"zone", base == NULL ? DEFAULT_ZONE : base->zone, ZONE_MOST, &words->zone}};
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        const char *option = texts[i].option;
        const char *text = argument(words->arguments, option, NULL, texts[i].fallback);
        *texts[i].word = text;
        if (text_is_blank(text) || strlen(text) > texts[i].most) {
            return error_field(error, "out-of-bounds", option,
                               "--%s has %zu bytes: 1 to %zu, not all blank, are allowed", option,
                               strlen(text), texts[i].most);
        }
        if (strpbrk(text, "\"\\\n") != NULL || !text_is_clean(text, strlen(text))) {
            return error_field(error, "bad-text", option,
                               "--%s may hold no \", no \\ and no second line", option);
        }
    }
    struct zone *zone = NULL;
    enum rc rc = zone_load(&zone, words->zone, error) == RC_OK
                     ? RC_OK
                     : error_field(error, "unknown-code", "zone",
                                   "--zone \"%s\" is no zone of the tz database", words->zone);
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

static enum rc print_checked(const struct words *words, const struct calendar_days *found,
                             struct error *error) {
    char label[ID_SIZE + 12];
    char *text = NULL;
    size_t size = 0;
    struct years years;
    enum rc rc = find_years(found, &years, error);
    if (rc != RC_OK) {
        return rc;
    }
    FILE *to = open_memstream(&text, &size);
    if (to == NULL) {
        return error_set(error, RC_INTERNAL, "out of memory");
    }
    write_calendar(to, words, found, &years);
    snprintf(label, sizeof label, "%s@%s", words->id, words->version);
    rc = fclose(to) == 0 ? check_text(label, text, error)
                         : error_set(error, RC_INTERNAL, "out of memory");
    if (rc == RC_OK) {
        fputs(text, stdout);
    }
    free(text);
    return rc;
}

// The calendar that the files are the next version of, if any: a sound one.
static enum rc read_base(struct words *words, struct error *error) {
    struct calendar *calendar = NULL;
    char directory[1024];
    char file[1024];
    const char *path = argument(words->arguments, "base", NULL, NULL);
    if (path == NULL) {
        return RC_OK;
    }
    snprintf(directory, sizeof directory, "%s", path);
    snprintf(file, sizeof file, "%s", path);
    const char *folder = dirname(directory);
    const char *name = basename(file);
    enum rc rc = calendar_file_load(&calendar, folder, name, error);
    calendar_free(calendar);
    return rc == RC_OK ? calendar_content_load(&words->base, folder, name, error) : rc;
}

static enum rc read_days(const struct words *words, struct calendar_days *found) {
    enum rc rc = RC_OK;
    for (size_t i = 0; i < words->arguments->count && rc == RC_OK; i++) {
        found->file = words->arguments->positional[i];
        rc = calendar_days_read(found, argument(words->arguments, "worked", NULL, "班"));
    }
    return rc == RC_OK && words->base != NULL ? calendar_days_keep(found, words->base) : rc;
}

int calendar_import(const struct arguments *arguments) {
    struct error error;
    struct words words = {.arguments = arguments};
    struct calendar_days found = {.days = calloc(DAYS_MOST, sizeof *found.days), .error = &error};
    enum rc rc = found.days == NULL ? error_set(&error, RC_INTERNAL, "out of memory")
                                    : read_base(&words, &error);
    rc = rc == RC_OK ? check_label(&words, &error) : rc;
    rc = rc == RC_OK ? check_words(&words, &error) : rc;
    rc = rc == RC_OK ? read_days(&words, &found) : rc;
    if (rc == RC_OK) {
        qsort(found.days, found.count, sizeof *found.days, by_day);
        rc = check_days(&found, &error);
    }
    if (rc == RC_OK) {
        rc = print_checked(&words, &found, &error);
    }
    calendar_content_free(words.base);
    free(found.days);
    return rc == RC_OK ? EXIT_GOOD : fail(&error);
}
