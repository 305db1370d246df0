// SPDX-License-Identifier: Apache-2.0
// Loads the files one by one by their schemas, then checks what they say of each other. The loaded
// files own every text; the region borrows from them.
#include "common/region.h"

#include "common/clock.h"
#include "region_check.h"
#include "region_place.h"
#include "region_schema.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

#define FILE_LIMIT (1024 * 1024)
#define FILES 9

// What libcyaml says about a failure: the reason first, then where.
struct load_log {
    char reason[256];
    char place[128];
    char field[128]; // the mapping field around it, where place is an entry of a list
};

static void on_log(cyaml_log_t level, void *context, const char *format, va_list arguments) {
    struct load_log *log = context;
    char line[256];
    (void)level;
    vsnprintf(line, sizeof line, format, arguments);
    line[strcspn(line, "\n")] = '\0';
    const char *text = strncmp(line, "Load: ", 6) == 0 ? line + 6 : line;
    if (strstr(text, "Backtrace") != NULL) {
        return;
    }
    if (strstr(text, "line:") != NULL) {
        char *to = log->place[0] == '\0' ? log->place : log->field;
        if (to[0] == '\0' && (to == log->place || strstr(text, "mapping field") != NULL)) {
            snprintf(to, sizeof log->place, "%.120s", text + strspn(text, " "));
        }
    } else if (log->reason[0] == '\0') {
        snprintf(log->reason, sizeof log->reason, "%s", text);
    }
}

struct file {
    const char *name;
    const cyaml_schema_value_t *schema;
    void *content;
};

// Order matters to assemble below.
struct internal {
    struct file files[FILES];
    struct calendar_exception *exceptions;
};

enum file_place {
    MAIN,
    INSTITUTIONS,
    CATEGORIES,
    POLICIES,
    STAFF,
    HOOKS,
    TEMPLATES,
    CALENDAR,
    LEXICON
};

static const struct file file_table[FILES] = {
    [MAIN] = {"region.yaml", &region_schema_main, NULL},
    [INSTITUTIONS] = {"institutions.yaml", &region_schema_institutions, NULL},
    [CATEGORIES] = {"categories.yaml", &region_schema_categories, NULL},
    [POLICIES] = {"policies.yaml", &region_schema_policies, NULL},
    [STAFF] = {"staff.yaml", &region_schema_staff, NULL},
    [HOOKS] = {"hooks.yaml", &region_schema_hooks, NULL},
    [TEMPLATES] = {"templates.yaml", &region_schema_templates, NULL},
    [CALENDAR] = {"calendar.yaml", &region_schema_calendar, NULL},
    [LEXICON] = {"lexicon.yaml", &region_schema_lexicon, NULL},
};

static cyaml_config_t config_for(struct load_log *log) {
    return (cyaml_config_t){.log_fn = on_log,
                            .log_ctx = log,
                            .mem_fn = cyaml_mem,
                            .log_level = CYAML_LOG_ERROR,
                            .flags = CYAML_CFG_DEFAULT};
}

// "PATH:LINE: REASON in mapping field 'KEY'". What libcyaml calls an unexpected key it places where
// the one before ends; such a key is looked up.
static enum rc explain(const struct file *file, const char *path, const struct load_log *log,
                       cyaml_err_t code, struct error *error) {
    static const char unexpected[] = "Unexpected key: ";
    const char *reason = log->reason[0] == '\0' ? cyaml_strerror(code) : log->reason;
    const char *at = strstr(log->place, "line: ");
    unsigned line = at == NULL ? 0 : (unsigned)strtoul(at + 6, NULL, 10);
    bool in_list = strstr(log->place, "mapping field") == NULL;
    int place_size = (int)strcspn(log->place, "(");
    int field_size = in_list ? (int)strcspn(log->field, "(") : 0;
    if (strncmp(reason, unexpected, sizeof unexpected - 1) == 0) {
        unsigned found = region_place_key(path, reason + sizeof unexpected - 1, line);
        line = found == 0 ? line : found;
    }
    return error_field(error, "bad-yaml", file->name, "%s:%u: %s %.*s%.*s", path, line, reason,
                       place_size, log->place, field_size, log->field);
}

