// SPDX-License-Identifier: Apache-2.0
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "common/clock_run.h"

#define LAST_MS INT64_C(253402300799999) // of the year 9999
#define TEN "0123456789"

static const struct {
    const char *name;
    const char *restarted_on;
    const char *ground; // of its one change; NULL: none
    const char *unit;
    int64_t started_at_ms;
    bool fits;
} runs[] = {
    {"resolution", "", NULL, "", 1, true},
    {"resolution", "rework", "appraisal", "", LAST_MS, true},
    {"resolution", "", "", "working_days", 1, true},
    {TEN TEN TEN "12", "", NULL, "", 1, true},
    {"", "", NULL, "", 1, false},
    {TEN TEN TEN "123", "", NULL, "", 1, false},
    {"resolution\xff", "", NULL, "", 1, false},
    {"resolution", "", NULL, "", 0, false},
    {"resolution", "", NULL, "", LAST_MS + 1, false},
    {"resolution", TEN TEN TEN TEN TEN TEN "12345", NULL, "", 1, false},
    {"resolution", "", TEN TEN TEN TEN TEN TEN "12345", "", 1, false},
    {"resolution", "", "apprai\xe5sal", "", 1, false},
    {"resolution", "", "", "moons", 1, false},
};

static void test_clock_run_is_read_where_all_of_it_fits(void **unused) {
    (void)unused;
    for (size_t i = 0; i < sizeof runs / sizeof runs[0]; i++) {
        Redress__V1__ClockRun message = REDRESS__V1__CLOCK_RUN__INIT;
        Redress__V1__ClockChange change = REDRESS__V1__CLOCK_CHANGE__INIT;
        Redress__V1__ClockChange *changes[] = {&change};
        struct clock_run run;
        message.name = (char *)runs[i].name;
        message.restarted_on = (char *)runs[i].restarted_on;
        message.started_at_ms = runs[i].started_at_ms;
        if (runs[i].ground != NULL) {
            change.ground = (char *)runs[i].ground;
            change.unit = (char *)runs[i].unit;
            message.n_changes = 1;
            message.changes = changes;
        }
        if (clock_run_read(&run, &message) != runs[i].fits) {
            fail_msg("run %zu is judged wrongly", i);
        }
    }
}

static void test_clock_run_of_too_many_changes_is_refused(void **unused) {
    (void)unused;
    Redress__V1__ClockRun message = REDRESS__V1__CLOCK_RUN__INIT;
    Redress__V1__ClockChange change = REDRESS__V1__CLOCK_CHANGE__INIT;
    Redress__V1__ClockChange *changes[COURSE_CHANGES + 1];
    struct clock_run run;
    change.ground = "appraisal";
    for (size_t i = 0; i <= COURSE_CHANGES; i++) {
        changes[i] = &change;
    }
    message.name = "resolution";
    message.started_at_ms = 1;
    message.changes = changes;
    message.n_changes = COURSE_CHANGES;
    assert_true(clock_run_read(&run, &message));
    message.n_changes++;
    assert_false(clock_run_read(&run, &message));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_clock_run_is_read_where_all_of_it_fits),
        cmocka_unit_test(test_clock_run_of_too_many_changes_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
