// SPDX-License-Identifier: Apache-2.0
// hiredis contexts are thrown away after any error: a half-read reply can't be trusted.
#include "common/redis.h"

#include <errno.h>
#include <openssl/evp.h>
#include <pthread.h>
#include <sodium.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define ARGUMENTS 64
#define ELEMENTS (1024 * 1024) // of one reply

struct redis {
    redisContext *context;
    size_t waiting; // replies to commands that were added
    bool served;    // this connection has answered before
    bool stale;     // the last call failed on one that was closed while it rested
    char host[256];
    int port;
    int timeout_ms;
};

enum rc redis_new(struct redis **out, const char *host, int port, int timeout_ms,
                  struct error *error) {
    struct redis *redis = calloc(1, sizeof *redis);
    *out = redis;
    if (redis == NULL) {
        return error_set(error, RC_INTERNAL, "out of memory for a Redis connection");
    }
    snprintf(redis->host, sizeof redis->host, "%s", host);
    redis->port = port;
    redis->timeout_ms = timeout_ms;
    return RC_OK;
}

static void drop(struct redis *redis) {
    if (redis->context != NULL) {
        redisFree(redis->context);
        redis->context = NULL;
    }
    redis->waiting = 0;
    redis->served = false;
}

void redis_free(struct redis *redis) {
    if (redis != NULL) {
        drop(redis);
        free(redis);
    }
}

// hiredis makes room for all elements when it reads their number; before 1.0 it knows no limit.
static redisReplyObjectFunctions bounded;
static pthread_mutex_t bounded_lock = PTHREAD_MUTEX_INITIALIZER;
static const redisReplyObjectFunctions *unbounded;

static void *create_array(const redisReadTask *task, int elements) {
    return elements > ELEMENTS ? NULL : unbounded->createArray(task, elements);
}

static void bound_arrays(redisReader *reader) {
    pthread_mutex_lock(&bounded_lock);
    if (unbounded == NULL) {
        unbounded = reader->fn;
        bounded = *unbounded;
        bounded.createArray = create_array;
    }
    pthread_mutex_unlock(&bounded_lock);
    reader->fn = &bounded;
}

static enum rc ensure(struct redis *redis, struct error *error) {
    if (redis->context != NULL) {
        return RC_OK;
    }
    struct timeval timeout = {redis->timeout_ms / 1000, redis->timeout_ms % 1000 * 1000};
    redis->context = redisConnectWithTimeout(redis->host, redis->port, timeout);
    if (redis->context == NULL || redis->context->err != 0) {
        drop(redis);
        return error_set(error, RC_UNAVAILABLE, "Redis does not answer at %s:%d", redis->host,
                         redis->port);
    }
    redisSetTimeout(redis->context, timeout);
    bound_arrays(redis->context->reader);
    return RC_OK;
}

static bool starts(const char *text, const char *prefix) {
    return strncmp(text, prefix, strlen(prefix)) == 0;
}

// Replies that mean "not now".
static enum rc verdict(const char *text) {
    static const char *const later[] = {"LOADING", "OOM",        "READONLY",  "MISCONF",
                                        "BUSY",    "MASTERDOWN", "NOREPLICAS"};
    for (size_t i = 0; i < sizeof later / sizeof later[0]; i++) {
        if (starts(text, later[i])) {
            return RC_UNAVAILABLE;
        }
    }
    return RC_INTERNAL;
}

// A time-out is no sign of a closed connection: it would be waited for twice.
static enum rc lose(struct redis *redis, struct error *error) {
    int fault = redis->context->err;
    redis->stale =
        redis->served && (fault == REDIS_ERR_EOF || (fault == REDIS_ERR_IO && errno != EAGAIN));
    drop(redis);
    return error_set(error, RC_UNAVAILABLE, "the connection to Redis was lost");
}

static enum rc refusal(redisReply *reply, struct error *error) {
    char word[48];
    snprintf(word, sizeof word, "%s", reply->str);
    enum rc rc = verdict(reply->str);
    word[strcspn(word, " ")] = '\0'; // the rest may quote arguments
    freeReplyObject(reply);
    error_set(error, rc, "Redis answered %s", word);
    if (error != NULL) {
        snprintf(error->code, sizeof error->code, "%s", word);
    }
    return rc;
}

