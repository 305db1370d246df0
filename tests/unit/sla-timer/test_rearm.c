// SPDX-License-Identifier: Apache-2.0
// Clocks of what is done again, and runs that are counted again.
#include "example_rules.h"

static void test_a_rework_begins_the_resolution_again(void **unused) {
    (void)unused;
    struct timer_fact fact = fact_of("first-hospital", 0, "2026-02-13T16:30:00+08:00");
    fact.restart = "rework";
    fact.reason = "restarted";
    assert_int_equal(timer_arms(&rules, &fact, arms), 1);
    assert_string_equal(arms[0].terms.name, "resolution");
    assert_string_equal(arms[0].terms.restarted_on, "rework");
    assert_true(arms[0].terms.started_at_ms == fact.at_ms);
    fact.restart = "no-such-ground";
    assert_int_equal(timer_arms(&rules, &fact, arms), 0);
}

// A petition's and the bureau's own included; new facts of a petition are accepted anew, and count
// from there.
static void test_whatever_is_done_again_has_a_resolution_to_be_late_with(void **unused) {
    (void)unused;
    static const struct {
        const char *institution, *situations, *restart, *policy;
        uint32_t urgency;
    } rows[] = {
        {"first-hospital", "petition", "rework", "cn-petition@1", 3},
        {"first-hospital", "petition", "new-facts", NULL, 3},
        {"first-hospital", "petition,several-departments", "rework", "cn-petition@1", 3},
        {"bureau", "petition", "rework", "cn-petition@1", 4},
        {"bureau", "", "rework", "qinghe-bureau@1", 3},
        {"bureau", "", "new-facts", "qinghe-bureau@1", 3},
        {"bureau", "", "rework", "cn-12345@1", 4},
        {"bureau", "", "rework", "qinghe-bureau@1", 0},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct timer_fact fact = fact_of(rows[i].institution, 0, "2026-02-13T16:30:00+08:00");
        fact.situations = rows[i].situations;
        fact.restart = rows[i].restart;
        fact.urgency = rows[i].urgency;
        assert_int_equal(timer_arms(&rules, &fact, arms), rows[i].policy != NULL);
        if (rows[i].policy != NULL) {
            assert_string_equal(arms[0].terms.name, "resolution");
            assert_string_equal(arms[0].terms.policy_version, rows[i].policy);
            assert_true(arms[0].terms.started_at_ms == fact.at_ms);
        }
    }
}

static void test_a_run_is_counted_again_with_its_pauses_and_extensions(void **unused) {
    (void)unused;
    struct timer_fact fact = fact_of("first-hospital", 0, "2026-03-02T09:00:00+08:00");
    struct clock_run run = {.name = "resolution",
                            .started_at_ms = ms("2026-03-02T09:00:00+08:00"),
                            .restarted_on = "",
                            .change_count = 2};
    run.changes[0] = (struct clock_change){.ground = "appraisal",
                                           .from_ms = ms("2026-03-03T09:00:00+08:00"),
                                           .to_ms = ms("2026-03-05T09:00:00+08:00"),
                                           .until_ms = ms("2026-04-14T00:00:00+08:00")};
    run.changes[1] = (struct clock_change){.from_ms = ms("2026-03-06T09:00:00+08:00"),
                                           .limit = {.value = 1, .unit = LIMIT_WORKING_DAYS}};
    assert_true(timer_rearm(region, &fact, &run, ms("2026-03-06T10:00:00+08:00"), &arms[0]));
    // 5 working days, 2 paused, 1 more: the 12th, until 24:00.
    assert_true(arms[0].terms.due_at_ms == ms("2026-03-13T00:00:00+08:00"));
    run.name = "no-such-clock";
    assert_false(timer_rearm(region, &fact, &run, ms("2026-03-06T10:00:00+08:00"), &arms[0]));
}

static void test_a_pause_that_used_its_cap_up_ended_then(void **unused) {
    (void)unused;
    struct timer_fact fact = fact_of("demo-clinic", 0, "2026-03-02T09:00:00+08:00");
    struct clock_run run = {
        .name = "resolution", .started_at_ms = fact.at_ms, .restarted_on = "", .change_count = 1};
    run.changes[0] = (struct clock_change){
        .ground = "hearing", .from_ms = fact.at_ms + 5000, .until_ms = fact.at_ms + 9000};
    assert_true(timer_rearm(region, &fact, &run, fact.at_ms + 30000, &arms[0]));
    assert_int_equal(arms[0].terms.due_at_ms - fact.at_ms, 24000); // 20 s and the 4 of the cap
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_rework_begins_the_resolution_again),
        cmocka_unit_test(test_whatever_is_done_again_has_a_resolution_to_be_late_with),
        cmocka_unit_test(test_a_run_is_counted_again_with_its_pauses_and_extensions),
        cmocka_unit_test(test_a_pause_that_used_its_cap_up_ended_then),
    };
    return cmocka_run_group_tests(tests, load, unload);
}
