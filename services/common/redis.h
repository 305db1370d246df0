// SPDX-License-Identifier: Apache-2.0
// Redis (hiredis): one connection a thread, argv calls only, scripts by digest. Any context error
// frees the connection; the next call opens it and loads the scripts again.
#pragma once

#include "common/error.h"

#include <hiredis/hiredis.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct redis;

// Does not connect yet.
MUST_CHECK enum rc redis_new(struct redis **redis, const char *host, int port, int timeout_ms,
                             struct error *error);
void redis_free(struct redis *redis);

// One command, arguments ended by NULL (texts). *reply is freed with freeReplyObject.
// RC_UNAVAILABLE when Redis is away or answers LOADING/OOM/READONLY; RC_INTERNAL other errors.
MUST_CHECK enum rc redis_command(struct redis *redis, redisReply **reply, struct error *error,
                                 const char *first, ...) __attribute__((sentinel));
MUST_CHECK enum rc redis_command_argv(struct redis *redis, redisReply **reply, size_t count,
                                      const char *const *arguments, const size_t *sizes,
                                      struct error *error);
// Several commands on their way at once: add each, take as many replies, in their order, whatever
// each says; redis_end takes those that nobody wants any more.
MUST_CHECK enum rc redis_add(struct redis *redis, size_t count, const char *const *arguments,
                             const size_t *sizes, struct error *error);
MUST_CHECK enum rc redis_take(struct redis *redis, redisReply **reply, struct error *error);
void redis_end(struct redis *redis);
// Whether the last call failed because its connection had been closed since it last served: a read
// is worth one more try, on a new one.
bool redis_was_stale(const struct redis *redis);
// EVALSHA with a fall-back to EVAL. keys then arguments, both texts.
MUST_CHECK enum rc redis_script(struct redis *redis, redisReply **reply, const char *script,
                                const char *const *keys, size_t key_count,
                                const char *const *arguments, size_t argument_count,
                                struct error *error);

// What a reply holds: its text, "" where it holds none; its number, also one that is written as a
// text, 0 where it holds none. Redis is not trusted to answer in the shape that was asked for.
const char *redis_text(const redisReply *reply);
int64_t redis_number(const redisReply *reply);

// A small pool for request threads, as pg_pool.
struct redis_pool;
MUST_CHECK enum rc redis_pool_new(struct redis_pool **pool, const char *host, int port,
                                  int timeout_ms, size_t size, struct error *error);
MUST_CHECK enum rc redis_pool_take(struct redis_pool *pool, struct redis **redis,
                                   struct error *error);
void redis_pool_give(struct redis_pool *pool, struct redis *redis);
void redis_pool_free(struct redis_pool *pool);
