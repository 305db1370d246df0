// SPDX-License-Identifier: Apache-2.0
// What the parts of the store share: claims (store.c), the ledger's word (store_ledger.c), what is
// counted and compared by key (store_pins.c).
#pragma once

#include "store.h"

#include "common/pool.h"
#include "common/redis.h"

#define STORE_KEY_LIFE_S "172800" // of a claim and of a body, in Redis
#define STORE_KEY_ROOM 80

struct store {
    struct redis_pool *redis;
    struct memory *memory;
    struct pool ledger; // of struct http_client
    size_t connections;
    struct attempts *attempts;
};

// One question to the ledger on a pooled connection: status 200 or 404, else RC_UNAVAILABLE. The
// answer is the caller's.
MUST_CHECK enum rc store_ask_ledger(struct store *store, const char *path, long *status,
                                    json_t **answer, struct error *error);
