// SPDX-License-Identifier: Apache-2.0
// Packs against the region: every case of every institution has its clocks, no two packs claim the
// same one, and whoever stands on a rung has the role that the pack tells.
#include "region_check.h"

#include "common/milestone.h"
#include "common/role.h"
#include "common/yaml_place.h"
#include "policy_check.h"
#include "policy_known.h"

#include <stdlib.h>
#include <string.h>

#define CLOCKS 5

static const char policies_file[] = "policies.yaml";

#define FAIL_IN(checking, folder, file_name, by, of, what_key, ...)                                \
    yaml_fault(folder,                                                                             \
               &(const struct yaml_place){                                                         \
                   .file = (file_name), .entry_key = (by), .entry = (of), .key = (what_key)},      \
               (checking)->error, __VA_ARGS__)
#define FAIL(checking, file_name, by, of, what_key, ...)                                           \
    FAIL_IN(checking, (checking)->directory, file_name, by, of, what_key, __VA_ARGS__)
// Where the rule itself stands: a pack has a file of its own.
#define FAIL_RULE(checking, policy, rule, what_key, ...)                                           \
    FAIL_IN(checking, (policy)->directory, (policy)->file, "id", (rule)->id, what_key, __VA_ARGS__)

// Where a pack, or a commitment, is named.
static const char *file_of(const struct region *region, const struct policy *policy) {
    for (size_t i = 0; i < region->commitment_count; i++) {
        if (&region->commitments[i].policy == policy) {
            return "commitments.yaml";
        }
    }
    return policies_file;
}

static enum rc check_pair(const struct region_checking *checking, const struct policy *one,
                          const struct policy *other) {
    if (strcmp(one->id, other->id) == 0) {
        return one->version == other->version
                   ? FAIL(checking, file_of(checking->region, one), "id", one->id, "id",
                          "it is there twice")
                   : RC_OK; // versions follow each other
    }
    for (unsigned i = 0; i < one->rule_count; i++) {
        for (unsigned j = 0; j < other->rule_count; j++) {
            if (policy_rules_overlap(one, &one->rules[i], other, &other->rules[j])) {
                return FAIL(checking, file_of(checking->region, one), "id", one->id, "use",
                            "its rule %s overlaps %s of %s", one->rules[i].id, other->rules[j].id,
                            other->id);
            }
        }
    }
    return RC_OK;
}

static enum rc check_names(const struct region_checking *checking, const struct policy *policy) {
    for (unsigned i = 0; i < policy->institution_count; i++) {
        if (region_institution(checking->region, policy->institutions[i]) == NULL) {
            return FAIL(checking, policies_file, "id", policy->id, "institutions",
                        "there is no institution \"%s\"", policy->institutions[i]);
        }
    }
    for (unsigned i = 0; i < policy->institution_type_count; i++) {
        const char *type = policy->institution_types[i];
        if (!policy_knows_type(type) && !region_has_type(checking->region, type)) {
            return FAIL(checking, policies_file, "id", policy->id, "institution_types",
                        "the type \"%s\" is no institution's here, and none of " POLICY_TYPES_TEXT,
                        type);
        }
    }
    return RC_OK;
}

// Packs, and commitments, which are packs of one institution.
static enum rc check_categories(const struct region_checking *checking,
                                const struct policy *policy) {
    for (unsigned i = 0; i < policy->rule_count; i++) {
        const struct policy_when *when = &policy->rules[i].when;
        for (unsigned c = 0; c < when->category_count; c++) {
            if (region_category(checking->region, when->categories[c]) == NULL) {
                return FAIL_RULE(checking, policy, &policy->rules[i], "categories",
                                 "%s: categories.yaml has no category \"%s\"", policy->label,
                                 when->categories[c]);
            }
        }
    }
    return RC_OK;
}

