// SPDX-License-Identifier: Apache-2.0
// One script claims a batch of keys. A sentinel in Redis tells since when Redis remembers
// everything (memory.h); while that is shorter than a key's life, the ledger is asked too about an
// unknown key, and about one with another content.
#include "store_private.h"

#include "attempts.h"
#include "memory.h"
#include "stats.h"

#include "common/clock.h"
#include "common/http_client.h"
#include "common/log.h"
#include "common/service.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define LEASE_MS 30000
#define REDIS_TIMEOUT_MS 1000
#define LEDGER_TIMEOUT_MS 3000
#define CONFIRM_MS 5000
#define CONFIRM_EVERY_MS 10

// KEYS: sentinel, beats, the claims. ARGV: wall time, flag, self, lease end, life, then digest,
// received and promised of each claim. Answer: sentinel ("" when it was absent), then verdict,
// received, promised and whether the key was not known, of each claim.
static const char claim_script[] = MEMORY_CHECK
    "local out = {since} "
    "for i = 3, #KEYS do "
    "  local a = 3 * (i - 3) + 6 "
    "  local c = redis.call('HMGET', KEYS[i], 'd', 'r', 'p', 's', 'l') "
    "  local verdict, fresh = 0, 0 "
    "  if not c[1] then "
    "    redis.call('HSET', KEYS[i], 'd', ARGV[a], 'r', ARGV[a + 1], 'p', ARGV[a + 2], 's', '0', "
    "'l', ARGV[4]) "
    "    redis.call('EXPIRE', KEYS[i], ARGV[5]) "
    "    c[2], c[3], fresh = ARGV[a + 1], ARGV[a + 2], 1 "
    "  elseif c[1] ~= ARGV[a] then verdict = 3 "
    "  elseif c[4] == '1' then verdict = 1 "
    "  elseif tonumber(c[5]) > tonumber(ARGV[1]) then verdict = 2 "
    "  else redis.call('HSET', KEYS[i], 'l', ARGV[4]) end "
    "  out[#out + 1] = verdict out[#out + 1] = c[2] out[#out + 1] = c[3] out[#out + 1] = fresh "
    "end "
    "return out";

// KEYS: sentinel, beats, the claims. ARGV: wall time, flag, self, field, value, life, then digest
// and received of each claim. Answer: 1 for each claim that is still this attempt's and proves it
// the first, 0 for one that Redis forgot, that another attempt made after that, or that proves
// nothing: while Redis does not remember everything, who works without it may have published
// another attempt before this one. Such a claim is not done either before the ledger says so.
static const char settle_script[] = MEMORY_CHECK
    "local complete = since ~= '' and ARGV[1] - since > ARGV[6] * 1000 "
    "local out = {} "
    "for i = 3, #KEYS do "
    "  local proves = complete or ARGV[4] == 'l' "
    "  out[i - 2] = 0 "
    "  local c = redis.call('HMGET', KEYS[i], 'd', 'r') "
    "  if proves and c[1] == ARGV[2 * i + 1] and c[2] == ARGV[2 * i + 2] then "
    "    redis.call('HSET', KEYS[i], ARGV[4], ARGV[5]) redis.call('EXPIRE', KEYS[i], ARGV[6]) "
    "    out[i - 2] = 1 end "
    "end "
    "return out";

// KEYS: sentinel, claims. ARGV: the sentinel's value, wall time, then received of each claim. Where
// a claim is gone Redis forgot it since it was made, and remembers everything only from now on.
// Answer: the sentinel.
static const char sentinel_script[] =
    "for i = 2, #KEYS do "
    "  if redis.call('HGET', KEYS[i], 'r') ~= ARGV[i + 1] then "
    "    redis.call('SET', KEYS[1], ARGV[2]) "
    "    return ARGV[2] end "
    "end "
    "if not redis.call('GET', KEYS[1]) then redis.call('SET', KEYS[1], ARGV[1]) end "
    "return redis.call('GET', KEYS[1])";

// KEYS: a claim. ARGV: digest, received, promised, life.
static const char correct_script[] =
    "redis.call('HSET', KEYS[1], 'd', ARGV[1], 'r', ARGV[2], 'p', ARGV[3], 's', '1') "
    "return redis.call('EXPIRE', KEYS[1], ARGV[4])";

