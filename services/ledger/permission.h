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
    bool emergency;   // by a broken glass too, which opens the rest of a case for reading alone
    bool co_handling; // by a grant on a unit that co-handles the case, likewise
    bool owner;       // by who is of a unit that owns an open improvement, or has a grant on it
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
// The user's roles when reading this case: those of the token where its institution is in scope,
// and those granted for it, for its unit or a co-handler's, or by a broken glass.
unsigned permission_roles_on(const struct case_state *state, const struct case_actor *actor);
// Whether the case exists for this user at all.
bool case_sees(const struct case_state *state, const struct case_actor *actor);
// Those of them, of the roles that the command's row names, by which the user may give it.
unsigned permission_acts_by(const struct case_state *state, enum input_kind kind,
                            const struct case_actor *actor);
// Whether all that the user may do of the case is to review it.
bool permission_reviews_alone(const struct case_state *state, const struct case_actor *actor);
// Whether the user may give it as one of the case's unit, institution or desk: of the whole case,
// not of a part of it alone that a unit of theirs co-handles or owns.
bool permission_of_whole(const struct case_state *state, enum input_kind kind,
                         const struct case_actor *actor);
// Whether the user does casework for this unit, which has a part in the case: as one of it whose
// scope holds the case, or by a grant on it.
bool permission_acts_for(const struct case_state *state, const struct case_actor *actor,
                         const char *unit);
// Whether nothing but a broken glass opens the case to this user.
bool permission_by_glass_alone(const struct case_state *state, const struct case_actor *actor);
// Whether the user handles what the case's unit has: as one of the unit, or by a grant.
bool permission_handles(const struct case_state *state, const struct case_actor *actor);
// Whether the unit is one of the token's, or a grant makes the user a handler of what it has.
bool permission_works_in(const struct case_actor *actor, const char *unit);
bool permission_in_unit(const struct case_actor *actor, const char *unit);
