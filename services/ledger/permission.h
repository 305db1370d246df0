// SPDX-License-Identifier: Apache-2.0
// Who may give which command: one table, read by the API, by each case's actions and by
// `redressctl workflow show`. Pure.
#pragma once

#include "case.h"

struct permission {
    const char *name; // of the command, as in its path; NULL for a proposal
    unsigned roles;   // bits of enum case_role, any of them
    bool unit;        // a handler must belong to the unit that has the case
};

// Of any kind of input; proposals have no name and no role.
const struct permission *permission_of(enum input_kind kind);
// "accept", "dispatch" … of a command; NULL for a proposal.
const char *case_command_name(enum input_kind kind);
// INPUT_KIND_COUNT for an unknown name.
enum input_kind case_command_read(const char *name);
// Whether this user may give this command now: role, unit, state, guards. NULL if so, else the
// refusal's code.
const char *case_permits(const struct case_state *state, enum input_kind kind,
                         const struct case_actor *actor);
bool permission_in_unit(const struct case_actor *actor, const char *unit);
// "handler"; NULL for what is no role.
const char *permission_role_name(unsigned role);
// 0 for an unknown name.
unsigned permission_role_read(const char *name);
