// SPDX-License-Identifier: Apache-2.0
// Random courses never leave a clock in two states, nor make it due earlier, nor later than a law
// below lets it be.
#include "course_facts.h"

#include "common/deadline_text.h"

#include <stdlib.h>

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
        cmocka_unit_test(test_course_random_histories_stay_sound),
        cmocka_unit_test(test_course_random_histories_stay_within_the_law_below),
    };
    return cmocka_run_group_tests(tests, load, unload);
}
