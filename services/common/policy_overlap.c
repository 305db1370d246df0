// SPDX-License-Identifier: Apache-2.0
// Whether two rules may both hold for one case, none before the other: walks over what each asks.
#include "policy_check.h"

#include <string.h>

static bool listed(char *const *list, unsigned count, const char *text) {
    for (unsigned i = 0; i < count; i++) {
        if (strcmp(list[i], text) == 0) {
            return true;
        }
    }
    return false;
}

static bool lists_meet(char *const *one, unsigned count, char *const *other, unsigned other_count) {
    bool meet = count == 0 || other_count == 0;
    for (unsigned i = 0; i < count && !meet; i++) {
        meet = listed(other, other_count, one[i]);
    }
    return meet;
}

static bool is_crisis(const char *situation) {
    bool is = false;
    for (uint32_t level = 0; level < POLICY_CRISES && !is; level++) {
        is = strcmp(policy_crisis(level), situation) == 0;
    }
    return is;
}

// A case may be in several situations at once, but has one level of crisis only.
static bool situations_meet(const struct policy_when *one, const struct policy_when *other) {
    bool levels = true;
    for (unsigned i = 0; i < one->situation_count && levels; i++) {
        levels = is_crisis(one->situations[i]);
    }
    for (unsigned i = 0; i < other->situation_count && levels; i++) {
        levels = is_crisis(other->situations[i]);
    }
    return !levels || lists_meet(one->situations, one->situation_count, other->situations,
                                 other->situation_count);
}

static bool masks_meet(uint32_t one, uint32_t other) {
    return one == 0 || other == 0 || (one & other) != 0;
}

// Some severity that both hold for, and for which none is the more particular.
static bool weights_meet(const struct policy_rule *one, const struct policy_rule *other) {
    bool meet = false;
    for (unsigned severity = 0; severity < POLICY_SEVERITIES && !meet; severity++) {
        uint32_t bit = UINT32_C(1) << severity;
        meet = masks_meet(one->when.severities, bit) && masks_meet(other->when.severities, bit) &&
               policy_weight(one, severity) == policy_weight(other, severity);
    }
    return meet;
}

bool policy_rules_overlap(const struct policy *one, const struct policy_rule *rule,
                          const struct policy *other, const struct policy_rule *other_rule) {
    const struct policy_when *a = &rule->when;
    const struct policy_when *b = &other_rule->when;
    return one->layer == other->layer && strcmp(rule->clock, other_rule->clock) == 0 &&
           weights_meet(rule, other_rule) && one->from <= other->until &&
           other->from <= one->until &&
           lists_meet(one->institution_types, one->institution_type_count, other->institution_types,
                      other->institution_type_count) &&
           lists_meet(one->institutions, one->institution_count, other->institutions,
                      other->institution_count) &&
           situations_meet(a, b) &&
           lists_meet(a->categories, a->category_count, b->categories, b->category_count) &&
           masks_meet(a->channels, b->channels);
}
