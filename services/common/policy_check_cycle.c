// SPDX-License-Identifier: Apache-2.0
// Clocks of one pack that wait for each other. Rules of which no case has all are no ring.
#include "policy_check_private.h"

#include "common/policy_together.h"
#include "common/zone.h"

#include <string.h>

#define STEPS_MOST 2000 // of a rule's search; no sound pack comes near [ours]

struct search {
    const struct policy *policy;
    struct policy_step steps[POLICY_CLOCKS_MOST]; // each waits for the next's clock, the last of a
                                                  // ring for the first's
    size_t depth;
    unsigned tried;
    bool found;
};

static bool is_real(const struct search *search) {
    const struct policy *policy = search->policy;
    const struct policy_packs packs = {&policy, 1};
    struct policy_case about = {
        .institution = policy->institution_count == 0 ? NULL : policy->institutions[0],
        .institution_type =
            policy->institution_type_count == 0 ? NULL : policy->institution_types[0]};
    int64_t at_ms = zone_to_instant(calendar_zone(policy->calendar), policy->from, 0);
    return policy_chosen_together(&packs, search->steps, search->depth, &about, at_ms);
}

static bool is_on_the_way(const struct search *search, const char *clock) {
    bool is = false;
    for (size_t i = 0; i < search->depth && !is; i++) {
        is = strcmp(search->steps[i].rule->clock, clock) == 0;
    }
    return is;
}

static void follow(struct search *search, const struct policy_rule *rule);

static void take(struct search *search, const struct policy_step *step) {
    const struct policy *policy = search->policy;
    const char *next = policy_clock_before(step->rule);
    if (++search->tried > STEPS_MOST) {
        return;
    }
    search->steps[search->depth++] = *step;
    if (strcmp(next, search->steps[0].rule->clock) == 0) {
        search->found = is_real(search);
    } else if (!is_on_the_way(search, next)) { // else a ring of its own, found from its own rules
        for (unsigned i = 0; i < policy->rule_count && !search->found; i++) {
            if (strcmp(policy->rules[i].clock, next) == 0) {
                follow(search, &policy->rules[i]);
            }
        }
    }
    search->depth--;
}

static void follow(struct search *search, const struct policy_rule *rule) {
    unsigned situations = rule->when.situation_count;
    if (policy_clock_before(rule) == NULL || search->depth == POLICY_CLOCKS_MOST) {
        return;
    }
    for (unsigned i = 0; !search->found && (i == 0 || i < situations); i++) {
        take(search, &(struct policy_step){search->policy, rule, policy_situation_of(rule, i)});
    }
}

enum rc policy_check_cycle(const struct policy_checking *checking, const struct policy *policy,
                           const struct policy_rule *rule) {
    struct search search = {.policy = policy};
    const char *key = rule->after != NULL ? "after" : "starts_on";
    follow(&search, rule);
    if (search.found) {
        return FAIL(checking, rule->id, key, "a cycle: %s waits for itself", rule->clock);
    }
    return search.tried > STEPS_MOST
               ? FAIL(checking, rule->id, key, "too many clocks wait for another to be checked")
               : RC_OK;
}
