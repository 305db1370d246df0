// SPDX-License-Identifier: Apache-2.0
// What the state keeps of times that were reached again.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "case.h"

static struct case_state state;

static int begin(void **unused) {
    (void)unused;
    memset(&state, 0, sizeof state);
    return 0;
}

static void note_all(uint32_t what, const int64_t *at_ms, size_t count) {
    for (size_t i = 0; i < count; i++) {
        case_note_reached(&state, what, at_ms[i]);
    }
}

static void test_each_time_is_found_by_where_it_stands(void **unused) {
    (void)unused;
    static const int64_t told[] = {10, 20, 30};
    static const struct {
        int64_t since_ms;
        unsigned nth;
        int64_t at_ms;
    } rows[] = {{0, 1, 10}, {10, 1, 10}, {11, 1, 20}, {0, 3, 30},
                {0, 4, 0},  {30, 1, 30}, {31, 1, 0},  {11, 2, 30}};
    static const int64_t until[][2] = {{9, 0}, {10, 10}, {19, 10}, {25, 20}, {30, 30}, {99, 30}};
    assert_true(case_reached_since(&state, MILESTONE_COMPLAINANT_TOLD, 0, 1) == 0);
    note_all(MILESTONE_COMPLAINANT_TOLD, told, 3);
    case_note_reached(&state, MILESTONE_CASE_REPLIED, 15);
    assert_int_equal(state.reached_before_count, 2); // nothing for what happened once
    assert_true(state.reached_at_ms[MILESTONE_COMPLAINANT_TOLD] == 30);
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        assert_true(case_reached_since(&state, MILESTONE_COMPLAINANT_TOLD, rows[i].since_ms,
                                       rows[i].nth) == rows[i].at_ms);
    }
    for (size_t i = 0; i < sizeof until / sizeof until[0]; i++) {
        assert_true(case_reached_until(&state, MILESTONE_COMPLAINANT_TOLD, until[i][0]) ==
                    until[i][1]);
    }
}

static void test_events_have_their_own_times(void **unused) {
    (void)unused;
    static const int64_t times[] = {1, 2};
    note_all(CASE_WAY_ENDED, times, 2);
    note_all(CASE_RESTED, times, 1);
    note_all(CASE_RESTARTED, &times[1], 1);
    assert_true(state.ended_at_ms == 2 && state.rested_at_ms == 1 && state.restarted_at_ms == 2);
    assert_true(case_reached_since(&state, CASE_WAY_ENDED, 0, 1) == 1);
    assert_true(case_reached_since(&state, CASE_RESTED, 0, 2) == 0);
}

static void test_the_oldest_time_goes_whenever_it_was_overwritten(void **unused) {
    (void)unused;
    case_note_reached(&state, MILESTONE_CASE_ACCEPTED, 50);
    for (int64_t i = 0; i <= CASE_REACHED_BEFORE; i++) {
        case_note_reached(&state, MILESTONE_PROGRESS_TOLD, 100 + i);
    }
    assert_true(case_remembers(&state, 101) && !case_remembers(&state, 100)); // full
    case_note_reached(&state, MILESTONE_CASE_ACCEPTED, 200); // what is older than all others goes
    assert_true(state.reached_before[0].at_ms == 100);
    case_note_reached(&state, MILESTONE_PROGRESS_TOLD, 300);
    assert_true(state.reached_before[0].at_ms == 101);
    assert_false(case_remembers(&state, 101));
    assert_true(case_remembers(&state, 102));
}

static void test_terms_reign_from_one_assessment_to_the_next(void **unused) {
    (void)unused;
    static const int64_t rows[][3] = {{1, 0, 10}, {3, 10, 20}, {4, 10, 20}, {5, 20, 0}, {9, 20, 0}};
    struct case_reign reign = case_reign_of(&state, 1);
    assert_true(reign.from_ms == 0 && reign.to_ms == 0);
    case_note_reached(&state, MILESTONE_CASE_ASSESSED, 10);
    state.assessed_sequence = 3;
    case_note_reached(&state, MILESTONE_CASE_ASSESSED, 20);
    state.assessed_sequence = 5;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        reign = case_reign_of(&state, (uint64_t)rows[i][0]);
        assert_true(reign.from_ms == rows[i][1] && reign.to_ms == rows[i][2]);
    }
}

#define TEST(name) cmocka_unit_test_setup(name, begin)
int main(void) {
    const struct CMUnitTest tests[] = {
        TEST(test_each_time_is_found_by_where_it_stands),
        TEST(test_events_have_their_own_times),
        TEST(test_the_oldest_time_goes_whenever_it_was_overwritten),
        TEST(test_terms_reign_from_one_assessment_to_the_next),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