enum rc redis_add(struct redis *redis, size_t count, const char *const *arguments,
                  const size_t *sizes, struct error *error) {
    if (redis->waiting == 0) {
        redis->stale = false;
    }
    enum rc rc = ensure(redis, error);
    if (rc != RC_OK) {
        return rc;
    }
    if (redisAppendCommandArgv(redis->context, (int)count, (const char **)arguments, sizes) !=
        REDIS_OK) {
        return lose(redis, error);
    }
    redis->waiting++;
    return RC_OK;
}

enum rc redis_take(struct redis *redis, redisReply **out, struct error *error) {
    void *reply = NULL;
    *out = NULL;
    if (redis->waiting == 0) {
        return error_set(error, RC_UNAVAILABLE, "Redis was not asked, or was lost since");
    }
    if (redisGetReply(redis->context, &reply) != REDIS_OK || reply == NULL) {
        return lose(redis, error);
    }
    redis->waiting--;
    redis->served = true;
    if (((redisReply *)reply)->type == REDIS_REPLY_ERROR) {
        return refusal(reply, error);
    }
    *out = reply;
    return RC_OK;
}

void redis_end(struct redis *redis) {
    while (redis->waiting > 0) {
        redisReply *reply = NULL;
        if (redis_take(redis, &reply, NULL) == RC_OK) {
            freeReplyObject(reply);
        }
    }
}

bool redis_was_stale(const struct redis *redis) { return redis->stale; }

enum rc redis_command_argv(struct redis *redis, redisReply **out, size_t count,
                           const char *const *arguments, const size_t *sizes, struct error *error) {
    *out = NULL;
    enum rc rc = redis_add(redis, count, arguments, sizes, error);
    return rc == RC_OK ? redis_take(redis, out, error) : rc;
}

enum rc redis_command(struct redis *redis, redisReply **reply, struct error *error,
                      const char *first, ...) {
    const char *arguments[ARGUMENTS] = {first};
    size_t sizes[ARGUMENTS] = {strlen(first)};
    size_t count = 1;
    va_list list;
    va_start(list, first);
    for (const char *next; count < ARGUMENTS && (next = va_arg(list, const char *)) != NULL;) {
        sizes[count] = strlen(next);
        arguments[count++] = next;
    }
    va_end(list);
    return redis_command_argv(redis, reply, count, arguments, sizes, error);
}

const char *redis_text(const redisReply *reply) {
    bool text = reply->type == REDIS_REPLY_STRING || reply->type == REDIS_REPLY_STATUS;
    return text ? reply->str : "";
}

int64_t redis_number(const redisReply *reply) {
    return reply->type == REDIS_REPLY_INTEGER ? reply->integer
                                              : strtoll(redis_text(reply), NULL, 10);
}

// Redis names scripts by SHA-1; nothing secret depends on it.
static void sha1_hex(const char *script, char hex[41]) {
    unsigned char hash[20];
    unsigned size = sizeof hash;
    EVP_Digest(script, strlen(script), hash, &size, EVP_sha1(), NULL);
    sodium_bin2hex(hex, 41, hash, sizeof hash);
}

enum rc redis_script(struct redis *redis, redisReply **reply, const char *script,
                     const char *const *keys, size_t key_count, const char *const *arguments,
                     size_t argument_count, struct error *error) {
    size_t count = 3 + key_count + argument_count;
    const char **all = calloc(count, sizeof *all);
    size_t *sizes = calloc(count, sizeof *sizes);
    char number[24];
    char digest[41];
    enum rc rc = error_set(error, RC_INTERNAL, "out of memory for a script call");
    if (all != NULL && sizes != NULL) {
        snprintf(number, sizeof number, "%zu", key_count);
        sha1_hex(script, digest);
        all[0] = "EVALSHA";
        all[1] = digest;
        all[2] = number;
        memcpy(all + 3, keys, key_count * sizeof *keys);
        if (argument_count > 0) {
            memcpy(all + 3 + key_count, arguments, argument_count * sizeof *arguments);
        }
        for (size_t i = 0; i < count; i++) {
            sizes[i] = strlen(all[i]);
        }
        rc = redis_command_argv(redis, reply, count, all, sizes, error);
        if (rc == RC_INTERNAL && error != NULL && strcmp(error->code, "NOSCRIPT") == 0) {
            all[0] = "EVAL";
            all[1] = script;
            sizes[0] = 4;
            sizes[1] = strlen(script);
            rc = redis_command_argv(redis, reply, count, all, sizes, error);
        }
    }
    free(all);
    free(sizes);
    return rc;
}
