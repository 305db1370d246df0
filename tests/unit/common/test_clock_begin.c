// SPDX-License-Identifier: Apache-2.0
// Where a run that rested begins when it runs again, by the example region's policies.
#include "common/clock_begin.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "common/clock.h"
#include "example_region.h"

static int64_t ms(const char *text) {
    int64_t value = 0;
    assert_int_equal(clock_parse(text, &value, NULL), RC_OK);
    return value;
}

#define RECEIVED "2026-08-03T10:00:00+08:00"
#define ACCEPTED "2026-08-05T10:00:00+08:00"
#define REOPENED "2026-08-07T10:00:00+08:00"

// A hospital's case of Monday the 3rd that was accepted on the 5th.
static struct clock_past past_of(void) {
    struct clock_past past = {.restarted_on = ""};
    past.reached_at_ms[MILESTONE_CASE_REGISTERED] = ms(RECEIVED);
    past.reached_at_ms[MILESTONE_CASE_ACCEPTED] = ms(ACCEPTED);
    return past;
}

static struct clock_run run_from(const char *started, const char *paused) {
    return (struct clock_run){
        .name = "resolution",
        .started_at_ms = ms(started),
        .restarted_on = "",
        .changes = {{.ground = "appraisal", .from_ms = ms(paused), .until_ms = ms(paused) + 1}},
        .change_count = 1};
}

static void move(const char *situations, const struct clock_past *past, struct clock_run *run) {
    struct clock_about about;
    struct policy_case place;
    clock_about_init(&about, "other", 0, 0, 0, situations);
    assert_true(region_case(region, "first-hospital", &place));
    about.about.institution = place.institution;
    about.about.institution_type = place.institution_type;
    const struct clock_asked asked = {region->policies, region->policy_count, &about.about};
    clock_begin_move(&asked, past, run);
}

static void test_a_run_begins_where_its_rule_of_now_begins(void **unused) {
    (void)unused;
    static const struct {
        const char *situations, *started, *paused, *begins;
        size_t changes;
    } rows[] = {
        {"", RECEIVED, "2026-08-04T09:00:00+08:00", RECEIVED, 1}, // the same rule
        {"petition", ACCEPTED, "2026-08-06T09:00:00+08:00", ACCEPTED, 1},
        {"petition", RECEIVED, "2026-08-06T09:00:00+08:00", ACCEPTED, 1},
        {"petition", RECEIVED, "2026-08-04T09:00:00+08:00", ACCEPTED, 0}, // of before it
        {"", ACCEPTED, "2026-08-06T09:00:00+08:00", RECEIVED, 1},
    };
    const struct clock_past past = past_of();
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct clock_run run = run_from(rows[i].started, rows[i].paused);
        move(rows[i].situations, &past, &run);
        assert_true(run.started_at_ms == ms(rows[i].begins));
        assert_int_equal(run.change_count, rows[i].changes);
    }
}

static void test_what_was_not_reached_moves_nothing(void **unused) {
    (void)unused;
    struct clock_past past = past_of();
    struct clock_run run = run_from(RECEIVED, "2026-08-04T09:00:00+08:00");
    past.reached_at_ms[MILESTONE_CASE_ACCEPTED] = 0;
    move("petition", &past, &run);
    assert_true(run.started_at_ms == ms(RECEIVED));
    assert_int_equal(run.change_count, 1);
    run.name = "no-such-clock";
    past = past_of();
    move("petition", &past, &run);
    assert_true(run.started_at_ms == ms(RECEIVED));
}

// Reopened on new facts: a petition's rules begin nothing again, the hospital's do.
static void test_a_rule_that_begins_again_counts_from_the_reopening(void **unused) {
    (void)unused;
    struct clock_past past = past_of();
    past.reached_at_ms[MILESTONE_CASE_REGISTERED] = 0;
    past.restarted_at_ms = ms(REOPENED);
    past.restarted_on = "new-facts";
    struct clock_run run = run_from(ACCEPTED, "2026-08-08T09:00:00+08:00");
    move("petition", &past, &run);
    assert_string_equal(run.restarted_on, "");
    assert_true(run.started_at_ms == ms(ACCEPTED));
    move("", &past, &run);
    assert_string_equal(run.restarted_on, "new-facts");
    assert_true(run.started_at_ms == ms(REOPENED));
    move("petition", &past, &run); // what began again stays
    assert_true(run.started_at_ms == ms(REOPENED));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_run_begins_where_its_rule_of_now_begins),
        cmocka_unit_test(test_what_was_not_reached_moves_nothing),
        cmocka_unit_test(test_a_rule_that_begins_again_counts_from_the_reopening),
    };
    return cmocka_run_group_tests(tests, load_region, unload_region);
}
