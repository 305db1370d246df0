// SPDX-License-Identifier: Apache-2.0
// When the memory that a backlog took is given back.
#include "common/bus_backlog.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#define NOW_MS 5000
#define FAR 5000 // records behind
#define SOON_MS 1000
#define LATER_MS 60000

static void test_backlog_worked_off_is_over_once(void **unused) {
    (void)unused;
    struct bus_backlog backlog = {.met = false};
    assert_false(bus_backlog_is_over(&backlog, FAR, NOW_MS));
    assert_false(bus_backlog_is_over(&backlog, FAR / 2, NOW_MS));
    assert_true(bus_backlog_is_over(&backlog, 0, NOW_MS));
    assert_false(bus_backlog_is_over(&backlog, 0, NOW_MS + LATER_MS));
}

static void test_backlog_that_never_was_is_not_over(void **unused) {
    (void)unused;
    struct bus_backlog backlog = {.met = false};
    assert_false(bus_backlog_is_over(&backlog, 500, NOW_MS));
    assert_false(bus_backlog_is_over(&backlog, 0, NOW_MS));
}

static void test_backlog_of_unknown_size_goes_on(void **unused) {
    (void)unused;
    struct bus_backlog backlog = {.met = false};
    assert_false(bus_backlog_is_over(&backlog, FAR, NOW_MS));
    assert_false(bus_backlog_is_over(&backlog, -1, NOW_MS));
    assert_true(bus_backlog_is_over(&backlog, 0, NOW_MS));
}

static void test_backlog_soon_after_another_waits(void **unused) {
    (void)unused;
    struct bus_backlog backlog = {.met = false};
    assert_false(bus_backlog_is_over(&backlog, FAR, NOW_MS));
    assert_true(bus_backlog_is_over(&backlog, 0, NOW_MS));
    assert_false(bus_backlog_is_over(&backlog, FAR, NOW_MS + SOON_MS));
    assert_false(bus_backlog_is_over(&backlog, 0, NOW_MS + SOON_MS));
    assert_true(bus_backlog_is_over(&backlog, 0, NOW_MS + LATER_MS));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_backlog_worked_off_is_over_once),
        cmocka_unit_test(test_backlog_that_never_was_is_not_over),
        cmocka_unit_test(test_backlog_of_unknown_size_goes_on),
        cmocka_unit_test(test_backlog_soon_after_another_waits),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
