// SPDX-License-Identifier: Apache-2.0
// What a command means by the region's files: who is left to act and to supervise, who may be
// named, and what needs a reason.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "command_body.h"
#include "plans.h"
#include "staffing.h"

#define CASE_ID "01234567-89ab-8def-8123-456789abcdef"
#define SUPERVISORS 3 // of the hospital

static const char *const supervisors[SUPERVISORS] = {"lin-zhiyuan", "tang-wei", "gao-min"};

static struct region *region;
static struct case_state state;
static struct case_decision decision;

static int load(void **unused) {
    (void)unused;
    return region_load(&region, "deploy/region/example", NULL) == RC_OK ? 0 : -1;
}

static int unload(void **unused) {
    (void)unused;
    region_free(region);
    return 0;
}

// A hospital's case that its nursing department handles.
static int begin(void **unused) {
    (void)unused;
    memset(&state, 0, sizeof state);
    snprintf(state.case_id, sizeof state.case_id, CASE_ID);
    snprintf(state.tenant, sizeof state.tenant, "first-hospital");
    snprintf(state.unit, sizeof state.unit, "first-hospital.nursing");
    snprintf(state.handler, sizeof state.handler, "shen-yue");
    state.status = CASE_SIGNED;
    state.urgency = 2;
    state.crisis = 3;
    return 0;
}

// The unit that is told that nobody supervises the case after this conflict; "".
static const char *unsupervised_by(const char *subject) {
    const struct case_command command = {.staff = subject, .text = ""};
    const struct case_input input = {.kind = INPUT_DECLARE_CONFLICT, .of.command = &command};
    const char *unit = staffing_supervision(region, &state, &input);
    return unit == NULL ? "" : unit;
}

static void test_the_last_supervisor_in_conflict_is_told_to_the_bureau_once(void **unused) {
    (void)unused;
    for (size_t i = 0; i + 1 < SUPERVISORS; i++) {
        assert_string_equal(unsupervised_by(supervisors[i]), "");
        case_add_conflict(&state, supervisors[i]);
    }
    assert_string_equal(unsupervised_by("shen-yue"), ""); // supervises nothing
    assert_string_equal(unsupervised_by("he-jing"), "");  // nothing of this institution
    assert_string_equal(unsupervised_by(supervisors[SUPERVISORS - 1]), "bureau.complaints");
    case_add_conflict(&state, supervisors[SUPERVISORS - 1]);
    assert_string_equal(unsupervised_by("shen-yue"), ""); // it was told before
}

static void test_a_person_concerned_may_be_the_last_supervisor(void **unused) {
    (void)unused;
    const struct case_command command = {.entry = {.staff_code = "gao-min"}, .text = ""};
    const struct case_input input = {.kind = INPUT_CONCERN_PERSON, .of.command = &command};
    case_add_conflict(&state, supervisors[0]);
    case_add_conflict(&state, supervisors[1]);
    assert_string_equal(staffing_supervision(region, &state, &input), "bureau.complaints");
}

static void test_a_case_that_has_ended_needs_nobody(void **unused) {
    (void)unused;
    case_add_conflict(&state, supervisors[0]);
    case_add_conflict(&state, supervisors[1]);
    state.status = CASE_CLOSED;
    assert_string_equal(unsupervised_by(supervisors[2]), "");
}

// Nobody left to act and nobody left to supervise are two alarms, of two numbers.
static void test_one_conflict_can_raise_both_alarms(void **unused) {
    (void)unused;
    const struct case_actor actor = {.subject = "gao-min", .roles = ROLE_SUPERVISOR};
    const struct case_command command = {.actor = &actor, .staff = "gao-min", .text = "亲属"};
    const struct case_input input = {.kind = INPUT_DECLARE_CONFLICT,
                                     .cause_id = CASE_ID,
                                     .actor = "gao-min",
                                     .unstaffed_to = "bureau.complaints",
                                     .unsupervised_to = "bureau.complaints",
                                     .of.command = &command};
    case_decide(&state, &input, 1770971400000, &decision);
    assert_int_equal(decision.count, 3);
    const Redress__V1__AlarmRaised *first = &decision.facts[1].body.alarm_raised;
    const Redress__V1__AlarmRaised *second = &decision.facts[2].body.alarm_raised;
    assert_int_equal(first->kind, REDRESS__V1__ALARM_KIND__ALARM_KIND_NO_ASSIGNEE);
    assert_int_equal(second->kind, REDRESS__V1__ALARM_KIND__ALARM_KIND_NO_SUPERVISOR);
    assert_int_equal(second->ordinal, first->ordinal + 1);
    assert_string_not_equal(second->alarm_id, first->alarm_id);
    for (size_t i = 0; i < decision.count; i++) {
        case_apply(&state, &decision.facts[i]);
    }
    assert_int_equal(state.alarm_count, 2);
    assert_string_equal(state.alarms[1].unit, "bureau.complaints"); // whose ladder it climbs
}

