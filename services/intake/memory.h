// SPDX-License-Identifier: Apache-2.0
// Whether Redis knows of every submission since the time that its sentinel names. Each instance
// tells Redis several times a second that it works with it: a beat. An instance that was silent may
// have taken submissions in without Redis; then the sentinel is set anew, and the ledger is asked
// about keys that Redis does not know. So that this holds at every moment, an instance works
// without Redis only once its silence shows.
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

// The beginning of each script that relies on the sentinel. KEYS: MEMORY_SENTINEL, MEMORY_BEATS.
// ARGV: wall time (ms), memory_flag. Leaves the sentinel ("" when it is absent) in since, Redis'
// time (ms) in now.
#define MEMORY_CHECK                                                                               \
    "local time = redis.call('TIME') "                                                             \
    "local now = time[1] * 1000 + math.floor(time[2] / 1000) "                                     \
    "local gone = ARGV[2] == '1' "                                                                 \
    "local beats = redis.call('HGETALL', KEYS[2]) "                                                \
    "for i = 1, #beats, 2 do "                                                                     \
    "  if now - tonumber(beats[i + 1]) > 3000 then " /* MEMORY_SILENT_MS */                        \
    "    gone = true redis.call('HDEL', KEYS[2], beats[i]) end "                                   \
    "end "                                                                                         \
    "local since = redis.call('GET', KEYS[1]) or '' "                                              \
    "if gone and since ~= '' then since = ARGV[1] redis.call('SET', KEYS[1], since) end "
#define MEMORY_SILENT_MS 3000

MUST_CHECK enum rc memory_start(struct memory **memory, const struct memory_options *options,
                                struct error *error);
void memory_stop(struct memory *memory);

// Redis did not do what it was asked for: from now on this instance may have worked without it.
void memory_fail(struct memory *memory);
// "1" after memory_fail, until a beat has told Redis so; else "0". Without a memory: "0".
const char *memory_flag(struct memory *memory);
// Waits until every other instance asks the ledger too, for what this one does without Redis; false
// where the service ends before that. Call memory_fail first. Without a memory there is no other.
bool memory_await(struct memory *memory);
