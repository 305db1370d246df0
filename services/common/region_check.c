// SPDX-License-Identifier: Apache-2.0
// Institutions and staff: everybody named exists, every alarm reaches somebody.
#include "region_check.h"

#include "common/clock.h"
#include "common/hours.h"
#include "common/role.h"
#include "common/yaml_place.h"

#include <string.h>

#define CODE_BYTES "abcdefghijklmnopqrstuvwxyz0123456789-"
#define DEPTH (REGION_LINE - 1) // most institutions above one

static const char institutions_file[] = "institutions.yaml";
static const char staff_file[] = "staff.yaml";

#define FAIL(checking, file_name, by, of, what_key, ...)                                           \
    yaml_fault((checking)->directory,                                                              \
               &(const struct yaml_place){                                                         \
                   .file = (file_name), .entry_key = (by), .entry = (of), .key = (what_key)},      \
               (checking)->error, __VA_ARGS__)
#define FAIL_INSTITUTION(checking, of, key, ...)                                                   \
    FAIL(checking, institutions_file, "code", of, key, __VA_ARGS__)
#define FAIL_STAFF(checking, of, key, ...)                                                         \
    FAIL(checking, staff_file, "subject", of, key, __VA_ARGS__)

static enum rc check_ladder(const struct region_checking *checking, char *const *ladder,
                            unsigned count, const char *entry) {
    for (unsigned i = 0; i < count; i++) {
        if (region_staff(checking->region, ladder[i]) == NULL) {
            return FAIL_INSTITUTION(checking, entry, "ladder", "staff.yaml has no \"%s\"",
                                    ladder[i]);
        }
    }
    return RC_OK;
}

static enum rc check_units(const struct region_checking *checking,
                           const struct region_institution *owner) {
    for (unsigned i = 0; i < owner->unit_count; i++) {
        const struct region_department *unit = &owner->units[i];
        if (region_department(checking->region, unit->code, NULL) != unit) {
            return FAIL_INSTITUTION(checking, unit->code, "code", "it is there twice");
        }
        enum rc rc = check_ladder(checking, unit->ladder, unit->ladder_count, unit->code);
        if (rc != RC_OK) {
            return rc;
        }
    }
    return RC_OK;
}

// The way up ends at the bureau, not in a ring.
static enum rc check_parents(const struct region_checking *checking,
                             const struct region_institution *entry) {
    const struct region_institution *at = entry;
    for (int depth = 0; at->parent != NULL; depth++) {
        const char *parent = at->parent;
        at = region_institution(checking->region, parent);
        if (at == NULL) {
            return FAIL_INSTITUTION(checking, entry->code, "parent",
                                    "there is no institution \"%s\"", parent);
        }
        if (depth == DEPTH) {
            return FAIL_INSTITUTION(checking, entry->code, "parent",
                                    "its parents are a ring or more than %d", DEPTH);
        }
    }
    return RC_OK;
}

static enum rc check_institution(const struct region_checking *checking,
                                 const struct region_institution *entry) {
    const struct region *region = checking->region;
    if (strspn(entry->code, CODE_BYTES) != strlen(entry->code)) {
        return FAIL_INSTITUTION(checking, entry->code, "code", "only a-z, 0-9 and - are allowed");
    }
    if (region_institution(region, entry->code) != entry) {
        return FAIL_INSTITUTION(checking, entry->code, "code", "it is there twice");
    }
    enum rc rc = check_parents(checking, entry);
    rc = rc == RC_OK ? check_ladder(checking, entry->ladder, entry->ladder_count, entry->code) : rc;
    rc = rc == RC_OK ? check_units(checking, entry) : rc;
    if (rc == RC_OK && region_ladder(region, entry->code, "", 0) == NULL) {
        rc = FAIL_INSTITUTION(checking, entry->code, "ladder", "nobody is named, here or above");
    }
    return rc;
}

