// SPDX-License-Identifier: Apache-2.0
// common/redis.h over the simulated Redis: a connection is lost before or after the command ran.
#include "common/redis.h"

#include "faults.h"
#include "redis_server.h"
#include "sim.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define ARGUMENTS 512

struct redis {
    int timeout_ms;
};

enum rc redis_new(struct redis **out, const char *host, int port, int timeout_ms,
                  struct error *error) {
    (void)host;
    (void)port;
    *out = calloc(1, sizeof **out);
    if (*out == NULL) {
        return error_set(error, RC_INTERNAL, "out of memory for a Redis connection");
    }
    (*out)->timeout_ms = timeout_ms;
    return RC_OK;
}

void redis_free(struct redis *redis) { free(redis); }

static enum rc lost(struct error *error) {
    return error_set(error, RC_UNAVAILABLE, "the connection to Redis was lost");
}

enum rc redis_command_argv(struct redis *redis, redisReply **out, size_t count,
                           const char *const *arguments, const size_t *sizes, struct error *error) {
    (void)redis;
    *out = NULL;
    if (!sim_io(arguments[0])) {
        return lost(error);
    }
    if (faults_is_down(FAULT_REDIS_DOWN)) {
        if (sim_chance(8)) { // it ran, and the answer was lost
            freeReplyObject(redis_server_run(count, arguments, sizes));
        }
        return lost(error);
    }
    redisReply *reply = redis_server_run(count, arguments, sizes);
    if (!sim_io("Redis' answer")) {
        freeReplyObject(reply);
        return lost(error);
    }
    if (reply->type == REDIS_REPLY_ERROR) {
        enum rc rc = error_set(error, RC_INTERNAL, "Redis answered %s", reply->str);
        freeReplyObject(reply);
        return rc;
    }
    *out = reply;
    return RC_OK;
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

enum rc redis_script(struct redis *redis, redisReply **reply, const char *script,
                     const char *const *keys, size_t key_count, const char *const *arguments,
                     size_t argument_count, struct error *error) {
    const char *all[ARGUMENTS] = {"EVAL", script};
    size_t sizes[ARGUMENTS];
    char number[24];
    size_t count = 3 + key_count + argument_count;
    snprintf(number, sizeof number, "%zu", key_count);
    all[2] = number;
    memcpy(all + 3, keys, key_count * sizeof *keys);
    if (argument_count > 0) {
        memcpy(all + 3 + key_count, arguments, argument_count * sizeof *arguments);
    }
    for (size_t i = 0; i < count; i++) {
        sizes[i] = strlen(all[i]);
    }
    return redis_command_argv(redis, reply, count, all, sizes, error);
}

const char *redis_text(const redisReply *reply) {
    bool text = reply->type == REDIS_REPLY_STRING || reply->type == REDIS_REPLY_STATUS;
    return text ? reply->str : "";
}

int64_t redis_number(const redisReply *reply) {
    return reply->type == REDIS_REPLY_INTEGER ? reply->integer
                                              : strtoll(redis_text(reply), NULL, 10);
}
