// SPDX-License-Identifier: Apache-2.0
// Hours as people write them, and when they begin next.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "common/hours.h"

#define MINUTE 60000LL
#define DAY (1440 * MINUTE)

static void test_what_is_no_pair_of_times_is_refused(void **unused) {
    (void)unused;
    static const char *const bad[] = {"",
                                      "9:00-17:00",
                                      "09:00-17:0",
                                      "09:00 17:00",
                                      "24:00-06:00",
                                      "09:60-17:00",
                                      "09:00-09:00",
                                      "09:00-17:000",
                                      "ab:cd-ef:gh",
                                      "09.00-17.00",
                                      "-9:00-17:00"};
    struct hours hours;
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        assert_false(hours_read(bad[i], &hours));
    }
    assert_true(hours_read("08:05-23:59", &hours));
    assert_int_equal(hours.from, 485);
    assert_int_equal(hours.until, 1439);
}

// Every minute of a day: what is told lies within, and is the first such minute.
static void test_the_next_moment_is_the_first_within(void **unused) {
    (void)unused;
    static const struct hours pairs[] = {{540, 1080}, {1320, 360}, {0, 1}, {1439, 0}};
    static const int32_t zones[] = {0, 8 * 3600, -9 * 3600 - 1800};
    for (size_t z = 0; z < sizeof zones / sizeof zones[0]; z++) {
        for (size_t p = 0; p < sizeof pairs / sizeof pairs[0]; p++) {
            const struct hours hours = pairs[p];
            for (int64_t minute = 0; minute < 1440; minute++) {
                int64_t at = 20000 * DAY + minute * MINUTE;
                int64_t expected = at;
                for (;; expected += MINUTE) {
                    uint32_t local = (uint32_t)((expected + zones[z] * 1000LL) % DAY / MINUTE);
                    bool over_night = hours.from > hours.until;
                    if (over_night ? local >= hours.from || local < hours.until
                                   : local >= hours.from && local < hours.until) {
                        break;
                    }
                }
                assert_true(hours_next(hours, zones[z], at) == expected);
            }
        }
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_what_is_no_pair_of_times_is_refused),
        cmocka_unit_test(test_the_next_moment_is_the_first_within),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
