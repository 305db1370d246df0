// SPDX-License-Identifier: Apache-2.0
// For command.c alone: what a command says of other cases, as far as its user sees them.
#pragma once

#include "cluster.h"
#include "command.h"

// Cases that a command touches, and what it borrows of them.
struct command_related {
    struct case_state target;
    struct case_state other; // that it names; CASE_NONE where it names none
    const char *ids[CLUSTER_CASES];
    size_t count; // 1 and up; the target is among them
};

// Sees the target in scope (RC_NOT_FOUND otherwise), and every other case that the command names or
// touches; fills what the command borrows. Begins and ends its own transaction.
MUST_CHECK enum rc command_relate(struct pg *pg, struct access *access,
                                  const struct command_request *request,
                                  struct case_command *command, struct command_related *related,
                                  struct error *error);

// Whether the user gives this command for cases out of their scope: the rules tell whether there is
// one.
bool command_reaches_outside(const struct access *access, enum input_kind kind);
