// SPDX-License-Identifier: Apache-2.0
// When a consumer counts as stuck, by what is seen at each look.
#include "common/bus_watch.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

static const struct bus_look away = {.assigned = true, .ends = -1};
static const struct bus_look reads = {
    .took = true, .reachable = true, .assigned = true, .ends = -1};
static const struct bus_look waits = {.reachable = true, .ends = -1};

static struct bus_look at(int64_t ends) {
    return (struct bus_look){.reachable = true, .assigned = true, .ends = ends};
}

static bool sees(struct bus_watch *watch, struct bus_look look) {
    return bus_watch_judge(watch, &look);
}

static void test_records_that_come_and_are_never_taken(void **unused) {
    (void)unused;
    struct bus_watch watch = {.ends = -1};
    assert_false(sees(&watch, at(10))); // what it has to catch up with is not known
    assert_false(sees(&watch, at(11)));
    assert_false(bus_watch_doubts(&watch));
    assert_false(sees(&watch, at(11))); // nothing new
    assert_false(sees(&watch, at(12)));
    assert_true(bus_watch_doubts(&watch));
    assert_true(sees(&watch, at(13)));
}

static void test_quiet_is_not_stuck(void **unused) {
    (void)unused;
    struct bus_watch watch = {.ends = -1};
    for (int i = 0; i < 100; i++) {
        assert_false(sees(&watch, at(10)));
        assert_false(bus_watch_doubts(&watch));
    }
}

static void test_one_record_taken_begins_the_count_anew(void **unused) {
    (void)unused;
    struct bus_watch watch = {.ends = -1};
    for (int64_t i = 0; i < 100; i++) {
        assert_false(sees(&watch, i % 3 == 2 ? reads : at(10 + i)));
    }
}

static void test_a_broker_that_is_away_makes_nobody_stuck(void **unused) {
    (void)unused;
    struct bus_watch watch = {.ends = -1};
    for (int64_t i = 0; i < 100; i++) {
        assert_false(sees(&watch, i % 2 == 0 ? away : at(10 + i)));
    }
    for (int i = 0; i < 100; i++) {
        assert_false(sees(&watch, (struct bus_look){.ends = -1}));
    }
}

static void test_a_rebalance_that_never_ends(void **unused) {
    (void)unused;
    struct bus_watch watch = {.ends = -1};
    for (int i = 0; i < 3; i++) {
        assert_false(sees(&watch, waits));
    }
    assert_false(sees(&watch, at(0))); // it ended
    for (int i = 0; i < 3; i++) {
        assert_false(sees(&watch, waits));
    }
    assert_true(sees(&watch, waits));
}

// As where another member dies again and again: each time the group waits for its session's end.
static void test_rebalances_that_end_and_begin_again(void **unused) {
    (void)unused;
    struct bus_watch watch = {.ends = -1};
    for (int i = 0; i < 100; i++) {
        struct bus_look look = waits;
        look.rebalanced = i % 4 == 3;
        assert_false(sees(&watch, look));
    }
}

// As where another member works on one batch for minutes.
static void test_a_rebalance_that_waits_for_another_member(void **unused) {
    (void)unused;
    struct bus_watch watch = {.ends = -1};
    struct bus_look held = waits;
    held.held = true;
    for (int i = 0; i < 100; i++) {
        assert_false(sees(&watch, i % 4 == 3 ? held : waits));
    }
    for (int i = 0; i < 100; i++) {
        assert_false(sees(&watch, held));
        assert_false(bus_watch_doubts(&watch));
    }
    for (int i = 0; i < 3; i++) { // it is not in the group any more
        assert_false(sees(&watch, waits));
    }
    assert_true(sees(&watch, waits));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_records_that_come_and_are_never_taken),
        cmocka_unit_test(test_quiet_is_not_stuck),
        cmocka_unit_test(test_one_record_taken_begins_the_count_anew),
        cmocka_unit_test(test_a_broker_that_is_away_makes_nobody_stuck),
        cmocka_unit_test(test_a_rebalance_that_never_ends),
        cmocka_unit_test(test_rebalances_that_end_and_begin_again),
        cmocka_unit_test(test_a_rebalance_that_waits_for_another_member),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
