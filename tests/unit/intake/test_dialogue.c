// SPDX-License-Identifier: Apache-2.0
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "common/json.h"
#include "dialogue.h"

#define HEX "abababababababababababababababababababababababababababababababab"
#define EVIDENCE(sha256, type, size)                                                               \
    "{\"sha256\":\"" sha256 "\",\"media_type\":\"" type "\",\"size\":" size "}"

// NULL: accepted; else the field that is named.
static const struct {
    enum dialogue_kind kind;
    const char *body;
    const char *field;
} rows[] = {
    {DIALOGUE_MESSAGE, "{\"text\":\"请回电\"}", NULL},
    {DIALOGUE_MESSAGE, "{\"text\":\"\"}", "text"},
    {DIALOGUE_MESSAGE, "{\"text\":\" \\n\"}", "text"},
    {DIALOGUE_MESSAGE, "{}", "text"},
    {DIALOGUE_MESSAGE, "{\"text\":\"a\",\"to\":\"b\"}", "to"},
    {DIALOGUE_EVIDENCE, EVIDENCE(HEX, "image/jpeg", "1"), NULL},
    {DIALOGUE_EVIDENCE, EVIDENCE(HEX, "application/vnd.x+y", "1099511627776"), NULL},
    {DIALOGUE_EVIDENCE, EVIDENCE(HEX, "image/jpeg", "0"), "size"},
    {DIALOGUE_EVIDENCE, EVIDENCE(HEX, "image/jpeg", "1099511627777"), "size"},
    {DIALOGUE_EVIDENCE, EVIDENCE(HEX, "image", "1"), "media_type"},
    {DIALOGUE_EVIDENCE, EVIDENCE(HEX, "image/jpeg; q=1", "1"), "media_type"},
    {DIALOGUE_EVIDENCE, EVIDENCE(HEX, "image/jpeg/x", "1"), "media_type"},
    {DIALOGUE_EVIDENCE,
     EVIDENCE("ABABABABABABABABABABABABABABABABABABABABABABABABABABABABABABABAB", "image/jpeg",
              "1"),
     "sha256"},
    {DIALOGUE_EVIDENCE, EVIDENCE("ab", "image/jpeg", "1"), "sha256"},
    {DIALOGUE_WITHDRAWAL, "{\"reason\":\"已解决\"}", NULL},
    {DIALOGUE_WITHDRAWAL, "{}", "reason"},
    {DIALOGUE_REOPENING, "{\"ground\":\"new_facts\",\"reason\":\"有录像\"}", NULL},
    {DIALOGUE_REOPENING, "{\"ground\":\"because\",\"reason\":\"有录像\"}", "ground"},
    {DIALOGUE_REOPENING, "{\"ground\":\"dissatisfied\"}", "reason"},
};

static void test_bounds_name_the_field(void **unused) {
    (void)unused;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct dialogue dialogue;
        struct error error = {.field = ""};
        json_t *body = NULL;
        assert_int_equal(json_read_object(rows[i].body, strlen(rows[i].body), &body, &error),
                         RC_OK);
        enum rc rc = dialogue_read(rows[i].kind, body, &dialogue, &error);
        assert_int_equal(rc, rows[i].field == NULL ? RC_OK : RC_INVALID);
        assert_string_equal(error.field, rows[i].field == NULL ? "" : rows[i].field);
        json_decref(body);
    }
}

static void test_a_message_of_the_most_bytes_is_taken_and_one_more_is_not(void **unused) {
    (void)unused;
    for (size_t size = 8000; size <= 8001; size++) {
        char text[8002];
        struct dialogue dialogue;
        struct error error;
        memset(text, 'a', size);
        text[size] = '\0';
        json_t *body = json_pack("{s:s}", "text", text);
        assert_int_equal(dialogue_read(DIALOGUE_MESSAGE, body, &dialogue, &error),
                         size == 8000 ? RC_OK : RC_INVALID);
        json_decref(body);
    }
}

