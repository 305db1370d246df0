// SPDX-License-Identifier: Apache-2.0
// Which shards of the outbox this relay serves: those whose advisory locks its session holds. It
// wants those of the cases whose proposals its ledger reads, because their facts are in memory
// here. What nobody wants is anybody's, for a while: whoever wants it may come.
#pragma once

#include "relay.h"

#include "common/pg.h"

struct relay_locks {
    int session; // backend that holds them
    relay_shards held;
    int64_t since_ms[RELAY_SHARDS]; // of those held
    int64_t wanted_ms;              // last try for what is wanted; 0: not in this session
    int64_t any_ms;                 // last try for all
    int64_t given_ms;               // when some were given up
};

// Tries for the ones not held: often for those that are wanted, every two seconds for others. A new
// session starts with none.
MUST_CHECK enum rc relay_locks_take(struct relay_locks *locks, relay_shards wanted, struct pg *pg,
                                    struct error *error);
// Those held that another ledger should serve: not wanted here, and held for some time. None while
// nothing is settled. Pure.
relay_shards relay_locks_of_others(const struct relay_locks *locks, relay_shards wanted,
                                   int64_t now_ms);
// Nothing of them may be on its way.
MUST_CHECK enum rc relay_locks_give(struct relay_locks *locks, relay_shards shards, struct pg *pg,
                                    struct error *error);
// Adds the shards that are held, as one array.
void relay_locks_add(const struct relay_locks *locks, struct pg_parameters *parameters);
