// SPDX-License-Identifier: Apache-2.0
// When a notice goes out: quiet hours, named hours, limits that it is about, attempts after
// another.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "notification.h"

#define HOUR 3600000LL
#define ZONE (8 * 3600)

static void test_quiet_hours_hold_back_what_is_not_urgent(void **unused) {
    (void)unused;
    static const struct {
        int64_t hour; // local
        bool urgent;
        int64_t waits;
    } rows[] = {{23, false, 8}, {3, false, 4},  {7, false, 0}, {12, false, 0},
                {21, false, 0}, {22, false, 9}, {23, true, 0}};
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        int64_t now = 1000 * 24 * HOUR + rows[i].hour * HOUR - ZONE * 1000LL;
        assert_int_equal(notification_not_before(now, ZONE, rows[i].urgent, 22, 7) - now,
                         rows[i].waits * HOUR);
        assert_int_equal(notification_not_before(now, ZONE, rows[i].urgent, 0, 0), now);
    }
}

static void test_a_person_is_told_in_the_hours_they_named(void **unused) {
    (void)unused;
    static const struct {
        const char *hours;
        int64_t hour; // local
        bool urgent;
        int64_t waits;
    } rows[] = {{"09:00-18:00", 8, false, 1},
                {"09:00-18:00", 9, false, 0},
                {"09:00-18:00", 18, false, 15},
                {"09:00-18:00", 3, true, 0},
                {"20:00-06:00", 5, false, 0},
                {"20:00-06:00", 6, false, 14},
                {"", 3, false, 0}};
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        int64_t now = 1000 * 24 * HOUR + rows[i].hour * HOUR - ZONE * 1000LL;
        assert_int_equal(notification_wanted_at(now, ZONE, rows[i].urgent, rows[i].hours) - now,
                         rows[i].waits * HOUR);
    }
}

// Warnings and what a supervisor must decide wait, but never beyond the limit that they are about.
static void test_what_is_about_a_limit_never_comes_after_it(void **unused) {
    (void)unused;
    assert_int_equal(notification_latest("ClockWarned", 70), 70);
    assert_int_equal(notification_latest("ExtensionRequested", 70), 70);
    assert_int_equal(notification_latest("ExtensionRequested", 0), 0); // a fact of before
    assert_int_equal(notification_latest("AlarmRaised", 70), 0);
    assert_int_equal(notification_latest("ExtensionDecided", 70), 0);
    assert_int_equal(notification_in_time(10, 60, 70), 60);
    assert_int_equal(notification_in_time(10, 70, 70), 10);
    assert_int_equal(notification_in_time(10, 70, 0), 70);
}

static void test_back_off_grows_to_five_minutes(void **unused) {
    (void)unused;
    assert_int_equal(notification_back_off_ms(1, 0), 1000);
    assert_int_equal(notification_back_off_ms(1, 0.5), 1500);
    for (uint32_t attempts = 1; attempts < 100; attempts++) {
        assert_in_range(notification_back_off_ms(attempts, 0.999), 1000, 300000);
    }
    assert_int_equal(notification_back_off_ms(50, 0), 150000);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_quiet_hours_hold_back_what_is_not_urgent),
        cmocka_unit_test(test_a_person_is_told_in_the_hours_they_named),
        cmocka_unit_test(test_what_is_about_a_limit_never_comes_after_it),
        cmocka_unit_test(test_back_off_grows_to_five_minutes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
