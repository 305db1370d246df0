// SPDX-License-Identifier: Apache-2.0
// Terms of a clock that runs again, from what the ledger tells of its run.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "common/clock.h"
#include "example_region.h"
#include "review.h"

static struct timer_arm arm;
static struct error error;

static int64_t ms(const char *text) {
    int64_t value = 0;
    assert_int_equal(clock_parse(text, &value, NULL), RC_OK);
    return value;
}

// A hospital's clock of Monday the 2nd, which rested from the 3rd until its cap on the 5th.
static json_t *rested(const char *name, const char *tenant) {
    json_t *changes =
        json_pack("[{s:s, s:I, s:I, s:I, s:i, s:s, s:b}]", "ground", "appraisal", "from_ms",
                  (json_int_t)ms("2026-03-03T00:00:00+08:00"), "to_ms", (json_int_t)0, "until_ms",
                  (json_int_t)ms("2026-03-05T00:00:00+08:00"), "value", 0, "unit", "working_days",
                  "last_day_kept", 0);
    return json_pack(
        "{s:s, s:s, s:s, s:i, s:b, s:I, s:[I], s:I, s:b, s:s, s:s, s:s, s:b, s:s, s:s, s:i, s:i, "
        "s:i, s:s, s:o}",
        "case_id", "01234567-89ab-8def-8123-456789abcdef", "tenant", tenant, "name", name,
        "version", 3, "paused", 1, "started_at_ms", (json_int_t)ms("2026-03-02T09:00:00+08:00"),
        "warns_at_ms", (json_int_t)ms("2026-03-20T09:00:00+08:00"), "due_at_ms",
        (json_int_t)ms("2026-03-31T00:00:00+08:00"), "provisional", 0, "restarted_on", "",
        "policy_version", "old@1", "calendar_version", "cn-state-council@1", "lapses", 1,
        "stops_on", "case_replied", "category", "other", "urgency", 3, "crisis", 0, "channel", 2,
        "situations", "", "changes", changes);
}

static enum rc resume(json_t *item, const char *now) {
    enum rc rc = review_resumed(region, item, ms(now), &arm, &error);
    json_decref(item);
    return rc;
}

static void test_a_rule_that_holds_counts_the_run(void **unused) {
    (void)unused;
    assert_int_equal(resume(rested("resolution", "first-hospital"), "2026-03-05T00:00:01+08:00"),
                     RC_OK);
    assert_string_equal(arm.reason, "resumed");
    assert_int_equal(arm.replaces_version, 3);
    assert_string_equal(arm.terms.policy_version, "cn-medical@1");
    assert_true(arm.terms.due_at_ms == ms("2026-03-11T00:00:00+08:00")); // 5 days, and 1
}

static void assert_stands(void) {
    assert_true(arm.terms.due_at_ms == ms("2026-03-31T00:00:00+08:00"));
    assert_true(arm.terms.started_at_ms == ms("2026-03-02T09:00:00+08:00"));
    assert_int_equal(arm.terms.warn_count, 1);
    assert_true(arm.terms.warn_at_ms[0] == ms("2026-03-20T09:00:00+08:00"));
    assert_string_equal(arm.terms.policy_version, "old@1");
    assert_string_equal(arm.terms.calendar_version, "cn-state-council@1");
    assert_string_equal(arm.terms.stops_on, "case_replied");
    assert_true(arm.terms.lapses);
    assert_int_equal(arm.terms.line_count, 1);
    assert_string_equal(arm.reason, "resumed");
    assert_int_equal(arm.replaces_version, 3);
}

// Another edition of the region may have dropped the clock's rule, or the institution.
static void test_what_no_rule_holds_for_runs_until_the_date_that_was_told(void **unused) {
    (void)unused;
    assert_int_equal(resume(rested("gone", "first-hospital"), "2026-03-05T00:00:01+08:00"), RC_OK);
    assert_string_equal(arm.terms.name, "gone");
    assert_stands();
    assert_int_equal(resume(rested("resolution", "gone"), "2026-03-05T00:00:01+08:00"), RC_OK);
    assert_stands();
}

// Where clocks of machines differ it is asked again; nothing is made up.
static void test_a_change_that_lies_in_the_future_waits(void **unused) {
    (void)unused;
    assert_int_equal(resume(rested("resolution", "first-hospital"), "2026-03-02T10:00:00+08:00"),
                     RC_UNAVAILABLE);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_rule_that_holds_counts_the_run),
        cmocka_unit_test(test_what_no_rule_holds_for_runs_until_the_date_that_was_told),
        cmocka_unit_test(test_a_change_that_lies_in_the_future_waits),
    };
    return cmocka_run_group_tests(tests, load_region, unload_region);
}
