// SPDX-License-Identifier: Apache-2.0
// What commands of access read beside plain texts.
#pragma once

#include "case.h"

#include "common/error.h"
#include "common/region.h"

#define COMMAND_GRANT_MOST_MS (INT64_C(90) * 86400000) // ours: a longer need is a role
#define COMMAND_GLASS_MS (INT64_C(60) * 60000)         // ours

// Notes what the case's policy asks of reveals, extensions and erasures, so that case_permits
// knows.
void access_ask_policy(const struct region *region, struct case_state *state, int64_t now_ms);
// Of these the institutions above the case alone, which say who reviews it.
void access_ask_line(const struct region *region, struct case_state *state);

// Fills role and until of a grant, until of a broken glass; nothing for other kinds. RC_INVALID
// names the field.
MUST_CHECK enum rc access_term_read(enum input_kind kind, const char *role, const char *until,
                                    struct case_command *command, struct error *error);
