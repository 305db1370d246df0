// SPDX-License-Identifier: Apache-2.0
#include "staffing.h"

#include "decide.h"

#include "workflow.h"

#include <string.h>

// Who can't have the case, beside those for whom it does not exist.
struct kept_out {
    bool barred;       // had a hand in a round before
    bool in_round;     // or in this one
    const char *named; // NULL: nobody
};

static bool is_free(const struct case_state *state, const struct kept_out *out,
                    const char *subject) {
    return !case_in_conflict(state, subject) && !(out->barred && case_is_barred(state, subject)) &&
           !(out->in_round && case_will_be_barred(state, subject)) &&
           (out->named == NULL || strcmp(out->named, subject) != 0);
}

static bool has_handler(const struct region *region, const struct case_state *state,
                        const char *unit, const struct kept_out *out) {
    size_t place = 0;
    const char *subject = region_next_handler(region, state->tenant, unit, &place);
    while (subject != NULL && !is_free(state, out, subject)) {
        subject = region_next_handler(region, state->tenant, unit, &place);
    }
    return subject != NULL;
}

// Whom the input names as a person who can't have the case; NULL: nobody.
static const char *named_in(const struct case_input *input) {
    const char *named = input->kind == INPUT_DECLARE_CONFLICT ? input->of.command->staff
                        : input->kind == INPUT_CONCERN_PERSON ? input->of.command->entry.staff_code
                                                              : NULL;
    return named == NULL || named[0] == '\0' ? NULL : named;
}

const char *staffing_unit(const struct case_state *state, const struct case_input *input) {
    enum input_kind kind = input->kind;
    if (kind == INPUT_DISPATCH || kind == INPUT_DESIGNATE || kind == INPUT_ADD_CO_HANDLER) {
        return input->of.command->unit;
    }
    // Nobody has the case yet: others of its unit may take it.
    bool waits = state->handler[0] == '\0' && workflow_is_open(state->status);
    bool looks = decide_reworks(state, input) || (waits && named_in(input) != NULL);
    return looks && state->unit[0] != '\0' ? state->unit : NULL;
}

// Whether somebody of the staff supervises the case, for whom it exists. but: nor this one; NULL.
static bool has_supervisor(const struct region *region, const struct case_state *state,
                           const char *but) {
    for (size_t i = 0; i < region->staff_count; i++) {
        const struct region_staff *person = &region->staff[i];
        if (region_staff_acts(person, "supervisor", state->tenant) &&
            !case_in_conflict(state, person->subject) &&
            (but == NULL || strcmp(person->subject, but) != 0)) {
            return true;
        }
    }
    return false;
}

// Told once: of the last one who is named.
static bool loses_supervision(const struct region *region, const struct case_state *state,
                              const char *named) {
    return named != NULL && workflow_is_open(state->status) &&
           has_supervisor(region, state, NULL) && !has_supervisor(region, state, named);
}

const char *staffing_supervision(const struct region *region, const struct case_state *state,
                                 const struct case_input *input) {
    return loses_supervision(region, state, named_in(input)) ? region_bureau_unit(region) : NULL;
}

const char *staffing_alarm(const struct region *region, const struct case_state *state,
                           const struct case_input *input, bool unit_granted) {
    const char *named = named_in(input);
    const char *unit = staffing_unit(state, input);
    struct kept_out out = {.barred = input->kind != INPUT_ADD_CO_HANDLER, // may have had it before
                           .in_round = decide_reworks(state, input),
                           .named = named};
    bool loses = named != NULL && strcmp(state->handler, named) == 0;
    bool unstaffed = unit != NULL && !unit_granted && !has_handler(region, state, unit, &out);
    if (unstaffed && named != NULL) { // told before, if it could have been said before
        out.named = NULL;
        unstaffed = has_handler(region, state, unit, &out);
    }
    return loses || unstaffed ? region_bureau_unit(region) : NULL;
}
