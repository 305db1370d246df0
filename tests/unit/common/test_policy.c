// SPDX-License-Identifier: Apache-2.0
// Which pack's rule holds for which case and day.
#include "changed_pack.h"

#include "common/policy_check.h"

static void test_policy_working_hours_need_a_calendar_with_hours(void **state) {
    (void)state;
    struct calendar *bare = NULL;
    struct error error = {.text = ""};
    const struct calendar_terms terms = {.id = "bare",
                                         .version = 1,
                                         .zone = "UTC",
                                         .week = {true},
                                         .first_year = 2026,
                                         .last_year = 2026};
    assert_int_equal(calendar_new(&bare, &terms, &error), RC_OK);
    assert_false(calendar_has_hours(bare));
    assert_int_equal(calendar_add_working_ms(bare, 1000, 5000), 1000);
    calendar_free(bare);
}

static const char *chosen(const struct policy *const *all, size_t count,
                          const struct policy_case *about, int64_t at_ms) {
    struct policy_choice choice;
    return policy_choose(all, count, about, "resolution", at_ms, &choice) ? choice.rule->id
                                                                          : "none";
}

#define MARCH_2026_MS 1772409600000

static void test_policy_most_particular_rule_holds(void **state) {
    (void)state;
    static const char *const x[] = {"y", "x"};
    struct policy_set *set = NULL;
    struct error error;
    size_t count = 0;
    assert_int_equal(load_changed("id: test", "id: test", &set, &error), RC_OK);
    const struct policy *const *all = policy_set_all(set, &count);
    struct policy_case about = {.institution = "a", .institution_type = "hospital"};
    assert_string_equal(chosen(all, count, &about, MARCH_2026_MS), "decision");
    about.severity = 2;
    assert_string_equal(chosen(all, count, &about, MARCH_2026_MS), "decision-urgent");
    about.severity = 3;
    assert_string_equal(chosen(all, count, &about, MARCH_2026_MS), "decision");
    about.channel = 6;
    about.category = "fees";
    about.situations = x;
    about.situation_count = 2;
    assert_string_equal(chosen(all, count, &about, MARCH_2026_MS), "decision-calm");
    about.situation_count = 1;
    assert_string_equal(chosen(all, count, &about, MARCH_2026_MS), "decision");
    about.situation_count = 2;
    about.category = "other";
    assert_string_equal(chosen(all, count, &about, MARCH_2026_MS), "decision");
    about.category = NULL;
    assert_string_equal(chosen(all, count, &about, MARCH_2026_MS), "decision");
    assert_string_equal(chosen(all, count, &about, 0), "none"); // 1970
    policy_set_free(set);
}

static const struct policy_rule *rule_chosen(const struct policy *policy, unsigned severity,
                                             const char *situation) {
    const struct policy *const all[] = {policy};
    const struct policy_case about = {
        .severity = severity, .situations = &situation, .situation_count = 1};
    struct policy_choice choice;
    assert_true(policy_choose(all, 1, &about, "first_response", 0, &choice));
    return choice.rule;
}

// A petition does not wait for fifteen days where a life is at stake.
static void test_policy_urgent_rule_goes_before_a_situation(void **state) {
    (void)state;
    static char *petition[] = {"petition"};
    static char *crises[] = {"R3", "R4"};
    static char *mild[] = {"R2"};
    struct policy_rule rules[] = {
        {.id = "petition", .when = {.situations = petition, .situation_count = 1}},
        {.id = "p1", .when = {.severities = 2}},
        {.id = "p2", .when = {.severities = 4}},
        {.id = "crisis", .when = {.situations = crises, .situation_count = 2}},
        {.id = "mild", .when = {.situations = mild, .situation_count = 1, .categories = NULL}},
    };
    struct policy policy = {.id = "test",
                            .until = INT32_MAX,
                            .calendar = calendar_set_find(calendars, "cn-state-council"),
                            .rules = rules,
                            .rule_count = COUNT(rules)};
    for (size_t i = 0; i < COUNT(rules); i++) {
        rules[i].clock = "first_response";
    }
    assert_string_equal(rule_chosen(&policy, 1, "petition")->id, "p1");
    assert_string_equal(rule_chosen(&policy, 2, "petition")->id, "petition");
    assert_string_equal(rule_chosen(&policy, 2, "R3")->id, "crisis");
    assert_string_equal(rule_chosen(&policy, 1, "R4")->id, "crisis");
    assert_string_equal(rule_chosen(&policy, 3, "R2")->id, "mild");
    rules[1].when.severities = 2 | 4; // for both: before the petition at P1 alone
    rules[2].when.severities = 8;
    assert_string_equal(rule_chosen(&policy, 1, "petition")->id, "p1");
    assert_string_equal(rule_chosen(&policy, 2, "petition")->id, "petition");
    assert_false(policy_rules_overlap(&policy, &rules[0], &policy, &rules[1]));
    rules[2].when.severities = 2 | 16; // P1 is in both
    assert_true(policy_rules_overlap(&policy, &rules[1], &policy, &rules[2]));
}

