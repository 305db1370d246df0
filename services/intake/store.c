// SPDX-License-Identifier: Apache-2.0
// One script claims a key. A sentinel in Redis tells since when Redis remembers everything; while
// that is shorter than a key's life, an unknown key is asked of the ledger too.
#include "store.h"

#include "stats.h"

#include "common/clock.h"
#include "common/http_client.h"
#include "common/pool.h"
#include "common/redis.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define KEY_LIFE_S "172800"
#define LEASE_MS 30000
#define SENTINEL "redress:intake:remembers-since"
#define ATTEMPTS 10
#define ATTEMPTS_LIFE_S "900"
#define REDIS_TIMEOUT_MS 1000
#define LEDGER_TIMEOUT_MS 3000

struct store {
    struct redis_pool *redis;
    struct pool ledger; // of struct http_client
    size_t connections;
};

// KEYS: the claim, the sentinel. ARGV: digest, received, promised, now, lease end, life.
// Answer: verdict, received, promised, sentinel ("" when it was absent).
static const char claim_script[] =
    "local s = redis.call('GET', KEYS[2]) or '' "
    "local c = redis.call('HMGET', KEYS[1], 'd', 'r', 'p', 's', 'l') "
    "if not c[1] then "
    "  redis.call('HSET', KEYS[1], 'd', ARGV[1], 'r', ARGV[2], 'p', ARGV[3], 's', '0', 'l', "
    "ARGV[5]) "
    "  redis.call('EXPIRE', KEYS[1], ARGV[6]) "
    "  return {0, ARGV[2], ARGV[3], s, 1} end "
    "if c[1] ~= ARGV[1] then return {3, c[2], c[3], s, 0} end "
    "if c[4] == '1' then return {1, c[2], c[3], s, 0} end "
    "if tonumber(c[5]) > tonumber(ARGV[4]) then return {2, c[2], c[3], s, 0} end "
    "redis.call('HSET', KEYS[1], 'l', ARGV[5]) "
    "return {0, c[2], c[3], s, 0}";

enum rc store_new(struct store **out, const struct store_options *options, struct error *error) {
    struct store *store = calloc(1, sizeof *store);
    *out = store;
    if (store == NULL) {
        return error_set(error, RC_INTERNAL, "out of memory for the store");
    }
    pool_init(&store->ledger);
    enum rc rc = redis_pool_new(&store->redis, options->redis_host, options->redis_port,
                                REDIS_TIMEOUT_MS, options->connections, error);
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
    redis_pool_free(store->redis);
    while (store->ledger.count > 0) {
        http_client_free(store->ledger.idle[--store->ledger.count]);
    }
    pool_close(&store->ledger);
    free(store);
}

static enum rc ask_ledger(struct store *store, const char *path, long *status, json_t **answer,
                          struct error *error) {
    struct http_client *client = NULL;
    enum rc rc = pool_take(&store->ledger, (void **)&client, error);
    if (rc != RC_OK) {
        return rc;
    }
    rc = http_client_json(client, "GET", path, NULL, NULL, status, answer, error);
    pool_give(&store->ledger, client);
    if (rc == RC_OK && *status != 200 && *status != 404) {
        json_decref(*answer);
        *answer = NULL;
        rc = error_set(error, RC_UNAVAILABLE, "the ledger answered with status %ld", *status);
    }
    return rc;
}

// The ledger's word on a case id: new, done with its first times, or another content.
static enum rc claim_by_ledger(struct store *store, const char *case_id, const char *digest,
                               struct claim_times *times, enum claim *claim, struct error *error) {
    char path[96];
    long status = 0;
    json_t *answer = NULL;
    snprintf(path, sizeof path, "/internal/v1/cases/%s", case_id);
    enum rc rc = ask_ledger(store, path, &status, &answer, error);
    if (rc != RC_OK) {
        return rc;
    }
    *claim = CLAIM_NEW;
    if (status == 200) {
        const char *known = json_string_value(json_object_get(answer, "content_sha256"));
        *claim = known != NULL && strcmp(known, digest) == 0 ? CLAIM_DONE : CLAIM_OTHER;
        times->received_at_ms = json_integer_value(json_object_get(answer, "received_at_ms"));
        times->promised_at_ms = json_integer_value(json_object_get(answer, "promised_at_ms"));
    }
    json_decref(answer);
    return RC_OK;
}

