// SPDX-License-Identifier: Apache-2.0
// Role by command by scope.
#include "permission.h"

#include "workflow.h"

#include "common/scope.h"

#include <string.h>

#define DESK (ROLE_OPERATOR | ROLE_SUPERVISOR)
#define CASEWORK (ROLE_OPERATOR | ROLE_COUNSELLOR | ROLE_HANDLER | ROLE_SUPERVISOR)
#define UNIT_BOUND (ROLE_COUNSELLOR | ROLE_HANDLER) // where a row says "unit"

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
    [INPUT_REQUEST_REVEAL] = {"request-reveal", CASEWORK, true},
    [INPUT_APPROVE_REVEAL] = {"approve-reveal", ROLE_SUPERVISOR, false},
    [INPUT_DECLARE_CONFLICT] = {"declare-conflict", CASEWORK | ROLE_REVIEWER, false},
    [INPUT_ERASE] = {"erase", ROLE_ADMINISTRATOR, false, .region = ROLE_ADMINISTRATOR},
    [INPUT_GRANT] = {"grant", ROLE_ADMINISTRATOR, false, .region = ROLE_ADMINISTRATOR},
    [INPUT_BREAK_GLASS] = {"break-glass", CASEWORK, false, .outside = CASEWORK},
    [INPUT_REPORT_PROGRESS] = {"report-progress", CASEWORK, true},
    [INPUT_VISIT] = {"visit", CASEWORK, false},
    [INPUT_OPEN_IMPROVEMENT] = {"open-improvement", CASEWORK, true},
    [INPUT_COMPLETE_IMPROVEMENT] = {"complete-improvement", CASEWORK, true},
    [INPUT_MESSAGE] = {"message", CASEWORK, true},
    [INPUT_REQUEST_EXTENSION] = {"request-extension", CASEWORK, true},
    // Which of these, the clock's policy says: plans.c.
    [INPUT_DECIDE_EXTENSION] = {"decide-extension", CASEWORK | ROLE_REVIEWER | ROLE_ADMINISTRATOR,
                                true},
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
    [INPUT_MERGE] = {"merge", DESK, false},
    [INPUT_UNMERGE] = {"unmerge", DESK, false},
};

const struct permission *permission_of(enum input_kind kind) { return &permissions[kind]; }

const char *case_command_name(enum input_kind kind) { return permissions[kind].name; }

enum input_kind case_command_read(const char *name) {
    enum input_kind kind = INPUT_PROPOSAL_COUNT;
    while (kind < INPUT_KIND_COUNT && strcmp(permissions[kind].name, name) != 0) {
        kind++;
    }
    return kind;
}

bool permission_in_unit(const struct case_actor *actor, const char *unit) {
    for (size_t i = 0; i < actor->unit_count; i++) {
        if (strcmp(actor->units[i], unit) == 0) {
            return true;
        }
    }
    return false;
}

static bool grant_fits(const struct case_grant *grant, const struct case_state *state) {
    return grant->case_id[0] != '\0' ? strcmp(grant->case_id, state->case_id) == 0
                                     : strcmp(grant->unit, state->unit) == 0;
}

static unsigned granted_roles(const struct case_state *state, const struct case_actor *actor) {
    unsigned roles = 0;
    for (size_t i = 0; i < actor->grant_count; i++) {
        roles |= grant_fits(&actor->grants[i], state) ? actor->grants[i].roles : 0;
    }
    return roles;
}

static bool in_scope(const struct case_state *state, const struct case_actor *actor) {
    return !SCOPE_FILTERED || actor->tenants == NULL ||
           scope_contains(actor->tenants, state->tenant);
}

unsigned permission_roles_on(const struct case_state *state, const struct case_actor *actor) {
    return (in_scope(state, actor) ? actor->roles : 0) | granted_roles(state, actor);
}

bool case_sees(const struct case_state *state, const struct case_actor *actor) {
    unsigned roles = permission_roles_on(state, actor);
    if (SCOPE_FILTERED && case_in_conflict(state, actor->subject)) {
        return false;
    }
    return role_may_view(roles, VIEW_SHOW) &&
           (case_is_closed(state->status) || !role_sees_closed_only(roles, VIEW_SHOW));
}

enum permission_scope permission_scope(const struct permission *permission, unsigned role) {
    if ((permission->roles & role) == 0) {
        return PERMISSION_NEVER;
    }
    if ((permission->region & role) != 0) {
        return PERMISSION_REGION;
    }
    if ((permission->outside & role) != 0) {
        return PERMISSION_OUTSIDE;
    }
    return permission->unit && (role & UNIT_BOUND) != 0 ? PERMISSION_UNIT : PERMISSION_INSTITUTION;
}

static bool reaches(const struct permission *permission, unsigned role,
                    const struct case_state *state, const struct case_actor *actor) {
    bool own = in_scope(state, actor) && (actor->roles & role) != 0;
    bool granted = (granted_roles(state, actor) & role) != 0;
    switch (permission_scope(permission, role)) {
    case PERMISSION_UNIT:
        return granted || (own && permission_in_unit(actor, state->unit));
    case PERMISSION_INSTITUTION:
        return granted || own;
    case PERMISSION_REGION: // nobody grants what only the region's own people may do
        return own && actor->region;
    case PERMISSION_OUTSIDE:
        return (actor->roles & role) != 0 && permission_roles_on(state, actor) == 0;
    default:
        return false;
    }
}

static const char *beyond_reach(const struct permission *permission, unsigned acting) {
    if ((permission->outside & acting) != 0) {
        return "in-scope";
    }
    return (permission->region & acting) != 0 ? "not-your-region" : "not-your-unit";
}

static const char *scope_refusal(const struct permission *permission,
                                 const struct case_state *state, const struct case_actor *actor) {
    unsigned outside = actor->roles & permission->outside;
    unsigned acting = (permission_roles_on(state, actor) & permission->roles) | outside;
    for (unsigned role = 1; role <= acting; role <<= 1) {
        if ((acting & role) != 0 && reaches(permission, role, state, actor)) {
            return NULL;
        }
    }
    return acting == 0 ? "role-not-allowed" : beyond_reach(permission, acting);
}

const char *case_permits(const struct case_state *state, enum input_kind kind,
                         const struct case_actor *actor) {
    bool outside =
        (permissions[kind].outside & actor->roles) != 0 && !case_in_conflict(state, actor->subject);
    if (state->status == CASE_NONE || (!outside && !case_sees(state, actor))) {
        return "case-not-found";
    }
    const char *refusal = scope_refusal(&permissions[kind], state, actor);
    if (refusal != NULL) {
        return refusal;
    }
    const struct workflow_row *row = workflow_find(state->status, kind, WHEN_ALWAYS);
    if (row == NULL) {
        return "wrong-state";
    }
    unsigned guard = workflow_broken_guard(row, state, actor);
    return guard == 0 ? NULL : workflow_guard_code((enum workflow_guard)guard);
}
