// SPDX-License-Identifier: Apache-2.0
// analytics' SQL: measures in and out in batches, counts by what changed, indicators.
#pragma once

#include "analytics.h"

#include "common/pg.h"

#include <jansson.h>

#define STORE_SCHEMA 2 // number of the migration this build needs

struct tally { // one case of a batch: before and after
    struct measure before;
    struct measure after;
};

// Loads and locks the measures of these cases (tallies sorted by case id, before and after alike).
MUST_CHECK enum rc store_load(struct pg *pg, struct tally *tallies, size_t count,
                              struct error *error);
// Writes the measures that moved and the differences of their contributions.
MUST_CHECK enum rc store_save(struct pg *pg, const struct tally *tallies, size_t count,
                              int32_t zone_offset_s, struct error *error);

struct indicator_query {
    const char *from;  // "2026-02-01", first day of receipt
    const char *to;    // last day
    const char *scope; // institution codes separated by commas: the token's
    const char *asked; // of these, what is asked for
    int64_t now_ms;
    int64_t period_end_ms; // what is due later is left out
};
// The indicators as one object.
MUST_CHECK enum rc store_indicators(struct pg *pg, const struct indicator_query *query,
                                    json_t **indicators, struct error *error);