struct claim_answer {
    enum claim claim;
    struct claim_times times;
    char sentinel[24];
    bool fresh; // the key was not known
};

static enum rc run_claim(struct redis *redis, const char *case_id, const char *digest,
                         const struct claim_times *times, struct claim_answer *out,
                         struct error *error) {
    char key[80];
    char numbers[4][24];
    redisReply *reply = NULL;
    int64_t now = clock_wall_ms();
    snprintf(key, sizeof key, "redress:intake:claim:%s", case_id);
    snprintf(numbers[0], 24, "%" PRId64, times->received_at_ms);
    snprintf(numbers[1], 24, "%" PRId64, times->promised_at_ms);
    snprintf(numbers[2], 24, "%" PRId64, now);
    snprintf(numbers[3], 24, "%" PRId64, now + LEASE_MS);
    const char *const keys[] = {key, SENTINEL};
    const char *const arguments[] = {digest,     numbers[0], numbers[1],
                                     numbers[2], numbers[3], KEY_LIFE_S};
    enum rc rc = redis_script(redis, &reply, claim_script, keys, 2, arguments, 6, error);
    if (rc != RC_OK) {
        return rc;
    }
    if (reply->type != REDIS_REPLY_ARRAY || reply->elements != 5) {
        freeReplyObject(reply);
        return error_set(error, RC_INTERNAL, "Redis answered the claim with something else");
    }
    out->claim = (enum claim)reply->element[0]->integer;
    out->times.received_at_ms = strtoll(reply->element[1]->str, NULL, 10);
    out->times.promised_at_ms = strtoll(reply->element[2]->str, NULL, 10);
    snprintf(out->sentinel, sizeof out->sentinel, "%s", reply->element[3]->str);
    out->fresh = reply->element[4]->integer == 1;
    freeReplyObject(reply);
    return RC_OK;
}

// Starts Redis' memory anew: complete when the ledger has no case yet, else from now on.
static enum rc set_sentinel(struct store *store, struct redis *redis, char sentinel[24],
                            struct error *error) {
    long status = 0;
    json_t *answer = NULL;
    redisReply *reply = NULL;
    enum rc rc = ask_ledger(store, "/internal/v1/summary", &status, &answer, error);
    if (rc != RC_OK) {
        return rc;
    }
    bool empty = json_integer_value(json_object_get(answer, "cases")) == 0;
    json_decref(answer);
    snprintf(sentinel, 24, "%" PRId64, empty ? 1 : clock_wall_ms());
    rc = redis_command(redis, &reply, error, "SET", SENTINEL, sentinel, "NX", NULL);
    if (rc == RC_OK) {
        freeReplyObject(reply);
    }
    return rc;
}

// Redis learns what the ledger knew: the first answer's times, or that the key is not this
// content's.
static enum rc correct_claim(struct redis *redis, const char *case_id,
                             const struct claim_times *times, enum claim claim,
                             struct error *error) {
    char key[80];
    char received[24];
    char promised[24];
    redisReply *reply = NULL;
    enum rc rc = RC_OK;
    snprintf(key, sizeof key, "redress:intake:claim:%s", case_id);
    snprintf(received, sizeof received, "%" PRId64, times->received_at_ms);
    snprintf(promised, sizeof promised, "%" PRId64, times->promised_at_ms);
    if (claim == CLAIM_DONE) {
        rc = redis_command(redis, &reply, error, "HSET", key, "r", received, "p", promised, "s",
                           "1", NULL);
    } else if (claim == CLAIM_OTHER) {
        rc = redis_command(redis, &reply, error, "DEL", key, NULL);
    }
    if (reply != NULL) {
        freeReplyObject(reply);
    }
    return rc;
}

static bool remembers_all(const char *sentinel) {
    return clock_wall_ms() - strtoll(sentinel, NULL, 10) > strtoll(KEY_LIFE_S, NULL, 10) * 1000;
}

