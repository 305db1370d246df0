// SPDX-License-Identifier: Apache-2.0
// Cross-checks between a region's files. Each failure names file, entry and key.
#include "region_check.h"

#include <string.h>

#define CODE_BYTES "abcdefghijklmnopqrstuvwxyz0123456789-"

static enum rc fail(struct error *error, const char *file, const char *entry, const char *key,
                    const char *what) {
    return error_field(error, "bad-reference", file, "%s: %s: %s: %s", file, entry, key, what);
}

static enum rc check_ladder(const struct region *region, char *const *ladder, unsigned count,
                            const char *entry, struct error *error) {
    for (unsigned i = 0; i < count; i++) {
        if (region_staff(region, ladder[i]) == NULL) {
            return error_field(error, "bad-reference", "institutions.yaml",
                               "institutions.yaml: %s: ladder: staff.yaml has no \"%s\"", entry,
                               ladder[i]);
        }
    }
    return RC_OK;
}

static enum rc check_units(const struct region *region, const struct region_institution *owner,
                           struct error *error) {
    for (unsigned i = 0; i < owner->unit_count; i++) {
        const struct region_department *unit = &owner->units[i];
        if (region_department(region, unit->code, NULL) != unit) {
            return fail(error, "institutions.yaml", unit->code, "code", "it is there twice");
        }
        enum rc rc = check_ladder(region, unit->ladder, unit->ladder_count, unit->code, error);
        if (rc != RC_OK) {
            return rc;
        }
    }
    return RC_OK;
}

static enum rc check_institution(const struct region *region,
                                 const struct region_institution *entry, struct error *error) {
    static const char file[] = "institutions.yaml";
    if (strspn(entry->code, CODE_BYTES) != strlen(entry->code)) {
        return fail(error, file, entry->code, "code", "only a-z, 0-9 and - are allowed");
    }
    if (region_institution(region, entry->code) != entry) {
        return fail(error, file, entry->code, "code", "it is there twice");
    }
    if (entry->parent != NULL && region_institution(region, entry->parent) == NULL) {
        return fail(error, file, entry->code, "parent", "there is no such institution");
    }
    if (region_policy(region, entry->code) == NULL) {
        return fail(error, file, entry->code, "type", "policies.yaml has no policy for it");
    }
    enum rc rc = check_ladder(region, entry->ladder, entry->ladder_count, entry->code, error);
    rc = rc == RC_OK ? check_units(region, entry, error) : rc;
    if (rc == RC_OK && region_ladder(region, entry->code, "", 0) == NULL) {
        rc = fail(error, file, entry->code, "ladder", "nobody is named, here or above");
    }
    return rc;
}

static enum rc check_institutions(const struct region *region, struct error *error) {
    enum rc rc = RC_OK;
    for (size_t i = 0; i < region->institution_count && rc == RC_OK; i++) {
        rc = check_institution(region, &region->institutions[i], error);
    }
    return rc;
}

static bool type_exists(const struct region *region, const char *type) {
    for (size_t i = 0; i < region->institution_count; i++) {
        if (strcmp(region->institutions[i].type, type) == 0) {
            return true;
        }
    }
    return false;
}

static enum rc check_categories(const struct region *region, struct error *error) {
    for (size_t i = 0; i < region->category_count; i++) {
        const struct region_category *entry = &region->categories[i];
        if (region_category(region, entry->code) != entry) {
            return fail(error, "categories.yaml", entry->code, "code", "it is there twice");
        }
        for (unsigned t = 0; t < entry->institution_type_count; t++) {
            if (!type_exists(region, entry->institution_types[t])) {
                return fail(error, "categories.yaml", entry->code, "institution_types",
                            "no institution has this type");
            }
        }
    }
    return RC_OK;
}

static enum rc check_policies(const struct region *region, struct error *error) {
    for (size_t i = 0; i < region->policy_count; i++) {
        const struct region_policy *policy = &region->policies[i];
        if (region_clock(policy, "first_response") == NULL ||
            region_clock(policy, "resolution") == NULL) {
            return fail(error, "policies.yaml", policy->id, "clocks",
                        "first_response and resolution are needed");
        }
        if (policy->escalation_step.value == 0 || policy->escalation_most == 0) {
            return fail(error, "policies.yaml", policy->id, "escalation_step",
                        "an alarm must climb: step and most are at least 1");
        }
        for (unsigned c = 0; c < policy->institution_count; c++) {
            if (region_institution(region, policy->institutions[c]) == NULL) {
                return fail(error, "policies.yaml", policy->id, "institutions",
                            "there is no such institution");
            }
        }
    }
    return RC_OK;
}

