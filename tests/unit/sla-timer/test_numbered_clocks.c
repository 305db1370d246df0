// SPDX-License-Identifier: Apache-2.0
// Clocks that number themselves: of an alarm's climb, an order, a co-handler, an improvement.
#include "example_rules.h"

// How long after a climb the next one is due.
static int64_t climbs_after(struct timer_fact fact, uint32_t level) {
    fact.level = level;
    assert_int_equal(timer_arms(&rules, &fact, arms), 1);
    return (arms[0].terms.due_at_ms - fact.at_ms) / 1000;
}

static void test_an_alarm_climbs_until_somebody_takes_it_ever_more_seldom(void **unused) {
    (void)unused;
    struct timer_fact fact = fact_of("demo-clinic", 0, "2026-03-03T09:00:00+08:00");
    fact.kind = TIMER_ALARM_RAISED;
    fact.ordinal = 2;
    assert_int_equal(timer_arms(&rules, &fact, arms), 1);
    assert_string_equal(arms[0].terms.name, "escalation-2");
    assert_int_equal(arms[0].terms.due_at_ms - fact.at_ms, 3000);
    assert_int_equal(arms[0].terms.warn_count, 0);
    fact.kind = TIMER_CASE_ESCALATED;
    assert_int_equal(climbs_after(fact, 1), 15); // the ladder's last climb
    assert_int_equal(climbs_after(fact, 2), 30);
    assert_int_equal(climbs_after(fact, 3), 60);
    assert_int_equal(climbs_after(fact, 13), 61440);
    assert_int_equal(climbs_after(fact, 14), 86400); // a day at most
    assert_int_equal(climbs_after(fact, UINT32_MAX - 1), 86400);
    fact.crisis = 4; // R3: as often for ever
    assert_int_equal(climbs_after(fact, 2), 15);
    assert_int_equal(climbs_after(fact, 1000), 15);
}

static bool climbs_urgently(uint32_t urgency, uint32_t crisis) {
    struct timer_fact fact = fact_of("demo-clinic", 0, "2026-03-03T09:00:00+08:00");
    fact.urgency = urgency;
    fact.kind = TIMER_ALARM_RAISED;
    fact.ordinal = 1;
    fact.crisis = crisis;
    assert_int_equal(timer_arms(&rules, &fact, arms), 1);
    bool urgent = arms[0].urgent;
    fact.kind = TIMER_CASE_ESCALATED;
    fact.level = 1;
    assert_int_equal(timer_arms(&rules, &fact, arms), 1);
    assert_int_equal(arms[0].urgent, urgent);
    return urgent;
}

static void test_the_ladder_of_an_urgent_case_goes_before_others(void **unused) {
    (void)unused;
    assert_true(climbs_urgently(1, 1));
    assert_true(climbs_urgently(3, 4));
    assert_true(climbs_urgently(3, 5));
    assert_false(climbs_urgently(2, 3));
    assert_false(climbs_urgently(0, 0)); // an alarm of before, which said nothing of its case
    struct timer_fact fact = fact_of("demo-clinic", REGISTERED, "2026-03-03T09:00:00+08:00");
    fact.urgency = 1;
    arms[0].urgent = true; // of what was armed before
    size_t count = timer_arms(&rules, &fact, arms);
    for (size_t i = 0; i < count; i++) {
        assert_false(arms[i].urgent);
    }
    assert_true(count > 0);
}

// The clock's own pack, not the one of the first response, whose ladder is climbed by minutes here.
static void test_a_breached_clocks_alarm_climbs_its_own_packs_ladder(void **unused) {
    (void)unused;
    struct timer_fact fact = fact_of("first-hospital", 0, "2026-03-03T09:00:00+08:00");
    fact.kind = TIMER_ALARM_RAISED;
    fact.ordinal = 1;
    fact.policy_version = "demo-seconds@1";
    assert_int_equal(timer_arms(&rules, &fact, arms), 1);
    assert_int_equal(arms[0].terms.due_at_ms - fact.at_ms, 3000);
    assert_string_equal(arms[0].terms.policy_version, "demo-seconds@1");
    static const char *const none[] = {"", "gone@9", "first-hospital-promise@1", NULL};
    fact.kind = TIMER_ALARM_RAISED;
    for (size_t i = 0; i < sizeof none / sizeof none[0]; i++) { // a promise has no ladder
        fact.policy_version = none[i];
        assert_int_equal(timer_arms(&rules, &fact, arms), 1);
        assert_string_equal(arms[0].terms.policy_version, "cn-medical@1");
    }
}

static void test_an_order_and_a_co_handler_have_a_clock_each(void **unused) {
    (void)unused;
    struct timer_fact fact = fact_of("first-hospital", 0, "2026-02-13T16:30:00+08:00");
    fact.kind = TIMER_SUPERVISION_ORDERED;
    fact.ordinal = 3;
    fact.due_at_ms = ms("2026-02-13T20:30:00+08:00");
    assert_int_equal(timer_arms(&rules, &fact, arms), 1);
    assert_string_equal(arms[0].terms.name, "supervision-3");
    assert_true(arms[0].terms.due_at_ms == fact.due_at_ms); // as it was ordered
    assert_int_equal(arms[0].terms.warn_count, 1);
    assert_true(arms[0].terms.warn_at_ms[0] == ms("2026-02-13T19:30:00+08:00"));
    assert_string_equal(arms[0].terms.policy_version, "");
    fact.due_at_ms = 0;
    assert_int_equal(timer_arms(&rules, &fact, arms), 1);
    assert_true(arms[0].terms.due_at_ms == ms("2026-02-26T00:00:00+08:00")); // three working days
    assert_string_equal(arms[0].terms.policy_version, "cn-supervision@1");
    const struct clock_run run = {
        .name = "supervision-3", .started_at_ms = fact.at_ms, .restarted_on = ""};
    assert_true(timer_rearm(region, &fact, &run, fact.at_ms, &arms[1]));
    assert_true(arms[1].terms.due_at_ms == arms[0].terms.due_at_ms); // by the rule of all of them
    fact.kind = TIMER_CO_HANDLER_ADDED;
    assert_int_equal(timer_arms(&rules, &fact, arms), 1);
    assert_string_equal(arms[0].terms.name, "co-handling-3");
    fact.kind = TIMER_IMPROVEMENT_OPENED;
    assert_int_equal(timer_arms(&rules, &fact, arms), 0); // no rule: always due as was asked for
    fact.due_at_ms = ms("2026-02-13T20:30:00+08:00");
    assert_int_equal(timer_arms(&rules, &fact, arms), 1);
    assert_string_equal(arms[0].terms.name, "improvement-3");
    assert_true(arms[0].terms.due_at_ms == fact.due_at_ms);
    fact.due_at_ms = 0;
    fact.institution = "demo-clinic";
    fact.kind = TIMER_SUPERVISION_ORDERED;
    assert_int_equal(timer_arms(&rules, &fact, arms), 1);
    assert_true(arms[0].terms.due_at_ms == fact.at_ms + 30000); // the institution's own rule
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_breached_clocks_alarm_climbs_its_own_packs_ladder),
        cmocka_unit_test(test_an_alarm_climbs_until_somebody_takes_it_ever_more_seldom),
        cmocka_unit_test(test_the_ladder_of_an_urgent_case_goes_before_others),
        cmocka_unit_test(test_an_order_and_a_co_handler_have_a_clock_each),
    };
    return cmocka_run_group_tests(tests, load, unload);
}
