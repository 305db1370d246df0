// SPDX-License-Identifier: Apache-2.0
// Commitments: of whom, since when, and that their clocks are their own: a promise adds to what the
// packs ask for and changes none of it.
#include "region_check.h"

#include "common/yaml_place.h"

#include <string.h>

#define PREFIX "commitment-"

static enum rc fail(const struct region_checking *checking, const char *entry, const char *key,
                    const char *what) {
    const struct yaml_place place = {
        .file = "commitments.yaml", .entry_key = "id", .entry = entry, .key = key};
    return yaml_fault(checking->directory, &place, checking->error, "%s", what);
}

static enum rc check_terms(const struct region_checking *checking, const struct policy *policy) {
    for (unsigned i = 0; i < policy->rule_count; i++) {
        const struct policy_rule *rule = &policy->rules[i];
        if (strncmp(rule->clock, PREFIX, strlen(PREFIX)) != 0) {
            return fail(checking, rule->id, "clock", "its clock's name must begin with " PREFIX);
        }
        if (rule->source.kind != POLICY_OURS) {
            return fail(checking, rule->id, "kind", "a promise is ours: kind must be ours");
        }
    }
    return RC_OK;
}

// What an institution has published ends by its own next version alone.
static bool is_of_another(const struct region *region, size_t number) {
    const struct region_commitment *commitment = &region->commitments[number];
    bool other = false;
    for (size_t i = 0; i < number && !other; i++) {
        const struct region_commitment *before = &region->commitments[i];
        other = strcmp(before->policy.id, commitment->policy.id) == 0 &&
                strcmp(before->institution, commitment->institution) != 0;
    }
    return other;
}

enum rc region_check_commitments(const struct region_checking *checking) {
    const struct region *region = checking->region;
    for (size_t i = 0; i < region->commitment_count; i++) {
        const struct region_commitment *commitment = &region->commitments[i];
        civil_day day;
        if (region_institution(region, commitment->institution) == NULL) {
            return fail(checking, commitment->policy.id, "institution",
                        "there is no such institution");
        }
        if (is_of_another(region, i)) {
            return fail(checking, commitment->policy.id, "institution",
                        "a version before is another institution's: give it another id");
        }
        if (!civil_day_parse(commitment->published, &day) || day > commitment->policy.from) {
            return fail(checking, commitment->policy.id, "published",
                        "is not a date, or lies after effective_from");
        }
        enum rc rc = check_terms(checking, &commitment->policy);
        if (rc != RC_OK) {
            return rc;
        }
    }
    return RC_OK;
}
