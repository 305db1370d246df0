// SPDX-License-Identifier: Apache-2.0
// What the relay publishes next: the eldest entries of the outbox with their facts.
#pragma once

#include "relay_fresh.h"
#include "relay_locks.h"

#define RELAY_ENTRIES 16 // of a batch; each holds the facts of one transaction and shard

// One fact on its way. Borrows from its batch.
struct relay_fact {
    int64_t entry_id;
    char case_id[37];
    uint64_t sequence;
    const char *type;
    const char *traceparent;
    const void *payload;
    size_t payload_size;
    const void *contact; // NULL: none
    size_t contact_size;
    const void *hash; // 32 bytes
    int64_t decided_at_ms;
    struct relay_kept kept; // from memory, or empty
};

struct relay_batch {
    struct relay_fact *facts; // in the order of entries
    size_t count;
    PGresult *entries;
    PGresult *stored; // facts that were not in memory; NULL: all were
};

// Entries that were delivered whole and are still to be deleted.
struct relay_done {
    int64_t ids[RELAY_ENTRIES];
    size_t count;
};

// Deletes what is done and reads the next batch, in one exchange. Free it in any case.
MUST_CHECK enum rc relay_batch_read(struct relay_batch *batch, struct pg *pg,
                                    const struct relay_locks *locks, struct relay_fresh *fresh,
                                    struct relay_done *done, struct error *error);
void relay_batch_free(struct relay_batch *batch);
// Notes the entries all of whose facts are among the first delivered ones.
void relay_batch_done(const struct relay_batch *batch, size_t delivered, struct relay_done *done);
// Deletes what is done, without reading on.
MUST_CHECK enum rc relay_done_delete(struct relay_done *done, struct pg *pg, struct error *error);