// By layer, by version in force on the day the clock starts, by institution.
static void test_policy_layer_version_and_date_choose_the_pack(void **state) {
    (void)state;
    static char *types[] = {"hospital"};
    static char *institutions[] = {"first"};
    struct policy_rule rules[] = {{.id = "a1", .clock = "resolution"},
                                  {.id = "a2", .clock = "resolution"},
                                  {.id = "b1", .clock = "resolution"},
                                  {.id = "c1", .clock = "resolution"}};
    const struct calendar *calendar = calendar_set_find(calendars, "cn-state-council");
    civil_day amended = civil_day_from_date(2026, 3, 2);
    struct policy packs[] = {
        {.id = "a", .version = 1, .rules = &rules[0], .until = INT32_MAX},
        {.id = "a", .version = 2, .rules = &rules[1], .from = amended, .until = INT32_MAX},
        {.id = "b",
         .version = 1,
         .layer = POLICY_REGION,
         .rules = &rules[2],
         .institution_types = types,
         .institution_type_count = 1,
         .until = amended},
        {.id = "c",
         .version = 1,
         .layer = POLICY_INSTITUTION,
         .rules = &rules[3],
         .institutions = institutions,
         .institution_count = 1,
         .from = amended - 10,
         .until = INT32_MAX}};
    const struct policy *all[COUNT(packs)];
    for (size_t i = 0; i < COUNT(packs); i++) {
        packs[i].rule_count = 1;
        packs[i].calendar = calendar;
        all[i] = &packs[i];
    }
    int64_t noon = (int64_t)amended * ZONE_DAY_MS + ZONE_DAY_MS / 6; // 12:00 of that day in China
    struct policy_case clinic = {.institution = "second", .institution_type = "clinic"};
    struct policy_case hospital = {.institution = "second", .institution_type = "hospital"};
    struct policy_case first = {.institution = "first", .institution_type = "hospital"};
    assert_string_equal(chosen(all, 4, &clinic, noon - ZONE_DAY_MS), "a1");
    assert_string_equal(chosen(all, 4, &clinic, noon), "a2");
    assert_string_equal(chosen(all, 4, &clinic, noon - ZONE_DAY_MS / 2 - 1), "a1");
    assert_string_equal(chosen(all, 4, &clinic, noon - ZONE_DAY_MS / 2), "a2");
    assert_string_equal(chosen(all, 4, &hospital, noon), "b1");
    assert_string_equal(chosen(all, 4, &hospital, noon + ZONE_DAY_MS), "a2");
    assert_string_equal(chosen(all, 4, &first, noon), "c1");
    assert_string_equal(chosen(all, 4, &first, noon - 11LL * ZONE_DAY_MS), "b1");
    // A law's limit below is handed on beside the choice.
    struct policy_choice choice;
    rules[1].statutory = true;
    assert_true(policy_choose(all, 4, &first, "resolution", noon, &choice));
    assert_string_equal(choice.rule->id, "c1");
    assert_string_equal(choice.law->id, "a2");
    assert_true(policy_choose(all, 4, &clinic, "resolution", noon, &choice));
    assert_null(choice.law);
}

static void test_policy_rows_of_the_domain_are_all_there(void **state) {
    (void)state;
    static const char *const rows[] = {
        "cn-12345",       "cn-dispute-mediation", "cn-medical", "cn-petition",   "cn-promises",
        "cn-supervision", "elderly-care",         "hotline",    "mental-health", "nz-code",
        "uk-nhs",         "us-grievance"};
    struct policy_set *set = NULL;
    struct error error;
    size_t count = 0;
    assert_int_equal(policy_set_load(&set, "deploy/policies", NULL, calendars, &error), RC_OK);
    const struct policy *const *all = policy_set_all(set, &count);
    assert_int_equal(count, COUNT(rows));
    for (size_t i = 0; i < count; i++) {
        assert_string_equal(all[i]->id, rows[i]);
        for (unsigned r = 0; r < all[i]->rule_count; r++) {
            assert_true(strlen(all[i]->rules[r].source.text) > 0);
        }
        assert_int_equal(policy_check_words("deploy/policies", all[i], &error), RC_OK);
    }
    policy_set_free(set);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_policy_working_hours_need_a_calendar_with_hours),
        cmocka_unit_test(test_policy_most_particular_rule_holds),
        cmocka_unit_test(test_policy_urgent_rule_goes_before_a_situation),
        cmocka_unit_test(test_policy_layer_version_and_date_choose_the_pack),
        cmocka_unit_test(test_policy_rows_of_the_domain_are_all_there),
    };
    return cmocka_run_group_tests(tests, load, unload);
}
