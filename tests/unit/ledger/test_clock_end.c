// SPDX-License-Identifier: Apache-2.0
// What is proposed to run after it has ended: in time, and nobody says anything; too late, and it
// is breached though nobody had armed it.
static void note_alarm(void);
#define ON_DECIDED() note_alarm()
#include "case_story.h"

#define LIMIT 100000
#define PACK "cn-medical@1"

// A run that is proposed; what is not named is as most are.
struct run {
    const char *name;
    const char *stops_on;
    int64_t started_at_ms; // 0: NOW
    int64_t due_at_ms;     // 0: LIMIT after that
    uint64_t based_on;
    const char *policy; // NULL: PACK
    const char *restarted_on;
    const char *reason; // NULL: started
    bool lapses;
};

static char armed_by[65]; // the pack of the alarm
static void note_alarm(void) {
    for (size_t i = 0; i < decision.count; i++) {
        if (decision.facts[i].kind == FACT_ALARM_RAISED) {
            snprintf(armed_by, sizeof armed_by, "%s",
                     decision.facts[i].body.alarm_raised.policy_version);
        }
    }
}

static void propose_run(struct run run) {
    Redress__V1__ArmClock message = REDRESS__V1__ARM_CLOCK__INIT;
    static Redress__V1__ClockTerms terms; // the decision borrows them
    redress__v1__clock_terms__init(&terms);
    terms.name = (char *)run.name;
    terms.stops_on = (char *)(run.stops_on == NULL ? "" : run.stops_on);
    terms.started_at_ms = run.started_at_ms == 0 ? NOW : run.started_at_ms;
    terms.due_at_ms = run.due_at_ms == 0 ? terms.started_at_ms + LIMIT : run.due_at_ms;
    terms.based_on = run.based_on;
    terms.policy_version = (char *)(run.policy == NULL ? PACK : run.policy);
    terms.restarted_on = (char *)(run.restarted_on == NULL ? "" : run.restarted_on);
    terms.lapses = run.lapses;
    message.terms = &terms;
    message.reason = (char *)(run.reason == NULL ? "started" : run.reason);
    put((struct case_input){.kind = INPUT_ARM_CLOCK, .actor = "sla-timer", .of.arm = &message});
}

// It is armed and breached, and people are alarmed, all at once.
static bool is_breached(void) {
    return decision.count >= 3 && decision.facts[0].kind == FACT_CLOCK_ARMED &&
           decision.facts[1].kind == FACT_CLOCK_BREACHED &&
           decision.facts[2].kind == FACT_ALARM_RAISED;
}

#define BREACHED(...) propose_run((struct run){__VA_ARGS__}), assert_true(is_breached())
#define DROPPED(...) propose_run((struct run){__VA_ARGS__}), assert_int_equal(decision.count, 0)
#define RESPONSE .name = "first_response", .stops_on = "complainant_told"
#define RESOLUTION .name = "resolution", .stops_on = "case_replied"
#define LATER(ms) now = NOW + (ms)

static void reply_at(int64_t after_ms) {
    to_signed();
    DOES(lead, DECIDE, .outcome = 1);
    LATER(after_ms);
    DOES(lead, REPLY, .attempts = 3);
}

static void test_what_ended_in_time_is_not_armed(void **unused) {
    (void)unused;
    LATER(LIMIT);
    DOES(boss, ACCEPT);
    LATER(9 * LIMIT);
    DROPPED(RESPONSE);
}

static void test_what_ended_too_late_is_armed_and_breached(void **unused) {
    (void)unused;
    LATER(LIMIT + 1);
    DOES(boss, ACCEPT);
    LATER(9 * LIMIT);
    BREACHED(RESPONSE);
    const struct case_clock *clock = case_clock_find(&state, "first_response");
    assert_int_equal(clock->state, CLOCK_STATE_BREACHED);
    assert_int_equal(clock->version, 1);
    assert_true(case_is_overdue(&state));
    assert_int_equal(state.alarm_count, 1);
    assert_string_equal(state.alarms[0].clock, "first_response");
    assert_string_equal(armed_by, PACK); // whose ladder the alarm climbs
    DROPPED(RESPONSE);                   // once
    DROPPED(RESPONSE, .reason = "assessed");
}