static enum rc claim_by_redis(struct store *store, struct redis *redis, const char *case_id,
                              const char *digest, struct claim_times *times, enum claim *claim,
                              struct error *error) {
    struct claim_answer answer;
    enum rc rc = run_claim(redis, case_id, digest, times, &answer, error);
    if (rc != RC_OK) {
        return rc;
    }
    *claim = answer.claim;
    *times = answer.times;
    if (answer.sentinel[0] == '\0') {
        rc = set_sentinel(store, redis, answer.sentinel, error);
    }
    if (rc == RC_OK && answer.fresh && !remembers_all(answer.sentinel)) {
        rc = claim_by_ledger(store, case_id, digest, times, claim, error);
        rc = rc == RC_OK ? correct_claim(redis, case_id, times, *claim, error) : rc;
    }
    return rc;
}

enum rc store_claim(struct store *store, const char *case_id,
                    const unsigned char digest[SEAL_HASH_SIZE], struct claim_times *times,
                    enum claim *claim, struct error *error) {
    struct redis *redis = NULL;
    char hex[65];
    seal_hex(digest, SEAL_HASH_SIZE, hex);
    enum rc rc = redis_pool_take(store->redis, &redis, error);
    if (rc == RC_OK) {
        rc = claim_by_redis(store, redis, case_id, hex, times, claim, error);
        redis_pool_give(store->redis, redis);
    }
    if (rc != RC_UNAVAILABLE) {
        return rc;
    }
    metric_add(&intake_stats[STAT_REDIS_DOWN], 1);
    rc = claim_by_ledger(store, case_id, hex, times, claim, error);
    if (rc != RC_OK) {
        store_settle(store, case_id, false); // a claim that Redis may hold is given back
    }
    return rc;
}

void store_settle(struct store *store, const char *case_id, bool done) {
    struct redis *redis = NULL;
    redisReply *reply = NULL;
    struct error ignored;
    char key[80];
    snprintf(key, sizeof key, "redress:intake:claim:%s", case_id);
    if (redis_pool_take(store->redis, &redis, &ignored) != RC_OK) {
        return;
    }
    if (redis_command(redis, &reply, &ignored, "HSET", key, done ? "s" : "l", done ? "1" : "0",
                      NULL) == RC_OK) {
        freeReplyObject(reply);
    }
    if (redis_command(redis, &reply, &ignored, "EXPIRE", key, KEY_LIFE_S, NULL) == RC_OK) {
        freeReplyObject(reply);
    }
    redis_pool_give(store->redis, redis);
}

enum rc store_status(struct store *store, const char *tracking_code, json_t **status,
                     struct error *error) {
    char path[96];
    long code = 0;
    snprintf(path, sizeof path, "/internal/v1/cases/by-tracking-code/%s", tracking_code);
    enum rc rc = ask_ledger(store, path, &code, status, error);
    if (rc == RC_OK && code == 404) {
        json_decref(*status);
        *status = NULL;
        rc = error_set(error, RC_NOT_FOUND, "no case has this tracking code and PIN");
    }
    return rc;
}

// Attempts are counted by code, not by sender: no address is kept.
static int64_t attempts(struct store *store, const char *tracking_code, const char *command) {
    struct redis *redis = NULL;
    redisReply *reply = NULL;
    struct error ignored;
    char key[64];
    int64_t count = 0;
    snprintf(key, sizeof key, "redress:intake:attempts:%s", tracking_code);
    if (redis_pool_take(store->redis, &redis, &ignored) != RC_OK) {
        return 0;
    }
    if (redis_command(redis, &reply, &ignored, command, key, NULL) == RC_OK) {
        count = reply->type == REDIS_REPLY_INTEGER ? reply->integer
                : reply->str != NULL               ? strtoll(reply->str, NULL, 10)
                                                   : 0;
        freeReplyObject(reply);
    }
    if (strcmp(command, "INCR") == 0 &&
        redis_command(redis, &reply, &ignored, "EXPIRE", key, ATTEMPTS_LIFE_S, NULL) == RC_OK) {
        freeReplyObject(reply);
    }
    redis_pool_give(store->redis, redis);
    return count;
}

bool store_attempts_left(struct store *store, const char *tracking_code) {
    return attempts(store, tracking_code, "GET") < ATTEMPTS;
}

void store_count_attempt(struct store *store, const char *tracking_code) {
    attempts(store, tracking_code, "INCR");
}
