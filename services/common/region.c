// SPDX-License-Identifier: Apache-2.0
// Loads the files one by one by their schemas, then checks what they say of each other. The loaded
// files own every text; the region borrows from them.
#include "common/region.h"

#include "common/clock.h"
#include "region_check.h"
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
        if (log->place[0] == '\0') {
            snprintf(log->place, sizeof log->place, "%.120s", text + strspn(text, " "));
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
        return error_field(error, "bad-yaml", file->name, "%s: %s %s", path,
                           log.reason[0] == '\0' ? cyaml_strerror(code) : log.reason, log.place);
    }
    return RC_OK;
}

static bool read_date(const char *text, civil_day *day) {
    int year = 0;
    int month = 0;
    int date = 0;
    if (sscanf(text, "%4d-%2d-%2d", &year, &month, &date) != 3 || month < 1 || month > 12 ||
        date < 1 || date > 31) {
        return false;
    }
    *day = civil_day_from_date(year, month, date);
    return true;
}

static enum rc read_ranges(struct region *region, const struct region_file_calendar *file,
                           struct error *error) {
    struct internal *internal = region->internal;
    internal->exceptions = calloc(file->range_count + 1, sizeof *internal->exceptions);
    if (internal->exceptions == NULL) {
        return error_set(error, RC_INTERNAL, "out of memory for a calendar");
    }
    for (unsigned i = 0; i < file->range_count; i++) {
        struct calendar_exception *entry = &internal->exceptions[i];
        const struct region_calendar_range *range = &file->ranges[i];
        entry->working = range->working;
        if (!read_date(range->first, &entry->first) || !read_date(range->last, &entry->last) ||
            entry->last < entry->first || (i > 0 && entry->first <= entry[-1].last)) {
            return error_field(error, "bad-range", "calendar.yaml",
                               "calendar.yaml: ranges[%u]: %s to %s is not a range after the one "
                               "before",
                               i, range->first, range->last);
        }
    }
    region->calendar.exceptions = internal->exceptions;
    region->calendar.exception_count = file->range_count;
    region->calendar_first_year = file->first_year;
    region->calendar_last_year = file->last_year;
    return RC_OK;
}

static enum rc read_zone(struct region *region, struct error *error) {
    enum rc rc = clock_set_zone(region->zone, error);
    if (rc != RC_OK) {
        error_prefix(error, "region.yaml: zone: ");
        return rc;
    }
    time_t now = time(NULL);
    struct tm local;
    localtime_r(&now, &local);
    region->zone_offset_s = (int32_t)local.tm_gmtoff;
    return RC_OK;
}

static enum rc assemble(struct region *region, struct error *error) {
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
    enum rc rc = read_zone(region, error);
    return rc == RC_OK ? read_ranges(region, calendar, error) : rc;
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
    rc = rc == RC_OK ? assemble(region, error) : rc;
    rc = rc == RC_OK ? region_check(region, error) : rc;
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
