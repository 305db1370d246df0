// SPDX-License-Identifier: Apache-2.0
// What packs together would make of a clock is named at the rule that does it: clocks that wait for
// each other, that no case has, that nothing ends, that nobody can extend.
#include "region_copy.h"

#define CALLS_BACK_FIRST(when)                                                                     \
    "policies.yaml",                                                                               \
        "        starts_on: case_registered\n        stops_on: case_replied\n"                     \
        "        limit: {value: 5, unit: working_days}\n",                                         \
        "        after: call_back\n        stops_on: case_replied\n"                               \
        "        limit: {value: 5, unit: working_days}\n"                                          \
        "      - id: qinghe-call-back\n        clock: call_back\n"                                 \
        "        source: {kind: ours, text: x}\n" when                                             \
        "        starts_on: case_registered\n        stops_on: follow_up_done\n"                   \
        "        limit: {value: 9, unit: hours}\n"

// Of 12345 the call-back waits for the resolution. What the bureau itself says of P1 alone leaves
// the others to that pack.
static void test_region_clocks_that_wait_for_each_other_over_packs_are_named(void **state) {
    (void)state;
    static const struct fault fault = {
        CALLS_BACK_FIRST("        when: {severities: [P1]}\n"), 0,
        "qinghe-bureau-resolution: after: ",
        "resolution waits for call_back, and call_back for resolution by 12345-call-back of "
        "cn-12345@1"};
    assert_fault(&fault);
}

// Of some cases alone: those below it have the clock, these would have none.
static void test_region_rule_that_leaves_cases_without_a_clock_is_named(void **state) {
    (void)state;
    static const struct fault faults[] = {
        {"policies.yaml",
         "        when: {severities: [not_assessed, P3]}\n        starts_on: case_registered\n",
         "        when: {categories: [fees]}\n        starts_on: call_ended\n", 1,
         "qinghe-bureau-resolution: starts_on: ", "its resolution would never run"},
        {"policies.yaml",
         "        clock: resolution\n        source: {kind: ours, text: "
         "演示：本市承诺一般事项5个工作日内办结，法律另有较长期限的从其规定}\n"
         "        longer_law_prevails: true\n"
         "        when: {severities: [not_assessed, P3]}\n"
         "        starts_on: case_registered\n        stops_on: case_replied\n",
         "        clock: supervision\n        source: {kind: ours, text: x}\n"
         "        when: {categories: [fees]}\n"
         "        starts_on: case_registered\n        stops_on: supervision_answered\n",
         3, "qinghe-bureau-resolution: starts_on: ", "its supervision would never run"},
    };
    assert_faults(faults, COUNT(faults));
}

static void test_region_extension_that_nobody_can_approve_is_named(void **state) {
    (void)state;
    static const struct fault fault = {
        "policies.yaml",
        "approved_by: [supervisor]",
        "approved_by: [counsellor]",
        0,
        "demo-resolution: approved_by: ",
        "nobody for whom the cases of demo-clinic exist has a role that approves its extension"};
    assert_fault(&fault);
}

static void test_region_without_visits_after_a_crisis_is_named(void **state) {
    (void)state;
    char directory[] = "/tmp/redress-region-XXXXXX";
    struct region *region = NULL;
    struct error error = {.text = ""};
    assert_non_null(mkdtemp(directory));
    copy_broken(directory, "policies.yaml", "  - cn-promises\n", "");
    assert_int_equal(region_load(&region, directory, &error), RC_INVALID);
    remove_copy(directory);
    assert_non_null(strstr(error.text, "/institutions.yaml:"));
    assert_non_null(
        strstr(error.text, "type: policies.yaml has no visit for it after a crisis R3"));
}

// The call-back of 12345 begins with the end of the resolution, and ends with the contact.
static void test_region_clock_that_what_begins_it_would_stop_is_named(void **state) {
    (void)state;
    static const struct fault fault = {
        "policies.yaml",
        "        when: {severities: [not_assessed, P3]}\n        starts_on: case_registered\n"
        "        stops_on: case_replied\n",
        "        when: {severities: [not_assessed, P3]}\n        starts_on: case_registered\n"
        "        stops_on: follow_up_done\n",
        2,
        "qinghe-bureau-resolution: stops_on: ",
        "call_back of cn-12345@1 begins after resolution, which ends with follow_up_done"};
    assert_fault(&fault);
}

static void test_region_rule_that_another_pack_overrides_makes_no_cycle(void **state) {
    (void)state;
    static const char *const change[] = {CALLS_BACK_FIRST("")};
    char directory[] = "/tmp/redress-region-XXXXXX";
    struct region *region = NULL;
    struct error error = {.text = ""};
    assert_non_null(mkdtemp(directory));
    copy_broken(directory, change[0], change[1], change[2]);
    enum rc rc = region_load(&region, directory, &error);
    remove_copy(directory);
    assert_string_equal(error.text, "");
    assert_int_equal(rc, RC_OK);
    region_free(region);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_region_clocks_that_wait_for_each_other_over_packs_are_named),
        cmocka_unit_test(test_region_rule_that_leaves_cases_without_a_clock_is_named),
        cmocka_unit_test(test_region_extension_that_nobody_can_approve_is_named),
        cmocka_unit_test(test_region_without_visits_after_a_crisis_is_named),
        cmocka_unit_test(test_region_clock_that_what_begins_it_would_stop_is_named),
        cmocka_unit_test(test_region_rule_that_another_pack_overrides_makes_no_cycle),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
