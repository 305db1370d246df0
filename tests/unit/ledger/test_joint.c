// SPDX-License-Identifier: Apache-2.0
// Joint handling: the lead waits, a late co-handler explains itself.
#include "case_story.h"

static void test_the_lead_waits_for_co_handlers_or_says_why_not(void **unused) {
    (void)unused;
    to_signed();
    REFUSED("already-handles", lead, ADD_CO_HANDLER, .unit = LEAD);
    DOES(lead, ADD_CO_HANDLER, .unit = OTHER, .text = "核查护理记录");
    REFUSED("already-handles", lead, ADD_CO_HANDLER, .unit = OTHER);
    arm("co-handling-1", NOW + 9);
    REFUSED("co-handler-missing", lead, DECIDE, .outcome = 1);
    REFUSED("not-co-handler", lead, ANSWER_CO_HANDLING, .text = "x");
    DOES(nurse, ANSWER_CO_HANDLING, .text = "护理无误");
    assert_false(decision.facts[0].body.co_handler_answered.late);
    assert_false(runs("co-handling-1"));
    REFUSED("not-co-handler", nurse, ANSWER_CO_HANDLING, .text = "again");
    DOES(lead, ADD_CO_HANDLER, .unit = "first-hospital.medical");
    arm("co-handling-2", NOW + 9);
    DOES(lead, DECIDE, .outcome = 1, ENTRY(.reason = "对方停业"));
    assert_false(runs("co-handling-2"));
    REFUSED("wrong-state", nurse, REPORT_STAGE, .text = "x");
}

static void test_a_late_co_handler_gives_its_reason_and_a_stage_report(void **unused) {
    (void)unused;
    to_signed();
    DOES(lead, ADD_CO_HANDLER, .unit = OTHER, ENTRY(.due_at_ms = NOW + 9));
    now = NOW + 9;
    REFUSED("late-reason-missing", nurse, ANSWER_CO_HANDLING, .text = "x");
    REFUSED("stage-report-missing", nurse, ANSWER_CO_HANDLING, .text = "x",
            ENTRY(.reason = "人手不足"));
    DOES(nurse, REPORT_STAGE, .text = "已查一半");
    assert_true(decision.facts[0].body.stage_reported.late);
    DOES(nurse, ANSWER_CO_HANDLING, .text = "x", ENTRY(.reason = "人手不足"));
    assert_true(decision.facts[0].body.co_handler_answered.late);
    assert_string_equal(decision.facts[0].body.co_handler_answered.late_reason, "人手不足");
}

static void test_a_clock_of_the_policy_makes_late_too(void **unused) {
    (void)unused;
    to_signed();
    DOES(lead, ADD_CO_HANDLER, .unit = OTHER);
    arm("co-handling-1", NOW + 9);
    now = NOW + 9;
    breach("co-handling-1");
    REFUSED("late-reason-missing", nurse, ANSWER_CO_HANDLING, .text = "x");
}

static void test_co_handlers_are_chosen_again_for_a_rework(void **unused) {
    (void)unused;
    to_signed();
    for (int i = 0; i < CASE_CO_HANDLERS; i++) {
        char unit[16];
        snprintf(unit, sizeof unit, "unit.%d", i);
        DOES(lead, ADD_CO_HANDLER, .unit = unit);
    }
    REFUSED("too-many-co-handlers", lead, ADD_CO_HANDLER, .unit = OTHER);
    DOES(lead, DECIDE, .outcome = 1, ENTRY(.reason = "不必再等"));
    DOES(lead, REPLY, .attempts = 3);
    DOES(boss, REWORK, .text = "again");
    assert_int_equal(state.parts.co_handler_count, 0);
}

static void test_who_led_meanwhile_owes_its_answer_again(void **unused) {
    (void)unused;
    DOES(boss, ACCEPT);
    DOES(boss, DISPATCH, .unit = LEAD);
    DOES(boss, ADD_CO_HANDLER, .unit = OTHER);
    arm("co-handling-1", NOW + 9);
    DOES(boss, DISPATCH, .unit = OTHER);
    assert_false(runs("co-handling-1"));
    assert_false(case_answers_missing(&state));
    now = NOW + 5;
    DOES(boss, DISPATCH, .unit = LEAD);
    assert_int_equal(decision.facts[1].kind, FACT_CO_HANDLER_ADDED); // which begins its clock
    assert_int_equal(decision.facts[1].body.co_handler_added.number, 1);
    arm("co-handling-1", NOW + 20);
    assert_true(runs("co-handling-1"));
    DOES(lead, SIGN);
    REFUSED("co-handler-missing", lead, DECIDE, .outcome = 1);
    REFUSED("already-handles", lead, ADD_CO_HANDLER, .unit = OTHER);
    DOES(nurse, ANSWER_CO_HANDLING, .text = "护理无误");
    DOES(lead, DECIDE, .outcome = 1);
    assert_int_equal(state.parts.co_handler_count, 1);
}

static void test_who_answered_before_it_led_owes_nothing_more(void **unused) {
    (void)unused;
    DOES(boss, ACCEPT);
    DOES(boss, DISPATCH, .unit = LEAD);
    DOES(boss, ADD_CO_HANDLER, .unit = OTHER, ENTRY(.due_at_ms = NOW + 99));
    DOES(nurse, ANSWER_CO_HANDLING, .text = "护理无误");
    DOES(boss, DISPATCH, .unit = OTHER);
    DOES(boss, DISPATCH, .unit = LEAD);
    assert_int_equal(decision.count, 1);
    assert_false(case_answers_missing(&state));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        TEST(test_the_lead_waits_for_co_handlers_or_says_why_not),
        TEST(test_a_late_co_handler_gives_its_reason_and_a_stage_report),
        TEST(test_a_clock_of_the_policy_makes_late_too),
        TEST(test_co_handlers_are_chosen_again_for_a_rework),
        TEST(test_who_led_meanwhile_owes_its_answer_again),
        TEST(test_who_answered_before_it_led_owes_nothing_more),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