static void test_a_late_reply_is_supervised_where_it_still_can_be(void **unused) {
    (void)unused;
    reply_at(LIMIT + 1);
    BREACHED(RESOLUTION);
    const struct fact *last = &decision.facts[decision.count - 1];
    assert_int_equal(last->kind, FACT_SUPERVISION_ORDERED);
    assert_int_equal(last->body.supervision_ordered.trigger,
                     REDRESS__V1__SUPERVISION_TRIGGER__SUPERVISION_TRIGGER_OVERDUE);
}

static void test_what_was_told_again_was_told_the_first_time(void **unused) {
    (void)unused;
    DOES(boss, ACCEPT);
    DOES(boss, DISPATCH, .unit = LEAD);
    DOES(lead, SIGN);
    DOES(lead, DECIDE, .outcome = 1);
    LATER(LIMIT + 1);
    DOES(lead, REPLY, .attempts = 3); // tells the complainant too
    DROPPED(RESPONSE);
    BREACHED(RESOLUTION);
}

static void test_a_right_that_ended_unused_is_no_breach(void **unused) {
    (void)unused;
    LATER(LIMIT + 1);
    DOES(boss, ACCEPT);
    DROPPED(RESPONSE, .lapses = true);
}

static void test_terms_count_as_far_as_no_assessment_gave_others(void **unused) {
    (void)unused;
    DOES(boss, SET_ASSESSMENT, .urgency = 3);
    uint64_t first = state.assessed_sequence;
    LATER(LIMIT + 10);
    DOES(boss, ACCEPT);
    LATER(LIMIT + 20);
    DOES(boss, SET_ASSESSMENT, .urgency = 1);
    uint64_t second = state.assessed_sequence;
    DROPPED(RESPONSE, .based_on = first - 1);                    // it was assessed before
    DROPPED(RESPONSE, .based_on = second, .due_at_ms = NOW + 1); // and again after it had ended
    DROPPED(RESPONSE, .based_on = first, .due_at_ms = NOW + LIMIT + 10); // in time
    BREACHED(RESPONSE, .based_on = first);
}

static void test_an_assessment_finds_what_was_late_by_its_terms(void **unused) {
    (void)unused;
    LATER(10);
    DOES(boss, SET_ASSESSMENT, .urgency = 1);
    LATER(20);
    DOES(boss, ACCEPT);
    BREACHED(RESPONSE, .based_on = state.assessed_sequence, .due_at_ms = NOW + 5);
}

// Were it armed only, the assessment's terms would hide it.
static void test_what_was_due_before_it_was_assessed_is_breached_though_it_waits(void **unused) {
    (void)unused;
    LATER(LIMIT + 1);
    DOES(boss, SET_ASSESSMENT, .urgency = 4);
    uint64_t assessed = state.assessed_sequence;
    BREACHED(RESOLUTION, .based_on = assessed - 1);
    DROPPED(RESOLUTION, .based_on = assessed, .due_at_ms = NOW + 9 * LIMIT, .reason = "assessed");
    propose_run((struct run){.name = "acceptance",
                             .stops_on = "case_accepted",
                             .based_on = assessed,
                             .due_at_ms = NOW + 2 * LIMIT});
    assert_int_equal(decision.count, 1);
}

static void test_whether_a_case_that_rested_was_late_nobody_can_tell(void **unused) {
    (void)unused;
    for (int late = 0; late < 2; late++) {
        begin(NULL);
        to_signed();
        DOES(lead, INVESTIGATE);
        LATER(late == 0 ? LIMIT : LIMIT + 1);
        DOES(lead, SUSPEND, .detail = "appraisal");
        LATER(3 * LIMIT);
        DOES(lead, RESUME);
        DOES(lead, DECIDE, .outcome = 1);
        DOES(lead, REPLY, .attempts = 3);
        propose_run((struct run){RESOLUTION});
        assert_int_equal(is_breached(), late); // it was late before it rested
    }
}

