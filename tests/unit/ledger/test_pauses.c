// SPDX-License-Identifier: Apache-2.0
// Pauses of a case's clocks: grounds, caps, amendments, and other rules meanwhile.
#include "hospital_case.h"

static void test_a_pause_moves_the_due_time_by_its_days(void **unused) {
    (void)unused;
    const struct case_command expert = {.detail = "appraisal"};
    assert_string_equal(do_as(INPUT_SUSPEND, ROLE_HANDLER, expert), "");
    assert_int_equal(resolution()->state, CLOCK_STATE_PAUSED);
    assert_int_equal(decision.facts[1].kind, FACT_CLOCK_PAUSED);
    assert_true(decision.facts[1].body.clock_paused.until_ms == ms("2026-04-16T00:00:00+08:00"));
    now = ms("2026-03-05T09:00:00+08:00");
    assert_string_equal(do_as(INPUT_RESUME, ROLE_HANDLER, (struct case_command){0}), "");
    assert_int_equal(resolution()->state, CLOCK_STATE_RUNNING);
    assert_int_equal(resolution()->version, 2);
    assert_true(resolution()->due_at_ms == ms("2026-03-12T00:00:00+08:00")); // 2 working days
    const Redress__V1__ClockArmed *armed = &decision.facts[1].body.clock_armed;
    assert_false(decision.facts[0].body.resumed.extended); // nobody was told a date
    assert_string_equal(armed->reason, "resumed");
    assert_true(armed->previous_due_at_ms > resolution()->due_at_ms); // at the latest, then
}

static void test_waiting_for_the_complainant_pauses_nothing(void **unused) {
    (void)unused;
    const struct case_command waiting = {.detail = "complainant"};
    assert_string_equal(do_as(INPUT_SUSPEND, ROLE_HANDLER, waiting), "unknown-code");
    assert_int_equal(resolution()->state, CLOCK_STATE_RUNNING);
}

static void test_the_cap_counts_all_pauses_together(void **unused) {
    (void)unused;
    const struct case_command expert = {.detail = "appraisal"};
    do_as(INPUT_SUSPEND, ROLE_HANDLER, expert);
    now = ms("2026-04-03T09:00:00+08:00"); // 23 working days of 30
    do_as(INPUT_RESUME, ROLE_HANDLER, (struct case_command){0});
    assert_string_equal(do_as(INPUT_SUSPEND, ROLE_HANDLER, expert), "");
    assert_true(decision.facts[1].body.clock_paused.until_ms == ms("2026-04-16T00:00:00+08:00"));
    now = ms("2026-04-20T09:00:00+08:00");
    do_as(INPUT_RESUME, ROLE_HANDLER, (struct case_command){0});
    assert_true(state.changes[1].to_ms == ms("2026-04-16T00:00:00+08:00")); // not when it was seen
    assert_string_equal(do_as(INPUT_SUSPEND, ROLE_HANDLER, expert), "cap-used");
}

static bool may_wait(void) {
    state.asked_at_ms = now;
    return !plans_never(region, &state, INPUT_SUSPEND, NULL);
}

static void test_who_may_suspend_nothing_is_not_offered_it(void **unused) {
    (void)unused;
    assert_true(may_wait());
    snprintf(state.tenant, sizeof state.tenant, "hope-line"); // its packs know no ground
    assert_false(may_wait());
    assert_string_equal(
        do_as(INPUT_SUSPEND, ROLE_HANDLER, (struct case_command){.detail = "appraisal"}),
        "unknown-code");
}

static void test_a_cap_that_is_used_up_leaves_the_other_grounds(void **unused) {
    (void)unused;
    static const char *const grounds[] = {"appraisal", "hearing", "testing"};
    for (size_t i = 0; i < sizeof grounds / sizeof grounds[0]; i++) {
        struct case_command on = {.detail = grounds[i]};
        assert_true(may_wait());
        assert_string_equal(do_as(INPUT_SUSPEND, ROLE_HANDLER, on), "");
        now = decision.facts[1].body.clock_paused.until_ms + HOUR_MS;
        assert_string_equal(do_as(INPUT_RESUME, ROLE_HANDLER, (struct case_command){0}), "");
    }
    assert_false(may_wait());
    struct case_command none = {.detail = "appraisal"};
    assert_string_equal(do_as(INPUT_SUSPEND, ROLE_HANDLER, none), "cap-used");
}

