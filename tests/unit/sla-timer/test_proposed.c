// SPDX-License-Identifier: Apache-2.0
// What was proposed is not proposed again; whatever differs, or was forgotten, is.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "proposed.h"

#define CASE "01234567-89ab-8def-8123-456789abcdef"

static struct proposed *proposed;

static struct timer_arm arm_of(const char *name, int64_t due_at_ms) {
    struct timer_arm arm;
    memset(&arm, 0, sizeof arm);
    snprintf(arm.terms.name, sizeof arm.terms.name, "%s", name);
    arm.terms.due_at_ms = due_at_ms;
    return arm;
}

static int begin(void **unused) {
    (void)unused;
    return proposed_new(&proposed, NULL) == RC_OK ? 0 : -1;
}

static int end(void **unused) {
    (void)unused;
    proposed_free(proposed);
    return 0;
}

static void test_the_very_terms_are_held_of_their_case_alone(void **unused) {
    (void)unused;
    struct timer_arm arms[] = {arm_of("first_response", 5), arm_of("resolution", 9)};
    proposed_keep(proposed, CASE, arms, 2);
    assert_true(proposed_holds(proposed, CASE, &arms[0].terms));
    assert_true(proposed_holds(proposed, CASE, &arms[1].terms));
    assert_false(proposed_holds(proposed, "another", &arms[0].terms));
    snprintf(arms[1].terms.explanation[0], sizeof arms[1].terms.explanation[0], "另一种说法");
    assert_true(proposed_holds(proposed, CASE, &arms[1].terms));
    arms[1].terms.due_at_ms = 8;
    assert_false(proposed_holds(proposed, CASE, &arms[1].terms));
    arms[0].terms.warn_at_ms[3] = 1;
    assert_false(proposed_holds(proposed, CASE, &arms[0].terms));
}

static void test_a_registration_that_proposed_nothing_holds_nothing(void **unused) {
    (void)unused;
    struct timer_arm arm = arm_of("resolution", 9);
    proposed_keep(proposed, CASE, &arm, 1);
    proposed_keep(proposed, CASE, &arm, 0); // once more, after a reload
    assert_false(proposed_holds(proposed, CASE, &arm.terms));
}

static void test_more_cases_than_fit_are_forgotten_not_mixed_up(void **unused) {
    (void)unused;
    char case_id[37];
    size_t held = 0;
    for (int i = 0; i < 5000; i++) {
        snprintf(case_id, sizeof case_id, "%08x-89ab-8def-8123-456789abcdef", (unsigned)i);
        struct timer_arm arm = arm_of("resolution", i);
        proposed_keep(proposed, case_id, &arm, 1);
    }
    for (int i = 0; i < 5000; i++) {
        snprintf(case_id, sizeof case_id, "%08x-89ab-8def-8123-456789abcdef", (unsigned)i);
        struct timer_arm own = arm_of("resolution", i), other = arm_of("resolution", i + 1);
        held += proposed_holds(proposed, case_id, &own.terms) ? 1 : 0;
        assert_false(proposed_holds(proposed, case_id, &other.terms));
    }
    assert_in_range(held, 1, 4999);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_the_very_terms_are_held_of_their_case_alone, begin,
                                        end),
        cmocka_unit_test_setup_teardown(test_a_registration_that_proposed_nothing_holds_nothing,
                                        begin, end),
        cmocka_unit_test_setup_teardown(test_more_cases_than_fit_are_forgotten_not_mixed_up, begin,
                                        end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
