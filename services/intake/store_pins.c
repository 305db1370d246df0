// SPDX-License-Identifier: Apache-2.0
// Bodies compared by key, ratings by closure, wrong PINs counted by tracking code.
#include "store_private.h"

#include "attempts.h"
#include "stats.h"

#include "common/clock.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#define RATING_LEASE_S "30" // longer than Kafka has time to take it

// KEYS: the key. ARGV: value, life. Answer: the first value.
static const char said_script[] = "redis.call('SET', KEYS[1], ARGV[1], 'NX', 'EX', ARGV[2]) "
                                  "return redis.call('GET', KEYS[1])";

static enum rc ask_said(struct redis *redis, const char *key, const char *value,
                        redisReply **reply) {
    struct error ignored;
    return redis_script(redis, reply, said_script, (const char *const[]){key}, 1,
                        (const char *const[]){value, STORE_KEY_LIFE_S}, 2, &ignored);
}

// Whether the key was never used with another value; true where Redis can't tell.
static bool is_first_said(struct store *store, const char *key, const char *value) {
    struct redis *redis = NULL;
    redisReply *reply = NULL;
    struct error ignored;
    bool same = true;
    if (redis_pool_take(store->redis, &redis, &ignored) != RC_OK) {
        return true;
    }
    enum rc rc = ask_said(redis, key, value, &reply);
    if (rc != RC_OK && redis_was_stale(redis)) { // to ask twice changes nothing
        rc = ask_said(redis, key, value, &reply);
    }
    if (rc == RC_OK) {
        same = reply->type != REDIS_REPLY_STRING || strcmp(reply->str, value) == 0;
        freeReplyObject(reply);
    }
    redis_pool_give(store->redis, redis);
    return same;
}

bool store_same_body(struct store *store, const char *key_id,
                     const unsigned char digest[SEAL_HASH_SIZE]) {
    char key[STORE_KEY_ROOM];
    char hex[2 * SEAL_HASH_SIZE + 1];
    snprintf(key, sizeof key, "redress:intake:said:%s", key_id);
    seal_hex(digest, SEAL_HASH_SIZE, hex);
    return is_first_said(store, key, hex);
}

static void rating_key(const char *case_id, uint32_t closure, char key[STORE_KEY_ROOM]) {
    snprintf(key, STORE_KEY_ROOM, "redress:intake:rated:%s:%" PRIu32, case_id, closure);
}

#define CLAIMED "'claimed:' .. ARGV[1]"

// KEYS: the closure's rating. ARGV: the proposal, how long it has to be handed over. Answer: the
// verdict.
static const char rate_script[] = "redis.call('SET', KEYS[1], " CLAIMED ", 'NX', 'EX', ARGV[2]) "
                                  "local has = redis.call('GET', KEYS[1]) "
                                  "if has == ARGV[1] or has == " CLAIMED " then return 0 end "
                                  "return string.sub(has, 1, 8) == 'claimed:' and 1 or 2";

// KEYS: the same. ARGV: the proposal, "1" where it is in Kafka, then how long that is remembered.
static const char rated_script[] =
    "local has = redis.call('GET', KEYS[1]) "
    "if has and has ~= " CLAIMED " then return 0 end "
    "if ARGV[2] == '1' then redis.call('SET', KEYS[1], ARGV[1], 'EX', ARGV[3]) return 1 end "
    "return redis.call('DEL', KEYS[1])";

static enum rc ask_rating(struct redis *redis, const char *key, const char *proposal_id,
                          redisReply **reply) {
    struct error ignored;
    return redis_script(redis, reply, rate_script, (const char *const[]){key}, 1,
                        (const char *const[]){proposal_id, RATING_LEASE_S}, 2, &ignored);
}

