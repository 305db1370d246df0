// SPDX-License-Identifier: Apache-2.0
// A rule of a test pack, and facts as a table to run it through.
#pragma once

#include "common/calendar_file.h"
#include "common/clock.h"
#include "common/course.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>

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
__attribute__((unused)) static struct policy_extension open_ended = {.count = 4,
                                                                     .unbounded = true,
                                                                     .reason_above = &twenty_days,
                                                                     .approved_by = POLICY_HANDLER,
                                                                     .tell = POLICY_COMPLAINANT};

static inline int load(void **state) {
    struct error error;
    (void)state;
    if (calendar_set_load(&calendars, "deploy/calendars", &error) != RC_OK) {
        return -1;
    }
    policy.calendar = calendar_set_find(calendars, "cn-state-council");
    return 0;
}

static inline int unload(void **state) {
    (void)state;
    calendar_set_free(calendars);
    return 0;
}

static inline struct policy_rule rule_with(struct limit limit) {
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

static inline int64_t ms_of(const char *text) {
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

static inline size_t to_events(const struct fact facts[EVENTS],
                               struct course_event events[EVENTS]) {
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

#define FIVE LIMIT(5, LIMIT_WORKING_DAYS)
#define PAUSED(time)                                                                               \
    { COURSE_PAUSE, time, "appraisal", LIMIT(0, 0) }
#define RESUMED(time)                                                                              \
    { COURSE_RESUME, time, NULL, LIMIT(0, 0) }
