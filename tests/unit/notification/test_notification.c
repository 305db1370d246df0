// SPDX-License-Identifier: Apache-2.0
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "notice.h"

#include "common/title.h"

#define HOUR 3600000LL
#define ZONE (8 * 3600)

static struct region *region;

static int load(void **unused) {
    (void)unused;
    return region_load(&region, "deploy/region/example", NULL) == RC_OK ? 0 : -1;
}

static int unload(void **unused) {
    (void)unused;
    region_free(region);
    return 0;
}

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

static void test_a_request_of_a_review_is_told_to_each_reviewer(void **unused) {
    (void)unused;
    static const char *const facts[] = {"ReviewRequested", "FinalReviewRequested"};
    for (size_t i = 0; i < sizeof facts / sizeof facts[0]; i++) {
        struct plan plans[NOTIFICATION_PLANS];
        const struct occasion occasion = {facts[i], "demo-clinic", "", 0,    "lin-zhiyuan", NULL,
                                          0,        NULL,          0,  NULL, NULL};
        assert_int_equal(notification_plan(region, &occasion, true, plans), 2);
        assert_string_equal(plans[0].recipient, "staff:ren-shan");
        assert_string_equal(plans[1].recipient, "staff:su-qing");
        assert_string_equal(plans[1].template_code, "review-requested");
    }
}

static void test_a_request_of_a_review_is_told_to_those_who_may_decide_it(void **unused) {
    (void)unused;
    static char *const first[] = {"demo-handler", "ren-shan"};
    static char *const both[] = {"su-qing", "ren-shan"};
    struct plan plans[NOTIFICATION_PLANS];
    struct occasion occasion = {
        "FinalReviewRequested", "demo-clinic", "", 0, "gao-min", NULL, 0, first, 2, NULL, NULL};
    assert_int_equal(notification_plan(region, &occasion, true, plans), 1);
    assert_string_equal(plans[0].recipient, "staff:su-qing");
    occasion.decided_by = both; // nobody is left: the bureau must find one
    assert_int_equal(notification_plan(region, &occasion, true, plans), 1);
    assert_string_equal(plans[0].recipient, "staff:lin-zhiyuan");
}

static void test_a_review_is_asked_of_reviewers_of_the_level_above_alone(void **unused) {
    (void)unused;
    static char *own[] = {"donghu-hospital"};
    static char *district[] = {"donghu-hospital", "donghu-district"};
    struct plan plans[NOTIFICATION_PLANS];
    struct region_staff *person = (struct region_staff *)region_staff(region, "su-qing");
    char **everywhere = person->institutions;
    struct occasion occasion = {"ReviewRequested",
                                "donghu-hospital",
                                "",
                                0,
                                "gao-min",
                                NULL,
                                0,
                                NULL,
                                0,
                                "donghu-district",
                                NULL};
    person->institutions = own;
    size_t of_own = notification_plan(region, &occasion, true, plans);
    person->institutions = district;
    person->institution_count = 2;
    size_t of_district = notification_plan(region, &occasion, true, plans);
    occasion.reviewers_of = "bureau";
    size_t above_district = notification_plan(region, &occasion, true, plans);
    person->institutions = everywhere;
    person->institution_count = 1;
    assert_int_equal(of_own, 1); // ren-shan, who has the whole region
    assert_int_equal(of_district, 2);
    assert_int_equal(above_district, 1);
    assert_string_equal(plans[0].recipient, "staff:ren-shan");
}

// Whoever may lift it; of a rule's order, and where the issuer may not know it, the bureau.
static void test_an_answered_order_is_told_to_its_issuer(void **unused) {
    (void)unused;
    static char *const withheld[] = {"gao-min"};
    static const struct {
        const char *issuer;
        size_t withheld;
        const char *told;
    } rows[] = {{"gao-min", 0, "staff:gao-min"},
                {"rule", 0, "staff:lin-zhiyuan"},
                {"gao-min", 1, "staff:lin-zhiyuan"},
                {"", 0, "staff:lin-zhiyuan"}};
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct plan plans[NOTIFICATION_PLANS];
        const struct occasion occasion = {.fact = "SupervisionAnswered",
                                          .tenant = "first-hospital",
                                          .unit = "first-hospital.nursing",
                                          .actor = "shen-yue",
                                          .withheld_from = withheld,
                                          .withheld_count = rows[i].withheld,
                                          .issuer = rows[i].issuer};
        assert_int_equal(notification_plan(region, &occasion, true, plans), 1);
        assert_string_equal(plans[0].recipient, rows[i].told);
        assert_string_equal(plans[0].template_code, "supervision-answered");
    }
}

