// SPDX-License-Identifier: Apache-2.0
// The ledger's SQL. One transaction: store_begin, then reads, then store_write, store_commit; any
// failure is followed by pg_rollback. One pg a thread.
#pragma once

#include "common/pg.h"
#include "work.h"

#define STORE_SCHEMA 8 // number of the migration this build needs
#define STORE_GROUP "redress-ledger"

// Where one partition goes on.
struct store_fence {
    const char *topic;
    int32_t partition;
    int64_t epoch;
    int64_t previous; // next_offset as stored before
    int64_t next;     // next_offset after this batch
};

// Takes a partition over: raises its epoch, gives where to go on (-2: the beginning).
MUST_CHECK enum rc store_take_partition(struct pg *pg, const char *topic, int32_t partition,
                                        int64_t *epoch, int64_t *next_offset, struct error *error);

// Begins a transaction, moves the fences, loads and locks the work's cases in the order of their
// ids (or passes over those that others hold, see work.h), and of these causes the ones that were
// applied before. fences may be none (staff commands). RC_CONFLICT: a fence did not hold; *already
// tells whether this very batch is in.
MUST_CHECK enum rc store_begin(struct pg *pg, const struct store_fence *fences, size_t fence_count,
                               struct work *work, const struct work_cause *causes,
                               size_t cause_count, bool *already, struct error *error);

// Writes events, outbox, case states, clocks and vault of the work, and commits.
MUST_CHECK enum rc store_write(struct pg *pg, const struct work *work, struct error *error);
