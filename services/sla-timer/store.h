// SPDX-License-Identifier: Apache-2.0
// The index of due times in Redis. It can be lost at any moment and is rebuilt from the ledger.
#pragma once

#include "sla_timer.h"

#include "common/redis.h"

#define STORE_CLAIM_MOST 100
#define STORE_LEASE_MS 30000
#define STORE_NEAR_MS 2000 // longer than a warning takes to come back as a fact
#define STORE_CHANGES 100  // of one script: more would hold Redis up for others

struct store_due {
    struct timer_entry entry;
    int64_t at_ms;
    char member[TIMER_MEMBER_SIZE];
};

// Changes to the index on their way: a round trip writes many, in the order in which they came.
struct store_change {
    const char *set; // place among the script's keys
    char score[24];  // "": out with it
    char member[TIMER_MEMBER_SIZE];
};
struct store_batch {
    struct redis *redis;
    size_t count;
    struct store_change changes[STORE_CHANGES];
};
void store_batch_begin(struct store_batch *batch, struct redis *redis);
// Writes what is still waiting.
MUST_CHECK enum rc store_batch_end(struct store_batch *batch, struct error *error);

// Puts a clock's next point in, and the version before out: when a warning comes first, the breach
// follows by the ClockWarned that the warning leads to, or is in from the beginning where it comes
// within STORE_NEAR_MS of it. warn_at_ms is 0 where no warning is to come. Fails where a full batch
// can't be written.
MUST_CHECK enum rc store_put(struct store_batch *batch, const char *case_id, const char *name,
                             uint32_t version, int64_t warn_at_ms, int64_t due_at_ms,
                             struct error *error);
// Puts in when a clock that rests runs again of itself; its other entries go out. Nothing takes
// that one out before: where the clock no longer rests, nothing follows from it.
MUST_CHECK enum rc store_put_pause(struct store_batch *batch, const char *case_id, const char *name,
                                   uint32_t version, int64_t until_ms, struct error *error);
// Takes out the entries of one version of a clock.
MUST_CHECK enum rc store_remove(struct store_batch *batch, const char *case_id, const char *name,
                                uint32_t version, struct error *error);

// Moves at most STORE_CLAIM_MOST due entries to in-flight for 30 s and gives them: expired leases,
// then escalations of alarms, then the others, each in the order of their time. *complete is false
// when the index was lost: the sentinel is gone.
MUST_CHECK enum rc store_claim(struct redis *redis, struct store_due *due, size_t *count,
                               bool *complete, struct error *error);
// The entries' proposals are in Kafka; at most STORE_CLAIM_MOST.
MUST_CHECK enum rc store_done(struct redis *redis, const struct store_due *due, size_t count,
                              struct error *error);

// Around a rebuild: drops what is there, and says afterwards that the index is whole.
MUST_CHECK enum rc store_begin_rebuild(struct redis *redis, struct error *error);
MUST_CHECK enum rc store_end_rebuild(struct redis *redis, struct error *error);
// Redis' clock minus ours, in ms.
MUST_CHECK enum rc store_skew(struct redis *redis, int64_t *skew_ms, struct error *error);