static enum rc load_file(const char *directory, struct file *file, struct error *error) {
    char path[1200];
    struct stat about;
    struct load_log log = {.reason = ""};
    cyaml_config_t config = config_for(&log);
    snprintf(path, sizeof path, "%s/%s", directory, file->name);
    if (stat(path, &about) != 0) {
        return error_field(error, "unreadable", file->name, "%s: there is no such file", path);
    }
    if (about.st_size > FILE_LIMIT) {
        return error_field(error, "too-large", file->name, "%s: larger than %d bytes", path,
                           FILE_LIMIT);
    }
    cyaml_err_t code =
        cyaml_load_file(path, &config, file->schema, (cyaml_data_t **)&file->content, NULL);
    if (code != CYAML_OK) {
        return explain(file, path, &log, code, error);
    }
    if (file->content == NULL) { // a file without a document is fine to libcyaml
        return error_field(error, "bad-yaml", file->name, "%s:1: it is empty", path);
    }
    return RC_OK;
}

static bool read_date(const char *text, civil_day *day) {
    int year = 0;
    int month = 0;
    int date = 0;
    int used = 0;
    if (sscanf(text, "%4d-%2d-%2d%n", &year, &month, &date, &used) != 3 || text[used] != '\0' ||
        month < 1 || month > 12 || date < 1) {
        return false;
    }
    *day = civil_day_from_date(year, month, date);
    civil_day next_month = civil_day_from_date(month == 12 ? year + 1 : year, month % 12 + 1, 1);
    return *day < next_month;
}

static bool years_are_sane(const struct region_file_calendar *file) {
    return file->first_year >= 1970 && file->first_year <= file->last_year &&
           file->last_year <= 2200;
}

static enum rc check_years(const struct region *region, const struct region_place *place,
                           const char *directory, struct error *error) {
    for (int32_t year = region->calendar_first_year; year <= region->calendar_last_year; year++) {
        bool found = false;
        for (size_t i = 0; i < region->calendar.exception_count; i++) {
            civil_day first = region->calendar.exceptions[i].first;
            found = found || (first >= civil_day_from_date(year, 1, 1) &&
                              first <= civil_day_from_date(year, 12, 31));
        }
        if (!found) {
            return region_fault(directory, place, error, "%d has no range", year);
        }
    }
    return RC_OK;
}

static enum rc read_ranges(struct region *region, const struct region_file_calendar *file,
                           const char *directory, struct error *error) {
    struct internal *internal = region->internal;
    const struct region_place years = {
        .file = "calendar.yaml", .entry_key = "id", .entry = file->id, .key = "last_year"};
    if (!years_are_sane(file)) {
        return region_fault(directory, &years, error, "there is no year up to it");
    }
    internal->exceptions = calloc(file->range_count + 1, sizeof *internal->exceptions);
    if (internal->exceptions == NULL) {
        return error_set(error, RC_INTERNAL, "out of memory for a calendar");
    }
    for (unsigned i = 0; i < file->range_count; i++) {
        struct calendar_exception *entry = &internal->exceptions[i];
        const struct region_calendar_range *range = &file->ranges[i];
        const struct region_place place = {
            .file = "calendar.yaml", .entry_key = "first", .entry = range->first, .key = "last"};
        entry->working = range->working;
        if (!read_date(range->first, &entry->first) || !read_date(range->last, &entry->last) ||
            entry->last < entry->first) {
            return region_fault(directory, &place, error, "is not a date on or after first");
        }
        if (i > 0 && entry->first <= entry[-1].last) {
            return region_fault(directory, &place, error, "the range before ends after first");
        }
        if (entry->first < civil_day_from_date(file->first_year, 1, 1) ||
            entry->last > civil_day_from_date(file->last_year, 12, 31)) {
            return region_fault(directory, &place, error, "outside first_year to last_year");
        }
    }
    region->calendar.exceptions = internal->exceptions;
    region->calendar.exception_count = file->range_count;
    region->calendar_first_year = file->first_year;
    region->calendar_last_year = file->last_year;
    return check_years(region, &years, directory, error);
}

