// SPDX-License-Identifier: Apache-2.0
// What facts do to a clock: pauses, their caps, extensions, restarts, stops.
#include "course_facts.h"

#include <string.h>

static enum rc run(struct policy_rule *rule, const char *start, const struct fact facts[EVENTS],
                   const char *now, struct course *course, struct error *error) {
    struct course_event events[EVENTS];
    const struct policy_choice choice = {&policy, rule, NULL, NULL};
    size_t count = to_events(facts, events);
    return course_run(&choice, ms_of(start), events, count, ms_of(now), course, error);
}

// due: "2026-03-06 24:00" cannot be written; it is 00:00 of the next day.
struct expectation {
    struct limit limit;
    const char *start;
    struct fact facts[EVENTS];
    const char *now;
    enum course_state state;
    const char *due;
};

#define TESTED(time)                                                                               \
    { COURSE_PAUSE, time, "testing", LIMIT(0, 0) }
#define STOPPED(time)                                                                              \
    { COURSE_STOP, time, NULL, LIMIT(0, 0) }
#define RESTARTED(time)                                                                            \
    { COURSE_RESTART, time, "new-facts", LIMIT(0, 0) }
#define EXTENDED(time, days)                                                                       \
    { COURSE_EXTEND, time, NULL, LIMIT(days, LIMIT_WORKING_DAYS) }

