// SPDX-License-Identifier: Apache-2.0
// What is left of an extension where another pack holds than the one that granted it, by the
// example region's policies.
#include "common/clock_run.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "common/clock.h"
#include "example_region.h"

#define DAYS LIMIT_CALENDAR_DAYS
#define WORKING LIMIT_WORKING_DAYS

static struct course course;
static struct clock_run run; // of a hospital's case of Monday, 2 March; the course points into it

static int64_t asked_ms; // two hours after its beginning, where a test says nothing else

static int64_t ms(const char *text) {
    int64_t value = 0;
    assert_int_equal(clock_parse(text, &value, NULL), RC_OK);
    return value;
}

static void extend(uint32_t value, enum limit_unit unit) {
    struct clock_change *change = &run.changes[run.change_count++];
    *change = (struct clock_change){.from_ms = run.started_at_ms + 3600000,
                                    .limit = {.value = value, .unit = unit}};
}

static int fresh(void **unused) {
    (void)unused;
    run = (struct clock_run){
        .name = "resolution", .started_at_ms = ms("2026-03-02T09:00:00+08:00"), .restarted_on = ""};
    asked_ms = run.started_at_ms + 7200000;
    return 0;
}

// The course by what the case is now.
static void count_by(uint32_t urgency, const char *situations) {
    struct clock_about about;
    struct policy_case place;
    struct error error;
    clock_about_init(&about, "other", urgency, 0, 0, situations);
    assert_true(region_case(region, "first-hospital", &place));
    about.about.institution = place.institution;
    about.about.institution_type = place.institution_type;
    assert_int_equal(clock_run_course(region->policies, region->policy_count, &about.about, &run,
                                      NULL, asked_ms, &course, &error),
                     RC_OK);
}

// The English lines of these steps, one after the other.
static const char *told(enum deadline_step_kind kind) {
    static char text[2 * DEADLINE_LINE_SIZE];
    text[0] = '\0';
    for (unsigned i = 0; i < course.deadline.step_count; i++) {
        char line[DEADLINE_LINE_SIZE];
        deadline_line(&course.deadline, i, DEADLINE_ENGLISH, line);
        if (course.deadline.steps[i].kind == kind) {
            strncat(text, line, sizeof text - strlen(text) - 1);
        }
    }
    return text;
}

static void assert_due(const char *due) { assert_true(course.deadline.due_at_ms == ms(due)); }

static void test_what_the_rule_of_now_allows_is_kept(void **unused) {
    (void)unused;
    extend(5, WORKING);
    count_by(0, "");
    assert_due("2026-03-17T00:00:00+08:00");
    assert_string_equal(told(DEADLINE_EXTENDED_LESS), "");
    count_by(0, "petition"); // 60 days end on 6 May, after the holidays; at most 30 days more
    assert_due("2026-05-13T00:00:00+08:00");
    assert_string_equal(told(DEADLINE_EXTENDED),
                        "extended at 2026-03-02T10:00:00.000+08:00 by 5 working days");
    assert_int_equal(course.extensions, 1);
}

static void test_what_is_longer_than_the_rule_of_now_allows_is_cut_to_it(void **unused) {
    (void)unused;
    extend(30, DAYS);
    count_by(0, "");
    assert_due("2026-03-17T00:00:00+08:00"); // 5 working days, and 5
    assert_string_equal(told(DEADLINE_EXTENDED_LESS),
                        "extended at 2026-03-02T10:00:00.000+08:00 by 30 calendar days; "
                        "cn-medical@1 medical-resolution, which holds now, allows 5 working days: "
                        "that counts");
    count_by(0, "petition"); // and back
    assert_string_equal(told(DEADLINE_EXTENDED_LESS), "");
    assert_due("2026-06-02T00:00:00+08:00"); // 90 days end on a Sunday
    run.change_count = 0;
    extend(6, WORKING);
    count_by(0, "");
    assert_due("2026-03-17T00:00:00+08:00");
}

