// SPDX-License-Identifier: Apache-2.0
// Zones with and without daylight saving time, at and around their changes.
#include "common/zone.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))
#define MINUTE_MS 60000

static void assert_moment(const char *name, const char *day, int hour, int minute,
                          const char *text) {
    struct zone *zone = NULL;
    struct error error;
    civil_day civil = 0;
    char formatted[CLOCK_TEXT_SIZE];
    assert_int_equal(zone_load(&zone, name, &error), RC_OK);
    assert_true(civil_day_parse(day, &civil));
    zone_format(zone, zone_to_instant(zone, civil, (hour * 60 + minute) * MINUTE_MS), formatted);
    zone_free(zone);
    assert_string_equal(formatted, text);
}

static void test_zone_wall_clock_times_have_their_moment(void **state) {
    (void)state;
    assert_moment("Asia/Shanghai", "2026-02-13", 16, 30, "2026-02-13T16:30:00.000+08:00");
    assert_moment("Asia/Shanghai", "2026-02-13", 24, 0, "2026-02-14T00:00:00.000+08:00");
    assert_moment("Europe/London", "2026-01-05", 9, 0, "2026-01-05T09:00:00.000+00:00");
    assert_moment("Europe/London", "2026-07-05", 9, 0, "2026-07-05T09:00:00.000+01:00");
    assert_moment("America/New_York", "2026-12-31", 24, 0, "2027-01-01T00:00:00.000-05:00");
    assert_moment("Pacific/Auckland", "2026-01-05", 9, 0, "2026-01-05T09:00:00.000+13:00");
    assert_moment("Asia/Kathmandu", "2026-01-05", 9, 0, "2026-01-05T09:00:00.000+05:45");
    assert_moment("UTC", "2000-02-29", 0, 0, "2000-02-29T00:00:00.000+00:00");
    assert_moment("Europe/London", "2090-07-05", 9, 0, "2090-07-05T09:00:00.000+01:00");
}

static void test_zone_skipped_time_is_as_far_after_the_jump(void **state) {
    (void)state;
    assert_moment("Europe/London", "2026-03-29", 0, 59, "2026-03-29T00:59:00.000+00:00");
    assert_moment("Europe/London", "2026-03-29", 1, 30, "2026-03-29T02:30:00.000+01:00");
    assert_moment("Europe/London", "2026-03-29", 2, 0, "2026-03-29T02:00:00.000+01:00");
    // A day that has no midnight begins at the jump.
    assert_moment("Africa/Cairo", "2026-04-24", 0, 0, "2026-04-24T01:00:00.000+03:00");
}

static void test_zone_repeated_time_is_the_first(void **state) {
    (void)state;
    assert_moment("Europe/London", "2026-10-25", 0, 59, "2026-10-25T00:59:00.000+01:00");
    assert_moment("Europe/London", "2026-10-25", 1, 30, "2026-10-25T01:30:00.000+01:00");
    assert_moment("Europe/London", "2026-10-25", 2, 0, "2026-10-25T02:00:00.000+00:00");
}

static void test_zone_moments_and_wall_clock_undo_each_other(void **state) {
    (void)state;
    static const char *const names[] = {"Asia/Shanghai", "Europe/London", "America/New_York",
                                        "Pacific/Auckland"};
    struct error error;
    for (size_t i = 0; i < COUNT(names); i++) {
        struct zone *zone = NULL;
        assert_int_equal(zone_load(&zone, names[i], &error), RC_OK);
        int64_t from = (int64_t)civil_day_from_date(2025, 1, 1) * ZONE_DAY_MS;
        for (int64_t at = from; at < from + 800LL * ZONE_DAY_MS; at += 7 * MINUTE_MS) {
            struct zone_local local = zone_to_local(zone, at);
            assert_in_range(local.ms_of_day, 0, ZONE_DAY_MS - 1);
            int64_t back = zone_to_instant(zone, local.day, local.ms_of_day);
            // The second of two equal wall-clock times gives the first: an hour less.
            assert_true(back == at || back == at - 60 * MINUTE_MS);
        }
        zone_free(zone);
    }
}

static void test_zone_unknown_names_are_refused(void **state) {
    (void)state;
    static const char *const names[] = {"",      "Asia/Shanghia",   "+08:00",     "CST-8",
                                        "Asia/", "../etc/passwd/x", "/etc/group", "Asia/Shang hai"};
    for (size_t i = 0; i < COUNT(names); i++) {
        struct zone *zone = NULL;
        struct error error = {.text = ""};
        assert_int_equal(zone_load(&zone, names[i], &error), RC_INVALID);
        assert_null(zone);
        assert_non_null(strstr(error.text, "tz database"));
    }
}

static void test_civil_day_dates_and_days_undo_each_other(void **state) {
    (void)state;
    civil_day previous = civil_day_from_date(1899, 12, 31);
    for (civil_day day = previous + 1; day < civil_day_from_date(2401, 1, 1); day++) {
        struct civil_date date = civil_day_to_date(day);
        char text[CIVIL_DAY_TEXT_SIZE];
        civil_day again = 0;
        assert_int_equal(civil_day_from_date(date.year, date.month, date.day), day);
        civil_day_format(day, text);
        assert_true(civil_day_parse(text, &again));
        assert_int_equal(again, day);
    }
    assert_int_equal(civil_day_weekday(civil_day_from_date(2026, 11, 25)), 2);
    assert_int_equal(civil_day_weekday(civil_day_from_date(1969, 12, 29)), 0);
}

static void test_civil_day_months_end_with_the_month(void **state) {
    (void)state;
    static const struct {
        const char *start;
        uint32_t months;
        const char *end;
    } sums[] = {
        {"2026-01-31", 1, "2026-02-28"},  {"2024-01-31", 1, "2024-02-29"},
        {"2025-08-31", 6, "2026-02-28"},  {"2025-12-15", 1, "2026-01-15"},
        {"2026-06-30", 6, "2026-12-30"},  {"2024-02-29", 12, "2025-02-28"},
        {"2024-02-29", 48, "2028-02-29"}, {"2026-05-05", 0, "2026-05-05"},
    };
    for (size_t i = 0; i < COUNT(sums); i++) {
        civil_day start = 0;
        char text[CIVIL_DAY_TEXT_SIZE];
        assert_true(civil_day_parse(sums[i].start, &start));
        civil_day_format(civil_day_add_months(start, sums[i].months), text);
        assert_string_equal(text, sums[i].end);
    }
}

static void test_civil_day_other_texts_are_refused(void **state) {
    (void)state;
    static const char *const texts[] = {"",           "2026-02-29", "2026-13-01",  "2026-00-01",
                                        "2026-01-00", "2026-1-01",  "2026-01-011", "20260101",
                                        "2026/01/01", "-026-01-01", "2026-01-+1"};
    civil_day day = 0;
    for (size_t i = 0; i < COUNT(texts); i++) {
        assert_false(civil_day_parse(texts[i], &day));
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_zone_wall_clock_times_have_their_moment),
        cmocka_unit_test(test_zone_skipped_time_is_as_far_after_the_jump),
        cmocka_unit_test(test_zone_repeated_time_is_the_first),
        cmocka_unit_test(test_zone_moments_and_wall_clock_undo_each_other),
        cmocka_unit_test(test_zone_unknown_names_are_refused),
        cmocka_unit_test(test_civil_day_dates_and_days_undo_each_other),
        cmocka_unit_test(test_civil_day_months_end_with_the_month),
        cmocka_unit_test(test_civil_day_other_texts_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
