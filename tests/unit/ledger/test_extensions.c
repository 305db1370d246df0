// SPDX-License-Identifier: Apache-2.0
// Extensions: asked for, decided, denied, and what flags say of clocks.
#include "hospital_case.h"

static void test_an_extension_is_asked_for_then_granted_by_the_packs_role_once(void **unused) {
    (void)unused;
    assert_string_equal(do_as(INPUT_REQUEST_EXTENSION, ROLE_HANDLER, EXTENSION(5)), "");
    assert_string_equal(state.extension.requester, "shen-yue");
    assert_string_equal(do_as(INPUT_REQUEST_EXTENSION, ROLE_HANDLER, EXTENSION(1)),
                        "extension-open");
    assert_string_equal(decide("tang-wei", ROLE_HANDLER, true, 5), "not-approved");
    state.extension_denied_to = plans_extension_denied_to(region, &state, now);
    assert_int_equal(state.extension_denied_to & (ROLE_HANDLER | ROLE_SUPERVISOR), ROLE_HANDLER);
    assert_string_equal(decide("tang-wei", ROLE_HANDLER, true, 5), "not-approved");
    assert_string_equal(decide("tang-wei", ROLE_HANDLER, false, 5), "not-approved");
    assert_string_equal(decide("shen-yue", ROLE_SUPERVISOR, true, 5), "own-request");
    assert_string_equal(decide("tang-wei", ROLE_SUPERVISOR, true, 5), "");
    assert_true(resolution()->due_at_ms == ms("2026-03-17T00:00:00+08:00"));
    assert_true(decision.facts[0].body.extension_decided.previous_due_at_ms ==
                ms("2026-03-10T00:00:00+08:00"));
    assert_string_equal(decision.facts[1].body.clock_armed.reason, "extended");
    assert_string_equal(do_as(INPUT_REQUEST_EXTENSION, ROLE_HANDLER, EXTENSION(5)), "too-often");
}

static void test_what_was_asked_by_whom_is_in_conflict_by_now_is_denied_alone(void **unused) {
    (void)unused;
    assert_string_equal(do_as(INPUT_REQUEST_EXTENSION, ROLE_HANDLER, EXTENSION(5)), "");
    case_add_conflict(&state, "shen-yue");
    assert_string_equal(decide("tang-wei", ROLE_SUPERVISOR, true, 5), "requester-in-conflict");
    assert_string_equal(decide("tang-wei", ROLE_SUPERVISOR, false, 5), "");
}

static void breach_resolution(void) {
    Redress__V1__BreachClock message = REDRESS__V1__BREACH_CLOCK__INIT;
    now = resolution()->due_at_ms;
    message.name = "resolution";
    message.version = resolution()->version;
    put((struct case_input){
        .kind = INPUT_BREACH_CLOCK, .actor = "sla-timer", .of.breach = &message});
    assert_int_equal(resolution()->state, CLOCK_STATE_BREACHED);
}

static void test_flags_follow_from_the_clocks(void **unused) {
    (void)unused;
    do_as(INPUT_REQUEST_EXTENSION, ROLE_HANDLER, EXTENSION(5));
    assert_false(case_is_extended(&state) || case_is_overdue(&state));
    do_as(INPUT_SUSPEND, ROLE_HANDLER, (struct case_command){.detail = "appraisal"});
    assert_false(case_is_extended(&state)); // a pause is none
    assert_string_equal(decide("tang-wei", ROLE_SUPERVISOR, true, 5), "");
    assert_true(case_is_extended(&state));
    do_as(INPUT_RESUME, ROLE_HANDLER, (struct case_command){0});
    assert_true(case_is_extended(&state));
    breach_resolution();
    assert_true(case_is_overdue(&state));
    assert_false(case_is_extended(&state)); // its run has ended
}

static void test_what_was_asked_of_a_run_is_forgotten_with_its_breach(void **unused) {
    (void)unused;
    assert_string_equal(do_as(INPUT_REQUEST_EXTENSION, ROLE_HANDLER, EXTENSION(5)), "");
    breach_resolution();
    assert_string_equal(state.extension.clock, "");
    assert_string_equal(decide("tang-wei", ROLE_SUPERVISOR, true, 5), "no-extension-open");
}

