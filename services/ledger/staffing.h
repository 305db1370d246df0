// SPDX-License-Identifier: Apache-2.0
// Whether somebody can act for a case after an input: a unit may have handlers, and yet none whom
// neither a conflict nor the rework keeps from it. Pure.
#pragma once

#include "case.h"

#include "common/region.h"

// Who has a role by grants in force, on the case or on units; broken glasses are none.
#define STAFFING_GRANTS 64
struct staffing_grants {
    struct staffing_grant {
        char subject[CASE_CODE_SIZE];
        char unit[CASE_CODE_SIZE]; // "": on the case
        int64_t until_ms;
    } people[STAFFING_GRANTS];
    size_t count;
};

// The units of which somebody has to be able to act after the input: the one that would have the
// case, and its co-handlers. Returns how many; 0: nothing is to be looked at.
#define STAFFING_UNITS (1 + CASE_CO_HANDLERS)
size_t staffing_units(const struct case_state *state, const struct case_input *input,
                      const char *units[STAFFING_UNITS]);
// The unit to tell that nobody could act for the case, or for a co-handler; NULL where somebody
// can, or nothing is to be looked at. handlers: who handles those units' cases by grants.
const char *staffing_alarm(const struct region *region, const struct case_state *state,
                           const struct case_input *input, const struct staffing_grants *handlers);
// Whether by which grants its handler has it is to be looked at: somebody signs or takes it over,
// or the last of these has ended.
bool staffing_asks_handler(const struct case_state *state, const struct case_input *input,
                           int64_t now_ms);
// Fills until when whoever takes it has it by grants alone (handled_until_ms), and whom the input
// tells that the handler's have ended (unhandled_to). grants: of handlers, on the case and on its
// unit.
void staffing_handler(const struct region *region, const struct case_state *state,
                      struct case_input *input, const struct staffing_grants *grants,
                      int64_t now_ms);
// The units whose people by grants may have ended since the case was last looked at: its own while
// nobody has it, and those of its co-handlers that owe an answer. Returns how many.
size_t staffing_waiting(const struct case_state *state, const struct case_input *input,
                        const char *units[STAFFING_UNITS]);
// Whether those of its reviewers may have: a review goes on.
bool staffing_is_reviewed(const struct case_state *state, const struct case_input *input);
// The unit to tell that with a grant the last one ended who could act for one of these, or decide
// the review; NULL: none did. Both lists: of those in force then (looked_at_ms); now_ms: who still
// is.
const char *staffing_ended_alarm(const struct region *region, const struct case_state *state,
                                 const struct case_input *input,
                                 const struct staffing_grants *handlers,
                                 const struct staffing_grants *reviewers, int64_t now_ms);
// Whether who could decide its review is to be looked at: one is asked for, or somebody is named
// during it.
bool staffing_asks_reviewers(const struct case_state *state, const struct case_input *input);
// The unit to tell that nobody could decide the review; NULL where somebody can, or it was told
// before. reviewers: who reviews by grants. The case's line must be known (case_levels.h).
const char *staffing_review_alarm(const struct region *region, const struct case_state *state,
                                  const struct case_input *input,
                                  const struct staffing_grants *reviewers);
// The unit that an input moves the case to from another; NULL: none.
const char *staffing_moves_to(const struct case_state *state, const struct case_input *input);
// Whether these have to be known: the input names somebody, opens the case again or moves it, or
// the last of them has ended.
bool staffing_asks_grants(const struct case_state *state, const struct case_input *input,
                          int64_t now_ms);
// Fills whom the input tells that nobody is left to supervise the case (unsupervised_to), where
// somebody was; and until when people with grants alone will (supervised_until_ms).
void staffing_supervision(const struct region *region, const struct case_state *state,
                          struct case_input *input, const struct staffing_grants *grants,
                          int64_t now_ms);
