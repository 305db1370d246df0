// SPDX-License-Identifier: Apache-2.0
// Which clocks follow from which fact, on the example region's policies.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "common/clock.h"
#include "sla_timer.h"

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

static int64_t ms(const char *text) {
    int64_t value = 0;
    assert_int_equal(clock_parse(text, &value, NULL), RC_OK);
    return value;
}

static void test_a_registered_case_arms_both_clocks(void **unused) {
    (void)unused;
    struct timer_arm arms[TIMER_ARMS];
    const struct timer_fact fact = {.kind = TIMER_CASE_REGISTERED,
                                    .institution = "first-hospital",
                                    .received_at_ms = ms("2026-02-13T16:30:00+08:00")};
    assert_int_equal(timer_arms(region, &fact, arms), 2);
    assert_string_equal(arms[0].name, "first_response");
    assert_string_equal(arms[1].name, "resolution");
    assert_true(arms[1].due_at_ms == ms("2026-02-28T00:00:00+08:00"));
    assert_string_equal(arms[1].policy_version, "cn-medical@1");
    assert_string_equal(arms[1].calendar_version, "cn-state-council@1");
    assert_true(arms[1].line_count > 0);
}

static void test_urgency_shortens_the_limit_and_moves_the_warning(void **unused) {
    (void)unused;
    struct timer_arm arms[TIMER_ARMS];
    struct timer_fact fact = {.kind = TIMER_CASE_ASSESSED,
                              .institution = "first-hospital",
                              .urgency = 1,
                              .received_at_ms = ms("2026-03-03T09:00:00+08:00")};
    assert_int_equal(timer_arms(region, &fact, arms), 2);
    assert_int_equal(arms[0].due_at_ms - fact.received_at_ms, 15 * 60000);
    assert_int_equal(arms[0].warn_at_ms - fact.received_at_ms, 15 * 60000 / 2); // at most 2 h: 50 %
    assert_int_equal(arms[1].due_at_ms - fact.received_at_ms, 24 * 3600000);
    assert_int_equal(arms[1].warn_at_ms - fact.received_at_ms, 18 * 3600000); // 75 %
}

static void test_a_deadline_in_an_unpublished_year_is_provisional(void **unused) {
    (void)unused;
    struct timer_arm arms[TIMER_ARMS];
    const struct timer_fact fact = {.kind = TIMER_CASE_REGISTERED,
                                    .institution = "songbai-home",
                                    .received_at_ms = ms("2026-12-28T09:00:00+08:00")};
    assert_int_equal(timer_arms(region, &fact, arms), 2);
    assert_false(arms[0].provisional); // 48 hours need no calendar
    assert_true(arms[1].provisional);
}

static void test_an_alarm_climbs_to_the_policys_last_rung(void **unused) {
    (void)unused;
    struct timer_arm arms[TIMER_ARMS];
    struct timer_fact fact = {.kind = TIMER_ALARM_RAISED,
                              .institution = "demo-clinic",
                              .ordinal = 2,
                              .decided_at_ms = ms("2026-03-03T09:00:00+08:00")};
    assert_int_equal(timer_arms(region, &fact, arms), 1);
    assert_string_equal(arms[0].name, "escalation-2");
    assert_int_equal(arms[0].due_at_ms - fact.decided_at_ms, 3000);
    assert_int_equal(arms[0].warn_at_ms, 0);
    fact.kind = TIMER_CASE_ESCALATED;
    fact.level = 5;
    assert_int_equal(timer_arms(region, &fact, arms), 1);
    fact.level = 6;
    assert_int_equal(timer_arms(region, &fact, arms), 0);
}

static void test_an_order_and_a_co_handler_have_a_clock_each(void **unused) {
    (void)unused;
    struct timer_arm arms[TIMER_ARMS];
    struct timer_fact fact = {.kind = TIMER_SUPERVISION_ORDERED,
                              .institution = "first-hospital",
                              .ordinal = 3,
                              .decided_at_ms = ms("2026-02-13T16:30:00+08:00"),
                              .due_at_ms = ms("2026-02-13T20:30:00+08:00")};
    assert_int_equal(timer_arms(region, &fact, arms), 1);
    assert_string_equal(arms[0].name, "supervision-3");
    assert_true(arms[0].due_at_ms == fact.due_at_ms); // as it was ordered
    assert_true(arms[0].warn_at_ms == ms("2026-02-13T19:30:00+08:00"));
    assert_string_equal(arms[0].policy_version, "");
    fact.due_at_ms = 0;
    assert_int_equal(timer_arms(region, &fact, arms), 1);
    assert_true(arms[0].due_at_ms == ms("2026-02-26T00:00:00+08:00")); // three working days
    assert_string_equal(arms[0].policy_version, "cn-supervision@1");
    fact.kind = TIMER_CO_HANDLER_ADDED;
    assert_int_equal(timer_arms(region, &fact, arms), 1);
    assert_string_equal(arms[0].name, "co-handling-3");
    fact.institution = "demo-clinic";
    fact.kind = TIMER_SUPERVISION_ORDERED;
    assert_int_equal(timer_arms(region, &fact, arms), 1);
    assert_true(arms[0].due_at_ms == fact.decided_at_ms + 30000); // the institution's own rule
}

static void test_an_unknown_institution_arms_nothing(void **unused) {
    (void)unused;
    struct timer_arm arms[TIMER_ARMS];
    const struct timer_fact fact = {.kind = TIMER_CASE_REGISTERED, .institution = "nowhere"};
    assert_int_equal(timer_arms(region, &fact, arms), 0);
}

static void test_entries_round_trip_and_refuse_garbage(void **unused) {
    (void)unused;
    const struct timer_entry entry = {"01234567-89ab-8def-8123-456789abcdef", "escalation-12", 42,
                                      true};
    struct timer_entry read;
    char member[TIMER_MEMBER_SIZE];
    timer_entry_write(&entry, member);
    memset(&read, 0, sizeof read);
    assert_true(timer_entry_read(member, &read));
    assert_string_equal(read.case_id, entry.case_id);
    assert_string_equal(read.name, entry.name);
    assert_int_equal(read.version, 42);
    assert_true(read.breach);
    assert_false(timer_entry_read("", &read));
    assert_false(timer_entry_read("x/y/1/b", &read));
    assert_false(timer_entry_read("01234567-89ab-8def-8123-456789abcdef/a/1/x", &read));
    assert_false(timer_entry_read("01234567-89ab-8def-8123-456789abcdef/a/1/bb", &read));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_registered_case_arms_both_clocks),
        cmocka_unit_test(test_urgency_shortens_the_limit_and_moves_the_warning),
        cmocka_unit_test(test_a_deadline_in_an_unpublished_year_is_provisional),
        cmocka_unit_test(test_an_alarm_climbs_to_the_policys_last_rung),
        cmocka_unit_test(test_an_order_and_a_co_handler_have_a_clock_each),
        cmocka_unit_test(test_an_unknown_institution_arms_nothing),
        cmocka_unit_test(test_entries_round_trip_and_refuse_garbage),
    };
    return cmocka_run_group_tests(tests, load, unload);
}
