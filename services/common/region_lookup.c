// SPDX-License-Identifier: Apache-2.0
// Finding things in a loaded region. The lists are short; they are walked.
#include "common/region.h"

#include "common/title.h"

#include <string.h>

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

static bool named(char *const *list, unsigned count, const char *text) {
    for (unsigned i = 0; i < count; i++) {
        if (strcmp(list[i], text) == 0) {
            return true;
        }
    }
    return false;
}

const char *region_next_handler(const struct region *region, const char *institution,
                                const char *unit, size_t *place) {
    while (*place < region->staff_count) {
        const struct region_staff *person = &region->staff[(*place)++];
        if (region_staff_acts(person, "handler", institution) &&
            named(person->units, person->unit_count, unit)) {
            return person->subject;
        }
    }
    return NULL;
}

const char *region_bureau_unit(const struct region *region) {
    for (size_t i = 0; i < region->institution_count; i++) {
        const struct region_institution *entry = &region->institutions[i];
        if ((entry->parent == NULL || entry->parent[0] == '\0') && entry->unit_count > 0) {
            return entry->units[0].code;
        }
    }
    return "";
}

size_t region_line(const struct region *region, const char *institution,
                   const char *codes[REGION_LINE]) {
    const struct region_institution *at = region_institution(region, institution);
    size_t count = 0;
    while (at != NULL && count < REGION_LINE) {
        codes[count++] = at->code;
        at = at->parent == NULL ? NULL : region_institution(region, at->parent);
    }
    return count;
}

bool region_case(const struct region *region, const char *institution, struct policy_case *about) {
    const struct region_institution *found = region_institution(region, institution);
    *about = (struct policy_case){.institution = institution,
                                  .institution_type = found == NULL ? NULL : found->type};
    return found != NULL;
}

const struct policy *region_alarm_policy(const struct region *region, const char *institution,
                                         int64_t at_ms) {
    struct policy_case about;
    struct policy_choice choice;
    return region_case(region, institution, &about) &&
                   policy_choose(region->policies, region->policy_count, &about, "first_response",
                                 at_ms, &choice)
               ? choice.policy
               : NULL;
}

uint32_t region_follow_up_attempts(const struct region *region, const char *institution,
                                   int64_t at_ms) {
    const struct policy *policy = region_alarm_policy(region, institution, at_ms);
    return policy == NULL || policy->closure == NULL ? POLICY_FOLLOW_UP_ATTEMPTS
                                                     : policy->closure->follow_up_attempts;
}

bool region_reveal_approval(const struct region *region, const char *institution, int64_t at_ms) {
    const struct policy *policy = region_alarm_policy(region, institution, at_ms);
    return policy != NULL && policy->identity != NULL && policy->identity->approval;
}

uint32_t region_retention_years(const struct region *region, const char *institution,
                                int64_t at_ms) {
    const struct policy *policy = region_alarm_policy(region, institution, at_ms);
    return policy == NULL || policy->retention == NULL ? POLICY_RETENTION_YEARS
                                                       : policy->retention->years;
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
    for (int depth = 0; at != NULL && depth < REGION_LINE; depth++) {
        if (at->ladder_count > 0) {
            return rung_of(region, at->ladder, at->ladder_count, rung);
        }
        at = at->parent == NULL ? NULL : region_institution(region, at->parent);
    }
    return NULL;
}

static bool listed(char *const *list, unsigned count, const char *text) {
    for (unsigned i = 0; i < count; i++) {
        if (strcmp(list[i], text) == 0) {
            return true;
        }
    }
    return false;
}

bool region_staff_sees(const struct region_staff *person, const char *institution) {
    return listed(person->institutions, person->institution_count, "*") ||
           listed(person->institutions, person->institution_count, institution);
}

bool region_staff_acts(const struct region_staff *person, const char *role,
                       const char *institution) {
    return listed(person->roles, person->role_count, role) &&
           region_staff_sees(person, institution);
}

static const struct region_institution *bureau_of(const struct region *region,
                                                  const char *institution) {
    const char *codes[REGION_LINE];
    size_t count = region_line(region, institution, codes);
    return count == 0 ? NULL : region_institution(region, codes[count - 1]);
}

static bool supervises(const struct region_staff *person, const char *institution,
                       const struct region_but *but) {
    bool able = person != NULL && region_staff_acts(person, "supervisor", institution) &&
                strcmp(person->subject, but->subject) != 0;
    for (size_t i = 0; i < but->other_count && able; i++) {
        able = strcmp(person->subject, but->others[i]) != 0;
    }
    return able;
}

const struct region_staff *region_bureau_supervisor(const struct region *region,
                                                    const char *institution,
                                                    const struct region_but *but) {
    const struct region_institution *bureau = bureau_of(region, institution);
    if (bureau == NULL) {
        return NULL;
    }
    for (unsigned i = 0; i < bureau->ladder_count; i++) {
        const struct region_staff *person = region_staff(region, bureau->ladder[i]);
        if (supervises(person, institution, but)) {
            return person;
        }
    }
    for (size_t i = 0; i < region->staff_count; i++) {
        if (supervises(&region->staff[i], institution, but)) {
            return &region->staff[i];
        }
    }
    return rung_of(region, bureau->ladder, bureau->ladder_count, bureau->ladder_count);
}

const char *region_clock_title(const struct region *region, const char *clock,
                               const char *language) {
    for (size_t i = 0; i < region->clock_count; i++) {
        const struct region_clock *own = &region->clocks[i];
        if (strcmp(own->code, clock) == 0) {
            return strcmp(language, "en") == 0 ? own->english : own->chinese;
        }
    }
    return title_of("clock", clock, language);
}

bool region_has_situation(const struct region *region, const char *situation) {
    for (size_t i = 0; i < region->situation_count; i++) {
        if (strcmp(region->situations[i], situation) == 0) {
            return true;
        }
    }
    return false;
}

bool region_has_type(const struct region *region, const char *type) {
    for (size_t i = 0; i < region->institution_count; i++) {
        if (strcmp(region->institutions[i].type, type) == 0) {
            return true;
        }
    }
    return false;
}
