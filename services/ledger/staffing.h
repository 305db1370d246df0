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
// Who supervises a case by grants in force, on it or on its unit; broken glasses are none.
#define STAFFING_GRANTS 32
struct staffing_grants {
    struct staffing_grant {
        char subject[CASE_CODE_SIZE];
        int64_t until_ms;
    } people[STAFFING_GRANTS];
    size_t count;
};
// Whether these have to be known: the input names somebody, or the last of them has ended.
bool staffing_asks_grants(const struct case_state *state, const struct case_input *input,
                          int64_t now_ms);
// Fills whom the input tells that nobody is left to supervise the case (unsupervised_to), where
// somebody was; and until when people with grants alone will (supervised_until_ms).
void staffing_supervision(const struct region *region, const struct case_state *state,
                          struct case_input *input, const struct staffing_grants *grants,
                          int64_t now_ms);
