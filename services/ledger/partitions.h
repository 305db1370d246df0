// SPDX-License-Identifier: Apache-2.0
// The partitions of its topic that a consumer reads, and where each goes on. The ledger keeps that
// itself, beside the facts: whoever takes a partition over raises its epoch, and each batch moves
// on in its own transaction from where the one before ended, or not at all. Plain memory that owns
// nothing. For the consumer's thread alone: assignments come between batches, never during one.
#pragma once

#include "common/bus.h"
#include "common/pg.h"
#include "relay.h"
#include "store.h"

#define PARTITIONS_MOST 256

struct partition {
    int32_t number;
    relay_shards shards; // of its cases; 0 where it is not assigned any more
    int64_t epoch;
    int64_t next_offset;
};

struct partitions {                // zero-initialise, then set what is borrowed
    struct pg *pg;                 // borrowed; the consumer's
    struct bus_producer *producer; // borrowed; says how many partitions the topic has
    struct relay *relay;           // borrowed
    bool followed; // by the relay, which then serves the cases that are decided here
    struct partition list[PARTITIONS_MOST];
    size_t count;
    int32_t of_topic; // 0: not known yet
};

// What a batch moves, one a partition.
struct partition_fences {
    struct store_fence list[PARTITIONS_MOST];
    size_t count;
};

// Takes one that was assigned, also again; *offset: where it goes on (-2: the beginning). On
// failure it stays as it was, to be tried again.
MUST_CHECK enum rc partitions_take(struct partitions *partitions, const char *topic, int32_t number,
                                   int64_t *offset, struct error *error);
// After all of an assignment: tells the relay whose cases are decided here.
void partitions_settle(const struct partitions *partitions);
// It is another's now, or nobody's; the relay is told that nothing is settled.
void partitions_lose(struct partitions *partitions, int32_t number);
// The fences of these records; their topics are borrowed from them. Zero-initialise. RC_CONFLICT: a
// record's partition was never taken.
MUST_CHECK enum rc partitions_fence(const struct partitions *partitions,
                                    const struct bus_record *records, size_t count,
                                    struct partition_fences *fences, struct error *error);
// The batch with these fences is committed.
void partitions_move_on(struct partitions *partitions, const struct partition_fences *fences);
