// SPDX-License-Identifier: Apache-2.0
// Role by command.
#include "permission.h"

#include "workflow.h"

#include <string.h>

#define COUNT(list) (sizeof(list) / sizeof(list)[0])
#define DESK (ROLE_OPERATOR | ROLE_SUPERVISOR)
#define CASEWORK (ROLE_OPERATOR | ROLE_HANDLER | ROLE_SUPERVISOR)

static const struct permission permissions[INPUT_KIND_COUNT] = {
    [INPUT_ACCEPT] = {"accept", CASEWORK, false},
    [INPUT_REFUSE] = {"refuse", DESK, false},
    [INPUT_REDIRECT] = {"redirect", DESK, false},
    [INPUT_TRANSFER_EMERGENCY] = {"transfer-emergency", CASEWORK, false},
    [INPUT_RESOLVE_ON_SPOT] = {"resolve-on-spot", CASEWORK, false},
    [INPUT_DISPATCH] = {"dispatch", DESK, false},
    [INPUT_REQUEST_RETURN] = {"request-return", ROLE_HANDLER, true},
    [INPUT_DESIGNATE] = {"designate", ROLE_SUPERVISOR, false},
    [INPUT_SIGN] = {"sign", ROLE_HANDLER, true},
    [INPUT_INVESTIGATE] = {"investigate", ROLE_HANDLER, true},
    [INPUT_SUSPEND] = {"suspend", ROLE_HANDLER, true},
    [INPUT_RESUME] = {"resume", ROLE_HANDLER, true},
    [INPUT_DECIDE] = {"decide", ROLE_HANDLER, true},
    [INPUT_REPLY] = {"reply", ROLE_HANDLER | ROLE_SUPERVISOR, true},
    [INPUT_FOLLOW_UP] = {"follow-up", DESK, false},
    [INPUT_REWORK] = {"rework", ROLE_SUPERVISOR, false},
    [INPUT_CLOSE] = {"close", DESK, false},
    [INPUT_REOPEN] = {"reopen", DESK, false},
    [INPUT_REVIEW] = {"review", DESK, false},
    [INPUT_RE_REVIEW] = {"re-review", DESK, false},
    [INPUT_DECIDE_REVIEW] = {"decide-review", ROLE_REVIEWER, false},
    [INPUT_WITHDRAW] = {"withdraw", DESK, false},
    [INPUT_REQUEST_TERMINATION] = {"request-termination", CASEWORK, true},
    [INPUT_TERMINATE] = {"terminate", ROLE_SUPERVISOR, false},
    [INPUT_ARCHIVE] = {"archive", DESK, false},
    [INPUT_ACKNOWLEDGE] = {"acknowledge", CASEWORK, false},
    [INPUT_COMMENT] = {"comment", CASEWORK, false},
    [INPUT_SET_ASSESSMENT] = {"assess", CASEWORK, false},
    [INPUT_REVEAL] = {"reveal", CASEWORK, true},
    [INPUT_MESSAGE] = {"message", CASEWORK, true},
    [INPUT_CONCERN_PERSON] = {"concern-person", CASEWORK, true},
    [INPUT_RAISE_ALLEGATION] = {"raise-allegation", CASEWORK, true},
    [INPUT_DECIDE_ALLEGATION] = {"decide-allegation", ROLE_HANDLER, true},
    [INPUT_RECORD_AUTHORITY] = {"record-authority", CASEWORK, true},
    [INPUT_FORM_TEAM] = {"form-team", ROLE_SUPERVISOR, false},
    [INPUT_REGISTER_EVIDENCE] = {"register-evidence", CASEWORK, true},
    [INPUT_ADD_CO_HANDLER] = {"add-co-handler", CASEWORK, true},
    [INPUT_REPORT_STAGE] = {"report-stage", ROLE_HANDLER, false},
    [INPUT_ANSWER_CO_HANDLING] = {"answer-co-handling", ROLE_HANDLER, false},
    [INPUT_SUPERVISE] = {"supervise", ROLE_SUPERVISOR, false},
    [INPUT_ANSWER_SUPERVISION] = {"answer-supervision", ROLE_OPERATOR | ROLE_HANDLER, false},
    [INPUT_LIFT_SUPERVISION] = {"lift-supervision", ROLE_SUPERVISOR, false},
};

static const struct {
    const char *name;
    unsigned role;
} roles[] = {{"operator", ROLE_OPERATOR},           {"handler", ROLE_HANDLER},
             {"supervisor", ROLE_SUPERVISOR},       {"auditor", ROLE_AUDITOR},
             {"administrator", ROLE_ADMINISTRATOR}, {"reviewer", ROLE_REVIEWER}};

const struct permission *permission_of(enum input_kind kind) { return &permissions[kind]; }

const char *case_command_name(enum input_kind kind) { return permissions[kind].name; }

enum input_kind case_command_read(const char *name) {
    enum input_kind kind = INPUT_PROPOSAL_COUNT;
    while (kind < INPUT_KIND_COUNT && strcmp(permissions[kind].name, name) != 0) {
        kind++;
    }
    return kind;
}

const char *permission_role_name(unsigned role) {
    for (size_t i = 0; i < COUNT(roles); i++) {
        if (roles[i].role == role) {
            return roles[i].name;
        }
    }
    return NULL;
}

unsigned permission_role_read(const char *name) {
    for (size_t i = 0; i < COUNT(roles); i++) {
        if (strcmp(roles[i].name, name) == 0) {
            return roles[i].role;
        }
    }
    return 0;
}

bool permission_in_unit(const struct case_actor *actor, const char *unit) {
    for (size_t i = 0; i < actor->unit_count; i++) {
        if (strcmp(actor->units[i], unit) == 0) {
            return true;
        }
    }
    return false;
}

const char *case_permits(const struct case_state *state, enum input_kind kind,
                         const struct case_actor *actor) {
    const struct permission *permission = &permissions[kind];
    unsigned acting = actor->roles & permission->roles;
    if (acting == 0) {
        return "role-not-allowed";
    }
    if (permission->unit && acting == ROLE_HANDLER && !permission_in_unit(actor, state->unit)) {
        return "not-your-unit";
    }
    const struct workflow_row *row = workflow_find(state->status, kind, WHEN_ALWAYS);
    if (row == NULL) {
        return "wrong-state";
    }
    unsigned guard = workflow_broken_guard(row, state, actor);
    return guard == 0 ? NULL : workflow_guard_code((enum workflow_guard)guard);
}
