// SPDX-License-Identifier: Apache-2.0
// Choosing is a walk over few rules; the first thing that differs ends the comparison of each.
#include "common/policy.h"

#include <string.h>

#define SEVERITY_P1 1
#define CRISIS_R3 4 // as policy_crisis counts
#define CRISIS_R4 5

static bool listed(char *const *list, unsigned count, const char *text) {
    for (unsigned i = 0; text != NULL && i < count; i++) {
        if (strcmp(list[i], text) == 0) {
            return true;
        }
    }
    return false;
}

static bool has_situation(const struct policy_when *when, const struct policy_case *about) {
    for (size_t i = 0; i < about->situation_count; i++) {
        if (listed(when->situations, when->situation_count, about->situations[i])) {
            return true;
        }
    }
    return when->situation_count == 0;
}

bool policy_rule_holds(const struct policy_rule *rule, const struct policy_case *about) {
    const struct policy_when *when = &rule->when;
    return (when->severities == 0 || (when->severities >> about->severity & 1) != 0) &&
           (when->channels == 0 || (when->channels >> about->channel & 1) != 0) &&
           (when->category_count == 0 ||
            listed(when->categories, when->category_count, about->category)) &&
           has_situation(when, about);
}

const char *policy_crisis(uint32_t level) {
    static const char *const names[] = {"RX", "R0", "R1", "R2", "R3", "R4"};
    return names[level < POLICY_CRISES ? level : 0];
}

// Whether it is for crises from R3 alone.
static bool is_for_crises(const struct policy_when *when) {
    bool all = when->situation_count > 0;
    for (unsigned i = 0; i < when->situation_count && all; i++) {
        all = strcmp(when->situations[i], policy_crisis(CRISIS_R3)) == 0 ||
              strcmp(when->situations[i], policy_crisis(CRISIS_R4)) == 0;
    }
    return all;
}

unsigned policy_weight(const struct policy_rule *rule, unsigned severity) {
    const struct policy_when *when = &rule->when;
    bool urgent = (severity == SEVERITY_P1 && when->severities != 0) || is_for_crises(when);
    return (urgent ? 16U : 0U) + (when->situation_count > 0 ? 8U : 0U) +
           (when->category_count > 0 ? 4U : 0U) + (when->channels != 0 ? 2U : 0U) +
           (when->severities != 0 ? 1U : 0U);
}

bool policy_restarts_on(const struct policy_rule *rule, const char *ground) {
    return listed(rule->restarts, rule->restart_count, ground);
}

const struct policy_pause *policy_pause_on(const struct policy_rule *rule, const char *ground) {
    for (unsigned i = 0; ground != NULL && i < rule->pause_count; i++) {
        if (strcmp(rule->pauses[i].ground, ground) == 0) {
            return &rule->pauses[i];
        }
    }
    return NULL;
}

bool policy_holds(const struct policy *policy, const struct policy_case *about, int64_t at_ms) {
    civil_day day = zone_to_local(calendar_zone(policy->calendar), at_ms).day;
    return day >= policy->from && day <= policy->until &&
           (policy->institution_type_count == 0 ||
            listed(policy->institution_types, policy->institution_type_count,
                   about->institution_type)) &&
           (policy->institution_count == 0 ||
            listed(policy->institutions, policy->institution_count, about->institution));
}

// The most particular rule of one pack.
static const struct policy_rule *rule_of(const struct policy *policy,
                                         const struct policy_case *about, const char *clock) {
    const struct policy_rule *found = NULL;
    for (unsigned i = 0; i < policy->rule_count; i++) {
        const struct policy_rule *rule = &policy->rules[i];
        if (policy_rule_holds(rule, about) && strcmp(rule->clock, clock) == 0 &&
            (found == NULL ||
             policy_weight(rule, about->severity) > policy_weight(found, about->severity))) {
            found = rule;
        }
    }
    return found;
}

static bool goes_before(const struct policy *policy, const struct policy_rule *rule,
                        const struct policy *other, const struct policy_rule *other_rule,
                        unsigned severity) {
    if (other_rule == NULL || policy->layer != other->layer) {
        return other_rule == NULL || policy->layer > other->layer;
    }
    return policy_weight(rule, severity) > policy_weight(other_rule, severity);
}

static bool is_superseded(const struct policy *const *policies, size_t count, size_t at,
                          const struct policy_case *about, int64_t start_ms) {
    for (size_t i = at + 1; i < count && strcmp(policies[i]->id, policies[at]->id) == 0; i++) {
        if (policy_holds(policies[i], about, start_ms)) {
            return true;
        }
    }
    return false;
}

static const struct policy_rule *rule_in_force(const struct policy *const *policies, size_t count,
                                               size_t at, const struct policy_case *about,
                                               const char *clock, int64_t start_ms) {
    return policy_holds(policies[at], about, start_ms) &&
                   !is_superseded(policies, count, at, about, start_ms)
               ? rule_of(policies[at], about, clock)
               : NULL;
}

// A law bounds the layers above it, and in its own layer what says that it gives way.
static bool is_bound(const struct policy_choice *choice) {
    return choice->law != NULL && choice->law != choice->rule &&
           (choice->law_policy->layer < choice->policy->layer ||
            (choice->law_policy->layer == choice->policy->layer &&
             choice->rule->longer_law_prevails));
}

bool policy_choose(const struct policy *const *policies, size_t count,
                   const struct policy_case *about, const char *clock, int64_t start_ms,
                   struct policy_choice *choice) {
    *choice = (struct policy_choice){.rule = NULL};
    for (size_t i = 0; i < count; i++) {
        const struct policy_rule *rule = rule_in_force(policies, count, i, about, clock, start_ms);
        if (rule == NULL) {
            continue;
        }
        if (goes_before(policies[i], rule, choice->policy, choice->rule, about->severity)) {
            choice->policy = policies[i];
            choice->rule = rule;
        }
        if (rule->statutory &&
            goes_before(policies[i], rule, choice->law_policy, choice->law, about->severity)) {
            choice->law_policy = policies[i];
            choice->law = rule;
        }
    }
    if (choice->rule != NULL && !is_bound(choice)) {
        choice->law_policy = NULL;
        choice->law = NULL;
    }
    return choice->rule != NULL;
}
