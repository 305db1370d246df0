// SPDX-License-Identifier: Apache-2.0
// For store_write.c: what is written beside facts and states, of the few cases that have it.
#pragma once

#include "work.h"

#include "common/pg.h"

#define STORE_ACCESS_STATEMENTS 3 // most that are queued

// New conflicts of interest, new grants, vault rows that go. Counts what it queued into *queued.
MUST_CHECK enum rc store_queue_access(struct pg *pg, const struct work *work, size_t *queued,
                                      struct error *error);
