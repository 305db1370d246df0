// SPDX-License-Identifier: Apache-2.0
// Roles for a time on a unit's cases, whichever institution they are of: an administrator's own
// record, append-only, that ends by itself (permission.c says what a grant gives).
#pragma once

#include "staffing.h"

#include "common/error.h"
#include "common/pg.h"

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

#define UNIT_GRANTS_LISTED 200

// Texts are borrowed.
struct unit_grant {
    const char *grant_id; // derived from the request, so that a repeat is the same
    const char *subject;
    const char *role;
    const char *unit;
    const char *reason;
    const char *granted_by;
    int64_t until_ms;
    int64_t granted_at_ms;
};

// Writes it, unless it was, and shows what is written. RC_INVALID, "idempotency-key-reused", where
// that says something else.
MUST_CHECK enum rc unit_grants_add(struct pg *pg, const struct unit_grant *grant, json_t **shown,
                                   struct error *error);
// {items}: those of a unit in force, the next to end first.
MUST_CHECK enum rc unit_grants_list(struct pg *pg, const char *unit, int64_t now_ms, json_t **page,
                                    struct error *error);
// Looks for whom the input leaves the case to act, and fills whom it tells that nobody is left
// (unstaffed_to, unsupervised_to, unhandled_to), and until when some are (supervised_until_ms,
// handled_until_ms).
MUST_CHECK enum rc unit_grants_look(struct pg *pg, const struct region *region,
                                    const struct case_state *state, struct case_input *input,
                                    int64_t now_ms, struct error *error);
