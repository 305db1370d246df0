// SPDX-License-Identifier: Apache-2.0
// A bounded set of connections or clients that request threads share; see pg_pool and redis_pool.
#pragma once

#include "common/error.h"

#include <pthread.h>
#include <stddef.h>

#define POOL_LIMIT 32

struct pool {
    pthread_mutex_t lock;
    pthread_cond_t given;
    void *idle[POOL_LIMIT];
    size_t count;
};

void pool_init(struct pool *pool);
// Waits at most 2 s. RC_UNAVAILABLE after that.
MUST_CHECK enum rc pool_take(struct pool *pool, void **entry, struct error *error);
void pool_give(struct pool *pool, void *entry);
void pool_close(struct pool *pool);
