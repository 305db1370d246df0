// SPDX-License-Identifier: Apache-2.0
// Limits of every unit, with the example region's calendar (the State Council's of 2025 and 2026).
#include "common/deadline.h"

#include "common/clock.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static struct region *region;
static struct region_policy policy = {.id = "test-policy", .version = 3};

static int load_region(void **state) {
    struct error error;
    (void)state;
    return region_load(&region, "deploy/region/example", &error) == RC_OK ? 0 : -1;
}

static int free_region(void **state) {
    (void)state;
    region_free(region);
    return 0;
}

static int64_t ms_of(const char *text) {
    struct error error;
    int64_t ms = 0;
    assert_int_equal(clock_parse(text, &ms, &error), RC_OK);
    return ms;
}

// A clock with one limit for all, in a policy of its own.
static struct region_clock clock_with(uint32_t value, enum region_unit unit) {
    struct region_clock clock = {.name = "resolution"};
    for (size_t i = 0; i < COUNT(clock.limits); i++) {
        clock.limits[i] = (struct region_limit){value, unit};
    }
    return clock;
}

static struct deadline compute(const struct region_clock *clock, unsigned urgency,
                               const char *start) {
    struct deadline deadline;
    assert_true(deadline_compute(region, &policy, clock, urgency, ms_of(start), &deadline));
    return deadline;
}

static void assert_ends(uint32_t value, enum region_unit unit, const char *start, const char *due) {
    char text[CLOCK_TEXT_SIZE];
    struct region_clock clock = clock_with(value, unit);
    struct deadline deadline = compute(&clock, 0, start);
    clock_format(deadline.due_at_ms, text);
    assert_string_equal(text, due);
    assert_int_equal(deadline_of_limit(region, clock.limits[0], ms_of(start)), deadline.due_at_ms);
}

// 24:00 of the day that the published sums end on is 0:00 of the next.
static void test_deadline_working_days_published_sums_agree(void **state) {
    (void)state;
    static const struct {
        const char *start;
        uint32_t days;
        const char *due;
    } sums[] = {
        {"2026-02-13T09:00:00+08:00", 5, "2026-02-28T00:00:00.000+08:00"},
        {"2026-09-30T09:00:00+08:00", 3, "2026-10-11T00:00:00.000+08:00"},
        {"2025-09-26T09:00:00+08:00", 10, "2025-10-17T00:00:00.000+08:00"},
        {"2025-01-24T09:00:00+08:00", 5, "2025-02-08T00:00:00.000+08:00"},
        {"2026-04-30T09:00:00+08:00", 3, "2026-05-09T00:00:00.000+08:00"},
        {"2025-12-31T09:00:00+08:00", 5, "2026-01-09T00:00:00.000+08:00"},
        {"2026-09-18T09:00:00+08:00", 5, "2026-09-25T00:00:00.000+08:00"},
    };
    for (size_t i = 0; i < COUNT(sums); i++) {
        assert_ends(sums[i].days, REGION_WORKING_DAYS, sums[i].start, sums[i].due);
    }
}

static void test_deadline_calendar_days_ending_on_holiday_roll_forward(void **state) {
    (void)state;
    assert_ends(60, REGION_CALENDAR_DAYS, "2026-08-05T09:00:00+08:00",
                "2026-10-09T00:00:00.000+08:00");
    assert_ends(14, REGION_CALENDAR_DAYS, "2026-09-17T09:00:00+08:00",
                "2026-10-09T00:00:00.000+08:00");
    assert_ends(1, REGION_CALENDAR_DAYS, "2026-03-03T09:00:00+08:00",
                "2026-03-05T00:00:00.000+08:00");
}

static void test_deadline_start_day_is_that_of_the_regions_zone(void **state) {
    (void)state;
    // The first and the last moment of one local day, and the first of the next.
    assert_ends(1, REGION_WORKING_DAYS, "2026-03-02T16:00:00Z", "2026-03-05T00:00:00.000+08:00");
    assert_ends(1, REGION_WORKING_DAYS, "2026-03-03T15:59:59.999Z",
                "2026-03-05T00:00:00.000+08:00");
    assert_ends(1, REGION_WORKING_DAYS, "2026-03-03T16:00:00Z", "2026-03-06T00:00:00.000+08:00");
}

static void test_deadline_hours_and_less_run_from_the_moment(void **state) {
    (void)state;
    assert_ends(6, REGION_SECONDS, "2026-02-15T23:59:58+08:00", "2026-02-16T00:00:04.000+08:00");
    assert_ends(15, REGION_MINUTES, "2026-02-15T23:50:00+08:00", "2026-02-16T00:05:00.000+08:00");
    assert_ends(48, REGION_HOURS, "2026-02-28T10:00:00.250+08:00", "2026-03-02T10:00:00.250+08:00");
}

