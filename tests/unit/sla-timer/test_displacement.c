// SPDX-License-Identifier: Apache-2.0
// What an assessment makes of clocks that run, on the example region's policies.
#include "example_rules.h"

// Received at 10:00 on 5 August, assessed at noon.
static struct timer_assessment assessment_of(const char *before, const char *now) {
    struct timer_assessment assessment = {
        .before = fact_of("first-hospital", 0, "2026-08-05T12:00:00+08:00")};
    assessment.now = assessment.before;
    assessment.before.situations = before;
    assessment.now.situations = now;
    assessment.now.reason = "assessed";
    assessment.reached_at_ms[MILESTONE_CASE_REGISTERED] = ms("2026-08-05T10:00:00+08:00");
    return assessment;
}

static const struct timer_end *end_named(const struct timer_displacement *found, const char *name) {
    for (size_t i = 0; i < found->end_count; i++) {
        if (strcmp(found->ends[i].name, name) == 0) {
            return &found->ends[i];
        }
    }
    return NULL;
}

static void test_a_petitions_limit_waits_for_its_acceptance(void **unused) {
    (void)unused;
    struct timer_displacement found = {.arms = arms};
    struct timer_assessment assessment = assessment_of("", "petition");
    timer_displace(&rules, &assessment, &found);
    assert_int_equal(found.arm_count, 0);
    assert_int_equal(found.end_count, 1);
    assert_string_equal(found.ends[0].name, "resolution");
    assert_true(found.ends[0].started_at_ms == ms("2026-08-05T10:00:00+08:00"));
    assert_string_equal(found.ends[0].begins_on, "case_accepted");
    assert_string_equal(found.ends[0].policy_version, "cn-petition@1");
    assessment = assessment_of("", "");
    timer_displace(&rules, &assessment, &found);
    assert_int_equal(found.end_count + found.arm_count, 0);
}

static void test_a_petition_that_was_accepted_counts_from_there(void **unused) {
    (void)unused;
    struct timer_displacement found = {.arms = arms};
    struct timer_assessment assessment = assessment_of("", "petition");
    assessment.reached_at_ms[MILESTONE_CASE_ACCEPTED] = ms("2026-08-05T11:00:00+08:00");
    timer_displace(&rules, &assessment, &found);
    assert_int_equal(found.end_count, 0);
    assert_int_equal(found.arm_count, 1);
    assert_string_equal(arms[0].terms.name, "resolution");
    assert_string_equal(arms[0].terms.policy_version, "cn-petition@1");
    assert_true(arms[0].terms.started_at_ms == ms("2026-08-05T11:00:00+08:00"));
    assert_string_equal(arms[0].reason, "assessed");
}

static void test_what_is_no_petition_any_more_owes_what_others_owe(void **unused) {
    (void)unused;
    struct timer_displacement found = {.arms = arms};
    struct timer_assessment assessment = assessment_of("petition", "");
    assessment.reached_at_ms[MILESTONE_CASE_ACCEPTED] = ms("2026-08-05T11:00:00+08:00");
    timer_displace(&rules, &assessment, &found);
    const struct timer_end *acceptance = end_named(&found, "acceptance");
    assert_non_null(acceptance); // no rule asks for it
    assert_string_equal(acceptance->begins_on, "");
    assert_string_equal(acceptance->policy_version, "");
    assert_null(end_named(&found, "resolution")); // it goes on, from the registration
    struct clock_run run = {.name = "resolution",
                            .started_at_ms = ms("2026-08-05T11:00:00+08:00"),
                            .restarted_on = "",
                            .changes = {{.from_ms = ms("2026-08-05T11:30:00+08:00")}},
                            .change_count = 1};
    assert_true(timer_move_run(&rules, &assessment, &run));
    assert_true(run.started_at_ms == ms("2026-08-05T10:00:00+08:00"));
    assert_int_equal(run.change_count, 1);
    run.restarted_on = "rework";
    run.started_at_ms = ms("2026-08-05T11:45:00+08:00");
    assert_true(timer_move_run(&rules, &assessment, &run));
    assert_true(run.started_at_ms == ms("2026-08-05T11:45:00+08:00")); // what began again stays
}

