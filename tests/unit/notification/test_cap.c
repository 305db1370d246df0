// SPDX-License-Identifier: Apache-2.0
// Notices that are put off: never more an hour than one may get, in order, none lost.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "cap.h"

#define NOW INT64_C(1770971400000)
#define MINUTE INT64_C(60000)
#define MOST 3

static struct cap_batch batch;

static int begin(void **unused) {
    (void)unused;
    batch = (struct cap_batch){0};
    return 0;
}

static int end(void **unused) {
    (void)unused;
    cap_free(&batch);
    return 0;
}

static void add(const char *recipient, const char *case_id, bool counted, int64_t at_ms) {
    struct cap_notice notice = {.counted = counted, .at_ms = at_ms};
    snprintf(notice.recipient, sizeof notice.recipient, "%s", recipient);
    snprintf(notice.case_id, sizeof notice.case_id, "%s", case_id);
    assert_int_equal(cap_add(&batch, &notice, NULL), RC_OK);
}

static void apply(const struct cap_past *past, size_t count, size_t most) {
    assert_int_equal(cap_apply(&batch, past, count, most, NULL), RC_OK);
}

static void test_no_hour_holds_more_than_the_cap_and_none_is_lost(void **unused) {
    (void)unused;
    for (size_t i = 0; i < 1000; i++) {
        add("staff:lin", "", true, NOW + (int64_t)i * MINUTE / 7);
    }
    apply(NULL, 0, MOST);
    assert_int_equal(batch.count, 1000);
    for (size_t i = 0; i < batch.count; i++) {
        const struct cap_notice *notice = &batch.list[i];
        assert_true(notice->at_ms >= NOW + (int64_t)i * MINUTE / 7);
        assert_true(i == 0 || notice->at_ms >= batch.list[i - 1].at_ms);
        assert_true(i < MOST || notice->at_ms >= batch.list[i - MOST].at_ms + CAP_HOUR_MS);
        assert_int_equal(notice->capped, i >= MOST);
    }
}

// A warning that the cap would put off until its limit has ended goes out at once, and counts.
static void test_what_would_come_too_late_is_not_put_off(void **unused) {
    (void)unused;
    for (size_t i = 0; i < MOST + 3; i++) {
        add("staff:lin", "", true, NOW);
    }
    batch.list[MOST].latest_ms = NOW + 59 * MINUTE;
    batch.list[MOST + 1].latest_ms = NOW + 61 * MINUTE;
    apply(NULL, 0, MOST);
    assert_false(batch.list[MOST].capped);
    assert_true(batch.list[MOST].at_ms == NOW);
    assert_true(batch.list[MOST + 1].capped);
    assert_true(batch.list[MOST + 1].at_ms == NOW + CAP_HOUR_MS);
    assert_true(batch.list[MOST + 2].capped);
}

static void test_each_recipient_counts_alone_and_each_cases_complainant(void **unused) {
    static const char one[] = "01234567-89ab-8def-8123-456789abcdef";
    static const char other[] = "11234567-89ab-8def-8123-456789abcdef";
    (void)unused;
    for (size_t i = 0; i < MOST; i++) {
        add("complainant", one, true, NOW);
        add("staff:lin", "", true, NOW);
        add("complainant", other, true, NOW);
    }
    apply(NULL, 0, MOST);
    for (size_t i = 0; i < batch.count; i++) {
        assert_false(batch.list[i].capped);
    }
    add("complainant", one, true, NOW);
    apply(NULL, 0, MOST);
    assert_true(batch.list[batch.count - 1].capped);
}

static void test_what_came_before_counts_until_an_hour_has_passed(void **unused) {
    const struct cap_past past[] = {{"staff:lin", "", NOW - 10 * MINUTE},
                                    {"staff:lin", "", NOW - 50 * MINUTE},
                                    {"staff:lin", "", NOW - 59 * MINUTE}};
    (void)unused;
    add("staff:lin", "", true, NOW);
    add("staff:lin", "", true, NOW);
    add("staff:gao", "", true, NOW);
    add("staff:lin", "", true, NOW);
    apply(past, 3, MOST);
    assert_true(batch.list[0].at_ms == NOW + MINUTE);
    assert_true(batch.list[1].at_ms == NOW + 10 * MINUTE);
    assert_false(batch.list[2].capped);
    assert_true(batch.list[3].at_ms == NOW + 50 * MINUTE);
}

static void test_what_does_not_count_is_never_put_off(void **unused) {
    (void)unused;
    for (size_t i = 0; i < 10L * MOST; i++) {
        add("staff:lin", "", i % 2 == 0, NOW);
    }
    apply(NULL, 0, MOST);
    for (size_t i = 0; i < batch.count; i++) {
        assert_true(batch.list[i].counted || batch.list[i].at_ms == NOW);
        assert_int_equal(batch.list[i].capped, i % 2 == 0 && i / 2 >= MOST);
    }
}

static void test_without_a_cap_nothing_is_put_off(void **unused) {
    (void)unused;
    for (size_t i = 0; i < 10L * MOST; i++) {
        add("staff:lin", "", true, NOW);
    }
    apply(NULL, 0, 0);
    for (size_t i = 0; i < batch.count; i++) {
        assert_false(batch.list[i].capped);
    }
}

int main(void) {
#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)
    const struct CMUnitTest tests[] = {
        TEST(test_no_hour_holds_more_than_the_cap_and_none_is_lost),
        TEST(test_what_would_come_too_late_is_not_put_off),
        TEST(test_each_recipient_counts_alone_and_each_cases_complainant),
        TEST(test_what_came_before_counts_until_an_hour_has_passed),
        TEST(test_what_does_not_count_is_never_put_off),
        TEST(test_without_a_cap_nothing_is_put_off),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