static void test_no_room_for_another_pause_is_none_to_offer(void **unused) {
    (void)unused;
    state.change_count = CASE_CHANGES;
    assert_false(may_wait());
    struct case_command expert = {.detail = "appraisal"};
    assert_string_equal(do_as(INPUT_SUSPEND, ROLE_HANDLER, expert), "too-many");
}

static void test_a_pause_ends_by_itself_only_when_its_cap_is_used_up(void **unused) {
    (void)unused;
    int64_t due = ms("2026-04-22T00:00:00+08:00");
    do_as(INPUT_SUSPEND, ROLE_HANDLER, (struct case_command){.detail = "hearing"});
    rearm("resumed", 1, due, false);
    assert_int_equal(decision.count, 0); // too early
    rearm("assessed", 0, due, false);
    assert_int_equal(resolution()->state, CLOCK_STATE_PAUSED);
    now = ms("2026-04-16T00:00:00+08:00");
    rearm("resumed", 2, due, false);
    assert_int_equal(decision.count, 0); // another version
    rearm("resumed", 1, due, false);
    assert_int_equal(resolution()->state, CLOCK_STATE_RUNNING);
    assert_true(resolution()->due_at_ms == due);
    rearm("resumed", 1, due, false);
    assert_int_equal(decision.count, 0); // once
}

static void test_a_clock_that_rests_is_amended_and_goes_on_resting(void **unused) {
    (void)unused;
    do_as(INPUT_SUSPEND, ROLE_HANDLER, (struct case_command){.detail = "hearing"});
    int64_t latest = resolution()->due_at_ms;
    int64_t until = state.changes[0].until_ms;
    rearm("amended", 1, latest + HOUR_MS, true);
    assert_int_equal(decision.count, 1);
    assert_int_equal(decision.facts[0].kind, FACT_CLOCK_PAUSED);
    const Redress__V1__ClockPaused *paused = &decision.facts[0].body.clock_paused;
    assert_true(paused->amended);
    assert_true(paused->previous_due_at_ms == latest);
    assert_true(paused->terms->due_at_ms == latest + HOUR_MS);
    assert_true(paused->until_ms == until);
    assert_string_equal(resolution()->calendar_version, "cn-state-council@2");
    assert_int_equal(resolution()->state, CLOCK_STATE_PAUSED);
    assert_int_equal(resolution()->version, 2);
    assert_true(resolution()->due_at_ms == latest + HOUR_MS);
    assert_int_equal(state.change_count, 1); // one pause
    rearm("amended", 1, latest, false);
    assert_int_equal(decision.count, 0); // of another version
    rearm("amended", 2, latest + HOUR_MS, true);
    assert_int_equal(decision.count, 0); // the same terms
    now = ms("2026-03-05T09:00:00+08:00");
    do_as(INPUT_RESUME, ROLE_HANDLER, (struct case_command){0});
    assert_int_equal(resolution()->state, CLOCK_STATE_RUNNING);
    assert_int_equal(resolution()->version, 3);
}

// 60 days of a petition, from its acceptance on the 3rd, and nothing waits by its rule; the pack's
// own 5 working days count from the registration on the 2nd.
static void test_what_became_a_petition_while_it_rested_counts_from_its_acceptance(void **unused) {
    (void)unused;
    now = ms("2026-03-04T09:00:00+08:00");
    do_as(INPUT_SUSPEND, ROLE_HANDLER, (struct case_command){.detail = "appraisal"});
    now = ms("2026-03-06T09:00:00+08:00");
    do_as(INPUT_SET_ASSESSMENT, ROLE_HANDLER, (struct case_command){.situations = "petition"});
    assert_int_equal(state.status, CASE_INVESTIGATING);
    assert_int_equal(resolution()->state, CLOCK_STATE_RUNNING);
    assert_string_equal(resolution()->policy_version, "cn-petition@1");
    assert_true(resolution()->started_at_ms == ms("2026-03-03T09:00:00+08:00"));
    assert_true(resolution()->due_at_ms == ms("2026-05-07T00:00:00+08:00")); // the 5th is a holiday
    assert_int_equal(state.change_count, 1);
}

