// SPDX-License-Identifier: Apache-2.0
// What facts do to a clock: pauses, their caps, extensions, restarts, stops; and that random
// courses never leave it in two states, nor make it due earlier.
#include "common/course.h"

#include "common/calendar_file.h"
#include "common/clock.h"
#include "common/deadline_text.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))
#define LIMIT(number, of)                                                                          \
    { .value = (number), .unit = (of) }
#define EVENTS 6

static struct calendar_set *calendars;
static struct policy policy = {.id = "test", .label = "test@1"};

static struct policy_pause pauses[] = {{"appraisal", LIMIT(10, LIMIT_WORKING_DAYS)},
                                       {"testing", LIMIT(24, LIMIT_HOURS)}};
static struct limit five_days = LIMIT(5, LIMIT_WORKING_DAYS);
static struct limit twenty_days = LIMIT(20, LIMIT_WORKING_DAYS);
static char *restarts[] = {"new-facts"};
static struct policy_extension once = {
    .count = 1, .limit = &five_days, .approved_by = POLICY_SUPERVISOR, .tell = POLICY_COMPLAINANT};
static struct policy_extension open_ended = {.count = 4,
                                             .unbounded = true,
                                             .reason_above = &twenty_days,
                                             .approved_by = POLICY_HANDLER,
                                             .tell = POLICY_COMPLAINANT};

static int load(void **state) {
    struct error error;
    (void)state;
    if (calendar_set_load(&calendars, "deploy/calendars", &error) != RC_OK) {
        return -1;
    }
    policy.calendar = calendar_set_find(calendars, "cn-state-council");
    return 0;
}

static int unload(void **state) {
    (void)state;
    calendar_set_free(calendars);
    return 0;
}

static struct policy_rule rule_with(struct limit limit) {
    return (struct policy_rule){.id = "rule",
                                .clock = "resolution",
                                .source = {POLICY_OURS, "test"},
                                .limit = limit,
                                .pauses = pauses,
                                .pause_count = COUNT(pauses),
                                .extension = &once,
                                .restarts = restarts,
                                .restart_count = COUNT(restarts)};
}

static int64_t ms_of(const char *text) {
    char whole[40];
    struct error error;
    int64_t ms = 0;
    snprintf(whole, sizeof whole, "%.10sT%s:00+08:00", text, text + 11);
    assert_int_equal(clock_parse(whole, &ms, &error), RC_OK);
    return ms;
}

// Facts as a table: the first without a time ends it.
struct fact {
    enum course_event_kind kind;
    const char *at;
    const char *ground;
    struct limit limit;
};

static size_t to_events(const struct fact facts[EVENTS], struct course_event events[EVENTS]) {
    size_t count = 0;
    while (count < EVENTS && facts[count].at != NULL) {
        events[count] = (struct course_event){.kind = facts[count].kind,
                                              .at_ms = ms_of(facts[count].at),
                                              .ground = facts[count].ground,
                                              .reason = "r",
                                              .plan = "p",
                                              .limit = facts[count].limit,
                                              .approver = POLICY_SUPERVISOR};
        count++;
    }
    return count;
}

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

#define FIVE LIMIT(5, LIMIT_WORKING_DAYS)
#define PAUSED(time)                                                                               \
    { COURSE_PAUSE, time, "appraisal", LIMIT(0, 0) }
#define TESTED(time)                                                                               \
    { COURSE_PAUSE, time, "testing", LIMIT(0, 0) }
#define RESUMED(time)                                                                              \
    { COURSE_RESUME, time, NULL, LIMIT(0, 0) }
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

// The institution's rule of 59 days stands above the petition law's 60, which a supervisor may
// extend once by 30; the law has one ground for a pause, of at most five days.
static struct limit thirty_days = LIMIT(30, LIMIT_CALENDAR_DAYS);
static struct limit three_hundred_days = LIMIT(300, LIMIT_CALENDAR_DAYS);
static struct policy_pause own_pauses[] = {{"appraisal", LIMIT(300, LIMIT_CALENDAR_DAYS)},
                                           {"hearing", LIMIT(20, LIMIT_CALENDAR_DAYS)}};
static struct policy_pause lawful_pauses[] = {{"hearing", LIMIT(5, LIMIT_CALENDAR_DAYS)}};
static struct policy_extension by_anybody = {.count = 4,
                                             .limit = &three_hundred_days,
                                             .reason_above = &three_hundred_days,
                                             .approved_by = POLICY_HANDLER | POLICY_SUPERVISOR,
                                             .tell = POLICY_COMPLAINANT};
