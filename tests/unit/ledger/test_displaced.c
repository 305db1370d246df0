// SPDX-License-Identifier: Apache-2.0
// What an assessment makes of runs whose rule begins elsewhere: a petition's limit counts from its
// acceptance.
#include "case_story.h"

#define DUE (NOW + 100000)

static uint64_t based_on; // 0: no fact
static uint32_t known;    // changes
static uint64_t known_sequence;

static void propose(const char *reason, uint32_t replaces, int64_t started_at_ms,
                    int64_t due_at_ms) {
    Redress__V1__ArmClock message = REDRESS__V1__ARM_CLOCK__INIT;
    Redress__V1__ClockTerms terms = REDRESS__V1__CLOCK_TERMS__INIT;
    terms.name = "resolution";
    terms.stops_on = "case_replied";
    terms.policy_version = "cn-medical@1";
    terms.started_at_ms = started_at_ms;
    terms.due_at_ms = due_at_ms;
    terms.based_on = based_on;
    message.known_changes = known;
    message.known_sequence = known_sequence;
    message.terms = &terms;
    message.reason = (char *)reason;
    message.replaces_version = replaces;
    put((struct case_input){.kind = INPUT_ARM_CLOCK, .actor = "sla-timer", .of.arm = &message});
}

static void end(const char *name, int64_t started_at_ms) {
    Redress__V1__EndClock message = REDRESS__V1__END_CLOCK__INIT;
    message.name = (char *)name;
    message.started_at_ms = started_at_ms;
    message.begins_on = "case_accepted";
    message.policy_version = "cn-petition@1";
    message.based_on = based_on;
    put((struct case_input){.kind = INPUT_END_CLOCK, .actor = "sla-timer", .of.end = &message});
}

static const struct case_clock *resolution(void) { return case_clock_find(&state, "resolution"); }

static const Redress__V1__CaseAssessed *assess(uint32_t urgency, const char *situations) {
    DOES(boss, SET_ASSESSMENT, .urgency = urgency, .situations = situations);
    return &decision.facts[0].body.assessed;
}

static void test_a_run_that_no_rule_lets_go_on_ends_and_breaches_never(void **unused) {
    (void)unused;
    propose("started", 0, NOW, DUE);
    end("resolution", NOW);
    assert_int_equal(decision.count, 1);
    const Redress__V1__ClockStopped *stopped = &decision.facts[0].body.clock_stopped;
    assert_true(stopped->displaced);
    assert_string_equal(stopped->begins_on, "case_accepted");
    assert_string_equal(stopped->policy_version, "cn-petition@1");
    assert_int_equal(resolution()->state, CLOCK_STATE_STOPPED);
    end("resolution", NOW);
    assert_int_equal(decision.count, 0); // once
    now = DUE + 1;
    breach("resolution");
    assert_int_equal(decision.count, 0);
}

static void test_it_begins_with_what_its_rule_names(void **unused) {
    (void)unused;
    propose("started", 0, NOW, DUE);
    end("resolution", NOW);
    propose("started", 0, NOW, DUE);
    assert_int_equal(decision.count, 0); // by the registration no more
    now += 1000;
    propose("started", 0, now, DUE + 5000);
    assert_int_equal(resolution()->state, CLOCK_STATE_RUNNING);
    assert_true(resolution()->started_at_ms == NOW + 1000);
    assert_false(resolution()->displaced);
}

static void test_corrected_it_counts_from_the_registration_again(void **unused) {
    (void)unused;
    propose("started", 0, NOW, DUE);
    end("resolution", NOW);
    propose("assessed", 0, NOW, DUE);
    assert_int_equal(decision.count, 1);
    assert_true(case_clock_runs(resolution()));
    assert_int_equal(resolution()->version, 2);
}

// A petition that was accepted, and then turned out to be none.
static void test_a_first_run_begins_earlier_by_a_later_assessment(void **unused) {
    (void)unused;
    now += 1000;
    based_on = 6;
    propose("started", 0, now, DUE + 1000);
    based_on = 2; // an assessment of before, once more
    propose("assessed", 0, NOW, DUE);
    assert_int_equal(decision.count, 0);
    based_on = 7;
    propose("started", 0, NOW, DUE);
    assert_int_equal(decision.count, 0);
    propose("assessed", 0, NOW, DUE);
    assert_int_equal(decision.count, 1);
    assert_true(resolution()->started_at_ms == NOW);
    based_on = 6; // of before
    end("resolution", NOW);
    assert_int_equal(decision.count, 0);
}

