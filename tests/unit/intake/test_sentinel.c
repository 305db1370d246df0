// SPDX-License-Identifier: Apache-2.0
// Claims where Redis' memory is not complete: what it says of a key, and what only the ledger may
// say.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "store.h"

#include "common/http_client.h"
#include "common/redis.h"

#define CASE_ID "8c71c32a-cf60-821d-bb6d-d0ec1ac8f421"
#define FIRST_MS 1795500000000LL  // what the ledger knows of another attempt
#define SECOND_MS 1795500009000LL // this one

static bool forgets;      // the claim, before the sentinel is set
static bool anothers;     // the claim is of another content, in a memory that is not complete
static bool cut_off;      // that one's attempt: another may take it over
static const char *known; // digest of the ledger's case; NULL: it has none
static int case_questions;

static const char same[] = "0000000000000000000000000000000000000000000000000000000000000000";
static const char other[] = "1000000000000000000000000000000000000000000000000000000000000000";

static redisReply *make(int type, long long number, const char *text) {
    redisReply *reply = calloc(1, sizeof *reply);
    assert_non_null(reply);
    reply->type = type;
    reply->integer = number;
    reply->str = text == NULL ? NULL : strdup(text);
    reply->len = text == NULL ? 0 : strlen(text);
    return reply;
}

// Another content's, since now; or no sentinel, the key not known, and this attempt's now.
static redisReply *answer_claim(const char *now, const char *received) {
    redisReply *reply = make(REDIS_REPLY_ARRAY, 0, NULL);
    reply->elements = 5;
    reply->element = calloc(5, sizeof(redisReply *));
    assert_non_null(reply->element);
    reply->element[0] = make(REDIS_REPLY_STRING, 0, anothers ? now : "");
    reply->element[1] = make(REDIS_REPLY_INTEGER, anothers ? CLAIM_OTHER : CLAIM_NEW, NULL);
    reply->element[2] = make(REDIS_REPLY_STRING, 0, anothers ? "1" : received);
    reply->element[3] = make(REDIS_REPLY_STRING, 0, anothers ? "1" : received);
    reply->element[4] = make(REDIS_REPLY_INTEGER, !anothers, NULL);
    return reply;
}

enum rc __wrap_redis_script(struct redis *redis, redisReply **reply, const char *script,
                            const char *const *keys, size_t key_count, const char *const *arguments,
                            size_t argument_count, struct error *error);
enum rc __wrap_redis_script(struct redis *redis, redisReply **reply, const char *script,
                            const char *const *keys, size_t key_count, const char *const *arguments,
                            size_t argument_count, struct error *error) {
    (void)redis;
    (void)error;
    if (strcmp(keys[key_count - 1], "redress:intake:remembers-since") == 0) {
        assert_int_equal(key_count, 2); // another's claim is taken over
        assert_string_equal(arguments[1], same);
        assert_int_equal(strtoll(arguments[2], NULL, 10), SECOND_MS);
        *reply = make(REDIS_REPLY_INTEGER, cut_off, NULL);
    } else if (strstr(script, "HMGET") != NULL) {
        *reply = answer_claim(arguments[0], arguments[6]);
    } else if (strcmp(keys[0], "redress:intake:remembers-since") == 0) {
        assert_int_equal(key_count, 2);
        assert_non_null(strstr(keys[1], CASE_ID));
        assert_int_equal(argument_count, 3);
        assert_int_equal(strtoll(arguments[2], NULL, 10), SECOND_MS);
        *reply = make(REDIS_REPLY_STRING, 0, arguments[forgets ? 1 : 0]);
    } else { // the claim is corrected
        *reply = make(REDIS_REPLY_INTEGER, 1, NULL);
    }
    return RC_OK;
}

enum rc __wrap_redis_command(struct redis *redis, redisReply **reply, struct error *error,
                             const char *first, ...);
enum rc __wrap_redis_command(struct redis *redis, redisReply **reply, struct error *error,
                             const char *first, ...) {
    (void)redis;
    (void)error;
    (void)first;
    *reply = make(REDIS_REPLY_STATUS, 0, "OK");
    return RC_OK;
}

__typeof__(http_client_json) __wrap_http_client_json;
enum rc __wrap_http_client_json(struct http_client *client, const char *method, const char *path,
                                const json_t *body, const char *const *headers, long *status,
                                json_t **answer, struct error *error) {
    (void)client;
    (void)method;
    (void)body;
    (void)headers;
    (void)error;
    *status = 200;
    if (strcmp(path, "/internal/v1/summary") == 0) {
        *answer = json_pack("{s:i}", "cases", 0);
        return RC_OK;
    }
    case_questions++;
    if (known == NULL) {
        *status = 404;
        *answer = json_object();
        return RC_OK;
    }
    *answer = json_pack("{s:s, s:I, s:I}", "content_sha256", known, "received_at_ms",
                        (json_int_t)FIRST_MS, "promised_at_ms", (json_int_t)FIRST_MS);
    return RC_OK;
}

static struct claim claim_one(void) {
    static const unsigned char digest[SEAL_HASH_SIZE];
    const struct store_options options = {
        "127.0.0.1", 1, "http://127.0.0.1:1", "service-token-of-a-test", 1, NULL};
    struct claim claim = {.case_id = CASE_ID,
                          .digest = digest,
                          .received_at_ms = SECOND_MS,
                          .promised_at_ms = SECOND_MS};
    struct store *store = NULL;
    struct error error;
    case_questions = 0;
    assert_int_equal(store_new(&store, &options, &error), RC_OK);
    store_claim(store, &claim, 1);
    store_free(store);
    return claim;
}

static void test_claim_that_redis_holds_is_new_in_an_empty_system(void **unused) {
    (void)unused;
    forgets = false;
    known = same;
    struct claim claim = claim_one();
    assert_int_equal(claim.verdict, CLAIM_NEW);
    assert_false(claim.unproven);
    assert_int_equal(case_questions, 0);
}

// Another attempt may have been published meanwhile: the ledger alone tells.
static void test_claim_that_redis_lost_is_asked_of_the_ledger(void **unused) {
    (void)unused;
    forgets = true;
    known = same;
    struct claim claim = claim_one();
    assert_int_equal(case_questions, 1);
    assert_int_equal(claim.verdict, CLAIM_DONE);
    assert_int_equal(claim.received_at_ms, FIRST_MS);
    assert_true(claim.unproven);
}

// What it left may be an attempt's that the ledger turned away, and whose claim nobody could erase.
static void test_anothers_claim_is_asked_of_the_ledger(void **unused) {
    (void)unused;
    static const struct {
        const char *known;
        bool cut_off;
        enum claim_verdict verdict;
        int64_t received_at_ms;
    } rows[] = {{same, false, CLAIM_DONE, FIRST_MS},
                {other, false, CLAIM_OTHER, FIRST_MS},
                {NULL, true, CLAIM_NEW, SECOND_MS},       // with its own times
                {NULL, false, CLAIM_UNKNOWN, SECOND_MS}}; // it may be in Kafka in a moment
    anothers = true;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        known = rows[i].known;
        cut_off = rows[i].cut_off;
        struct claim claim = claim_one();
        assert_int_equal(case_questions, 1);
        assert_int_equal(claim.verdict, rows[i].verdict);
        assert_int_equal(claim.received_at_ms, rows[i].received_at_ms);
        assert_true(claim.unproven);
    }
    anothers = false;
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_claim_that_redis_holds_is_new_in_an_empty_system),
        cmocka_unit_test(test_claim_that_redis_lost_is_asked_of_the_ledger),
        cmocka_unit_test(test_anothers_claim_is_asked_of_the_ledger),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