static struct policy_extension by_law = {.count = 1,
                                         .limit = &thirty_days,
                                         .approved_by = POLICY_SUPERVISOR,
                                         .tell = POLICY_COMPLAINANT};

struct above_law {
    uint32_t own_days;
    struct fact facts[EVENTS];
    uint32_t approver;
    const char *refused; // NULL: due is
    const char *due;
};

static enum rc run_above_law(const struct above_law *row, struct course *course,
                             struct error *error) {
    struct policy law_pack = {.id = "law", .label = "law@1", .calendar = policy.calendar};
    struct policy_rule law = {.id = "petition-resolution",
                              .clock = "resolution",
                              .source = {POLICY_LAW, "law"},
                              .statutory = true,
                              .limit = LIMIT(60, LIMIT_CALENDAR_DAYS),
                              .pauses = lawful_pauses,
                              .pause_count = COUNT(lawful_pauses),
                              .extension = &by_law};
    struct policy_rule own = {.id = "own",
                              .clock = "resolution",
                              .source = {POLICY_OURS, "test"},
                              .limit = LIMIT(row->own_days, LIMIT_CALENDAR_DAYS),
                              .pauses = own_pauses,
                              .pause_count = COUNT(own_pauses),
                              .extension = &by_anybody};
    const struct policy_choice choice = {&policy, &own, &law_pack, &law};
    struct course_event events[EVENTS];
    size_t count = to_events(row->facts, events);
    for (size_t i = 0; i < count; i++) {
        events[i].approver = row->approver;
    }
    enum rc rc =
        course_run(&choice, ms_of("2026-03-02 09:00"), events, count,
                   count == 0 ? ms_of("2026-03-02 09:00") : events[count - 1].at_ms, course, error);
    if (rc == RC_OK) {
        char line[DEADLINE_LINE_SIZE];
        unsigned at = course->deadline.step_count - 2;
        deadline_line(&course->deadline, at, DEADLINE_ENGLISH, line);
        bool told = strstr(line, "the law lets it run no longer: law@1") != NULL;
        assert_true(told == (course->deadline.steps[at].kind == DEADLINE_LATEST));
    }
    return rc;
}

#define LONGER(time, days)                                                                         \
    { COURSE_EXTEND, time, NULL, LIMIT(days, LIMIT_CALENDAR_DAYS) }
#define HEARD(time)                                                                                \
    { COURSE_PAUSE, time, "hearing", LIMIT(0, 0) }

