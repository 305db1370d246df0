// SPDX-License-Identifier: Apache-2.0
// Which shards of the outbox this relay serves: those whose advisory locks its session holds.
#pragma once

#include "relay.h"

#include "common/pg.h"

struct relay_locks {
    int session; // backend that holds them
    bool held[RELAY_SHARDS];
    int64_t tried_ms; // 0: not in this session
};

// Tries for the ones not held, every two seconds. A new session starts with none.
MUST_CHECK enum rc relay_locks_take(struct relay_locks *locks, struct pg *pg, struct error *error);
// Adds the shards that are held, as one array.
void relay_locks_add(const struct relay_locks *locks, struct pg_parameters *parameters);
