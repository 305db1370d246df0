// SPDX-License-Identifier: Apache-2.0
// Visits after a crisis: which clock each stops, what waits for them, and that no end of the case
// ends them.
#include "promise_story.h"

#include "case_visits.h"

static void test_each_visit_stops_its_own_clock_and_an_unreached_one_none(void **unused) {
    (void)unused;
    assert_true(arm("follow_up_1", 24 * HOUR) && arm("follow_up_2", 72 * HOUR));
    visit(REDRESS__V1__VISIT_OUTCOME__VISIT_OUTCOME_UNREACHABLE);
    assert_int_equal(decision.facts[0].body.follow_up_visited.number, 1);
    assert_true(runs("follow_up_1") && runs("follow_up_2"));
    visit(REDRESS__V1__VISIT_OUTCOME__VISIT_OUTCOME_DONE);
    assert_int_equal(decision.facts[0].body.follow_up_visited.number, 1);
    assert_true(!runs("follow_up_1") && runs("follow_up_2"));
    now += HOUR;
    assert_false(arm("follow_up_1", 24 * HOUR)); // that promise is kept
    visit(REDRESS__V1__VISIT_OUTCOME__VISIT_OUTCOME_DECLINED);
    assert_int_equal(decision.facts[0].body.follow_up_visited.number, 2);
    assert_false(runs("follow_up_2"));
}

static void test_a_worse_crisis_is_visited_from_the_beginning(void **unused) {
    (void)unused;
    assert_false(assess(2, REDRESS__V1__CRISIS_LEVEL__CRISIS_LEVEL_R0)->crisis_confirmed);
    assert_true(assess(2, REDRESS__V1__CRISIS_LEVEL__CRISIS_LEVEL_R2)->crisis_confirmed);
    assert_true(arm("follow_up_1", 72 * HOUR) && arm("follow_up_2", 96 * HOUR));
    visit(REDRESS__V1__VISIT_OUTCOME__VISIT_OUTCOME_DONE);
    assert_int_equal(state.visits, 1);
    assert_false(assess(2, REDRESS__V1__CRISIS_LEVEL__CRISIS_LEVEL_R2)->crisis_confirmed);
    assert_int_equal(state.visits, 1);
    now += HOUR;
    assert_true(assess(2, REDRESS__V1__CRISIS_LEVEL__CRISIS_LEVEL_R3)->crisis_confirmed);
    assert_int_equal(state.visits, 0);
    assert_true(arm("follow_up_1", 24 * HOUR));
    assert_false(arm("follow_up_2", 96 * HOUR)); // the second one is not put off
    assert_true(arm("follow_up_2", 72 * HOUR));
}

static void test_the_next_visit_is_none_before_the_one_before_was_due(void **unused) {
    (void)unused;
    const struct case_command done = {.outcome = REDRESS__V1__VISIT_OUTCOME__VISIT_OUTCOME_DONE};
    assert_true(arm("follow_up_1", 24 * HOUR) && arm("follow_up_2", 72 * HOUR));
    assert_string_equal(give(INPUT_VISIT, done), "");
    now += 24 * HOUR - 1;
    assert_string_equal(give(INPUT_VISIT, done), "visit-too-early");
    assert_true(runs("follow_up_2"));
    now++;
    assert_string_equal(give(INPUT_VISIT, done), "");
    assert_false(runs("follow_up_2"));
}

static void test_a_visit_that_nobody_owes_or_is_due_before_waits_for_nothing(void **unused) {
    (void)unused;
    const struct case_command done = {.outcome = REDRESS__V1__VISIT_OUTCOME__VISIT_OUTCOME_DONE};
    assert_true(arm("follow_up_1", 24 * HOUR));
    assert_string_equal(give(INPUT_VISIT, done), "");
    assert_string_equal(give(INPUT_VISIT, done), ""); // an R4 owes one
    begin(NULL);
    assert_true(arm("follow_up_1", 48 * HOUR) && arm("follow_up_2", 36 * HOUR)); // of before
    assert_string_equal(give(INPUT_VISIT, done), "");
    assert_string_equal(give(INPUT_VISIT, done), "");
}

static void test_what_was_late_before_this_crisis_is_owed_no_more(void **unused) {
    (void)unused;
    assert_true(assess(2, REDRESS__V1__CRISIS_LEVEL__CRISIS_LEVEL_R3)->crisis_confirmed);
    assert_true(arm("follow_up_1", 24 * HOUR));
    now += 24 * HOUR;
    breach("follow_up_1");
    visit(REDRESS__V1__VISIT_OUTCOME__VISIT_OUTCOME_DONE);
    now += HOUR;
    state.status = CASE_TRIAGED;
    assert_string_equal(give(INPUT_TRANSFER_EMERGENCY, (struct case_command){.detail = "120"}), "");
    assert_false(case_owes_visits(&state));
    assert_true(arm("follow_up_1", 24 * HOUR));
    assert_true(case_owes_visits(&state));
    now += 24 * HOUR;
    breach("follow_up_1");
    assert_true(case_owes_visits(&state));
}