static void test_terms_that_know_no_extension_change_no_run_that_has_one(void **unused) {
    (void)unused;
    propose("started", 0, NOW, DUE);
    state.change_count = 1;
    snprintf(state.changes[0].clock, sizeof state.changes[0].clock, "resolution");
    state.changes[0].from_ms = NOW + 10;
    propose("assessed", 0, NOW + 5, DUE + 5);
    assert_int_equal(decision.count, 0);
    known = 1;
    propose("assessed", 9, NOW + 5, DUE + 5);
    assert_int_equal(decision.count, 0); // of terms that are no more: what replaced them is told
    propose("assessed", 1, NOW + 5, DUE + 5);
    assert_int_equal(decision.count, 1);
    assert_int_equal(state.change_count, 1);
}

static const Redress__V1__ClockArmed *armed(void) {
    assert_int_equal(decision.count, 1);
    assert_int_equal(decision.facts[0].kind, FACT_CLOCK_ARMED);
    return &decision.facts[0].body.clock_armed;
}

static void extend(void) {
    state.changes[state.change_count++] = (struct case_change){
        .clock = "resolution", .from_ms = NOW + 10, .limit = {2, LIMIT_WORKING_DAYS}};
}

static void check_told_with_its_extension(void) {
    const Redress__V1__ClockArmed *body = armed();
    assert_non_null(body->run);
    assert_true(body->run->started_at_ms == NOW);
    assert_int_equal(body->run->n_changes, 1);
    assert_int_equal(body->run->changes[0]->value, 2);
    assert_true(case_clock_was_extended(&state, "resolution"));
    known = 1;
    propose("overtaken", resolution()->version, NOW, DUE + 2000);
    assert_null(armed()->run);
}

// A petition counts from its acceptance; where it turns out to be none, the extension of before
// counts again.
static void test_an_extension_counts_again_where_its_run_goes_back(void **unused) {
    (void)unused;
    propose("started", 0, NOW, DUE);
    extend();
    known = 1;
    propose("assessed", 1, NOW + 1000, DUE + 60000);
    assert_int_equal(decision.count, 1);
    assert_false(case_clock_was_extended(&state, "resolution"));
    assert_false(case_is_extended(&state));
    known = 0;
    propose("assessed", 0, NOW, DUE);
    check_told_with_its_extension();
}

static void test_an_extension_counts_again_where_its_run_had_ended(void **unused) {
    (void)unused;
    propose("started", 0, NOW, DUE);
    extend();
    end("resolution", NOW);
    assert_false(case_is_extended(&state));
    propose("started", 0, NOW + 1000, DUE + 60000); // its acceptance
    assert_null(armed()->run);
    propose("assessed", 0, NOW, DUE);
    check_told_with_its_extension();
}

static void test_a_rework_knows_no_extension_of_before(void **unused) {
    (void)unused;
    Redress__V1__ArmClock message = REDRESS__V1__ARM_CLOCK__INIT;
    Redress__V1__ClockTerms terms = REDRESS__V1__CLOCK_TERMS__INIT;
    propose("started", 0, NOW, DUE);
    extend();
    terms.name = "resolution";
    terms.restarted_on = "rework";
    terms.started_at_ms = NOW + 1000;
    terms.due_at_ms = DUE + 1000;
    message.terms = &terms;
    message.reason = "restarted";
    put((struct case_input){.kind = INPUT_ARM_CLOCK, .actor = "sla-timer", .of.arm = &message});
    assert_int_equal(state.change_count, 0);
}

static void test_what_was_breached_is_not_begun_anew_by_an_acceptance(void **unused) {
    (void)unused;
    propose("started", 0, NOW, DUE);
    now = DUE;
    breach("resolution");
    propose("started", 0, DUE + 1, DUE + 100000);
    assert_int_equal(decision.count, 0);
    assert_int_equal(resolution()->state, CLOCK_STATE_BREACHED);
}

static void test_a_breached_run_begins_nowhere_else(void **unused) {
    (void)unused;
    propose("started", 0, NOW, DUE);
    now = DUE;
    breach("resolution");
    assert_int_equal(resolution()->state, CLOCK_STATE_BREACHED);
    propose("assessed", 0, NOW + 1000, DUE + 1000);
    assert_int_equal(decision.count, 0);
    end("resolution", NOW);
    assert_int_equal(decision.count, 0);
}

// It would run again by no rule, or without its beginning.
static void test_a_run_that_rests_ends_too_where_no_rule_lets_it_go_on(void **unused) {
    (void)unused;
    propose("started", 0, NOW, DUE);
    struct case_clock *clock = (struct case_clock *)resolution();
    clock->state = CLOCK_STATE_PAUSED;
    end("resolution", NOW);
    assert_int_equal(decision.count, 1);
    assert_true(decision.facts[0].body.clock_stopped.displaced);
    assert_int_equal(resolution()->state, CLOCK_STATE_STOPPED);
}

