// SPDX-License-Identifier: Apache-2.0
// What is told by tracking code and PIN: also to who left no address.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "dialogue_item.h"

#include "common/clock.h"
#include "common/policy_known.h"
#include "common/title.h"

#define DUE INT64_C(1770971400000)

static json_t *item;

static int release(void **unused) {
    (void)unused;
    json_decref(item);
    item = NULL;
    return 0;
}

static const char *text_of(const char *name) {
    return json_string_value(json_object_get(item, name));
}

// In the zone of whoever runs it.
static void assert_due(void) {
    char text[CLOCK_TEXT_SIZE];
    clock_format(DUE, text);
    assert_string_equal(text_of("due_at"), text);
}

static void test_an_extension_is_told_with_reason_plan_and_date(void **unused) {
    (void)unused;
    Redress__V1__ExtensionDecided fact = REDRESS__V1__EXTENSION_DECIDED__INIT;
    fact.clock = "resolution";
    fact.granted = true;
    fact.reason = "需多科会诊";
    fact.plan = "下周三前完成会诊";
    fact.note = "内部批注";
    fact.due_at_ms = DUE;
    item = dialogue_item(FACT_EXTENSION_DECIDED, &fact.base, "zh-CN");
    assert_string_equal(text_of("kind"), "extended");
    assert_string_equal(text_of("text"), "需多科会诊");
    assert_string_equal(text_of("plan"), "下周三前完成会诊");
    assert_string_equal(text_of("clock"), "resolution");
    assert_string_equal(text_of("clock_title"), "办结");
    assert_due();
    assert_int_equal(json_object_size(item), 6); // and nothing for staff
}

static void test_a_denied_extension_concerns_nobody_outside(void **unused) {
    (void)unused;
    Redress__V1__ExtensionDecided fact = REDRESS__V1__EXTENSION_DECIDED__INIT;
    fact.clock = "resolution";
    assert_null(dialogue_item(FACT_EXTENSION_DECIDED, &fact.base, "zh-CN"));
}

static void test_a_pause_is_told_with_its_ground_alone(void **unused) {
    (void)unused;
    Redress__V1__CaseSuspended fact = REDRESS__V1__CASE_SUSPENDED__INIT;
    fact.ground = "appraisal";
    fact.note = "内部批注";
    item = dialogue_item(FACT_CASE_SUSPENDED, &fact.base, "zh-CN");
    assert_string_equal(text_of("kind"), "suspended");
    assert_string_equal(text_of("ground"), "appraisal");
    assert_string_equal(text_of("ground_title"), "鉴定");
    assert_string_equal(text_of("text"), "");
    assert_int_equal(json_object_size(item), 4);
}

static void test_a_resumption_says_the_date_that_an_extension_had_told_otherwise(void **unused) {
    (void)unused;
    Redress__V1__CaseResumed fact = REDRESS__V1__CASE_RESUMED__INIT;
    fact.ground = "hearing";
    item = dialogue_item(FACT_CASE_RESUMED, &fact.base, "en");
    assert_string_equal(text_of("kind"), "resumed");
    assert_string_equal(text_of("ground_title"), "a hearing");
    assert_null(json_object_get(item, "due_at"));
    assert_null(json_object_get(item, "clock"));
    json_decref(item);
    fact.extended = true;
    fact.clock = "resolution";
    fact.due_at_ms = DUE;
    item = dialogue_item(FACT_CASE_RESUMED, &fact.base, "en");
    assert_string_equal(text_of("clock_title"), "resolution");
    assert_due();
}

static void test_a_pause_of_a_procedure_alone_says_which_one(void **unused) {
    (void)unused;
    Redress__V1__ClockPaused fact = REDRESS__V1__CLOCK_PAUSED__INIT;
    fact.name = "re_review";
    fact.ground = "hearing";
    fact.note = "内部批注";
    assert_null(dialogue_item(FACT_CLOCK_PAUSED, &fact.base, "zh-CN")); // the case's says it
    fact.alone = true;
    item = dialogue_item(FACT_CLOCK_PAUSED, &fact.base, "zh-CN");
    assert_string_equal(text_of("kind"), "suspended");
    assert_string_equal(text_of("ground_title"), "听证");
    assert_string_equal(text_of("clock"), "re_review");
    assert_string_equal(text_of("clock_title"), "复核");
    assert_string_equal(text_of("text"), "");
    json_decref(item);
    fact.amended = true;
    item = NULL;
    assert_null(dialogue_item(FACT_CLOCK_PAUSED, &fact.base, "zh-CN"));
}

static void test_the_end_of_such_a_pause_is_told_and_no_other_terms(void **unused) {
    (void)unused;
    Redress__V1__ClockArmed fact = REDRESS__V1__CLOCK_ARMED__INIT;
    fact.reason = "resumed";
    assert_null(dialogue_item(FACT_CLOCK_ARMED, &fact.base, "en"));
    fact.alone = true;
    fact.ground = "appraisal";
    fact.clock = "mediation";
    item = dialogue_item(FACT_CLOCK_ARMED, &fact.base, "en");
    assert_string_equal(text_of("kind"), "resumed");
    assert_string_equal(text_of("ground_title"), "an expert appraisal");
    assert_string_equal(text_of("clock_title"), "mediation");
    assert_null(json_object_get(item, "due_at"));
    json_decref(item);
    fact.extended = true;
    fact.due_at_ms = DUE;
    item = dialogue_item(FACT_CLOCK_ARMED, &fact.base, "en");
    assert_due();
}

