// SPDX-License-Identifier: Apache-2.0
// Who stands above whom: reviews go up the tree of institutions.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "command_access.h"
#include "one_case.h"
#include "workflow.h"

#define HOSPITAL "donghu-hospital"
#define DISTRICT "donghu-hospital,donghu-district"
#define REGION "donghu-hospital,donghu-district,bureau"

static struct region *region;

static int load(void **unused) {
    (void)unused;
    return region_load(&region, "deploy/region/example", NULL) == RC_OK ? 0 : -1;
}

static int unload(void **unused) {
    (void)unused;
    region_free(region);
    return 0;
}

// A case of a hospital that a district stands above.
static int begin_below(void **unused) {
    int failed = begin(unused);
    snprintf(state.tenant, sizeof state.tenant, HOSPITAL);
    access_ask_policy(region, &state, now);
    tenants = HOSPITAL;
    return failed;
}

// Decided by somebody of this scope, then closed and to be reviewed.
static void decided_by(const char *scope) {
    tenants = scope;
    GO(TO_REPLIED);
    tenants = REGION;
    follow_up(true, true);
    GO(INPUT_CLOSE, INPUT_REVIEW);
}

static const char *reviews(const char *subject, const char *scope, uint32_t result) {
    tenants = scope;
    const char *code = give(INPUT_DECIDE_REVIEW, subject, (struct case_command){.outcome = result});
    tenants = REGION;
    return code;
}

static void test_a_review_goes_up_a_level_each_time(void **unused) {
    (void)unused;
    decided_by(HOSPITAL);
    assert_string_equal(decision.facts[0].body.review_requested.reviewers_of, "donghu-district");
    assert_string_equal(reviews("ren", HOSPITAL, 1), "level-below");
    assert_string_equal(reviews("ren", "first-hospital", 1), "case-not-found");
    assert_string_equal(reviews("ren", DISTRICT, 1), "");
    assert_string_equal(decision.facts[0].body.review_decided.acting_for, "donghu-district");
    GO(INPUT_RE_REVIEW);
    assert_string_equal(decision.facts[0].body.final_review_requested.reviewers_of, "bureau");
    assert_string_equal(reviews("su", DISTRICT, 1), "level-below");
    assert_string_equal(reviews("su", REGION, 1), "");
    assert_int_equal(state.status, CASE_FINAL);
}

static const Redress__V1__AlarmRaised *raised(void) {
    size_t place = 0;
    while (place < decision.count && decision.facts[place].kind != FACT_ALARM_RAISED) {
        place++;
    }
    assert_true(place < decision.count);
    return &decision.facts[place].body.alarm_raised;
}

static void test_a_reviews_clock_says_whose_it_is(void **unused) {
    (void)unused;
    decided_by(HOSPITAL);
    arm("review");
    arm("mediation");
    now += 1000;
    breach("mediation");
    assert_string_equal(raised()->reviewers_of, "");
    breach("review");
    assert_string_equal(raised()->reviewers_of, "donghu-district");
    assert_int_equal(raised()->n_decided_by, 1);
    assert_string_equal(raised()->decided_by[0], "lin");
}

static void test_above_the_bureau_is_another_person_of_the_bureau(void **unused) {
    (void)unused;
    decided_by(HOSPITAL);
    assert_string_equal(reviews("ren", REGION, 1), ""); // over the district
    GO(INPUT_RE_REVIEW);
    assert_string_equal(reviews("ren", REGION, 1), "own-decision");
    assert_string_equal(reviews("su", DISTRICT, 1), "level-below");
    assert_string_equal(reviews("su", REGION, 1), "");
}

static void test_what_the_bureau_decided_no_district_reviews(void **unused) {
    (void)unused;
    decided_by(REGION);
    assert_string_equal(state.decided_for, "bureau");
    assert_string_equal(reviews("ren", DISTRICT, 1), "level-below");
    assert_string_equal(reviews("ren", REGION, 1), "");
}

static void test_what_was_settled_at_once_has_its_level_too(void **unused) {
    (void)unused;
    tenants = DISTRICT;
    GO(INPUT_ACCEPT, INPUT_RESOLVE_ON_SPOT, INPUT_REPLY);
    tenants = REGION;
    follow_up(true, true);
    GO(INPUT_CLOSE, INPUT_REVIEW);
    assert_string_equal(reviews("ren", DISTRICT, 1), "level-below");
    assert_string_equal(reviews("ren", REGION, 1), "");
}

// What the hospital decides anew is still reviewed above the district that sent it back.
static void test_a_returned_review_is_reviewed_again_above_its_own_level(void **unused) {
    (void)unused;
    decided_by(HOSPITAL);
    assert_string_equal(
        reviews("ren", DISTRICT, REDRESS__V1__REVIEW_RESULT__REVIEW_RESULT_RETURNED), "");
    tenants = HOSPITAL;
    assert_string_equal(give(INPUT_SIGN, "gao", (struct case_command){0}), "");
    assert_string_equal(give(INPUT_DECIDE, "gao", (struct case_command){0}), "");
    assert_string_equal(give(INPUT_REPLY, "gao", (struct case_command){0}), "");
    tenants = REGION;
    follow_up(true, true);
    settle();
    GO(INPUT_CLOSE, INPUT_RE_REVIEW);
    assert_string_equal(reviews("su", DISTRICT, 1), "level-below");
    assert_string_equal(reviews("su", REGION, 1), "");
}

