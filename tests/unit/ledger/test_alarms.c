// SPDX-License-Identifier: Apache-2.0
// A crisis alarms, whatever else of the case does.
#include "case_story.h"

static const struct user stranger = {"night", ROLE_SUPERVISOR, "first-hospital.nursing"};

static size_t waiting(void) {
    size_t count = 0;
    for (size_t i = 0; i < state.alarm_count; i++) {
        count += state.alarms[i].kind == REDRESS__V1__ALARM_KIND__ALARM_KIND_URGENT &&
                 !state.alarms[i].acknowledged;
    }
    return count;
}

static void take_all(void) {
    for (size_t i = 0; i < state.alarm_count; i++) {
        if (!state.alarms[i].acknowledged) {
            DOES(boss, ACKNOWLEDGE, .alarm_id = state.alarms[i].alarm_id);
        }
    }
}

static void test_broken_glasses_leave_a_crisis_its_alarm(void **unused) {
    (void)unused;
    in_scope = "first-hospital";
    for (size_t i = 0; i < CASE_ALARMS - CASE_ALARMS_URGENT; i++) {
        DOES(stranger, BREAK_GLASS, .text = "夜间急症", .until_ms = NOW + 1000);
    }
    REFUSED("alarms-open", stranger, BREAK_GLASS, .text = "夜间急症", .until_ms = NOW + 1000);
    in_scope = NULL;
    DOES(boss, SET_ASSESSMENT, .urgency = 1, .crisis = 5);
    assert_int_equal(waiting(), 1);
}

// Once somebody took the alarm, a worse crisis is news, and one that comes again.
static void test_each_crisis_alarms_and_none_twice(void **unused) {
    (void)unused;
    static const struct {
        uint32_t urgency, crisis;
        bool taken; // before it
        size_t waiting;
    } rows[] = {{1, 4, false, 1}, {1, 5, false, 1}, {1, 5, true, 0},
                {1, 4, false, 0}, {1, 5, false, 1}, {3, 1, true, 0},
                {1, 1, false, 1}, {1, 2, true, 0},  {1, 3, false, 0}};
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        if (rows[i].taken) {
            take_all();
        }
        DOES(boss, SET_ASSESSMENT, .urgency = rows[i].urgency, .crisis = rows[i].crisis,
             .text = "复核");
        assert_int_equal(waiting(), rows[i].waiting);
    }
}

static void test_a_crisis_that_comes_again_after_a_reopening_alarms(void **unused) {
    (void)unused;
    DOES(boss, SET_ASSESSMENT, .urgency = 1, .crisis = 5);
    take_all();
    DOES(boss, ACCEPT);
    DOES(boss, RESOLVE_ON_SPOT);
    DOES(boss, REPLY, .attempts = 3);
    DOES(boss, FOLLOW_UP, .reached = true, .solved = true, .score = 5);
    DOES(boss, CLOSE);
    DOES(boss, REOPEN, .outcome = REDRESS__V1__REOPEN_GROUND__REOPEN_GROUND_NEW_FACTS);
    DOES(boss, SET_ASSESSMENT, .urgency = 1, .crisis = 5);
    assert_int_equal(waiting(), 1);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        TEST(test_broken_glasses_leave_a_crisis_its_alarm),
        TEST(test_each_crisis_alarms_and_none_twice),
        TEST(test_a_crisis_that_comes_again_after_a_reopening_alarms),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
