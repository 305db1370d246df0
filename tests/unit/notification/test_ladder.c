// SPDX-License-Identifier: Apache-2.0
// Whom an alarm reaches: the ladder of its unit, past whoever may not know of the case.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "example_region.h"
#include "notification.h"

static void test_an_alarm_goes_up_the_ladder_of_its_unit(void **unused) {
    (void)unused;
    static const char *const rungs[] = {"staff:demo-handler", "staff:demo-supervisor",
                                        "staff:lin-zhiyuan", "staff:lin-zhiyuan"};
    for (uint32_t level = 0; level < 4; level++) {
        struct plan plans[NOTIFICATION_PLANS];
        const struct occasion occasion = {level == 0 ? "AlarmRaised" : "CaseEscalated",
                                          "demo-clinic",
                                          "demo-clinic.desk",
                                          level,
                                          "",
                                          NULL,
                                          0,
                                          NULL,
                                          0,
                                          NULL,
                                          NULL};
        assert_int_equal(notification_plan(region, &occasion, false, plans), 2); // and a web hook
        assert_string_equal(plans[0].recipient, rungs[level]);
        assert_true(plans[0].urgent);
        assert_string_equal(plans[1].channel, "webhook");
    }
}

// A co-handler of another institution is alarmed of its own clock, and from the next rung on
// whoever supervises the case too.
static void
test_an_alarm_of_another_institutions_unit_reaches_the_cases_supervisors(void **unused) {
    (void)unused;
    static const struct {
        const char *tenant, *unit;
        uint32_t level;
        const char *told[2];
    } rows[] = {
        {"first-hospital", "xiyang-home.care", 0, {"staff:jin-fang"}},
        {"first-hospital", "xiyang-home.care", 1, {"staff:he-jing", "staff:lin-zhiyuan"}},
        {"first-hospital", "first-hospital.medical", 1, {"staff:tang-wei"}},
        {"demo-clinic", "xiyang-home.care", 1, {"staff:he-jing", "staff:demo-supervisor"}},
        {"demo-clinic", "bureau.complaints", 1, {"staff:gao-min"}},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct plan plans[NOTIFICATION_PLANS];
        const struct occasion occasion = {.fact = "CaseEscalated",
                                          .tenant = rows[i].tenant,
                                          .unit = rows[i].unit,
                                          .level = rows[i].level,
                                          .actor = ""};
        size_t count = 0;
        size_t planned = notification_plan(region, &occasion, false, plans);
        for (size_t j = 0; j < planned; j++) {
            if (strcmp(plans[j].channel, "email") == 0) {
                assert_true(count < 2 && rows[i].told[count] != NULL);
                assert_string_equal(plans[j].recipient, rows[i].told[count++]);
            }
        }
        assert_true(count == 2 || rows[i].told[count] == NULL);
    }
}

static void test_who_is_in_conflict_is_passed_over(void **unused) {
    (void)unused;
    static char *const some[] = {"demo-handler", "demo-supervisor"};
    static char *const all[] = {"demo-handler", "demo-supervisor", "lin-zhiyuan", "gao-min"};
    struct plan plans[NOTIFICATION_PLANS];
    struct occasion occasion = {
        "AlarmRaised", "demo-clinic", "demo-clinic.desk", 0, "", some, 2, NULL, 0, NULL, NULL};
    assert_int_equal(notification_plan(region, &occasion, false, plans), 2);
    assert_string_equal(plans[0].recipient, "staff:lin-zhiyuan");
    occasion.withheld_from = all;
    occasion.withheld_count = 4;
    size_t count = notification_plan(region, &occasion, false, plans);
    for (size_t i = 0; i < count; i++) {
        for (size_t j = 0; j < 4; j++) {
            assert_null(strstr(plans[i].recipient, all[j]));
        }
    }
}

static void test_where_nobody_on_the_ladder_may_know_administrators_are_told(void **unused) {
    (void)unused;
    static char *const everybody[] = {"lin-zhiyuan", "gao-min"};
    struct plan plans[NOTIFICATION_PLANS];
    const struct occasion occasion = {
        "AlarmRaised", "bureau", "bureau.complaints", 0, "gao-min", everybody, 2, NULL, 0,
        NULL,          NULL};
    assert_true(notification_plan(region, &occasion, false, plans) >= 1);
    assert_string_equal(plans[0].recipient, "staff:region-administrator");
    assert_true(plans[0].urgent);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_an_alarm_goes_up_the_ladder_of_its_unit),
        cmocka_unit_test(test_an_alarm_of_another_institutions_unit_reaches_the_cases_supervisors),
        cmocka_unit_test(test_who_is_in_conflict_is_passed_over),
        cmocka_unit_test(test_where_nobody_on_the_ladder_may_know_administrators_are_told),
    };
    return cmocka_run_group_tests(tests, load_region, unload_region);
}
