// SPDX-License-Identifier: Apache-2.0
// The index of clocks anew, from the ledger's pages.
#pragma once

#include "review.h"

#include "common/redis.h"

#include <stdatomic.h>

// Drops what the index holds, fills it and says that it is whole; not where *stop ends it before.
// Takes the review's way to the ledger meanwhile. Facts that arrive then may write to the index
// too: a clock that they took out and a page brings back is left to the ledger, which refuses one
// that does not run.
MUST_CHECK enum rc rebuild_index(struct redis *redis, struct review *review,
                                 const _Atomic bool *stop, struct error *error);
