// SPDX-License-Identifier: Apache-2.0
// The way of a case: the table against itself, and the rules that it states.
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

static void test_a_row_of_several_facts_passes_through_the_rows_of_each(void **unused) {
    (void)unused;
    for (size_t i = 0; i < workflow_row_count; i++) {
        const struct workflow_row *row = &workflow_rows[i];
        for (enum case_status from = CASE_NONE; from < CASE_STATUS_COUNT; from++) {
            enum case_status status = from;
            if ((row->from & WORKFLOW_FROM(from)) == 0) {
                continue;
            }
            for (size_t f = 0; f < row->fact_count; f++) {
                status = workflow_next(status, row->facts[f]);
            }
            assert_int_equal(status, row->to == CASE_NONE ? from : row->to);
        }
    }
}

static void test_no_command_has_two_rows_for_one_state(void **unused) {
    (void)unused;
    for (size_t i = 0; i < workflow_row_count; i++) {
        for (size_t j = 0; j < i; j++) {
            const struct workflow_row *a = &workflow_rows[i];
            const struct workflow_row *b = &workflow_rows[j];
            assert_false(a->command == b->command && a->when == b->when && (a->from & b->from));
        }
    }
}

static void test_each_state_is_reached_and_each_command_leads_somewhere(void **unused) {
    (void)unused;
    uint32_t reached = WORKFLOW_FROM(CASE_NONE);
    bool commands[INPUT_KIND_COUNT] = {false};
    for (unsigned round = 0; round < CASE_STATUS_COUNT; round++) {
        for (size_t i = 0; i < workflow_row_count; i++) {
            const struct workflow_row *row = &workflow_rows[i];
            bool possible = (row->from & reached) != 0;
            reached |= possible && row->to != CASE_NONE ? WORKFLOW_FROM(row->to) : 0;
            commands[row->command] = commands[row->command] || possible;
        }
    }
    for (enum case_status status = CASE_NONE; status < CASE_STATUS_COUNT; status++) {
        assert_true(reached & WORKFLOW_FROM(status));
    }
    for (enum input_kind kind = INPUT_PROPOSAL_COUNT; kind < INPUT_KIND_COUNT; kind++) {
        assert_true(commands[kind]);
        assert_non_null(case_command_name(kind));
        assert_true(permission_of(kind)->roles != 0);
    }
}

static void test_a_case_is_refused_with_ground_and_route_and_can_come_back(void **unused) {
    (void)unused;
    arm("first_response");
    give(INPUT_REFUSE, "lin",
         (struct case_command){
             .outcome = REDRESS__V1__NOT_ACCEPTED_GROUND__NOT_ACCEPTED_GROUND_OTHER_AUTHORITY,
             .detail = "市场监管局"});
    assert_int_equal(state.status, CASE_NOT_ACCEPTED);
    assert_string_equal(decision.facts[0].body.not_accepted.right_route, "市场监管局");
    assert_int_equal(decision.facts[1].kind, FACT_CLOCK_STOPPED); // where the way ends
    assert_string_equal(simply(INPUT_ACCEPT), "wrong-state");
    GO(INPUT_REOPEN, INPUT_ACCEPT);
}

static void test_a_designated_unit_may_not_return_it_again(void **unused) {
    (void)unused;
    GO(INPUT_ACCEPT, INPUT_DISPATCH, INPUT_REQUEST_RETURN);
    assert_int_equal(state.returns, 1);
    give(INPUT_DISPATCH, "lin", (struct case_command){.unit = "bureau.other"});
    give(INPUT_REQUEST_RETURN, "lin", (struct case_command){.unit = UNIT});
    assert_int_equal(decision.facts[0].body.return_requested.returns, 2);
    GO(INPUT_DESIGNATE);
    assert_string_equal(simply(INPUT_REQUEST_RETURN), "wrong-state");
    GO(INPUT_SIGN, INPUT_DECIDE, INPUT_REPLY);
    follow_up(true, false); // nor after a rework
    GO(INPUT_DISPATCH);
    assert_string_equal(simply(INPUT_REQUEST_RETURN), "designated-before");
}

