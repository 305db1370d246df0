// SPDX-License-Identifier: Apache-2.0
// What the rules of a region say of one clock of a case: for sla_timer.c and displacement.c.
#pragma once

#include "sla_timer.h"

// What rules ask of the case that a fact tells of; false where its institution is unknown.
bool ask_about(const struct region *region, const struct timer_fact *fact,
               struct clock_about *about);
// The rule that holds for a clock; false where none does.
bool ask_choice(const struct region *region, const struct policy_case *about, const char *name,
                int64_t at_ms, struct policy_choice *choice);
// What the clock of a choice begins with.
enum milestone ask_start(const struct region *region, const struct policy_case *about,
                         const struct policy_choice *choice, int64_t at_ms);
// The first terms of a run, begun at the fact's time.
void ask_arm(const struct policy_choice *choice, const struct timer_fact *fact, const char *name,
             struct timer_arm *arm);
// What is proposed of a run that nothing is known to have changed.
void ask_first(struct timer_arm *arm, const char *reason);
