// SPDX-License-Identifier: Apache-2.0
// Who is told of which fact, by which template.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "example_region.h"
#include "notice.h"

static void test_a_complainant_is_told_only_if_a_contact_is_known(void **unused) {
    (void)unused;
    struct plan plans[NOTIFICATION_PLANS];
    const struct occasion occasion = {
        "CaseReplied", "first-hospital", "", 0, "", NULL, 0, NULL, 0, NULL, NULL};
    assert_int_equal(notification_plan(region, &occasion, true, plans), 1);
    assert_string_equal(plans[0].recipient, "complainant");
    assert_string_equal(plans[0].template_code, "case-replied");
    assert_false(plans[0].urgent);
    assert_int_equal(notification_plan(region, &occasion, false, plans), 0);
}

static void test_a_missing_calendar_is_told_to_administrators_alone(void **unused) {
    (void)unused;
    struct plan plans[NOTIFICATION_PLANS];
    const struct occasion occasion = {
        NOTIFICATION_CALENDAR, "bureau", "", 0, "sla-timer", NULL, 0, NULL, 0, NULL, NULL};
    assert_int_equal(notification_plan(region, &occasion, false, plans), 1); // and no web hook
    assert_string_equal(plans[0].recipient, "staff:region-administrator");
    assert_string_equal(plans[0].channel, "email");
    assert_string_equal(plans[0].template_code, "calendar-missing");
    assert_non_null(region_template(region, "calendar-missing", "en"));
}

static void test_only_a_date_that_was_told_is_told_anew_after_a_pause(void **unused) {
    (void)unused;
    struct notice notice;
    Redress__V1__FactMeta meta = REDRESS__V1__FACT_META__INIT;
    Redress__V1__CaseResumed resumed = REDRESS__V1__CASE_RESUMED__INIT;
    meta.tenant = "first-hospital";
    resumed.meta = &meta;
    assert_int_equal(notice_read(&resumed.base, &notice, NULL), RC_OK);
    assert_true(notice.internal);
    notice_free(&notice);
    resumed.extended = true;
    resumed.clock = "resolution";
    resumed.due_at_ms = 1770971400000;
    assert_int_equal(notice_read(&resumed.base, &notice, NULL), RC_OK);
    assert_false(notice.internal);
    assert_int_equal(json_integer_value(json_object_get(notice.parameters, "due_at_ms")),
                     1770971400000);
    struct plan plans[NOTIFICATION_PLANS];
    assert_true(notification_plan(region, &notice.occasion, true, plans) >= 1);
    assert_string_equal(plans[0].template_code, "case-resumed");
    notice_free(&notice);
}

static void test_of_all_terms_only_a_date_after_a_pause_alone_is_told(void **unused) {
    (void)unused;
    struct notice notice;
    Redress__V1__FactMeta meta = REDRESS__V1__FACT_META__INIT;
    Redress__V1__ClockArmed armed = REDRESS__V1__CLOCK_ARMED__INIT;
    meta.tenant = "first-hospital";
    armed.meta = &meta;
    assert_ptr_equal(notice_descriptor(armed.base.descriptor->name), armed.base.descriptor);
    assert_false(notice_is_occasion(&armed.base)); // nor do hooks hear of it
    armed.alone = true;
    assert_false(notice_is_occasion(&armed.base)); // nobody was told a date
    armed.extended = true;
    armed.clock = "mediation";
    armed.due_at_ms = 1770971400000;
    assert_true(notice_is_occasion(&armed.base));
    assert_int_equal(notice_read(&armed.base, &notice, NULL), RC_OK);
    assert_false(notice.internal);
    struct plan plans[NOTIFICATION_PLANS];
    assert_int_equal(notification_plan(region, &notice.occasion, true, plans), 1);
    assert_string_equal(plans[0].recipient, "complainant");
    assert_string_equal(plans[0].template_code, "case-resumed");
    notice_free(&notice);
    Redress__V1__CaseClosed closed = REDRESS__V1__CASE_CLOSED__INIT;
    assert_true(notice_is_occasion(&closed.base));
}

static void test_a_broken_glass_is_told_to_supervisor_and_auditor(void **unused) {
    (void)unused;
    struct plan plans[NOTIFICATION_PLANS];
    const struct occasion occasion = {
        "GlassBroken", "demo-clinic", "demo-clinic.desk", 1, "", NULL, 0, NULL, 0, NULL, NULL};
    assert_true(notification_plan(region, &occasion, true, plans) >= 2);
    assert_string_equal(plans[0].recipient, "staff:demo-supervisor");
    assert_string_equal(plans[1].recipient, "staff:auditor");
    assert_true(plans[0].urgent && plans[1].urgent);
}

static void test_a_fact_nobody_is_told_of_plans_nothing(void **unused) {
    (void)unused;
    struct plan plans[NOTIFICATION_PLANS];
    const struct occasion occasion = {"ClockStopped", "demo-clinic", "", 0, "", NULL, 0, NULL, 0,
                                      NULL,           NULL};
    assert_int_equal(notification_plan(region, &occasion, true, plans), 0);
}