static void test_what_was_asked_of_a_run_is_forgotten_where_it_begins_again(void **unused) {
    (void)unused;
    do_as(INPUT_REQUEST_EXTENSION, ROLE_HANDLER, EXTENSION(5));
    rearm("amended", 1, resolution()->due_at_ms + HOUR_MS, false);
    assert_string_equal(state.extension.clock, "resolution"); // the same run
    now += HOUR_MS;
    rearm_since("started", 0, now, resolution()->due_at_ms + HOUR_MS);
    assert_true(resolution()->started_at_ms == now);
    assert_string_equal(state.extension.clock, "");
}

static void test_what_was_asked_in_a_round_is_forgotten_with_its_rework(void **unused) {
    (void)unused;
    do_as(INPUT_DECIDE, ROLE_HANDLER, (struct case_command){.outcome = 1});
    do_as(INPUT_REPLY, ROLE_HANDLER, (struct case_command){0});
    snprintf(state.extension.clock, sizeof state.extension.clock, "of-another-clock");
    assert_string_equal(do_as(INPUT_REWORK, ROLE_SUPERVISOR, (struct case_command){0}), "");
    assert_string_equal(state.extension.clock, "");
}

static void test_an_extension_that_no_pack_allows_is_refused_at_once(void **unused) {
    (void)unused;
    struct case_command months = EXTENSION(1);
    struct case_command unknown = EXTENSION(1);
    months.value_unit = "fortnights";
    unknown.clock = "review";
    assert_string_equal(do_as(INPUT_REQUEST_EXTENSION, ROLE_HANDLER, EXTENSION(6)), "too-long");
    assert_string_equal(do_as(INPUT_REQUEST_EXTENSION, ROLE_HANDLER, months), "unknown-code");
    assert_string_equal(do_as(INPUT_REQUEST_EXTENSION, ROLE_HANDLER, unknown), "unknown-code");
    now = ms("2026-03-10T00:00:01+08:00");
    assert_string_equal(do_as(INPUT_REQUEST_EXTENSION, ROLE_HANDLER, EXTENSION(5)), "too-late");
}

static bool may_extend(void) {
    state.asked_at_ms = now;
    return !plans_never(region, &state, INPUT_REQUEST_EXTENSION, NULL);
}

static void test_what_can_be_asked_for_is_offered_alone(void **unused) {
    (void)unused;
    assert_true(may_extend());
    do_as(INPUT_REQUEST_EXTENSION, ROLE_HANDLER, EXTENSION(5));
    assert_false(may_extend()); // "extension-open"
    decide("tang-wei", ROLE_SUPERVISOR, false, 5);
    assert_true(may_extend());
    do_as(INPUT_REQUEST_EXTENSION, ROLE_HANDLER, EXTENSION(5));
    decide("tang-wei", ROLE_SUPERVISOR, true, 5);
    assert_false(may_extend()); // "too-often"
}

static void test_no_extension_is_offered_where_no_pack_allows_one_or_it_is_too_late(void **unused) {
    (void)unused;
    snprintf(state.tenant, sizeof state.tenant, "hope-line");
    assert_false(may_extend());
    assert_string_equal(do_as(INPUT_REQUEST_EXTENSION, ROLE_HANDLER, EXTENSION(1)), "no-extension");
    snprintf(state.tenant, sizeof state.tenant, "first-hospital");
    assert_true(may_extend());
    now = ms("2026-03-10T00:00:01+08:00");
    assert_false(may_extend());
}

static void test_other_commands_are_left_to_their_own_rules(void **unused) {
    (void)unused;
    snprintf(state.tenant, sizeof state.tenant, "hope-line");
    assert_false(plans_never(region, &state, INPUT_DECIDE_EXTENSION, NULL)); // it can be denied
    assert_false(plans_never(region, &state, INPUT_REPLY, NULL));
}