static void test_a_designation_is_changed_to_another_unit_but_not_begun_anew(void **unused) {
    (void)unused;
    GO(INPUT_ACCEPT, INPUT_DISPATCH, INPUT_DESIGNATE);
    assert_string_equal(simply(INPUT_DESIGNATE), "same-unit");
    assert_string_equal(give(INPUT_DESIGNATE, "lin", (struct case_command){.unit = "bureau.other"}),
                        "");
    assert_string_equal(state.unit, "bureau.other");
}

static void test_who_is_not_satisfied_is_answered_by_somebody_else(void **unused) {
    static const uint32_t dissatisfied = REDRESS__V1__REOPEN_GROUND__REOPEN_GROUND_DISSATISFIED;
    static const uint32_t new_facts = REDRESS__V1__REOPEN_GROUND__REOPEN_GROUND_NEW_FACTS;
    (void)unused;
    GO(TO_REPLIED);
    follow_up(true, true);
    GO(INPUT_CLOSE);
    give(INPUT_REOPEN, "gao", (struct case_command){.outcome = dissatisfied});
    GO(INPUT_ACCEPT, INPUT_DISPATCH);
    assert_string_equal(simply(INPUT_SIGN), "handled-before");
    assert_string_equal(give(INPUT_SIGN, "shen", (struct case_command){0}), "");
    give(INPUT_DECIDE, "shen", (struct case_command){0});
    assert_string_equal(give(INPUT_REPLY, "shen", (struct case_command){0}), "");
    follow_up(true, true);
    settle();
    GO(INPUT_CLOSE);
    give(INPUT_REOPEN, "gao", (struct case_command){.outcome = new_facts});
    GO(INPUT_ACCEPT, INPUT_DISPATCH);
    assert_string_equal(give(INPUT_SIGN, "shen", (struct case_command){0}), "");
}

static void test_a_return_proposes_another_unit(void **unused) {
    (void)unused;
    GO(INPUT_ACCEPT, INPUT_DISPATCH);
    assert_string_equal(give(INPUT_REQUEST_RETURN, "lin", (struct case_command){.unit = UNIT}),
                        "proposes-itself");
}

static void test_a_dispatch_to_the_same_unit_does_not_begin_its_clock_anew(void **unused) {
    (void)unused;
    GO(INPUT_ACCEPT, INPUT_DISPATCH);
    assert_string_equal(simply(INPUT_DISPATCH), "same-unit");
    give(INPUT_DISPATCH, "lin", (struct case_command){.unit = "bureau.other"});
    assert_string_equal(state.unit, "bureau.other");
}

static void test_a_handler_who_is_named_loses_the_case_and_it_is_dispatched_again(void **unused) {
    (void)unused;
    GO(INPUT_ACCEPT, INPUT_DISPATCH, INPUT_SIGN);
    assert_string_equal(simply(INPUT_DISPATCH), "handled");
    unstaffed = "bureau.desk";
    give(INPUT_DECLARE_CONFLICT, "gao", (struct case_command){.staff = "lin"});
    unstaffed = NULL;
    assert_int_equal(decision.facts[1].kind, FACT_ALARM_RAISED);
    assert_int_equal(decision.facts[1].body.alarm_raised.kind,
                     REDRESS__V1__ALARM_KIND__ALARM_KIND_NO_ASSIGNEE);
    assert_string_equal(give(INPUT_DISPATCH, "gao", (struct case_command){0}), "");
    assert_int_equal(state.status, CASE_DISPATCHED);
}

static void test_a_co_handler_that_becomes_the_lead_owes_no_answer(void **unused) {
    (void)unused;
    GO(INPUT_ACCEPT, INPUT_DISPATCH);
    give(INPUT_ADD_CO_HANDLER, "lin", (struct case_command){.unit = "bureau.other"});
    arm("co-handling-1");
    give(INPUT_DISPATCH, "lin", (struct case_command){.unit = "bureau.other"});
    assert_int_equal(decision.facts[1].kind, FACT_CLOCK_STOPPED);
    assert_false(case_clock_runs(case_clock_find(&state, "co-handling-1")));
    assert_false(case_answers_missing(&state));
}