enum rating_verdict store_rate_claim(struct store *store, const char *case_id, uint32_t closure,
                                     const char *proposal_id) {
    struct redis *redis = NULL;
    redisReply *reply = NULL;
    struct error ignored;
    char key[STORE_KEY_ROOM];
    int64_t verdict = RATING_OURS;
    rating_key(case_id, closure, key);
    if (redis_pool_take(store->redis, &redis, &ignored) != RC_OK) {
        return RATING_OURS;
    }
    enum rc rc = ask_rating(redis, key, proposal_id, &reply);
    if (rc != RC_OK && redis_was_stale(redis)) { // to ask twice changes nothing
        rc = ask_rating(redis, key, proposal_id, &reply);
    }
    if (rc == RC_OK) {
        verdict = reply->type == REDIS_REPLY_INTEGER ? reply->integer : RATING_OURS;
        freeReplyObject(reply);
    }
    redis_pool_give(store->redis, redis);
    return verdict == RATING_IN_FLIGHT || verdict == RATING_TAKEN ? (enum rating_verdict)verdict
                                                                  : RATING_OURS;
}

void store_rate_settle(struct store *store, const char *case_id, uint32_t closure,
                       const char *proposal_id, bool done) {
    struct redis *redis = NULL;
    redisReply *reply = NULL;
    struct error ignored; // it ends by itself, and the ledger knows
    char key[STORE_KEY_ROOM];
    rating_key(case_id, closure, key);
    if (redis_pool_take(store->redis, &redis, &ignored) != RC_OK) {
        return;
    }
    if (redis_script(redis, &reply, rated_script, (const char *const[]){key}, 1,
                     (const char *const[]){proposal_id, done ? "1" : "0", STORE_KEY_LIFE_S}, 3,
                     &ignored) == RC_OK) {
        freeReplyObject(reply);
    }
    redis_pool_give(store->redis, redis);
}

// KEYS: the code's count. ARGV: now, life in ms.
static const char wrong_pin_script[] = "redis.call('HSET', KEYS[1], 't', ARGV[1]) "
                                       "redis.call('PEXPIRE', KEYS[1], ARGV[2]) "
                                       "return redis.call('HINCRBY', KEYS[1], 'n', 1)";

static void attempts_key(const char *tracking_code, char key[STORE_KEY_ROOM]) {
    snprintf(key, STORE_KEY_ROOM, "redress:intake:wrong-pins:%s", tracking_code);
}

int64_t store_pin_wait_ms(struct store *store, const char *tracking_code) {
    struct redis *redis = NULL;
    redisReply *reply = NULL;
    struct error ignored; // this process' own count stands in
    char key[STORE_KEY_ROOM];
    int64_t now_ms = clock_wall_ms();
    int64_t wait_ms = attempts_of(store->attempts, tracking_code, now_ms);
    attempts_key(tracking_code, key);
    if (wait_ms > 0 || redis_pool_take(store->redis, &redis, &ignored) != RC_OK) {
        return wait_ms;
    }
    if (redis_command(redis, &reply, &ignored, "HMGET", key, "n", "t", NULL) == RC_OK) {
        if (reply->type == REDIS_REPLY_ARRAY && reply->elements == 2) {
            wait_ms = attempts_wait_ms(redis_number(reply->element[0]),
                                       redis_number(reply->element[1]), now_ms);
        }
        freeReplyObject(reply);
    }
    redis_pool_give(store->redis, redis);
    return wait_ms;
}

void store_pin_wrong(struct store *store, const char *tracking_code) {
    struct redis *redis = NULL;
    redisReply *reply = NULL;
    struct error ignored;
    char key[STORE_KEY_ROOM];
    char now[24];
    char life[24];
    int64_t now_ms = clock_wall_ms();
    metric_add(&intake_stats[STAT_WRONG_PINS], 1);
    if (!attempts_count(store->attempts, tracking_code, now_ms) ||
        redis_pool_take(store->redis, &redis, &ignored) != RC_OK) {
        return;
    }
    attempts_key(tracking_code, key);
    snprintf(now, sizeof now, "%" PRId64, now_ms);
    snprintf(life, sizeof life, "%d", ATTEMPTS_LIFE_MS);
    if (redis_script(redis, &reply, wrong_pin_script, (const char *const[]){key}, 1,
                     (const char *const[]){now, life}, 2, &ignored) == RC_OK) {
        freeReplyObject(reply);
    }
    redis_pool_give(store->redis, redis);
}
