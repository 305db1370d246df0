// SPDX-License-Identifier: Apache-2.0
// Finding things in a loaded region. The lists are short; they are walked.
#include "common/region.h"

#include <string.h>

#define DEPTH 8 // of the tree of institutions

static bool listed(char *const *codes, unsigned count, const char *code) {
    for (unsigned i = 0; i < count; i++) {
        if (strcmp(codes[i], code) == 0) {
            return true;
        }
    }
    return false;
}

const struct region_institution *region_institution(const struct region *region, const char *code) {
    for (size_t i = 0; i < region->institution_count; i++) {
        if (strcmp(region->institutions[i].code, code) == 0) {
            return &region->institutions[i];
        }
    }
    return NULL;
}

const struct region_department *region_department(const struct region *region, const char *unit,
                                                  const struct region_institution **institution) {
    for (size_t i = 0; i < region->institution_count; i++) {
        const struct region_institution *owner = &region->institutions[i];
        for (unsigned u = 0; u < owner->unit_count; u++) {
            if (strcmp(owner->units[u].code, unit) == 0) {
                if (institution != NULL) {
                    *institution = owner;
                }
                return &owner->units[u];
            }
        }
    }
    return NULL;
}

const struct region_category *region_category(const struct region *region, const char *code) {
    for (size_t i = 0; i < region->category_count; i++) {
        if (strcmp(region->categories[i].code, code) == 0) {
            return &region->categories[i];
        }
    }
    return NULL;
}

const struct region_staff *region_staff(const struct region *region, const char *subject) {
    for (size_t i = 0; i < region->staff_count; i++) {
        if (strcmp(region->staff[i].subject, subject) == 0) {
            return &region->staff[i];
        }
    }
    return NULL;
}

const struct region_policy *region_policy(const struct region *region, const char *institution) {
    const struct region_institution *found = region_institution(region, institution);
    const struct region_policy *by_type = NULL;
    for (size_t i = 0; found != NULL && i < region->policy_count; i++) {
        const struct region_policy *policy = &region->policies[i];
        if (listed(policy->institutions, policy->institution_count, institution)) {
            return policy;
        }
        if (by_type == NULL &&
            listed(policy->institution_types, policy->institution_type_count, found->type)) {
            by_type = policy;
        }
    }
    return by_type;
}

const struct region_clock *region_clock(const struct region_policy *policy, const char *name) {
    for (unsigned i = 0; i < policy->clock_count; i++) {
        if (strcmp(policy->clocks[i].name, name) == 0) {
            return &policy->clocks[i];
        }
    }
    return NULL;
}

const struct region_template *region_template(const struct region *region, const char *code,
                                              const char *language) {
    for (size_t i = 0; i < region->template_count; i++) {
        const struct region_template *entry = &region->templates[i];
        if (strcmp(entry->code, code) == 0 && strcmp(entry->language, language) == 0) {
            return entry;
        }
    }
    return NULL;
}

static const struct region_staff *rung_of(const struct region *region, char *const *ladder,
                                          unsigned count, uint32_t rung) {
    return count == 0 ? NULL : region_staff(region, ladder[rung < count ? rung : count - 1]);
}

const struct region_staff *region_ladder(const struct region *region, const char *institution,
                                         const char *unit, uint32_t rung) {
    const struct region_department *department =
        unit[0] == '\0' ? NULL : region_department(region, unit, NULL);
    if (department != NULL && department->ladder_count > 0) {
        return rung_of(region, department->ladder, department->ladder_count, rung);
    }
    const struct region_institution *at = region_institution(region, institution);
    for (int depth = 0; at != NULL && depth < DEPTH; depth++) {
        if (at->ladder_count > 0) {
            return rung_of(region, at->ladder, at->ladder_count, rung);
        }
        at = at->parent == NULL ? NULL : region_institution(region, at->parent);
    }
    return NULL;
}