// KEYS: a claim of another content, sentinel. ARGV: wall time, digest, received, promised, lease
// end, life. Answer: 1 where it was cut off or given back, and is this one's now; its attempt,
// should it go on after all, finds that. Redis does not remember that one: it remembers everything
// only from now on.
static const char take_over_script[] =
    "local c = redis.call('HMGET', KEYS[1], 's', 'l') "
    "if c[1] == '1' or c[2] and tonumber(c[2]) > tonumber(ARGV[1]) then return 0 end "
    "redis.call('HSET', KEYS[1], 'd', ARGV[2], 'r', ARGV[3], 'p', ARGV[4], 's', '0', 'l', ARGV[5]) "
    "redis.call('EXPIRE', KEYS[1], ARGV[6]) "
    "redis.call('SET', KEYS[2], ARGV[1]) "
    "return 1";

enum rc store_new(struct store **out, const struct store_options *options, struct error *error) {
    struct store *store = calloc(1, sizeof *store);
    *out = store;
    if (store == NULL) {
        return error_set(error, RC_INTERNAL, "out of memory for the store");
    }
    pool_init(&store->ledger);
    enum rc rc = attempts_new(&store->attempts, error);
    rc = rc == RC_OK ? redis_pool_new(&store->redis, options->redis_host, options->redis_port,
                                      REDIS_TIMEOUT_MS, options->connections, error)
                     : rc;
    if (rc == RC_OK && options->instance != NULL) {
        const struct memory_options memory = {options->redis_host, options->redis_port,
                                              options->instance};
        rc = memory_start(&store->memory, &memory, error);
    }
    for (size_t i = 0; i < options->connections && rc == RC_OK; i++) {
        struct http_client *client = NULL;
        rc = http_client_new(&client, options->ledger_url, options->service_token,
                             LEDGER_TIMEOUT_MS, error);
        if (rc == RC_OK) {
            pool_give(&store->ledger, client);
        }
    }
    return rc;
}

void store_free(struct store *store) {
    if (store == NULL) {
        return;
    }
    memory_stop(store->memory);
    redis_pool_free(store->redis);
    attempts_free(store->attempts);
    while (store->ledger.count > 0) {
        http_client_free(store->ledger.idle[--store->ledger.count]);
    }
    pool_close(&store->ledger);
    free(store);
}

// The ledger's word on a case id: new, done with its first times, or another content. known: the
// digest of its content in hex; "" where it is new.
static enum rc claim_by_ledger(struct store *store, struct claim *claim, char known[65],
                               struct error *error) {
    char path[96];
    char digest[65];
    long status = 0;
    json_t *answer = NULL;
    snprintf(path, sizeof path, "/internal/v1/cases/%s", claim->case_id);
    enum rc rc = store_ask_ledger(store, path, &status, &answer, error);
    if (rc != RC_OK) {
        return rc;
    }
    claim->verdict = CLAIM_NEW;
    known[0] = '\0';
    if (status == 200) {
        const char *theirs = json_string_value(json_object_get(answer, "content_sha256"));
        snprintf(known, 65, "%s", theirs == NULL ? "" : theirs);
        seal_hex(claim->digest, SEAL_HASH_SIZE, digest);
        claim->verdict = strcmp(known, digest) == 0 ? CLAIM_DONE : CLAIM_OTHER;
        claim->received_at_ms = json_integer_value(json_object_get(answer, "received_at_ms"));
        claim->promised_at_ms = json_integer_value(json_object_get(answer, "promised_at_ms"));
    }
    json_decref(answer);
    return RC_OK;
}

static void claim_key(const char *case_id, char key[STORE_KEY_ROOM]) {
    snprintf(key, STORE_KEY_ROOM, "redress:intake:claim:%s", case_id);
}

struct claim_answer {
    char sentinel[24];
    bool fresh[STORE_CLAIMS]; // the key was not known
};

static enum rc read_answer(const redisReply *reply, struct claim *claims, size_t count,
                           struct claim_answer *out, struct error *error) {
    static const char other[] = "Redis answered the claims with something else";
    if (reply->type != REDIS_REPLY_ARRAY || reply->elements != 1 + 4 * count) {
        return error_set(error, RC_INTERNAL, "%s", other);
    }
    snprintf(out->sentinel, sizeof out->sentinel, "%s", redis_text(reply->element[0]));
    for (size_t i = 0; i < count; i++) {
        redisReply **fields = reply->element + 1 + 4 * i;
        int64_t verdict = redis_number(fields[0]);
        if (fields[0]->type != REDIS_REPLY_INTEGER || verdict < CLAIM_NEW ||
            verdict > CLAIM_OTHER || redis_number(fields[1]) <= 0) {
            return error_set(error, RC_INTERNAL, "%s", other); // also a claim that lost its times
        }
        claims[i].verdict = (enum claim_verdict)verdict;
        out->fresh[i] = redis_number(fields[3]) == 1;
        if (verdict != CLAIM_OTHER) { // those are the other's times
            claims[i].received_at_ms = redis_number(fields[1]);
            claims[i].promised_at_ms = redis_number(fields[2]);
        }
    }
    return RC_OK;
}

