// SPDX-License-Identifier: Apache-2.0
// When a ledger or a triage that is behind makes intake refuse, and when it does not.
#include "backlog.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static struct backlog_state state;

static int set_up(void **unused) {
    (void)unused;
    state = (struct backlog_state){0};
    return 0;
}

static int64_t look(int64_t lag, int64_t delay_ms, int64_t admitted) {
    backlog_step(&state, &(struct backlog_look){true, lag, delay_ms, 0, 0, admitted});
    return state.budget;
}

static void test_backlog_of_a_ledger_that_is_near_bounds_nothing(void **unused) {
    (void)unused;
    for (int64_t i = 1; i < 20; i++) {
        assert_int_equal(look(1000 * i, 900, 5000), 0); // it grows, but is applied soon
    }
}

static void test_backlog_that_is_old_and_grows_bounds_what_comes(void **unused) {
    (void)unused;
    assert_int_equal(look(1000, 3000, 1000), 0); // once may be chance
    assert_int_equal(look(2000, 3000, 1000), 700);
    assert_int_equal(look(3000, 3000, 700), 490);
    assert_int_equal(look(2900, 3000, 490), 490); // it shrinks: enough
    assert_int_equal(look(2800, 700, 490), 490);
    assert_int_equal(look(100, 500, 480), 612);
}

static void test_backlog_that_is_old_and_stands_bounds_what_comes(void **unused) {
    (void)unused;
    static const int64_t noise[] = {300, 0, 200, -200};
    int64_t budget = 0;
    for (size_t i = 0; i < 8; i++) { // it never grows twice in a row
        budget = look(40000 + noise[i % 4], 9000, 1000);
    }
    assert_int_equal(budget, 700);
    for (size_t i = 0; i < 20; i++) { // it falls, if by little: enough
        budget = look(39000 - 100 * (int64_t)i + noise[i % 2], 9000, 700);
    }
    assert_int_equal(budget, 700);
}

static void test_backlog_bound_is_lifted_once_it_does_not_bind(void **unused) {
    (void)unused;
    state.budget = 400;
    assert_int_equal(look(0, 0, 390), 500);
    assert_int_equal(look(0, 0, 100), 0);
}

static void test_backlog_after_an_outage_bounds_nothing(void **unused) {
    (void)unused;
    assert_int_equal(look(100, 10, 50), 0);
    for (int i = 0; i < 20; i++) { // PostgreSQL is down: nothing is applied, nothing is measured
        assert_int_equal(look(100, 10, 50), 0);
    }
    assert_int_equal(look(90000, 600000, 50), 0);
    for (int64_t lag = 80000; lag > 0; lag -= 10000) {
        assert_int_equal(look(lag, 600000, 50), 0);
    }
}

static void test_backlog_of_a_silent_ledger_bounds_nothing(void **unused) {
    (void)unused;
    state = (struct backlog_state){.lag = {5, 3}, .budget = 20};
    backlog_step(&state, &(struct backlog_look){.known = false});
    assert_int_equal(state.budget, 0);
    state.budget = 20;
    assert_int_equal(look(-1, 9000, 100), 0);
}

static int64_t look_at_triage(int64_t unassessed, int64_t assessment_ms, int64_t admitted) {
    backlog_step(&state,
                 &(struct backlog_look){true, 100, 50, unassessed, assessment_ms, admitted});
    return state.budget;
}

static void test_backlog_of_what_nobody_has_assessed_bounds_what_comes(void **unused) {
    (void)unused;
    assert_int_equal(look_at_triage(-40, 400, 1000), 0);  // some were registered before
    assert_int_equal(look_at_triage(300, 900, 1000), 0);  // it grows, but is not long
    assert_int_equal(look_at_triage(900, 2900, 1000), 0); // once may be chance
    assert_int_equal(look_at_triage(1500, 3400, 1000), 700);
    assert_int_equal(look_at_triage(1500, 3600, 700), 700); // not further behind
    assert_int_equal(look_at_triage(1550, 3700, 700), 700);
    assert_int_equal(look_at_triage(1590, 3800, 700), 490);
    assert_int_equal(look_at_triage(300, 700, 490), 490);
    assert_int_equal(look_at_triage(20, 400, 480), 612);
}

static void test_backlog_of_a_triage_that_catches_up_bounds_nothing(void **unused) {
    (void)unused;
    int64_t unassessed = 0;
    for (; unassessed < 100000; unassessed += 500) { // it is down: nothing is assessed
        assert_int_equal(look_at_triage(unassessed, 0, 1000), 0);
    }
    assert_int_equal(look_at_triage(unassessed += 400, 600000, 1000), 0); // it begins
    for (int i = 0; i < 100; i++) { // of several partitions, some further behind
        assert_int_equal(look_at_triage(unassessed -= 1000, 600000 + i % 3 * 90000, 1000), 0);
    }
}

static void test_backlog_that_the_ledger_brings_to_triage_bounds_nothing(void **unused) {
    (void)unused;
    int64_t lag = 60000;
    for (int64_t i = 1; lag > 0; i++, lag -= 1000) { // it catches up after an outage
        const struct backlog_look look = {true, lag, 120000 - i * 1000, 700 * i, 2000 + i, 500};
        backlog_step(&state, &look);
        assert_int_equal(state.budget, 0);
    }
}

static void test_backlog_that_grows_after_the_flood_shuts_no_door(void **unused) {
    (void)unused;
    assert_int_equal(look(1000, 3000, 1000), 0);
    assert_int_equal(look(2000, 3000, 1000), 700);
    assert_int_equal(look(3000, 3000, 0), 700); // triage and the others still propose
    assert_int_equal(look(4000, 3000, 20), 700);
    assert_int_equal(look(3000, 3000, 20), 700);
    assert_int_equal(look(10, 100, 20), 0);
}

static void test_backlog_bound_never_shuts_the_door(void **unused) {
    (void)unused;
    int64_t budget = 0;
    for (int64_t i = 1; i < 100; i++) {
        budget = look(i, 10000, 1);
    }
    assert_true(budget >= 1);
}

#define TEST(name) cmocka_unit_test_setup(name, set_up)
int main(void) {
    const struct CMUnitTest tests[] = {
        TEST(test_backlog_of_a_ledger_that_is_near_bounds_nothing),
        TEST(test_backlog_that_is_old_and_grows_bounds_what_comes),
        TEST(test_backlog_that_is_old_and_stands_bounds_what_comes),
        TEST(test_backlog_bound_is_lifted_once_it_does_not_bind),
        TEST(test_backlog_after_an_outage_bounds_nothing),
        TEST(test_backlog_of_a_silent_ledger_bounds_nothing),
        TEST(test_backlog_of_what_nobody_has_assessed_bounds_what_comes),
        TEST(test_backlog_of_a_triage_that_catches_up_bounds_nothing),
        TEST(test_backlog_that_the_ledger_brings_to_triage_bounds_nothing),
        TEST(test_backlog_that_grows_after_the_flood_shuts_no_door),
        TEST(test_backlog_bound_never_shuts_the_door),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
