// SPDX-License-Identifier: Apache-2.0
// Clocks of procedures beside the handling, a mediation's and a re-review's: they rest alone.
#include "hospital_case.h"

#include "permission.h"

#define DAY_MS (24 * HOUR_MS)
#define MEDIATION "mediation"
#define STAGE_ACCEPTED REDRESS__V1__MEDIATION_STAGE__MEDIATION_STAGE_ACCEPTED

static const struct case_clock *clock_of(const char *name) { return case_clock_find(&state, name); }

static const char *rest(const char *clock, const char *ground, unsigned role) {
    return do_as(INPUT_PAUSE_CLOCK, role,
                 (struct case_command){.clock = clock, .detail = ground, .text = "送鉴"});
}

static const char *run_again(const char *clock, unsigned role) {
    return do_as(INPUT_RESUME_CLOCK, role, (struct case_command){.clock = clock, .text = "已出具"});
}

static const char *mediate(Redress__V1__MediationStage stage) {
    return do_as(INPUT_RECORD_MEDIATION, ROLE_SUPERVISOR,
                 (struct case_command){.entry = {.kind = (uint32_t)stage}});
}

// Under way from Wednesday the 4th on, 30 working days: until the 16th of April.
static void begin_mediation(enum case_status status) {
    state.status = status;
    state.mediation = STAGE_ACCEPTED;
    state.reached_at_ms[MILESTONE_MEDIATION_ACCEPTED] = ms("2026-03-04T09:00:00+08:00");
    arm(MEDIATION, "mediation_ended", "2026-03-04T09:00:00+08:00", "2026-04-17T00:00:00+08:00");
    now = ms("2026-03-05T09:00:00+08:00");
}

// A petition's, 30 days from Monday the 9th on.
static void begin_re_review(void) {
    snprintf(state.situations, sizeof state.situations, "petition");
    state.status = CASE_RE_REVIEW;
    state.reviews = 1;
    state.reached_at_ms[MILESTONE_RE_REVIEW_REQUESTED] = ms("2026-03-09T09:00:00+08:00");
    arm("re_review", "re_review_decided", "2026-03-09T09:00:00+08:00", "2026-04-09T00:00:00+08:00");
    now = ms("2026-03-10T09:00:00+08:00");
}

static bool offers(enum input_kind kind, unsigned role) {
    static const char *const units[] = {UNIT};
    const struct case_actor actor = {.subject = role == ROLE_HANDLER ? "shen-yue" : "tang-wei",
                                     .roles = role,
                                     .units = units,
                                     .unit_count = 1};
    state.asked_at_ms = now;
    return case_permits(&state, kind, &actor) == NULL && !plans_never(region, &state, kind, &actor);
}

static void test_a_hearing_moves_a_re_review_by_its_days_and_the_case_stays(void **unused) {
    (void)unused;
    begin_re_review();
    const int64_t due_ms = clock_of("re_review")->due_at_ms;
    assert_true(offers(INPUT_PAUSE_CLOCK, ROLE_REVIEWER));
    assert_false(offers(INPUT_RESUME_CLOCK, ROLE_REVIEWER));
    assert_string_equal(rest("re_review", "hearing", ROLE_REVIEWER), "");
    assert_int_equal(decision.count, 1);
    const Redress__V1__ClockPaused *paused = &decision.facts[0].body.clock_paused;
    assert_true(paused->alone && !paused->amended);
    assert_string_equal(paused->note, "送鉴");
    assert_true(paused->until_ms == ms("2026-04-10T00:00:00+08:00")); // 30 days at most
    assert_int_equal(state.status, CASE_RE_REVIEW);
    assert_int_equal(clock_of("re_review")->state, CLOCK_STATE_PAUSED);
    assert_int_equal(state.parts.revision, 1); // seen by If-Match
    assert_false(offers(INPUT_PAUSE_CLOCK, ROLE_REVIEWER));
    assert_true(offers(INPUT_RESUME_CLOCK, ROLE_REVIEWER));
    now += 7 * DAY_MS;
    assert_string_equal(run_again("re_review", ROLE_REVIEWER), "");
    assert_int_equal(decision.count, 1);
    const Redress__V1__ClockArmed *armed = &decision.facts[0].body.clock_armed;
    assert_string_equal(armed->reason, "resumed");
    assert_true(armed->alone && !armed->extended && armed->due_at_ms == 0);
    assert_string_equal(armed->ground, "hearing");
    assert_string_equal(armed->note, "已出具");
    assert_string_equal(armed->clock, "re_review");
    assert_int_equal(state.status, CASE_RE_REVIEW);
    assert_int_equal(clock_of("re_review")->state, CLOCK_STATE_RUNNING);
    assert_true(clock_of("re_review")->due_at_ms == due_ms + 7 * DAY_MS);
    assert_true(offers(INPUT_PAUSE_CLOCK, ROLE_REVIEWER));
}

