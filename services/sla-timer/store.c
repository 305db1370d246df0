// SPDX-License-Identifier: Apache-2.0
// Sorted sets by time due, one for escalations and one for the rest, and one by the time the lease
// ends; one hash tag keeps them together. Redis' own TIME decides what is due.
#include "store.h"

#include "common/clock.h"
#include "common/escalation.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define DUE "redress:{sla}:due"
#define ESCALATIONS "redress:{sla}:due-escalations"
#define FLIGHT "redress:{sla}:in-flight"
#define AT "redress:{sla}:at" // member to its due time, kept while in flight
#define SENTINEL "redress:{sla}:whole"
#define TIME_MOST_S 253402300800 // the year 10000

static const char claim_script[] =
    "if redis.call('EXISTS', KEYS[5]) == 0 then return {0} end "
    "local t = redis.call('TIME') local now = t[1] * 1000 + math.floor(t[2] / 1000) "
    "local room = tonumber(ARGV[1]) "
    "local late = redis.call('ZRANGEBYSCORE', KEYS[3], '-inf', now, 'LIMIT', 0, room) "
    "local out = {1} "
    "for _, m in ipairs(late) do "
    "  redis.call('ZADD', KEYS[3], now + ARGV[2], m) "
    "  out[#out + 1] = m out[#out + 1] = redis.call('HGET', KEYS[4], m) or '0' end "
    "room = room - #late "
    "for set = 1, 2 do "
    "  local due = redis.call('ZRANGEBYSCORE', KEYS[set], '-inf', now, 'WITHSCORES', 'LIMIT', 0, "
    "room) "
    "  for i = 1, #due, 2 do "
    "    redis.call('ZREM', KEYS[set], due[i]) "
    "    redis.call('ZADD', KEYS[3], now + ARGV[2], due[i]) "
    "    redis.call('HSET', KEYS[4], due[i], due[i + 1]) "
    "    out[#out + 1] = due[i] out[#out + 1] = due[i + 1] end "
    "  room = room - #due / 2 end "
    "return out";

// ARGV: place of the set among the keys, time ("": out with it) and member of each change. What a
// member's last change says holds; what was out once is in flight no more.
static const char change_script[] =
    "local last, add, out = {}, {{}, {}}, {{}, {}} "
    "for i = 1, #ARGV, 3 do last[ARGV[i + 2]] = i end "
    "for i = 1, #ARGV, 3 do "
    "  local set, at, m = tonumber(ARGV[i]), ARGV[i + 1], ARGV[i + 2] "
    "  if at == '' then table.insert(out[set], m) "
    "  elseif last[m] == i then table.insert(add[set], at) table.insert(add[set], m) end end "
    "for set = 1, 2 do "
    "  if #out[set] > 0 then "
    "    redis.call('ZREM', KEYS[set], unpack(out[set])) "
    "    redis.call('ZREM', KEYS[3], unpack(out[set])) "
    "    redis.call('HDEL', KEYS[4], unpack(out[set])) end "
    "  if #add[set] > 0 then redis.call('ZADD', KEYS[set], unpack(add[set])) end end "
    "return 1";

static const char *const keys[] = {ESCALATIONS, DUE, FLIGHT, AT, SENTINEL};

static enum rc run(struct redis *redis, struct error *error, const char *a, const char *b,
                   const char *c, const char *d) {
    redisReply *reply = NULL;
    enum rc rc = redis_command(redis, &reply, error, a, b, c, d, NULL);
    if (rc == RC_OK) {
        freeReplyObject(reply);
    }
    return rc;
}

void store_batch_begin(struct store_batch *batch, struct redis *redis) {
    batch->redis = redis;
    batch->count = 0;
}

enum rc store_batch_end(struct store_batch *batch, struct error *error) {
    const char *arguments[3 * STORE_CHANGES];
    redisReply *reply = NULL;
    size_t count = batch->count;
    if (count == 0) {
        return RC_OK;
    }
    for (size_t i = 0; i < count; i++) {
        const struct store_change *change = &batch->changes[i];
        memcpy(arguments + 3 * i, (const char *[]){change->set, change->score, change->member},
               3 * sizeof(char *));
    }
    batch->count = 0;
    enum rc rc =
        redis_script(batch->redis, &reply, change_script, keys, 4, arguments, 3 * count, error);
    if (rc == RC_OK) {
        freeReplyObject(reply);
    }
    return rc;
}

// at_ms 0: out with it.
static enum rc change(struct store_batch *batch, const struct timer_entry *entry, int64_t at_ms,
                      struct error *error) {
    struct store_change *change = &batch->changes[batch->count++];
    change->set = escalation_is(entry->name) ? "1" : "2";
    change->score[0] = '\0';
    if (at_ms != 0) {
        snprintf(change->score, sizeof change->score, "%" PRId64, at_ms);
    }
    timer_entry_write(entry, change->member);
    return batch->count == STORE_CHANGES ? store_batch_end(batch, error) : RC_OK;
}

static void fill_entry(struct timer_entry *entry, const char *case_id, const char *name,
                       uint32_t version) {
    memset(entry, 0, sizeof *entry);
    entry->version = version;
    snprintf(entry->case_id, sizeof entry->case_id, "%s", case_id);
    snprintf(entry->name, sizeof entry->name, "%s", name);
}

