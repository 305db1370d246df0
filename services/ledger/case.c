// SPDX-License-Identifier: Apache-2.0
// The names of states and commands, and who may give which command when, as tables.
#include "case.h"

#include <string.h>

static const char *const status_names[CASE_STATUS_COUNT] = {"none",     "received",   "triaged",
                                                            "accepted", "dispatched", "signed",
                                                            "decided",  "replied",    "closed"};

const char *case_status_name(enum case_status status) { return status_names[status]; }

enum case_status case_status_read(const char *name) {
    for (int i = CASE_RECEIVED; i < CASE_STATUS_COUNT; i++) {
        if (strcmp(status_names[i], name) == 0) {
            return (enum case_status)i;
        }
    }
    return CASE_NONE;
}

#define FROM(status) (1u << (status))
#define FROM_OPEN                                                                                  \
    (FROM(CASE_RECEIVED) | FROM(CASE_TRIAGED) | FROM(CASE_ACCEPTED) | FROM(CASE_DISPATCHED) |      \
     FROM(CASE_SIGNED) | FROM(CASE_DECIDED) | FROM(CASE_REPLIED))
#define FROM_ANY (FROM_OPEN | FROM(CASE_CLOSED))
#define DESK (ROLE_OPERATOR | ROLE_SUPERVISOR)
#define CASEWORK (ROLE_OPERATOR | ROLE_HANDLER | ROLE_SUPERVISOR)

// Who may do what in which state.
static const struct rule {
    const char *name;
    unsigned from;
    unsigned roles;
    bool unit; // a handler must belong to the unit that has the case
} rules[INPUT_KIND_COUNT] = {
    [INPUT_ACCEPT] = {"accept", FROM(CASE_RECEIVED) | FROM(CASE_TRIAGED), CASEWORK, false},
    [INPUT_DISPATCH] = {"dispatch", FROM(CASE_ACCEPTED) | FROM(CASE_DISPATCHED), DESK, false},
    [INPUT_SIGN] = {"sign", FROM(CASE_DISPATCHED), ROLE_HANDLER, true},
    [INPUT_DECIDE] = {"decide", FROM(CASE_SIGNED), ROLE_HANDLER, true},
    [INPUT_REPLY] = {"reply", FROM(CASE_DECIDED), ROLE_HANDLER | ROLE_SUPERVISOR, true},
    [INPUT_CLOSE] = {"close", FROM(CASE_REPLIED), DESK, false},
    [INPUT_ACKNOWLEDGE] = {"acknowledge", FROM_ANY, CASEWORK, false},
    [INPUT_COMMENT] = {"comment", FROM_ANY, CASEWORK, false},
    [INPUT_SET_ASSESSMENT] = {"assess", FROM_OPEN, CASEWORK, false},
    [INPUT_REVEAL] = {"reveal", FROM_ANY, CASEWORK, true},
};

const char *case_command_name(enum input_kind kind) { return rules[kind].name; }

static bool actor_in_unit(const struct case_actor *actor, const char *unit) {
    for (size_t i = 0; i < actor->unit_count; i++) {
        if (strcmp(actor->units[i], unit) == 0) {
            return true;
        }
    }
    return false;
}

bool case_has_open_alarm(const struct case_state *state) {
    for (size_t i = 0; i < state->alarm_count; i++) {
        if (!state->alarms[i].acknowledged) {
            return true;
        }
    }
    return false;
}

const char *case_permits(const struct case_state *state, enum input_kind kind,
                         const struct case_actor *actor) {
    const struct rule *rule = &rules[kind];
    unsigned acting = actor->roles & rule->roles;
    if (acting == 0) {
        return "role-not-allowed";
    }
    if (rule->unit && acting == ROLE_HANDLER && !actor_in_unit(actor, state->unit)) {
        return "not-your-unit";
    }
    if ((rule->from & FROM(state->status)) == 0) {
        return "wrong-state";
    }
    return kind == INPUT_ACKNOWLEDGE && !case_has_open_alarm(state) ? "no-open-alarm" : NULL;
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

bool case_clock_runs(const struct case_clock *clock) {
    return clock != NULL &&
           (clock->state == CLOCK_STATE_RUNNING || clock->state == CLOCK_STATE_WARNED);
}