// A centre's C case, whose rule knows an appraisal; that of A and B cases, 24 hours, knows none.
static void rest_at_a_centre(void) {
    snprintf(state.tenant, sizeof state.tenant, "anning-centre");
    do_as(INPUT_SUSPEND, ROLE_HANDLER, (struct case_command){.detail = "appraisal"});
    assert_int_equal(state.status, CASE_SUSPENDED);
    now = ms("2026-03-04T09:00:00+08:00");
}

static void check_runs_on(void) {
    const struct fact *facts = decision.facts;
    assert_int_equal(facts[0].kind, FACT_CASE_ASSESSED);
    assert_int_equal(facts[1].kind, FACT_ALARM_RAISED);
    assert_int_equal(facts[2].kind, FACT_CASE_RESUMED);
    assert_string_equal(facts[2].body.resumed.note, "");
    assert_int_equal(facts[3].kind, FACT_CLOCK_ARMED);
    assert_int_equal(decision.count, 4);
    assert_string_equal(facts[3].body.clock_armed.reason, "resumed");
    assert_int_equal(state.status, CASE_INVESTIGATING);
    assert_string_equal(case_suspension_ground(&state), "");
    assert_int_equal(resolution()->state, CLOCK_STATE_RUNNING);
    assert_true(resolution()->due_at_ms == ms("2026-03-04T09:00:00+08:00")); // a day rested
    assert_true(state.changes[0].to_ms == now);
}

static void test_a_case_whose_rule_knows_no_such_pause_any_more_runs_on_at_once(void **unused) {
    (void)unused;
    rest_at_a_centre();
    assert_string_equal(
        do_as(INPUT_SET_ASSESSMENT, ROLE_HANDLER, (struct case_command){.urgency = 1, .crisis = 5}),
        "");
    check_runs_on();
}

static void test_what_triage_finds_ends_such_a_pause_too(void **unused) {
    (void)unused;
    Redress__V1__AssessCase message = REDRESS__V1__ASSESS_CASE__INIT;
    struct case_input input = {.kind = INPUT_ASSESS, .actor = "triage", .of.assess = &message};
    rest_at_a_centre();
    message.category = "other";
    message.urgency = REDRESS__V1__URGENCY__URGENCY_P1;
    message.crisis = REDRESS__V1__CRISIS_LEVEL__CRISIS_LEVEL_R4;
    message.lexicon_version = "lexicon@1";
    plans_free(&plans);
    assert_int_equal(plans_of_rest(&plans, region, &state, &input, now, &error), RC_OK);
    put(input);
    check_runs_on();
}

static void test_a_case_whose_rule_knows_the_ground_goes_on_resting(void **unused) {
    (void)unused;
    rest_at_a_centre();
    do_as(INPUT_SET_ASSESSMENT, ROLE_HANDLER, (struct case_command){.urgency = 3});
    assert_int_equal(decision.count, 1);
    assert_int_equal(state.status, CASE_SUSPENDED);
    assert_int_equal(resolution()->state, CLOCK_STATE_PAUSED);
}

static void test_a_case_of_which_nothing_rests_runs_on_likewise(void **unused) {
    (void)unused;
    rest_at_a_centre();
    ((struct case_clock *)resolution())->state = CLOCK_STATE_BREACHED;
    do_as(INPUT_SET_ASSESSMENT, ROLE_HANDLER, (struct case_command){.urgency = 3});
    assert_int_equal(state.status, CASE_SUSPENDED);
    do_as(INPUT_SET_ASSESSMENT, ROLE_HANDLER, (struct case_command){.urgency = 2});
    assert_int_equal(decision.facts[decision.count - 1].kind, FACT_CASE_RESUMED);
    assert_int_equal(state.status, CASE_INVESTIGATING);
}

