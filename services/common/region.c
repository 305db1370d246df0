// SPDX-License-Identifier: Apache-2.0
// Loads the files one by one by their schemas, then checks what they say of each other. The loaded
// files own every text; the region borrows from them.
#include "common/region.h"

#include "common/calendar_file.h"
#include "common/clock.h"
#include "common/policy_file.h"
#include "common/yaml_file.h"
#include "common/yaml_place.h"
#include "policy_check.h"
#include "region_check.h"
#include "region_schema.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define FILES 9
#define PATH_SIZE 1400
#define FIRST_YEAR 2020 // no case is older

struct file {
    const char *name;
    const cyaml_schema_value_t *schema;
    void *content;
};

// Order matters to assemble below.
struct internal {
    struct file files[FILES];
    struct calendar_set *calendars;
    struct policy_set *policies;
    struct zone *zone;
};

enum file_place {
    MAIN,
    INSTITUTIONS,
    CATEGORIES,
    POLICIES,
    STAFF,
    HOOKS,
    TEMPLATES,
    LEXICON,
    COMMITMENTS
};

static const struct file file_table[FILES] = {
    [MAIN] = {"region.yaml", &region_schema_main, NULL},
    [INSTITUTIONS] = {"institutions.yaml", &region_schema_institutions, NULL},
    [CATEGORIES] = {"categories.yaml", &region_schema_categories, NULL},
    [POLICIES] = {"policies.yaml", &region_schema_policies, NULL},
    [STAFF] = {"staff.yaml", &region_schema_staff, NULL},
    [HOOKS] = {"hooks.yaml", &region_schema_hooks, NULL},
    [TEMPLATES] = {"templates.yaml", &region_schema_templates, NULL},
    [LEXICON] = {"lexicon.yaml", &region_schema_lexicon, NULL},
    [COMMITMENTS] = {"commitments.yaml", &region_schema_commitments, NULL}, // may be absent
};

// A folder that region.yaml names is absolute or relative to the region's own.
static void folder_path(const char *directory, const char *folder, char path[PATH_SIZE]) {
    if (folder[0] == '/') {
        snprintf(path, PATH_SIZE, "%s", folder);
    } else {
        snprintf(path, PATH_SIZE, "%s/%s", directory, folder);
    }
}

static enum rc load_calendar(struct region *region, const struct region_file_main *about,
                             const char *directory, struct error *error) {
    struct internal *internal = region->internal;
    char path[PATH_SIZE];
    const struct yaml_place place = {
        .file = "region.yaml", .entry_key = "id", .entry = about->id, .key = "calendar"};
    folder_path(directory, about->calendars, path);
    enum rc rc = calendar_set_load(&internal->calendars, path, error);
    if (rc != RC_OK) {
        return rc;
    }
    region->calendar = calendar_set_find(internal->calendars, about->calendar);
    return region->calendar != NULL
               ? RC_OK
               : yaml_fault(directory, &place, error, "there is no calendar \"%s\" in %s",
                            about->calendar, path);
}

// Every version of a pack that is used by its id, or the one version that is named.
static enum rc use_pack(struct region *region, const char *name, const char *directory,
                        struct error *error) {
    const struct internal *internal = region->internal;
    const struct region_file_policies *file = internal->files[POLICIES].content;
    const struct yaml_place place = {
        .file = "policies.yaml", .entry_key = "id", .entry = file->id, .key = name};
    size_t count = 0;
    size_t before = region->policy_count;
    const struct policy *const *all = policy_set_all(internal->policies, &count);
    for (size_t i = 0; i < count; i++) {
        if (strcmp(all[i]->id, name) == 0 || strcmp(all[i]->label, name) == 0) {
            region->policies[region->policy_count++] = all[i];
        }
    }
    return region->policy_count > before
               ? RC_OK
               : yaml_fault(directory, &place, error, "there is no such pack");
}

static int by_id_and_version(const void *a, const void *b) {
    const struct policy *one = *(const struct policy *const *)a;
    const struct policy *other = *(const struct policy *const *)b;
    int order = strcmp(one->id, other->id);
    return order != 0 ? order : (one->version > other->version) - (one->version < other->version);
}

// A commitment is a pack of its institution's own.
static enum rc add_commitments(struct region *region, const char *directory, struct error *error) {
    const struct internal *internal = region->internal;
    const struct policy_checking checking = {directory, "commitments.yaml", internal->calendars,
                                             error};
    enum rc rc = RC_OK;
    for (size_t i = 0; i < region->commitment_count && rc == RC_OK; i++) {
        struct region_commitment *commitment = &region->commitments[i];
        struct policy *policy = &commitment->policy;
        policy->layer = POLICY_INSTITUTION;
        policy->institutions = &commitment->institution;
        policy->institution_count = 1;
        rc = policy_finish(&checking, policy);
        region->policies[region->policy_count++] = policy;
    }
    return rc;
}