// A case of the bureau itself has a line of one.
static void test_of_the_bureaus_own_case_another_person_of_the_bureau_reviews(void **unused) {
    (void)unused;
    snprintf(state.tenant, sizeof state.tenant, "bureau");
    access_ask_policy(region, &state, now);
    assert_int_equal(state.line.count, 1);
    decided_by(REGION);
    assert_string_equal(reviews("lin", REGION, 1), "own-decision");
    assert_string_equal(reviews("ren", REGION, 1), "");
}

// Somebody with this scope issues an order, which the unit answers.
static void ordered_by(const char *scope) {
    struct case_command answer = {.entry = {.number = (uint32_t)state.parts.order_count + 1}};
    tenants = scope;
    of_region = false;
    assert_string_equal(give(INPUT_SUPERVISE, "gao", (struct case_command){0}), "");
    tenants = REGION;
    assert_string_equal(give(INPUT_ANSWER_SUPERVISION, "lin", answer), "");
}

static const char *lifts(uint32_t order, const char *scope) {
    tenants = scope;
    return give(INPUT_LIFT_SUPERVISION, "he", (struct case_command){.entry = {.number = order}});
}

static void test_an_order_of_the_district_is_not_lifted_by_its_hospital(void **unused) {
    (void)unused;
    GO(INPUT_ACCEPT, INPUT_DISPATCH, INPUT_SIGN);
    ordered_by(DISTRICT);
    assert_string_equal(state.parts.orders[0].acting_for, "donghu-district");
    assert_string_equal(lifts(1, HOSPITAL), "not-your-level");
    assert_string_equal(lifts(1, "first-hospital"), "case-not-found");
    ordered_by(HOSPITAL);
    assert_string_equal(lifts(1, HOSPITAL), "not-your-level"); // though it may lift the other
    assert_string_equal(lifts(2, HOSPITAL), "");
    assert_string_equal(lifts(1, DISTRICT), "");
    ordered_by(DISTRICT);
    assert_string_equal(lifts(3, REGION), "");
}

static void test_who_may_lift_no_order_is_not_offered_it(void **unused) {
    (void)unused;
    struct case_actor actor = {.subject = "he", .roles = ROLE_SUPERVISOR, .tenants = HOSPITAL};
    GO(INPUT_ACCEPT, INPUT_DISPATCH, INPUT_SIGN);
    ordered_by(DISTRICT);
    assert_string_equal(case_permits(&state, INPUT_LIFT_SUPERVISION, &actor), "not-your-level");
    ordered_by(HOSPITAL);
    assert_null(case_permits(&state, INPUT_LIFT_SUPERVISION, &actor));
}

static void test_an_order_of_before_levels_is_the_institutions(void **unused) {
    (void)unused;
    GO(INPUT_ACCEPT, INPUT_DISPATCH, INPUT_SIGN);
    ordered_by(DISTRICT);
    state.parts.orders[0].acting_for[0] = '\0';
    assert_string_equal(lifts(1, HOSPITAL), "");
}

static void test_an_order_of_who_has_left_the_line_is_lifted_by_the_region_alone(void **unused) {
    (void)unused;
    GO(INPUT_ACCEPT, INPUT_DISPATCH, INPUT_SIGN);
    ordered_by(DISTRICT);
    snprintf(state.parts.orders[0].acting_for, sizeof state.parts.orders[0].acting_for, "gone");
    assert_string_equal(lifts(1, DISTRICT), "not-your-level");
    of_region = true;
    assert_string_equal(lifts(1, REGION), "");
}

#define TEST(name) cmocka_unit_test_setup(name, begin_below)

int main(void) {
    const struct CMUnitTest tests[] = {
        TEST(test_a_review_goes_up_a_level_each_time),
        TEST(test_a_reviews_clock_says_whose_it_is),
        TEST(test_above_the_bureau_is_another_person_of_the_bureau),
        TEST(test_what_the_bureau_decided_no_district_reviews),
        TEST(test_what_was_settled_at_once_has_its_level_too),
        TEST(test_a_returned_review_is_reviewed_again_above_its_own_level),
        TEST(test_an_order_of_the_district_is_not_lifted_by_its_hospital),
        TEST(test_who_may_lift_no_order_is_not_offered_it),
        TEST(test_an_order_of_before_levels_is_the_institutions),
        TEST(test_an_order_of_who_has_left_the_line_is_lifted_by_the_region_alone),
        TEST(test_of_the_bureaus_own_case_another_person_of_the_bureau_reviews),
    };
    return cmocka_run_group_tests(tests, load, unload);
}