static void test_a_suspension_ends_with_its_own_ground(void **unused) {
    (void)unused;
    GO(INPUT_ACCEPT, INPUT_DISPATCH, INPUT_SIGN, INPUT_INVESTIGATE, INPUT_SUSPEND);
    assert_string_equal(simply(INPUT_DECIDE), "wrong-state");
    assert_string_equal(case_suspension_ground(&state), "appraisal");
    GO(INPUT_RESUME);
    assert_string_equal(case_suspension_ground(&state), "");
    GO(INPUT_DECIDE);
}

static void test_no_closing_without_a_follow_up_or_enough_attempts(void **unused) {
    (void)unused;
    GO(TO_REPLIED);
    assert_string_equal(simply(INPUT_CLOSE), "no-follow-up");
    follow_up(false, false);
    follow_up(false, false);
    assert_string_equal(simply(INPUT_CLOSE), "no-follow-up");
    follow_up(false, false);
    GO(INPUT_CLOSE);
    assert_true(decision.facts[0].body.closed.first);
}

static void test_a_follow_up_that_finds_it_unsolved_gives_it_to_another(void **unused) {
    (void)unused;
    GO(TO_REPLIED);
    follow_up(true, false);
    assert_int_equal(state.status, CASE_REWORK);
    assert_string_equal(state.previous_handler, "lin");
    assert_string_equal(simply(INPUT_SIGN), "handled-before");
    assert_string_equal(give(INPUT_SIGN, "gao", (struct case_command){0}), "");
    assert_string_equal(simply(INPUT_INVESTIGATE), "handled-before");
    assert_string_equal(simply(INPUT_DECIDE), "handled-before");
    assert_string_equal(give(INPUT_DECIDE, "gao", (struct case_command){.outcome = 1}), "");
    assert_string_equal(simply(INPUT_REPLY), "handled-before");
    assert_string_equal(give(INPUT_REPLY, "gao", (struct case_command){0}), "");
    assert_string_equal(simply(INPUT_CLOSE), "no-follow-up"); // the one before is of another reply
    follow_up(true, true);
    assert_string_equal(simply(INPUT_CLOSE), "supervised"); // the call-back had failed
    settle();
    GO(INPUT_CLOSE);
    assert_true(decision.facts[0].body.closed.first);
}

static void test_who_decided_it_for_another_does_not_handle_the_rework(void **unused) {
    (void)unused;
    GO(INPUT_ACCEPT, INPUT_DISPATCH, INPUT_SIGN);
    assert_string_equal(give(INPUT_DECIDE, "gao", (struct case_command){.outcome = 1}), "");
    GO(INPUT_REPLY, INPUT_REWORK);
    assert_string_equal(simply(INPUT_SIGN), "handled-before");
    assert_string_equal(give(INPUT_SIGN, "gao", (struct case_command){0}), "handled-before");
    assert_string_equal(give(INPUT_SIGN, "qian", (struct case_command){0}), "");
}

static void test_a_low_rating_opens_rework_and_can_be_rated_again(void **unused) {
    (void)unused;
    GO(TO_REPLIED);
    feedback(true, 5);
    assert_int_equal(state.status, CASE_REPLIED);
    feedback(true, 5);
    assert_string_equal(decision.code, "already-rated");
    GO(INPUT_CLOSE); // a rating is a follow-up
    begin(NULL);
    GO(TO_REPLIED);
    follow_up(true, true);
    GO(INPUT_CLOSE);
    feedback(true, 2);
    assert_int_equal(state.status, CASE_REWORK);
    give(INPUT_SIGN, "gao", (struct case_command){0});
    give(INPUT_DECIDE, "gao", (struct case_command){.outcome = 1});
    assert_string_equal(give(INPUT_REPLY, "gao", (struct case_command){0}), "");
    feedback(true, 4);
    settle();
    GO(INPUT_CLOSE);
    assert_false(decision.facts[0].body.closed.first);
}

