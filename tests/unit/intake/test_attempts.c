// SPDX-License-Identifier: Apache-2.0
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "attempts.h"

#define NOW 1795500000000LL
#define MINUTE 60000LL

static void test_wait_doubles_to_half_an_hour(void **unused) {
    (void)unused;
    static const struct {
        int64_t wrong, minutes;
    } rows[] = {{0, 0},  {9, 0},   {10, 1},  {11, 2},  {12, 4},
                {13, 8}, {14, 16}, {15, 30}, {16, 30}, {1000000, 30}};
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        int64_t wait = rows[i].minutes * MINUTE;
        assert_int_equal(attempts_wait_ms(rows[i].wrong, NOW, NOW), wait);
        assert_int_equal(attempts_wait_ms(rows[i].wrong, NOW, NOW + wait), 0);
        assert_int_equal(attempts_wait_ms(rows[i].wrong, NOW, NOW + wait - 1), wait > 0 ? 1 : 0);
        assert_int_equal(attempts_wait_ms(rows[i].wrong, NOW + 5000, NOW), wait); // a clock ahead
    }
}

static void test_codes_are_counted_apart_and_forgotten_after_an_hour(void **unused) {
    (void)unused;
    struct attempts *attempts = NULL;
    assert_int_equal(attempts_new(&attempts, NULL), RC_OK);
    for (int i = 0; i < 9; i++) {
        attempts_count(attempts, "AAAAAAAAAAAAA", NOW);
        assert_int_equal(attempts_of(attempts, "AAAAAAAAAAAAA", NOW), 0);
    }
    attempts_count(attempts, "AAAAAAAAAAAAA", NOW);
    assert_int_equal(attempts_of(attempts, "AAAAAAAAAAAAA", NOW), MINUTE);
    assert_int_equal(attempts_of(attempts, "BBBBBBBBBBBBB", NOW), 0);
    attempts_count(attempts, "AAAAAAAAAAAAA", NOW + MINUTE);
    assert_int_equal(attempts_of(attempts, "AAAAAAAAAAAAA", NOW + MINUTE), 2 * MINUTE);
    int64_t later = NOW + MINUTE + ATTEMPTS_LIFE_MS;
    attempts_count(attempts, "AAAAAAAAAAAAA", later);
    assert_int_equal(attempts_of(attempts, "AAAAAAAAAAAAA", later), 0);
    attempts_free(attempts);
}

static void test_a_flood_of_codes_displaces_the_oldest_only(void **unused) {
    (void)unused;
    struct attempts *attempts = NULL;
    char code[IDENT_TRACKING_SIZE];
    assert_int_equal(attempts_new(&attempts, NULL), RC_OK);
    for (int i = 0; i < 10; i++) {
        attempts_count(attempts, "AAAAAAAAAAAAA", NOW);
        attempts_count(attempts, "BBBBBBBBBBBBB", NOW + 1 + 4095);
    }
    for (int i = 0; i < 4095; i++) {
        snprintf(code, sizeof code, "F%012d", i);
        attempts_count(attempts, code, NOW + 1 + i);
    }
    assert_int_equal(attempts_of(attempts, "AAAAAAAAAAAAA", NOW + 4096), 0);
    assert_int_equal(attempts_of(attempts, "BBBBBBBBBBBBB", NOW + 4096), MINUTE);
    attempts_free(attempts);
}

static void test_few_a_second_are_shared(void **unused) {
    (void)unused;
    struct attempts *attempts = NULL;
    int shared = 0;
    assert_int_equal(attempts_new(&attempts, NULL), RC_OK);
    for (int i = 0; i < 1000; i++) {
        shared += attempts_count(attempts, "AAAAAAAAAAAAA", NOW) ? 1 : 0;
    }
    assert_int_equal(shared, 50);
    assert_true(attempts_count(attempts, "AAAAAAAAAAAAA", NOW + 1000));
    attempts_free(attempts);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_wait_doubles_to_half_an_hour),
        cmocka_unit_test(test_codes_are_counted_apart_and_forgotten_after_an_hour),
        cmocka_unit_test(test_a_flood_of_codes_displaces_the_oldest_only),
        cmocka_unit_test(test_few_a_second_are_shared),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
