// SPDX-License-Identifier: Apache-2.0
// Whether somebody can act for a case after an input: a unit may have handlers, and yet none whom
// neither a conflict nor the rework keeps from it. Pure.
#pragma once

#include "case.h"

#include "common/region.h"

// The unit that would have the case after the input, where that has to be looked at. NULL: not.
const char *staffing_unit(const struct case_state *state, const struct case_input *input);
// The unit to tell that nobody could act for the case; NULL where somebody can, or nothing is to be
// looked at. unit_granted: somebody handles staffing_unit's by a grant.
const char *staffing_alarm(const struct region *region, const struct case_state *state,
                           const struct case_input *input, bool unit_granted);
// The unit to tell that nobody is left to supervise the case; NULL where somebody is, or nobody
// was.
const char *staffing_supervision(const struct region *region, const struct case_state *state,
                                 const struct case_input *input);
