// SPDX-License-Identifier: Apache-2.0
// The indicators of DOMAIN.md, section 8, by SQL over what was counted, within a reader's scope.
#pragma once

#include "common/pg.h"

#include <jansson.h>

struct indicator_query {
    const char *from;  // "2026-02-01", first day of receipt
    const char *to;    // last day
    const char *scope; // institution codes separated by commas: the token's
    const char *asked; // of these, what is asked for
    int64_t now_ms;
    int64_t period_end_ms; // what is due later is left out
};

// The indicators as one object.
MUST_CHECK enum rc indicators_read(struct pg *pg, const struct indicator_query *query,
                                   json_t **indicators, struct error *error);
// What happened to cases by unit and category: {"items": [...]}.
MUST_CHECK enum rc indicators_read_units(struct pg *pg, const struct indicator_query *query,
                                         json_t **units, struct error *error);