// Who is told of what, one row a notice; "" ends a fact's.
static void test_each_fact_of_the_casework_is_told_to_whom_it_concerns(void **unused) {
    (void)unused;
    static const struct {
        const char *fact, *unit, *actor, *recipient, *code;
    } rows[] = {
        {"CaseNotAccepted", "", "", "complainant", "case-not-accepted"},
        {"CaseRedirected", "", "", "complainant", "case-redirected"},
        {"ReviewDecided", "", "", "complainant", "review-decided"},
        {"MessageSent", "", "", "complainant", "message-sent"},
        {"MessageReceived", "demo-clinic.desk", "", "staff:demo-handler", "message-received"},
        {"EvidenceOffered", "", "", "staff:demo-handler", "evidence-offered"},
        {"ReturnRequested", "demo-clinic.desk", "demo-handler", "staff:lin-zhiyuan",
         "return-requested"},
        {"TerminationRequested", "", "demo-handler", "staff:lin-zhiyuan", "termination-requested"},
        {"TerminationRequested", "", "lin-zhiyuan", "staff:gao-min", "termination-requested"},
        {"CaseDesignated", "demo-clinic.desk", "lin-zhiyuan", "staff:demo-handler",
         "case-designated"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct plan plans[NOTIFICATION_PLANS];
        const struct occasion occasion = {
            rows[i].fact, "demo-clinic", rows[i].unit, 0, rows[i].actor, NULL, 0, NULL, 0,
            NULL,         NULL};
        assert_int_equal(notification_plan(region, &occasion, true, plans), 1);
        assert_string_equal(plans[0].recipient, rows[i].recipient);
        assert_string_equal(plans[0].template_code, rows[i].code);
        assert_non_null(region_template(region, rows[i].code, "zh-CN"));
        assert_false(plans[0].urgent);
    }
}

static void test_what_changes_the_way_is_told_to_both_sides(void **unused) {
    (void)unused;
    static const char *const rows[][3] = {{"ReworkOrdered", "case-rework", "rework-ordered"},
                                          {"CaseReopened", "case-reopened", "reopened"},
                                          {"CaseWithdrawn", "case-withdrawn", "withdrawn"}};
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct plan plans[NOTIFICATION_PLANS];
        const struct occasion occasion = {
            rows[i][0], "demo-clinic", "demo-clinic.desk", 0, "", NULL, 0, NULL, 0, NULL, NULL};
        assert_int_equal(notification_plan(region, &occasion, true, plans), 2);
        size_t staff = strcmp(plans[0].recipient, "complainant") == 0;
        assert_string_equal(plans[1 - staff].recipient, "complainant");
        assert_string_equal(plans[1 - staff].template_code, rows[i][1]);
        assert_string_equal(plans[staff].recipient, "staff:demo-handler");
        assert_string_equal(plans[staff].template_code, rows[i][2]);
        assert_int_equal(notification_plan(region, &occasion, false, plans), 1);
    }
}

static void test_an_end_by_the_bureau_is_told_to_the_complainant(void **unused) {
    (void)unused;
    struct plan plans[NOTIFICATION_PLANS];
    struct notice notice;
    Redress__V1__FactMeta meta = REDRESS__V1__FACT_META__INIT;
    Redress__V1__CaseTerminated terminated = REDRESS__V1__CASE_TERMINATED__INIT;
    const struct occasion occasion = {
        "CaseTerminated", "demo-clinic", "demo-clinic.desk", 0, "", NULL, 0, NULL, 0, NULL, NULL};
    assert_int_equal(notification_plan(region, &occasion, true, plans), 1);
    assert_string_equal(plans[0].recipient, "complainant");
    assert_string_equal(plans[0].template_code, "case-terminated");
    assert_int_equal(notification_plan(region, &occasion, false, plans), 0);
    meta.tenant = "demo-clinic";
    terminated.meta = &meta;
    assert_int_equal(notice_read(&terminated.base, &notice, NULL), RC_OK);
    notice_free(&notice);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_complainant_is_told_only_if_a_contact_is_known),
        cmocka_unit_test(test_a_missing_calendar_is_told_to_administrators_alone),
        cmocka_unit_test(test_only_a_date_that_was_told_is_told_anew_after_a_pause),
        cmocka_unit_test(test_of_all_terms_only_a_date_after_a_pause_alone_is_told),
        cmocka_unit_test(test_a_broken_glass_is_told_to_supervisor_and_auditor),
        cmocka_unit_test(test_a_fact_nobody_is_told_of_plans_nothing),
        cmocka_unit_test(test_each_fact_of_the_casework_is_told_to_whom_it_concerns),
        cmocka_unit_test(test_what_changes_the_way_is_told_to_both_sides),
        cmocka_unit_test(test_an_end_by_the_bureau_is_told_to_the_complainant),
    };
    return cmocka_run_group_tests(tests, load_region, unload_region);
}
