// SPDX-License-Identifier: Apache-2.0
// What stops a case's clocks, counts them again and begins them anew, and who is alarmed.
#include "hospital_case.h"

static void test_what_a_clock_waits_for_stops_it(void **unused) {
    (void)unused;
    assert_int_equal(case_clock_find(&state, "first_response")->state, CLOCK_STATE_STOPPED);
    assert_int_equal(resolution()->state, CLOCK_STATE_RUNNING);
    arm("sign_for", "dispatch_answered", "2026-03-03T09:00:00+08:00", "2026-03-05T00:00:00+08:00");
    assert_null(case_clock_find(&state, "sign_for")); // it was signed for before it was armed
    now = ms("2026-03-04T09:00:00+08:00");
    arm("sign_for", "dispatch_answered", "2026-03-04T08:00:00+08:00", "2026-03-05T00:00:00+08:00");
    assert_true(case_clock_runs(case_clock_find(&state, "sign_for")));
}

static const struct fact *fact_of(enum fact_kind kind) {
    for (size_t i = 0; i < decision.count; i++) {
        if (decision.facts[i].kind == kind) {
            return &decision.facts[i];
        }
    }
    return NULL;
}

// sla-timer or Kafka may be away when a clock is due.
static void test_what_comes_too_late_is_a_breach_though_nobody_has_told_so(void **unused) {
    (void)unused;
    do_as(INPUT_DECIDE, ROLE_HANDLER, (struct case_command){.outcome = 1});
    struct case_state before = state;
    now = resolution()->due_at_ms;
    do_as(INPUT_REPLY, ROLE_HANDLER, (struct case_command){0});
    assert_int_equal(resolution()->state, CLOCK_STATE_STOPPED); // in time
    state = before;
    now++;
    do_as(INPUT_REPLY, ROLE_HANDLER, (struct case_command){0});
    assert_int_equal(state.status, CASE_REPLIED);
    assert_int_equal(resolution()->state, CLOCK_STATE_BREACHED);
    assert_null(fact_of(FACT_CLOCK_STOPPED));
    assert_string_equal(fact_of(FACT_CLOCK_BREACHED)->body.clock_breached.name, "resolution");
    assert_string_equal(fact_of(FACT_ALARM_RAISED)->body.alarm_raised.clock, "resolution");
    assert_int_equal(fact_of(FACT_SUPERVISION_ORDERED)->body.supervision_ordered.trigger,
                     REDRESS__V1__SUPERVISION_TRIGGER__SUPERVISION_TRIGGER_OVERDUE);
}

static void test_an_end_that_comes_too_late_is_a_breach_but_nobody_is_urged(void **unused) {
    (void)unused;
    Redress__V1__WithdrawCase withdrawal = REDRESS__V1__WITHDRAW_CASE__INIT;
    now = resolution()->due_at_ms + 1;
    put((struct case_input){
        .kind = INPUT_WITHDRAW_CASE, .actor = "intake", .of.withdraw = &withdrawal});
    assert_int_equal(state.status, CASE_WITHDRAWN);
    assert_int_equal(resolution()->state, CLOCK_STATE_BREACHED);
    assert_null(fact_of(FACT_SUPERVISION_ORDERED));
}

static void test_an_assessment_counts_again_what_was_changed(void **unused) {
    (void)unused;
    do_as(INPUT_SUSPEND, ROLE_HANDLER, (struct case_command){.detail = "appraisal"});
    now = ms("2026-03-05T09:00:00+08:00");
    do_as(INPUT_RESUME, ROLE_HANDLER, (struct case_command){0});
    do_as(INPUT_SET_ASSESSMENT, ROLE_HANDLER, (struct case_command){.urgency = 4});
    const Redress__V1__CaseAssessed *assessed = &decision.facts[0].body.assessed;
    assert_int_equal(assessed->n_runs, 1);
    assert_string_equal(assessed->runs[0]->name, "resolution");
    assert_int_equal(assessed->runs[0]->version, 2);
    assert_int_equal(assessed->runs[0]->n_changes, 1);
    assert_string_equal(assessed->runs[0]->changes[0]->ground, "appraisal");
    rearm("assessed", 0, ms("2026-03-30T00:00:00+08:00"), false);
    assert_int_equal(decision.count, 0); // computed without the pause
    rearm("assessed", 2, ms("2026-03-30T00:00:00+08:00"), false);
    assert_int_equal(resolution()->version, 3);
}

static void test_an_amendment_says_from_what_to_what_and_leaves_the_past(void **unused) {
    (void)unused;
    rearm("amended", 1, ms("2026-03-11T00:00:00+08:00"), false);
    const Redress__V1__ClockArmed *armed = &decision.facts[0].body.clock_armed;
    assert_string_equal(armed->reason, "amended");
    assert_true(armed->previous_due_at_ms == ms("2026-03-10T00:00:00+08:00"));
    assert_string_equal(previous_calendar, "cn-state-council@1");
    assert_string_equal(resolution()->calendar_version, "cn-state-council@2");
    rearm("amended", 1, ms("2026-03-12T00:00:00+08:00"), false);
    assert_int_equal(decision.count, 0); // of a version that is no more
    rearm("amended", 2, ms("2026-03-11T00:00:00+08:00"), true);
    assert_int_equal(decision.count, 1); // not the time, but what it is worth
    rearm("amended", 3, now - 1, false);
    assert_int_equal(decision.count, 0); // none moves into the past
    now = ms("2026-03-11T00:00:00+08:00");
    rearm("amended", 3, ms("2026-03-13T00:00:00+08:00"), false);
    assert_int_equal(decision.count, 0); // what has passed stays
}

