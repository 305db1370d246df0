// SPDX-License-Identifier: Apache-2.0
// Who had a hand in a case: neither do they have it again after a rework, nor do they review it.
// Whose a returned case is, the bureau decides.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "one_case.h"
#include "workflow.h"

#define DOES(subject, kind, ...)                                                                   \
    assert_string_equal(give(INPUT_##kind, subject, (struct case_command){__VA_ARGS__}), "")
#define REFUSED(code, subject, kind, ...)                                                          \
    assert_string_equal(give(INPUT_##kind, subject, (struct case_command){__VA_ARGS__}), code)
#define OTHER "bureau.other"

static void raise_allegation(void) { GO(INPUT_CONCERN_PERSON, INPUT_RAISE_ALLEGATION); }

static void test_who_investigated_does_not_have_the_rework(void **unused) {
    (void)unused;
    GO(INPUT_ACCEPT, INPUT_DISPATCH, INPUT_SIGN);
    DOES("gao", INVESTIGATE);
    GO(INPUT_DECIDE, INPUT_REPLY, INPUT_REWORK);
    REFUSED("handled-before", "gao", SIGN);
    REFUSED("handled-before", "lin", SIGN);
    DOES("shen", SIGN);
}

static void test_who_decided_an_allegation_does_not_have_the_rework(void **unused) {
    (void)unused;
    GO(INPUT_ACCEPT, INPUT_DISPATCH, INPUT_SIGN);
    raise_allegation();
    DOES("gao", DECIDE_ALLEGATION, .outcome = 1);
    GO(INPUT_DECIDE, INPUT_REPLY, INPUT_REWORK);
    REFUSED("handled-before", "gao", SIGN);
}

static void test_in_a_rework_the_former_handler_decides_no_allegation(void **unused) {
    (void)unused;
    GO(INPUT_ACCEPT, INPUT_DISPATCH, INPUT_SIGN);
    raise_allegation();
    DOES("lin", DECIDE_ALLEGATION, .outcome = 1);
    GO(INPUT_DECIDE, INPUT_REPLY, INPUT_REWORK);
    DOES("gao", SIGN);
    REFUSED("handled-before", "lin", DECIDE_ALLEGATION, .outcome = 3);
    DOES("gao", DECIDE_ALLEGATION, .outcome = 1);
}

static void test_a_second_rework_goes_to_a_third_person(void **unused) {
    (void)unused;
    GO(TO_REPLIED, INPUT_REWORK);
    DOES("gao", SIGN);
    DOES("gao", DECIDE, .outcome = 1);
    DOES("gao", REPLY);
    GO(INPUT_REWORK);
    REFUSED("handled-before", "lin", SIGN);
    REFUSED("handled-before", "gao", SIGN);
    DOES("shen", SIGN);
}

static void test_whom_a_rework_was_taken_from_carries_none_of_it_on(void **unused) {
    (void)unused;
    GO(TO_REPLIED, INPUT_REWORK);
    arm("resolution");
    DOES("gao", SIGN);
    REFUSED("handled-before", "lin", ADD_CO_HANDLER, .unit = OTHER);
    REFUSED("handled-before", "lin", REPORT_PROGRESS);
    assert_string_equal(plan(INPUT_REQUEST_EXTENSION, "lin", false), "handled-before");
    DOES("gao", INVESTIGATE);
    assert_string_equal(plan(INPUT_SUSPEND, "lin", false), "handled-before");
    assert_string_equal(plan(INPUT_SUSPEND, "gao", false), "");
    assert_string_equal(plan(INPUT_RESUME, "lin", false), "handled-before");
    assert_string_equal(plan(INPUT_RESUME, "gao", false), "");
    DOES("gao", DECIDE, .outcome = 1);
    REFUSED("handled-before", "lin", REPLY);
    DOES("lin", COMMENT); // and says what they know
    DOES("gao", REPLY);
}

static void test_whom_a_reopening_was_taken_from_settles_nothing_at_once(void **unused) {
    (void)unused;
    GO(INPUT_ACCEPT, INPUT_RESOLVE_ON_SPOT, INPUT_REPLY);
    follow_up(true, true);
    GO(INPUT_CLOSE);
    DOES("gao", REOPEN, .outcome = REDRESS__V1__REOPEN_GROUND__REOPEN_GROUND_DISSATISFIED);
    GO(INPUT_ACCEPT);
    REFUSED("handled-before", "lin", RESOLVE_ON_SPOT);
    DOES("gao", RESOLVE_ON_SPOT);
}

static void test_who_investigates_a_case_without_a_handler_has_it(void **unused) {
    (void)unused;
    GO(INPUT_ACCEPT, INPUT_DISPATCH, INPUT_SIGN);
    DOES("gao", DECLARE_CONFLICT, .staff = "lin");
    assert_string_equal(state.handler, "");
    DOES("gao", INVESTIGATE);
    assert_string_equal(state.handler, "gao");
    REFUSED("handled", "shen", DISPATCH, .unit = OTHER);
}

static void test_who_decided_anything_of_it_reviews_nothing_of_it(void **unused) {
    (void)unused;
    GO(INPUT_ACCEPT, INPUT_DISPATCH, INPUT_SIGN);
    raise_allegation();
    DOES("gao", DECIDE_ALLEGATION, .outcome = 1);
    GO(INPUT_DECIDE, INPUT_REPLY, INPUT_REWORK);
    DOES("shen", SIGN);
    DOES("shen", DECIDE_ALLEGATION, .outcome = 1);
    DOES("shen", DECIDE, .outcome = 1);
    DOES("shen", REPLY);
    follow_up(true, true);
    settle();
    GO(INPUT_CLOSE, INPUT_REVIEW);
    const Redress__V1__ReviewRequested *asked = &decision.facts[0].body.review_requested;
    assert_int_equal(asked->n_decided_by, 3); // so that it is asked of none of them
    REFUSED("own-decision", "gao", DECIDE_REVIEW, .outcome = 1);
    REFUSED("own-decision", "lin", DECIDE_REVIEW, .outcome = 1);
    REFUSED("own-decision", "shen", DECIDE_REVIEW, .outcome = 1);
    DOES("ren", DECIDE_REVIEW, .outcome = 1);
    GO(INPUT_RE_REVIEW);
    REFUSED("own-decision", "gao", DECIDE_REVIEW, .outcome = 1);
    REFUSED("own-decision", "ren", DECIDE_REVIEW, .outcome = 1);
    DOES("su", DECIDE_REVIEW, .outcome = 1);
}

static void test_who_reviewed_it_may_have_the_rework_but_reviews_no_more(void **unused) {
    (void)unused;
    GO(TO_REPLIED);
    follow_up(true, true);
    GO(INPUT_CLOSE, INPUT_REVIEW);
    DOES("ren", DECIDE_REVIEW, .outcome = REDRESS__V1__REVIEW_RESULT__REVIEW_RESULT_RETURNED);
    assert_false(case_is_barred(&state, "ren"));
    assert_true(case_has_decided(&state, "ren"));
}

static void test_new_facts_bar_nobody_but_whoever_decided_still_reviews_nothing(void **unused) {
    (void)unused;
    GO(TO_REPLIED);
    follow_up(true, true);
    GO(INPUT_CLOSE);
    DOES("gao", REOPEN, .outcome = REDRESS__V1__REOPEN_GROUND__REOPEN_GROUND_NEW_FACTS);
    GO(INPUT_ACCEPT, INPUT_DISPATCH, INPUT_SIGN);
    assert_true(case_has_decided(&state, "lin"));
}

static void test_no_more_people_have_a_hand_in_a_case_than_it_takes_note_of(void **unused) {
    (void)unused;
    GO(INPUT_ACCEPT, INPUT_DISPATCH, INPUT_SIGN);
    raise_allegation();
    for (int i = 1; i < CASE_HANDS; i++) {
        char subject[16];
        snprintf(subject, sizeof subject, "person-%d", i);
        DOES(subject, DECIDE_ALLEGATION, .outcome = 1);
    }
    REFUSED("too-many-hands", "gao", DECIDE_ALLEGATION, .outcome = 1);
    REFUSED("too-many-hands", "gao", DECIDE, .outcome = 1);
    DOES("person-1", DECIDE_ALLEGATION, .outcome = 1);
    DOES("lin", DECIDE, .outcome = 1);
    assert_int_equal(state.hands.count, CASE_HANDS);
}

static void test_what_was_returned_goes_elsewhere_or_is_designated(void **unused) {
    (void)unused;
    GO(INPUT_ACCEPT, INPUT_DISPATCH, INPUT_REQUEST_RETURN);
    REFUSED("same-unit", "lin", DISPATCH, .unit = UNIT);
    DOES("lin", DISPATCH, .unit = OTHER);
    DOES("lin", REQUEST_RETURN, .unit = UNIT);
    DOES("lin", DESIGNATE, .unit = OTHER); // it has to keep it
    assert_string_equal(state.unit, OTHER);
}

static void test_the_bureau_adjudicates_a_return(void **unused) {
    (void)unused;
    GO(INPUT_ACCEPT, INPUT_DISPATCH, INPUT_REQUEST_RETURN);
    of_region = false;
    REFUSED("bureau-decides", "lin", DISPATCH, .unit = OTHER);
    REFUSED("bureau-decides", "lin", DESIGNATE, .unit = OTHER);
    of_region = true;
    DOES("lin", DISPATCH, .unit = OTHER);
    of_region = false;
    REFUSED("bureau-decides", "lin", DESIGNATE, .unit = UNIT);
    REFUSED("returned-before", "lin", DISPATCH, .unit = UNIT); // nor by way of another unit
    DOES("lin", DISPATCH, .unit = "bureau.desk");
    of_region = true;
    REFUSED("returned-before", "lin", DISPATCH, .unit = UNIT);
    DOES("lin", DESIGNATE, .unit = UNIT);
}

static void test_the_ninth_unit_of_a_round_does_not_return_it(void **unused) {
    (void)unused;
    char unit[CASE_CODE_SIZE];
    GO(INPUT_ACCEPT);
    for (int i = 0; i < CASE_RETURNERS; i++) {
        snprintf(unit, sizeof unit, "first-hospital.ward-%d", i);
        case_note_returned(&state, unit);
    }
    DOES("lin", DISPATCH, .unit = UNIT);
    REFUSED("returns-full", "lin", REQUEST_RETURN, .unit = OTHER);
    GO(INPUT_SIGN, INPUT_DECIDE, INPUT_REPLY, INPUT_REWORK);
    DOES("lin", DISPATCH, .unit = UNIT);
    DOES("lin", REQUEST_RETURN, .unit = OTHER); // another round
}

static void test_who_returned_it_may_have_the_next_round_or_is_designated(void **unused) {
    (void)unused;
    GO(INPUT_ACCEPT, INPUT_DISPATCH, INPUT_REQUEST_RETURN);
    DOES("lin", DISPATCH, .unit = OTHER);
    REFUSED("returned-before", "lin", DISPATCH, .unit = UNIT);
    GO(INPUT_SIGN, INPUT_DECIDE, INPUT_REPLY, INPUT_REWORK);
    DOES("lin", DISPATCH, .unit = UNIT); // it gave back the round before
    DOES("lin", REQUEST_RETURN, .unit = OTHER);
    DOES("lin", DESIGNATE, .unit = UNIT);
    DOES("lin", DESIGNATE, .unit = OTHER);
    DOES("lin", DESIGNATE, .unit = UNIT);
    assert_int_equal(state.returns, 2);
}

// Dispatched away from a designated unit by the bureau, and back again: it still keeps the case.
static void test_a_designated_unit_keeps_what_comes_back_by_way_of_another(void **unused) {
    (void)unused;
    GO(INPUT_ACCEPT, INPUT_DISPATCH, INPUT_DESIGNATE, INPUT_SIGN);
    state.handler[0] = '\0'; // by a conflict
    DOES("lin", DISPATCH, .unit = OTHER);
    DOES("lin", REQUEST_RETURN, .unit = "bureau.desk");
    DOES("lin", DISPATCH, .unit = UNIT);
    REFUSED("designated-before", "lin", REQUEST_RETURN, .unit = OTHER);
    REFUSED("same-unit", "lin", DISPATCH, .unit = UNIT);
    assert_int_equal(state.returns, 1);
}

// Who leads meanwhile owes no answer, and owes it again when the lead goes back.
static void test_a_co_handler_owes_its_answer_again_when_the_lead_goes_back(void **unused) {
    (void)unused;
    GO(INPUT_ACCEPT, INPUT_DISPATCH);
    DOES("lin", ADD_CO_HANDLER, .unit = OTHER);
    DOES("lin", DISPATCH, .unit = OTHER);
    assert_false(case_answers_missing(&state));
    DOES("lin", DISPATCH, .unit = UNIT);
    assert_int_equal(decision.facts[1].kind, FACT_CO_HANDLER_ADDED);
    assert_int_equal(decision.facts[1].body.co_handler_added.number, 1);
    assert_string_equal(decision.facts[1].body.co_handler_added.unit, OTHER);
    assert_true(case_answers_missing(&state));
    assert_int_equal(state.parts.co_handler_count, 1);
}

static void test_each_unit_that_was_designated_may_not_return_it(void **unused) {
    (void)unused;
    GO(INPUT_ACCEPT, INPUT_DISPATCH, INPUT_DESIGNATE);
    DOES("lin", DESIGNATE, .unit = OTHER);
    GO(INPUT_SIGN, INPUT_DECIDE, INPUT_REPLY, INPUT_REWORK);
    DOES("lin", DISPATCH, .unit = UNIT);
    REFUSED("designated-before", "lin", REQUEST_RETURN, .unit = OTHER);
    DOES("lin", DISPATCH, .unit = OTHER);
    REFUSED("designated-before", "lin", REQUEST_RETURN, .unit = UNIT);
}

static void test_only_so_many_units_are_designated(void **unused) {
    (void)unused;
    char unit[16];
    GO(INPUT_ACCEPT, INPUT_DISPATCH);
    for (int i = 0; i < CASE_DESIGNATIONS; i++) {
        snprintf(unit, sizeof unit, "unit.%d", i);
        DOES("lin", DESIGNATE, .unit = unit);
    }
    REFUSED("too-many-designations", "lin", DESIGNATE, .unit = OTHER);
    DOES("lin", DESIGNATE, .unit = "unit.0");
}

static void
test_a_suspended_case_that_nobody_handles_is_dispatched_and_its_clocks_run(void **unused) {
    (void)unused;
    arm("resolution");
    GO(INPUT_ACCEPT, INPUT_DISPATCH, INPUT_SIGN, INPUT_INVESTIGATE);
    assert_string_equal(plan(INPUT_SUSPEND, "lin", false), "");
    REFUSED("handled", "gao", DISPATCH, .unit = OTHER);
    DOES("gao", DECLARE_CONFLICT, .staff = "lin");
    assert_string_equal(plan(INPUT_DISPATCH, "gao", false), "");
    assert_int_equal(state.status, CASE_DISPATCHED);
    assert_string_equal(case_suspension_ground(&state), "");
    assert_true(case_clock_runs(case_clock_find(&state, "resolution")));
    assert_null(case_pause_find(&state, "resolution"));
}

static void test_what_only_another_reply_leads_to_is_not_waited_for_in_a_rework(void **unused) {
    (void)unused;
    arm("resolution");
    GO(TO_REPLIED);
    arm("call_back");
    GO(INPUT_REWORK);
    assert_false(case_clock_is_open(case_clock_find(&state, "call_back")));
    now += 10;
    arm_since("review_request", state.replied_at_ms); // proposed before the rework was ordered
    assert_null(case_clock_find(&state, "review_request"));
    DOES("gao", SIGN);
    DOES("gao", DECIDE, .outcome = 1);
    DOES("gao", REPLY);
    arm("call_back");
    assert_true(case_clock_runs(case_clock_find(&state, "call_back")));
}

// Proposed after a former reply, and heard once the case is handled for the third time.
static void test_what_followed_a_former_reply_is_not_begun_any_more(void **unused) {
    (void)unused;
    GO(TO_REPLIED);
    int64_t former_ms = state.replied_at_ms;
    now += 10;
    GO(INPUT_REWORK);
    DOES("gao", SIGN);
    DOES("gao", DECIDE, .outcome = 1);
    now += 10;
    DOES("gao", REPLY);
    now += 10;
    assert_true(state.replied_at_ms > former_ms);
    arm_since("review_request", former_ms); // of a round that has ended
    assert_null(case_clock_find(&state, "review_request"));
    GO(INPUT_REWORK);
    arm_since("review_request", former_ms);
    arm_since("call_back", former_ms);
    assert_null(case_clock_find(&state, "review_request"));
    assert_null(case_clock_find(&state, "call_back"));
    arm_since("settled", state.received_at_ms); // since the beginning, whatever followed
    assert_true(case_clock_runs(case_clock_find(&state, "settled")));
}

static void test_what_waits_for_the_closure_since_the_beginning_runs_on(void **unused) {
    (void)unused;
    arm("settled");
    now += 10;
    GO(TO_REPLIED, INPUT_REWORK);
    assert_true(case_clock_runs(case_clock_find(&state, "settled")));
}

static void test_an_emergency_that_is_not_over_goes_to_somebody_at_once(void **unused) {
    (void)unused;
    GO(INPUT_TRANSFER_EMERGENCY);
    follow_up(true, false);
    assert_int_equal(state.status, CASE_REWORK);
    assert_string_equal(simply(INPUT_CLOSE), "wrong-state");
    GO(INPUT_DISPATCH, INPUT_SIGN, INPUT_DECIDE, INPUT_REPLY);
    follow_up(true, true);
    settle();
    GO(INPUT_CLOSE);
}

static void test_a_rating_that_leaves_nobody_alarms_as_a_follow_up_does(void **unused) {
    (void)unused;
    GO(TO_REPLIED);
    unstaffed = "bureau.desk";
    feedback(false, 1);
    assert_int_equal(state.status, CASE_REWORK);
    assert_int_equal(state.alarm_count, 1);
    assert_int_equal(state.alarms[0].kind, REDRESS__V1__ALARM_KIND__ALARM_KIND_NO_ASSIGNEE);
    assert_string_equal(state.alarms[0].unit, "bureau.desk");
}

#define TEST(name) cmocka_unit_test_setup(name, begin)

int main(void) {
    const struct CMUnitTest tests[] = {
        TEST(test_who_investigated_does_not_have_the_rework),
        TEST(test_who_decided_an_allegation_does_not_have_the_rework),
        TEST(test_in_a_rework_the_former_handler_decides_no_allegation),
        TEST(test_a_second_rework_goes_to_a_third_person),
        TEST(test_whom_a_rework_was_taken_from_carries_none_of_it_on),
        TEST(test_whom_a_reopening_was_taken_from_settles_nothing_at_once),
        TEST(test_who_investigates_a_case_without_a_handler_has_it),
        TEST(test_who_decided_anything_of_it_reviews_nothing_of_it),
        TEST(test_who_reviewed_it_may_have_the_rework_but_reviews_no_more),
        TEST(test_new_facts_bar_nobody_but_whoever_decided_still_reviews_nothing),
        TEST(test_no_more_people_have_a_hand_in_a_case_than_it_takes_note_of),
        TEST(test_what_was_returned_goes_elsewhere_or_is_designated),
        TEST(test_the_bureau_adjudicates_a_return),
        TEST(test_each_unit_that_was_designated_may_not_return_it),
        TEST(test_the_ninth_unit_of_a_round_does_not_return_it),
        TEST(test_who_returned_it_may_have_the_next_round_or_is_designated),
        TEST(test_a_designated_unit_keeps_what_comes_back_by_way_of_another),
        TEST(test_a_co_handler_owes_its_answer_again_when_the_lead_goes_back),
        TEST(test_only_so_many_units_are_designated),
        TEST(test_a_suspended_case_that_nobody_handles_is_dispatched_and_its_clocks_run),
        TEST(test_what_only_another_reply_leads_to_is_not_waited_for_in_a_rework),
        TEST(test_what_followed_a_former_reply_is_not_begun_any_more),
        TEST(test_what_waits_for_the_closure_since_the_beginning_runs_on),
        TEST(test_an_emergency_that_is_not_over_goes_to_somebody_at_once),
        TEST(test_a_rating_that_leaves_nobody_alarms_as_a_follow_up_does),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