static void test_deadline_warn_point_follows_length_and_own_percent(void **state) {
    (void)state;
    static const struct {
        uint32_t value;
        enum region_unit unit;
        uint32_t percent;
        int64_t warn_after_ms;
    } points[] = {
        {2, REGION_HOURS, 0, 3600000},     {120, REGION_MINUTES, 0, 3600000},
        {121, REGION_MINUTES, 0, 5445000}, {24, REGION_HOURS, 0, 64800000},
        {6, REGION_SECONDS, 0, 3000},      {10, REGION_HOURS, 90, 32400000},
        {10, REGION_SECONDS, 10, 1000},
    };
    const int64_t start = ms_of("2026-03-03T09:00:00+08:00");
    for (size_t i = 0; i < COUNT(points); i++) {
        struct region_clock clock = clock_with(points[i].value, points[i].unit);
        clock.warn_percent = points[i].percent;
        struct deadline deadline = compute(&clock, 0, "2026-03-03T09:00:00+08:00");
        assert_int_equal(deadline.warn_at_ms - start, points[i].warn_after_ms);
    }
}

static void test_deadline_urgency_picks_its_limit(void **state) {
    (void)state;
    struct region_clock clock = {.name = "first_response"};
    const int64_t start = ms_of("2026-03-03T09:00:00+08:00");
    for (unsigned i = 0; i < COUNT(clock.limits); i++) {
        clock.limits[i] = (struct region_limit){10 + i, REGION_SECONDS};
    }
    for (unsigned i = 0; i < COUNT(clock.limits); i++) {
        struct deadline deadline = compute(&clock, i, "2026-03-03T09:00:00+08:00");
        assert_int_equal(deadline.due_at_ms - start, (10 + i) * 1000);
    }
    assert_int_equal(compute(&clock, 5, "2026-03-03T09:00:00+08:00").due_at_ms - start, 10000);
}

static void test_deadline_zero_limit_does_not_run(void **state) {
    (void)state;
    struct deadline deadline;
    struct region_clock clock = clock_with(0, REGION_WORKING_DAYS);
    assert_false(deadline_compute(region, &policy, &clock, 0, 0, &deadline));
    clock.limits[1].value = 1;
    assert_false(deadline_compute(region, &policy, &clock, 3, 0, &deadline));
    assert_true(deadline_compute(region, &policy, &clock, 1, 0, &deadline));
}

static void test_deadline_in_unpublished_year_is_provisional(void **state) {
    (void)state;
    struct region_clock days = clock_with(3, REGION_WORKING_DAYS);
    struct region_clock hours = clock_with(240, REGION_HOURS);
    // 24:00 of 31 December is still that year's.
    assert_false(compute(&days, 0, "2026-12-28T09:00:00+08:00").provisional);
    struct deadline next_year = compute(&days, 0, "2026-12-29T09:00:00+08:00");
    assert_true(next_year.provisional);
    assert_non_null(strstr(next_year.explanation[next_year.line_count - 1], "暂定"));
    assert_false(compute(&hours, 0, "2026-12-29T09:00:00+08:00").provisional);
}

static void test_deadline_explanation_names_policy_limit_and_calendar(void **state) {
    (void)state;
    char all[DEADLINE_LINES * DEADLINE_LINE_SIZE] = "";
    struct region_clock clock = clock_with(5, REGION_WORKING_DAYS);
    struct deadline deadline = compute(&clock, 0, "2026-02-13T16:30:00+08:00");
    size_t used = 0;
    for (unsigned i = 0; i < deadline.line_count; i++) {
        used += (size_t)snprintf(all + used, sizeof all - used, "%s\n", deadline.explanation[i]);
    }
    static const char *const words[] = {"2026-02-13T16:30:00.000+08:00",
                                        "test-policy第3版",
                                        "5个工作日",
                                        "起算日不计入",
                                        "cn-state-council@1",
                                        "2026-02-28T00:00:00"};
    for (size_t i = 0; i < COUNT(words); i++) {
        assert_non_null(strstr(all, words[i]));
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_deadline_working_days_published_sums_agree),
        cmocka_unit_test(test_deadline_calendar_days_ending_on_holiday_roll_forward),
        cmocka_unit_test(test_deadline_start_day_is_that_of_the_regions_zone),
        cmocka_unit_test(test_deadline_hours_and_less_run_from_the_moment),
        cmocka_unit_test(test_deadline_warn_point_follows_length_and_own_percent),
        cmocka_unit_test(test_deadline_urgency_picks_its_limit),
        cmocka_unit_test(test_deadline_zero_limit_does_not_run),
        cmocka_unit_test(test_deadline_in_unpublished_year_is_provisional),
        cmocka_unit_test(test_deadline_explanation_names_policy_limit_and_calendar),
    };
    return cmocka_run_group_tests(tests, load_region, free_region);
}
