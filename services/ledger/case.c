// SPDX-License-Identifier: Apache-2.0
// The names of states, and what is asked of a state.
#include "case.h"

#include <string.h>

static const char *const status_names[CASE_STATUS_COUNT] = {
    [CASE_NONE] = "none",
    [CASE_RECEIVED] = "received",
    [CASE_TRIAGED] = "triaged",
    [CASE_NOT_ACCEPTED] = "not-accepted",
    [CASE_REDIRECTED] = "redirected",
    [CASE_EMERGENCY_TRANSFERRED] = "emergency-transferred",
    [CASE_ACCEPTED] = "accepted",
    [CASE_RESOLVED_ON_SPOT] = "resolved-on-spot",
    [CASE_DISPATCHED] = "dispatched",
    [CASE_RETURN_REQUESTED] = "return-requested",
    [CASE_DESIGNATED] = "designated",
    [CASE_SIGNED] = "signed",
    [CASE_INVESTIGATING] = "investigating",
    [CASE_SUSPENDED] = "suspended",
    [CASE_DECIDED] = "decided",
    [CASE_REPLIED] = "replied",
    [CASE_FOLLOW_UP] = "follow-up",
    [CASE_REWORK] = "rework",
    [CASE_CLOSED] = "closed",
    [CASE_REVIEW] = "review",
    [CASE_RE_REVIEW] = "re-review",
    [CASE_FINAL] = "final",
    [CASE_WITHDRAWN] = "withdrawn",
    [CASE_TERMINATED] = "terminated",
    [CASE_ARCHIVED] = "archived",
};

const char *case_status_name(enum case_status status) { return status_names[status]; }

enum case_status case_status_read(const char *name) {
    for (int i = CASE_RECEIVED; i < CASE_STATUS_COUNT; i++) {
        if (strcmp(status_names[i], name) == 0) {
            return (enum case_status)i;
        }
    }
    return CASE_NONE;
}

bool case_has_open_alarm(const struct case_state *state) {
    for (size_t i = 0; i < state->alarm_count; i++) {
        if (!state->alarms[i].acknowledged) {
            return true;
        }
    }
    return false;
}

const struct case_clock *case_clock_find(const struct case_state *state, const char *name) {
    for (size_t i = 0; i < state->clock_count; i++) {
        if (strcmp(state->clocks[i].name, name) == 0) {
            return &state->clocks[i];
        }
    }
    return NULL;
}

const struct case_alarm *case_alarm_find(const struct case_state *state, const char *alarm_id) {
    for (size_t i = 0; i < state->alarm_count; i++) {
        if (strcmp(state->alarms[i].alarm_id, alarm_id) == 0) {
            return &state->alarms[i];
        }
    }
    return NULL;
}

uint32_t case_closure(const struct case_state *state) { return state->rounds + 1; }

bool case_clock_runs(const struct case_clock *clock) {
    return clock != NULL &&
           (clock->state == CLOCK_STATE_RUNNING || clock->state == CLOCK_STATE_WARNED);
}
