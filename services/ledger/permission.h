// SPDX-License-Identifier: Apache-2.0
// Who may give which command: one table, read by the API, by each case's actions and by
// `redressctl workflow show`. Pure.
#pragma once

#include "case.h"

#include "common/role.h"

struct permission {
    const char *name; // of the command, as in its path; NULL for a proposal
    unsigned roles;   // bits of enum role, any of them
    bool unit;        // a handler or counsellor must belong to the unit that has the case
    unsigned region;  // those of the roles whose scope must be the whole region
    unsigned outside; // those for cases that are not in the user's scope
};

// How far a role reaches with a command.
enum permission_scope {
    PERMISSION_NEVER,
    PERMISSION_UNIT,        // the case's unit is one of the user's
    PERMISSION_INSTITUTION, // the case's institution is in the user's scope
    PERMISSION_REGION,      // and the user's scope is the whole region
    PERMISSION_OUTSIDE,     // the case's institution is not in the user's scope
};

// Of any kind of input; proposals have no name and no role.
const struct permission *permission_of(enum input_kind kind);
// "accept", "dispatch" … of a command; NULL for a proposal.
const char *case_command_name(enum input_kind kind);
// INPUT_KIND_COUNT for an unknown name.
enum input_kind case_command_read(const char *name);
// Whether this user may give this command now: scope, conflict, role, unit, state, guards. NULL if
// so, else the refusal's code; "case-not-found" for what the user can't see.
const char *case_permits(const struct case_state *state, enum input_kind kind,
                         const struct case_actor *actor);
// How far this one role reaches by this row.
enum permission_scope permission_scope(const struct permission *permission, unsigned role);
// The user's roles with this case: those of the token where its institution is in scope, and those
// granted for it.
unsigned permission_roles_on(const struct case_state *state, const struct case_actor *actor);
// Whether the case exists for this user at all.
bool case_sees(const struct case_state *state, const struct case_actor *actor);
// Whether the user handles what its unit has: as one of the unit, or by a grant.
bool permission_handles(const struct case_state *state, const struct case_actor *actor);
bool permission_in_unit(const struct case_actor *actor, const char *unit);
