// SPDX-License-Identifier: Apache-2.0
// What a notice says: its fact's words and codes, their titles, whom it greets.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "common/title.h"
#include "example_region.h"
#include "notice.h"

static void test_a_notice_says_what_its_fact_says(void **unused) {
    (void)unused;
    struct notice notice;
    Redress__V1__FactMeta meta = REDRESS__V1__FACT_META__INIT;
    Redress__V1__CaseNotAccepted refused = REDRESS__V1__CASE_NOT_ACCEPTED__INIT;
    Redress__V1__CaseEscalated escalated = REDRESS__V1__CASE_ESCALATED__INIT;
    meta.tenant = "demo-clinic";
    refused.meta = &meta;
    refused.ground = REDRESS__V1__NOT_ACCEPTED_GROUND__NOT_ACCEPTED_GROUND_NO_FACTS;
    refused.right_route = "补充材料";
    assert_int_equal(notice_read(&refused.base, &notice, NULL), RC_OK);
    assert_string_equal(notice.occasion.fact, "CaseNotAccepted");
    const char *ground = json_string_value(json_object_get(notice.parameters, "ground"));
    assert_string_equal(title_of("ground", ground, "zh-CN"), "没有明确的投诉对象或具体事实");
    assert_string_equal(json_string_value(json_object_get(notice.parameters, "right_route")),
                        "补充材料");
    notice_free(&notice);
    escalated.meta = &meta;
    escalated.unit = "demo-clinic.desk";
    escalated.level = 2;
    assert_int_equal(notice_read(&escalated.base, &notice, NULL), RC_OK);
    assert_int_equal(notice.occasion.level, 2);
    assert_string_equal(notice.occasion.unit, "demo-clinic.desk");
    assert_string_equal(json_string_value(json_object_get(notice.parameters, "level")), "2");
    notice_free(&notice);
    assert_null(notice_descriptor("redress.v1.CaseAssessed"));
}

static void test_a_review_says_to_what_it_changed_the_decision(void **unused) {
    (void)unused;
    static const char *const texts[][3] = {{"OUTCOME_UNSPECIFIED", "", ""},
                                           {"OUTCOME_PARTLY_UPHELD", "处理意见变更为：部分支持。",
                                            "The decision is now: partly upheld. "}};
    static const Redress__V1__Outcome outcomes[] = {REDRESS__V1__OUTCOME__OUTCOME_UNSPECIFIED,
                                                    REDRESS__V1__OUTCOME__OUTCOME_PARTLY_UPHELD};
    struct notice notice;
    Redress__V1__FactMeta meta = REDRESS__V1__FACT_META__INIT;
    Redress__V1__ReviewDecided fact = REDRESS__V1__REVIEW_DECIDED__INIT;
    meta.tenant = "demo-clinic";
    fact.meta = &meta;
    for (size_t i = 0; i < 2; i++) {
        fact.outcome = outcomes[i];
        assert_int_equal(notice_read(&fact.base, &notice, NULL), RC_OK);
        const char *code = json_string_value(json_object_get(notice.parameters, "outcome"));
        assert_string_equal(code, texts[i][0]);
        assert_string_equal(title_of("changed_to", code, "zh-CN"), texts[i][1]);
        assert_string_equal(title_of("changed_to", code, "en"), texts[i][2]);
        notice_free(&notice);
    }
}

static void test_a_code_without_a_title_is_itself(void **unused) {
    (void)unused;
    assert_string_equal(title_of("clock", "first_response", "en"), "first response");
    assert_string_equal(title_of("ground", "first_response", "en"), "first_response");
}

static void test_a_regions_own_clock_has_its_title(void **unused) {
    (void)unused;
    assert_string_equal(region_clock_title(region, "commitment-fees", "zh-CN"), "承诺的收费答复");
    assert_string_equal(region_clock_title(region, "commitment-fees", "en"),
                        "promised answer about fees");
    assert_string_equal(region_clock_title(region, "follow_up_2", "en"), "follow-up visit");
    assert_string_equal(region_clock_title(region, "unheard-of", "en"), "unheard-of");
}

static void test_who_gave_no_name_is_greeted_once(void **unused) {
    (void)unused;
    assert_string_equal(notification_name("周晓岚", "zh-CN"), "周晓岚");
    assert_string_equal(notification_name("", "en"), "Sir or Madam");
    assert_string_equal(notification_name("  ", "en"), "Sir or Madam");
    assert_string_equal(notification_name("\xe3\x80\x80 \t", "zh-CN"), "投诉人"); // full-width
    const char *name = notification_name("", "zh-CN");
    assert_string_equal(name, "投诉人");
    assert_null(strstr(name, "您")); // "{name}您好"
}

static void test_a_request_says_when_its_limit_ends(void **unused) {
    (void)unused;
    struct notice notice;
    Redress__V1__FactMeta meta = REDRESS__V1__FACT_META__INIT;
    Redress__V1__ExtensionRequested fact = REDRESS__V1__EXTENSION_REQUESTED__INIT;
    meta.tenant = "demo-clinic";
    fact.meta = &meta;
    fact.due_at_ms = 70;
    assert_int_equal(notice_read(&fact.base, &notice, NULL), RC_OK);
    assert_int_equal(notice.due_at_ms, 70);
    notice_free(&notice);
}

static void test_rendering_replaces_names_only(void **unused) {
    (void)unused;
    json_t *values = json_pack("{s:s}", "name", "李{reply}");
    char *text = notification_render("{name}您好{unknown}，{", values);
    assert_string_equal(text, "李{reply}您好，{"); // what is put in is not looked at again
    free(text);
    json_decref(values);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_notice_says_what_its_fact_says),
        cmocka_unit_test(test_a_review_says_to_what_it_changed_the_decision),
        cmocka_unit_test(test_a_code_without_a_title_is_itself),
        cmocka_unit_test(test_a_regions_own_clock_has_its_title),
        cmocka_unit_test(test_who_gave_no_name_is_greeted_once),
        cmocka_unit_test(test_a_request_says_when_its_limit_ends),
        cmocka_unit_test(test_rendering_replaces_names_only),
    };
    return cmocka_run_group_tests(tests, load_region, unload_region);
}
