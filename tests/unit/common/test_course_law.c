// SPDX-License-Identifier: Apache-2.0
// How far a law below bounds what the institution's own rule gives: extensions and pauses.
#include "course_facts.h"

#include "common/deadline_text.h"

#include <string.h>

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

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_course_law_below_bounds_extensions_and_pauses),
    };
    return cmocka_run_group_tests(tests, load, unload);
}