static void test_where_the_rule_of_now_allows_none_it_counts_nothing(void **unused) {
    (void)unused;
    extend(5, WORKING);
    count_by(1, ""); // P1: 24 hours
    assert_due("2026-03-03T09:00:00+08:00");
    assert_string_equal(told(DEADLINE_EXTENDED_NOT),
                        "extended at 2026-03-02T10:00:00.000+08:00 by 5 working days; "
                        "cn-medical@1 medical-resolution-p1, which holds now, does not allow it: "
                        "not counted");
    assert_int_equal(course.extensions, 0);
}

static void test_of_more_extensions_than_the_rule_of_now_allows_the_first_count(void **unused) {
    (void)unused;
    extend(2, WORKING);
    extend(3, WORKING);
    count_by(0, "");
    assert_due("2026-03-12T00:00:00+08:00");
    assert_int_equal(course.extensions, 1);
    assert_non_null(strstr(told(DEADLINE_EXTENDED_NOT), "by 3 working days"));
}

static void rest(const char *ground, int64_t from_ms, int64_t to_ms) {
    struct clock_change *change = &run.changes[run.change_count++];
    *change =
        (struct clock_change){.from_ms = from_ms, .to_ms = to_ms, .until_ms = to_ms + 3600000 * 24};
    snprintf(change->ground, sizeof change->ground, "%s", ground);
}

// It was lawful when it was: a rule that lets nothing wait counts it in full, and lets none begin.
static void test_time_that_was_paused_stays_counted_by_a_rule_without_that_ground(void **unused) {
    (void)unused;
    const int64_t hour = 3600000;
    rest("appraisal", run.started_at_ms + hour / 2, run.started_at_ms + hour);
    rest("gone", run.started_at_ms + hour, run.started_at_ms + hour + hour / 2); // nobody knows it
    count_by(1, "");                                                             // P1: 24 hours
    assert_due("2026-03-03T10:00:00+08:00");
    assert_int_equal(course.state, COURSE_RUNNING);
}

static void test_a_rule_without_that_ground_breaches_nothing_that_had_rested(void **unused) {
    (void)unused;
    rest("appraisal", run.started_at_ms, ms("2026-03-05T09:00:00+08:00"));
    asked_ms = ms("2026-03-06T08:59:59+08:00");
    count_by(1, "");
    assert_due("2026-03-06T09:00:00+08:00"); // three days it rested, and 24 hours
    assert_int_equal(course.state, COURSE_RUNNING);
}

// A petition's 60 days are the law's, which knows no appraisal: the days it had rested come on top.
static void test_time_that_was_paused_stays_counted_by_a_law_without_that_ground(void **unused) {
    (void)unused;
    rest("appraisal", run.started_at_ms, ms("2026-03-12T09:00:00+08:00"));
    asked_ms = ms("2026-03-12T09:00:00+08:00");
    count_by(0, "petition");
    assert_due("2026-05-12T00:00:00+08:00"); // 1 May, and ten days
}

#define FRESH(name) cmocka_unit_test_setup(name, fresh)

int main(void) {
    const struct CMUnitTest tests[] = {
        FRESH(test_what_the_rule_of_now_allows_is_kept),
        FRESH(test_what_is_longer_than_the_rule_of_now_allows_is_cut_to_it),
        FRESH(test_where_the_rule_of_now_allows_none_it_counts_nothing),
        FRESH(test_of_more_extensions_than_the_rule_of_now_allows_the_first_count),
        FRESH(test_time_that_was_paused_stays_counted_by_a_rule_without_that_ground),
        FRESH(test_a_rule_without_that_ground_breaches_nothing_that_had_rested),
        FRESH(test_time_that_was_paused_stays_counted_by_a_law_without_that_ground),
    };
    return cmocka_run_group_tests(tests, load_region, unload_region);
}
