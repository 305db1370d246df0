// SPDX-License-Identifier: Apache-2.0
// On the example region's lexicon: what a text is judged to be.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "triage.h"

static struct region *region;
static struct triage triage;

static int load(void **unused) {
    (void)unused;
    return region_load(&region, "deploy/region/example", NULL) == RC_OK &&
                   triage_init(&triage, region, NULL) == RC_OK
               ? 0
               : -1;
}

static int unload(void **unused) {
    (void)unused;
    triage_close(&triage);
    region_free(region);
    return 0;
}

// Crisis as R0 … R4, urgency as P1 … P4.
static const struct {
    const char *text;
    unsigned urgency;
    unsigned crisis;
} rows[] = {
    {"我现在站在楼顶，不想活了", 1, 4},
    {"安眠药准备好了，今晚就走", 1, 4},
    {"我不想活了", 1, 3},
    {"没有一天不想死", 1, 3},
    {"活着没意思", 1, 3},
    {"我女儿刚刚割腕了", 1, 4},
    {"朋友说要跳楼", 1, 3},
    {"他要和我同归于尽", 1, 3},
    {"我经常用刀划自己", 1, 3},
    {"觉得自己是累赘", 3, 2},
    {"我没有自杀的想法", 3, 0},
    {"我不会自杀，放心", 3, 0},
    {"新闻里说有人跳楼", 3, 0},
    {"听了预防自杀的讲座，讲座里说到轻生的案例", 1, 3},
    {"最近失眠，压力大", 3, 1},
    {"护工打老人", 1, 0},
    {"父亲昏迷没人管", 1, 0},
    {"老人摔倒骨折", 2, 0},
    {"我的隐私被泄露", 2, 0},
    {"急诊等了四个小时没人管", 2, 0},
    {"挂号排队太久", 3, 0},
    {"建议多放几把椅子", 4, 0},
    {"I want to die", 1, 3},
    {"ＳＵＩＣＩＤＥ", 1, 3},
    {"普通的一句话", 3, 0},
};

static void test_assessment_table(void **unused) {
    (void)unused;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct assessment assessment;
        assert_int_equal(triage_assess(&triage, rows[i].text, "", "", &assessment, NULL), RC_OK);
        if (assessment.urgency != rows[i].urgency || assessment.crisis != rows[i].crisis + 1) {
            fail_msg("%s: P%u R%u", rows[i].text, assessment.urgency, assessment.crisis - 1);
        }
    }
}

static void test_reasons_point_at_the_term(void **unused) {
    (void)unused;
    static const char text[] = "你好。我没有自杀的想法，但是觉得很绝望";
    struct assessment assessment;
    assert_int_equal(triage_assess(&triage, text, "", "", &assessment, NULL), RC_OK);
    bool negated = false;
    for (size_t i = 0; i < assessment.reason_count; i++) {
        const struct triage_reason *reason = &assessment.reasons[i];
        assert_int_equal(strncmp(text + reason->offset, reason->term, reason->length), 0);
        negated = negated || strcmp(reason->guard, "negation") == 0;
    }
    assert_true(negated);
}

static void test_a_senders_category_wins_where_it_fits(void **unused) {
    (void)unused;
    struct assessment assessment;
    assert_int_equal(
        triage_assess(&triage, "排队太久", "first-hospital", "fees", &assessment, NULL), RC_OK);
    assert_string_equal(assessment.category, "fees");
    assert_int_equal(
        triage_assess(&triage, "排队太久", "first-hospital", "care-quality", &assessment, NULL),
        RC_OK);
    assert_string_equal(assessment.category, "waiting");
    assert_int_equal(triage_assess(&triage, "啊", "first-hospital", "", &assessment, NULL), RC_OK);
    assert_string_equal(assessment.category, "other");
}

static void test_bytes_that_are_no_text_are_refused(void **unused) {
    (void)unused;
    struct assessment assessment;
    struct error error;
    assert_int_equal(triage_assess(&triage, "\xff\xfe", "", "", &assessment, &error), RC_INVALID);
}

static void test_a_text_of_matches_only_stays_bounded(void **unused) {
    (void)unused;
    struct assessment assessment;
    char *text = malloc(TRIAGE_TEXT_LIMIT + 1);
    for (size_t i = 0; i + 6 <= TRIAGE_TEXT_LIMIT; i += 6) {
        memcpy(text + i, "自杀", 6);
    }
    text[TRIAGE_TEXT_LIMIT - TRIAGE_TEXT_LIMIT % 6] = '\0';
    assert_int_equal(triage_assess(&triage, text, "", "", &assessment, NULL), RC_OK);
    assert_int_equal(assessment.urgency, 1);
    assert_true(assessment.reason_count <= TRIAGE_REASONS);
    free(text);
}

static void judge(const char *text, struct assessment *assessment) {
    assert_int_equal(triage_assess(&triage, text, "first-hospital", "", assessment, NULL), RC_OK);
}

// What is asked for raises what was told, and changes nothing else of it.
static void test_danger_in_what_is_asked_for_is_heard(void **unused) {
    (void)unused;
    struct assessment told;
    struct assessment asked;
    judge("门诊排队等了三个小时，没有人解释原因。", &told);
    const size_t reasons = told.reason_count;
    const char *category = told.category;
    judge("建议多放几把椅子", &asked);
    triage_raise(&told, &asked);
    assert_int_equal(told.urgency, 3);
    assert_int_equal(told.reason_count, reasons);
    judge("我不想活了，今晚就跳楼。", &asked);
    triage_raise(&told, &asked);
    assert_int_equal(told.urgency, 1);
    assert_int_equal(told.crisis, asked.crisis);
    assert_string_equal(told.category, category);
    assert_true(told.reason_count > reasons);
    assert_int_equal(told.reasons[told.reason_count - 1].length, 0);
    judge("挂号排队太久", &asked);
    triage_raise(&told, &asked);
    assert_int_equal(told.urgency, 1);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_assessment_table),
        cmocka_unit_test(test_reasons_point_at_the_term),
        cmocka_unit_test(test_a_senders_category_wins_where_it_fits),
        cmocka_unit_test(test_danger_in_what_is_asked_for_is_heard),
        cmocka_unit_test(test_bytes_that_are_no_text_are_refused),
        cmocka_unit_test(test_a_text_of_matches_only_stays_bounded),
    };
    return cmocka_run_group_tests(tests, load, unload);
}
