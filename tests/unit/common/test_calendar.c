// SPDX-License-Identifier: Apache-2.0
// The State Council's calendar of 2025 and 2026 against published working-day sums.
#include "common/calendar.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

struct date {
    int year, month, day;
};

static const struct {
    struct date first, last;
    bool working;
} PUBLISHED[] = {
    {{2025, 1, 1}, {2025, 1, 1}, false},    {{2025, 1, 26}, {2025, 1, 26}, true},
    {{2025, 1, 28}, {2025, 2, 4}, false},   {{2025, 2, 8}, {2025, 2, 8}, true},
    {{2025, 4, 4}, {2025, 4, 6}, false},    {{2025, 4, 27}, {2025, 4, 27}, true},
    {{2025, 5, 1}, {2025, 5, 5}, false},    {{2025, 5, 31}, {2025, 6, 2}, false},
    {{2025, 9, 28}, {2025, 9, 28}, true},   {{2025, 10, 1}, {2025, 10, 8}, false},
    {{2025, 10, 11}, {2025, 10, 11}, true}, {{2026, 1, 1}, {2026, 1, 3}, false},
    {{2026, 1, 4}, {2026, 1, 4}, true},     {{2026, 2, 14}, {2026, 2, 14}, true},
    {{2026, 2, 15}, {2026, 2, 23}, false},  {{2026, 2, 28}, {2026, 2, 28}, true},
    {{2026, 4, 4}, {2026, 4, 6}, false},    {{2026, 5, 1}, {2026, 5, 5}, false},
    {{2026, 5, 9}, {2026, 5, 9}, true},     {{2026, 6, 19}, {2026, 6, 21}, false},
    {{2026, 9, 20}, {2026, 9, 20}, true},   {{2026, 9, 25}, {2026, 9, 27}, false},
    {{2026, 10, 1}, {2026, 10, 7}, false},  {{2026, 10, 10}, {2026, 10, 10}, true},
};

static struct calendar_exception exceptions[COUNT(PUBLISHED)];
static const struct calendar calendar = {exceptions, COUNT(PUBLISHED)};

static civil_day day_of(struct date date) {
    return civil_day_from_date(date.year, date.month, date.day);
}

static int fill_calendar(void **state) {
    (void)state;
    for (size_t i = 0; i < COUNT(PUBLISHED); i++)
        exceptions[i] = (struct calendar_exception){
            day_of(PUBLISHED[i].first), day_of(PUBLISHED[i].last), PUBLISHED[i].working};
    return 0;
}

static void test_working_days_published_sums_agree(void **state) {
    (void)state;
    static const struct {
        struct date start;
        uint32_t limit;
        struct date end;
    } VECTORS[] = {
        {{2026, 2, 13}, 5, {2026, 2, 27}},   {{2026, 9, 30}, 3, {2026, 10, 10}},
        {{2025, 9, 26}, 10, {2025, 10, 16}}, {{2025, 1, 24}, 5, {2025, 2, 7}},
        {{2026, 4, 30}, 3, {2026, 5, 8}},    {{2025, 12, 31}, 5, {2026, 1, 8}},
        {{2026, 9, 18}, 5, {2026, 9, 24}},
    };
    for (size_t i = 0; i < COUNT(VECTORS); i++)
        assert_int_equal(
            calendar_add_working_days(&calendar, day_of(VECTORS[i].start), VECTORS[i].limit),
            day_of(VECTORS[i].end));
}

static void test_calendar_days_ending_on_holiday_roll_forward(void **state) {
    (void)state;
    assert_int_equal(calendar_add_calendar_days(&calendar, day_of((struct date){2026, 8, 5}), 60),
                     day_of((struct date){2026, 10, 8}));
    assert_int_equal(calendar_add_calendar_days(&calendar, day_of((struct date){2026, 9, 17}), 14),
                     day_of((struct date){2026, 10, 8}));
}

static void test_each_published_year_has_248_working_days(void **state) {
    (void)state;
    for (int year = 2025; year <= 2026; year++) {
        int working = 0;
        for (civil_day day = civil_day_from_date(year, 1, 1);
             day < civil_day_from_date(year + 1, 1, 1); day++)
            working += calendar_is_working_day(&calendar, day);
        assert_int_equal(working, 248);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_working_days_published_sums_agree),
        cmocka_unit_test(test_calendar_days_ending_on_holiday_roll_forward),
        cmocka_unit_test(test_each_published_year_has_248_working_days),
    };
    return cmocka_run_group_tests(tests, fill_calendar, NULL);
}
