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
    [INPUT_ACCEPT] = {.name = "accept", .roles = CASEWORK},
    [INPUT_REFUSE] = {.name = "refuse", .roles = DESK},
    [INPUT_REDIRECT] = {.name = "redirect", .roles = DESK},
    [INPUT_TRANSFER_EMERGENCY] = {.name = "transfer-emergency",
                                  .roles = CASEWORK,
                                  .emergency = true},
    [INPUT_RESOLVE_ON_SPOT] = {.name = "resolve-on-spot", .roles = CASEWORK},
    [INPUT_DISPATCH] = {.name = "dispatch", .roles = DESK},
    [INPUT_REQUEST_RETURN] = {.name = "request-return", .roles = ROLE_HANDLER, .unit = true},
    [INPUT_DESIGNATE] = {.name = "designate", .roles = ROLE_SUPERVISOR},
    [INPUT_SIGN] = {.name = "sign", .roles = ROLE_HANDLER, .unit = true},
    [INPUT_INVESTIGATE] = {.name = "investigate", .roles = ROLE_HANDLER, .unit = true},
    [INPUT_SUSPEND] = {.name = "suspend", .roles = ROLE_HANDLER, .unit = true},
    [INPUT_RESUME] = {.name = "resume", .roles = ROLE_HANDLER, .unit = true},
    [INPUT_DECIDE] = {.name = "decide", .roles = ROLE_HANDLER, .unit = true},
    [INPUT_REPLY] = {.name = "reply", .roles = ROLE_HANDLER | ROLE_SUPERVISOR, .unit = true},
    [INPUT_FOLLOW_UP] = {.name = "follow-up", .roles = DESK},
    [INPUT_REWORK] = {.name = "rework", .roles = ROLE_SUPERVISOR},
    [INPUT_CLOSE] = {.name = "close", .roles = DESK},
    [INPUT_REOPEN] = {.name = "reopen", .roles = DESK},
    [INPUT_REVIEW] = {.name = "review", .roles = DESK},
    [INPUT_RE_REVIEW] = {.name = "re-review", .roles = DESK},
    [INPUT_DECIDE_REVIEW] = {.name = "decide-review", .roles = ROLE_REVIEWER},
    [INPUT_WITHDRAW] = {.name = "withdraw", .roles = DESK},
    [INPUT_REQUEST_TERMINATION] = {.name = "request-termination", .roles = CASEWORK, .unit = true},
    [INPUT_TERMINATE] = {.name = "terminate", .roles = ROLE_SUPERVISOR},
    [INPUT_ARCHIVE] = {.name = "archive", .roles = DESK},
    // Of its own clocks' alarms, where a unit has a part in the case alone, and of reviews' alone
    // where somebody reviews: decide_desk.c.
    [INPUT_ACKNOWLEDGE] = {.name = "acknowledge",
                           .roles = CASEWORK | ROLE_REVIEWER,
                           .emergency = true,
                           .co_handling = true,
                           .owner = true},
    [INPUT_COMMENT] = {.name = "comment", .roles = CASEWORK, .emergency = true},
    [INPUT_SET_ASSESSMENT] = {.name = "assess", .roles = CASEWORK, .emergency = true},
    [INPUT_REVEAL] = {.name = "reveal", .roles = CASEWORK, .unit = true, .emergency = true},
    [INPUT_REQUEST_REVEAL] = {.name = "request-reveal",
                              .roles = CASEWORK,
                              .unit = true,
                              .emergency = true},
    [INPUT_APPROVE_REVEAL] = {.name = "approve-reveal", .roles = ROLE_SUPERVISOR},
    [INPUT_DECLARE_CONFLICT] = {.name = "declare-conflict",
                                .roles = CASEWORK | ROLE_REVIEWER,
                                .emergency = true,
                                .co_handling = true,
                                .owner = true},
    [INPUT_ERASE] = {.name = "erase", .roles = ROLE_ADMINISTRATOR, .region = ROLE_ADMINISTRATOR},
    [INPUT_GRANT] = {.name = "grant", .roles = ROLE_ADMINISTRATOR, .region = ROLE_ADMINISTRATOR},
    [INPUT_BREAK_GLASS] = {.name = "break-glass", .roles = CASEWORK, .outside = CASEWORK},
    [INPUT_REPORT_PROGRESS] = {.name = "report-progress", .roles = CASEWORK, .unit = true},
    [INPUT_VISIT] = {.name = "visit", .roles = CASEWORK},
    [INPUT_RECORD_MEDIATION] = {.name = "record-mediation", .roles = CASEWORK},
    [INPUT_OPEN_IMPROVEMENT] = {.name = "open-improvement", .roles = CASEWORK, .unit = true},
    // Which of them, where a unit only owns some: decide_promises.c.
    [INPUT_COMPLETE_IMPROVEMENT] = {.name = "complete-improvement",
                                    .roles = CASEWORK,
                                    .unit = true,
                                    .owner = true},
    [INPUT_MESSAGE] = {.name = "message", .roles = CASEWORK, .unit = true, .emergency = true},
    [INPUT_REQUEST_EXTENSION] = {.name = "request-extension", .roles = CASEWORK, .unit = true},
    // Which of these, the clock's policy says: plans_extensions.c.
    [INPUT_DECIDE_EXTENSION] = {.name = "decide-extension",
                                .roles = CASEWORK | ROLE_REVIEWER | ROLE_ADMINISTRATOR,
                                .unit = true},
    // Which of these, the clock says: case_procedures.c.
    [INPUT_PAUSE_CLOCK] = {.name = "pause-clock",
                           .roles = ROLE_HANDLER | ROLE_REVIEWER,
                           .unit = true},
    [INPUT_RESUME_CLOCK] = {.name = "resume-clock",
                            .roles = ROLE_HANDLER | ROLE_REVIEWER,
                            .unit = true},
    [INPUT_CONCERN_PERSON] = {.name = "concern-person", .roles = CASEWORK, .unit = true},
    [INPUT_RAISE_ALLEGATION] = {.name = "raise-allegation", .roles = CASEWORK, .unit = true},
    [INPUT_DECIDE_ALLEGATION] = {.name = "decide-allegation", .roles = ROLE_HANDLER, .unit = true},
    [INPUT_RECORD_AUTHORITY] = {.name = "record-authority", .roles = CASEWORK, .unit = true},
    [INPUT_FORM_TEAM] = {.name = "form-team", .roles = ROLE_SUPERVISOR},
    [INPUT_REGISTER_EVIDENCE] = {.name = "register-evidence", .roles = CASEWORK, .unit = true},
    [INPUT_ADD_CO_HANDLER] = {.name = "add-co-handler", .roles = CASEWORK, .unit = true},
    [INPUT_REPORT_STAGE] = {.name = "report-stage", .roles = ROLE_HANDLER, .co_handling = true},
    [INPUT_ANSWER_CO_HANDLING] = {.name = "answer-co-handling",
                                  .roles = ROLE_HANDLER,
                                  .co_handling = true},
    [INPUT_SUPERVISE] = {.name = "supervise", .roles = ROLE_SUPERVISOR},
    [INPUT_ANSWER_SUPERVISION] = {.name = "answer-supervision",
                                  .roles = ROLE_OPERATOR | ROLE_HANDLER},
    [INPUT_LIFT_SUPERVISION] = {.name = "lift-supervision", .roles = ROLE_SUPERVISOR},
    [INPUT_MERGE] = {.name = "merge", .roles = DESK},
    [INPUT_UNMERGE] = {.name = "unmerge", .roles = DESK},
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