static void test_a_cap_that_was_used_up_ends_the_pause_of_what_became_a_petition(void **unused) {
    (void)unused;
    int64_t due = ms("2026-06-01T00:00:00+08:00");
    do_as(INPUT_SUSPEND, ROLE_HANDLER, (struct case_command){.detail = "appraisal"});
    int64_t until = state.changes[0].until_ms;
    now = until - 1;
    rearm_since("resumed", 1, ms("2026-03-03T09:00:00+08:00"), due);
    assert_int_equal(decision.count, 0);
    now = until;
    rearm_since("resumed", 2, ms("2026-03-03T09:00:00+08:00"), due);
    assert_int_equal(decision.count, 0);                             // another version
    rearm_since("resumed", 1, ms("2026-03-01T09:00:00+08:00"), due); // it may begin earlier too
    assert_int_equal(resolution()->state, CLOCK_STATE_RUNNING);
    assert_true(resolution()->started_at_ms == ms("2026-03-01T09:00:00+08:00"));
}

static void test_a_paused_clock_stops_with_its_case(void **unused) {
    (void)unused;
    do_as(INPUT_SUSPEND, ROLE_HANDLER, (struct case_command){.detail = "appraisal"});
    do_as(INPUT_WITHDRAW, ROLE_SUPERVISOR, (struct case_command){0});
    assert_int_equal(resolution()->state, CLOCK_STATE_STOPPED);
    assert_int_equal(state.change_count, 0);
}

// The date that stands while a clock rests counts on the whole pause: it is late after that alone,
// and then however the case ends, though nobody ran it on.
static void
test_a_clock_that_rests_is_late_after_the_latest_time_that_it_could_be_due(void **unused) {
    (void)unused;
    const struct case_command expert = {.detail = "appraisal"};
    do_as(INPUT_SUSPEND, ROLE_HANDLER, expert);
    now = ms("2026-03-05T09:00:00+08:00");
    do_as(INPUT_RESUME, ROLE_HANDLER, (struct case_command){0});
    now += HOUR_MS;
    do_as(INPUT_SUSPEND, ROLE_HANDLER, expert); // the rest of the cap
    const struct case_state resting = state;
    int64_t latest_ms = resolution()->due_at_ms;
    now = state.changes[1].until_ms;
    do_as(INPUT_RESUME, ROLE_HANDLER, (struct case_command){0});
    assert_true(resolution()->due_at_ms == latest_ms);
    for (int late = 0; late < 2; late++) {
        state = resting;
        now = latest_ms + late;
        do_as(INPUT_WITHDRAW, ROLE_SUPERVISOR, (struct case_command){0});
        assert_int_equal(state.status, CASE_WITHDRAWN);
        assert_int_equal(resolution()->state, late ? CLOCK_STATE_BREACHED : CLOCK_STATE_STOPPED);
        assert_int_equal(case_has_open_alarm(&state), late);
        assert_int_equal(state.change_count, 0);
    }
}

// It has other terms since, which are counted when it runs again.
static void
test_of_a_clock_that_was_assessed_while_it_rested_nobody_says_that_it_is_late(void **unused) {
    (void)unused;
    do_as(INPUT_SUSPEND, ROLE_HANDLER, (struct case_command){.detail = "appraisal"});
    do_as(INPUT_SET_ASSESSMENT, ROLE_HANDLER, (struct case_command){.urgency = 3});
    assert_int_equal(resolution()->state, CLOCK_STATE_PAUSED);
    now = resolution()->due_at_ms + 1;
    do_as(INPUT_WITHDRAW, ROLE_SUPERVISOR, (struct case_command){0});
    assert_int_equal(resolution()->state, CLOCK_STATE_STOPPED);
}

// A region whose policies have no rule for anything any more, as another edition may.
static void drop_rules(struct region *without) {
    static struct region *kept;
    if (without != NULL) {
        kept = region;
        *without = *region;
        without->policy_count = 0;
        region = without;
    } else {
        region = kept;
    }
}

