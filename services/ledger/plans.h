// SPDX-License-Identifier: Apache-2.0
// What a case's policies make of a command: which clocks a pause lets rest and until when, what a
// resumption or an extension makes of their terms, how many follow-ups a reply asks for. Pure but
// for what it allocates.
#pragma once

#include "case.h"

#include "common/clock_begin.h"
#include "common/region.h"

struct plans {
    struct case_plan list[CASE_CLOCKS];
    size_t count;
    struct clock_terms *terms; // as many
    struct clock_terms_message *messages;
};

// Fills what the policy says into the command, which borrows from plans; free them with plans_free,
// also after a failure. RC_INVALID where the policy knows no such ground or unit, RC_FORBIDDEN
// where it lets another role approve, RC_CONFLICT where it does not allow it, with course.h's code.
MUST_CHECK enum rc plans_make(struct plans *plans, const struct region *region,
                              const struct case_state *state, enum input_kind kind,
                              struct case_command *command, int64_t now_ms, struct error *error);
// Of a case that rests or rested, or of which a clock rests alone. An assessment, by triage or a
// person: whether the rule for what it is found to be lets nothing wait on the ground any more, and
// the terms by which clocks run on then, as a resumption gives them. A clock that is armed only
// now: how it rests since the suspension, where its rule knows the ground, and how it runs on where
// that is over. Fills the input, which borrows from plans; freed as above. Of any other input it
// does nothing.
MUST_CHECK enum rc plans_of_rest(struct plans *plans, const struct region *region,
                                 const struct case_state *state, struct case_input *input,
                                 int64_t now_ms, struct error *error);
// Whether the policy lets this user never give this command now, whatever its body says: "now" is
// when the case's policy was asked (command_access.h).
bool plans_never(const struct region *region, const struct case_state *state, enum input_kind kind,
                 const struct case_actor *actor);
// Bits of the roles that the policy does not let decide the extension that is asked for; 0 where
// none is, or no rule is known.
unsigned plans_extension_denied_to(const struct region *region, const struct case_state *state,
                                   int64_t now_ms);
// The end of the time in which a review, or a review of that, may be asked for, by the policy or,
// where it names none, 30 days; 0 where it has not begun, it was used, or the case ended without a
// decision. What counts is the rule: its clock stops with the case.
int64_t plans_appeal_until(const struct region *region, const struct case_state *state);
// Whether that time is over for the review that could be asked for next.
bool plans_review_too_late(const struct region *region, const struct case_state *state,
                           int64_t now_ms);
void plans_free(struct plans *plans);
// A clock's run as the state has it; borrows from the state.
void plans_run(const struct case_state *state, const struct case_clock *clock,
               struct clock_run *run);
// What a clock that rests can have begun with, by the case; false for one that began with what is
// its own alone: a promise, or what was restarted. Borrows from the state.
bool plans_past(const struct case_state *state, const struct case_clock *clock,
                struct clock_past *past);
