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

static void warn(const char *name) {
    Redress__V1__WarnClock message = REDRESS__V1__WARN_CLOCK__INIT;
    message.name = (char *)name;
    message.version = case_clock_find(&state, name)->version;
    put((struct case_input){.kind = INPUT_WARN_CLOCK, .actor = "sla-timer", .of.warn = &message});
}

static void arm_with_warning(const char *name) {
    Redress__V1__ArmClock message = REDRESS__V1__ARM_CLOCK__INIT;
    Redress__V1__ClockTerms terms = REDRESS__V1__CLOCK_TERMS__INIT;
    terms.name = (char *)name;
    terms.started_at_ms = now;
    terms.warn_at_ms = now + 5;
    terms.due_at_ms = now + 9;
    message.terms = &terms;
    put((struct case_input){.kind = INPUT_ARM_CLOCK, .actor = "sla-timer", .of.arm = &message});
}

// The co-handler is warned and alarmed of its own clock, the lead of the rest; and the alarm climbs
// the ladder that it began on, also when the case is handled anew.
static void test_whose_clock_it_is_is_warned_and_alarmed(void **unused) {
    (void)unused;
    to_signed();
    DOES(lead, ADD_CO_HANDLER, .unit = OTHER);
    arm_with_warning("resolution");
    arm_with_warning("co-handling-1");
    now = NOW + 5;
    warn("co-handling-1");
    assert_string_equal(decision.facts[0].body.clock_warned.unit, OTHER);
    warn("resolution");
    assert_string_equal(decision.facts[0].body.clock_warned.unit, LEAD);
    now = NOW + 9;
    breach("co-handling-1");
    assert_int_equal(decision.facts[1].kind, FACT_ALARM_RAISED);
    assert_string_equal(decision.facts[1].body.alarm_raised.unit, OTHER);
    breach("resolution");
    assert_string_equal(decision.facts[1].body.alarm_raised.unit, LEAD);
    DOES(lead, DECIDE, .outcome = 1, ENTRY(.reason = "不必再等"));
    DOES(lead, REPLY, .attempts = 3);
    DOES(boss, REWORK, .text = "again");
    assert_int_equal(state.parts.co_handler_count, 0);
    arm("escalation-1", now + 9);
    arm("escalation-2", now + 9);
    now += 9;
    breach("escalation-1");
    assert_int_equal(decision.facts[0].kind, FACT_CASE_ESCALATED);
    assert_string_equal(decision.facts[0].body.escalated.unit, OTHER);
    breach("escalation-2");
    assert_string_equal(decision.facts[0].body.escalated.unit, LEAD);
}

// By a grant on its unit alone: of its own clock, and of no other.
static void test_a_co_handler_elsewhere_takes_the_alarm_of_its_own_clock(void **unused) {
    (void)unused;
    to_signed();
    DOES(lead, ADD_CO_HANDLER, .unit = OTHER);
    arm("resolution", NOW + 9);
    arm("co-handling-1", NOW + 9);
    now = NOW + 9;
    breach("resolution");
    breach("co-handling-1");
    in_scope = "first-hospital";
    granted = (struct case_grant){.roles = ROLE_HANDLER, .unit = OTHER};
    REFUSED("not-your-unit", nurse, ACKNOWLEDGE, .alarm_id = state.alarms[0].alarm_id);
    DOES(nurse, ACKNOWLEDGE, .alarm_id = state.alarms[1].alarm_id);
    assert_true(state.alarms[1].acknowledged);
}

// Whoever's it is, and no other; the case's unit and its desk any.
static void test_an_owner_makes_its_own_improvement_alone(void **unused) {
    (void)unused;
    to_signed();
    for (int i = 0; i < 3; i++) {
        DOES(lead, OPEN_IMPROVEMENT, .unit = i == 1 ? LEAD : OTHER, ENTRY(.due_at_ms = NOW + 9));
    }
    REFUSED("not-your-unit", nurse, COMPLETE_IMPROVEMENT, .text = "x", ENTRY(.number = 2));
    assert_string_equal(decision.field, "improvement");
    REFUSED("unknown-improvement", nurse, COMPLETE_IMPROVEMENT, .text = "x", ENTRY(.number = 4));
    DOES(nurse, COMPLETE_IMPROVEMENT, .text = "已换新", ENTRY(.number = 1));
    REFUSED("already-done", nurse, COMPLETE_IMPROVEMENT, .text = "x", ENTRY(.number = 1));
    DOES(lead, COMPLETE_IMPROVEMENT, .text = "已换新", ENTRY(.number = 3));
    REFUSED("not-your-unit", nurse, COMPLETE_IMPROVEMENT, .text = "x", ENTRY(.number = 2));
    DOES(boss, COMPLETE_IMPROVEMENT, .text = "已换新", ENTRY(.number = 2));
}

// Nobody told of it: the command that ends the wait does.
static void test_a_late_end_tells_whose_clock_it_was(void **unused) {
    (void)unused;
    to_signed();
    DOES(lead, ADD_CO_HANDLER, .unit = OTHER);
    arm("co-handling-1", NOW + 9);
    now = NOW + 10;
    DOES(boss, WITHDRAW, .text = "和解");
    assert_int_equal(state.alarm_count, 1);
    assert_string_equal(state.alarms[0].unit, OTHER);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        TEST(test_the_lead_waits_for_co_handlers_or_says_why_not),
        TEST(test_a_late_co_handler_gives_its_reason_and_a_stage_report),
        TEST(test_a_clock_of_the_policy_makes_late_too),
        TEST(test_co_handlers_are_chosen_again_for_a_rework),
        TEST(test_who_led_meanwhile_owes_its_answer_again),
        TEST(test_who_answered_before_it_led_owes_nothing_more),
        TEST(test_whose_clock_it_is_is_warned_and_alarmed),
        TEST(test_a_late_end_tells_whose_clock_it_was),
        TEST(test_a_co_handler_elsewhere_takes_the_alarm_of_its_own_clock),
        TEST(test_an_owner_makes_its_own_improvement_alone),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
