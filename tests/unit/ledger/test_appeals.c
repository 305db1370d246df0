// SPDX-License-Identifier: Apache-2.0
// The time in which a review, and a review of that, may be asked for.
#include "command_access.h"
#include "hospital_case.h"
#include "permission.h"

static bool opens_re_review(void) {
    bool opens = false;
    for (size_t i = 0; i < decision.count; i++) {
        uint64_t reached = milestones_of(&decision.facts[i].body.base);
        opens = opens || (reached & MILESTONE_BIT(MILESTONE_RE_REVIEW_OPEN)) != 0;
    }
    return opens;
}

// The clock that lapses stops with the case, or was never armed; the right does not end with it.
static void test_an_appeal_is_open_until_the_packs_time_is_over_or_was_used(void **unused) {
    (void)unused;
    do_as(INPUT_DECIDE, ROLE_HANDLER, (struct case_command){.outcome = 1});
    do_as(INPUT_REPLY, ROLE_HANDLER, (struct case_command){.attempts = 1});
    assert_true(plans_appeal_until(region, &state) == ms("2026-04-03T00:00:00+08:00")); // ours
    snprintf(state.situations, sizeof state.situations, "petition");
    do_as(INPUT_FOLLOW_UP, ROLE_SUPERVISOR, (struct case_command){.reached = true, .solved = true});
    do_as(INPUT_CLOSE, ROLE_SUPERVISOR, (struct case_command){0});
    assert_int_equal(state.status, CASE_CLOSED);
    assert_null(case_clock_find(&state, "review_request"));
    assert_true(plans_appeal_until(region, &state) == ms("2026-04-03T00:00:00+08:00"));
    struct case_state ended = state;
    ended.status = CASE_WITHDRAWN; // nobody reviews what has no decision any more
    assert_int_equal(plans_appeal_until(region, &ended), 0);
    do_as(INPUT_REVIEW, ROLE_SUPERVISOR, (struct case_command){0});
    assert_int_equal(plans_appeal_until(region, &state), 0);
    now = ms("2026-03-30T09:00:00+08:00");
    assert_string_equal(
        give(INPUT_DECIDE_REVIEW, "ren", ROLE_REVIEWER, (struct case_command){.outcome = 1}), "");
    assert_true(plans_appeal_until(region, &state) == ms("2026-04-30T00:00:00+08:00"));
    do_as(INPUT_RE_REVIEW, ROLE_SUPERVISOR, (struct case_command){0});
    assert_int_equal(plans_appeal_until(region, &state), 0);
}

// What is sent back can't be appealed at once: the time for that begins with the new reply.
static void test_after_a_returned_review_the_next_level_opens_with_the_new_reply(void **unused) {
    (void)unused;
    const struct case_command reached = {.reached = true, .solved = true};
    const struct case_command returned = {.outcome =
                                              REDRESS__V1__REVIEW_RESULT__REVIEW_RESULT_RETURNED};
    snprintf(state.situations, sizeof state.situations, "petition");
    do_as(INPUT_DECIDE, ROLE_HANDLER, (struct case_command){.outcome = 1});
    do_as(INPUT_REPLY, ROLE_HANDLER, (struct case_command){.attempts = 1});
    assert_false(opens_re_review());
    do_as(INPUT_FOLLOW_UP, ROLE_SUPERVISOR, reached);
    do_as(INPUT_CLOSE, ROLE_SUPERVISOR, (struct case_command){0});
    do_as(INPUT_REVIEW, ROLE_SUPERVISOR, (struct case_command){0});
    assert_string_equal(give(INPUT_DECIDE_REVIEW, "ren", ROLE_REVIEWER, returned), "");
    assert_int_equal(state.status, CASE_REWORK);
    assert_false(opens_re_review());
    assert_int_equal(plans_appeal_until(region, &state), 0);
    now = ms("2026-03-30T09:00:00+08:00");
    give(INPUT_SIGN, "gao", ROLE_HANDLER, (struct case_command){0});
    give(INPUT_DECIDE, "gao", ROLE_HANDLER, (struct case_command){.outcome = 1});
    give(INPUT_REPLY, "gao", ROLE_HANDLER, (struct case_command){.attempts = 1});
    assert_true(opens_re_review());
    assert_true(plans_appeal_until(region, &state) == ms("2026-04-30T00:00:00+08:00"));
    arm("review_request", "review_requested", "2026-03-30T09:00:00+08:00",
        "2026-04-30T00:00:00+08:00");
    assert_null(case_clock_find(&state, "review_request")); // that level has reviewed it
    arm("re_review_request", "re_review_requested", "2026-03-30T09:00:00+08:00",
        "2026-04-30T00:00:00+08:00");
    assert_true(case_clock_runs(case_clock_find(&state, "re_review_request")));
}