static void test_each_level_reviews_once_and_never_its_own_decision(void **unused) {
    (void)unused;
    GO(TO_REPLIED);
    follow_up(true, true);
    GO(INPUT_CLOSE);
    assert_string_equal(simply(INPUT_RE_REVIEW), "not-reviewed");
    GO(INPUT_REVIEW);
    assert_string_equal(simply(INPUT_DECIDE_REVIEW), "own-decision");
    assert_string_equal(give(INPUT_DECIDE_REVIEW, "ren", (struct case_command){.outcome = 1}), "");
    assert_int_equal(state.status, CASE_CLOSED);
    assert_string_equal(simply(INPUT_REVIEW), "already-reviewed");
    GO(INPUT_RE_REVIEW);
    struct case_command returned = {.outcome = REDRESS__V1__REVIEW_RESULT__REVIEW_RESULT_RETURNED};
    assert_string_equal(give(INPUT_DECIDE_REVIEW, "ren", returned), "own-decision");
    assert_string_equal(simply(INPUT_DECIDE_REVIEW), "own-decision");
    assert_string_equal(give(INPUT_DECIDE_REVIEW, "su", returned), "final-review");
    assert_string_equal(give(INPUT_DECIDE_REVIEW, "su", (struct case_command){.outcome = 2}), "");
    assert_int_equal(state.status, CASE_FINAL);
    assert_string_equal(state.reviewer, "ren");
    assert_string_equal(simply(INPUT_REOPEN), "wrong-state");
    GO(INPUT_ARCHIVE);
    assert_string_equal(simply(INPUT_COMMENT), "wrong-state");
}

static void test_a_review_changes_the_decision_to_another_outcome(void **unused) {
    (void)unused;
    GO(TO_REPLIED);
    follow_up(true, true);
    GO(INPUT_CLOSE, INPUT_REVIEW);
    struct case_command changed = {.outcome = REDRESS__V1__REVIEW_RESULT__REVIEW_RESULT_CHANGED,
                                   .changed_to = state.outcome};
    assert_int_not_equal(state.outcome, 0);
    assert_string_equal(give(INPUT_DECIDE_REVIEW, "ren", changed), "same-outcome");
    assert_string_equal(decision.field, "outcome");
    changed.changed_to = REDRESS__V1__OUTCOME__OUTCOME_EXPLAINED;
    assert_string_equal(give(INPUT_DECIDE_REVIEW, "ren", changed), "");
    GO(INPUT_RE_REVIEW);
    assert_string_equal(give(INPUT_DECIDE_REVIEW, "su", changed), "same-outcome");
    changed.changed_to = REDRESS__V1__OUTCOME__OUTCOME_UPHELD; // back again
    assert_string_equal(give(INPUT_DECIDE_REVIEW, "su", changed), "");
}

static void test_what_is_settled_on_the_spot_has_its_decider(void **unused) {
    (void)unused;
    GO(INPUT_ACCEPT, INPUT_RESOLVE_ON_SPOT, INPUT_REPLY);
    assert_string_equal(state.decider, "lin");
    follow_up(true, true);
    GO(INPUT_CLOSE, INPUT_REVIEW);
    assert_string_equal(simply(INPUT_DECIDE_REVIEW), "own-decision");
    struct case_command returned = {.outcome = REDRESS__V1__REVIEW_RESULT__REVIEW_RESULT_RETURNED};
    assert_string_equal(give(INPUT_DECIDE_REVIEW, "ren", returned), "");
    assert_string_equal(state.previous_handler, "lin");
    GO(INPUT_DISPATCH);
    assert_string_equal(simply(INPUT_SIGN), "handled-before");
    assert_string_equal(give(INPUT_SIGN, "gao", (struct case_command){0}), "");
}

static void test_a_returned_review_is_a_rework(void **unused) {
    (void)unused;
    GO(TO_REPLIED);
    follow_up(true, true);
    GO(INPUT_CLOSE, INPUT_REVIEW);
    struct case_command returned = {.outcome = REDRESS__V1__REVIEW_RESULT__REVIEW_RESULT_RETURNED};
    assert_string_equal(give(INPUT_DECIDE_REVIEW, "ren", returned), "");
    assert_int_equal(state.status, CASE_REWORK);
    give(INPUT_SIGN, "gao", (struct case_command){0});
    give(INPUT_DECIDE, "gao", (struct case_command){.outcome = 1});
    assert_string_equal(give(INPUT_REPLY, "gao", (struct case_command){0}), "");
    follow_up(true, true);
    settle();
    GO(INPUT_CLOSE, INPUT_RE_REVIEW); // of the new decision, but by another than before
    assert_string_equal(give(INPUT_DECIDE_REVIEW, "ren", (struct case_command){.outcome = 1}),
                        "own-decision");
    assert_string_equal(simply(INPUT_DECIDE_REVIEW), "own-decision"); // the one before
    assert_string_equal(give(INPUT_DECIDE_REVIEW, "su", (struct case_command){.outcome = 1}), "");
}

