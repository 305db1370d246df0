// SPDX-License-Identifier: Apache-2.0
// Whether somebody can act for a case after a command: a unit may have handlers, and yet none whom
// neither a conflict nor the rework keeps from it. Pure.
#pragma once

#include "case.h"

#include "common/region.h"

// The unit that would have the case after the command, where that has to be looked at. NULL: not.
const char *staffing_unit(const struct case_state *state, enum input_kind kind,
                          const struct case_command *command);
// Sets unstaffed_to where nobody could act, unsupervised_to where nobody is left to supervise.
void staffing_plan(const struct region *region, const struct case_state *state,
                   enum input_kind kind, struct case_command *command);