static void test_a_review_names_whose_decisions_it_is_about(void **unused) {
    (void)unused;
    do_as(INPUT_DECIDE, ROLE_HANDLER, (struct case_command){.outcome = 1});
    do_as(INPUT_REPLY, ROLE_HANDLER, (struct case_command){.attempts = 1});
    do_as(INPUT_FOLLOW_UP, ROLE_SUPERVISOR, (struct case_command){.reached = true, .solved = true});
    do_as(INPUT_CLOSE, ROLE_SUPERVISOR, (struct case_command){0});
    do_as(INPUT_REVIEW, ROLE_SUPERVISOR, (struct case_command){0});
    const Redress__V1__ReviewRequested *first = &decision.facts[0].body.review_requested;
    assert_int_equal(first->n_decided_by, 1);
    assert_string_equal(first->decided_by[0], state.decider);
    give(INPUT_DECIDE_REVIEW, "ren", ROLE_REVIEWER, (struct case_command){.outcome = 1});
    do_as(INPUT_RE_REVIEW, ROLE_SUPERVISOR, (struct case_command){0});
    const Redress__V1__FinalReviewRequested *last = &decision.facts[0].body.final_review_requested;
    assert_int_equal(last->n_decided_by, 2);
    assert_string_equal(last->decided_by[1], "ren");
    give(INPUT_DECIDE_REVIEW, "su", ROLE_REVIEWER, (struct case_command){.outcome = 1});
    assert_int_equal(state.status, CASE_FINAL);
    assert_int_equal(milestones_of(&decision.facts[0].body.base),
                     MILESTONE_BIT(MILESTONE_RE_REVIEW_DECIDED)); // and nothing opens after it
}

static bool may(enum input_kind kind) {
    const struct case_actor actor = {
        .subject = "tang-wei", .roles = ROLE_SUPERVISOR, .tenants = "first-hospital"};
    access_ask_policy(region, &state, now);
    return case_permits(&state, kind, &actor) == NULL;
}

// Where no pack names a time: what may be reviewed is not archived, and the other way about.
static void
test_what_no_pack_bounds_is_archived_after_thirty_days_and_reviewed_before(void **unused) {
    (void)unused;
    const struct case_command reached = {.reached = true, .solved = true};
    do_as(INPUT_DECIDE, ROLE_HANDLER, (struct case_command){.outcome = 1});
    do_as(INPUT_REPLY, ROLE_HANDLER, (struct case_command){.attempts = 1});
    now = ms("2026-03-20T09:00:00+08:00"); // from the closure, not from the reply
    do_as(INPUT_FOLLOW_UP, ROLE_SUPERVISOR, reached);
    do_as(INPUT_CLOSE, ROLE_SUPERVISOR, (struct case_command){0});
    assert_true(may(INPUT_REVIEW) && !may(INPUT_ARCHIVE));
    assert_true(state.appeal_until_ms == ms("2026-04-21T00:00:00+08:00")); // the 19th is a Sunday
    now = ms("2026-04-21T00:00:00+08:00") - 1;
    assert_true(may(INPUT_REVIEW) && !may(INPUT_ARCHIVE));
    now++;
    assert_true(!may(INPUT_REVIEW) && may(INPUT_ARCHIVE));
    now = ms("2026-04-01T09:00:00+08:00");
    assert_true(may(INPUT_REVIEW));
    do_as(INPUT_REVIEW, ROLE_SUPERVISOR, (struct case_command){0});
    assert_false(may(INPUT_ARCHIVE));
    now = ms("2026-04-10T09:00:00+08:00");
    give(INPUT_DECIDE_REVIEW, "ren", ROLE_REVIEWER, (struct case_command){.outcome = 1});
    assert_int_equal(state.status, CASE_CLOSED);
    assert_true(may(INPUT_RE_REVIEW) && !may(INPUT_ARCHIVE)); // 30 days again
    now = ms("2026-05-12T00:00:00+08:00");
    assert_true(!may(INPUT_RE_REVIEW) && may(INPUT_ARCHIVE));
}