bool permission_works_in(const struct case_actor *actor, const char *unit) {
    bool works = permission_in_unit(actor, unit);
    for (size_t i = 0; i < actor->grant_count && !works; i++) {
        works = (actor->grants[i].roles & ROLE_HANDLER) != 0 &&
                actor->grants[i].case_id[0] == '\0' && strcmp(actor->grants[i].unit, unit) == 0;
    }
    return works;
}

static bool co_handles(const struct case_state *state, const char *unit) {
    for (size_t i = 0; i < state->parts.co_handler_count; i++) {
        if (strcmp(state->parts.co_handlers[i].unit, unit) == 0) {
            return true;
        }
    }
    return false;
}

static bool owns(const struct case_state *state, const char *unit, bool open) {
    for (size_t i = 0; i < state->improvement_count; i++) {
        const struct case_improvement *improvement = &state->improvements[i];
        if (strcmp(improvement->owner, unit) == 0 && !(open && improvement->done)) {
            return true;
        }
    }
    return false;
}

// Whether a unit's part in the case is enough: for reading (NULL), also of what it has done.
static bool part_fits(const struct case_state *state, const char *unit,
                      const struct permission *permission) {
    if (permission == NULL) {
        return co_handles(state, unit) || owns(state, unit, false);
    }
    return (permission->co_handling && co_handles(state, unit)) ||
           (permission->owner && owns(state, unit, true));
}

// permission: for this command; NULL: for reading, which each grant on the case gives.
static bool grant_fits(const struct case_grant *grant, const struct case_state *state,
                       const struct permission *permission) {
    if (grant->case_id[0] != '\0') {
        return strcmp(grant->case_id, state->case_id) == 0 &&
               (!grant->glass || permission == NULL || permission->emergency);
    }
    return strcmp(grant->unit, state->unit) == 0 || part_fits(state, grant->unit, permission);
}

