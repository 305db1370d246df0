// SPDX-License-Identifier: Apache-2.0
// Visits that the policies promise while sla-timer has armed none of them yet.
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

int main(void) {
    const struct CMUnitTest tests[] = {
        TEST(test_visits_of_a_month_are_not_made_in_a_minute_before_they_are_armed),
        TEST(test_no_visit_waits_where_the_policies_promise_no_more),
        TEST(test_clocks_of_a_crisis_before_say_nothing_of_this_one),
    };
    return cmocka_run_group_tests(tests, load, unload);
}