// The field that is wrong with naming this person; "".
static const char *wrong_with(const char *staff_code) {
    static struct error error;
    char situations[CASE_SITUATIONS_SIZE];
    struct case_command command = {0};
    json_t *body =
        json_pack("{s:s, s:s, s:s}", "kind", "staff", "title", "护士", "staff_code", staff_code);
    const struct command_request request = {.kind = INPUT_CONCERN_PERSON, .body = body};
    memset(&error, 0, sizeof error);
    enum rc rc = command_body_read(region, &request, &command, situations, &error);
    json_decref(body);
    return rc == RC_OK ? "" : error.field;
}

static void test_a_staff_code_is_one_of_the_regions(void **unused) {
    (void)unused;
    assert_string_equal(wrong_with("demo-handler"), "");
    assert_string_equal(wrong_with(""), ""); // somebody from outside
    assert_string_equal(wrong_with("Demo-Handler"), "staff_code");
    assert_string_equal(wrong_with("N-107"), "staff_code");
}

// The field that is wrong with an assessment of a case of P2 and R2; "".
static const char *wrong_to_assess(uint32_t urgency, uint32_t crisis, const char *reason) {
    static struct error error;
    struct plans plans;
    struct case_command command = {.urgency = urgency, .crisis = crisis, .text = reason};
    memset(&error, 0, sizeof error);
    enum rc rc =
        plans_make(&plans, region, &state, INPUT_SET_ASSESSMENT, &command, 1770971400000, &error);
    plans_free(&plans);
    return rc == RC_OK ? "" : error.field;
}

static void test_only_a_lower_assessment_needs_a_reason(void **unused) {
    (void)unused;
    assert_string_equal(wrong_to_assess(2, 0, ""), "");
    assert_string_equal(wrong_to_assess(1, 0, ""), "");
    assert_string_equal(wrong_to_assess(2, 4, ""), "");
    assert_string_equal(wrong_to_assess(3, 0, ""), "reason");
    assert_string_equal(wrong_to_assess(2, 2, ""), "reason");
    assert_string_equal(wrong_to_assess(1, 2, ""), "reason"); // one of the two is lower
    assert_string_equal(wrong_to_assess(4, 1, "误判"), "");
    state.urgency = 0;
    state.crisis = 0;
    assert_string_equal(wrong_to_assess(4, 1, ""), ""); // nobody has assessed it yet
}

// By it the alarm climbs as a crisis does.
static void test_an_alarm_says_the_crisis_that_raised_it(void **unused) {
    (void)unused;
    const struct case_actor actor = {.subject = "tang-wei", .roles = ROLE_SUPERVISOR};
    const struct case_command command = {
        .actor = &actor, .urgency = 1, .crisis = 5, .text = "", .category = "other"};
    const struct case_input input = {.kind = INPUT_SET_ASSESSMENT,
                                     .cause_id = CASE_ID,
                                     .actor = "tang-wei",
                                     .of.command = &command};
    case_decide(&state, &input, 1770971400000, &decision);
    assert_int_equal(decision.count, 2);
    assert_int_equal(decision.facts[1].kind, FACT_ALARM_RAISED);
    assert_true(fact_has_traits(FACT_ALARM_RAISED));
    assert_true(fact_has_traits(FACT_CASE_ESCALATED));
    assert_int_equal(decision.facts[1].traits.crisis, REDRESS__V1__CRISIS_LEVEL__CRISIS_LEVEL_R4);
}

int main(void) {
#define TEST(name) cmocka_unit_test_setup(name, begin)
    const struct CMUnitTest tests[] = {
        TEST(test_the_last_supervisor_in_conflict_is_told_to_the_bureau_once),
        TEST(test_a_person_concerned_may_be_the_last_supervisor),
        TEST(test_a_case_that_has_ended_needs_nobody),
        TEST(test_one_conflict_can_raise_both_alarms),
        TEST(test_an_alarm_says_the_crisis_that_raised_it),
        TEST(test_a_staff_code_is_one_of_the_regions),
        TEST(test_only_a_lower_assessment_needs_a_reason),
    };
    return cmocka_run_group_tests(tests, load, unload);
}
