// SPDX-License-Identifier: Apache-2.0
// Procedures that go beside the handling of a case, whatever state that is in: their clocks rest
// alone (pause-clock), all others with the case (suspend). Pure.
#pragma once

#include "case.h"

#define CASE_NOT_CONDUCTED "not-your-procedure" // the refusal of whoever does not conduct it

// Whether the clock of this name is one of these procedures'.
bool case_clock_goes_beside(const char *clock);
// Whether this user may say what the procedure of that clock waits for.
bool case_conducts(const struct case_state *state, const struct case_actor *actor,
                   const char *clock);
// The same of any of them.
bool case_conducts_any(const struct case_state *state, const struct case_actor *actor);