static enum rc check_situations(const struct region_checking *checking,
                                const struct policy *policy) {
    for (unsigned i = 0; i < policy->rule_count; i++) {
        const struct policy_when *when = &policy->rules[i].when;
        for (unsigned s = 0; s < when->situation_count; s++) {
            const char *situation = when->situations[s];
            if (!policy_knows_situation(situation) &&
                !region_has_situation(checking->region, situation)) {
                return FAIL_RULE(checking, policy, &policy->rules[i], "situations",
                                 "%s: \"%s\" is none of region.yaml's situations, and none "
                                 "of " POLICY_SITUATIONS_TEXT,
                                 policy->label, situation);
            }
        }
    }
    return RC_OK;
}

// From here on something holds that did not before, or no longer does.
struct boundary {
    int64_t at_ms;
    civil_day day; // as people where it holds call it
};

static int by_time(const void *a, const void *b) {
    int64_t one = ((const struct boundary *)a)->at_ms;
    int64_t other = ((const struct boundary *)b)->at_ms;
    return (one > other) - (one < other);
}

static struct boundary boundary_of(const struct policy *policy, civil_day day) {
    return (struct boundary){zone_to_instant(calendar_zone(policy->calendar), day, 0), day};
}

// Today, the first day of every pack, and the day after its last: between two of these nothing
// changes. NULL: out of memory.
static struct boundary *list_boundaries(const struct region_checking *checking, size_t *count) {
    const struct region *region = checking->region;
    struct boundary *list = calloc(2 * region->policy_count + 1, sizeof *list);
    for (size_t i = 0; list != NULL && i < region->policy_count; i++) {
        const struct policy *policy = region->policies[i];
        list[(*count)++] = boundary_of(policy, policy->from);
        if (policy->until != INT32_MAX) {
            list[(*count)++] = boundary_of(policy, policy->until + 1);
        }
    }
    if (list != NULL && *count > 0) {
        const struct zone *zone = calendar_zone(region->policies[0]->calendar);
        list[(*count)++] =
            (struct boundary){checking->now_ms, zone_to_local(zone, checking->now_ms).day};
        qsort(list, *count, sizeof *list, by_time);
    }
    return list;
}

// A rule after another's clock begins with what ends that one, in its own pack.
static bool is_begun(const struct policy *policy, const struct policy_rule *rule) {
    for (unsigned i = 0; rule->after != NULL && i < policy->rule_count; i++) {
        if (strcmp(policy->rules[i].clock, rule->after) == 0) {
            return policy_is_told(rule->after, milestone_read(policy->rules[i].stops_on));
        }
    }
    return rule->starts_on != NULL && policy_is_told(rule->clock, milestone_read(rule->starts_on));
}

// The cases that such a rule holds for would not have the clock that rules below it give to others.
static bool is_hole(const struct policy *policy, const struct policy_rule *rule) {
    return policy_is_duty(rule->clock) && !is_begun(policy, rule);
}

static enum rc check_holes(const struct region_checking *checking, const struct policy *policy) {
    for (unsigned i = 0; i < policy->rule_count; i++) {
        const struct policy_rule *rule = &policy->rules[i];
        if (is_hole(policy, rule)) {
            return FAIL_RULE(checking, policy, rule, rule->after != NULL ? "after" : "starts_on",
                             "%s: its %s would never run: no fact tells what begins it",
                             policy->label, rule->clock);
        }
    }
    return RC_OK;
}

// Whatever its severity; and every dispatch, order and co-handler has a time.
static enum rc check_clocks_at(const struct region_checking *checking,
                               const struct region_institution *institution,
                               const struct boundary *boundary) {
    static const char *const clocks[] = {"first_response", "resolution", "sign_for", "supervision",
                                         "co-handling"};
    const struct region *region = checking->region;
    struct policy_choice choice;
    struct policy_case about;
    region_case(region, institution->code, &about);
    for (size_t i = 0; i < CLOCKS * POLICY_SEVERITIES; i++) {
        const char *clock = clocks[i % CLOCKS];
        about.severity = (unsigned)(i / CLOCKS);
        if (!policy_choose(region->policies, region->policy_count, &about, clock, boundary->at_ms,
                           &choice)) {
            char day[CIVIL_DAY_TEXT_SIZE];
            civil_day_format(boundary->day, day);
            return FAIL(checking, "institutions.yaml", "code", institution->code, "type",
                        "policies.yaml has no policy for it: no %s on %s", clock, day);
        }
    }
    return RC_OK;
}

