// SPDX-License-Identifier: Apache-2.0
// The index of due times in Redis. It can be lost at any moment and is rebuilt from the ledger.
#pragma once

#include "sla_timer.h"

#include "common/redis.h"

#define STORE_CLAIM_MOST 100
#define STORE_LEASE_MS 30000

struct store_due {
    struct timer_entry entry;
    int64_t at_ms;
    char member[TIMER_MEMBER_SIZE];
};

// Puts a clock's warn and breach entries in; 0 for no warning. Older versions of it go out.
MUST_CHECK enum rc store_put(struct redis *redis, const char *case_id, const char *name,
                             uint32_t version, int64_t warn_at_ms, int64_t due_at_ms,
                             struct error *error);
// Puts in when a clock that rests runs again of itself; its other entries go out.
MUST_CHECK enum rc store_put_pause(struct redis *redis, const char *case_id, const char *name,
                                   uint32_t version, int64_t until_ms, struct error *error);
// Takes out the entries of one version of a clock.
MUST_CHECK enum rc store_remove(struct redis *redis, const char *case_id, const char *name,
                                uint32_t version, struct error *error);

// Moves at most STORE_CLAIM_MOST due entries to in-flight for 30 s and gives them; expired leases
// come again. *complete is false when the index was lost: the sentinel is gone.
MUST_CHECK enum rc store_claim(struct redis *redis, struct store_due *due, size_t *count,
                               bool *complete, struct error *error);
// The entry's proposal is in Kafka.
MUST_CHECK enum rc store_done(struct redis *redis, const char *member, struct error *error);

// Around a rebuild: drops what is there, and says afterwards that the index is whole.
MUST_CHECK enum rc store_begin_rebuild(struct redis *redis, struct error *error);
MUST_CHECK enum rc store_end_rebuild(struct redis *redis, struct error *error);
// Redis' clock minus ours, in ms.
MUST_CHECK enum rc store_skew(struct redis *redis, int64_t *skew_ms, struct error *error);