// Neither of the unit's or the institution's own ladder, nor who asked.
static void test_where_the_bureaus_first_may_not_know_its_next_is_told(void **unused) {
    (void)unused;
    static char *const first[] = {"lin-zhiyuan"};
    static const struct {
        const char *fact, *tenant, *unit, *actor;
    } rows[] = {
        {"SupervisionAnswered", "first-hospital", "first-hospital.nursing", "shen-yue"},
        {"ReturnRequested", "first-hospital", "first-hospital.nursing", "shen-yue"},
        {"ReturnRequested", "demo-clinic", "demo-clinic.desk", "demo-handler"},
        {"ReturnRequested", "songbai-home", "songbai-home.care", "dong-li"},
        {"TerminationRequested", "demo-clinic", "demo-clinic.desk", "demo-supervisor"},
        {"TerminationRequested", "donghu-hospital", "donghu-hospital.relations", "he-jing"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct plan plans[NOTIFICATION_PLANS];
        const struct occasion occasion = {.fact = rows[i].fact,
                                          .tenant = rows[i].tenant,
                                          .unit = rows[i].unit,
                                          .actor = rows[i].actor,
                                          .withheld_from = first,
                                          .withheld_count = 1,
                                          .issuer = "rule"};
        assert_true(notification_plan(region, &occasion, true, plans) >= 1);
        assert_string_equal(plans[0].recipient, "staff:gao-min");
    }
}

static size_t told_by_mail(const struct occasion *occasion, struct plan *plans) {
    size_t count = notification_plan(region, occasion, true, plans);
    while (count > 0 && strcmp(plans[count - 1].channel, "email") != 0) {
        count--; // hooks come last
    }
    return count;
}

// A rung above, the ladder of the institution that reviews.
static void test_a_reviews_clock_is_told_to_its_reviewers_and_then_above_them(void **unused) {
    (void)unused;
    static const char *const facts[] = {"ClockWarned", "AlarmRaised", "CaseEscalated"};
    static char *const deciders[] = {"ren-shan"};
    struct plan plans[NOTIFICATION_PLANS];
    for (size_t i = 0; i < 3; i++) {
        struct occasion occasion = {
            facts[i], "demo-clinic", "demo-clinic.general", 0, "sla-timer", NULL, 0, deciders, 1,
            "bureau", NULL};
        assert_int_equal(told_by_mail(&occasion, plans), 1);
        assert_string_equal(plans[0].recipient, "staff:su-qing");
        occasion.level = 1;
        assert_int_equal(told_by_mail(&occasion, plans), 1);
        const struct region_staff *above = region_ladder(region, "bureau", "", 1);
        assert_non_null(above);
        assert_string_equal(plans[0].recipient + strlen("staff:"), above->subject);
        occasion.reviewers_of = "";
        occasion.level = 0;
        assert_int_equal(told_by_mail(&occasion, plans), 1);
        assert_string_not_equal(plans[0].recipient, "staff:su-qing");
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

static void test_quiet_hours_hold_back_what_is_not_urgent(void **unused) {
    (void)unused;
    static const struct {
        int64_t hour; // local
        bool urgent;
        int64_t waits;
    } rows[] = {{23, false, 8}, {3, false, 4},  {7, false, 0}, {12, false, 0},
                {21, false, 0}, {22, false, 9}, {23, true, 0}};
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        int64_t now = 1000 * 24 * HOUR + rows[i].hour * HOUR - ZONE * 1000LL;
        assert_int_equal(notification_not_before(now, ZONE, rows[i].urgent, 22, 7) - now,
                         rows[i].waits * HOUR);
        assert_int_equal(notification_not_before(now, ZONE, rows[i].urgent, 0, 0), now);
    }
}

static void test_a_person_is_told_in_the_hours_they_named(void **unused) {
    (void)unused;
    static const struct {
        const char *hours;
        int64_t hour; // local
        bool urgent;
        int64_t waits;
    } rows[] = {{"09:00-18:00", 8, false, 1},
                {"09:00-18:00", 9, false, 0},
                {"09:00-18:00", 18, false, 15},
                {"09:00-18:00", 3, true, 0},
                {"20:00-06:00", 5, false, 0},
                {"20:00-06:00", 6, false, 14},
                {"", 3, false, 0}};
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        int64_t now = 1000 * 24 * HOUR + rows[i].hour * HOUR - ZONE * 1000LL;
        assert_int_equal(notification_wanted_at(now, ZONE, rows[i].urgent, rows[i].hours) - now,
                         rows[i].waits * HOUR);
    }
}

// Warnings and what a supervisor must decide wait, but never beyond the limit that they are about.
static void test_what_is_about_a_limit_never_comes_after_it(void **unused) {
    (void)unused;
    assert_int_equal(notification_latest("ClockWarned", 70), 70);
    assert_int_equal(notification_latest("ExtensionRequested", 70), 70);
    assert_int_equal(notification_latest("ExtensionRequested", 0), 0); // a fact of before
    assert_int_equal(notification_latest("AlarmRaised", 70), 0);
    assert_int_equal(notification_latest("ExtensionDecided", 70), 0);
    assert_int_equal(notification_in_time(10, 60, 70), 60);
    assert_int_equal(notification_in_time(10, 70, 70), 10);
    assert_int_equal(notification_in_time(10, 70, 0), 70);
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

static void test_back_off_grows_to_five_minutes(void **unused) {
    (void)unused;
    assert_int_equal(notification_back_off_ms(1, 0), 1000);
    assert_int_equal(notification_back_off_ms(1, 0.5), 1500);
    for (uint32_t attempts = 1; attempts < 100; attempts++) {
        assert_in_range(notification_back_off_ms(attempts, 0.999), 1000, 300000);
    }
    assert_int_equal(notification_back_off_ms(50, 0), 150000);
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
        cmocka_unit_test(test_a_complainant_is_told_only_if_a_contact_is_known),
        cmocka_unit_test(test_an_alarm_goes_up_the_ladder_of_its_unit),
        cmocka_unit_test(test_an_alarm_of_another_institutions_unit_reaches_the_cases_supervisors),
        cmocka_unit_test(test_a_missing_calendar_is_told_to_administrators_alone),
        cmocka_unit_test(test_who_is_in_conflict_is_passed_over),
        cmocka_unit_test(test_where_nobody_on_the_ladder_may_know_administrators_are_told),
        cmocka_unit_test(test_only_a_date_that_was_told_is_told_anew_after_a_pause),
        cmocka_unit_test(test_of_all_terms_only_a_date_after_a_pause_alone_is_told),
        cmocka_unit_test(test_a_broken_glass_is_told_to_supervisor_and_auditor),
        cmocka_unit_test(test_a_fact_nobody_is_told_of_plans_nothing),
        cmocka_unit_test(test_each_fact_of_the_casework_is_told_to_whom_it_concerns),
        cmocka_unit_test(test_a_request_of_a_review_is_told_to_each_reviewer),
        cmocka_unit_test(test_a_request_of_a_review_is_told_to_those_who_may_decide_it),
        cmocka_unit_test(test_a_review_is_asked_of_reviewers_of_the_level_above_alone),
        cmocka_unit_test(test_an_answered_order_is_told_to_its_issuer),
        cmocka_unit_test(test_where_the_bureaus_first_may_not_know_its_next_is_told),
        cmocka_unit_test(test_a_reviews_clock_is_told_to_its_reviewers_and_then_above_them),
        cmocka_unit_test(test_what_changes_the_way_is_told_to_both_sides),
        cmocka_unit_test(test_an_end_by_the_bureau_is_told_to_the_complainant),
        cmocka_unit_test(test_a_notice_says_what_its_fact_says),
        cmocka_unit_test(test_a_review_says_to_what_it_changed_the_decision),
        cmocka_unit_test(test_a_code_without_a_title_is_itself),
        cmocka_unit_test(test_a_regions_own_clock_has_its_title),
        cmocka_unit_test(test_who_gave_no_name_is_greeted_once),
        cmocka_unit_test(test_quiet_hours_hold_back_what_is_not_urgent),
        cmocka_unit_test(test_a_person_is_told_in_the_hours_they_named),
        cmocka_unit_test(test_what_is_about_a_limit_never_comes_after_it),
        cmocka_unit_test(test_a_request_says_when_its_limit_ends),
        cmocka_unit_test(test_back_off_grows_to_five_minutes),
        cmocka_unit_test(test_rendering_replaces_names_only),
    };
    return cmocka_run_group_tests(tests, load, unload);
}