static void test_whoever_closes_late_leaves_the_whole_time_for_a_review(void **unused) {
    (void)unused;
    const struct case_command reached = {.reached = true, .solved = true};
    snprintf(state.situations, sizeof state.situations, "petition");
    do_as(INPUT_DECIDE, ROLE_HANDLER, (struct case_command){.outcome = 1});
    do_as(INPUT_REPLY, ROLE_HANDLER, (struct case_command){.attempts = 1});
    assert_true(plans_appeal_until(region, &state) == ms("2026-04-03T00:00:00+08:00"));
    now = ms("2026-04-10T09:00:00+08:00");
    do_as(INPUT_FOLLOW_UP, ROLE_SUPERVISOR, reached);
    do_as(INPUT_CLOSE, ROLE_SUPERVISOR, (struct case_command){0});
    assert_true(may(INPUT_REVIEW) && !may(INPUT_ARCHIVE));
    assert_true(state.appeal_until_ms == ms("2026-05-12T00:00:00+08:00")); // the 10th is a Sunday
    now = ms("2026-05-12T00:00:00+08:00");
    assert_true(!may(INPUT_REVIEW) && may(INPUT_ARCHIVE));
}

static void test_what_is_handled_anew_or_archived_has_no_reply_to_appeal(void **unused) {
    (void)unused;
    const struct case_command reached = {.reached = true, .solved = true};
    do_as(INPUT_DECIDE, ROLE_HANDLER, (struct case_command){.outcome = 1});
    do_as(INPUT_REPLY, ROLE_HANDLER, (struct case_command){.attempts = 1});
    do_as(INPUT_FOLLOW_UP, ROLE_SUPERVISOR, reached);
    do_as(INPUT_CLOSE, ROLE_SUPERVISOR, (struct case_command){0});
    assert_true(plans_appeal_until(region, &state) != 0);
    struct case_state archived = state;
    archived.status = CASE_ARCHIVED;
    assert_int_equal(plans_appeal_until(region, &archived), 0);
    now += HOUR_MS;
    do_as(INPUT_REOPEN, ROLE_SUPERVISOR,
          (struct case_command){.outcome = REDRESS__V1__REOPEN_GROUND__REOPEN_GROUND_NEW_FACTS});
    assert_int_equal(state.status, CASE_TRIAGED);
    assert_int_equal(plans_appeal_until(region, &state), 0);
}

static void test_what_is_closed_without_a_reply_is_not_archived_at_once_either(void **unused) {
    (void)unused;
    snprintf(state.situations, sizeof state.situations, "petition");
    state.status = CASE_CLOSED; // after an emergency
    state.closed_at_ms = now;
    assert_true(may(INPUT_REVIEW) && !may(INPUT_ARCHIVE));
    now += 31 * INT64_C(86400000);
    assert_true(!may(INPUT_REVIEW) && may(INPUT_ARCHIVE));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        TEST(test_an_appeal_is_open_until_the_packs_time_is_over_or_was_used),
        TEST(test_after_a_returned_review_the_next_level_opens_with_the_new_reply),
        TEST(test_a_review_names_whose_decisions_it_is_about),
        TEST(test_what_no_pack_bounds_is_archived_after_thirty_days_and_reviewed_before),
        TEST(test_whoever_closes_late_leaves_the_whole_time_for_a_review),
        TEST(test_what_is_handled_anew_or_archived_has_no_reply_to_appeal),
        TEST(test_what_is_closed_without_a_reply_is_not_archived_at_once_either),
    };
    return cmocka_run_group_tests(tests, load, unload);
}
