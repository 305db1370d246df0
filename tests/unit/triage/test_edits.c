// SPDX-License-Identifier: Apache-2.0
// What a batch changes goes to Redis in calls that are short, and each bucket is in one of them.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "edits.h"

#define RECEIVED INT64_C(1770000000000)
#define CASES 60
#define FIELDS_MOST 2000
#define CALL_FIELDS 64 // no more, for each has one edit at least

static struct told { // of all calls
    size_t calls;
    size_t longest; // fields
    size_t entries;
    size_t count;
    char fields[FIELDS_MOST][BUCKET_KEY + BUCKET_FIELD]; // with their key
} told;

enum rc __wrap_redis_add(struct redis *redis, size_t count, const char *const *arguments,
                         const size_t *sizes, struct error *error);

static void note_field(const char *key, const char *field) {
    char whole[BUCKET_KEY + BUCKET_FIELD] = {0};
    snprintf(whole, BUCKET_KEY, "%s", key);
    memcpy(whole + BUCKET_KEY, field, BUCKET_FIELD);
    for (size_t i = 0; i < told.count; i++) {
        assert_memory_not_equal(told.fields[i], whole, sizeof whole);
    }
    assert_true(told.count < FIELDS_MOST);
    memcpy(told.fields[told.count++], whole, sizeof whole);
}

// EVAL, script, number of keys, keys; for each key its end, how many fields, and three for each.
enum rc __wrap_redis_add(struct redis *redis, size_t count, const char *const *arguments,
                         const size_t *sizes, struct error *error) {
    (void)redis;
    (void)error;
    size_t keys = strtoul(arguments[2], NULL, 10);
    size_t before = told.count;
    size_t at = 3 + keys;
    for (size_t key = 0; key < keys; key++) {
        size_t fields = strtoul(arguments[at + 1], NULL, 10);
        at += 2;
        for (size_t i = 0; i < fields; i++, at += 3) {
            note_field(arguments[3 + key], arguments[at]);
            told.entries += sizes[at + 2] / BUCKET_ENTRY;
        }
    }
    assert_int_equal(at, count);
    size_t fields = told.count - before;
    told.longest = fields > told.longest ? fields : told.longest;
    told.calls++;
    return RC_OK;
}

static struct similar_case case_number(unsigned number) {
    struct similar_case made = {.tenant = "first-hospital",
                                .category = "waiting",
                                .received_at_ms = RECEIVED,
                                .hash_count = 1};
    char text[128];
    snprintf(made.case_id, sizeof made.case_id, "%08x-89ab-8def-8123-456789abcdef", number);
    memset(made.hashes[0], (int)number + 1, sizeof made.hashes[0]);
    snprintf(text, sizeof text, "第 %u 号窗口排队 %u 分钟没有人解释原因", number, number * 7919);
    similar_read(&made, text);
    return made;
}

static size_t send_cases(unsigned count) {
    struct edits edits = {0};
    size_t sent = 0;
    told = (struct told){0};
    assert_int_equal(edits_begin(&edits, CASES, NULL), RC_OK);
    for (unsigned i = 0; i < count; i++) {
        struct similar_case made = case_number(i);
        edits_case(&edits, &made, true);
    }
    assert_int_equal(edits_send(&edits, NULL, &sent, NULL), RC_OK);
    edits_free(&edits);
    return sent;
}

static void test_edits_of_many_cases_are_several_short_calls(void **unused) {
    (void)unused;
    size_t sent = send_cases(CASES);
    assert_int_equal(sent, told.calls);
    assert_true(told.calls > 1);
    assert_in_range(told.longest, 1, CALL_FIELDS);
    // Each case under its contact, a band at least, and where all of them meet, which has room
    // for 32.
    assert_true(told.entries >= 2 * CASES + 32);
}

static void test_edits_of_one_case_are_one_call(void **unused) {
    (void)unused;
    assert_int_equal(send_cases(1), 1);
    assert_int_equal(told.count, told.entries);
}

static void test_edits_of_nothing_are_no_call(void **unused) {
    (void)unused;
    assert_int_equal(send_cases(0), 0);
    assert_int_equal(told.calls, 0);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_edits_of_many_cases_are_several_short_calls),
        cmocka_unit_test(test_edits_of_one_case_are_one_call),
        cmocka_unit_test(test_edits_of_nothing_are_no_call),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