static void
test_the_time_of_an_appraisal_is_left_out_of_a_mediation_after_the_reply(void **unused) {
    (void)unused;
    begin_mediation(CASE_REPLIED);
    assert_true(offers(INPUT_PAUSE_CLOCK, ROLE_HANDLER));
    assert_string_equal(rest(MEDIATION, "appraisal", ROLE_HANDLER), "");
    assert_int_equal(state.status, CASE_REPLIED);
    now = ms("2026-03-12T09:00:00+08:00"); // 5 working days
    assert_string_equal(run_again(MEDIATION, ROLE_HANDLER), "");
    assert_true(clock_of(MEDIATION)->due_at_ms == ms("2026-04-24T00:00:00+08:00"));
    assert_int_equal(resolution()->state, CLOCK_STATE_RUNNING); // as it was
}

static void arm_resumed(const char *name, int64_t due_ms) {
    Redress__V1__ArmClock message = REDRESS__V1__ARM_CLOCK__INIT;
    static Redress__V1__ClockTerms terms; // the decision borrows them
    redress__v1__clock_terms__init(&terms);
    terms.name = (char *)name;
    terms.stops_on = "re_review_decided";
    terms.started_at_ms = clock_of(name)->started_at_ms;
    terms.due_at_ms = due_ms;
    message.terms = &terms;
    message.reason = "resumed";
    message.replaces_version = clock_of(name)->version;
    put((struct case_input){.kind = INPUT_ARM_CLOCK, .actor = "sla-timer", .of.arm = &message});
}

static void test_a_cap_that_is_used_up_ends_the_pause_and_allows_no_other(void **unused) {
    (void)unused;
    begin_re_review();
    rest("re_review", "hearing", ROLE_REVIEWER);
    const int64_t until_ms = state.changes[0].until_ms;
    const int64_t latest_ms = clock_of("re_review")->due_at_ms;
    const struct case_state resting = state;
    now = until_ms - 1;
    arm_resumed("re_review", latest_ms);
    assert_int_equal(decision.count, 0); // too early
    now = until_ms;
    arm_resumed("re_review", latest_ms);
    assert_true(decision.facts[0].body.clock_armed.alone); // so that the complainant is told
    assert_string_equal(decision.facts[0].body.clock_armed.ground, "hearing");
    assert_int_equal(clock_of("re_review")->state, CLOCK_STATE_RUNNING);
    assert_string_equal(run_again("re_review", ROLE_REVIEWER), "not-paused");
    now += HOUR_MS;
    assert_string_equal(rest("re_review", "hearing", ROLE_REVIEWER), "cap-used");
    assert_false(offers(INPUT_PAUSE_CLOCK, ROLE_REVIEWER));
    state = resting; // a person comes before sla-timer
    now = until_ms + 3 * DAY_MS;
    assert_string_equal(run_again("re_review", ROLE_REVIEWER), "");
    assert_true(clock_of("re_review")->due_at_ms == latest_ms);
    assert_true(state.changes[0].to_ms == until_ms);
}