static void test_a_clock_whose_rule_is_gone_runs_again_until_the_date_that_was_told(void **unused) {
    (void)unused;
    struct region without;
    do_as(INPUT_SUSPEND, ROLE_HANDLER, (struct case_command){.detail = "appraisal"});
    const struct case_clock rested = *resolution();
    drop_rules(&without);
    now = ms("2026-03-05T09:00:00+08:00");
    const char *code = do_as(INPUT_RESUME, ROLE_HANDLER, (struct case_command){0});
    drop_rules(NULL);
    assert_string_equal(code, "");
    assert_int_equal(state.status, CASE_INVESTIGATING);
    assert_int_equal(resolution()->state, CLOCK_STATE_RUNNING);
    assert_true(resolution()->due_at_ms == rested.due_at_ms); // no rule tells an earlier one
    assert_true(resolution()->started_at_ms == rested.started_at_ms);
    assert_int_equal(resolution()->warn_count, rested.warn_count);
    assert_int_equal(resolution()->stops_on, rested.stops_on);
    assert_string_equal(resolution()->policy_version, rested.policy_version);
    const Redress__V1__ClockTerms *terms = decision.facts[1].body.clock_armed.terms;
    assert_int_equal(terms->n_explanation, 1);
}

// The date that was told last is the extension's, whatever was computed before it and comes late.
static void test_an_extension_of_what_rests_is_in_the_date_that_stands(void **unused) {
    (void)unused;
    struct region without;
    do_as(INPUT_SUSPEND, ROLE_HANDLER, (struct case_command){.detail = "appraisal"});
    int64_t paused_due_ms = resolution()->due_at_ms;
    now = ms("2026-03-04T09:00:00+08:00");
    do_as(INPUT_REQUEST_EXTENSION, ROLE_HANDLER, EXTENSION(5));
    assert_string_equal(decide("tang-wei", ROLE_SUPERVISOR, true, 5), "");
    int64_t told_ms = decision.facts[0].body.extension_decided.due_at_ms;
    assert_true(told_ms > paused_due_ms && resolution()->due_at_ms == told_ms);
    unheard_of = 1;
    rearm("amended", 1, paused_due_ms + HOUR_MS, false);
    unheard_of = 0;
    assert_int_equal(decision.count, 0);
    assert_true(resolution()->due_at_ms == told_ms);
    drop_rules(&without);
    now = ms("2026-03-05T09:00:00+08:00");
    const char *code = do_as(INPUT_RESUME, ROLE_HANDLER, (struct case_command){0});
    drop_rules(NULL);
    assert_string_equal(code, "");
    assert_true(resolution()->due_at_ms == told_ms);
    assert_true(decision.facts[0].body.resumed.due_at_ms == told_ms);
}

static void arm_late(int64_t due_ms) {
    Redress__V1__ArmClock message = REDRESS__V1__ARM_CLOCK__INIT;
    static Redress__V1__ClockTerms terms; // the decision borrows them
    struct case_input input = {.kind = INPUT_ARM_CLOCK, .actor = "sla-timer", .of.arm = &message};
    redress__v1__clock_terms__init(&terms);
    terms.name = "resolution";
    terms.stops_on = "case_replied";
    terms.policy_version = "cn-medical@1";
    terms.calendar_version = "cn-state-council@1";
    terms.started_at_ms = state.received_at_ms;
    terms.due_at_ms = due_ms;
    message.terms = &terms;
    message.reason = "started";
    plans_free(&plans);
    assert_int_equal(plans_of_rest(&plans, region, &state, &input, now, &error), RC_OK);
    put(input);
}