// What the script is called with; texts live here.
struct claim_call {
    char keys[STORE_CLAIMS][STORE_KEY_ROOM];
    char digests[STORE_CLAIMS][65];
    char times[STORE_CLAIMS][2][24];
    const char *key_list[2 + STORE_CLAIMS];
    const char *arguments[5 + 3 * STORE_CLAIMS];
};

static enum rc run_claims(struct redis *redis, struct memory *memory, struct claim *claims,
                          size_t count, struct claim_answer *out, struct error *error) {
    char now[24];
    char lease[24];
    struct claim_call call;
    redisReply *reply = NULL;
    int64_t now_ms = clock_wall_ms();
    snprintf(now, sizeof now, "%" PRId64, now_ms);
    snprintf(lease, sizeof lease, "%" PRId64, now_ms + LEASE_MS);
    call.key_list[0] = MEMORY_SENTINEL;
    call.key_list[1] = MEMORY_BEATS;
    memcpy(call.arguments,
           (const char *[]){now, memory_flag(memory), memory_self(memory), lease, STORE_KEY_LIFE_S},
           5 * sizeof(char *));
    for (size_t i = 0; i < count; i++) {
        claim_key(claims[i].case_id, call.keys[i]);
        seal_hex(claims[i].digest, SEAL_HASH_SIZE, call.digests[i]);
        snprintf(call.times[i][0], 24, "%" PRId64, claims[i].received_at_ms);
        snprintf(call.times[i][1], 24, "%" PRId64, claims[i].promised_at_ms);
        call.key_list[2 + i] = call.keys[i];
        memcpy(call.arguments + 5 + 3 * i,
               (const char *[]){call.digests[i], call.times[i][0], call.times[i][1]},
               3 * sizeof(char *));
    }
    enum rc rc = redis_script(redis, &reply, claim_script, call.key_list, 2 + count, call.arguments,
                              5 + 3 * count, error);
    if (rc == RC_OK) {
        rc = read_answer(reply, claims, count, out, error);
        freeReplyObject(reply);
    }
    return rc;
}

// What scripts are told of claims; texts live here.
struct claim_list {
    char keys[STORE_CLAIMS][STORE_KEY_ROOM];
    char digests[STORE_CLAIMS][65];
    char received[STORE_CLAIMS][24];
};

// Keys and times alone.
static void list_received(const struct claim *claims, size_t count, struct claim_list *list,
                          const char **keys) {
    for (size_t i = 0; i < count; i++) {
        claim_key(claims[i].case_id, list->keys[i]);
        snprintf(list->received[i], sizeof list->received[i], "%" PRId64, claims[i].received_at_ms);
        keys[i] = list->keys[i];
    }
}

static void list_claims(const struct claim *claims, size_t count, struct claim_list *list,
                        const char **keys, const char **arguments) {
    list_received(claims, count, list, keys);
    for (size_t i = 0; i < count; i++) {
        seal_hex(claims[i].digest, SEAL_HASH_SIZE, list->digests[i]);
        arguments[2 * i] = list->digests[i];
        arguments[2 * i + 1] = list->received[i];
    }
}