// Its rule held no more for a while, so that nobody forgot that it had rested.
static void test_nor_of_a_clock_that_rested_alone(void **unused) {
    (void)unused;
    for (int rested = 0; rested < 2; rested++) {
        begin(NULL);
        to_signed();
        DOES(boss, RECORD_MEDIATION, ENTRY(.kind = 1));
        DOES(boss, RECORD_MEDIATION, ENTRY(.kind = 2));
        const int64_t accepted = now;
        state.clocks[state.clock_count++] = (struct case_clock){.name = "mediation",
                                                                .state = CLOCK_STATE_STOPPED,
                                                                .displaced = true,
                                                                .started_at_ms = accepted};
        state.changes[0] = (struct case_change){.clock = "mediation",
                                                .ground = "appraisal",
                                                .from_ms = accepted + 1,
                                                .to_ms = accepted + 2 * LIMIT,
                                                .until_ms = accepted + 2 * LIMIT,
                                                .alone = true};
        state.change_count = (size_t)rested;
        now = accepted + LIMIT + 1;
        DOES(boss, RECORD_MEDIATION, ENTRY(.kind = 5));
        propose_run((struct run){.name = "mediation",
                                 .stops_on = "mediation_ended",
                                 .started_at_ms = accepted,
                                 .reason = "assessed"});
        assert_int_equal(is_breached(), !rested);
    }
}

static void test_a_late_answer_to_an_order_is_a_breach(void **unused) {
    (void)unused;
    for (int late = 0; late < 2; late++) {
        begin(NULL);
        DOES(boss, ACCEPT);
        DOES(boss, DISPATCH, .unit = LEAD);
        DOES(boss, SUPERVISE, .text = "催办", ENTRY(.level = 1, .kind = 1));
        DOES(boss, SET_ASSESSMENT, .urgency = 1); // what a person set stays
        LATER(LIMIT + late);
        DOES(lead, ANSWER_SUPERVISION, .text = "已办", ENTRY(.number = 1));
        LATER(3 * LIMIT);
        of_region = true;
        DOES(boss, LIFT_SUPERVISION, ENTRY(.number = 1));
        propose_run((struct run){.name = "supervision-1", .policy = "", .based_on = 1});
        assert_int_equal(is_breached(), late);
    }
    state.parts.orders[0].ended_at_ms = 0; // of before this was kept
    state.clock_count = 0;
    DROPPED(.name = "supervision-1", .policy = "");
}

static void test_a_late_answer_of_a_co_handler_is_a_breach(void **unused) {
    (void)unused;
    for (int late = 0; late < 2; late++) {
        begin(NULL);
        to_signed();
        LATER(1);
        DOES(lead, ADD_CO_HANDLER, .unit = OTHER);
        LATER(1 + LIMIT + late);
        DOES(nurse, ANSWER_CO_HANDLING, .text = "已办", ENTRY(.reason = "过期"));
        LATER(3 * LIMIT);
        DOES(lead, DECIDE, .outcome = 1);
        propose_run((struct run){.name = "co-handling-1", .started_at_ms = NOW + 1});
        assert_int_equal(is_breached(), late);
    }
    state.clock_count = 0;
    state.parts.co_handlers[0].answered_at_ms = 0; // of before this was kept
    DROPPED(.name = "co-handling-1", .started_at_ms = NOW + 1);
}

static void test_a_co_handler_that_the_lead_did_not_wait_for_was_late_by_then(void **unused) {
    (void)unused;
    for (int late = 0; late < 2; late++) {
        begin(NULL);
        to_signed();
        LATER(1);
        DOES(lead, ADD_CO_HANDLER, .unit = OTHER);
        LATER(1 + LIMIT + late);
        DOES(lead, DECIDE, .outcome = 1, ENTRY(.reason = "未答复"));
        propose_run((struct run){.name = "co-handling-1", .started_at_ms = NOW + 1});
        assert_int_equal(is_breached(), late);
    }
}

