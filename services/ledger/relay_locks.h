// SPDX-License-Identifier: Apache-2.0
// Which shards of the outbox this relay serves: those whose advisory locks its session holds. It
// wants those of the cases whose proposals its ledger reads, because their facts are in memory
// here; what nobody wants is anybody's.
#pragma once

#include "relay.h"

#include "common/pg.h"

struct relay_locks {
    int session; // backend that holds them
    bool held[RELAY_SHARDS];
    int64_t tried_ms; // for any of them; 0: not in this session
    int64_t given_ms; // when one was given up; 0: not in this session
};

// Tries for the ones not held: for those that are wanted at once, for others every two seconds. A
// new session starts with none.
MUST_CHECK enum rc relay_locks_take(struct relay_locks *locks, relay_shards wanted, struct pg *pg,
                                    struct error *error);
// Whether another ledger should serve some of those held: nothing of them may be on its way when
// they are given up. Where nothing is wanted, nothing is known yet: what is held stays.
bool relay_locks_too_many(const struct relay_locks *locks, relay_shards wanted);
MUST_CHECK enum rc relay_locks_give(struct relay_locks *locks, relay_shards wanted, struct pg *pg,
                                    struct error *error);
// Adds the shards that are held, as one array.
void relay_locks_add(const struct relay_locks *locks, struct pg_parameters *parameters);
