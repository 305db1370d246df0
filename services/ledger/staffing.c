// SPDX-License-Identifier: Apache-2.0
#include "staffing.h"

#include "decide.h"

#include "workflow.h"

#include <string.h>

// Whom a unit can't give the case to, beside those for whom it does not exist.
struct barred {
    const char *subjects[3];
};

static bool is_free(const struct case_state *state, const struct barred *barred,
                    const char *subject) {
    bool may = !case_in_conflict(state, subject);
    for (size_t i = 0; i < 3 && may; i++) {
        may = barred->subjects[i] == NULL || strcmp(barred->subjects[i], subject) != 0;
    }
    return may;
}

static bool has_handler(const struct region *region, const struct case_state *state,
                        const char *unit, const struct barred *barred) {
    size_t place = 0;
    const char *subject = region_next_handler(region, state->tenant, unit, &place);
    while (subject != NULL && !is_free(state, barred, subject)) {
        subject = region_next_handler(region, state->tenant, unit, &place);
    }
    return subject != NULL;
}

static bool reworks(const struct case_state *state, enum input_kind kind,
                    const struct case_command *command) {
    switch (kind) {
    case INPUT_REWORK:
        return true;
    case INPUT_FOLLOW_UP:
        return command->reached && decide_is_dissatisfied(command->solved, command->score) &&
               workflow_find(state->status, kind, WHEN_DISSATISFIED) != NULL;
    case INPUT_DECIDE_REVIEW:
        return command->outcome == REDRESS__V1__REVIEW_RESULT__REVIEW_RESULT_RETURNED &&
               workflow_find(state->status, kind, WHEN_RETURNED) != NULL;
    default:
        return false;
    }
}

// Whom the command names as a person who can't have the case; NULL: nobody.
static const char *named_in(enum input_kind kind, const struct case_command *command) {
    const char *named = kind == INPUT_DECLARE_CONFLICT ? command->staff
                        : kind == INPUT_CONCERN_PERSON ? command->entry.staff_code
                                                       : NULL;
    return named == NULL || named[0] == '\0' ? NULL : named;
}

const char *staffing_unit(const struct case_state *state, enum input_kind kind,
                          const struct case_command *command) {
    if (kind == INPUT_DISPATCH || kind == INPUT_DESIGNATE || kind == INPUT_ADD_CO_HANDLER) {
        return command->unit;
    }
    // Nobody has the case yet: others of its unit may take it.
    bool waits = state->handler[0] == '\0' && workflow_is_open(state->status);
    bool looks = reworks(state, kind, command) || (waits && named_in(kind, command) != NULL);
    return looks && state->unit[0] != '\0' ? state->unit : NULL;
}

static struct barred barred_by(const struct case_state *state, enum input_kind kind,
                               const struct case_command *command) {
    if (kind == INPUT_ADD_CO_HANDLER) { // a co-handler may have had it before
        return (struct barred){{NULL}};
    }
    return reworks(state, kind, command)
               ? (struct barred){{decide_handled_by(state), state->decider}}
               : (struct barred){
                     {state->previous_handler, state->previous_decider, named_in(kind, command)}};
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

void staffing_plan(const struct region *region, const struct case_state *state,
                   enum input_kind kind, struct case_command *command) {
    const char *named = named_in(kind, command);
    const char *unit = staffing_unit(state, kind, command);
    struct barred barred = barred_by(state, kind, command);
    bool loses = named != NULL && strcmp(state->handler, named) == 0;
    bool unstaffed =
        unit != NULL && !command->unit_granted && !has_handler(region, state, unit, &barred);
    if (unstaffed && named != NULL) { // told before, if it could have been said before
        barred.subjects[2] = NULL;
        unstaffed = has_handler(region, state, unit, &barred);
    }
    if (loses || unstaffed) {
        command->unstaffed_to = region_bureau_unit(region);
    }
    if (loses_supervision(region, state, named)) {
        command->unsupervised_to = region_bureau_unit(region);
    }
}