static void test_a_denied_extension_changes_nothing_and_can_be_asked_for_again(void **unused) {
    (void)unused;
    do_as(INPUT_REQUEST_EXTENSION, ROLE_HANDLER, EXTENSION(5));
    assert_string_equal(decide("tang-wei", ROLE_SUPERVISOR, false, 5), "");
    assert_int_equal(resolution()->version, 1);
    assert_string_equal(do_as(INPUT_REQUEST_EXTENSION, ROLE_HANDLER, EXTENSION(5)), "");
    now = ms("2026-03-11T00:00:00+08:00"); // asked before expiry, decided after it
    assert_string_equal(decide("tang-wei", ROLE_SUPERVISOR, true, 5), "too-late");
    assert_string_equal(decide("tang-wei", ROLE_SUPERVISOR, false, 5), "");
}

static void test_an_extension_while_a_clock_rests_counts_when_it_runs_again(void **unused) {
    (void)unused;
    do_as(INPUT_SUSPEND, ROLE_HANDLER, (struct case_command){.detail = "appraisal"});
    now = ms("2026-03-04T09:00:00+08:00");
    do_as(INPUT_REQUEST_EXTENSION, ROLE_HANDLER, EXTENSION(5));
    assert_string_equal(decide("tang-wei", ROLE_SUPERVISOR, true, 5), "");
    assert_int_equal(resolution()->state, CLOCK_STATE_PAUSED);
    now = ms("2026-03-05T09:00:00+08:00");
    do_as(INPUT_RESUME, ROLE_HANDLER, (struct case_command){0});
    assert_true(resolution()->due_at_ms == ms("2026-03-19T00:00:00+08:00")); // 2 paused, 5 more
    const Redress__V1__CaseResumed *resumed = &decision.facts[0].body.resumed;
    assert_true(resumed->extended); // the complainant was told the latest date
    assert_string_equal(resumed->clock, "resolution");
    assert_true(resumed->due_at_ms == resolution()->due_at_ms);
}

static void test_a_pack_may_leave_an_extension_to_counsellors(void **unused) {
    (void)unused;
    struct policy_case about;
    struct policy_choice choice;
    region_case(region, "first-hospital", &about);
    assert_true(
        policy_choose(region->policies, region->policy_count, &about, "resolution", now, &choice));
    struct policy_extension *extension = choice.rule->extension;
    uint32_t approved_by = extension->approved_by;
    extension->approved_by = POLICY_COUNSELLOR;
    assert_string_equal(do_as(INPUT_REQUEST_EXTENSION, ROLE_HANDLER, EXTENSION(5)), "");
    state.extension_denied_to = plans_extension_denied_to(region, &state, now);
    const char *by_supervisor = decide("tang-wei", ROLE_SUPERVISOR, true, 5);
    assert_string_equal(by_supervisor, "not-approved");
    assert_string_equal(decide("yan-qi", ROLE_COUNSELLOR, true, 5), "");
    extension->approved_by = approved_by;
}

int main(void) {
    const struct CMUnitTest tests[] = {
        TEST(test_an_extension_is_asked_for_then_granted_by_the_packs_role_once),
        TEST(test_a_pack_may_leave_an_extension_to_counsellors),
        TEST(test_what_was_asked_by_whom_is_in_conflict_by_now_is_denied_alone),
        TEST(test_flags_follow_from_the_clocks),
        TEST(test_what_was_asked_of_a_run_is_forgotten_with_its_breach),
        TEST(test_what_was_asked_of_a_run_is_forgotten_where_it_begins_again),
        TEST(test_what_was_asked_in_a_round_is_forgotten_with_its_rework),
        TEST(test_an_extension_that_no_pack_allows_is_refused_at_once),
        TEST(test_what_can_be_asked_for_is_offered_alone),
        TEST(test_no_extension_is_offered_where_no_pack_allows_one_or_it_is_too_late),
        TEST(test_other_commands_are_left_to_their_own_rules),
        TEST(test_a_denied_extension_changes_nothing_and_can_be_asked_for_again),
        TEST(test_an_extension_while_a_clock_rests_counts_when_it_runs_again),
    };
    return cmocka_run_group_tests(tests, load, unload);
}