static void test_another_run_is_not_the_one_that_ends(void **unused) {
    (void)unused;
    propose("started", 0, NOW, DUE);
    end("resolution", NOW + 1);
    assert_int_equal(decision.count, 0);
    end("first_response", NOW);
    assert_int_equal(decision.count, 0);
    assert_true(case_clock_runs(resolution()));
}

static void
test_terms_of_before_an_assessment_are_told_so_that_their_run_is_counted(void **unused) {
    (void)unused;
    now += 1000;
    based_on = state.sequence; // its acceptance, say
    assess(1, "petition");
    propose("started", 0, now, DUE);
    const Redress__V1__ClockArmed *body = armed();
    assert_non_null(body->run);
    assert_string_equal(body->run->name, "resolution");
    assert_int_equal(body->run->version, 1);
    assert_true(body->run->started_at_ms == now);
    assert_int_equal(body->run->n_changes, 0);
    assert_int_equal(body->assessed->urgency, REDRESS__V1__URGENCY__URGENCY_P1);
    assert_string_equal(body->assessed->situations, "petition");
    based_on = state.sequence; // the terms by what is known now
    propose("overtaken", 1, now, DUE - 5000);
    assert_null(armed()->run);
    propose("overtaken", 2, now, DUE - 5000);
    assert_int_equal(decision.count, 0); // once
}

// Accepted, then a petition and at once none again: the second assessment moves the run that the
// first one began, so that nothing is left to count.
static void test_a_run_that_moved_meanwhile_is_not_counted_as_it_was(void **unused) {
    (void)unused;
    assess(3, "petition");
    based_on = state.sequence;
    assess(3, "");
    propose("assessed", 0, NOW + 1000, DUE + 1000);
    assert_non_null(armed()->run);
    based_on = state.sequence - 1; // the second one
    propose("assessed", 0, NOW, DUE);
    assert_true(resolution()->started_at_ms == NOW);
    based_on = state.sequence - 1; // the run that was told
    propose("overtaken", 1, NOW + 1000, DUE + 2000);
    assert_int_equal(decision.count, 0);
    assert_true(resolution()->started_at_ms == NOW);
}

static void test_what_each_assessment_counts_by_itself_is_not_told(void **unused) {
    (void)unused;
    based_on = 1;
    assess(1, "");
    propose("started", 0, NOW, DUE);
    assert_null(armed()->run);
}

static void test_a_resumption_that_an_assessment_overtook_is_told_with_its_pause(void **unused) {
    (void)unused;
    now += 1000;
    propose("started", 0, now, DUE);
    state.changes[state.change_count++] = (struct case_change){
        .clock = "resolution", .ground = "appraisal", .from_ms = now, .until_ms = now + 10};
    ((struct case_clock *)resolution())->state = CLOCK_STATE_PAUSED;
    known_sequence = state.sequence;
    assess(1, "");
    now += 20;
    propose("resumed", 1, NOW + 1000, DUE + 10);
    const Redress__V1__ClockRun *run = armed()->run;
    assert_non_null(run);
    assert_int_equal(run->n_changes, 1);
    assert_string_equal(run->changes[0]->ground, "appraisal");
    assert_true(run->changes[0]->to_ms == NOW + 1010);
}

// A rule of a petition's that lets nothing begin again.
static void test_what_began_again_ends_where_its_rule_lets_nothing_begin_again(void **unused) {
    (void)unused;
    Redress__V1__EndClock message = REDRESS__V1__END_CLOCK__INIT;
    propose("started", 0, NOW, DUE);
    struct case_clock *clock = (struct case_clock *)resolution();
    message.name = "resolution";
    message.started_at_ms = NOW;
    message.policy_version = "cn-petition@1";
    const struct case_input input = {
        .kind = INPUT_END_CLOCK, .actor = "sla-timer", .of.end = &message};
    put(input);
    assert_int_equal(decision.count, 0); // a first run
    snprintf(clock->restarted_on, sizeof clock->restarted_on, "rework");
    message.started_at_ms = NOW - 1;
    put(input);
    assert_int_equal(decision.count, 0); // of another rework
    message.started_at_ms = NOW;
    put(input);
    assert_int_equal(decision.count, 1);
}

static void end_of_no_rule(const char *name) {
    Redress__V1__EndClock message = REDRESS__V1__END_CLOCK__INIT;
    message.name = (char *)name;
    message.started_at_ms = 1;
    message.based_on = state.sequence;
    put((struct case_input){.kind = INPUT_END_CLOCK, .actor = "sla-timer", .of.end = &message});
}