static void test_who_comes_to_the_rescue_is_told(void **unused) {
    (void)unused;
    Redress__V1__CaseTransferredToEmergency fact = REDRESS__V1__CASE_TRANSFERRED_TO_EMERGENCY__INIT;
    fact.service = "120";
    fact.note = "内部批注";
    item = dialogue_item(FACT_CASE_TRANSFERRED_TO_EMERGENCY, &fact.base, "zh-CN");
    assert_string_equal(text_of("kind"), "emergency-transferred");
    assert_string_equal(text_of("text"), "120");
    assert_int_equal(json_object_size(item), 2);
}

static void test_a_review_tells_to_what_it_changed_the_decision(void **unused) {
    (void)unused;
    Redress__V1__ReviewDecided fact = REDRESS__V1__REVIEW_DECIDED__INIT;
    fact.result = REDRESS__V1__REVIEW_RESULT__REVIEW_RESULT_CHANGED;
    fact.findings = "原意见认定事实有误";
    fact.outcome = REDRESS__V1__OUTCOME__OUTCOME_PARTLY_UPHELD;
    item = dialogue_item(FACT_REVIEW_DECIDED, &fact.base, "zh-CN");
    assert_string_equal(text_of("text"), "原意见认定事实有误");
    assert_string_equal(text_of("result_title"), "变更原处理意见");
    assert_string_equal(text_of("outcome"), "OUTCOME_PARTLY_UPHELD");
    assert_string_equal(text_of("outcome_title"), "部分支持");
    json_decref(item);
    fact.result = REDRESS__V1__REVIEW_RESULT__REVIEW_RESULT_CONFIRMED;
    fact.outcome = REDRESS__V1__OUTCOME__OUTCOME_UNSPECIFIED;
    item = dialogue_item(FACT_REVIEW_DECIDED, &fact.base, "zh-CN");
    assert_null(json_object_get(item, "outcome"));
    assert_null(json_object_get(item, "outcome_title"));
}

static void refused(const char *type, const char *code) {
    Redress__V1__ProposalRefused fact = REDRESS__V1__PROPOSAL_REFUSED__INIT;
    fact.proposal_type = (char *)type;
    fact.code = (char *)code;
    item = dialogue_item(FACT_PROPOSAL_REFUSED, &fact.base, "en");
}

static void test_what_was_sent_and_refused_is_told_with_its_reason(void **unused) {
    (void)unused;
    static const char rows[][2][32] = {{"redress.v1.RecordMessage", "message"},
                                       {"redress.v1.OfferEvidence", "evidence"},
                                       {"redress.v1.WithdrawCase", "withdrawal"},
                                       {"redress.v1.ReopenCase", "reopening"},
                                       {"redress.v1.RecordFeedback", "feedback"}};
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        refused(rows[i][0], "wrong-state");
        assert_string_equal(text_of("kind"), "refused");
        assert_string_equal(text_of("sent"), rows[i][1]);
        assert_string_equal(text_of("code"), "wrong-state");
        assert_string_equal(text_of("code_title"), "The case's state did not allow it then.");
        assert_int_equal(json_object_size(item), 5);
        json_decref(item);
    }
    refused("redress.v1.OfferEvidence", "too-much-evidence");
    assert_string_not_equal(text_of("code_title"), "too-much-evidence");
}

static void test_what_services_proposed_in_vain_is_nobodys_outside(void **unused) {
    (void)unused;
    static const char *const types[] = {"redress.v1.ArmClock", "redress.v1.AssessCase",
                                        "redress.v1.SubmitCase", "redress.v1.RecordDelivery", ""};
    for (size_t i = 0; i < sizeof types / sizeof types[0]; i++) {
        refused(types[i], "closed");
        assert_null(item);
    }
}

static void test_every_ground_of_a_pause_has_words(void **unused) {
    (void)unused;
    static const char grounds[][16] = {"appraisal", "testing", "hearing"};
    char list[64] = "";
    for (size_t i = 0; i < sizeof grounds / sizeof grounds[0]; i++) {
        assert_true(policy_knows_ground(grounds[i]));
        assert_string_not_equal(title_of("pause", grounds[i], "zh-CN"), grounds[i]);
        snprintf(list + strlen(list), sizeof list - strlen(list), "%s%s", i == 0 ? "" : ", ",
                 grounds[i]);
    }
    assert_string_equal(list, POLICY_GROUNDS_TEXT); // a new one needs words too
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(test_an_extension_is_told_with_reason_plan_and_date, release),
        cmocka_unit_test(test_a_denied_extension_concerns_nobody_outside),
        cmocka_unit_test_teardown(test_a_pause_is_told_with_its_ground_alone, release),
        cmocka_unit_test_teardown(
            test_a_resumption_says_the_date_that_an_extension_had_told_otherwise, release),
        cmocka_unit_test_teardown(test_a_pause_of_a_procedure_alone_says_which_one, release),
        cmocka_unit_test_teardown(test_the_end_of_such_a_pause_is_told_and_no_other_terms, release),
        cmocka_unit_test_teardown(test_who_comes_to_the_rescue_is_told, release),
        cmocka_unit_test_teardown(test_a_review_tells_to_what_it_changed_the_decision, release),
        cmocka_unit_test_teardown(test_what_was_sent_and_refused_is_told_with_its_reason, release),
        cmocka_unit_test(test_what_services_proposed_in_vain_is_nobodys_outside),
        cmocka_unit_test(test_every_ground_of_a_pause_has_words),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