// Starts Redis' memory anew: complete when the ledger has no case yet, else from now on.
static enum rc set_sentinel(struct store *store, struct redis *redis, const struct claim *claims,
                            size_t count, char sentinel[24], struct error *error) {
    long status = 0;
    json_t *answer = NULL;
    redisReply *reply = NULL;
    char wall[24];
    struct claim_list list;
    const char *keys[1 + STORE_CLAIMS] = {MEMORY_SENTINEL};
    const char *arguments[2 + STORE_CLAIMS] = {NULL, wall};
    enum rc rc = store_ask_ledger(store, "/internal/v1/summary", &status, &answer, error);
    if (rc != RC_OK) {
        return rc;
    }
    bool empty = json_integer_value(json_object_get(answer, "cases")) == 0;
    json_decref(answer);
    snprintf(wall, sizeof wall, "%" PRId64, clock_wall_ms());
    arguments[0] = empty ? "1" : wall;
    list_received(claims, count, &list, keys + 1);
    for (size_t i = 0; i < count; i++) {
        arguments[2 + i] = list.received[i];
    }
    rc = redis_script(redis, &reply, sentinel_script, keys, 1 + count, arguments, 2 + count, error);
    if (rc == RC_OK) {
        snprintf(sentinel, 24, "%s", redis_text(reply));
        freeReplyObject(reply);
    }
    return rc;
}

// Redis learns which content the ledger has, and its times.
static enum rc correct_claim(struct redis *redis, const struct claim *claim, const char *known,
                             struct error *error) {
    char key[STORE_KEY_ROOM];
    char received[24];
    char promised[24];
    redisReply *reply = NULL;
    if (known[0] == '\0') {
        return RC_OK;
    }
    claim_key(claim->case_id, key);
    snprintf(received, sizeof received, "%" PRId64, claim->received_at_ms);
    snprintf(promised, sizeof promised, "%" PRId64, claim->promised_at_ms);
    enum rc rc =
        redis_script(redis, &reply, correct_script, (const char *[]){key}, 1,
                     (const char *[]){known, received, promised, STORE_KEY_LIFE_S}, 4, error);
    if (reply != NULL) {
        freeReplyObject(reply);
    }
    return rc;
}

// Of another content's claim, where the ledger has no case. Who made it may be handing it over
// right now, or have done so before the ledger could know: then it is the first.
static enum rc take_over(struct redis *redis, struct claim *claim, struct error *error) {
    struct claim_list list;
    char now[24];
    char promised[24];
    char lease[24];
    const char *keys[2] = {NULL, MEMORY_SENTINEL};
    const char *arguments[6] = {now, NULL, NULL, promised, lease, STORE_KEY_LIFE_S};
    redisReply *reply = NULL;
    int64_t now_ms = clock_wall_ms();
    snprintf(now, sizeof now, "%" PRId64, now_ms);
    snprintf(promised, sizeof promised, "%" PRId64, claim->promised_at_ms);
    snprintf(lease, sizeof lease, "%" PRId64, now_ms + LEASE_MS);
    list_claims(claim, 1, &list, keys, arguments + 1);
    enum rc rc = redis_script(redis, &reply, take_over_script, keys, 2, arguments, 6, error);
    if (rc == RC_OK) {
        claim->verdict = redis_number(reply) == 1 ? CLAIM_NEW : CLAIM_UNKNOWN;
        freeReplyObject(reply);
    }
    return rc;
}

// The ledger's word where Redis' does not count; Redis learns it.
static enum rc ask_instead(struct store *store, struct redis *redis, struct claim *claim,
                           struct error *error) {
    char known[65];
    bool anothers = claim->verdict == CLAIM_OTHER;
    enum rc rc = claim_by_ledger(store, claim, known, error);
    if (rc == RC_OK && anothers && claim->verdict == CLAIM_NEW) {
        return take_over(redis, claim, error);
    }
    return rc == RC_OK ? correct_claim(redis, claim, known, error) : rc;
}

static bool remembers_all(const char *sentinel) {
    return clock_wall_ms() - strtoll(sentinel, NULL, 10) >
           strtoll(STORE_KEY_LIFE_S, NULL, 10) * 1000;
}

static enum rc claim_by_redis(struct store *store, struct redis *redis, struct claim *claims,
                              size_t count, struct error *error) {
    struct claim_answer answer;
    enum rc rc = run_claims(redis, store->memory, claims, count, &answer, error);
    if (rc == RC_OK && answer.sentinel[0] == '\0') {
        rc = set_sentinel(store, redis, claims, count, answer.sentinel, error);
    }
    bool ask = rc == RC_OK && !remembers_all(answer.sentinel);
    for (size_t i = 0; i < count && ask && rc == RC_OK; i++) {
        claims[i].unproven = true;
        // Another content's claim may be of an attempt that the ledger turned away.
        if (answer.fresh[i] || claims[i].verdict == CLAIM_OTHER) {
            rc = ask_instead(store, redis, &claims[i], error);
        }
    }
    return rc;
}

