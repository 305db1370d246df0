// SPDX-License-Identifier: Apache-2.0
// Progress messages, visits after a crisis, improvements: what stops, what begins again.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "permission.h"
#include "workflow.h"

#define CASE_ID "01234567-89ab-8def-8123-456789abcdef"
#define NOW INT64_C(1770971400000)
#define HOUR INT64_C(3600000)
#define UNIT "bureau.complaints"

static struct case_state state;
static struct case_decision decision;
static int64_t now;

static int begin(void **unused) {
    (void)unused;
    memset(&state, 0, sizeof state);
    memcpy(state.case_id, CASE_ID, sizeof CASE_ID);
    memcpy(state.tenant, "bureau", 7);
    memcpy(state.unit, UNIT, sizeof UNIT);
    state.status = CASE_INVESTIGATING;
    state.urgency = 2;
    now = NOW;
    return 0;
}

static const char *put(struct case_input input) {
    input.cause_id = CASE_ID;
    case_decide(&state, &input, now, &decision);
    for (size_t i = 0; i < decision.count; i++) {
        case_apply(&state, &decision.facts[i]);
    }
    return decision.verdict == CASE_DECIDED_REFUSAL ? decision.code : "";
}

static const char *give(enum input_kind kind, struct case_command command) {
    static const char *const units[] = {UNIT};
    struct case_actor actor = {.subject = "lin",
                               .roles = ROLE_OPERATOR | ROLE_HANDLER | ROLE_SUPERVISOR,
                               .units = units,
                               .unit_count = 1};
    command.actor = &actor;
    command.text = "text";
    command.detail = "measure";
    command.unit = UNIT;
    return put((struct case_input){.kind = kind, .actor = "lin", .of.command = &command});
}

// Whether the terms of a run from now on were taken.
static bool begin_again(const char *ground, const char *name, int64_t due_in) {
    Redress__V1__ArmClock message = REDRESS__V1__ARM_CLOCK__INIT;
    Redress__V1__ClockTerms terms = REDRESS__V1__CLOCK_TERMS__INIT;
    terms.name = (char *)name;
    terms.started_at_ms = now;
    terms.due_at_ms = now + due_in;
    terms.restarted_on = (char *)ground;
    terms.stops_on = strcmp(name, "progress") == 0 ? (char *)"progress_told" : (char *)"visit_done";
    message.terms = &terms;
    put((struct case_input){.kind = INPUT_ARM_CLOCK, .actor = "sla-timer", .of.arm = &message});
    return decision.count == 1 && decision.facts[0].kind == FACT_CLOCK_ARMED;
}

static bool arm(const char *name, int64_t due_in) { return begin_again("", name, due_in); }

static void breach(const char *name) {
    Redress__V1__BreachClock message = REDRESS__V1__BREACH_CLOCK__INIT;
    message.name = (char *)name;
    message.version = case_clock_find(&state, name)->version;
    put((struct case_input){
        .kind = INPUT_BREACH_CLOCK, .actor = "sla-timer", .of.breach = &message});
}

static bool runs(const char *name) { return case_clock_runs(case_clock_find(&state, name)); }

static void test_the_progress_clock_begins_again_with_each_message_alone(void **unused) {
    (void)unused;
    assert_true(arm("progress", 24 * HOUR));
    now += HOUR;
    assert_false(arm("progress", 24 * HOUR)); // an assessment, say: it is not put off
    assert_true(arm("progress", 2 * HOUR));   // more urgent now: brought forward
    now += HOUR;
    assert_string_equal(give(INPUT_REPORT_PROGRESS, (struct case_command){0}), "");
    assert_int_equal(decision.facts[0].kind, FACT_PROGRESS_TOLD);
    assert_true(fact_has_traits(FACT_PROGRESS_TOLD)); // by which the next one is due
    assert_false(runs("progress"));
    assert_false(arm("progress", 24 * HOUR)); // said before that was told
    assert_true(begin_again("progress-told", "progress", 24 * HOUR));
    now += 25 * HOUR;
    breach("progress");
    assert_int_equal(decision.facts[0].kind, FACT_CLOCK_BREACHED);
    assert_string_equal(give(INPUT_REPORT_PROGRESS, (struct case_command){0}), "");
    assert_true(begin_again("progress-told", "progress", 24 * HOUR));
    assert_true(runs("progress"));
}

static void test_no_progress_is_owed_once_the_case_is_answered(void **unused) {
    (void)unused;
    assert_true(arm("progress", HOUR));
    state.status = CASE_DECIDED;
    assert_string_equal(give(INPUT_REPLY, (struct case_command){.attempts = 3}), "");
    assert_false(runs("progress"));
    now += HOUR;
    assert_false(arm("progress", HOUR));
    assert_false(begin_again("progress-told", "progress", HOUR));
    state.status = CASE_REWORK; // owed again
    assert_true(begin_again("rework", "progress", HOUR));
}

static const char *visit(Redress__V1__VisitOutcome outcome) {
    return give(INPUT_VISIT, (struct case_command){.outcome = (uint32_t)outcome});
}

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