static enum rc check_institutions(const struct region_checking *checking) {
    enum rc rc = RC_OK;
    for (size_t i = 0; i < checking->region->institution_count && rc == RC_OK; i++) {
        rc = check_institution(checking, &checking->region->institutions[i]);
    }
    return rc;
}

// A complainant has a code and a PIN, no token.
static bool is_role(const char *role) {
    return (role_read(role) & ~(unsigned)ROLE_COMPLAINANT) != 0;
}

static enum rc check_codes(const struct region_checking *checking,
                           const struct region_staff *person) {
    for (unsigned i = 0; i < person->role_count; i++) {
        if (!is_role(person->roles[i])) {
            return FAIL_STAFF(checking, person->subject, "roles", "there is no role \"%s\"",
                              person->roles[i]);
        }
    }
    for (unsigned i = 0; i < person->institution_count; i++) {
        if (strcmp(person->institutions[i], "*") != 0 &&
            region_institution(checking->region, person->institutions[i]) == NULL) {
            return FAIL_STAFF(checking, person->subject, "institutions",
                              "there is no institution \"%s\"", person->institutions[i]);
        }
    }
    for (unsigned i = 0; i < person->unit_count; i++) {
        if (region_department(checking->region, person->units[i], NULL) == NULL) {
            return FAIL_STAFF(checking, person->subject, "units", "there is no unit \"%s\"",
                              person->units[i]);
        }
    }
    return RC_OK;
}

static enum rc check_person(const struct region_checking *checking,
                            const struct region_staff *person) {
    const char *at = strchr(person->email, '@');
    if (region_staff(checking->region, person->subject) != person) {
        return FAIL_STAFF(checking, person->subject, "subject", "it is there twice");
    }
    if (at == NULL || at == person->email || at[1] == '\0' ||
        strcspn(person->email, " \t\r\n<>,;:\"") != strlen(person->email)) {
        return FAIL_STAFF(checking, person->subject, "email", "is not an e-mail address");
    }
    if (strcmp(person->language, "zh-CN") != 0 && strcmp(person->language, "en") != 0) {
        return FAIL_STAFF(checking, person->subject, "language", "must be zh-CN or en");
    }
    struct hours hours;
    if (person->hours != NULL && !hours_read(person->hours, &hours)) {
        return FAIL_STAFF(checking, person->subject, "hours", "must be like 08:00-20:00");
    }
    return check_codes(checking, person);
}

static enum rc check_staff(const struct region_checking *checking) {
    enum rc rc = RC_OK;
    for (size_t i = 0; i < checking->region->staff_count && rc == RC_OK; i++) {
        rc = check_person(checking, &checking->region->staff[i]);
    }
    return rc;
}

// Who is told what nobody else may know, and what is no case's: a calendar without its next year.
static enum rc check_administrator(const struct region_checking *checking) {
    const struct region *region = checking->region;
    for (size_t i = 0; i < region->staff_count; i++) {
        const struct region_staff *person = &region->staff[i];
        if (person->institution_count == 0 || strcmp(person->institutions[0], "*") != 0) {
            continue; // grants are the region's to give
        }
        for (unsigned role = 0; role < person->role_count; role++) {
            if (role_read(person->roles[role]) == ROLE_ADMINISTRATOR) {
                return RC_OK;
            }
        }
    }
    return FAIL_STAFF(checking, "staff", "roles", "nobody is an administrator of all institutions");
}

// Institutions first: a wrong code there would look like a wrong reference elsewhere.
enum rc region_check_people(const struct region_checking *checking) {
    enum rc rc = check_institutions(checking);
    rc = rc == RC_OK ? region_check_commitments(checking) : rc;
    rc = rc == RC_OK ? region_check_policies(checking) : rc;
    rc = rc == RC_OK ? check_staff(checking) : rc;
    return rc == RC_OK ? check_administrator(checking) : rc;
}

enum rc region_check(const struct region *region, const char *directory, struct error *error) {
    const struct region_checking checking = {region, directory, error, clock_wall_ms()};
    enum rc rc = region_check_people(&checking);
    return rc == RC_OK ? region_check_texts(&checking) : rc;
}