static unsigned granted_roles(const struct case_state *state, const struct case_actor *actor,
                              const struct permission *permission) {
    unsigned roles = 0;
    for (size_t i = 0; i < actor->grant_count; i++) {
        roles |= grant_fits(&actor->grants[i], state, permission) ? actor->grants[i].roles : 0;
    }
    return roles;
}

bool permission_handles(const struct case_state *state, const struct case_actor *actor) {
    const struct permission *permission = &permissions[INPUT_ANSWER_SUPERVISION];
    return permission_in_unit(actor, state->unit) ||
           (granted_roles(state, actor, permission) & ROLE_HANDLER) != 0;
}

static bool in_scope(const struct case_state *state, const struct case_actor *actor) {
    return !SCOPE_FILTERED || actor->tenants == NULL ||
           scope_contains(actor->tenants, state->tenant);
}

unsigned permission_roles_on(const struct case_state *state, const struct case_actor *actor) {
    return (in_scope(state, actor) ? actor->roles : 0) | granted_roles(state, actor, NULL);
}

unsigned permission_acts_by(const struct case_state *state, enum input_kind kind,
                            const struct case_actor *actor) {
    const struct permission *permission = &permissions[kind];
    return ((in_scope(state, actor) ? actor->roles : 0) | granted_roles(state, actor, permission)) &
           permission->roles;
}

bool permission_by_glass_alone(const struct case_state *state, const struct case_actor *actor) {
    bool broken = false;
    bool otherwise = in_scope(state, actor);
    for (size_t i = 0; i < actor->grant_count; i++) {
        bool fits = grant_fits(&actor->grants[i], state, NULL);
        broken = broken || (fits && actor->grants[i].glass);
        otherwise = otherwise || (fits && !actor->grants[i].glass);
    }
    return broken && !otherwise;
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

// By the token alone: grants are asked for elsewhere.
static bool owns_any(const struct case_state *state, const struct case_actor *actor) {
    for (size_t i = 0; i < actor->unit_count; i++) {
        if (owns(state, actor->units[i], true)) {
            return true;
        }
    }
    return false;
}

static bool reaches(const struct permission *permission, unsigned role,
                    const struct case_state *state, const struct case_actor *actor) {
    bool own = in_scope(state, actor) && (actor->roles & role) != 0;
    bool granted = (granted_roles(state, actor, permission) & role) != 0;
    switch (permission_scope(permission, role)) {
    case PERMISSION_UNIT:
        return granted || (own && (permission_in_unit(actor, state->unit) ||
                                   (permission->owner && owns_any(state, actor))));
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

static const char *beyond_reach(const struct permission *permission, unsigned acting,
                                const struct case_state *state, const struct case_actor *actor) {
    if ((permission->outside & acting) != 0) {
        return "in-scope";
    }
    if (!permission->emergency && permission_by_glass_alone(state, actor)) {
        return "emergency-only";
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
    return acting == 0 ? "role-not-allowed" : beyond_reach(permission, acting, state, actor);
}

bool permission_reviews_alone(const struct case_state *state, const struct case_actor *actor) {
    return (permission_roles_on(state, actor) & (CASEWORK | ROLE_REVIEWER)) == ROLE_REVIEWER;
}

bool permission_of_whole(const struct case_state *state, enum input_kind kind,
                         const struct case_actor *actor) {
    struct permission whole = permissions[kind];
    whole.co_handling = false;
    whole.owner = false;
    return scope_refusal(&whole, state, actor) == NULL;
}

bool permission_acts_for(const struct case_state *state, const struct case_actor *actor,
                         const char *unit) {
    bool acts =
        in_scope(state, actor) && (actor->roles & CASEWORK) != 0 && permission_in_unit(actor, unit);
    for (size_t i = 0; i < actor->grant_count && !acts; i++) {
        acts = (actor->grants[i].roles & CASEWORK) != 0 && actor->grants[i].case_id[0] == '\0' &&
               strcmp(actor->grants[i].unit, unit) == 0;
    }
    return acts;
}

// What was erased joins no other case; of those that it is of one matter with it holds up none.
static bool joins_erased(const struct case_state *state, enum input_kind kind) {
    return kind == INPUT_MERGE && state->erased && state->cluster.other_count == 0;
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
    uint64_t guard =
        joins_erased(state, kind) ? GUARD_NOT_ERASED : workflow_broken_guard(row, state, actor);
    return guard == 0 ? NULL : workflow_guard_code(guard);
}
