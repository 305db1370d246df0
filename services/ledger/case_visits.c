// SPDX-License-Identifier: Apache-2.0
#include "case_visits.h"

#include "case.h"

#include <stdio.h>

unsigned case_visit_of(const char *clock) {
    unsigned number = 0;
    return sscanf(clock, "follow_up_%u", &number) == 1 ? number : 0;
}

bool case_is_visit(const struct case_clock *clock) {
    return clock->stops_on == MILESTONE_VISIT_DONE;
}

bool case_visit_is_done(const struct case_state *state, const char *clock) {
    return case_visit_of(clock) <= state->visits;
}

const struct case_clock *case_visit_clock(const struct case_state *state, unsigned number) {
    char name[33];
    snprintf(name, sizeof name, "follow_up_%u", number);
    const struct case_clock *clock = case_clock_find(state, name);
    // It may have begun before: a promise is not put off by a worse crisis.
    bool present = clock != NULL && case_is_visit(clock) &&
                   (case_clock_is_open(clock) ||
                    clock->due_at_ms >= state->reached_at_ms[MILESTONE_CRISIS_CONFIRMED]);
    return present ? clock : NULL;
}

static bool tried_in_vain(const struct case_state *state) {
    return state->visit_attempts != 0 && state->failed_visits >= state->visit_attempts;
}

// One that was late before the present crisis was made then, or given up.
static bool is_late(const struct case_state *state, const struct case_clock *clock) {
    return clock->state == CLOCK_STATE_BREACHED &&
           clock->due_at_ms >= state->reached_at_ms[MILESTONE_CRISIS_CONFIRMED];
}

static bool is_to_make(const struct case_state *state, const struct case_clock *clock) {
    return case_is_visit(clock) && !case_visit_is_done(state, clock->name);
}

bool case_owes_visits(const struct case_state *state) {
    bool owes = false;
    for (size_t i = 0; i < state->clock_count && !owes; i++) {
        const struct case_clock *clock = &state->clocks[i];
        owes = is_to_make(state, clock) &&
               (case_clock_is_open(clock) || (is_late(state, clock) && !tried_in_vain(state)));
    }
    return owes;
}

bool case_visit_is_late_before(const struct case_state *state, const char *clock) {
    bool late = false;
    for (size_t i = 0; i < state->clock_count && !late; i++) {
        const struct case_clock *before = &state->clocks[i];
        late = is_to_make(state, before) && is_late(state, before) &&
               case_visit_of(before->name) < case_visit_of(clock);
    }
    return late;
}

// A clock of a crisis before the present one is another's: that one has clocks of its own.
bool case_visit_was_ended(const struct case_state *state, const struct case_clock *clock) {
    return case_is_visit(clock) && clock->state == CLOCK_STATE_STOPPED &&
           !case_visit_is_done(state, clock->name) &&
           clock->started_at_ms >= state->reached_at_ms[MILESTONE_CRISIS_CONFIRMED];
}