// Whoever was in danger is visited: from now on, since that may have been promised later than the
// rest.
static enum rc check_visits_at(const struct region_checking *checking,
                               const struct region_institution *institution,
                               const struct boundary *boundary) {
    static const char *const crises[] = {"R3", "R4"};
    const struct region *region = checking->region;
    struct policy_choice choice;
    struct policy_case about;
    region_case(region, institution->code, &about);
    about.situation_count = 1;
    for (size_t i = 0; i < sizeof crises / sizeof crises[0]; i++) {
        about.situations = &crises[i];
        if (boundary->at_ms >= checking->now_ms &&
            !policy_choose(region->policies, region->policy_count, &about, "follow_up_1",
                           boundary->at_ms, &choice)) {
            char day[CIVIL_DAY_TEXT_SIZE];
            civil_day_format(boundary->day, day);
            return FAIL(checking, "institutions.yaml", "code", institution->code, "type",
                        "policies.yaml has no visit for it after a crisis %s: no follow_up_1 on %s",
                        crises[i], day);
        }
    }
    return RC_OK;
}

// Whenever a case comes, it has its clocks.
static enum rc check_clocks(const struct region_checking *checking) {
    const struct region *region = checking->region;
    size_t count = 0;
    struct boundary *boundaries = list_boundaries(checking, &count);
    enum rc rc = boundaries == NULL
                     ? error_set(checking->error, RC_INTERNAL, "out of memory for a region's check")
                     : RC_OK;
    for (size_t i = 0; i < region->institution_count && rc == RC_OK; i++) {
        for (size_t b = 0; b < count && rc == RC_OK; b++) {
            if (b == 0 || boundaries[b].at_ms != boundaries[b - 1].at_ms) {
                rc = check_clocks_at(checking, &region->institutions[i], &boundaries[b]);
                rc = rc == RC_OK
                         ? check_visits_at(checking, &region->institutions[i], &boundaries[b])
                         : rc;
            }
        }
    }
    free(boundaries);
    return rc;
}

static bool is_among(const char *const *names, size_t count, const char *name) {
    for (size_t i = 0; i < count; i++) {
        if (strcmp(names[i], name) == 0) {
            return true;
        }
    }
    return false;
}

// sla-timer starts no more at one fact; a clock beyond would be dropped.
static enum rc check_clock_names(const struct region_checking *checking) {
    const char *names[POLICY_CLOCKS_MOST];
    const struct region *region = checking->region;
    size_t count = 0;
    for (size_t p = 0; p < region->policy_count; p++) {
        const struct policy *policy = region->policies[p];
        for (unsigned i = 0; i < policy->rule_count; i++) {
            const struct policy_rule *rule = &policy->rules[i];
            if (is_among(names, count, rule->clock)) {
                continue;
            }
            if (count == POLICY_CLOCKS_MOST) {
                return FAIL(checking, file_of(region, policy), "id", policy->id, "rules",
                            "%s: its clock %s is one more than the %d names that a region may have",
                            rule->id, rule->clock, POLICY_CLOCKS_MOST);
            }
            names[count++] = rule->clock;
        }
    }
    return RC_OK;
}

static uint32_t roles_of(const struct region_staff *person) {
    unsigned roles = 0;
    for (unsigned i = 0; i < person->role_count; i++) {
        roles |= role_read(person->roles[i]);
    }
    return policy_roles_of(roles);
}

// Whether cases of the institution, or those that the unit handles, exist for the person.
static bool is_in_scope(const struct region_staff *person, const char *institution,
                        const char *unit) {
    return is_among((const char *const *)person->institutions, person->institution_count, "*") ||
           is_among((const char *const *)person->institutions, person->institution_count,
                    institution) ||
           is_among((const char *const *)person->units, person->unit_count, unit);
}

