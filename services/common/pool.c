// SPDX-License-Identifier: Apache-2.0
// Last in, first out: the connection used last is the warmest.
#include "common/pool.h"

#include "common/pg.h"
#include "common/redis.h"

#include <errno.h>
#include <stdlib.h>
#include <time.h>

#define WAIT_S 2

void pool_init(struct pool *pool) {
    pthread_mutex_init(&pool->lock, NULL);
    pthread_cond_init(&pool->given, NULL);
    pool->count = 0;
}

enum rc pool_take(struct pool *pool, void **entry, struct error *error) {
    struct timespec until;
    int waited = 0;
    clock_gettime(CLOCK_REALTIME, &until);
    until.tv_sec += WAIT_S;
    pthread_mutex_lock(&pool->lock);
    while (pool->count == 0 && waited != ETIMEDOUT) {
        waited = pthread_cond_timedwait(&pool->given, &pool->lock, &until);
    }
    *entry = pool->count == 0 ? NULL : pool->idle[--pool->count];
    pthread_mutex_unlock(&pool->lock);
    return *entry == NULL ? error_set(error, RC_UNAVAILABLE, "all connections are busy") : RC_OK;
}

void pool_give(struct pool *pool, void *entry) {
    pthread_mutex_lock(&pool->lock);
    pool->idle[pool->count++] = entry;
    pthread_cond_signal(&pool->given);
    pthread_mutex_unlock(&pool->lock);
}

void pool_close(struct pool *pool) {
    pthread_cond_destroy(&pool->given);
    pthread_mutex_destroy(&pool->lock);
}

struct pg_pool {
    struct pool pool;
};

enum rc pg_pool_new(struct pg_pool **out, const char *url, const char *application,
                    const char *schema, size_t size, struct error *error) {
    struct pg_pool *pool = calloc(1, sizeof *pool);
    *out = pool;
    if (pool == NULL) {
        return error_set(error, RC_INTERNAL, "out of memory for a pool");
    }
    pool_init(&pool->pool);
    for (size_t i = 0; i < size && i < POOL_LIMIT; i++) {
        struct pg *pg = NULL;
        enum rc rc = pg_open(&pg, url, application, schema, error);
        if (rc != RC_OK) {
            pg_close(pg);
            return rc;
        }
        pool_give(&pool->pool, pg);
    }
    return RC_OK;
}

enum rc pg_pool_plan_by_keys(struct pg_pool *pool, struct error *error) {
    enum rc rc = RC_OK;
    for (size_t i = 0; i < pool->pool.count && rc == RC_OK; i++) {
        rc = pg_plan_by_keys(pool->pool.idle[i], error);
    }
    return rc;
}

enum rc pg_pool_take(struct pg_pool *pool, struct pg **pg, struct error *error) {
    enum rc rc = pool_take(&pool->pool, (void **)pg, error);
    if (rc == RC_OK && (rc = pg_ensure(*pg, error)) != RC_OK) {
        pool_give(&pool->pool, *pg);
        *pg = NULL;
    }
    return rc;
}

void pg_pool_give(struct pg_pool *pool, struct pg *pg) {
    if (pg != NULL) {
        pool_give(&pool->pool, pg);
    }
}

void pg_pool_free(struct pg_pool *pool) {
    if (pool == NULL) {
        return;
    }
    while (pool->pool.count > 0) {
        pg_close(pool->pool.idle[--pool->pool.count]);
    }
    pool_close(&pool->pool);
    free(pool);
}

struct redis_pool {
    struct pool pool;
};

enum rc redis_pool_new(struct redis_pool **out, const char *host, int port, int timeout_ms,
                       size_t size, struct error *error) {
    struct redis_pool *pool = calloc(1, sizeof *pool);
    *out = pool;
    if (pool == NULL) {
        return error_set(error, RC_INTERNAL, "out of memory for a pool");
    }
    pool_init(&pool->pool);
    for (size_t i = 0; i < size && i < POOL_LIMIT; i++) {
        struct redis *redis = NULL;
        enum rc rc = redis_new(&redis, host, port, timeout_ms, error);
        if (rc != RC_OK) {
            return rc;
        }
        pool_give(&pool->pool, redis);
    }
    return RC_OK;
}

enum rc redis_pool_take(struct redis_pool *pool, struct redis **redis, struct error *error) {
    return pool_take(&pool->pool, (void **)redis, error);
}

void redis_pool_give(struct redis_pool *pool, struct redis *redis) {
    if (redis != NULL) {
        pool_give(&pool->pool, redis);
    }
}

void redis_pool_free(struct redis_pool *pool) {
    if (pool == NULL) {
        return;
    }
    while (pool->pool.count > 0) {
        redis_free(pool->pool.idle[--pool->pool.count]);
    }
    pool_close(&pool->pool);
    free(pool);
}
