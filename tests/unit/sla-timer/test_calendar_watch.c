// SPDX-License-Identifier: Apache-2.0
// Which calendars of coming years are missed, and from when.
#include "example_rules.h"

#include "calendar_watch.h"
#include "common/calendar_file.h"

static const struct calendar *first_missing(const struct calendar_watch *watch, int64_t now_ms,
                                            Redress__V1__CalendarMissing *notice, char id[129]) {
    size_t place = 0;
    return calendar_watch_missing(watch, region, now_ms, &place, notice, id);
}

static void test_a_missing_calendar_is_told_from_the_first_of_december(void **unused) {
    (void)unused;
    struct calendar_watch watch = {.month = 12, .day = 1};
    Redress__V1__CalendarMissing notice;
    char id[129];
    assert_null(first_missing(&watch, ms("2026-11-30T23:59:00+08:00"), &notice, id));
    assert_non_null(first_missing(&watch, ms("2026-12-01T00:00:00+08:00"), &notice, id));
    assert_string_equal(notice.calendar, "cn-state-council@1");
    assert_int_equal(notice.year, 2027);
    assert_string_equal(id, "calendar-missing/cn-state-council@1/2027/0");
    first_missing(&watch, ms("2026-12-07T23:59:00+08:00"), &notice, id);
    assert_int_equal(notice.week, 0); // the same occurrence
    first_missing(&watch, ms("2026-12-31T23:59:00+08:00"), &notice, id);
    assert_string_equal(id, "calendar-missing/cn-state-council@1/2027/4");
    assert_null(
        first_missing(&watch, ms("2025-12-31T12:00:00+08:00"), &notice, id)); // 2026 is there
    watch = (struct calendar_watch){.month = 11, .day = 15};
    assert_non_null(first_missing(&watch, ms("2026-11-15T00:00:00+08:00"), &notice, id));
}

// Of a copy of the region's policies, which may have other calendars than it.
static size_t count_missing(const struct policy **policies, size_t count, const char *at,
                            int years[8]) {
    const struct calendar_watch watch = {.month = 12, .day = 1};
    const struct region other = {.policies = policies, .policy_count = count};
    Redress__V1__CalendarMissing notice;
    char id[129];
    size_t place = 0;
    size_t found = 0;
    while (calendar_watch_missing(&watch, &other, ms(at), &place, &notice, id) != NULL) {
        years[found++] = (int)notice.year;
    }
    return found;
}

static void test_every_missing_calendar_is_told_and_the_running_year_always(void **unused) {
    (void)unused;
    struct calendar_set *set = NULL;
    int years[8];
    assert_int_equal(calendar_set_load(&set, "deploy/calendars", NULL), RC_OK);
    struct policy china = {.calendar = calendar_set_find(set, "cn-state-council"),
                           .until = INT32_MAX};
    struct policy again = china;
    struct policy england = {.calendar = calendar_set_find(set, "uk-england"), .until = INT32_MAX};
    const struct policy *policies[] = {&china, &again, &england};
    // China has 2025 and 2026, England 2027 too.
    assert_int_equal(count_missing(policies, 3, "2026-11-30T12:00:00+08:00", years), 0);
    assert_int_equal(count_missing(policies, 3, "2026-12-01T12:00:00+08:00", years), 1);
    assert_int_equal(years[0], 2027);
    assert_int_equal(count_missing(policies, 3, "2027-03-01T12:00:00+08:00", years), 1);
    assert_int_equal(years[0], 2027); // it has begun, and is still not there
    assert_int_equal(count_missing(policies, 3, "2027-12-02T12:00:00+08:00", years), 3);
    assert_int_equal(years[0], 2027);
    assert_int_equal(years[1], 2028);
    assert_int_equal(years[2], 2028);                              // of England
    china.until = again.until = civil_day_from_date(2026, 12, 31); // no clock starts by these
    assert_int_equal(count_missing(policies, 3, "2027-12-02T12:00:00+08:00", years), 1);
    calendar_set_free(set);
}

static void test_the_day_from_which_a_calendar_is_missed_is_one_of_every_year(void **unused) {
    (void)unused;
    static const char *const wrong[] = {"02-29", "13-01", "00-10", "12-00",
                                        "11-31", "1201",  "12-1x"};
    struct calendar_watch watch;
    struct error error;
    assert_int_equal(calendar_watch_read("12-01", &watch, &error), RC_OK);
    assert_int_equal(watch.month, 12);
    assert_int_equal(watch.day, 1);
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        assert_int_equal(calendar_watch_read(wrong[i], &watch, &error), RC_INVALID);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_missing_calendar_is_told_from_the_first_of_december),
        cmocka_unit_test(test_every_missing_calendar_is_told_and_the_running_year_always),
        cmocka_unit_test(test_the_day_from_which_a_calendar_is_missed_is_one_of_every_year),
    };
    return cmocka_run_group_tests(tests, load, unload);
}