static void test_what_can_not_rest_alone_says_so_of_the_clock(void **unused) {
    static const struct {
        const char *clock, *ground, *code, *field;
        unsigned role;
    } rows[] = {
        {"no_such", "appraisal", "unknown-code", "clock", ROLE_HANDLER},
        {"resolution", "appraisal", "rests-with-case", "clock", ROLE_HANDLER},
        {MEDIATION, "hearing", "unknown-code", "ground", ROLE_HANDLER},
        {MEDIATION, "complainant", "unknown-code", "ground", ROLE_HANDLER},
        {MEDIATION, "appraisal", "not-your-procedure", "clock", ROLE_REVIEWER},
        {"re_review", "hearing", "unknown-code", "clock", ROLE_REVIEWER},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        begin(unused);
        begin_mediation(CASE_REPLIED);
        error.field[0] = '\0';
        decision.field = "";
        assert_string_equal(rest(rows[i].clock, rows[i].ground, rows[i].role), rows[i].code);
        bool by_state = decision.field[0] != '\0';
        assert_string_equal(by_state ? decision.field : error.field, rows[i].field);
        assert_int_equal(clock_of(MEDIATION)->state, CLOCK_STATE_RUNNING);
    }
    assert_string_equal(rest(MEDIATION, "appraisal", ROLE_SUPERVISOR), "role-not-allowed");
    assert_string_equal(rest(MEDIATION, "appraisal", ROLE_HANDLER), "");
    assert_string_equal(rest(MEDIATION, "appraisal", ROLE_HANDLER), "not-running");
    assert_string_equal(run_again("resolution", ROLE_HANDLER), "rests-with-case");
    assert_string_equal(run_again("no_such", ROLE_HANDLER), "unknown-code");
}

static void test_who_decided_the_case_lets_its_review_not_wait(void **unused) {
    (void)unused;
    begin_re_review();
    case_note_hand(&state, "tang-wei", CASE_JUDGED);
    assert_string_equal(rest("re_review", "hearing", ROLE_REVIEWER), "not-your-procedure");
    assert_false(offers(INPUT_PAUSE_CLOCK, ROLE_REVIEWER));
    begin(unused);
    begin_re_review();
    case_add_conflict(&state, "tang-wei");
    assert_string_equal(rest("re_review", "hearing", ROLE_REVIEWER), "case-not-found");
}

static void test_whom_a_rework_was_taken_from_lets_its_mediation_not_wait(void **unused) {
    (void)unused;
    begin_mediation(CASE_REPLIED);
    case_end_round(&state, true); // shen-yue handled it
    assert_string_equal(rest(MEDIATION, "appraisal", ROLE_HANDLER), "not-your-procedure");
}

static void test_a_resumption_of_the_case_leaves_what_rests_alone(void **unused) {
    (void)unused;
    begin_mediation(CASE_INVESTIGATING);
    assert_string_equal(rest(MEDIATION, "appraisal", ROLE_HANDLER), "");
    const struct case_command hearing = {.detail = "hearing"};
    assert_string_equal(do_as(INPUT_SUSPEND, ROLE_HANDLER, hearing), "");
    assert_int_equal(decision.count, 2); // the resolution; what rests rests
    assert_string_equal(run_again("resolution", ROLE_HANDLER), "rests-with-case");
    now += DAY_MS;
    assert_string_equal(do_as(INPUT_RESUME, ROLE_HANDLER, (struct case_command){0}), "");
    assert_int_equal(decision.count, 2);
    assert_int_equal(resolution()->state, CLOCK_STATE_RUNNING);
    assert_int_equal(clock_of(MEDIATION)->state, CLOCK_STATE_PAUSED);
    assert_true(offers(INPUT_RESUME_CLOCK, ROLE_HANDLER));
    now += DAY_MS;
    assert_string_equal(run_again(MEDIATION, ROLE_HANDLER), "");
    for (size_t i = 0; i < state.change_count; i++) { // until now, not with the case
        assert_true(!state.changes[i].alone || state.changes[i].to_ms == now);
    }
}

