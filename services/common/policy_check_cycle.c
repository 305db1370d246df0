// SPDX-License-Identifier: Apache-2.0
// Clocks of one pack that wait for each other. Rules of which no case has all are no ring.
#include "policy_check_private.h"

#include "common/policy_ring.h"
#include "common/zone.h"

#define STEPS_MOST 2000 // of a rule's search; no sound pack comes near [ours]

static bool is_real(const struct policy_ring *ring, const void *of) {
    const struct policy *policy = of;
    const struct policy_packs packs = {&policy, 1};
    struct policy_case about = {
        .institution = policy->institution_count == 0 ? NULL : policy->institutions[0],
        .institution_type =
            policy->institution_type_count == 0 ? NULL : policy->institution_types[0]};
    int64_t at_ms = zone_to_instant(calendar_zone(policy->calendar), policy->from, 0);
    return policy_chosen_together(&packs, ring->steps, ring->depth, &about, at_ms);
}

enum rc policy_check_cycle(const struct policy_checking *checking, const struct policy *policy,
                           const struct policy_rule *rule) {
    struct policy_ring ring = {.policies = &policy,
                               .policy_count = 1,
                               .steps_most = STEPS_MOST,
                               .is_real = is_real,
                               .of = policy};
    const char *key = rule->after != NULL ? "after" : "starts_on";
    policy_ring_find(&ring, policy, rule);
    if (ring.found) {
        return FAIL(checking, rule->id, key, "a cycle: %s waits for itself", rule->clock);
    }
    return ring.tried > STEPS_MOST
               ? FAIL(checking, rule->id, key, "too many clocks wait for another to be checked")
               : RC_OK;
}
