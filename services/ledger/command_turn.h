// SPDX-License-Identifier: Apache-2.0
// For command*.c alone: a command between its body and its answer.
#pragma once

#include "command.h"
#include "command_related.h"

// Each turn's case in its user's scope, in one exchange with the database; fills their grants. A
// turn whose user does not see its case has RC_NOT_FOUND afterwards. The result is the database's.
MUST_CHECK enum rc command_see(struct pg *pg, struct command_turn *const *turns, size_t count,
                               struct error *error);

// Decides the turn for its case, which the work has locked and loaded. RC_INTERNAL and
// RC_UNAVAILABLE leave the work useless; after any other refusal it is as it was.
MUST_CHECK enum rc command_decide(struct command_turn *turn, struct work *work);
