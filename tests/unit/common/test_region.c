// SPDX-License-Identifier: Apache-2.0
// The example region loads and hangs together; what follows from its files.
#include "region_copy.h"

static void test_region_commitments_are_packs_of_their_institutions(void **state) {
    (void)state;
    struct region *region = NULL;
    struct policy_case about;
    struct policy_choice choice;
    int64_t then = INT64_C(1770971400000); // 2026-02-13
    assert_int_equal(region_load(&region, EXAMPLE, NULL), RC_OK);
    assert_int_equal(region->commitment_count, 2);
    region_case(region, "first-hospital", &about);
    assert_true(policy_choose(region->policies, region->policy_count, &about, "commitment-response",
                              then, &choice));
    assert_string_equal(choice.policy->label, "first-hospital-promise@1");
    assert_false(policy_choose(region->policies, region->policy_count, &about, "commitment-fees",
                               then, &choice));
    about.category = "fees";
    assert_true(policy_choose(region->policies, region->policy_count, &about, "commitment-fees",
                              then, &choice));
    // Not before it holds, and of nobody else.
    assert_false(policy_choose(region->policies, region->policy_count, &about,
                               "commitment-response", then - INT64_C(90) * 86400000, &choice));
    region_case(region, "anning-centre", &about);
    assert_false(policy_choose(region->policies, region->policy_count, &about,
                               "commitment-response", then, &choice));
    region_free(region);
}

static void test_region_bureau_supervisor_is_another_than_who_asks(void **state) {
    (void)state;
    static const char *const rows[][3] = {{"demo-clinic", "", "lin-zhiyuan"},
                                          {"demo-clinic", "lin-zhiyuan", "gao-min"},
                                          {"donghu-station", "gao-min", "lin-zhiyuan"},
                                          {"bureau", "lin-zhiyuan", "gao-min"}};
    struct region *region = NULL;
    assert_int_equal(region_load(&region, EXAMPLE, NULL), RC_OK);
    for (size_t i = 0; i < COUNT(rows); i++) {
        const struct region_staff *person =
            region_bureau_supervisor(region, rows[i][0], &(struct region_but){rows[i][1], NULL, 0});
        assert_string_equal(person->subject, rows[i][2]);
    }
    assert_null(region_bureau_supervisor(region, "nowhere", &(struct region_but){"", NULL, 0}));
    region_free(region);
}

static int load_example(void **state) {
    struct error error;
    return region_load((struct region **)state, EXAMPLE, &error) == RC_OK ? 0 : -1;
}

static int free_example(void **state) {
    region_free(*state);
    return 0;
}

static void test_region_example_has_its_parts(void **state) {
    const struct region *region = *state;
    assert_string_equal(region->id, "qinghe");
    assert_int_equal(region->zone_offset_s, 8 * 3600);
    assert_string_equal(calendar_label(region->calendar), "cn-state-council@1");
    assert_true(region->institution_count >= 10);
    assert_null(region_institution(region, "nowhere"));
    assert_null(region_category(region, "nothing"));
    assert_null(region_staff(region, "nobody"));
    struct policy_case about;
    assert_false(region_case(region, "nowhere", &about));
    assert_null(region_alarm_policy(region, "nowhere", 0));
    assert_null(region_template(region, "case-registered", "fr"));
    for (size_t i = 0; i < region->template_count; i++) {
        const char *code = region->templates[i].code;
        assert_non_null(region_template(region, code, "zh-CN"));
        assert_non_null(region_template(region, code, "en"));
    }
}

#define SOME_TIME_MS 1772000000000 // in 2026