// Most clocks wait for days, with a warning long before: one entry each spares half of the memory.
static bool is_breach_next(int64_t warn_at_ms, int64_t due_at_ms) {
    return warn_at_ms == 0 || due_at_ms < STORE_NEAR_MS || warn_at_ms > due_at_ms - STORE_NEAR_MS;
}

enum rc store_put(struct store_batch *batch, const char *case_id, const char *name,
                  uint32_t version, int64_t warn_at_ms, int64_t due_at_ms, struct error *error) {
    struct timer_entry entry;
    enum rc rc = version > 1 ? store_remove(batch, case_id, name, version - 1, error) : RC_OK;
    fill_entry(&entry, case_id, name, version);
    if (rc == RC_OK && warn_at_ms != 0) {
        rc = change(batch, &entry, warn_at_ms, error);
    }
    entry.kind = TIMER_BREACH;
    return rc == RC_OK && is_breach_next(warn_at_ms, due_at_ms)
               ? change(batch, &entry, due_at_ms, error)
               : rc;
}

enum rc store_put_pause(struct store_batch *batch, const char *case_id, const char *name,
                        uint32_t version, int64_t until_ms, struct error *error) {
    struct timer_entry entry;
    enum rc rc = store_remove(batch, case_id, name, version, error);
    fill_entry(&entry, case_id, name, version);
    entry.kind = TIMER_RESUME;
    return rc == RC_OK ? change(batch, &entry, until_ms, error) : rc;
}

enum rc store_remove(struct store_batch *batch, const char *case_id, const char *name,
                     uint32_t version, struct error *error) {
    struct timer_entry entry;
    fill_entry(&entry, case_id, name, version);
    enum rc rc = change(batch, &entry, 0, error);
    entry.kind = TIMER_BREACH;
    return rc == RC_OK ? change(batch, &entry, 0, error) : rc;
}

static void read_claims(const redisReply *reply, struct store_due *due, size_t *count) {
    for (size_t i = 1; i + 1 < reply->elements && *count < STORE_CLAIM_MOST; i += 2) {
        struct store_due *entry = &due[*count];
        const char *member = redis_text(reply->element[i]);
        if (timer_entry_read(member, &entry->entry)) {
            entry->at_ms = redis_number(reply->element[i + 1]);
            snprintf(entry->member, sizeof entry->member, "%s", member);
            (*count)++;
        }
    }
}

enum rc store_claim(struct redis *redis, struct store_due *due, size_t *count, bool *complete,
                    struct error *error) {
    char most[16];
    char lease[16];
    redisReply *reply = NULL;
    snprintf(most, sizeof most, "%d", STORE_CLAIM_MOST);
    snprintf(lease, sizeof lease, "%d", STORE_LEASE_MS);
    *count = 0;
    enum rc rc = redis_script(redis, &reply, claim_script, keys, 5,
                              (const char *const[]){most, lease}, 2, error);
    if (rc != RC_OK) {
        return rc;
    }
    *complete = reply->elements > 0 && redis_number(reply->element[0]) == 1;
    read_claims(reply, due, count);
    freeReplyObject(reply);
    return RC_OK;
}

static enum rc drop_members(struct redis *redis, const char *command, const char *key,
                            const struct store_due *due, size_t count, struct error *error) {
    const char *arguments[2 + STORE_CLAIM_MOST] = {command, key};
    size_t sizes[2 + STORE_CLAIM_MOST] = {strlen(command), strlen(key)};
    redisReply *reply = NULL;
    for (size_t i = 0; i < count; i++) {
        arguments[2 + i] = due[i].member;
        sizes[2 + i] = strlen(due[i].member);
    }
    enum rc rc = redis_command_argv(redis, &reply, 2 + count, arguments, sizes, error);
    if (rc == RC_OK) {
        freeReplyObject(reply);
    }
    return rc;
}

enum rc store_done(struct redis *redis, const struct store_due *due, size_t count,
                   struct error *error) {
    if (count == 0) {
        return RC_OK;
    }
    enum rc rc = drop_members(redis, "ZREM", FLIGHT, due, count, error);
    return rc == RC_OK ? drop_members(redis, "HDEL", AT, due, count, error) : rc;
}

enum rc store_begin_rebuild(struct redis *redis, struct error *error) {
    redisReply *reply = NULL;
    enum rc rc =
        redis_command(redis, &reply, error, "DEL", SENTINEL, ESCALATIONS, DUE, FLIGHT, AT, NULL);
    if (rc == RC_OK) {
        freeReplyObject(reply);
    }
    return rc;
}

enum rc store_end_rebuild(struct redis *redis, struct error *error) {
    return run(redis, error, "SET", SENTINEL, "1", NULL);
}

enum rc store_skew(struct redis *redis, int64_t *skew_ms, struct error *error) {
    redisReply *reply = NULL;
    int64_t before = clock_wall_ms();
    enum rc rc = redis_command(redis, &reply, error, "TIME", NULL);
    if (rc != RC_OK) {
        return rc;
    }
    bool is_time = reply->type == REDIS_REPLY_ARRAY && reply->elements == 2;
    int64_t seconds = is_time ? redis_number(reply->element[0]) : 0;
    if (seconds > 0 && seconds < TIME_MOST_S) {
        int64_t theirs = seconds * 1000 + redis_number(reply->element[1]) / 1000;
        *skew_ms = theirs - (before + clock_wall_ms()) / 2;
    } else {
        rc = error_set(error, RC_INTERNAL, "Redis answered the time with something else");
    }
    freeReplyObject(reply);
    return rc;
}