static bool is_role(const char *role) {
    static const char *const roles[] = {"operator", "handler", "supervisor", "auditor",
                                        "administrator"};
    for (size_t i = 0; i < sizeof roles / sizeof roles[0]; i++) {
        if (strcmp(roles[i], role) == 0) {
            return true;
        }
    }
    return false;
}

static enum rc check_person(const struct region *region, const struct region_staff *person,
                            struct error *error) {
    static const char file[] = "staff.yaml";
    if (region_staff(region, person->subject) != person) {
        return fail(error, file, person->subject, "subject", "it is there twice");
    }
    for (unsigned i = 0; i < person->role_count; i++) {
        if (!is_role(person->roles[i])) {
            return fail(error, file, person->subject, "roles", "there is no such role");
        }
    }
    for (unsigned i = 0; i < person->institution_count; i++) {
        if (strcmp(person->institutions[i], "*") != 0 &&
            region_institution(region, person->institutions[i]) == NULL) {
            return fail(error, file, person->subject, "institutions",
                        "there is no such institution");
        }
    }
    for (unsigned i = 0; i < person->unit_count; i++) {
        if (region_department(region, person->units[i], NULL) == NULL) {
            return fail(error, file, person->subject, "units", "there is no such unit");
        }
    }
    return RC_OK;
}

static enum rc check_staff(const struct region *region, struct error *error) {
    enum rc rc = RC_OK;
    for (size_t i = 0; i < region->staff_count && rc == RC_OK; i++) {
        rc = check_person(region, &region->staff[i], error);
    }
    return rc;
}

// Every "{name}" of a template is one of these.
static const char *const placeholders[] = {"tracking_code", "institution", "received_at", "due_at",
                                           "reply",         "case_id",     "level",       "unit",
                                           "clock",         "name"};

static enum rc check_placeholders(const struct region_template *entry, struct error *error) {
    for (const char *at = strchr(entry->body, '{'); at != NULL; at = strchr(at + 1, '{')) {
        size_t size = strcspn(at + 1, "}");
        bool known = false;
        for (size_t i = 0; i < sizeof placeholders / sizeof placeholders[0]; i++) {
            known = known || (strlen(placeholders[i]) == size &&
                              strncmp(placeholders[i], at + 1, size) == 0);
        }
        if (!known) {
            return fail(error, "templates.yaml", entry->code, "body", "unknown {placeholder}");
        }
    }
    return RC_OK;
}

static enum rc check_templates(const struct region *region, struct error *error) {
    for (size_t i = 0; i < region->template_count; i++) {
        const struct region_template *entry = &region->templates[i];
        if (region_template(region, entry->code, "zh-CN") == NULL ||
            region_template(region, entry->code, "en") == NULL) {
            return fail(error, "templates.yaml", entry->code, "language",
                        "zh-CN and en are both needed");
        }
        enum rc rc = check_placeholders(entry, error);
        if (rc != RC_OK) {
            return rc;
        }
    }
    return RC_OK;
}

static bool level_is(const char *level, char letter, char least, char most) {
    return level == NULL ||
           (level[0] == letter && level[1] >= least && level[1] <= most && level[2] == '\0');
}

static enum rc check_lexicon(const struct region *region, struct error *error) {
    const struct region_lexicon *lexicon = region->lexicon;
    for (unsigned i = 0; i < lexicon->rule_count; i++) {
        const struct region_rule *rule = &lexicon->rules[i];
        if (!level_is(rule->urgency, 'P', '1', '4')) {
            return fail(error, "lexicon.yaml", rule->id, "urgency", "must be P1 to P4");
        }
        if (!level_is(rule->crisis, 'R', '0', '4')) {
            return fail(error, "lexicon.yaml", rule->id, "crisis", "must be R0 to R4");
        }
        if (rule->category != NULL && region_category(region, rule->category) == NULL) {
            return fail(error, "lexicon.yaml", rule->id, "category",
                        "categories.yaml has no such category");
        }
    }
    return RC_OK;
}

enum rc region_check(const struct region *region, struct error *error) {
    static enum rc (*const checks[])(const struct region *, struct error *) = {
        check_staff,      check_policies,  check_institutions,
        check_categories, check_templates, check_lexicon};
    enum rc rc = RC_OK;
    for (size_t i = 0; i < sizeof checks / sizeof checks[0] && rc == RC_OK; i++) {
        rc = checks[i](region, error);
    }
    return rc;
}
