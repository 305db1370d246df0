// SPDX-License-Identifier: Apache-2.0
// Who is told of what waits for a decision: those who may take it, and where none may, the bureau.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "example_region.h"
#include "notification.h"

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

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_request_of_a_review_is_told_to_each_reviewer),
        cmocka_unit_test(test_a_request_of_a_review_is_told_to_those_who_may_decide_it),
        cmocka_unit_test(test_a_review_is_asked_of_reviewers_of_the_level_above_alone),
        cmocka_unit_test(test_an_answered_order_is_told_to_its_issuer),
        cmocka_unit_test(test_where_the_bureaus_first_may_not_know_its_next_is_told),
        cmocka_unit_test(test_a_reviews_clock_is_told_to_its_reviewers_and_then_above_them),
    };
    return cmocka_run_group_tests(tests, load_region, unload_region);
}
