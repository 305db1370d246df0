// SPDX-License-Identifier: Apache-2.0
// When a consumer asks the brokers so that librdkafka fetches on.
#include "common/bus_prefetch.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#define NOW_MS 5000
#define FAR 100000 // records behind

static bool is_due(int64_t fetched, int64_t lag) {
    const struct bus_prefetch prefetch = {.next_ms = 0};
    return bus_prefetch_is_due(&prefetch, fetched, lag, NOW_MS);
}

static void test_prefetch_half_empty_and_far_behind_is_due(void **unused) {
    (void)unused;
    assert_true(is_due(0, FAR));
    assert_true(is_due(PREFETCH_RECORDS / 2 - 1, FAR));
}

static void test_prefetch_more_than_half_full_is_not_due(void **unused) {
    (void)unused;
    assert_false(is_due(PREFETCH_RECORDS / 2, FAR));
    assert_false(is_due(PREFETCH_RECORDS + 1, FAR));
}

// The rate of every day: all that there is was fetched, or a fetch waits for it.
static void test_prefetch_with_nothing_left_at_the_broker_is_not_due(void **unused) {
    (void)unused;
    assert_false(is_due(0, 0));
    assert_false(is_due(0, 500));
    assert_false(is_due(3000, 3500));
}

static void test_prefetch_of_an_unknown_lag_is_not_due(void **unused) {
    (void)unused;
    assert_false(is_due(0, -1));
}

static void test_prefetch_asked_a_moment_ago_is_not_due(void **unused) {
    (void)unused;
    const struct bus_prefetch prefetch = {.next_ms = NOW_MS + 1};
    assert_false(bus_prefetch_is_due(&prefetch, 0, FAR, NOW_MS));
    assert_true(bus_prefetch_is_due(&prefetch, 0, FAR, NOW_MS + 1));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_prefetch_half_empty_and_far_behind_is_due),
        cmocka_unit_test(test_prefetch_more_than_half_full_is_not_due),
        cmocka_unit_test(test_prefetch_with_nothing_left_at_the_broker_is_not_due),
        cmocka_unit_test(test_prefetch_of_an_unknown_lag_is_not_due),
        cmocka_unit_test(test_prefetch_asked_a_moment_ago_is_not_due),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