static const struct expectation expectations[] = {
    // Monday 2026-03-02; five working days end on Monday the 9th.
    {FIVE, "2026-03-02 09:00", {{0}}, "2026-03-02 09:00", COURSE_RUNNING, "2026-03-10 00:00"},
    {FIVE, "2026-03-02 09:00", {{0}}, "2026-03-10 00:00", COURSE_RUNNING, "2026-03-10 00:00"},
    {FIVE, "2026-03-02 09:00", {{0}}, "2026-03-10 00:01", COURSE_BREACHED, "2026-03-10 00:00"},
    // A pause within one day gives nothing; over a night one day; over a week-end no day off.
    {FIVE,
     "2026-03-02 09:00",
     {PAUSED("2026-03-04 09:00"), RESUMED("2026-03-04 17:00")},
     "2026-03-04 17:00",
     COURSE_RUNNING,
     "2026-03-10 00:00"},
    {FIVE,
     "2026-03-02 09:00",
     {PAUSED("2026-03-04 09:00"), RESUMED("2026-03-05 09:00")},
     "2026-03-05 09:00",
     COURSE_RUNNING,
     "2026-03-11 00:00"},
    {FIVE,
     "2026-03-02 09:00",
     {PAUSED("2026-03-06 09:00"), RESUMED("2026-03-08 09:00")},
     "2026-03-08 09:00",
     COURSE_RUNNING,
     "2026-03-10 00:00"},
    {FIVE,
     "2026-03-02 09:00",
     {PAUSED("2026-03-03 09:00"), RESUMED("2026-03-04 09:00"), PAUSED("2026-03-05 09:00"),
      RESUMED("2026-03-06 09:00")},
     "2026-03-06 09:00",
     COURSE_RUNNING,
     "2026-03-12 00:00"},
    // While paused, due is the latest: the cap of ten working days is up on the 18th.
    {FIVE,
     "2026-03-02 09:00",
     {PAUSED("2026-03-04 09:00")},
     "2026-03-10 09:00",
     COURSE_PAUSED,
     "2026-03-24 00:00"},
    {FIVE,
     "2026-03-02 09:00",
     {PAUSED("2026-03-04 09:00")},
     "2026-03-19 00:00",
     COURSE_PAUSED,
     "2026-03-24 00:00"},
    {FIVE,
     "2026-03-02 09:00",
     {PAUSED("2026-03-04 09:00")},
     "2026-03-19 00:01",
     COURSE_RUNNING,
     "2026-03-24 00:00"},
    {FIVE,
     "2026-03-02 09:00",
     {PAUSED("2026-03-04 09:00")},
     "2026-03-24 00:01",
     COURSE_BREACHED,
     "2026-03-24 00:00"},
    // Another measure for the cap than for the limit.
    {FIVE,
     "2026-03-02 09:00",
     {TESTED("2026-03-04 09:00")},
     "2026-03-09 09:00",
     COURSE_RUNNING,
     "2026-03-11 00:00"},
    // Hours are pushed by exactly the pause; the cap ends it after 24 of them.
    {LIMIT(24, LIMIT_HOURS),
     "2026-03-02 09:00",
     {TESTED("2026-03-02 10:00"), RESUMED("2026-03-02 11:30")},
     "2026-03-02 12:00",
     COURSE_RUNNING,
     "2026-03-03 10:30"},
    {LIMIT(24, LIMIT_HOURS),
     "2026-03-02 09:00",
     {TESTED("2026-03-02 10:00")},
     "2026-03-03 12:00",
     COURSE_RUNNING,
     "2026-03-04 09:00"},
    // Working hours leave out what they would not have run anyway.
    {LIMIT(7, LIMIT_WORKING_HOURS),
     "2026-03-02 08:30",
     {TESTED("2026-03-02 11:00"), RESUMED("2026-03-02 14:30")},
     "2026-03-02 15:00",
     COURSE_RUNNING,
     "2026-03-03 10:00"},
    // Calendar days: paused days are added, then the end rolls.
    {LIMIT(14, LIMIT_CALENDAR_DAYS),
     "2026-09-10 09:00",
     {PAUSED("2026-09-11 09:00"), RESUMED("2026-09-18 09:00")},
     "2026-09-18 09:00",
     COURSE_RUNNING,
     "2026-10-09 00:00"},
    {LIMIT(1, LIMIT_MONTHS),
     "2026-01-31 09:00",
     {PAUSED("2026-02-02 09:00"), RESUMED("2026-02-04 09:00")},
     "2026-02-04 09:00",
     COURSE_RUNNING,
     "2026-03-03 00:00"},
    // Extended in its own unit; together with a pause; in another unit, from its end.
    {FIVE,
     "2026-03-02 09:00",
     {EXTENDED("2026-03-09 23:59", 5)},
     "2026-03-10 09:00",
     COURSE_RUNNING,
     "2026-03-17 00:00"},
    {FIVE,
     "2026-03-02 09:00",
     {PAUSED("2026-03-04 09:00"), EXTENDED("2026-03-05 08:00", 2), RESUMED("2026-03-05 09:00")},
     "2026-03-05 09:00",
     COURSE_RUNNING,
     "2026-03-13 00:00"},
    {LIMIT(7, LIMIT_CALENDAR_DAYS),
     "2026-03-02 09:00",
     {EXTENDED("2026-03-05 08:00", 2)},
     "2026-03-05 09:00",
     COURSE_RUNNING,
     "2026-03-12 00:00"},
    // Redone on new facts: from there, with a new count of everything.
    {FIVE,
     "2026-03-02 09:00",
     {STOPPED("2026-03-05 09:00"), RESTARTED("2026-03-16 09:00")},
     "2026-03-16 09:00",
     COURSE_RUNNING,
     "2026-03-24 00:00"},
    {FIVE,
     "2026-03-02 09:00",
     {EXTENDED("2026-03-03 09:00", 5), RESTARTED("2026-03-30 09:00"),
      EXTENDED("2026-03-31 09:00", 5)},
     "2026-03-31 09:00",
     COURSE_RUNNING,
     "2026-04-15 00:00"},
    {FIVE,
     "2026-03-02 09:00",
     {STOPPED("2026-03-05 09:00")},
     "2026-04-05 09:00",
     COURSE_STOPPED,
     "2026-03-10 00:00"},
    {FIVE,
     "2026-03-02 09:00",
     {PAUSED("2026-03-04 09:00"), STOPPED("2026-03-05 09:00")},
     "2026-04-05 09:00",
     COURSE_STOPPED,
     "2026-03-11 00:00"},
};