static void test_an_improvement_that_was_made_too_late_is_a_breach(void **unused) {
    (void)unused;
    for (int late = 0; late < 2; late++) {
        begin(NULL);
        DOES(boss, OPEN_IMPROVEMENT, .unit = LEAD, ENTRY(.due_at_ms = NOW + LIMIT));
        LATER(LIMIT + late);
        DOES(boss, COMPLETE_IMPROVEMENT, .text = "已改", ENTRY(.number = 1));
        propose_run((struct run){.name = "improvement-1", .policy = ""});
        assert_int_equal(is_breached(), late);
    }
}

static void test_each_visit_has_its_own_time(void **unused) {
    (void)unused;
    to_signed();
    LATER(10);
    DOES(boss, SET_ASSESSMENT, .crisis = 4);
    const int64_t crisis_ms = now;
    LATER(20);
    DOES(lead, VISIT, .outcome = 1);
    LATER(20 + LIMIT);
    DOES(lead, VISIT, .outcome = 1);
    DROPPED(.name = "follow_up_1", .stops_on = "visit_done", .started_at_ms = crisis_ms);
    BREACHED(.name = "follow_up_2", .stops_on = "visit_done", .started_at_ms = crisis_ms);
    LATER(30 + LIMIT);
    DOES(boss, SET_ASSESSMENT, .crisis = 5); // visited from the beginning, but not for that one
    DROPPED(.name = "follow_up_1", .stops_on = "visit_done", .started_at_ms = crisis_ms);
}

static void test_an_end_of_the_case_is_late_too(void **unused) {
    (void)unused;
    for (int late = 0; late < 2; late++) {
        begin(NULL);
        LATER(LIMIT + late);
        DOES(boss, REFUSE, .outcome = 1, .detail = "route");
        propose_run((struct run){RESOLUTION});
        assert_int_equal(is_breached(), late);
    }
    assert_int_equal(state.status, CASE_NOT_ACCEPTED);
    begin(NULL);
    DOES(boss, REFUSE, .outcome = 1, .detail = "route");
    LATER(2 * LIMIT);
    DOES(boss, REOPEN, .outcome = 1);
    DOES(boss, ACCEPT);
    DROPPED(RESPONSE); // it had ended before it was told
}

static void test_a_closure_ends_what_nobody_reached(void **unused) {
    (void)unused;
    for (int late = 0; late < 2; late++) {
        begin(NULL);
        reply_at(10);
        DOES(boss, FOLLOW_UP, .reached = true, .solved = true);
        LATER(10 + LIMIT + late);
        DOES(boss, CLOSE);
        propose_run((struct run){
            .name = "mediation", .stops_on = "mediation_ended", .started_at_ms = NOW + 10});
        assert_int_equal(is_breached(), late);
    }
}

static void test_a_rework_ends_what_only_a_reply_leads_to(void **unused) {
    (void)unused;
    for (int late = 0; late < 2; late++) {
        begin(NULL);
        reply_at(10);
        LATER(10 + LIMIT + late);
        DOES(boss, REWORK);
        LATER(3 * LIMIT);
        DOES(boss, DISPATCH, .unit = OTHER);
        propose_run((struct run){
            .name = "call_back", .stops_on = "follow_up_done", .started_at_ms = NOW + 10});
        assert_int_equal(is_breached(), late);
    }
}

static void test_another_dispatch_begins_the_signing_anew(void **unused) {
    (void)unused;
    DOES(boss, ACCEPT);
    LATER(10);
    DOES(boss, DISPATCH, .unit = LEAD);
    LATER(20);
    DOES(boss, DISPATCH, .unit = OTHER);
    LATER(15 + LIMIT);
    DOES(nurse, SIGN);
    DROPPED(.name = "sign_for", .stops_on = "dispatch_answered", .started_at_ms = NOW + 10);
    DROPPED(.name = "sign_for", .stops_on = "dispatch_answered", .started_at_ms = NOW + 20);
}

