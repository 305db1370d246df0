// SPDX-License-Identifier: Apache-2.0
// Visits after a crisis: the clocks follow_up_<n> that stop on visit_done, in order. They are owed
// to a person at risk, not to the case: whatever ends that ends none of them. Pure.
#pragma once

#include <stdbool.h>

struct case_state;
struct case_clock;

// Which visit a clock waits for; 0: none.
unsigned case_visit_of(const char *clock);
// The clock of a visit of the present crisis; NULL: none was armed.
const struct case_clock *case_visit_clock(const struct case_state *state, unsigned number);
bool case_is_visit(const struct case_clock *clock);
// Whether its visit took place or was declined.
bool case_visit_is_done(const struct case_state *state, const char *clock);
// Whether a visit is still to be made. One whose time is over and that was tried as often as the
// policy asks for is not: its breach was told to people.
bool case_owes_visits(const struct case_state *state);
// Whether a visit before this one is late and not made: attempts so far were at that one.
bool case_visit_is_late_before(const struct case_state *state, const char *clock);
// Whether a clock was stopped without its visit, as ends of cases once did.
bool case_visit_was_ended(const struct case_state *state, const struct case_clock *clock);