static void test_a_dispatch_of_a_suspended_case_leaves_it_too(void **unused) {
    (void)unused;
    begin_mediation(CASE_INVESTIGATING);
    rest(MEDIATION, "appraisal", ROLE_HANDLER);
    do_as(INPUT_SUSPEND, ROLE_HANDLER, (struct case_command){.detail = "hearing"});
    state.handler[0] = '\0';
    assert_string_equal(do_as(INPUT_DISPATCH, ROLE_SUPERVISOR,
                              (struct case_command){.unit = "first-hospital.medical"}),
                        "");
    assert_int_equal(resolution()->state, CLOCK_STATE_RUNNING);
    assert_int_equal(clock_of(MEDIATION)->state, CLOCK_STATE_PAUSED);
}

static void test_what_rests_with_its_case_is_not_resumed_alone(void **unused) {
    (void)unused;
    begin_mediation(CASE_INVESTIGATING);
    do_as(INPUT_SUSPEND, ROLE_HANDLER, (struct case_command){.detail = "appraisal"});
    assert_int_equal(clock_of(MEDIATION)->state, CLOCK_STATE_PAUSED);
    assert_false(offers(INPUT_RESUME_CLOCK, ROLE_HANDLER));
    assert_string_equal(run_again(MEDIATION, ROLE_HANDLER), "rests-with-case");
    assert_string_equal(rest(MEDIATION, "appraisal", ROLE_HANDLER), "not-running");
    do_as(INPUT_RESUME, ROLE_HANDLER, (struct case_command){0});
    assert_int_equal(clock_of(MEDIATION)->state, CLOCK_STATE_RUNNING);
}

// The pause begins when it is asked for, not with the case's suspension.
static void test_a_clock_rests_alone_in_a_suspended_case_since_then(void **unused) {
    (void)unused;
    begin_mediation(CASE_INVESTIGATING);
    do_as(INPUT_SUSPEND, ROLE_HANDLER, (struct case_command){.detail = "hearing"});
    now += DAY_MS;
    assert_string_equal(rest(MEDIATION, "appraisal", ROLE_HANDLER), "");
    assert_true(case_pause_find(&state, MEDIATION)->from_ms == now);
    assert_true(state.rested_at_ms == now - DAY_MS); // for what is armed only now
}

static void test_the_end_of_a_mediation_or_of_the_case_ends_the_pause(void **unused) {
    static const struct {
        enum input_kind kind;
        unsigned role;
    } ends[] = {{INPUT_WITHDRAW, ROLE_SUPERVISOR}, {INPUT_RECORD_MEDIATION, ROLE_SUPERVISOR}};
    for (size_t i = 0; i < sizeof ends / sizeof ends[0]; i++) {
        begin(unused);
        begin_mediation(CASE_REPLIED);
        rest(MEDIATION, "appraisal", ROLE_HANDLER);
        now += 100 * DAY_MS; // beyond its limit, not beyond the pause
        const uint32_t failed = REDRESS__V1__MEDIATION_STAGE__MEDIATION_STAGE_FAILED;
        assert_string_equal(
            do_as(ends[i].kind, ends[i].role, (struct case_command){.entry = {.kind = failed}}),
            "");
        assert_int_equal(clock_of(MEDIATION)->state, CLOCK_STATE_STOPPED);
        assert_null(case_pause_find(&state, MEDIATION));
    }
    assert_string_equal(mediate(REDRESS__V1__MEDIATION_STAGE__MEDIATION_STAGE_REQUESTED), "");
    assert_string_equal(run_again(MEDIATION, ROLE_HANDLER), "not-paused");
}