static void test_a_right_lapses_and_alarms_nobody(void **unused) {
    (void)unused;
    Redress__V1__ArmClock message = REDRESS__V1__ARM_CLOCK__INIT;
    static Redress__V1__ClockTerms terms; // the decision borrows them
    redress__v1__clock_terms__init(&terms);
    Redress__V1__BreachClock breach = REDRESS__V1__BREACH_CLOCK__INIT;
    terms.name = "objection";
    terms.stops_on = "objection_raised";
    terms.started_at_ms = now;
    terms.due_at_ms = now + 1000;
    terms.lapses = true;
    message.terms = &terms;
    put((struct case_input){.kind = INPUT_ARM_CLOCK, .actor = "sla-timer", .of.arm = &message});
    now += 1000;
    breach.name = "objection";
    breach.version = 1;
    put((struct case_input){
        .kind = INPUT_BREACH_CLOCK, .actor = "sla-timer", .of.breach = &breach});
    assert_int_equal(decision.count, 1);
    assert_int_equal(decision.facts[0].kind, FACT_CLOCK_STOPPED);
    assert_true(decision.facts[0].body.clock_stopped.lapsed);
    assert_int_equal(case_clock_find(&state, "objection")->state, CLOCK_STATE_STOPPED);
}

static void test_a_dispatch_to_a_unit_without_a_handler_alarms_the_bureau(void **unused) {
    (void)unused;
    struct region_staff *handler = NULL;
    for (size_t i = 0; i < region->staff_count; i++) {
        handler = strcmp(region->staff[i].subject, "cao-bin") == 0 ? &region->staff[i] : handler;
    }
    assert_non_null(handler);
    do_as(INPUT_DECIDE, ROLE_HANDLER, (struct case_command){.outcome = 1});
    do_as(INPUT_REPLY, ROLE_HANDLER, (struct case_command){0});
    do_as(INPUT_REWORK, ROLE_SUPERVISOR, (struct case_command){0});
    struct case_state before = state;
    const struct case_command to = {.unit = "first-hospital.medical"};
    do_as(INPUT_DISPATCH, ROLE_SUPERVISOR, to);
    assert_int_equal(decision.count, 1);
    state = before;
    handler->unit_count = 0; // he has left
    do_as(INPUT_DISPATCH, ROLE_SUPERVISOR, to);
    handler->unit_count = 1;
    assert_int_equal(decision.facts[1].kind, FACT_ALARM_RAISED);
    assert_string_equal(decision.facts[1].body.alarm_raised.unit, "bureau.complaints");
    assert_string_equal(state.alarms[0].unit, "bureau.complaints");
}

static void test_a_rating_that_leaves_a_unit_nobody_alarms_the_bureau(void **unused) {
    (void)unused;
    Redress__V1__RecordFeedback rating = REDRESS__V1__RECORD_FEEDBACK__INIT;
    rating.overall = 1;
    do_as(INPUT_DECIDE, ROLE_HANDLER, (struct case_command){.outcome = 1});
    do_as(INPUT_REPLY, ROLE_HANDLER, (struct case_command){0});
    put((struct case_input){
        .kind = INPUT_RECORD_FEEDBACK, .actor = "intake", .of.feedback = &rating});
    assert_int_equal(state.status, CASE_REWORK);
    assert_int_equal(state.alarm_count, 1); // its only handler had it
    assert_int_equal(state.alarms[0].kind, REDRESS__V1__ALARM_KIND__ALARM_KIND_NO_ASSIGNEE);
    assert_string_equal(state.alarms[0].unit, "bureau.complaints");
}

static void test_a_rework_begins_another_run_and_forgets_the_first_ones_changes(void **unused) {
    (void)unused;
    do_as(INPUT_REQUEST_EXTENSION, ROLE_HANDLER, EXTENSION(5));
    decide("tang-wei", ROLE_SUPERVISOR, true, 5);
    do_as(INPUT_DECIDE, ROLE_HANDLER, (struct case_command){.outcome = 1});
    do_as(INPUT_REPLY, ROLE_HANDLER, (struct case_command){0});
    assert_int_equal(resolution()->state, CLOCK_STATE_STOPPED);
    now = ms("2026-03-04T09:00:00+08:00");
    do_as(INPUT_REWORK, ROLE_SUPERVISOR, (struct case_command){0});
    arm("resolution", "case_replied", "2026-03-04T09:00:00+08:00", "2026-03-12T00:00:00+08:00");
    assert_int_equal(resolution()->state, CLOCK_STATE_RUNNING);
    assert_int_equal(resolution()->version, 3);
    assert_true(decision.facts[0].body.clock_armed.previous_due_at_ms == 0);
    assert_string_equal(do_as(INPUT_REQUEST_EXTENSION, ROLE_SUPERVISOR, EXTENSION(5)), "");
    arm("resolution", "case_replied", "2026-03-02T09:00:00+08:00", "2026-03-09T00:00:00+08:00");
    assert_int_equal(decision.count, 0); // terms of the run before
}

int main(void) {
    const struct CMUnitTest tests[] = {
        TEST(test_what_a_clock_waits_for_stops_it),
        TEST(test_what_comes_too_late_is_a_breach_though_nobody_has_told_so),
        TEST(test_an_end_that_comes_too_late_is_a_breach_but_nobody_is_urged),
        TEST(test_an_assessment_counts_again_what_was_changed),
        TEST(test_an_amendment_says_from_what_to_what_and_leaves_the_past),
        TEST(test_a_right_lapses_and_alarms_nobody),
        TEST(test_a_dispatch_to_a_unit_without_a_handler_alarms_the_bureau),
        TEST(test_a_rating_that_leaves_a_unit_nobody_alarms_the_bureau),
        TEST(test_a_rework_begins_another_run_and_forgets_the_first_ones_changes),
    };
    return cmocka_run_group_tests(tests, load, unload);
}