static void test_another_run_that_ended_too_late_is_breached_again(void **unused) {
    (void)unused;
    reply_at(LIMIT + 1);
    BREACHED(RESOLUTION);
    DOES(boss, REWORK);
    const int64_t again_ms = now;
    now += LIMIT + 1;
    DOES(boss, DISPATCH, .unit = OTHER);
    DOES(nurse, SIGN);
    DOES(nurse, DECIDE, .outcome = 1);
    DOES(nurse, REPLY, .attempts = 3);
    BREACHED(RESOLUTION, .started_at_ms = again_ms, .restarted_on = "rework");
    assert_int_equal(case_clock_find(&state, "resolution")->version, 2);
}

static void test_progress_is_promised_until_the_reply_and_not_after(void **unused) {
    (void)unused;
    reply_at(10);
    LATER(20);
    DOES(lead, REPORT_PROGRESS, .text = "进展");
    const int64_t told_ms = now;
    LATER(20 + 2 * LIMIT);
    DOES(lead, REPORT_PROGRESS, .text = "进展");
    DROPPED(.name = "progress", .stops_on = "progress_told", .started_at_ms = told_ms,
            .restarted_on = "progress-told");
}

// The list of former times is bounded: what it has forgotten may have been in time.
static void test_what_was_forgotten_counts_as_in_time(void **unused) {
    (void)unused;
    for (int i = 0; i <= CASE_REACHED_BEFORE; i++) {
        LATER(1 + i);
        DOES(boss, SET_ASSESSMENT, .urgency = 3 + (uint32_t)i % 2);
    }
    assert_int_equal(state.reached_before_count, CASE_REACHED_BEFORE);
    uint64_t known = state.assessed_sequence;
    LATER(2 * LIMIT);
    DOES(boss, ACCEPT);
    BREACHED(RESPONSE, .started_at_ms = NOW + 2, .based_on = known);
    LATER(2 * LIMIT + 1);
    DOES(boss, SET_ASSESSMENT, .urgency = 1);
    state.clock_count = 0;
    DROPPED(RESPONSE, .started_at_ms = NOW + 2, .based_on = known);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        TEST(test_what_ended_in_time_is_not_armed),
        TEST(test_what_ended_too_late_is_armed_and_breached),
        TEST(test_a_late_reply_is_supervised_where_it_still_can_be),
        TEST(test_what_was_told_again_was_told_the_first_time),
        TEST(test_a_right_that_ended_unused_is_no_breach),
        TEST(test_terms_count_as_far_as_no_assessment_gave_others),
        TEST(test_an_assessment_finds_what_was_late_by_its_terms),
        TEST(test_what_was_due_before_it_was_assessed_is_breached_though_it_waits),
        TEST(test_whether_a_case_that_rested_was_late_nobody_can_tell),
        TEST(test_nor_of_a_clock_that_rested_alone),
        TEST(test_a_late_answer_to_an_order_is_a_breach),
        TEST(test_a_late_answer_of_a_co_handler_is_a_breach),
        TEST(test_a_co_handler_that_the_lead_did_not_wait_for_was_late_by_then),
        TEST(test_an_improvement_that_was_made_too_late_is_a_breach),
        TEST(test_each_visit_has_its_own_time),
        TEST(test_an_end_of_the_case_is_late_too),
        TEST(test_a_closure_ends_what_nobody_reached),
        TEST(test_a_rework_ends_what_only_a_reply_leads_to),
        TEST(test_another_dispatch_begins_the_signing_anew),
        TEST(test_another_run_that_ended_too_late_is_breached_again),
        TEST(test_progress_is_promised_until_the_reply_and_not_after),
        TEST(test_what_was_forgotten_counts_as_in_time),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