static void test_a_review_is_decided_while_it_waits(void **unused) {
    (void)unused;
    begin_re_review();
    rest("re_review", "hearing", ROLE_REVIEWER);
    const struct case_command confirmed = {.outcome =
                                               REDRESS__V1__REVIEW_RESULT__REVIEW_RESULT_CONFIRMED};
    assert_string_equal(do_as(INPUT_DECIDE_REVIEW, ROLE_REVIEWER, confirmed), "");
    assert_int_equal(state.status, CASE_FINAL);
    assert_int_equal(clock_of("re_review")->state, CLOCK_STATE_STOPPED);
    assert_string_equal(run_again("re_review", ROLE_REVIEWER), "wrong-state");
}

// The petition's rule knows the hearing; of what is none no rule has such a clock, nor ends it.
static void test_an_assessment_takes_no_pause_back_that_its_rule_knows(void **unused) {
    (void)unused;
    begin_re_review();
    rest("re_review", "hearing", ROLE_REVIEWER);
    assert_string_equal(do_as(INPUT_SET_ASSESSMENT, ROLE_HANDLER,
                              (struct case_command){.urgency = 3, .situations = "petition"}),
                        "");
    assert_int_equal(decision.facts[0].kind, FACT_CASE_ASSESSED);
    assert_int_equal(clock_of("re_review")->state, CLOCK_STATE_PAUSED);
    do_as(INPUT_SET_ASSESSMENT, ROLE_HANDLER, (struct case_command){.situations = ""});
    assert_int_equal(clock_of("re_review")->state, CLOCK_STATE_PAUSED);
}

// For the test to make another edition of it.
static struct policy_rule *mediation_rule(void) {
    for (size_t p = 0; p < region->policy_count; p++) {
        for (unsigned r = 0; r < region->policies[p]->rule_count; r++) {
            struct policy_rule *rule = (struct policy_rule *)&region->policies[p]->rules[r];
            if (strcmp(rule->clock, MEDIATION) == 0) {
                return rule;
            }
        }
    }
    return NULL;
}

static void test_a_pause_alone_that_the_rule_of_now_does_not_know_ends_at_once(void **unused) {
    struct policy_rule *rule = mediation_rule();
    assert_non_null(rule);
    const unsigned known = rule->pause_count;
    for (int suspended = 0; suspended < 2; suspended++) {
        begin(unused);
        begin_mediation(CASE_INVESTIGATING);
        rest(MEDIATION, "appraisal", ROLE_HANDLER);
        if (suspended) {
            do_as(INPUT_SUSPEND, ROLE_HANDLER, (struct case_command){.detail = "hearing"});
        }
        now += DAY_MS;
        rule->pause_count = 0;
        const char *code =
            do_as(INPUT_SET_ASSESSMENT, ROLE_HANDLER, (struct case_command){.urgency = 3});
        rule->pause_count = known;
        assert_string_equal(code, "");
        assert_int_equal(state.status, suspended ? CASE_SUSPENDED : CASE_INVESTIGATING);
        assert_int_equal(resolution()->state, suspended ? CLOCK_STATE_PAUSED : CLOCK_STATE_RUNNING);
        assert_int_equal(clock_of(MEDIATION)->state, CLOCK_STATE_RUNNING);
        assert_true(clock_of(MEDIATION)->due_at_ms == ms("2026-04-18T00:00:00+08:00"));
        const struct fact *last = &decision.facts[decision.count - 1];
        assert_int_equal(last->kind, FACT_CLOCK_ARMED);
        assert_true(last->body.clock_armed.alone);
        assert_string_equal(last->body.clock_armed.note, "");
    }
}