// sla-timer was away between the beginning of the clock and the suspension, and for how long since.
static void test_a_clock_that_is_armed_only_while_the_case_rests_rests_since_then(void **unused) {
    static const char *const armed[] = {"2026-03-03T09:00:00+08:00", "2026-03-06T09:00:00+08:00",
                                        "2026-03-11T09:00:00+08:00"}; // the last: it was due
    for (size_t i = 0; i < 3; i++) {
        begin(unused);
        const int64_t due_ms = resolution()->due_at_ms;
        state.clock_count = 0;
        do_as(INPUT_SUSPEND, ROLE_HANDLER, (struct case_command){.detail = "appraisal"});
        assert_int_equal(state.status, CASE_SUSPENDED);
        now = ms(armed[i]);
        arm_late(due_ms);
        assert_int_equal(decision.count, 2);
        assert_int_equal(resolution()->state, CLOCK_STATE_PAUSED);
        assert_true(state.changes[0].from_ms == ms("2026-03-03T09:00:00+08:00"));
        assert_true(state.changes[0].until_ms == ms("2026-04-16T00:00:00+08:00"));
        arm_late(due_ms);
        assert_int_equal(decision.count, 0);
        now = ms("2026-03-12T09:00:00+08:00");
        do_as(INPUT_RESUME, ROLE_HANDLER, (struct case_command){0});
        assert_int_equal(resolution()->state, CLOCK_STATE_RUNNING);
        assert_true(resolution()->due_at_ms == ms("2026-03-19T00:00:00+08:00")); // 7 working days
    }
}

// sla-timer was away all that time, and comes back after the case runs on.
static void test_a_clock_that_is_armed_after_the_resumption_rested_too(void **unused) {
    static const char *const armed[] = {"2026-03-12T09:00:00+08:00", "2026-03-13T10:00:00+08:00"};
    for (size_t i = 0; i < 2; i++) {
        begin(unused);
        const int64_t due_ms = resolution()->due_at_ms;
        state.clock_count = 0;
        do_as(INPUT_SUSPEND, ROLE_HANDLER, (struct case_command){.detail = "appraisal"});
        now = ms("2026-03-12T09:00:00+08:00");
        do_as(INPUT_RESUME, ROLE_HANDLER, (struct case_command){0});
        assert_int_equal(state.status, CASE_INVESTIGATING);
        now = ms(armed[i]);
        arm_late(due_ms);
        assert_int_equal(decision.count, 3);
        assert_int_equal(resolution()->state, CLOCK_STATE_RUNNING);
        assert_int_equal(resolution()->version, 2);
        assert_true(state.changes[0].from_ms == ms("2026-03-03T09:00:00+08:00"));
        assert_true(state.changes[0].to_ms == ms("2026-03-12T09:00:00+08:00"));
        assert_true(resolution()->due_at_ms == ms("2026-03-19T00:00:00+08:00")); // as above
        arm_late(due_ms);
        assert_int_equal(decision.count, 0);
    }
}

// Nothing of a rest that was over when the clock began, or on a ground that its rule does not know.
static void test_a_clock_that_did_not_rest_is_armed_as_it_is(void **unused) {
    static const char *const grounds[] = {"appraisal", "no-such-ground"};
    for (size_t i = 0; i < 2; i++) {
        begin(unused);
        const int64_t due_ms = resolution()->due_at_ms;
        state.clock_count = 0;
        do_as(INPUT_SUSPEND, ROLE_HANDLER, (struct case_command){.detail = "appraisal"});
        now += HOUR_MS;
        do_as(INPUT_RESUME, ROLE_HANDLER, (struct case_command){0});
        snprintf(state.rested_on, sizeof state.rested_on, "%s", grounds[i]);
        state.received_at_ms = i == 0 ? now : state.received_at_ms;
        arm_late(due_ms);
        assert_int_equal(decision.count, 1);
        assert_int_equal(state.change_count, 0);
        assert_true(resolution()->due_at_ms == due_ms);
    }
}

// sla-timer was away when it was due: who comes first tells it.
static void test_what_is_late_already_is_not_put_off_by_another_rule(void **unused) {
    (void)unused;
    now = resolution()->due_at_ms + 1;
    const struct case_command petition = {.situations = "petition", .urgency = 4};
    assert_string_equal(do_as(INPUT_SET_ASSESSMENT, ROLE_HANDLER, petition), "");
    assert_int_equal(resolution()->state, CLOCK_STATE_BREACHED);
    assert_int_equal(decision.facts[1].kind, FACT_CLOCK_BREACHED);
    assert_true(case_has_open_alarm(&state));
    rearm("assessed", 0, now + HOUR_MS, false);
    assert_int_equal(resolution()->state, CLOCK_STATE_BREACHED);
}