static enum rc check_rungs(const struct region_checking *checking, const struct policy *policy,
                           const char *institution, const char *unit) {
    for (unsigned i = 0; i < policy->ladder.level_count; i++) {
        const struct region_staff *person = region_ladder(checking->region, institution, unit, i);
        if ((roles_of(person) & policy->ladder.levels[i].tell) == 0) {
            return FAIL(checking, "institutions.yaml", "code", unit[0] == '\0' ? institution : unit,
                        "ladder",
                        "rung %u is %s, who has none of the roles that level %u of %s tells", i + 1,
                        person->subject, i + 1, policy->label);
        }
        if (!is_in_scope(person, institution, unit)) {
            return FAIL(checking, "institutions.yaml", "code", unit[0] == '\0' ? institution : unit,
                        "ladder", "rung %u is %s, for whom the cases of %s do not exist", i + 1,
                        person->subject, unit[0] == '\0' ? institution : unit);
        }
    }
    return RC_OK;
}

// Whoever may approve an extension where the pack holds, else nobody ever gets one.
static enum rc check_approvers(const struct region_checking *checking, const struct policy *policy,
                               const char *institution) {
    const struct region *region = checking->region;
    for (unsigned i = 0; i < policy->rule_count; i++) {
        const struct policy_extension *extension = policy->rules[i].extension;
        bool found = extension == NULL;
        for (size_t s = 0; s < region->staff_count && !found; s++) {
            const struct region_staff *person = &region->staff[s];
            found = (roles_of(person) & extension->approved_by) != 0 &&
                    is_in_scope(person, institution, "");
        }
        if (!found) {
            return FAIL_RULE(checking, policy, &policy->rules[i], "approved_by",
                             "%s: nobody for whom the cases of %s exist has a role that approves "
                             "its extension",
                             policy->label, institution);
        }
    }
    return RC_OK;
}

static enum rc check_ladders(const struct region_checking *checking,
                             const struct region_institution *institution) {
    const struct region *region = checking->region;
    struct policy_case about;
    enum rc rc = RC_OK;
    region_case(region, institution->code, &about);
    for (size_t i = 0; i < region->policy_count && rc == RC_OK; i++) {
        const struct policy *policy = region->policies[i];
        if (!policy_holds(policy, &about, boundary_of(policy, policy->from).at_ms)) {
            continue;
        }
        rc = check_rungs(checking, policy, institution->code, "");
        rc = rc == RC_OK ? check_approvers(checking, policy, institution->code) : rc;
        for (unsigned unit = 0; unit < institution->unit_count && rc == RC_OK; unit++) {
            rc = check_rungs(checking, policy, institution->code, institution->units[unit].code);
        }
    }
    return rc;
}

enum rc region_check_policies(const struct region_checking *checking) {
    const struct region *region = checking->region;
    enum rc rc = RC_OK;
    for (size_t i = 0; i < region->policy_count && rc == RC_OK; i++) {
        const struct policy *policy = region->policies[i];
        rc = check_names(checking, policy);
        rc = rc == RC_OK ? check_categories(checking, policy) : rc;
        rc = rc == RC_OK ? check_situations(checking, policy) : rc;
        rc = rc == RC_OK ? check_holes(checking, policy) : rc;
        for (size_t j = i + 1; j < region->policy_count && rc == RC_OK; j++) {
            rc = check_pair(checking, region->policies[i], region->policies[j]);
        }
    }
    rc = rc == RC_OK ? check_clock_names(checking) : rc;
    rc = rc == RC_OK ? region_check_waiting(checking) : rc;
    rc = rc == RC_OK ? check_clocks(checking) : rc;
    for (size_t i = 0; i < region->institution_count && rc == RC_OK; i++) {
        rc = check_ladders(checking, &region->institutions[i]);
    }
    return rc;
}
