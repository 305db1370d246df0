// SPDX-License-Identifier: Apache-2.0
// A beat that Redis gets late must not undo a silence: each bears the time, by Redis' own clock,
// after which it counts for nothing.
#include "memory.h"

#include "common/clock.h"
#include "common/redis.h"
#include "common/service.h"

#include <inttypes.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>

#define BEAT_EVERY_MS 250
#define BEAT_VALID_MS 1000
#define REDIS_TIMEOUT_MS 1000
#define AWAIT_EVERY_MS 10

_Static_assert(MEMORY_SILENT_MS == 3000 && MEMORY_LOST_MS == 60000, "the script names them too");

struct memory {
    char instance[256];
    struct redis *redis;
    pthread_t thread;
    bool started;
    atomic_bool ended;
    atomic_bool known; // Redis has had a beat of this process
    atomic_uint failures;
    atomic_uint told;               // failures of which Redis knows
    atomic_uint tellings;           // how often Redis was told
    _Atomic int64_t valid_until_ms; // of the last beat without a failure, monotonic
    int64_t redis_ahead_ms;         // Redis' time less our monotonic time; rather too small
    bool knows_time;
};

// ARGV: wall time, flag, self, instance, until when it is valid. Answer: whether it was. A process'
// first beat can't know what its predecessor did in a silence.
static const char beat_script[] =
    MEMORY_CHECK "if now > tonumber(ARGV[5]) then return 0 end "
                 "local last = redis.call('HGET', KEYS[2], ARGV[4]) "
                 "if ARGV[3] == '' and last and now - tonumber(last) > 3000 then forget() end "
                 "redis.call('HSET', KEYS[2], ARGV[4], now) "
                 "return 1";

static bool failed(struct memory *memory) {
    return atomic_load(&memory->failures) != atomic_load(&memory->told);
}

void memory_fail(struct memory *memory) {
    if (memory != NULL) {
        atomic_fetch_add(&memory->failures, 1);
    }
}

const char *memory_flag(struct memory *memory) {
    return memory != NULL && failed(memory) ? "1" : "0";
}

const char *memory_self(struct memory *memory) {
    return memory != NULL && atomic_load(&memory->known) ? memory->instance : "";
}

static enum rc learn_time(struct memory *memory, struct error *error) {
    redisReply *reply = NULL;
    enum rc rc = redis_command(memory->redis, &reply, error, "TIME", NULL);
    if (rc != RC_OK) {
        return rc;
    }
    if (reply->type == REDIS_REPLY_ARRAY && reply->elements == 2) {
        int64_t redis_ms =
            redis_number(reply->element[0]) * 1000 + redis_number(reply->element[1]) / 1000;
        memory->redis_ahead_ms = redis_ms - clock_monotonic_ms();
        memory->knows_time = true;
    } else {
        rc = error_set(error, RC_INTERNAL, "Redis answered TIME with something else");
    }
    freeReplyObject(reply);
    return rc;
}

static enum rc send_beat(struct memory *memory, const char *flag, int64_t valid_until_ms,
                         struct error *error) {
    char wall[24];
    char valid[24];
    redisReply *reply = NULL;
    snprintf(wall, sizeof wall, "%" PRId64, clock_wall_ms());
    snprintf(valid, sizeof valid, "%" PRId64, valid_until_ms + memory->redis_ahead_ms);
    enum rc rc = redis_script(
        memory->redis, &reply, beat_script, (const char *const[]){MEMORY_SENTINEL, MEMORY_BEATS}, 2,
        (const char *const[]){wall, flag, memory_self(memory), memory->instance, valid}, 5, error);
    if (rc != RC_OK) {
        return rc;
    }
    memory->knows_time = redis_number(reply) == 1;
    freeReplyObject(reply);
    return memory->knows_time ? RC_OK
                              : error_set(error, RC_UNAVAILABLE, "a beat reached Redis too late");
}

static void beat(struct memory *memory) {
    struct error ignored; // the next beat tells of the failure
    enum rc rc = memory->knows_time ? RC_OK : learn_time(memory, &ignored);
    int64_t valid_until_ms = clock_monotonic_ms() + BEAT_VALID_MS;
    if (!failed(memory)) {
        atomic_store(&memory->valid_until_ms, valid_until_ms);
    }
    // Read again: who fails from here on has seen until when this beat is valid.
    unsigned failures = atomic_load(&memory->failures);
    bool clean = failures == atomic_load(&memory->told);
    rc = rc == RC_OK ? send_beat(memory, clean ? "0" : "1", valid_until_ms, &ignored) : rc;
    if (rc != RC_OK) {
        memory_fail(memory);
        return;
    }
    atomic_store(&memory->known, true);
    if (!clean) {
        atomic_store(&memory->told, failures);
        atomic_fetch_add(&memory->tellings, 1);
    }
}

static void *run(void *argument) {
    struct memory *memory = argument;
    while (!atomic_load(&memory->ended)) {
        beat(memory);
        clock_sleep_ms(BEAT_EVERY_MS);
    }
    return NULL;
}

bool memory_await(struct memory *memory) {
    if (memory == NULL) {
        return true;
    }
    unsigned tellings = atomic_load(&memory->tellings);
    while (clock_monotonic_ms() <= atomic_load(&memory->valid_until_ms) + MEMORY_SILENT_MS &&
           atomic_load(&memory->tellings) == tellings) {
        if (service_stopping()) {
            return false;
        }
        clock_sleep_ms(AWAIT_EVERY_MS);
    }
    return true;
}

enum rc memory_start(struct memory **out, const struct memory_options *options,
                     struct error *error) {
    struct memory *memory = calloc(1, sizeof *memory);
    *out = memory;
    if (memory == NULL) {
        return error_set(error, RC_INTERNAL, "out of memory for what Redis remembers");
    }
    snprintf(memory->instance, sizeof memory->instance, "%s", options->instance);
    // Silent from the start: until the first beat, work without Redis shows to nobody.
    atomic_store(&memory->valid_until_ms, INT64_MIN / 2);
    enum rc rc = redis_new(&memory->redis, options->redis_host, options->redis_port,
                           REDIS_TIMEOUT_MS, error);
    if (rc != RC_OK) {
        return rc;
    }
    memory->started = pthread_create(&memory->thread, NULL, run, memory) == 0;
    return memory->started ? RC_OK
                           : error_set(error, RC_INTERNAL, "the thread of beats does not start");
}

// An instance that ends in good order leaves no silence behind.
static void say_goodbye(struct memory *memory) {
    struct error ignored;
    redisReply *reply = NULL;
    if (!failed(memory) && redis_command(memory->redis, &reply, &ignored, "HDEL", MEMORY_BEATS,
                                         memory->instance, NULL) == RC_OK) {
        freeReplyObject(reply);
    }
}

void memory_stop(struct memory *memory) {
    if (memory == NULL) {
        return;
    }
    atomic_store(&memory->ended, true);
    if (memory->started) {
        pthread_join(memory->thread, NULL);
        say_goodbye(memory);
    }
    redis_free(memory->redis);
    free(memory);
}