static const Redress__V1__CaseAssessed *assess(uint32_t urgency, uint32_t crisis) {
    give(INPUT_SET_ASSESSMENT, (struct case_command){.urgency = urgency, .crisis = crisis});
    assert_int_equal(decision.facts[0].kind, FACT_CASE_ASSESSED);
    return &decision.facts[0].body.assessed;
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

static void test_a_case_becomes_major_where_it_was_less(void **unused) {
    (void)unused;
    static const struct {
        uint32_t urgency;
        bool became_major;
    } rows[] = {{3, false}, {2, true}, {2, false}, {1, true}, {2, false}, {4, false}, {1, true}};
    state.urgency = 0;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        assert_int_equal(assess(rows[i].urgency, 0)->became_major, rows[i].became_major);
    }
}

static void test_promises_are_not_counted_again_from_their_beginning(void **unused) {
    (void)unused;
    assert_true(arm("progress", 24 * HOUR) && arm("follow_up_1", 24 * HOUR));
    now += HOUR;
    assert_int_equal(assess(1, 0)->n_runs, 0);
}

static void test_an_improvement_is_made_once(void **unused) {
    (void)unused;
    struct case_command open = {.entry = {.due_at_ms = NOW + HOUR}};
    struct case_command past = {.entry = {.due_at_ms = NOW}};
    assert_string_equal(give(INPUT_COMPLETE_IMPROVEMENT, past), "no-improvement-open");
    assert_string_equal(give(INPUT_OPEN_IMPROVEMENT, past), "due-in-past");
    assert_string_equal(give(INPUT_OPEN_IMPROVEMENT, open), "");
    assert_string_equal(give(INPUT_OPEN_IMPROVEMENT, open), "");
    assert_string_equal(decision.facts[0].body.improvement_opened.owner, UNIT);
    assert_string_equal(decision.facts[0].body.improvement_opened.measure, "measure");
    struct case_command done = {.entry = {.number = 3}};
    assert_string_equal(give(INPUT_COMPLETE_IMPROVEMENT, done), "unknown-improvement");
    done.entry.number = 1;
    now += 2 * HOUR;
    assert_string_equal(give(INPUT_COMPLETE_IMPROVEMENT, done), "");
    assert_true(decision.facts[0].body.improvement_done.late);
    assert_string_equal(give(INPUT_COMPLETE_IMPROVEMENT, done), "already-done");
    done.entry.number = 2;
    assert_string_equal(give(INPUT_COMPLETE_IMPROVEMENT, done), "");
    assert_string_equal(give(INPUT_COMPLETE_IMPROVEMENT, done), "no-improvement-open");
    open.entry.due_at_ms = now + HOUR;
    for (unsigned i = 2; i < CASE_IMPROVEMENTS; i++) {
        assert_string_equal(give(INPUT_OPEN_IMPROVEMENT, open), "");
    }
    assert_string_equal(give(INPUT_OPEN_IMPROVEMENT, open), "too-many-improvements");
}

static void test_an_improvement_has_a_clock_that_outlives_its_case(void **unused) {
    (void)unused;
    struct case_command open = {.entry = {.due_at_ms = now + HOUR}};
    struct case_command late = {.entry = {.due_at_ms = now + 731 * 24 * HOUR}};
    assert_string_equal(give(INPUT_OPEN_IMPROVEMENT, late), "due-too-late");
    assert_string_equal(give(INPUT_OPEN_IMPROVEMENT, open), "");
    assert_true(fact_has_traits(FACT_IMPROVEMENT_OPENED)); // by which its clock is armed
    assert_string_equal(give(INPUT_OPEN_IMPROVEMENT, open), "");
    assert_false(arm("improvement-3", HOUR)); // there is none
    assert_true(arm("improvement-1", HOUR) && arm("improvement-2", HOUR));
    assert_string_equal(give(INPUT_WITHDRAW, (struct case_command){0}), "");
    assert_true(runs("improvement-1") && runs("improvement-2"));
    assert_string_equal(give(INPUT_ARCHIVE, (struct case_command){0}), "");
    struct case_command done = {.entry = {.number = 1}};
    assert_string_equal(give(INPUT_COMPLETE_IMPROVEMENT, done), "");
    assert_false(runs("improvement-1"));
    assert_false(arm("improvement-1", HOUR));
    now += HOUR;
    breach("improvement-2");
    assert_int_equal(decision.facts[0].kind, FACT_CLOCK_BREACHED);
    assert_int_equal(decision.facts[1].kind, FACT_ALARM_RAISED);
    assert_int_equal(decision.count, 2);
}

#define TEST(name) cmocka_unit_test_setup(name, begin)

int main(void) {
    const struct CMUnitTest tests[] = {
        TEST(test_the_progress_clock_begins_again_with_each_message_alone),
        TEST(test_no_progress_is_owed_once_the_case_is_answered),
        TEST(test_each_visit_stops_its_own_clock_and_an_unreached_one_none),
        TEST(test_a_worse_crisis_is_visited_from_the_beginning),
        TEST(test_a_case_becomes_major_where_it_was_less),
        TEST(test_promises_are_not_counted_again_from_their_beginning),
        TEST(test_an_improvement_is_made_once),
        TEST(test_an_improvement_has_a_clock_that_outlives_its_case),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
