// SPDX-License-Identifier: Apache-2.0
// analytics' SQL of counting: measures in and out in batches, counts by what changed.
#pragma once

#include "analytics.h"

#include "common/pg.h"

#define STORE_SCHEMA 9 // number of the migration this build needs

struct tally { // one case of a batch: before and after
    struct measure before;
    struct measure after;
};

// Loads and locks the measures of these cases (tallies sorted by case id, before and after alike).
MUST_CHECK enum rc store_load(struct pg *pg, struct tally *tallies, size_t count,
                              struct error *error);
struct changes { // of one batch
    const struct tally *tallies;
    size_t tally_count;
    const struct handling *handlings;
    size_t handling_count;
};

// Writes the measures that moved, the differences of their contributions, and the handlings.
MUST_CHECK enum rc store_save(struct pg *pg, const struct changes *changes, int32_t zone_offset_s,
                              struct error *error);
