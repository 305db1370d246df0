// SPDX-License-Identifier: Apache-2.0
// Clocks that wait for each other in a ring, so that none would ever start. Pure.
#pragma once

#include "common/policy_together.h"

// A search among the rules of some packs. The caller sets the packs, how many steps are tried at
// most and what makes a ring a fault; the rest begins as 0.
struct policy_ring {
    const struct policy *const *policies;
    size_t policy_count;
    unsigned steps_most; // of all searches; tried is more where they were not enough
    // Whether some case has just these rules chosen.
    bool (*is_real)(const struct policy_ring *ring, const void *of);
    const void *of;

    struct policy_step steps[POLICY_CLOCKS_MOST]; // each waits for the next's clock; of a ring, the
                                                  // last for the first's
    size_t depth;
    unsigned tried;
    bool found;
};

// Looks for a ring through a rule; what is found stands in the steps. Does nothing once one is
// found, nor for a rule that waits for no clock.
void policy_ring_find(struct policy_ring *ring, const struct policy *policy,
                      const struct policy_rule *rule);
