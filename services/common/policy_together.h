// SPDX-License-Identifier: Apache-2.0
// Whether some case has just these rules chosen, each of another clock: only then is what is wrong
// with them together a fault. Pure.
#pragma once

#include "common/policy.h"

// A rule, and the situation in which it holds.
struct policy_step {
    const struct policy *policy;
    const struct policy_rule *rule;
    const char *situation; // NULL: any
};

// The packs among which is chosen, sorted as policy_choose wants them.
struct policy_packs {
    const struct policy *const *all;
    size_t count;
};

// The n-th situation in which a rule holds; it has one at least.
const char *policy_situation_of(const struct policy_rule *rule, unsigned number);
// Of an institution's cases at a moment. about: institution and type are given, the rest is
// overwritten. At most POLICY_CLOCKS_MOST steps.
bool policy_chosen_together(const struct policy_packs *packs, const struct policy_step *steps,
                            size_t count, struct policy_case *about, int64_t at_ms);