// Another assessment gave it more time, which sla-timer has not heard of.
static void test_terms_of_before_an_assessment_make_nothing_late(void **unused) {
    (void)unused;
    const int64_t due_ms = resolution()->due_at_ms;
    now = due_ms - HOUR_MS;
    const struct case_command petition = {.situations = "petition", .urgency = 4};
    assert_string_equal(do_as(INPUT_SET_ASSESSMENT, ROLE_HANDLER, petition), "");
    now = due_ms + HOUR_MS;
    const struct case_command fees = {.category = "fees"};
    assert_string_equal(do_as(INPUT_SET_ASSESSMENT, ROLE_HANDLER, fees), "");
    assert_int_equal(resolution()->state, CLOCK_STATE_RUNNING);
    assert_int_equal(decision.count, 1);
}

static void test_what_follows_from_an_assessment_is_of_the_case_as_it_is_found(void **unused) {
    (void)unused;
    now = resolution()->due_at_ms + 1;
    const struct case_command worse = {.urgency = 1, .crisis = 4, .category = "safety"};
    assert_string_equal(do_as(INPUT_SET_ASSESSMENT, ROLE_HANDLER, worse), "");
    for (size_t i = 1; i < decision.count; i++) {
        if (fact_has_traits(decision.facts[i].kind)) {
            assert_int_equal(decision.facts[i].traits.crisis, 4);
            assert_string_equal(decision.facts[i].traits.category, "safety");
        }
    }
    assert_in_range(decision.count, 3, CASE_FACTS);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        TEST(test_a_pause_moves_the_due_time_by_its_days),
        TEST(test_waiting_for_the_complainant_pauses_nothing),
        TEST(test_a_clock_whose_rule_is_gone_runs_again_until_the_date_that_was_told),
        TEST(test_an_extension_of_what_rests_is_in_the_date_that_stands),
        TEST(test_the_cap_counts_all_pauses_together),
        TEST(test_who_may_suspend_nothing_is_not_offered_it),
        TEST(test_a_cap_that_is_used_up_leaves_the_other_grounds),
        TEST(test_no_room_for_another_pause_is_none_to_offer),
        TEST(test_a_pause_ends_by_itself_only_when_its_cap_is_used_up),
        TEST(test_a_clock_that_rests_is_amended_and_goes_on_resting),
        TEST(test_what_became_a_petition_while_it_rested_counts_from_its_acceptance),
        TEST(test_a_case_whose_rule_knows_no_such_pause_any_more_runs_on_at_once),
        TEST(test_what_triage_finds_ends_such_a_pause_too),
        TEST(test_a_case_whose_rule_knows_the_ground_goes_on_resting),
        TEST(test_a_case_of_which_nothing_rests_runs_on_likewise),
        TEST(test_a_cap_that_was_used_up_ends_the_pause_of_what_became_a_petition),
        TEST(test_a_paused_clock_stops_with_its_case),
        TEST(test_a_clock_that_rests_is_late_after_the_latest_time_that_it_could_be_due),
        TEST(test_a_clock_that_is_armed_only_while_the_case_rests_rests_since_then),
        TEST(test_a_clock_that_is_armed_after_the_resumption_rested_too),
        TEST(test_a_clock_that_did_not_rest_is_armed_as_it_is),
        TEST(test_what_is_late_already_is_not_put_off_by_another_rule),
        TEST(test_terms_of_before_an_assessment_make_nothing_late),
        TEST(test_what_follows_from_an_assessment_is_of_the_case_as_it_is_found),
        TEST(test_of_a_clock_that_was_assessed_while_it_rested_nobody_says_that_it_is_late),
    };
    return cmocka_run_group_tests(tests, load, unload);
}