static void promise(const char *name, const char *stops_on) {
    Redress__V1__ArmClock message = REDRESS__V1__ARM_CLOCK__INIT;
    Redress__V1__ClockTerms terms = REDRESS__V1__CLOCK_TERMS__INIT;
    terms.name = (char *)name;
    terms.stops_on = (char *)stops_on;
    terms.restarted_on = "progress-told";
    terms.started_at_ms = now;
    terms.due_at_ms = DUE;
    message.terms = &terms;
    put((struct case_input){.kind = INPUT_ARM_CLOCK, .actor = "sla-timer", .of.arm = &message});
}

// P1 that turned out to be P3: nobody is owed its progress any more.
static void test_what_no_rule_asks_for_ends_in_whichever_run_but_a_visit(void **unused) {
    (void)unused;
    promise("progress", "progress_told");
    promise("follow_up_1", "visit_done");
    end_of_no_rule("progress");
    assert_int_equal(decision.count, 1);
    assert_true(decision.facts[0].body.clock_stopped.displaced);
    end_of_no_rule("follow_up_1");
    assert_int_equal(decision.count, 0);
    assert_true(runs("follow_up_1"));
}

static void test_an_assessment_tells_what_was_before_and_what_was_reached(void **unused) {
    (void)unused;
    const Redress__V1__CaseAssessed *body = assess(3, "");
    assert_null(body->before);
    assert_int_equal(body->n_reached, 0);
    assert_false(body->reopened);
    now += 1000;
    DOES(boss, ACCEPT);
    now += 1000;
    body = assess(2, "petition");
    assert_int_equal(body->urgency, REDRESS__V1__URGENCY__URGENCY_P2);
    assert_int_equal(body->before->urgency, REDRESS__V1__URGENCY__URGENCY_P3);
    bool accepted = false;
    for (size_t i = 0; i < body->n_reached; i++) {
        if (strcmp(body->reached[i]->milestone, "case_accepted") == 0) {
            accepted = body->reached[i]->at_ms == NOW + 1000;
        }
        assert_string_not_equal(body->reached[i]->milestone, "case_registered");
    }
    assert_true(accepted);
}

static void test_what_was_reached_before_a_closure_counts_no_more(void **unused) {
    (void)unused;
    to_signed();
    DOES(lead, INVESTIGATE);
    DOES(lead, DECIDE, .outcome = 1);
    DOES(lead, REPLY);
    DOES(boss, FOLLOW_UP, .reached = true, .solved = true);
    DOES(boss, CLOSE);
    now += 1000;
    DOES(boss, REOPEN, .outcome = REDRESS__V1__REOPEN_GROUND__REOPEN_GROUND_NEW_FACTS);
    const Redress__V1__CaseAssessed *body = assess(3, "petition");
    assert_true(body->reopened);
    assert_int_equal(body->n_reached, 0);
}

static int fresh(void **unused) {
    based_on = 0;
    known = 0;
    known_sequence = 0;
    return begin(unused);
}

#define FRESH(name) cmocka_unit_test_setup(name, fresh)

int main(void) {
    const struct CMUnitTest tests[] = {
        FRESH(test_a_run_that_no_rule_lets_go_on_ends_and_breaches_never),
        FRESH(test_it_begins_with_what_its_rule_names),
        FRESH(test_corrected_it_counts_from_the_registration_again),
        FRESH(test_a_first_run_begins_earlier_by_a_later_assessment),
        FRESH(test_terms_that_know_no_extension_change_no_run_that_has_one),
        FRESH(test_an_extension_counts_again_where_its_run_goes_back),
        FRESH(test_an_extension_counts_again_where_its_run_had_ended),
        FRESH(test_a_rework_knows_no_extension_of_before),
        FRESH(test_what_was_breached_is_not_begun_anew_by_an_acceptance),
        FRESH(test_a_breached_run_begins_nowhere_else),
        FRESH(test_a_run_that_rests_ends_too_where_no_rule_lets_it_go_on),
        FRESH(test_another_run_is_not_the_one_that_ends),
        FRESH(test_terms_of_before_an_assessment_are_told_so_that_their_run_is_counted),
        FRESH(test_a_run_that_moved_meanwhile_is_not_counted_as_it_was),
        FRESH(test_what_each_assessment_counts_by_itself_is_not_told),
        FRESH(test_a_resumption_that_an_assessment_overtook_is_told_with_its_pause),
        FRESH(test_what_began_again_ends_where_its_rule_lets_nothing_begin_again),
        FRESH(test_what_no_rule_asks_for_ends_in_whichever_run_but_a_visit),
        FRESH(test_an_assessment_tells_what_was_before_and_what_was_reached),
        FRESH(test_what_was_reached_before_a_closure_counts_no_more),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
