// SPDX-License-Identifier: Apache-2.0
// Warn points of a clock, each told once.
#include "hospital_case.h"

// Proposes the resolution's terms with these points, ended by 0.
static void rearm_warned(const char *reason, const int64_t *points, int64_t due_ms) {
    Redress__V1__ArmClock message = REDRESS__V1__ARM_CLOCK__INIT;
    static Redress__V1__ClockTerms terms; // the decision borrows them
    redress__v1__clock_terms__init(&terms);
    terms.name = "resolution";
    terms.stops_on = "case_replied";
    terms.started_at_ms = resolution()->started_at_ms;
    terms.due_at_ms = due_ms;
    terms.warn_at_ms = points[0];
    terms.later_warns_at_ms = (int64_t *)points + 1;
    while (points[1 + terms.n_later_warns_at_ms] != 0) {
        terms.n_later_warns_at_ms++;
    }
    terms.policy_version = "cn-medical@1";
    message.terms = &terms;
    message.reason = (char *)reason;
    message.replaces_version = resolution()->version;
    put((struct case_input){.kind = INPUT_ARM_CLOCK, .actor = "sla-timer", .of.arm = &message});
}

// The ordinal that was told; 0: none.
static uint32_t warn(int64_t at_ms) {
    Redress__V1__WarnClock message = REDRESS__V1__WARN_CLOCK__INIT;
    message.name = "resolution";
    message.version = resolution()->version;
    message.warn_at_ms = at_ms;
    put((struct case_input){.kind = INPUT_WARN_CLOCK, .actor = "sla-timer", .of.warn = &message});
    return decision.count == 0 ? 0 : decision.facts[0].body.clock_warned.ordinal;
}

static void test_each_warn_point_is_told_once_in_order(void **unused) {
    (void)unused;
    const int64_t start = now;
    const int64_t points[] = {start + HOUR_MS, start + 2 * HOUR_MS, start + 3 * HOUR_MS, 0};
    rearm_warned("amended", points, ms("2026-03-10T00:00:00+08:00"));
    assert_int_equal(decision.count, 1);
    assert_int_equal(resolution()->warn_count, 3);
    rearm_warned("amended", points, ms("2026-03-10T00:00:00+08:00"));
    assert_int_equal(decision.count, 0);  // the same terms
    assert_int_equal(warn(points[0]), 0); // too early
    now = points[0];
    assert_int_equal(warn(points[1]), 0); // not the next one
    assert_int_equal(warn(points[0]), 1);
    assert_true(decision.facts[0].body.clock_warned.next_warn_at_ms == points[1]);
    assert_int_equal(resolution()->state, CLOCK_STATE_WARNED);
    assert_int_equal(warn(points[0]), 0); // once
    rearm_warned("amended", points, ms("2026-03-10T00:00:00+08:00"));
    assert_int_equal(decision.count, 0);
    now = points[2];
    assert_int_equal(warn(0), 2); // from before points were named: the next one
    assert_int_equal(warn(points[2]), 3);
    assert_true(decision.facts[0].body.clock_warned.next_warn_at_ms == 0);
    assert_int_equal(warn(points[2]), 0);
    assert_int_equal(warn(0), 0);
}

static void test_warn_points_survive_a_change_of_terms(void **unused) {
    (void)unused;
    const int64_t start = now;
    const int64_t due = ms("2026-03-10T00:00:00+08:00");
    const int64_t points[] = {start + HOUR_MS, start + 2 * HOUR_MS, start + 3 * HOUR_MS, 0};
    rearm_warned("amended", points, due);
    now = points[0];
    assert_int_equal(warn(points[0]), 1);
    // The first has passed in the new terms too, the others are put off.
    const int64_t later[] = {points[0] - 1, points[2], points[2] + HOUR_MS, 0};
    rearm_warned("amended", later, due + HOUR_MS);
    assert_int_equal(decision.facts[0].body.clock_armed.terms->warns_passed, 1);
    assert_true(case_clock_next_warn(resolution()) == later[1]);
    now = later[1];
    assert_int_equal(warn(later[1]), 2);
    // All are put off: they are other points.
    const int64_t anew[] = {now + HOUR_MS, now + 2 * HOUR_MS, 0};
    rearm_warned("amended", anew, due + 2 * HOUR_MS);
    assert_int_equal(resolution()->warned, 0);
    now = anew[0];
    assert_int_equal(warn(anew[0]), 1);
    // Fewer than were told.
    const int64_t fewer[] = {now - 1, 0};
    rearm_warned("amended", fewer, due);
    assert_true(case_clock_next_warn(resolution()) == 0);
    assert_int_equal(warn(0), 0);
}

static void test_no_warn_point_is_told_while_a_clock_rests_or_after_its_stop(void **unused) {
    (void)unused;
    const int64_t points[] = {now + HOUR_MS, now + 2 * HOUR_MS, 0};
    rearm_warned("amended", points, ms("2026-03-10T00:00:00+08:00"));
    now = points[0];
    assert_int_equal(warn(points[0]), 1);
    do_as(INPUT_SUSPEND, ROLE_HANDLER, (struct case_command){.detail = "appraisal"});
    assert_int_equal(resolution()->state, CLOCK_STATE_PAUSED);
    assert_int_equal(resolution()->warned, 1);
    now = points[1];
    assert_int_equal(warn(0), 0);
    do_as(INPUT_RESUME, ROLE_HANDLER, (struct case_command){0});
    assert_int_equal(resolution()->state, CLOCK_STATE_RUNNING);
    do_as(INPUT_WITHDRAW, ROLE_SUPERVISOR, (struct case_command){0});
    now = ms("2026-03-09T23:00:00+08:00");
    assert_int_equal(warn(0), 0);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        TEST(test_each_warn_point_is_told_once_in_order),
        TEST(test_warn_points_survive_a_change_of_terms),
        TEST(test_no_warn_point_is_told_while_a_clock_rests_or_after_its_stop),
    };
    return cmocka_run_group_tests(tests, load, unload);
}