// Named once more while visits are owed it is the same crisis, and after all of them another one.
static void test_a_crisis_that_is_named_after_all_its_visits_is_visited_anew(void **unused) {
    (void)unused;
    assert_true(assess(1, REDRESS__V1__CRISIS_LEVEL__CRISIS_LEVEL_R4)->crisis_confirmed);
    assert_true(arm("follow_up_1", 24 * HOUR));
    assert_false(assess(1, REDRESS__V1__CRISIS_LEVEL__CRISIS_LEVEL_R4)->crisis_confirmed);
    visit(REDRESS__V1__VISIT_OUTCOME__VISIT_OUTCOME_DONE);
    now += HOUR;
    assert_true(assess(1, REDRESS__V1__CRISIS_LEVEL__CRISIS_LEVEL_R4)->crisis_confirmed);
    assert_int_equal(state.visits, 0);
    assert_true(arm("follow_up_1", 24 * HOUR));
    assert_true(case_owes_visits(&state));
}

static void test_who_is_sent_an_ambulance_is_visited_from_the_beginning(void **unused) {
    (void)unused;
    assert_true(assess(2, REDRESS__V1__CRISIS_LEVEL__CRISIS_LEVEL_R3)->crisis_confirmed);
    assert_true(arm("follow_up_1", 24 * HOUR));
    visit(REDRESS__V1__VISIT_OUTCOME__VISIT_OUTCOME_DONE);
    now += HOUR;
    state.status = CASE_TRIAGED; // taken up again
    assert_string_equal(give(INPUT_TRANSFER_EMERGENCY, (struct case_command){.detail = "120"}), "");
    assert_int_equal(state.visits, 0);
    assert_true(arm("follow_up_1", 24 * HOUR));
    visit(REDRESS__V1__VISIT_OUTCOME__VISIT_OUTCOME_DONE);
    assert_int_equal(state.visits, 1);
}

static uint32_t crisis_after_rescue(void) {
    const struct case_command ambulance = {.detail = "120"};
    assert_string_equal(give(INPUT_TRANSFER_EMERGENCY, ambulance), "");
    assert_int_equal((uint32_t)decision.facts[0].traits.crisis, state.crisis);
    return state.crisis;
}

// Visits follow from the level: whom others were sent for was in a grave crisis, if in any.
static void test_a_rescue_says_how_grave_a_crisis_was(void **unused) {
    static const uint32_t rows[][2] = {{0, 0}, {1, 1}, {2, 4}, {3, 4}, {4, 4}, {5, 5}};
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        begin(unused);
        state.crisis = rows[i][0];
        assert_int_equal(crisis_after_rescue(), rows[i][1]);
    }
    begin(unused);
    state.crisis = REDRESS__V1__CRISIS_LEVEL__CRISIS_LEVEL_R0;
    state.alarmed_danger = REDRESS__V1__CRISIS_LEVEL__CRISIS_LEVEL_R4; // heard, and not confirmed
    assert_int_equal(crisis_after_rescue(), REDRESS__V1__CRISIS_LEVEL__CRISIS_LEVEL_R4);
}

static void test_a_rescue_is_recorded_also_after_the_end(void **unused) {
    (void)unused;
    state.status = CASE_WITHDRAWN;
    state.crisis = REDRESS__V1__CRISIS_LEVEL__CRISIS_LEVEL_R2;
    (void)crisis_after_rescue();
    assert_int_equal(state.status, CASE_WITHDRAWN);
    assert_true(arm("follow_up_1", 24 * HOUR));
    assert_true(case_owes_visits(&state));
    state.status = CASE_ARCHIVED;
    assert_string_equal(give(INPUT_TRANSFER_EMERGENCY, (struct case_command){0}), "wrong-state");
}

// A crisis is confirmed, and two visits are promised.
static void promise_visits(void) {
    assert_true(assess(2, REDRESS__V1__CRISIS_LEVEL__CRISIS_LEVEL_R3)->crisis_confirmed);
    assert_true(arm("follow_up_1", 24 * HOUR) && arm("follow_up_2", 72 * HOUR));
    const struct case_command taken = {.alarm_id = state.alarms[0].alarm_id};
    assert_string_equal(give(INPUT_ACKNOWLEDGE, taken), "");
}