static void test_an_emergency_that_is_not_settled_is_not_closed(void **unused) {
    (void)unused;
    GO(INPUT_TRANSFER_EMERGENCY);
    follow_up(false, false);
    follow_up(true, false);
    assert_string_equal(simply(INPUT_CLOSE), "wrong-state");
    GO(INPUT_DISPATCH, INPUT_SIGN, INPUT_DECIDE, INPUT_REPLY);
    follow_up(true, true);
    settle();
    GO(INPUT_CLOSE);
}

static void
test_an_emergency_whose_end_nobody_can_tell_is_closed_after_enough_attempts(void **unused) {
    (void)unused;
    GO(INPUT_TRANSFER_EMERGENCY);
    follow_up(false, false);
    follow_up(false, false);
    assert_string_equal(simply(INPUT_CLOSE), "no-follow-up");
    follow_up(false, false);
    settle();
    GO(INPUT_CLOSE);
}

static void test_a_request_for_the_end_ends_with_its_round(void **unused) {
    (void)unused;
    GO(INPUT_REQUEST_TERMINATION, TO_REPLIED);
    follow_up(true, true);
    GO(INPUT_CLOSE, INPUT_REOPEN);
    assert_string_equal(give(INPUT_TERMINATE, "gao", (struct case_command){0}),
                        "termination-not-requested");
}

static void test_nobody_terminates_at_an_own_request(void **unused) {
    (void)unused;
    arm("resolution");
    assert_string_equal(simply(INPUT_TERMINATE), "termination-not-requested");
    GO(INPUT_REQUEST_TERMINATION);
    assert_string_equal(simply(INPUT_TERMINATE), "termination-not-requested");
    assert_string_equal(give(INPUT_TERMINATE, "gao", (struct case_command){0}), "");
    assert_int_equal(state.status, CASE_TERMINATED);
    assert_false(case_clock_runs(case_clock_find(&state, "resolution")));
}

#define TEST(name) cmocka_unit_test_setup(name, begin)

int main(void) {
    const struct CMUnitTest tests[] = {
        TEST(test_a_row_of_several_facts_passes_through_the_rows_of_each),
        TEST(test_no_command_has_two_rows_for_one_state),
        TEST(test_each_state_is_reached_and_each_command_leads_somewhere),
        TEST(test_a_case_is_refused_with_ground_and_route_and_can_come_back),
        TEST(test_a_designated_unit_may_not_return_it_again),
        TEST(test_a_designation_is_changed_to_another_unit_but_not_begun_anew),
        TEST(test_who_is_not_satisfied_is_answered_by_somebody_else),
        TEST(test_a_return_proposes_another_unit),
        TEST(test_a_dispatch_to_the_same_unit_does_not_begin_its_clock_anew),
        TEST(test_a_handler_who_is_named_loses_the_case_and_it_is_dispatched_again),
        TEST(test_a_co_handler_that_becomes_the_lead_owes_no_answer),
        TEST(test_an_emergency_whose_end_nobody_can_tell_is_closed_after_enough_attempts),
        TEST(test_a_suspension_ends_with_its_own_ground),
        TEST(test_no_closing_without_a_follow_up_or_enough_attempts),
        TEST(test_a_follow_up_that_finds_it_unsolved_gives_it_to_another),
        TEST(test_who_decided_it_for_another_does_not_handle_the_rework),
        TEST(test_a_low_rating_opens_rework_and_can_be_rated_again),
        TEST(test_each_level_reviews_once_and_never_its_own_decision),
        TEST(test_a_review_changes_the_decision_to_another_outcome),
        TEST(test_what_is_settled_on_the_spot_has_its_decider),
        TEST(test_a_returned_review_is_a_rework),
        TEST(test_an_emergency_that_is_not_settled_is_not_closed),
        TEST(test_a_request_for_the_end_ends_with_its_round),
        TEST(test_nobody_terminates_at_an_own_request),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