// From Monday, 2 March 2026: 59 days end on 30 April, 60 on 1 May (a holiday until the 5th), 90 on
// 31 May, a Sunday.
static void test_course_law_below_bounds_extensions_and_pauses(void **state) {
    (void)state;
    static const struct above_law rows[] = {
        {59, {{0}}, POLICY_HANDLER, NULL, "2026-05-01 00:00"},
        // A handler gives what stays within the law, and no more.
        {40, {LONGER("2026-03-10 09:00", 20)}, POLICY_HANDLER, NULL, "2026-05-07 00:00"},
        {59, {LONGER("2026-03-10 09:00", 300)}, POLICY_HANDLER, "too-long", NULL},
        {59, {LONGER("2026-03-10 09:00", 20)}, POLICY_HANDLER, "not-approved", NULL},
        // A supervisor what the law has, once.
        {59, {LONGER("2026-03-10 09:00", 20)}, POLICY_SUPERVISOR, NULL, "2026-05-21 00:00"},
        {59, {LONGER("2026-03-10 09:00", 31)}, POLICY_SUPERVISOR, NULL, "2026-06-02 00:00"},
        {59, {LONGER("2026-03-10 09:00", 300)}, POLICY_SUPERVISOR, "too-long", NULL},
        {59,
         {LONGER("2026-03-10 09:00", 10), LONGER("2026-03-11 09:00", 10)},
         POLICY_SUPERVISOR,
         "too-often",
         NULL},
        {40,
         {LONGER("2026-03-10 09:00", 10), LONGER("2026-03-11 09:00", 10),
          LONGER("2026-03-12 09:00", 10)},
         POLICY_SUPERVISOR,
         NULL,
         "2026-05-12 00:00"},
        // Pauses on a ground that the law has not end with the law's limit.
        {59,
         {PAUSED("2026-03-10 09:00"), RESUMED("2026-03-11 09:00")},
         POLICY_HANDLER,
         NULL,
         "2026-05-07 00:00"},
        {59,
         {PAUSED("2026-03-10 09:00"), RESUMED("2026-05-06 23:00")},
         POLICY_HANDLER,
         NULL,
         "2026-05-07 00:00"},
        {59,
         {PAUSED("2026-03-10 09:00"), RESUMED("2026-07-10 09:00")},
         POLICY_HANDLER,
         "not-paused",
         NULL},
        {40,
         {PAUSED("2026-03-10 09:00"), RESUMED("2026-03-20 09:00")},
         POLICY_HANDLER,
         NULL,
         "2026-04-22 00:00"},
        // On its own ground the law gives five days, whatever the institution's cap; here they end
        // on a Sunday and roll to the Monday.
        {59,
         {HEARD("2026-03-10 09:00"), RESUMED("2026-03-13 09:00")},
         POLICY_HANDLER,
         NULL,
         "2026-05-07 00:00"},
        {59,
         {HEARD("2026-03-10 09:00"), RESUMED("2026-03-28 09:00")},
         POLICY_HANDLER,
         NULL,
         "2026-05-08 00:00"},
        // Granted in a pause that the law has not: counted from the law's limit.
        {59,
         {PAUSED("2026-03-10 09:00"), LONGER("2026-03-12 09:00", 10), RESUMED("2026-04-28 09:00")},
         POLICY_SUPERVISOR,
         NULL,
         "2026-05-12 00:00"},
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct course course;
        struct error error = {.code = ""};
        char due[CLOCK_TEXT_SIZE];
        enum rc rc = run_above_law(&rows[i], &course, &error);
        if (rows[i].refused != NULL) {
            if (rc != RC_CONFLICT || strcmp(error.code, rows[i].refused) != 0) {
                fail_msg("%zu: want %s, got %d %s", i, rows[i].refused, rc, error.code);
            }
            continue;
        }
        if (rc != RC_OK) {
            fail_msg("%zu: %s", i, error.text);
        }
        zone_format(calendar_zone(policy.calendar), course.deadline.due_at_ms, due);
        due[10] = ' ';
        if (strncmp(due, rows[i].due, 16) != 0) {
            fail_msg("%zu: want %s, got %s", i, rows[i].due, due);
        }
    }
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

static struct course_event random_event(unsigned *seed, int64_t at_ms) {
    static const char *const grounds[] = {"appraisal", "testing", "new-facts", "nothing"};
    return (struct course_event){
        .kind = (enum course_event_kind)(rand_r(seed) % 5),
        .at_ms = at_ms,
        .ground = grounds[rand_r(seed) % 4],
        .reason = "r",
        .plan = "p",
        .limit = {.value = (uint32_t)rand_r(seed) % 7,
                  .unit = rand_r(seed) % 3 == 0 ? LIMIT_HOURS : LIMIT_WORKING_DAYS},
        .approver = rand_r(seed) % 4 == 0 ? POLICY_HANDLER : POLICY_SUPERVISOR};
}

// What must hold after every fact, whatever came before.
static void assert_sound(const struct course *before, const struct course *after,
                         const struct course_event *event) {
    const struct deadline *deadline = &after->deadline;
    assert_true(deadline->due_at_ms > deadline->start_at_ms);
    assert_true(deadline->warn_count >= 1);
    assert_in_range(deadline->warn_at_ms[0], deadline->start_at_ms, deadline->due_at_ms);
    assert_true((after->state == COURSE_PAUSED) == (after->resumes_by_ms != 0));
    assert_true(after->state != COURSE_PAUSED || after->resumes_by_ms >= event->at_ms);
    assert_int_equal(deadline->steps[deadline->step_count - 1].kind, DEADLINE_DUE);
    bool moved = deadline->due_at_ms != before->deadline.due_at_ms;
    if (event->kind == COURSE_EXTEND) {
        assert_true(deadline->due_at_ms >= before->deadline.due_at_ms);
        assert_int_equal(after->extensions, before->extensions + 1);
    }
    if (event->kind == COURSE_PAUSE) {
        assert_true(deadline->due_at_ms >= before->deadline.due_at_ms);
        assert_int_equal(after->state, COURSE_PAUSED);
    }
    if (event->kind == COURSE_RESUME) { // no later than the cap would have it
        assert_true(deadline->due_at_ms <= before->deadline.due_at_ms);
        assert_int_not_equal(after->state, COURSE_PAUSED);
    }
    if (event->kind == COURSE_STOP) {
        assert_int_equal(after->state, COURSE_STOPPED);
        assert_true(!moved || before->state == COURSE_PAUSED);
    }
}

// A law below: its limit, once five days by a supervisor, three days of appraisal, and no more.
static struct policy_pause three_of_appraisal[] = {{"appraisal", LIMIT(3, LIMIT_WORKING_DAYS)}};
static void assert_lawful(const struct policy_choice *choice, const struct course *course) {
    struct limit most = {.unit = LIMIT_WORKING_DAYS};
    if (choice->law == NULL) {
        return;
    }
    bool by_supervisor = choice->rule->extension->approved_by == POLICY_SUPERVISOR;
    most.value = choice->law->limit.value + (by_supervisor ? 5 : 0);
    int64_t latest = limit_end(policy.calendar, most, course->deadline.start_at_ms, 3).at_ms;
    if (course->deadline.due_at_ms > latest) {
        char line[DEADLINE_LINE_SIZE];
        for (unsigned i = 0; i < course->deadline.step_count; i++) {
            deadline_line(&course->deadline, i, DEADLINE_ENGLISH, line);
            print_error("%s\n", line);
        }
        fail_msg("%lld ms beyond the law", (long long)(course->deadline.due_at_ms - latest));
    }
}

// Refused facts leave no trace; accepted ones give, replayed from the start, the same again.
static void one_history(unsigned *seed, const struct policy_choice *choice_of) {
    struct course_event events[12];
    const struct policy_choice choice = *choice_of;
    struct error error;
    struct course course;
    size_t count = 0;
    int64_t at = ms_of("2026-01-05 09:00") + rand_r(seed) % 300 * (int64_t)ZONE_DAY_MS;
    int64_t start = at;
    assert_int_equal(course_run(&choice, start, events, 0, start, &course, &error), RC_OK);
    while (count < COUNT(events) && rand_r(seed) % 16 != 0) {
        at += (int64_t)(rand_r(seed) % 4000) * 60000;
        struct course before;
        struct course after;
        struct course again;
        events[count] = random_event(seed, at);
        assert_int_equal(course_run(&choice, start, events, count, at, &before, &error), RC_OK);
        if (course_run(&choice, start, events, count + 1, at, &after, &error) == RC_OK) {
            assert_sound(&before, &after, &events[count]);
            assert_lawful(&choice, &after);
            count++;
            assert_int_equal(course_run(&choice, start, events, count, at, &again, &error), RC_OK);
            assert_int_equal(again.deadline.due_at_ms, after.deadline.due_at_ms);
            assert_int_equal(again.state, after.state);
        } else {
            assert_int_equal(error.rc, RC_CONFLICT);
            assert_int_not_equal(error.code[0], '\0');
        }
    }
}

static void test_course_random_histories_stay_sound(void **state) {
    (void)state;
    static const struct limit limits[] = {
        FIVE,
        LIMIT(24, LIMIT_HOURS),
        LIMIT(30, LIMIT_CALENDAR_DAYS),
        LIMIT(16, LIMIT_WORKING_HOURS),
        LIMIT(2, LIMIT_MONTHS),
    };
    unsigned seed = 20260213;
    for (size_t history = 0; history < 20000; history++) {
        struct policy_rule rule = rule_with(limits[history % COUNT(limits)]);
        rule.extension = history % 3 == 0 ? &open_ended : &once;
        one_history(&seed, &(struct policy_choice){&policy, &rule, NULL, NULL});
    }
}

static void test_course_random_histories_stay_within_the_law_below(void **state) {
    (void)state;
    struct policy law_pack = {.id = "law", .label = "law@1", .calendar = policy.calendar};
    unsigned seed = 20260701;
    for (size_t history = 0; history < 20000; history++) {
        struct policy_rule law = rule_with((struct limit)LIMIT(10, LIMIT_WORKING_DAYS));
        struct policy_rule rule = rule_with(
            (struct limit){.value = 3 + (uint32_t)(history % 8),
                           .unit = history % 5 == 0 ? LIMIT_CALENDAR_DAYS : LIMIT_WORKING_DAYS});
        law.statutory = true;
        law.pauses = three_of_appraisal;
        law.pause_count = COUNT(three_of_appraisal);
        rule.extension = history % 3 == 0 ? &open_ended : &once;
        one_history(&seed, &(struct policy_choice){&policy, &rule, &law_pack, &law});
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_course_facts_move_the_due_time),
        cmocka_unit_test(test_course_what_the_rule_does_not_allow_is_refused),
        cmocka_unit_test(test_course_extension_needs_role_reason_and_plan),
        cmocka_unit_test(test_course_law_below_bounds_extensions_and_pauses),
        cmocka_unit_test(test_course_late_stop_says_so),
        cmocka_unit_test(test_course_warning_is_of_the_time_that_runs),
        cmocka_unit_test(test_course_amended_due_never_touches_the_past),
        cmocka_unit_test(test_course_random_histories_stay_sound),
        cmocka_unit_test(test_course_random_histories_stay_within_the_law_below),
    };
    return cmocka_run_group_tests(tests, load, unload);
}
