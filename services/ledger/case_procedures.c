// SPDX-License-Identifier: Apache-2.0
// One table: each clock, and whose it is.
#include "case_procedures.h"

#include "permission.h"
#include "workflow.h"

#include <string.h>

#define COUNT(list) (sizeof(list) / sizeof(list)[0])

// It is for whoever may give this command where the case stands in this state.
static const struct procedure {
    const char *clock;
    enum input_kind command;
    enum case_status state;
} procedures[] = {
    {"mediation", INPUT_SUSPEND, CASE_INVESTIGATING},
    {"review", INPUT_DECIDE_REVIEW, CASE_REVIEW},
    {"re_review", INPUT_DECIDE_REVIEW, CASE_RE_REVIEW},
};

static bool conducts(const struct case_state *state, const struct case_actor *actor,
                     const struct procedure *procedure) {
    const struct workflow_row *row =
        workflow_find(procedure->state, procedure->command, WHEN_ALWAYS);
    return permission_of_whole(state, procedure->command, actor) &&
           workflow_broken_guard(row, state, actor) == 0;
}

static const struct procedure *procedure_of(const char *clock) {
    for (size_t i = 0; i < COUNT(procedures); i++) {
        if (strcmp(procedures[i].clock, clock) == 0) {
            return &procedures[i];
        }
    }
    return NULL;
}

bool case_clock_goes_beside(const char *clock) { return procedure_of(clock) != NULL; }

bool case_conducts(const struct case_state *state, const struct case_actor *actor,
                   const char *clock) {
    const struct procedure *procedure = procedure_of(clock);
    return procedure != NULL && conducts(state, actor, procedure);
}

bool case_conducts_any(const struct case_state *state, const struct case_actor *actor) {
    bool any = false;
    for (size_t i = 0; i < COUNT(procedures) && !any; i++) {
        any = conducts(state, actor, &procedures[i]);
    }
    return any;
}
