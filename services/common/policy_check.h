// SPDX-License-Identifier: Apache-2.0
// What a schema can't say about packs. Each fault is RC_INVALID and names file, line, entry, key.
#pragma once

#include "common/calendar_file.h"
#include "common/policy.h"

// Where packs stand, for the line that a message names.
struct policy_checking {
    const char *directory;
    const char *file;
    const struct calendar_set *calendars;
    struct error *error;
};

// Resolves a pack's calendar and dates, and checks it by itself: units that need hours, limits that
// are too long or nothing, rules that hold at once, clocks that wait for each other, a ladder that
// names nobody, an extension without a bound.
MUST_CHECK enum rc policy_finish(const struct policy_checking *checking, struct policy *policy);

// Whether a pack by itself is for known types of institutions and situations only; a region may
// have more of its own, and checks the packs it uses against both.
MUST_CHECK enum rc policy_check_words(const char *directory, const struct policy *policy,
                                      struct error *error);

// Two rules for one clock, equally particular, that may hold for the same case. Of the same pack,
// or of two packs of one layer that are in force together.
bool policy_rules_overlap(const struct policy *one, const struct policy_rule *rule,
                          const struct policy *other, const struct policy_rule *other_rule);

// The clock that must have run before this rule's can start; NULL: none.
const char *policy_clock_before(const struct policy_rule *rule);