// Without Redis; a claim that Redis may hold is given back where the ledger can't tell either.
static void claim_without_redis(struct store *store, struct claim *claims, size_t count) {
    memory_fail(store->memory);
    enum rc rc = memory_await(store->memory) ? RC_OK : RC_UNAVAILABLE;
    for (size_t i = 0; i < count; i++) {
        struct error ignored;
        char known[65];
        claims[i].unproven = true;
        rc = rc == RC_OK ? claim_by_ledger(store, &claims[i], known, &ignored) : rc;
        if (rc != RC_OK) {
            claims[i].verdict = CLAIM_UNKNOWN;
            store_settle(store, &claims[i], 1, false);
        }
    }
}

void store_claim(struct store *store, struct claim *claims, size_t count) {
    struct redis *redis = NULL;
    struct error error;
    enum rc rc = redis_pool_take(store->redis, &redis, &error);
    if (rc == RC_OK) {
        rc = claim_by_redis(store, redis, claims, count, &error);
        redis_pool_give(store->redis, redis);
    }
    if (rc == RC_INTERNAL) {
        log_error("claims failed", LOG_STR("reason", error.text));
    }
    if (rc != RC_OK) {
        metric_add(&intake_stats[STAT_REDIS_DOWN], 1);
        claim_without_redis(store, claims, count);
    }
}

static void correct_if_reachable(struct store *store, const struct claim *claim,
                                 const char *known) {
    struct redis *redis = NULL;
    struct error ignored;
    if (redis_pool_take(store->redis, &redis, &ignored) == RC_OK) {
        enum rc rc = correct_claim(redis, claim, known, &ignored);
        (void)rc; // Redis stays as it is; the next one asks the ledger again
        redis_pool_give(store->redis, redis);
    }
}

// Asks until the ledger knows the case.
static void confirm(struct store *store, struct claim *claim, int64_t until_ms) {
    struct claim found = *claim;
    char known[65];
    struct error ignored;
    for (;;) {
        enum rc rc = claim_by_ledger(store, &found, known, &ignored);
        if (rc == RC_OK && found.verdict != CLAIM_NEW) {
            break;
        }
        if (clock_monotonic_ms() >= until_ms || service_stopping()) {
            claim->verdict = CLAIM_UNKNOWN;
            return;
        }
        clock_sleep_ms(CONFIRM_EVERY_MS);
    }
    correct_if_reachable(store, &found, known);
    bool ours = found.verdict == CLAIM_DONE && found.received_at_ms == claim->received_at_ms;
    *claim = found;
    claim->verdict = ours ? CLAIM_NEW : found.verdict;
}

void store_confirm(struct store *store, struct claim *claims, size_t count) {
    int64_t until_ms = clock_monotonic_ms() + CONFIRM_MS;
    for (size_t i = 0; i < count; i++) {
        confirm(store, &claims[i], until_ms);
    }
}

static void read_settled(const redisReply *reply, struct claim *claims, size_t count) {
    if (reply->type != REDIS_REPLY_ARRAY || reply->elements != count) {
        return;
    }
    for (size_t i = 0; i < count; i++) {
        claims[i].unproven = redis_number(reply->element[i]) != 1;
    }
}

void store_settle(struct store *store, struct claim *claims, size_t count, bool done) {
    struct redis *redis = NULL;
    redisReply *reply = NULL;
    struct error ignored;
    struct claim_list list;
    char now[24];
    const char *keys[2 + STORE_CLAIMS] = {MEMORY_SENTINEL, MEMORY_BEATS};
    const char *arguments[6 + 2 * STORE_CLAIMS] = {now,
                                                   memory_flag(store->memory),
                                                   memory_self(store->memory),
                                                   done ? "s" : "l",
                                                   done ? "1" : "0",
                                                   STORE_KEY_LIFE_S};
    snprintf(now, sizeof now, "%" PRId64, clock_wall_ms());
    for (size_t i = 0; i < count; i++) {
        claims[i].unproven = true;
    }
    list_claims(claims, count, &list, keys + 2, arguments + 6);
    if (count == 0 || redis_pool_take(store->redis, &redis, &ignored) != RC_OK) {
        return;
    }
    if (redis_script(redis, &reply, settle_script, keys, 2 + count, arguments, 6 + 2 * count,
                     &ignored) == RC_OK) {
        read_settled(reply, claims, count);
        freeReplyObject(reply);
    }
    redis_pool_give(store->redis, redis);
}
