// SPDX-License-Identifier: Apache-2.0
// Whether Redis knows of every submission since the time that its sentinel names. Each instance
// tells Redis several times a second that it works with it: a beat. One that is silent may be
// taking submissions in without Redis: meanwhile the others ask the ledger about keys that Redis
// does not know. When it is back it says whether it did; then, or when it does not come back, the
// sentinel is set anew. So that this holds at every moment, an instance works without Redis only
// once its silence shows.
#pragma once

#include "common/error.h"

#include <stdbool.h>

struct memory;

struct memory_options {
    const char *redis_host;
    int redis_port;
    const char *instance; // the same after a restart, no other's
};

#define MEMORY_SENTINEL "redress:intake:remembers-since"
#define MEMORY_BEATS "redress:intake:beats"

#define MEMORY_SILENT_MS 3000
#define MEMORY_LOST_MS 60000 // whoever is silent for so long is not waited for

// The beginning of each script that relies on the sentinel. KEYS: MEMORY_SENTINEL, MEMORY_BEATS.
// ARGV: wall time (ms), memory_flag, memory_self. Leaves in since for whom unknown keys are new:
// the sentinel, the wall time while somebody is silent, "" where there is no sentinel; Redis' time
// (ms) in now, and a function that sets the sentinel.
#define MEMORY_CHECK                                                                               \
    "local time = redis.call('TIME') "                                                             \
    "local now = time[1] * 1000 + math.floor(time[2] / 1000) "                                     \
    "local since = redis.call('GET', KEYS[1]) or '' "                                              \
    "local function forget() since = ARGV[1] redis.call('SET', KEYS[1], since) end "               \
    "local beats = redis.call('HGETALL', KEYS[2]) "                                                \
    "local silent, erased = false, ARGV[3] ~= '' "                                                 \
    "for i = 1, #beats, 2 do "                                                                     \
    "  local age = now - tonumber(beats[i + 1]) "                                                  \
    "  if beats[i] == ARGV[3] then erased = false "                                                \
    "  elseif age > 60000 then " /* MEMORY_LOST_MS */                                              \
    "    redis.call('HDEL', KEYS[2], beats[i]) forget() "                                          \
    "  elseif age > 3000 then silent = true end " /* MEMORY_SILENT_MS */                           \
    "end "                                                                                         \
    "if ARGV[2] == '1' or erased then forget() end "                                               \
    "if silent and since ~= '' then since = ARGV[1] end "

MUST_CHECK enum rc memory_start(struct memory **memory, const struct memory_options *options,
                                struct error *error);
void memory_stop(struct memory *memory);

// Redis did not do what it was asked for: from now on this instance may have worked without it.
void memory_fail(struct memory *memory);
// "1" after memory_fail, until a beat has told Redis so; else "0". Without a memory: "0".
const char *memory_flag(struct memory *memory);
// The instance, which knows itself what its silence was; "" while only its predecessor may know.
const char *memory_self(struct memory *memory);
// Waits until every other instance asks the ledger too, for what this one does without Redis; false
// where the service ends before that. Call memory_fail first. Without a memory there is no other.
bool memory_await(struct memory *memory);
