// SPDX-License-Identifier: Apache-2.0
// What an institution may not do about itself, and a broken glass not at all.
#include "case_story.h"

static const struct user chief = {"tang", ROLE_SUPERVISOR | ROLE_OPERATOR, "demo-clinic.office"};
static const struct user reviewer = {"ren", ROLE_REVIEWER, "bureau.complaints"};

static void to_closed(void) {
    to_signed();
    DOES(lead, DECIDE, .outcome = 1);
    DOES(lead, REPLY);
    DOES(boss, FOLLOW_UP, .reached = true, .solved = true);
    DOES(boss, CLOSE);
}

static void test_an_institution_ends_no_review_of_itself(void **unused) {
    (void)unused;
    to_closed();
    DOES(boss, REVIEW);
    REFUSED("not-your-region", lead, REQUEST_TERMINATION);
    of_region = true;
    DOES(boss, REQUEST_TERMINATION);
    of_region = false;
    REFUSED("not-your-region", chief, TERMINATE);
    of_region = true;
    DOES(chief, TERMINATE);
}

static void test_what_a_review_decided_is_done_over_by_the_region_alone(void **unused) {
    (void)unused;
    to_closed();
    DOES(boss, REVIEW);
    of_region = true;
    DOES(reviewer, DECIDE_REVIEW, .outcome = REDRESS__V1__REVIEW_RESULT__REVIEW_RESULT_CHANGED);
    assert_int_equal(state.status, CASE_CLOSED);
    of_region = false;
    REFUSED("not-your-region", chief, REWORK);
    of_region = true;
    DOES(boss, REWORK);
}

static const char *last_alarm(void) { return state.alarms[state.alarm_count - 1].alarm_id; }

static void test_reviewers_take_the_alarms_of_reviews_alone(void **unused) {
    (void)unused;
    to_closed();
    DOES(boss, REVIEW);
    arm("mediation", now + 1000);
    arm("review", now + 1000);
    now += 1000;
    breach("mediation");
    REFUSED("not-your-unit", reviewer, ACKNOWLEDGE, .alarm_id = last_alarm());
    breach("review");
    DOES(reviewer, ACKNOWLEDGE, .alarm_id = last_alarm());
}

static void test_a_unit_objects_in_its_time_alone(void **unused) {
    (void)unused;
    DOES(boss, ACCEPT);
    DOES(boss, DISPATCH, .unit = LEAD);
    state.clocks[state.clock_count++] = (struct case_clock){
        .name = "objection", .lapses = true, .started_at_ms = now, .due_at_ms = now + 1000};
    const struct case_state dispatched = state;
    state.asked_at_ms = now + 1000;
    REFUSED("too-late-to-object", lead, REQUEST_RETURN, .unit = OTHER, .text = "非本科室");
    state.clocks[0].started_at_ms--; // of a dispatch before this one
    DOES(lead, REQUEST_RETURN, .unit = OTHER, .text = "非本科室");
    state = dispatched;
    state.asked_at_ms = now + 999;
    DOES(lead, REQUEST_RETURN, .unit = OTHER, .text = "非本科室");
}

static void test_a_supervised_case_is_redirected_nowhere(void **unused) {
    (void)unused;
    of_region = true;
    DOES(boss, SUPERVISE, ENTRY(.level = 1, .due_at_ms = NOW + 1000));
    REFUSED("supervised", boss, REDIRECT, .detail = "市医疗保障局");
}

static void test_a_designated_unit_is_not_rid_of_the_case_by_a_conflict(void **unused) {
    (void)unused;
    DOES(boss, ACCEPT);
    DOES(boss, DISPATCH, .unit = LEAD);
    of_region = true;
    DOES(boss, DESIGNATE, .unit = LEAD);
    of_region = false;
    DOES(lead, SIGN);
    DOES(lead, DECLARE_CONFLICT, .staff = lead.subject);
    assert_string_equal(state.handler, "");
    REFUSED("handled", chief, DISPATCH, .unit = OTHER);
    of_region = true;
    DOES(boss, DISPATCH, .unit = OTHER);
}

static void test_a_broken_glass_raises_and_takes_no_alarm_of_itself(void **unused) {
    (void)unused;
    const struct user stranger = {"yan", ROLE_HANDLER, "anning-centre.ward"};
    DOES(boss, ACCEPT);
    DOES(boss, DISPATCH, .unit = LEAD);
    in_scope = "anning-centre";
    DOES(stranger, BREAK_GLASS, .until_ms = NOW + 3600000);
    granted = (struct case_grant){.roles = ROLE_HANDLER | ROLE_SUPERVISOR, .glass = true};
    snprintf(granted.case_id, sizeof granted.case_id, "%s", CASE_ID);
    assert_int_equal(state.alarms[0].kind, REDRESS__V1__ALARM_KIND__ALARM_KIND_GLASS_BROKEN);
    char alarm[37];
    snprintf(alarm, sizeof alarm, "%s", state.alarms[0].alarm_id);
    REFUSED("emergency-only", stranger, SET_ASSESSMENT, .urgency = 3, .situations = "petition");
    REFUSED("emergency-only", stranger, SET_ASSESSMENT, .category = "fees");
    REFUSED("emergency-only", stranger, ACKNOWLEDGE, .alarm_id = alarm);
    DOES(stranger, SET_ASSESSMENT, .urgency = 1);
    memset(&granted, 0, sizeof granted);
    in_scope = NULL;
    DOES(boss, ACKNOWLEDGE, .alarm_id = alarm);
}

static void test_a_broken_glass_alarms_whatever_became_of_the_case(void **unused) {
    (void)unused;
    const struct user stranger = {"yan", ROLE_HANDLER, "anning-centre.ward"};
    static const enum case_status ends[] = {CASE_CLOSED, CASE_WITHDRAWN, CASE_FINAL, CASE_ARCHIVED};
    in_scope = "anning-centre";
    for (size_t i = 0; i < sizeof ends / sizeof ends[0]; i++) {
        state.status = ends[i];
        DOES(stranger, BREAK_GLASS, .until_ms = NOW + 3600000);
        assert_int_equal(state.alarm_count, i + 1);
        assert_int_equal(state.alarms[i].kind, REDRESS__V1__ALARM_KIND__ALARM_KIND_GLASS_BROKEN);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        TEST(test_an_institution_ends_no_review_of_itself),
        TEST(test_what_a_review_decided_is_done_over_by_the_region_alone),
        TEST(test_reviewers_take_the_alarms_of_reviews_alone),
        TEST(test_a_unit_objects_in_its_time_alone),
        TEST(test_a_supervised_case_is_redirected_nowhere),
        TEST(test_a_designated_unit_is_not_rid_of_the_case_by_a_conflict),
        TEST(test_a_broken_glass_alarms_whatever_became_of_the_case),
        TEST(test_a_broken_glass_raises_and_takes_no_alarm_of_itself),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
