// SPDX-License-Identifier: Apache-2.0
// Two sorted sets, by time due and by time the lease ends; one hash tag keeps them together. Redis'
// own TIME decides what is due.
#include "store.h"

#include "common/clock.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define DUE "redress:{sla}:due"
#define FLIGHT "redress:{sla}:in-flight"
#define AT "redress:{sla}:at" // member to its due time, kept while in flight
#define SENTINEL "redress:{sla}:whole"
#define TIME_MOST_S 253402300800 // the year 10000

static const char claim_script[] =
    "if redis.call('EXISTS', KEYS[4]) == 0 then return {0} end "
    "local t = redis.call('TIME') local now = t[1] * 1000 + math.floor(t[2] / 1000) "
    "local late = redis.call('ZRANGEBYSCORE', KEYS[2], '-inf', now, 'LIMIT', 0, ARGV[1]) "
    "local out = {1} "
    "for _, m in ipairs(late) do "
    "  redis.call('ZADD', KEYS[2], now + ARGV[2], m) "
    "  out[#out + 1] = m out[#out + 1] = redis.call('HGET', KEYS[3], m) or '0' end "
    "local due = redis.call('ZRANGEBYSCORE', KEYS[1], '-inf', now, 'WITHSCORES', 'LIMIT', 0, "
    "ARGV[1] - #late) "
    "for i = 1, #due, 2 do "
    "  redis.call('ZREM', KEYS[1], due[i]) "
    "  redis.call('ZADD', KEYS[2], now + ARGV[2], due[i]) "
    "  redis.call('HSET', KEYS[3], due[i], due[i + 1]) "
    "  out[#out + 1] = due[i] out[#out + 1] = due[i + 1] end "
    "return out";

static enum rc run(struct redis *redis, struct error *error, const char *a, const char *b,
                   const char *c, const char *d) {
    redisReply *reply = NULL;
    enum rc rc = redis_command(redis, &reply, error, a, b, c, d, NULL);
    if (rc == RC_OK) {
        freeReplyObject(reply);
    }
    return rc;
}

static enum rc put_entry(struct redis *redis, const char *case_id, const char *name,
                         uint32_t version, enum timer_entry_kind kind, int64_t at_ms,
                         struct error *error) {
    struct timer_entry entry = {.version = version, .kind = kind};
    char member[TIMER_MEMBER_SIZE];
    char score[24];
    snprintf(entry.case_id, sizeof entry.case_id, "%s", case_id);
    snprintf(entry.name, sizeof entry.name, "%s", name);
    timer_entry_write(&entry, member);
    snprintf(score, sizeof score, "%" PRId64, at_ms);
    return run(redis, error, "ZADD", DUE, score, member);
}

enum rc store_put(struct redis *redis, const char *case_id, const char *name, uint32_t version,
                  int64_t warn_at_ms, int64_t due_at_ms, struct error *error) {
    enum rc rc = version > 1 ? store_remove(redis, case_id, name, version - 1, error) : RC_OK;
    if (rc == RC_OK && warn_at_ms != 0) {
        rc = put_entry(redis, case_id, name, version, TIMER_WARN, warn_at_ms, error);
    }
    return rc == RC_OK ? put_entry(redis, case_id, name, version, TIMER_BREACH, due_at_ms, error) : rc;
}

enum rc store_put_pause(struct redis *redis, const char *case_id, const char *name,
                        uint32_t version, int64_t until_ms, struct error *error) {
    enum rc rc = store_remove(redis, case_id, name, version, error);
    return rc == RC_OK
               ? put_entry(redis, case_id, name, version, TIMER_RESUME, until_ms, error)
               : rc;
}

enum rc store_remove(struct redis *redis, const char *case_id, const char *name, uint32_t version,
                     struct error *error) {
    struct timer_entry entry = {.version = version};
    enum rc rc = RC_OK;
    snprintf(entry.case_id, sizeof entry.case_id, "%s", case_id);
    snprintf(entry.name, sizeof entry.name, "%s", name);
    for (int i = 0; i < TIMER_ENTRY_KINDS && rc == RC_OK; i++) {
        char member[TIMER_MEMBER_SIZE];
        entry.kind = (enum timer_entry_kind)i;
        timer_entry_write(&entry, member);
        rc = run(redis, error, "ZREM", DUE, member, NULL);
        rc = rc == RC_OK ? store_done(redis, member, error) : rc;
    }
    return rc;
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
    static const char *const keys[] = {DUE, FLIGHT, AT, SENTINEL};
    char most[16];
    char lease[16];
    redisReply *reply = NULL;
    snprintf(most, sizeof most, "%d", STORE_CLAIM_MOST);
    snprintf(lease, sizeof lease, "%d", STORE_LEASE_MS);
    *count = 0;
    enum rc rc = redis_script(redis, &reply, claim_script, keys, 4,
                              (const char *const[]){most, lease}, 2, error);
    if (rc != RC_OK) {
        return rc;
    }
    *complete = reply->elements > 0 && redis_number(reply->element[0]) == 1;
    read_claims(reply, due, count);
    freeReplyObject(reply);
    return RC_OK;
}

enum rc store_done(struct redis *redis, const char *member, struct error *error) {
    enum rc rc = run(redis, error, "ZREM", FLIGHT, member, NULL);
    return rc == RC_OK ? run(redis, error, "HDEL", AT, member, NULL) : rc;
}

enum rc store_begin_rebuild(struct redis *redis, struct error *error) {
    redisReply *reply = NULL;
    enum rc rc = redis_command(redis, &reply, error, "DEL", SENTINEL, DUE, FLIGHT, AT, NULL);
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
