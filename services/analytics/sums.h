// SPDX-License-Identifier: Apache-2.0
// What the measures add up to, by day of receipt: counts, times to the first response, dues, and
// who repeats whom. Counting is taking a case's old contribution away and adding the new one.
#pragma once

#include "store.h"

#define SUMS_STATEMENTS 7 // at most

// Queues the differences that these changes make, after the measures themselves and their hashes;
// statements tells how many were queued.
MUST_CHECK enum rc sums_queue(struct pg *pg, const struct changes *changes, int32_t zone_offset_s,
                              size_t *statements, struct error *error);
