// SPDX-License-Identifier: Apache-2.0
// The versions of calendars in a folder, each held against the one before.
#include "common/calendar_file.h"

#include "common/yaml_place.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct calendar_set {
    struct calendar **calendars; // sorted by name, then version
    size_t count;
};

static int is_yaml(const struct dirent *entry) {
    const char *dot = strrchr(entry->d_name, '.');
    return entry->d_name[0] != '.' && dot != NULL && strcmp(dot, ".yaml") == 0;
}

#define GAP_MOST 1000 // numbers that no version has

static bool is_version_of(const struct calendar *calendar, const struct calendar *other) {
    const char *label = calendar_label(calendar);
    size_t size = strcspn(label, "@") + 1;
    return strncmp(label, calendar_label(other), size) == 0;
}

// Holidays are moved and added in mid-year; a version that has less than half of them forgot them
// [ours].
static enum rc check_holidays(const struct calendar *before, const struct calendar *calendar,
                              const char *directory, struct yaml_place *place,
                              struct error *error) {
    int32_t last = civil_day_to_date(calendar_published_end(before)).year;
    place->key = "ranges";
    for (int32_t year = civil_day_to_date(calendar_published_begin(before)).year; year <= last;
         year++) {
        unsigned had = calendar_holidays_in(before, year);
        unsigned has = calendar_holidays_in(calendar, year);
        if (2 * has < had) {
            return yaml_fault(directory, place, error,
                              "a hole: %s has %u holidays on working days of %d, this one %u",
                              calendar_label(before), had, year, has);
        }
    }
    return RC_OK;
}

// Deadlines that are open are counted again by the newest version: what was published stays so.
static enum rc check_succession(const struct calendar *before, const struct calendar *calendar,
                                const char *directory, const char *file, struct error *error) {
    char id[CALENDAR_LABEL_SIZE];
    struct yaml_place place = {.file = file, .entry_key = "id", .entry = id};
    snprintf(id, sizeof id, "%.*s", (int)strcspn(calendar_label(calendar), "@"),
             calendar_label(calendar));
    const struct {
        const char *key;
        bool kept;
    } years[] = {{"first_year", calendar_is_published(calendar, calendar_published_begin(before))},
                 {"last_year", calendar_is_published(calendar, calendar_published_end(before))}};
    for (size_t i = 0; i < sizeof years / sizeof years[0]; i++) {
        place.key = years[i].key;
        if (!years[i].kept) {
            return yaml_fault(
                directory, &place, error, "a hole: %s publishes the years from %d to %d",
                calendar_label(before), civil_day_to_date(calendar_published_begin(before)).year,
                civil_day_to_date(calendar_published_end(before)).year);
        }
    }
    place.key = "zone";
    const char *zone = zone_name(calendar_zone(before));
    if (strcmp(zone, zone_name(calendar_zone(calendar))) != 0) {
        return yaml_fault(directory, &place, error, "%s is of %s: another zone is another calendar",
                          calendar_label(before), zone);
    }
    place.key = "hours";
    if (calendar_has_hours(before) && !calendar_has_hours(calendar)) {
        return yaml_fault(directory, &place, error, "%s has hours", calendar_label(before));
    }
    return check_holidays(before, calendar, directory, &place, error);
}

// The highest version below a file's that stands beside it; NULL: none does.
static enum rc load_before(const struct calendar *calendar, const char *directory,
                           struct calendar **before, struct error *error) {
    const char *label = calendar_label(calendar);
    int id_size = (int)strcspn(label, "@");
    unsigned long version = strtoul(label + id_size + 1, NULL, 10);
    *before = NULL;
    for (int gap = 0; gap < GAP_MOST && --version > 0; gap++) {
        char file[CALENDAR_LABEL_SIZE + 16];
        char path[1024];
        snprintf(file, sizeof file, "%.*s@%lu.yaml", id_size, label, version);
        snprintf(path, sizeof path, "%s/%s", directory, file);
        if (access(path, R_OK) == 0) {
            return calendar_file_load(before, directory, file, error);
        }
    }
    return RC_OK;
}

enum rc calendar_check_succession(const struct calendar *calendar, const char *directory,
                                  const char *file, struct error *error) {
    struct calendar *before = NULL;
    enum rc rc = load_before(calendar, directory, &before, error);
    rc = rc == RC_OK && before != NULL ? check_succession(before, calendar, directory, file, error)
                                       : rc;
    calendar_free(before);
    return rc;
}

static enum rc load_next(struct calendar_set *set, const char *directory, const char *file,
                         struct error *error) {
    struct calendar **next = &set->calendars[set->count];
    enum rc rc = calendar_file_load(next, directory, file, error);
    if (rc != RC_OK) {
        return rc;
    }
    const struct calendar *before = set->count == 0 ? NULL : next[-1];
    set->count++;
    return before != NULL && is_version_of(*next, before)
               ? check_succession(before, *next, directory, file, error)
               : RC_OK;
}

static enum rc load_all(struct calendar_set *set, const char *directory, struct dirent **names,
                        int count, struct error *error) {
    enum rc rc = RC_OK;
    set->calendars = calloc((size_t)count + 1, sizeof(struct calendar *));
    if (set->calendars == NULL) {
        return error_set(error, RC_INTERNAL, "out of memory for calendars");
    }
    for (int i = 0; i < count && rc == RC_OK; i++) {
        rc = load_next(set, directory, names[i]->d_name, error);
    }
    return rc == RC_OK && set->count == 0 ? error_field(error, "unreadable", "calendars",
                                                        "%s: there is no calendar", directory)
                                          : rc;
}

enum rc calendar_set_load(struct calendar_set **out, const char *directory, struct error *error) {
    struct dirent **names = NULL;
    struct calendar_set *set = calloc(1, sizeof *set);
    *out = NULL;
    if (set == NULL) {
        return error_set(error, RC_INTERNAL, "out of memory for calendars");
    }
    int count = scandir(directory, &names, is_yaml, versionsort);
    enum rc rc = count < 0 ? error_field(error, "unreadable", "calendars",
                                         "%s: there is no such folder", directory)
                           : load_all(set, directory, names, count, error);
    for (int i = 0; i < count; i++) {
        free(names[i]);
    }
    free(names);
    if (rc != RC_OK) {
        calendar_set_free(set);
        return rc;
    }
    *out = set;
    return RC_OK;
}

void calendar_set_free(struct calendar_set *set) {
    if (set == NULL) {
        return;
    }
    for (size_t i = 0; i < set->count; i++) {
        calendar_free(set->calendars[i]);
    }
    free(set->calendars);
    free(set);
}

size_t calendar_set_count(const struct calendar_set *set) { return set->count; }

const struct calendar *calendar_set_at(const struct calendar_set *set, size_t index) {
    return set->calendars[index];
}

// Files are sorted by version: the last that fits is the newest.
const struct calendar *calendar_set_find(const struct calendar_set *set, const char *name) {
    const struct calendar *found = NULL;
    size_t size = strlen(name);
    bool exact = strchr(name, '@') != NULL;
    for (size_t i = 0; i < set->count; i++) {
        const char *label = calendar_label(set->calendars[i]);
        if (strncmp(label, name, size) == 0 && label[size] == (exact ? '\0' : '@')) {
            found = set->calendars[i];
        }
    }
    return found;
}
