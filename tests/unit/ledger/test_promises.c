// SPDX-License-Identifier: Apache-2.0
// Progress messages and improvements: what stops, what begins again.
#include "promise_story.h"

#include <stdio.h>

static void test_the_progress_clock_begins_again_with_each_message_alone(void **unused) {
    (void)unused;
    assert_true(arm("progress", 24 * HOUR));
    now += HOUR;
    assert_false(arm("progress", 24 * HOUR)); // an assessment, say: it is not put off
    assert_true(arm("progress", 2 * HOUR));   // more urgent now: brought forward
    now += HOUR;
    assert_string_equal(give(INPUT_REPORT_PROGRESS, (struct case_command){0}), "");
    assert_int_equal(decision.facts[0].kind, FACT_PROGRESS_TOLD);
    assert_true(fact_has_traits(FACT_PROGRESS_TOLD)); // by which the next one is due
    assert_false(runs("progress"));
    assert_false(arm("progress", 24 * HOUR)); // said before that was told
    assert_true(begin_again("progress-told", "progress", 24 * HOUR));
    now += 25 * HOUR;
    breach("progress");
    assert_int_equal(decision.facts[0].kind, FACT_CLOCK_BREACHED);
    assert_string_equal(give(INPUT_REPORT_PROGRESS, (struct case_command){0}), "");
    assert_true(begin_again("progress-told", "progress", 24 * HOUR));
    assert_true(runs("progress"));
}

static void test_an_expired_limit_owes_its_call_back_until_progress_is_told(void **unused) {
    (void)unused;
    begin_again("", "resolution", HOUR);
    now += HOUR;
    breach("resolution");
    assert_true(fact_has_traits(FACT_CLOCK_BREACHED)); // by which the call-back is armed
    assert_true(state.reached_at_ms[MILESTONE_RESOLUTION_OVERDUE] == now);
    assert_true(arm("expiry_call_back", 24 * HOUR));
    now += HOUR;
    assert_string_equal(give(INPUT_REPORT_PROGRESS, (struct case_command){0}), "");
    assert_false(runs("expiry_call_back"));
    assert_true(case_clock_find(&state, "resolution") != NULL && !runs("resolution"));
}

static void test_no_progress_is_owed_once_the_case_is_answered(void **unused) {
    (void)unused;
    assert_true(arm("progress", HOUR));
    state.status = CASE_DECIDED;
    assert_string_equal(give(INPUT_REPLY, (struct case_command){.attempts = 3}), "");
    assert_false(runs("progress"));
    now += HOUR;
    assert_false(arm("progress", HOUR));
    assert_false(begin_again("progress-told", "progress", HOUR));
    state.status = CASE_REWORK; // owed again
    state.restarted_at_ms = now;
    assert_true(begin_again("rework", "progress", HOUR));
}

static void test_a_case_becomes_major_where_it_was_less(void **unused) {
    (void)unused;
    static const struct {
        uint32_t urgency;
        bool became_major;
    } rows[] = {{3, false}, {2, true}, {2, false}, {1, true}, {2, false}, {4, false}, {1, true}};
    state.urgency = 0;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        assert_int_equal(assess(rows[i].urgency, 0)->became_major, rows[i].became_major);
    }
    assert_true(case_is_major(&state)); // of P1
    state.urgency = 3;
    assert_false(case_is_major(&state));
    state.parts.team.purpose = REDRESS__V1__TEAM_PURPOSE__TEAM_PURPOSE_MAJOR_DISPUTE;
    assert_true(case_is_major(&state));
    state.parts.team.purpose = REDRESS__V1__TEAM_PURPOSE__TEAM_PURPOSE_MEDICAL_ERROR;
    assert_false(case_is_major(&state));
}

static void test_promises_are_not_counted_again_from_their_beginning(void **unused) {
    (void)unused;
    assert_true(arm("progress", 24 * HOUR) && arm("follow_up_1", 24 * HOUR));
    now += HOUR;
    assert_int_equal(assess(1, 0)->n_runs, 0);
}

