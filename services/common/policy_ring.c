// SPDX-License-Identifier: Apache-2.0
// Depth first, along every rule of the clock that is waited for.
#include "common/policy_ring.h"

#include "policy_check.h"

#include <string.h>

static bool is_on_the_way(const struct policy_ring *ring, const char *clock) {
    bool is = false;
    for (size_t i = 0; i < ring->depth && !is; i++) {
        is = strcmp(ring->steps[i].rule->clock, clock) == 0;
    }
    return is;
}

static void follow(struct policy_ring *ring, const struct policy *policy,
                   const struct policy_rule *rule);

// Every rule of a clock.
static void follow_clock(struct policy_ring *ring, const char *clock) {
    for (size_t p = 0; p < ring->policy_count; p++) {
        const struct policy *policy = ring->policies[p];
        for (unsigned i = 0; i < policy->rule_count; i++) {
            if (strcmp(policy->rules[i].clock, clock) == 0) {
                follow(ring, policy, &policy->rules[i]);
            }
        }
    }
}

static void take(struct policy_ring *ring, const struct policy_step *step) {
    const char *next = policy_clock_before(step->rule);
    if (++ring->tried > ring->steps_most) {
        return;
    }
    ring->steps[ring->depth++] = *step;
    if (strcmp(next, ring->steps[0].rule->clock) == 0) {
        ring->found = ring->is_real(ring, ring->of);
    } else if (!is_on_the_way(ring, next)) { // else a ring of its own, found from its own clocks
        follow_clock(ring, next);
    }
    ring->depth -= ring->found ? 0 : 1;
}

static void follow(struct policy_ring *ring, const struct policy *policy,
                   const struct policy_rule *rule) {
    unsigned situations = rule->when.situation_count;
    if (policy_clock_before(rule) == NULL || ring->depth == POLICY_CLOCKS_MOST) {
        return;
    }
    for (unsigned i = 0; !ring->found && (i == 0 || i < situations); i++) {
        take(ring, &(struct policy_step){policy, rule, policy_situation_of(rule, i)});
    }
}

void policy_ring_find(struct policy_ring *ring, const struct policy *policy,
                      const struct policy_rule *rule) {
    if (!ring->found) {
        ring->depth = 0;
        follow(ring, policy, rule);
    }
}