static void test_region_pack_of_an_institution_wins_over_its_type(void **state) {
    const struct region *region = *state;
    struct policy_case about;
    struct policy_choice choice;
    assert_true(region_case(region, "demo-clinic", &about));
    assert_string_equal(about.institution_type, "clinic");
    assert_true(policy_choose(region->policies, region->policy_count, &about, "first_response",
                              SOME_TIME_MS, &choice));
    assert_string_equal(choice.policy->label, "demo-seconds@1");
    assert_int_equal(choice.rule->limit.value, 6);
    about.severity = 1;
    assert_true(policy_choose(region->policies, region->policy_count, &about, "first_response",
                              SOME_TIME_MS, &choice));
    assert_int_equal(choice.rule->limit.value, 3);
    assert_int_equal(choice.rule->limit.unit, LIMIT_SECONDS);
    assert_false(policy_choose(region->policies, region->policy_count, &about, "no-such-clock",
                               SOME_TIME_MS, &choice));
    const struct policy *policy = region_alarm_policy(region, "demo-clinic", SOME_TIME_MS);
    assert_int_equal(policy->ladder.most, 2);
    assert_string_equal(region_alarm_policy(region, "first-hospital", SOME_TIME_MS)->id,
                        "cn-medical");
}

static void assert_rung(const struct region *region, const char *institution, const char *unit,
                        uint32_t rung, const char *subject) {
    assert_string_equal(region_ladder(region, institution, unit, rung)->subject, subject);
}

static void test_region_ladder_climbs_and_its_last_rung_repeats(void **state) {
    const struct region *region = *state;
    assert_rung(region, "first-hospital", "first-hospital.nursing", 0, "shen-yue");
    assert_rung(region, "first-hospital", "first-hospital.nursing", 1, "tang-wei");
    assert_rung(region, "first-hospital", "first-hospital.nursing", 2, "lin-zhiyuan");
    assert_rung(region, "first-hospital", "first-hospital.nursing", 99, "lin-zhiyuan");
    assert_rung(region, "first-hospital", "", 0, "tang-wei");
    assert_rung(region, "first-hospital", "no-such-unit", 0, "tang-wei");
    const struct region_institution *owner = NULL;
    assert_string_equal(region_department(region, "hope-line.duty", &owner)->code,
                        "hope-line.duty");
    assert_string_equal(owner->code, "hope-line");
}

// An institution without a ladder of its own has its parent's.
static void test_region_ladder_comes_from_the_parent(void **state) {
    (void)state;
    char directory[] = "/tmp/redress-region-XXXXXX";
    struct region *region = NULL;
    struct error error = {.text = ""};
    assert_non_null(mkdtemp(directory));
    copy_broken(directory, "institutions.yaml", "    ladder: [peng-lan, he-jing]\n", "");
    enum rc rc = region_load(&region, directory, &error);
    remove_copy(directory);
    assert_int_equal(rc, RC_OK);
    assert_rung(region, "donghu-hospital", "", 0, "he-jing");
    region_free(region);
}

// Hooks may ask for every fact of the contract.
static void test_region_hook_may_name_every_fact(void **state) {
    (void)state;
    char *contract = read_text("proto/redress/v1", "facts.proto");
    for (char *at = contract; (at = strstr(at, "\nmessage ")) != NULL;) {
        char name[64];
        char directory[] = "/tmp/redress-region-XXXXXX";
        struct region *region = NULL;
        struct error error = {.text = ""};
        at += strlen("\nmessage ");
        snprintf(name, sizeof name, "[%.*s]", (int)strcspn(at, " {"), at);
        if (strcmp(name, "[AnyFact]") == 0) {
            continue;
        }
        assert_non_null(mkdtemp(directory));
        copy_broken(directory, "hooks.yaml",
                    "[CaseRegistered, CaseClosed, AlarmRaised, CaseEscalated]", name);
        enum rc rc = region_load(&region, directory, &error);
        remove_copy(directory);
        assert_int_equal(rc, RC_OK);
        region_free(region);
    }
    free(contract);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_region_bureau_supervisor_is_another_than_who_asks),
        cmocka_unit_test(test_region_commitments_are_packs_of_their_institutions),
        cmocka_unit_test(test_region_ladder_comes_from_the_parent),
        cmocka_unit_test(test_region_hook_may_name_every_fact),
        cmocka_unit_test_setup_teardown(test_region_example_has_its_parts, load_example,
                                        free_example),
        cmocka_unit_test_setup_teardown(test_region_pack_of_an_institution_wins_over_its_type,
                                        load_example, free_example),
        cmocka_unit_test_setup_teardown(test_region_ladder_climbs_and_its_last_rung_repeats,
                                        load_example, free_example),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