static void test_an_improvement_is_made_once(void **unused) {
    (void)unused;
    struct case_command open = {.entry = {.due_at_ms = NOW + HOUR}};
    struct case_command past = {.entry = {.due_at_ms = NOW}};
    assert_string_equal(give(INPUT_COMPLETE_IMPROVEMENT, past), "no-improvement-open");
    assert_string_equal(give(INPUT_OPEN_IMPROVEMENT, past), "due-in-past");
    assert_string_equal(give(INPUT_OPEN_IMPROVEMENT, open), "");
    assert_string_equal(give(INPUT_OPEN_IMPROVEMENT, open), "");
    assert_string_equal(decision.facts[0].body.improvement_opened.owner, UNIT);
    assert_string_equal(decision.facts[0].body.improvement_opened.measure, "measure");
    struct case_command done = {.entry = {.number = 3}};
    assert_string_equal(give(INPUT_COMPLETE_IMPROVEMENT, done), "unknown-improvement");
    done.entry.number = 1;
    now += 2 * HOUR;
    assert_string_equal(give(INPUT_COMPLETE_IMPROVEMENT, done), "");
    assert_true(decision.facts[0].body.improvement_done.late);
    assert_string_equal(give(INPUT_COMPLETE_IMPROVEMENT, done), "already-done");
    done.entry.number = 2;
    assert_string_equal(give(INPUT_COMPLETE_IMPROVEMENT, done), "");
    assert_string_equal(give(INPUT_COMPLETE_IMPROVEMENT, done), "no-improvement-open");
    open.entry.due_at_ms = now + HOUR;
    for (unsigned i = 2; i < CASE_IMPROVEMENTS; i++) {
        assert_string_equal(give(INPUT_OPEN_IMPROVEMENT, open), "");
    }
    assert_string_equal(give(INPUT_OPEN_IMPROVEMENT, open), "too-many-improvements");
}

static void test_an_improvement_has_a_clock_that_outlives_its_case(void **unused) {
    (void)unused;
    struct case_command open = {.entry = {.due_at_ms = now + HOUR}};
    struct case_command late = {.entry = {.due_at_ms = now + 731 * 24 * HOUR}};
    assert_string_equal(give(INPUT_OPEN_IMPROVEMENT, late), "due-too-late");
    assert_string_equal(give(INPUT_OPEN_IMPROVEMENT, open), "");
    assert_true(fact_has_traits(FACT_IMPROVEMENT_OPENED)); // by which its clock is armed
    assert_string_equal(give(INPUT_OPEN_IMPROVEMENT, open), "");
    assert_false(arm("improvement-3", HOUR)); // there is none
    assert_true(arm("improvement-1", HOUR) && arm("improvement-2", HOUR));
    assert_string_equal(give(INPUT_WITHDRAW, (struct case_command){0}), "");
    assert_true(runs("improvement-1") && runs("improvement-2"));
    assert_string_equal(give(INPUT_ARCHIVE, (struct case_command){0}), "");
    struct case_command done = {.entry = {.number = 1}};
    assert_string_equal(give(INPUT_COMPLETE_IMPROVEMENT, done), "");
    assert_false(runs("improvement-1"));
    assert_false(arm("improvement-1", HOUR));
    now += HOUR;
    breach("improvement-2");
    assert_int_equal(decision.facts[0].kind, FACT_CLOCK_BREACHED);
    assert_int_equal(decision.facts[1].kind, FACT_ALARM_RAISED);
    assert_int_equal(decision.count, 2);
}

// Its owner, whoever has the case by then.
static void test_who_owns_an_improvement_is_alarmed_of_it(void **unused) {
    (void)unused;
    struct case_command open = {.entry = {.due_at_ms = now + HOUR}};
    assert_string_equal(give(INPUT_OPEN_IMPROVEMENT, open), "");
    snprintf(state.improvements[0].owner, sizeof state.improvements[0].owner, "bureau.office");
    assert_true(arm("improvement-1", HOUR));
    now += HOUR;
    breach("improvement-1");
    assert_string_equal(decision.facts[1].body.alarm_raised.unit, "bureau.office");
    assert_true(arm("escalation-1", HOUR));
    now += HOUR;
    breach("escalation-1");
    assert_string_equal(decision.facts[0].body.escalated.unit, "bureau.office");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        TEST(test_the_progress_clock_begins_again_with_each_message_alone),
        TEST(test_an_expired_limit_owes_its_call_back_until_progress_is_told),
        TEST(test_no_progress_is_owed_once_the_case_is_answered),
        TEST(test_a_case_becomes_major_where_it_was_less),
        TEST(test_promises_are_not_counted_again_from_their_beginning),
        TEST(test_an_improvement_is_made_once),
        TEST(test_an_improvement_has_a_clock_that_outlives_its_case),
        TEST(test_who_owns_an_improvement_is_alarmed_of_it),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
