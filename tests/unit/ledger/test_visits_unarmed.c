// SPDX-License-Identifier: Apache-2.0
// Visits that the policies promise while sla-timer has armed none of them yet.
#include "case_visits.h"
#include "hospital_case.h"

static const char *visit(Redress__V1__VisitOutcome outcome) {
    return do_as(INPUT_VISIT, ROLE_HANDLER, (struct case_command){.outcome = (uint32_t)outcome});
}

static const char *visit_done(void) {
    return visit(REDRESS__V1__VISIT_OUTCOME__VISIT_OUTCOME_DONE);
}

static void confirm_crisis(uint32_t crisis) {
    assert_string_equal(do_as(INPUT_SET_ASSESSMENT, ROLE_SUPERVISOR,
                              (struct case_command){.urgency = 1, .crisis = crisis}),
                        "");
}

static void test_visits_of_a_month_are_not_made_in_a_minute_before_they_are_armed(void **unused) {
    (void)unused;
    confirm_crisis(REDRESS__V1__CRISIS_LEVEL__CRISIS_LEVEL_R3);
    assert_string_equal(visit_done(), "");
    assert_string_equal(visit_done(), "visit-too-early");
    assert_string_equal(visit(REDRESS__V1__VISIT_OUTCOME__VISIT_OUTCOME_DECLINED), "");
    now += 24 * HOUR_MS;
    assert_string_equal(visit_done(), "visit-too-early"); // the second is due after 72 hours
    now += 48 * HOUR_MS;
    assert_string_equal(visit_done(), "");
    assert_int_equal(state.visits, 3);
}

static void test_no_visit_waits_where_the_policies_promise_no_more(void **unused) {
    (void)unused;
    confirm_crisis(REDRESS__V1__CRISIS_LEVEL__CRISIS_LEVEL_R4);
    assert_string_equal(visit_done(), "");
    assert_string_equal(visit_done(), "");
}

static void test_clocks_of_a_crisis_before_say_nothing_of_this_one(void **unused) {
    (void)unused;
    confirm_crisis(REDRESS__V1__CRISIS_LEVEL__CRISIS_LEVEL_R2);
    arm("follow_up_1", "visit_done", "2026-03-03T10:00:00+08:00", "2026-03-06T10:00:00+08:00");
    assert_string_equal(visit_done(), "");
    now += 240 * HOUR_MS;
    confirm_crisis(REDRESS__V1__CRISIS_LEVEL__CRISIS_LEVEL_R3);
    assert_string_equal(visit_done(), "");
    assert_string_equal(visit_done(), "visit-too-early");
}

// What was promised before the worse crisis runs on, and nobody is seen to in a day either.
static void test_visits_that_a_worse_crisis_leaves_running_are_not_made_at_once(void **unused) {
    static const char *const rows[][2] = {{"follow_up_1", "2026-03-04T09:00:00+08:00"},
                                          {"follow_up_2", "2026-03-06T09:00:00+08:00"},
                                          {"follow_up_3", "2026-03-11T00:00:00+08:00"},
                                          {"follow_up_4", "2026-04-03T00:00:00+08:00"}};
    (void)unused;
    confirm_crisis(REDRESS__V1__CRISIS_LEVEL__CRISIS_LEVEL_R3);
    for (size_t i = 0; i < 4; i++) {
        arm(rows[i][0], "visit_done", "2026-03-03T09:00:00+08:00", rows[i][1]);
    }
    now += HOUR_MS;
    confirm_crisis(REDRESS__V1__CRISIS_LEVEL__CRISIS_LEVEL_R4);
    arm("follow_up_1", "visit_done", "2026-03-03T10:00:00+08:00", "2026-03-04T10:00:00+08:00");
    assert_int_equal(decision.count, 0); // it would be put off
    assert_string_equal(visit_done(), "");
    assert_string_equal(visit_done(), "visit-too-early");
    assert_true(case_owes_visits(&state));
    now = ms("2026-03-04T10:00:00+08:00");
    assert_string_equal(visit_done(), "");
    assert_string_equal(visit_done(), "visit-too-early"); // nor the third after the second
    now = ms("2026-03-11T00:00:00+08:00");
    assert_string_equal(visit_done(), "");
    now = ms("2026-04-03T00:00:00+08:00");
    assert_string_equal(visit_done(), "");
    confirm_crisis(REDRESS__V1__CRISIS_LEVEL__CRISIS_LEVEL_R4); // another one, long after
    assert_int_equal(state.visits, 0);
}

static void test_the_same_crisis_is_none_anew_while_nobody_armed_its_visits(void **unused) {
    (void)unused;
    confirm_crisis(REDRESS__V1__CRISIS_LEVEL__CRISIS_LEVEL_R3);
    assert_string_equal(visit_done(), "");
    now += HOUR_MS;
    confirm_crisis(REDRESS__V1__CRISIS_LEVEL__CRISIS_LEVEL_R3);
    assert_int_equal(state.visits, 1);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        TEST(test_visits_of_a_month_are_not_made_in_a_minute_before_they_are_armed),
        TEST(test_no_visit_waits_where_the_policies_promise_no_more),
        TEST(test_clocks_of_a_crisis_before_say_nothing_of_this_one),
        TEST(test_visits_that_a_worse_crisis_leaves_running_are_not_made_at_once),
        TEST(test_the_same_crisis_is_none_anew_while_nobody_armed_its_visits),
    };
    return cmocka_run_group_tests(tests, load, unload);
}