static void test_a_run_without_its_beginning_is_not_counted_again(void **unused) {
    (void)unused;
    const struct timer_assessment assessment = assessment_of("", "petition");
    struct clock_run run = {.name = "resolution",
                            .started_at_ms = ms("2026-08-05T10:00:00+08:00"),
                            .restarted_on = "",
                            .changes = {{.from_ms = ms("2026-08-05T11:30:00+08:00")}},
                            .change_count = 1};
    assert_false(timer_move_run(&rules, &assessment, &run));
    struct timer_assessment accepted = assessment;
    accepted.reached_at_ms[MILESTONE_CASE_ACCEPTED] = ms("2026-08-05T11:45:00+08:00");
    assert_true(timer_move_run(&rules, &accepted, &run));
    assert_int_equal(run.change_count, 0); // of before it
}

// Reopened on new facts as a petition, which is accepted anew then; then it is none.
static void test_what_would_have_begun_again_begins_with_the_reopening(void **unused) {
    (void)unused;
    struct timer_displacement found = {.arms = arms};
    struct timer_assessment assessment = assessment_of("petition", "");
    assessment.reached_at_ms[MILESTONE_CASE_REGISTERED] = 0;
    assessment.reached_at_ms[MILESTONE_CASE_ACCEPTED] = ms("2026-08-05T11:30:00+08:00");
    assessment.restarted_at_ms = ms("2026-08-05T11:00:00+08:00");
    assessment.restarted_on = "new-facts";
    timer_displace(&rules, &assessment, &found);
    assert_int_equal(found.arm_count, 1);
    assert_string_equal(arms[0].terms.name, "resolution");
    assert_string_equal(arms[0].terms.restarted_on, "new-facts");
    assert_true(arms[0].terms.started_at_ms == assessment.restarted_at_ms);
    assert_null(end_named(&found, "resolution")); // it goes on by the other rule
    struct clock_run run = {
        .name = "resolution", .started_at_ms = ms("2026-08-05T11:30:00+08:00"), .restarted_on = ""};
    assert_true(timer_move_run(&rules, &assessment, &run));
    assert_true(run.started_at_ms == ms("2026-08-05T11:30:00+08:00"));
}

static void test_who_is_no_major_case_any_more_is_promised_no_progress(void **unused) {
    (void)unused;
    struct timer_displacement found = {.arms = arms};
    struct timer_assessment assessment = assessment_of("", "");
    assessment.before.urgency = 1;
    assessment.now.urgency = 3;
    timer_displace(&rules, &assessment, &found);
    assert_null(end_named(&found, "progress")); // it was never promised
    assessment.reached_at_ms[MILESTONE_CASE_IS_MAJOR] = ms("2026-08-05T11:00:00+08:00");
    timer_displace(&rules, &assessment, &found);
    assert_int_equal(found.end_count, 1);
    assert_string_equal(end_named(&found, "progress")->begins_on, "");
    assessment.reached_at_ms[MILESTONE_CASE_IS_MAJOR] = 0; // before the case was closed
    assessment.restarted_at_ms = ms("2026-08-05T11:30:00+08:00");
    assessment.restarted_on = "new-facts";
    timer_displace(&rules, &assessment, &found);
    assert_non_null(end_named(&found, "progress"));
    assessment.now.urgency = 2; // other terms, but a promise still
    timer_displace(&rules, &assessment, &found);
    assert_null(end_named(&found, "progress"));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_petitions_limit_waits_for_its_acceptance),
        cmocka_unit_test(test_a_petition_that_was_accepted_counts_from_there),
        cmocka_unit_test(test_what_is_no_petition_any_more_owes_what_others_owe),
        cmocka_unit_test(test_a_run_without_its_beginning_is_not_counted_again),
        cmocka_unit_test(test_what_would_have_begun_again_begins_with_the_reopening),
        cmocka_unit_test(test_who_is_no_major_case_any_more_is_promised_no_progress),
    };
    return cmocka_run_group_tests(tests, load, unload);
}
