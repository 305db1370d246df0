// SPDX-License-Identifier: Apache-2.0
// Where a clock begins by the rule that holds: with what a case has reached, or with its last
// rework or reopening. The ledger and sla-timer ask it alike. Pure.
#pragma once

#include "common/clock_run.h"
#include "common/milestone.h"

// What clocks of a case can have begun with.
struct clock_past {
    int64_t reached_at_ms[MILESTONE_COUNT]; // 0: not yet, or before the case was closed
    int64_t restarted_at_ms;                // the last rework or reopening; 0: none
    const char *restarted_on;               // its ground; borrowed
};

// The policies and the case that they are asked about. Borrowed.
struct clock_asked {
    const struct policy *const *policies;
    size_t count;
    const struct policy_case *about;
};

// What starts the clock of a choice: the rule that holds may start on something else than others of
// the same clock; where a law goes before it, the law's start counts. MILESTONE_COUNT: nothing.
enum milestone clock_begin_on(const struct clock_asked *asked, const struct policy_choice *choice,
                              int64_t at_ms);
// A run that rested while the case became another: a first run begins where the rule of now begins,
// without the changes of before, as one that ran does at once. What began again stays, and so does
// what begins where nothing is known to have been reached.
void clock_begin_move(const struct clock_asked *asked, const struct clock_past *past,
                      struct clock_run *run);