static void test_a_case_closes_once_the_visits_are_done(void **unused) {
    (void)unused;
    promise_visits();
    state.status = CASE_REPLIED;
    state.followed_up = true;
    assert_string_equal(give(INPUT_CLOSE, (struct case_command){0}), "visits-due");
    visit(REDRESS__V1__VISIT_OUTCOME__VISIT_OUTCOME_DONE);
    assert_string_equal(give(INPUT_CLOSE, (struct case_command){0}), "visits-due");
    visit(REDRESS__V1__VISIT_OUTCOME__VISIT_OUTCOME_DECLINED);
    assert_string_equal(give(INPUT_CLOSE, (struct case_command){0}), "");
}

static void test_a_late_visit_that_was_tried_often_enough_holds_up_no_closure(void **unused) {
    (void)unused;
    promise_visits();
    state.status = CASE_REPLIED;
    state.followed_up = true;
    state.visit_attempts = 2;
    visit(REDRESS__V1__VISIT_OUTCOME__VISIT_OUTCOME_UNREACHABLE);
    now += 24 * HOUR;
    breach("follow_up_1");
    visit(REDRESS__V1__VISIT_OUTCOME__VISIT_OUTCOME_UNREACHABLE);
    assert_string_equal(give(INPUT_CLOSE, (struct case_command){0}), "visits-due"); // the second
    now += 48 * HOUR;
    breach("follow_up_2");
    visit(REDRESS__V1__VISIT_OUTCOME__VISIT_OUTCOME_DONE);
    assert_string_equal(give(INPUT_CLOSE, (struct case_command){0}), "visits-due"); // tried anew
    visit(REDRESS__V1__VISIT_OUTCOME__VISIT_OUTCOME_UNREACHABLE);
    assert_string_equal(give(INPUT_CLOSE, (struct case_command){0}), "visits-due");
    visit(REDRESS__V1__VISIT_OUTCOME__VISIT_OUTCOME_UNREACHABLE);
    assert_string_equal(give(INPUT_CLOSE, (struct case_command){0}), "");
}

// Attempts at the first say nothing of the second.
static void test_each_late_visit_is_tried_as_often(void **unused) {
    (void)unused;
    promise_visits();
    state.visit_attempts = 2;
    now += 24 * HOUR;
    breach("follow_up_1");
    visit(REDRESS__V1__VISIT_OUTCOME__VISIT_OUTCOME_UNREACHABLE);
    visit(REDRESS__V1__VISIT_OUTCOME__VISIT_OUTCOME_UNREACHABLE);
    now += 48 * HOUR;
    breach("follow_up_2");
    assert_true(case_owes_visits(&state));
    visit(REDRESS__V1__VISIT_OUTCOME__VISIT_OUTCOME_UNREACHABLE);
    assert_true(case_owes_visits(&state));
    visit(REDRESS__V1__VISIT_OUTCOME__VISIT_OUTCOME_UNREACHABLE);
    assert_false(case_owes_visits(&state));
}

static void complainant(enum input_kind kind) {
    Redress__V1__WithdrawCase withdrawal = REDRESS__V1__WITHDRAW_CASE__INIT;
    Redress__V1__ReopenCase reopening = REDRESS__V1__REOPEN_CASE__INIT;
    struct case_input input = {.kind = kind, .actor = "intake"};
    if (kind == INPUT_WITHDRAW_CASE) {
        input.of.withdraw = &withdrawal;
    } else {
        input.of.reopen = &reopening;
    }
    assert_string_equal(put(input), "");
}

static void check_that_visits_go_on(enum case_status end) {
    assert_int_equal(state.status, end);
    assert_false(runs("resolution"));
    assert_true(runs("follow_up_1") && runs("follow_up_2"));
    visit(REDRESS__V1__VISIT_OUTCOME__VISIT_OUTCOME_DONE);
    assert_true(!runs("follow_up_1") && runs("follow_up_2"));
    now += 72 * HOUR;
    breach("follow_up_2");
    assert_int_equal(decision.facts[0].kind, FACT_CLOCK_BREACHED);
    assert_int_equal(decision.facts[1].kind, FACT_ALARM_RAISED);
    assert_string_equal(give(INPUT_ARCHIVE, (struct case_command){0}), "visits-due");
    visit(REDRESS__V1__VISIT_OUTCOME__VISIT_OUTCOME_DONE);
    assert_string_equal(give(INPUT_ARCHIVE, (struct case_command){0}), "");
}