static void test_a_digest_tells_bodies_and_kinds_apart(void **unused) {
    (void)unused;
    struct dialogue one = {DIALOGUE_MESSAGE, "ab", "", "", 0, "", 0};
    struct dialogue other = one;
    unsigned char digests[2][SEAL_HASH_SIZE];
    dialogue_digest(&one, digests[0]);
    dialogue_digest(&other, digests[1]);
    assert_memory_equal(digests[0], digests[1], SEAL_HASH_SIZE);
    other.text = "a";
    other.sha256 = "b"; // the same letters, parted otherwise
    dialogue_digest(&other, digests[1]);
    assert_memory_not_equal(digests[0], digests[1], SEAL_HASH_SIZE);
    other = one;
    other.kind = DIALOGUE_WITHDRAWAL;
    dialogue_digest(&other, digests[1]);
    assert_memory_not_equal(digests[0], digests[1], SEAL_HASH_SIZE);
}

// What the ledger tells of a case, and what becomes of a thing that is sent.
static void test_what_the_ledger_would_refuse_is_refused_beforehand(void **unused) {
    (void)unused;
    static const struct {
        enum dialogue_kind kind;
        const char *status;
        const char *code; // NULL: it is taken
        const char *field;
        bool decided;
    } answers[] = {
        {DIALOGUE_EVIDENCE, "{\"writable\": true}", NULL, NULL, false},
        {DIALOGUE_EVIDENCE, "{\"writable\": true, \"evidence_refusal\": \"too-much-evidence\"}",
         "too-much-evidence", "", false},
        {DIALOGUE_EVIDENCE, "{\"writable\": true, \"evidence_refusal\": \"already-registered\"}",
         "already-registered", "sha256", false},
        {DIALOGUE_EVIDENCE, "{\"writable\": true, \"evidence_refusal\": \"already-offered\"}",
         "already-offered", "sha256", false},
        {DIALOGUE_EVIDENCE, "{\"writable\": true, \"message_refusal\": \"too-many-messages\"}",
         NULL, NULL, false},
        {DIALOGUE_MESSAGE, "{\"writable\": true, \"message_refusal\": \"too-many-messages\"}",
         "too-many-messages", "", false},
        {DIALOGUE_MESSAGE, "{\"writable\": false, \"status\": \"archived\"}", "wrong-state", "",
         false},
        {DIALOGUE_MESSAGE, "{\"writable\": false, \"erased\": true}", "erased", "", false},
        {DIALOGUE_WITHDRAWAL,
         "{\"withdrawable\": true, \"message_refusal\": \"too-many-messages\"}", NULL, NULL, false},
        {DIALOGUE_REOPENING, "{\"writable\": true}", "wrong-state", "", false},
        // Sent again: what became of it is told, whatever the case allows by now.
        {DIALOGUE_EVIDENCE, "{\"known\": true, \"evidence_refusal\": \"already-registered\"}", NULL,
         NULL, true},
        {DIALOGUE_EVIDENCE,
         "{\"known\": true, \"writable\": true, \"refused\": \"too-much-evidence\"}",
         "too-much-evidence", "", true},
        {DIALOGUE_REOPENING,
         "{\"known\": true, \"reopenable\": true, \"refused\": \"wrong-state\"}", "wrong-state", "",
         true},
    };
    for (size_t i = 0; i < sizeof answers / sizeof answers[0]; i++) {
        struct error error = {.text = ""};
        bool decided = false;
        json_t *status = json_loads(answers[i].status, 0, NULL);
        enum rc rc = dialogue_judge(answers[i].kind, status, &decided, &error);
        assert_int_equal(rc, answers[i].code == NULL ? RC_OK : RC_CONFLICT);
        assert_int_equal(decided, answers[i].decided);
        if (answers[i].code != NULL) {
            assert_string_equal(error.code, answers[i].code);
            assert_string_equal(error.field, answers[i].field);
        }
        json_decref(status);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_bounds_name_the_field),
        cmocka_unit_test(test_a_message_of_the_most_bytes_is_taken_and_one_more_is_not),
        cmocka_unit_test(test_a_digest_tells_bodies_and_kinds_apart),
        cmocka_unit_test(test_what_the_ledger_would_refuse_is_refused_beforehand),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