static enum rc load_policies(struct region *region, const struct region_file_main *about,
                             const char *directory, struct error *error) {
    struct internal *internal = region->internal;
    const struct region_file_policies *file = internal->files[POLICIES].content;
    const struct policy_checking checking = {directory, "policies.yaml", internal->calendars,
                                             error};
    char path[PATH_SIZE];
    size_t count = 0;
    folder_path(directory, about->policies, path);
    enum rc rc = policy_set_load(&internal->policies, path, NULL, internal->calendars, error);
    if (rc != RC_OK) {
        return rc;
    }
    policy_set_all(internal->policies, &count);
    // A pack that is named more than once is refused later; there is room for it until then.
    region->policies =
        calloc(count * (file->use_count + 1) + file->pack_count + region->commitment_count + 1,
               sizeof(struct policy *));
    if (region->policies == NULL) {
        return error_set(error, RC_INTERNAL, "out of memory for policies");
    }
    for (unsigned i = 0; i < file->use_count && rc == RC_OK; i++) {
        rc = use_pack(region, file->use[i], directory, error);
    }
    for (unsigned i = 0; i < file->pack_count && rc == RC_OK; i++) {
        rc = policy_finish(&checking, &file->packs[i]);
        region->policies[region->policy_count++] = &file->packs[i];
    }
    rc = rc == RC_OK ? add_commitments(region, directory, error) : rc;
    qsort(region->policies, region->policy_count, sizeof(struct policy *), by_id_and_version);
    return rc;
}

// Quiet hours and the days of indicators count days of 24 hours in the region's zone; calendars of
// limits have zones of their own.
static enum rc read_zone(struct region *region, const char *directory, struct error *error) {
    struct internal *internal = region->internal;
    struct zone *zone = NULL;
    const struct yaml_place place = {
        .file = "region.yaml", .entry_key = "id", .entry = region->id, .key = "zone"};
    size_t count = 0;
    struct error reason;
    if (zone_load(&zone, region->zone, &reason) != RC_OK) {
        return reason.rc == RC_INTERNAL ? error_set(error, RC_INTERNAL, "%s", reason.text)
                                        : yaml_fault(directory, &place, error, "%s", reason.text);
    }
    internal->zone = zone;
    const struct zone_change *changes = zone_changes(zone, &count);
    int64_t since_ms = (int64_t)civil_day_from_date(FIRST_YEAR, 1, 1) * ZONE_DAY_MS;
    if (count > 0 && changes[count - 1].at_ms > since_ms) {
        return yaml_fault(directory, &place, error, "\"%s\" has daylight saving time",
                          region->zone);
    }
    region->zone_offset_s = zone_offset_s(zone, since_ms);
    return clock_set_zone(region->zone, error);
}

static enum rc assemble(struct region *region, const char *directory, struct error *error) {
    const struct internal *internal = region->internal;
    const struct region_file_main *about = internal->files[MAIN].content;
    const struct region_file_institutions *institutions = internal->files[INSTITUTIONS].content;
    const struct region_file_categories *categories = internal->files[CATEGORIES].content;
    const struct region_file_staff *staff = internal->files[STAFF].content;
    const struct region_file_hooks *hooks = internal->files[HOOKS].content;
    const struct region_file_templates *templates = internal->files[TEMPLATES].content;
    region->id = about->id;
    region->version = about->version;
    region->name = about->name;
    region->zone = about->zone;
    region->situations = about->situations;
    region->situation_count = about->situation_count;
    region->clocks = about->clocks;
    region->clock_count = about->clock_count;
    region->institutions = institutions->institutions;
    region->institution_count = institutions->institution_count;
    region->categories = categories->categories;
    region->category_count = categories->category_count;
    region->staff = staff->staff;
    region->staff_count = staff->staff_count;
    region->hooks = hooks->hooks;
    region->hook_count = hooks->hook_count;
    region->templates = templates->templates;
    region->template_count = templates->template_count;
    region->lexicon = internal->files[LEXICON].content;
    const struct region_file_commitments *commitments = internal->files[COMMITMENTS].content;
    region->commitments = commitments == NULL ? NULL : commitments->commitments;
    region->commitment_count = commitments == NULL ? 0 : commitments->commitment_count;
    if (asprintf(&region->category_version, "%s@%u", categories->id, categories->version) < 0) {
        return error_set(error, RC_INTERNAL, "out of memory for versions");
    }
    enum rc rc = load_calendar(region, about, directory, error);
    rc = rc == RC_OK ? load_policies(region, about, directory, error) : rc;
    return rc == RC_OK ? read_zone(region, directory, error) : rc;
}

static bool file_exists(const char *directory, const char *name) {
    char path[PATH_SIZE];
    folder_path(directory, name, path);
    return access(path, F_OK) == 0;
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
        struct file *file = &internal->files[i];
        if (i != COMMITMENTS || file_exists(directory, file->name)) {
            rc = yaml_file_load(directory, file->name, file->schema, &file->content, error);
        }
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
    for (size_t i = 0; internal != NULL && i < FILES; i++) {
        yaml_file_free(internal->files[i].schema, internal->files[i].content);
    }
    if (internal != NULL) {
        policy_set_free(internal->policies);
        calendar_set_free(internal->calendars);
        zone_free(internal->zone);
    }
    free(internal);
    free(region->category_version);
    free(region->policies);
    free(region);
}