// Every day of the published years must be 24 hours long, as deadline.c counts them.
static enum rc read_zone(struct region *region, const struct region_file_calendar *file,
                         const char *directory, struct error *error) {
    const time_t day_s = 86400;
    time_t begin = civil_day_from_date(file->first_year, 1, 1) * day_s;
    time_t end = civil_day_from_date(file->last_year + 1, 1, 1) * day_s;
    struct tm local;
    char path[1200];
    enum rc rc = clock_set_zone(region->zone, error);
    snprintf(path, sizeof path, "%s/region.yaml", directory);
    if (rc != RC_OK) {
        error_prefix(error, "%s:%u: zone: ", path, region_place_key(path, "zone", 0));
        return rc;
    }
    localtime_r(&begin, &local);
    region->zone_offset_s = (int32_t)local.tm_gmtoff;
    for (time_t at = begin; at < end; at += day_s) {
        localtime_r(&at, &local);
        if (local.tm_gmtoff != region->zone_offset_s) {
            return error_field(error, "daylight-saving", "region.yaml",
                               "%s:%u: zone: \"%s\" has daylight saving time", path,
                               region_place_key(path, "zone", 0), region->zone);
        }
    }
    return RC_OK;
}

static enum rc assemble(struct region *region, const char *directory, struct error *error) {
    const struct internal *internal = region->internal;
    const struct region_file_main *about = internal->files[MAIN].content;
    const struct region_file_institutions *institutions = internal->files[INSTITUTIONS].content;
    const struct region_file_categories *categories = internal->files[CATEGORIES].content;
    const struct region_file_policies *policies = internal->files[POLICIES].content;
    const struct region_file_staff *staff = internal->files[STAFF].content;
    const struct region_file_hooks *hooks = internal->files[HOOKS].content;
    const struct region_file_templates *templates = internal->files[TEMPLATES].content;
    const struct region_file_calendar *calendar = internal->files[CALENDAR].content;
    region->id = about->id;
    region->version = about->version;
    region->name = about->name;
    region->zone = about->zone;
    region->institutions = institutions->institutions;
    region->institution_count = institutions->institution_count;
    region->categories = categories->categories;
    region->category_count = categories->category_count;
    region->policies = policies->policies;
    region->policy_count = policies->policy_count;
    region->staff = staff->staff;
    region->staff_count = staff->staff_count;
    region->hooks = hooks->hooks;
    region->hook_count = hooks->hook_count;
    region->templates = templates->templates;
    region->template_count = templates->template_count;
    region->lexicon = internal->files[LEXICON].content;
    if (asprintf(&region->calendar_version, "%s@%u", calendar->id, calendar->version) < 0 ||
        asprintf(&region->category_version, "%s@%u", categories->id, categories->version) < 0) {
        return error_set(error, RC_INTERNAL, "out of memory for versions");
    }
    enum rc rc = read_ranges(region, calendar, directory, error);
    return rc == RC_OK ? read_zone(region, calendar, directory, error) : rc;
}

enum rc region_load(struct region **out, const char *directory, struct error *error) {
    struct region *region = calloc(1, sizeof *region);
    struct internal *internal = calloc(1, sizeof *internal);
    *out = region;
    if (region == NULL || internal == NULL) {
        free(internal);
        return error_set(error, RC_INTERNAL, "out of memory for a region");
    }
    region->internal = internal;
    memcpy(internal->files, file_table, sizeof file_table);
    enum rc rc = RC_OK;
    for (size_t i = 0; i < FILES && rc == RC_OK; i++) {
        rc = load_file(directory, &internal->files[i], error);
    }
    rc = rc == RC_OK ? assemble(region, directory, error) : rc;
    rc = rc == RC_OK ? region_check(region, directory, error) : rc;
    if (rc != RC_OK) {
        region_free(region);
        *out = NULL;
    }
    return rc;
}

void region_free(struct region *region) {
    if (region == NULL) {
        return;
    }
    struct internal *internal = region->internal;
    struct load_log log;
    cyaml_config_t config = config_for(&log);
    for (size_t i = 0; internal != NULL && i < FILES; i++) {
        if (internal->files[i].content != NULL) {
            cyaml_free(&config, internal->files[i].schema, internal->files[i].content, 0);
        }
    }
    free(internal == NULL ? NULL : internal->exceptions);
    free(internal);
    free(region->calendar_version);
    free(region->category_version);
    free(region);
}