static void test_course_facts_move_the_due_time(void **state) {
    (void)state;
    for (size_t i = 0; i < COUNT(expectations); i++) {
        const struct expectation *wanted = &expectations[i];
        struct policy_rule rule = rule_with(wanted->limit);
        struct course course;
        struct error error = {.text = ""};
        char due[CLOCK_TEXT_SIZE];
        enum rc rc = run(&rule, wanted->start, wanted->facts, wanted->now, &course, &error);
        if (rc != RC_OK) {
            fail_msg("%zu: %s", i, error.text);
        }
        zone_format(calendar_zone(policy.calendar), course.deadline.due_at_ms, due);
        due[10] = ' ';
        if (course.state != wanted->state || strncmp(due, wanted->due, 16) != 0) {
            fail_msg("%zu: want %d %s, got %d %s", i, wanted->state, wanted->due, course.state,
                     due);
        }
    }
}

struct refusal {
    struct fact facts[EVENTS];
    const char *code;
};

static void test_course_what_the_rule_does_not_allow_is_refused(void **state) {
    (void)state;
    static const struct refusal refusals[] = {
        {{{COURSE_PAUSE, "2026-03-04 09:00", "complainant-silent", LIMIT(0, 0)}}, "unknown-ground"},
        {{{COURSE_PAUSE, "2026-03-04 09:00", NULL, LIMIT(0, 0)}}, "unknown-ground"},
        {{PAUSED("2026-03-04 09:00"), PAUSED("2026-03-05 09:00")}, "not-running"},
        {{RESUMED("2026-03-04 09:00")}, "not-paused"},
        {{PAUSED("2026-03-10 00:01")}, "not-running"},
        {{STOPPED("2026-03-04 09:00"), PAUSED("2026-03-05 09:00")}, "not-running"},
        {{STOPPED("2026-03-04 09:00"), STOPPED("2026-03-05 09:00")}, "not-running"},
        {{PAUSED("2026-03-03 09:00"), RESUMED("2026-03-19 09:00")}, "not-paused"},
        {{PAUSED("2026-03-03 09:00"), PAUSED("2026-03-18 09:00")}, "cap-used"},
        {{EXTENDED("2026-03-10 00:01", 5)}, "too-late"},
        {{STOPPED("2026-03-04 09:00"), EXTENDED("2026-03-05 09:00", 5)}, "too-late"},
        {{EXTENDED("2026-03-04 09:00", 6)}, "too-long"},
        {{EXTENDED("2026-03-04 09:00", 0)}, "too-long"},
        {{{COURSE_EXTEND, "2026-03-04 09:00", NULL, LIMIT(1, LIMIT_HOURS)}}, "too-long"},
        {{EXTENDED("2026-03-04 09:00", 1), EXTENDED("2026-03-05 09:00", 1)}, "too-often"},
        {{{COURSE_RESTART, "2026-03-04 09:00", "boredom", LIMIT(0, 0)}}, "unknown-ground"},
        {{STOPPED("2026-03-01 09:00")}, "unordered"},
        {{PAUSED("2026-03-04 09:00"), RESUMED("2026-03-03 09:00")}, "unordered"},
        {{STOPPED("2026-05-01 09:00")}, "unordered"},
    };
    for (size_t i = 0; i < COUNT(refusals); i++) {
        struct policy_rule rule = rule_with((struct limit)FIVE);
        struct course course;
        struct error error = {.code = ""};
        enum rc rc =
            run(&rule, "2026-03-02 09:00", refusals[i].facts, "2026-04-01 09:00", &course, &error);
        if (rc != RC_CONFLICT || strcmp(error.code, refusals[i].code) != 0) {
            fail_msg("%zu: want %s, got %d %s", i, refusals[i].code, rc, error.code);
        }
    }
}

static enum rc extend(struct policy_extension *extension, const struct course_event *event,
                      struct error *error) {
    struct policy_rule rule = rule_with((struct limit)FIVE);
    const struct policy_choice choice = {&policy, &rule, NULL, NULL};
    struct course course;
    rule.extension = extension;
    return course_run(&choice, ms_of("2026-03-02 09:00"), event, 1, event->at_ms, &course, error);
}