static void test_an_amendment_of_what_rests_alone_keeps_it_so(void **unused) {
    Redress__V1__ArmClock message = REDRESS__V1__ARM_CLOCK__INIT;
    static Redress__V1__ClockTerms terms;
    (void)unused;
    begin_mediation(CASE_REPLIED);
    rest(MEDIATION, "appraisal", ROLE_HANDLER);
    redress__v1__clock_terms__init(&terms);
    terms.name = MEDIATION;
    terms.stops_on = "mediation_ended";
    terms.started_at_ms = clock_of(MEDIATION)->started_at_ms;
    terms.due_at_ms = clock_of(MEDIATION)->due_at_ms + DAY_MS;
    terms.calendar_version = "cn-state-council@2";
    message.terms = &terms;
    message.reason = "amended";
    message.replaces_version = clock_of(MEDIATION)->version;
    message.known_changes = 1;
    put((struct case_input){.kind = INPUT_ARM_CLOCK, .actor = "sla-timer", .of.arm = &message});
    const Redress__V1__ClockPaused *paused = &decision.facts[0].body.clock_paused;
    assert_true(paused->amended && paused->alone);
    assert_true(case_clock_rests_alone(&state, clock_of(MEDIATION)));
    assert_int_equal(state.change_count, 1);
    assert_string_equal(run_again(MEDIATION, ROLE_HANDLER), "");
}

static void test_a_date_that_an_extension_told_is_told_anew_after_the_pause(void **unused) {
    (void)unused;
    begin_mediation(CASE_REPLIED);
    Redress__V1__ExtensionRequested request = REDRESS__V1__EXTENSION_REQUESTED__INIT;
    request.clock = MEDIATION;
    request.value = 5;
    request.unit = "working_days";
    request.reason = request.plan = "text";
    assert_string_equal(
        do_as(INPUT_REQUEST_EXTENSION, ROLE_HANDLER,
              (struct case_command){
                  .clock = MEDIATION, .value = 5, .value_unit = "working_days", .plan = "text"}),
        "");
    assert_string_equal(do_as(INPUT_DECIDE_EXTENSION, ROLE_SUPERVISOR,
                              (struct case_command){.granted = true, .request = &request}),
                        "");
    rest(MEDIATION, "appraisal", ROLE_HANDLER);
    now = ms("2026-03-12T09:00:00+08:00"); // 5 working days
    assert_string_equal(run_again(MEDIATION, ROLE_HANDLER), "");
    const Redress__V1__ClockArmed *armed = &decision.facts[0].body.clock_armed;
    assert_true(armed->extended && armed->due_at_ms == ms("2026-05-01T00:00:00+08:00"));
    assert_true(clock_of(MEDIATION)->due_at_ms == armed->due_at_ms);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        TEST(test_a_hearing_moves_a_re_review_by_its_days_and_the_case_stays),
        TEST(test_the_time_of_an_appraisal_is_left_out_of_a_mediation_after_the_reply),
        TEST(test_a_cap_that_is_used_up_ends_the_pause_and_allows_no_other),
        TEST(test_what_can_not_rest_alone_says_so_of_the_clock),
        TEST(test_who_decided_the_case_lets_its_review_not_wait),
        TEST(test_whom_a_rework_was_taken_from_lets_its_mediation_not_wait),
        TEST(test_a_resumption_of_the_case_leaves_what_rests_alone),
        TEST(test_a_dispatch_of_a_suspended_case_leaves_it_too),
        TEST(test_what_rests_with_its_case_is_not_resumed_alone),
        TEST(test_a_clock_rests_alone_in_a_suspended_case_since_then),
        TEST(test_the_end_of_a_mediation_or_of_the_case_ends_the_pause),
        TEST(test_a_review_is_decided_while_it_waits),
        TEST(test_an_assessment_takes_no_pause_back_that_its_rule_knows),
        TEST(test_a_pause_alone_that_the_rule_of_now_does_not_know_ends_at_once),
        TEST(test_an_amendment_of_what_rests_alone_keeps_it_so),
        TEST(test_a_date_that_an_extension_told_is_told_anew_after_the_pause),
    };
    return cmocka_run_group_tests(tests, load, unload);
}