static void test_visits_go_on_whatever_ends_the_case(void **unused) {
    static const struct {
        enum case_status from, to;
        enum input_kind end;
    } ends[] = {
        {CASE_INVESTIGATING, CASE_WITHDRAWN, INPUT_WITHDRAW_CASE},
        {CASE_INVESTIGATING, CASE_WITHDRAWN, INPUT_WITHDRAW},
        {CASE_INVESTIGATING, CASE_TERMINATED, INPUT_TERMINATE},
        {CASE_TRIAGED, CASE_REDIRECTED, INPUT_REDIRECT},
    };
    for (size_t i = 0; i < sizeof ends / sizeof ends[0]; i++) {
        begin(unused);
        promise_visits();
        assert_true(arm("resolution", HOUR));
        state.status = ends[i].from;
        memcpy(state.termination_requester, "gao", 4);
        if (ends[i].end == INPUT_WITHDRAW_CASE) {
            complainant(INPUT_WITHDRAW_CASE);
        } else {
            assert_string_equal(give(ends[i].end, (struct case_command){0}), "");
        }
        check_that_visits_go_on(ends[i].to);
    }
}

static void test_visits_that_are_armed_after_the_end_run_until_nobody_can_visit(void **unused) {
    (void)unused;
    assess(2, REDRESS__V1__CRISIS_LEVEL__CRISIS_LEVEL_R3);
    assert_string_equal(give(INPUT_WITHDRAW, (struct case_command){0}), "");
    assert_false(arm("resolution", HOUR));
    assert_true(arm("follow_up_1", 24 * HOUR));
    state.erased = true;
    assert_false(arm("follow_up_2", 24 * HOUR));
    state.erased = false;
    state.status = CASE_ARCHIVED;
    assert_false(arm("follow_up_2", 24 * HOUR));
}

// As the ends of cases once stopped them.
static void stop_as_before(const char *name) {
    ((struct case_clock *)case_clock_find(&state, name))->state = CLOCK_STATE_STOPPED;
}

static void test_a_reopening_brings_back_visits_that_were_still_owed(void **unused) {
    static const enum input_kind ways[] = {INPUT_REOPEN, INPUT_REOPEN_CASE, INPUT_REWORK};
    for (size_t i = 0; i < sizeof ways / sizeof ways[0]; i++) {
        begin(unused);
        promise_visits();
        visit(REDRESS__V1__VISIT_OUTCOME__VISIT_OUTCOME_DONE);
        int64_t due_ms = case_clock_find(&state, "follow_up_2")->due_at_ms;
        stop_as_before("follow_up_2");
        state.status = CASE_CLOSED;
        now += HOUR;
        if (ways[i] == INPUT_REOPEN_CASE) {
            complainant(INPUT_REOPEN_CASE);
        } else {
            assert_string_equal(give(ways[i], (struct case_command){.outcome = 1}), "");
        }
        assert_true(!runs("follow_up_1") && runs("follow_up_2"));
        assert_true(case_clock_find(&state, "follow_up_2")->due_at_ms == due_ms);
        assert_int_equal(case_clock_find(&state, "follow_up_2")->version, 2);
    }
}

static void test_visits_of_a_crisis_before_do_not_come_back(void **unused) {
    (void)unused;
    promise_visits();
    visit(REDRESS__V1__VISIT_OUTCOME__VISIT_OUTCOME_DONE);
    now += HOUR;
    assert_true(assess(2, REDRESS__V1__CRISIS_LEVEL__CRISIS_LEVEL_R4)->crisis_confirmed);
    state.status = CASE_CLOSED; // before the new ones were armed
    complainant(INPUT_REOPEN_CASE);
    assert_false(runs("follow_up_1"));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        TEST(test_each_visit_stops_its_own_clock_and_an_unreached_one_none),
        TEST(test_the_next_visit_is_none_before_the_one_before_was_due),
        TEST(test_each_late_visit_is_tried_as_often),
        TEST(test_a_rescue_says_how_grave_a_crisis_was),
        TEST(test_a_rescue_is_recorded_also_after_the_end),
        TEST(test_a_crisis_that_is_named_after_all_its_visits_is_visited_anew),
        TEST(test_a_visit_that_nobody_owes_or_is_due_before_waits_for_nothing),
        TEST(test_what_was_late_before_this_crisis_is_owed_no_more),
        TEST(test_who_is_sent_an_ambulance_is_visited_from_the_beginning),
        TEST(test_a_worse_crisis_is_visited_from_the_beginning),
        TEST(test_a_case_closes_once_the_visits_are_done),
        TEST(test_a_late_visit_that_was_tried_often_enough_holds_up_no_closure),
        TEST(test_visits_go_on_whatever_ends_the_case),
        TEST(test_visits_that_are_armed_after_the_end_run_until_nobody_can_visit),
        TEST(test_a_reopening_brings_back_visits_that_were_still_owed),
        TEST(test_visits_of_a_crisis_before_do_not_come_back),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
