// SPDX-License-Identifier: Apache-2.0
// The index of clocks anew, from the ledger's pages.
#pragma once

#include "review.h"

#include "common/redis.h"

#include <stdatomic.h>

struct rebuild {
    struct redis *redis;
    struct review *review; // its way to the ledger is the rebuild's, but between two pages
    const _Atomic bool *stop;
    void (*between)(void *context); // has its turn after each page: a million clocks take long
    void *context;
};

// Drops what the index holds, fills it and says that it is whole; not where *stop ends it before.
// Facts that arrive then may write to the index too: a clock that they took out and a page brings
// back is left to the ledger, which refuses one that does not run.
MUST_CHECK enum rc rebuild_index(const struct rebuild *rebuild, struct error *error);