static void test_course_extension_needs_role_reason_and_plan(void **state) {
    (void)state;
    struct error error = {.code = ""};
    struct course_event event = {.kind = COURSE_EXTEND,
                                 .at_ms = ms_of("2026-03-03 09:00"),
                                 .reason = "r",
                                 .plan = "p",
                                 .limit = FIVE,
                                 .approver = POLICY_SUPERVISOR | POLICY_OPERATOR};
    assert_int_equal(extend(&once, &event, &error), RC_OK);
    assert_int_equal(extend(NULL, &event, &error), RC_CONFLICT);
    assert_string_equal(error.code, "no-extension");
    event.approver = POLICY_HANDLER;
    assert_int_equal(extend(&once, &event, &error), RC_CONFLICT);
    assert_string_equal(error.code, "not-approved");
    event.approver = POLICY_SUPERVISOR;
    event.plan = "";
    assert_int_equal(extend(&once, &event, &error), RC_CONFLICT);
    assert_string_equal(error.code, "reason-missing");
    event.plan = "p";
    event.reason = NULL;
    assert_int_equal(extend(&once, &event, &error), RC_CONFLICT);
    assert_string_equal(error.code, "reason-missing");
    // Where reasons are owed only above 20 working days.
    event.approver = POLICY_HANDLER;
    event.limit.value = 20;
    assert_int_equal(extend(&open_ended, &event, &error), RC_OK);
    event.limit.value = 21;
    assert_int_equal(extend(&open_ended, &event, &error), RC_CONFLICT);
    assert_string_equal(error.code, "reason-missing");
}

static void test_course_late_stop_says_so(void **state) {
    (void)state;
    static const struct fact in_time[EVENTS] = {STOPPED("2026-03-10 00:00")};
    static const struct fact late[EVENTS] = {STOPPED("2026-03-10 00:01")};
    struct policy_rule rule = rule_with((struct limit)FIVE);
    struct course course;
    struct error error;
    assert_int_equal(run(&rule, "2026-03-02 09:00", in_time, "2026-03-11 09:00", &course, &error),
                     RC_OK);
    assert_false(course.late);
    assert_int_equal(run(&rule, "2026-03-02 09:00", late, "2026-03-11 09:00", &course, &error),
                     RC_OK);
    assert_true(course.late);
    assert_int_equal(course.state, COURSE_STOPPED);
}

static void test_course_warning_is_of_the_time_that_runs(void **state) {
    (void)state;
    static const struct fact before[EVENTS] = {TESTED("2026-03-02 10:00"),
                                               RESUMED("2026-03-02 12:00")};
    static const struct fact after[EVENTS] = {TESTED("2026-03-03 04:00"),
                                              RESUMED("2026-03-03 06:00")};
    struct policy_rule rule = rule_with((struct limit)LIMIT(24, LIMIT_HOURS));
    struct course course;
    struct error error;
    assert_int_equal(run(&rule, "2026-03-02 09:00", before, "2026-03-03 08:00", &course, &error),
                     RC_OK);
    assert_int_equal(course.deadline.warn_at_ms[0], ms_of("2026-03-03 05:00"));
    assert_int_equal(run(&rule, "2026-03-02 09:00", after, "2026-03-03 08:00", &course, &error),
                     RC_OK);
    assert_int_equal(course.deadline.warn_at_ms[0], ms_of("2026-03-03 03:00"));
}

static void test_course_amended_due_never_touches_the_past(void **state) {
    (void)state;
    assert_int_equal(course_amended_due(100, 200, 50), 200);
    assert_int_equal(course_amended_due(200, 100, 50), 100);
    assert_int_equal(course_amended_due(100, 200, 100), 100); // it has passed
    assert_int_equal(course_amended_due(200, 100, 150), 200); // would lie in the past
    assert_int_equal(course_amended_due(200, 150, 150), 200);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_course_facts_move_the_due_time),
        cmocka_unit_test(test_course_what_the_rule_does_not_allow_is_refused),
        cmocka_unit_test(test_course_extension_needs_role_reason_and_plan),
        cmocka_unit_test(test_course_late_stop_says_so),
        cmocka_unit_test(test_course_warning_is_of_the_time_that_runs),
        cmocka_unit_test(test_course_amended_due_never_touches_the_past),
    };
    return cmocka_run_group_tests(tests, load, unload);
}
