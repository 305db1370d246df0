// SPDX-License-Identifier: Apache-2.0
// Narratives by what they say, and which cases may be of one matter. All texts are of this file.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "phrasing.h"
#include "similar.h"

#define DAY_MS INT64_C(86400000)

static struct similarity_sketch sketch(const char *text) {
    struct similarity_sketch made;
    similarity_sketch_text(&made, text, strlen(text));
    return made;
}

static unsigned alike(const char *one, const char *other) {
    struct similarity_sketch a = sketch(one);
    struct similarity_sketch b = sketch(other);
    unsigned permille = similarity_permille(&a, &b);
    assert_int_equal(permille, similarity_permille(&b, &a));
    return permille;
}

static void test_phrases_of_one_meaning_have_one_symbol(void **unused) {
    (void)unused;
    uint32_t one = 0;
    uint32_t other = 0;
    assert_int_equal(phrasing_match("怎么治疗好", strlen("怎么治疗好"), &one), strlen("怎么治疗"));
    assert_int_equal(phrasing_match("医治", strlen("医治"), &other), strlen("医治"));
    assert_int_equal(one, other);
    assert_int_equal(phrasing_match("医生", strlen("医生"), &other), strlen("医生"));
    assert_int_not_equal(one, other);
    assert_int_equal(phrasing_match("请问", strlen("请问"), &one), strlen("请问"));
    assert_int_equal(one, 0); // says nothing of the matter
    assert_int_equal(phrasing_match("queue", 5, &one), 0);
    assert_int_equal(phrasing_match("", 0, &one), 0);
}

static void test_a_phrase_is_not_read_beyond_the_text(void **unused) {
    (void)unused;
    const char *whole = "不良反应";
    for (size_t size = 0; size < strlen(whole); size++) {
        uint32_t symbol = 0;
        char *cut = malloc(size == 0 ? 1 : size); // so that a sanitizer sees each byte beyond
        assert_non_null(cut);
        memcpy(cut, whole, size);
        assert_true(phrasing_match(cut, size, &symbol) <= size);
        free(cut);
    }
}

static void test_a_text_is_all_alike_to_itself(void **unused) {
    (void)unused;
    static const char *const texts[] = {"排队", "门诊排队等了三个小时，没有人解释原因。",
                                        "Waited three hours", "13"};
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        assert_int_equal(alike(texts[i], texts[i]), 1000);
    }
    assert_int_equal(alike("", ""), 0);
    assert_int_equal(alike("", "排队"), 0);
    assert_int_equal(alike("，。！", "，。！"), 0); // says nothing
}

static void test_width_case_and_marks_of_redaction_do_not_count(void **unused) {
    (void)unused;
    assert_int_equal(alike("ＣＴ检查等了５天", "ct检查等了5天"), 1000);
    assert_int_equal(alike("护士〔姓名〕态度差，电话〔电话〕", "护士，态度差；电话"), 1000);
    assert_true(alike("护士〔这不是涂掉的内容而是很长的话〕", "护士") < 1000);
    assert_true(alike("护士〔", "护士") == 1000); // a mark that never ends is a sign like others
}

// Pairs that a person calls one matter, and pairs that share a form or words only.
static void test_one_matter_is_above_the_threshold_and_another_below(void **unused) {
    (void)unused;
    static const struct {
        const char *one, *other;
        bool same;
    } pairs[] = {
        {"门诊排队等了三个小时没有人解释原因", "门诊等候三个小时，无人解释原因", true},
        {"挂号窗口收费员态度恶劣", "挂号窗口收费员态度很差", true},
        {"孩子打针后护士没有观察", "小孩打针后护士没有观察", true},
        {"门诊排队等了三个小时没有人解释原因", "住院押金两个月了还没有退", false},
        {"停车场收费太高", "骨科手术收费太高", false},
        {"怎么治疗感冒", "怎么治疗胃炎", false}, // one form
        {"医生态度不好", "食堂饭菜很凉", false},
    };
    for (size_t i = 0; i < sizeof pairs / sizeof pairs[0]; i++) {
        unsigned permille = alike(pairs[i].one, pairs[i].other);
        if ((permille >= SIMILARITY_THRESHOLD) != pairs[i].same) {
            fail_msg("%s / %s: %u", pairs[i].one, pairs[i].other, permille);
        }
    }
}

// A text of so many different characters, from one on.
static void write_long(char *text, unsigned first, unsigned count) {
    for (unsigned i = 0; i < count; i++) {
        unsigned point = 0x5000 + 7 * (first + i);
        text[3 * i] = (char)(0xE0 | point >> 12);
        text[3 * i + 1] = (char)(0x80 | (point >> 6 & 0x3F));
        text[3 * i + 2] = (char)(0x80 | (point & 0x3F));
    }
    text[3 * count] = '\0';
}

// 600 characters, 300 of them shared: a third of the union; 64 hashes estimate it.
static void test_long_texts_are_estimated(void **unused) {
    (void)unused;
    char one[2048];
    char other[2048];
    write_long(one, 0, 600);
    write_long(other, 300, 600);
    struct similarity_sketch a = sketch(one);
    struct similarity_sketch b = sketch(other);
    assert_false(a.sets[SIMILARITY_CHARACTERS].whole);
    assert_int_equal(a.sets[SIMILARITY_CHARACTERS].count, SIMILARITY_KEPT);
    assert_in_range(similarity_shared(&a, &b, SIMILARITY_CHARACTERS), 150, 520); // 3 deviations
    write_long(other, 900, 600);
    b = sketch(other);
    assert_int_equal(similarity_permille(&a, &b), 0);
    assert_int_equal(similarity_permille(&a, &a), 1000);
}

static unsigned bands_shared(const char *one, const char *other) {
    struct similarity_sketch a = sketch(one);
    struct similarity_sketch b = sketch(other);
    unsigned count = 0;
    for (unsigned i = 0; i < SIMILARITY_BANDS; i++) {
        count += similarity_band(&a, i) != 0 && similarity_band(&a, i) == similarity_band(&b, i);
    }
    return count;
}

static void test_alike_texts_meet_in_a_band(void **unused) {
    (void)unused;
    const char *text = "门诊排队等了三个小时没有人解释原因";
    assert_int_equal(bands_shared(text, text), SIMILARITY_BANDS);
    assert_true(bands_shared(text, "门诊排队等候了三个小时，无人解释原因") > 0);
    assert_int_equal(bands_shared(text, "住院押金退款需要几张单据"), 0);
    assert_int_equal(bands_shared("病", "病"), 0); // no pair
}

static void test_a_sketch_is_kept_and_read_back(void **unused) {
    (void)unused;
    char text[2048];
    unsigned char packed[SIMILARITY_PACKED_MOST];
    struct similarity_sketch after;
    write_long(text, 5, 600);
    const char *texts[] = {"", "排队", text};
    for (size_t i = 0; i < 3; i++) {
        struct similarity_sketch before = sketch(texts[i]);
        size_t size = similarity_pack(&before, packed);
        assert_true(size <= sizeof packed);
        assert_int_equal(similarity_unpack(packed, size, &after, NULL), RC_OK);
        assert_memory_equal(before.sets, after.sets, sizeof before.sets);
        for (size_t cut = 0; cut < size; cut++) {
            assert_int_equal(similarity_unpack(packed, cut, &after, NULL), RC_INVALID);
        }
    }
}

static void test_bytes_that_no_sketch_gives_are_refused(void **unused) {
    (void)unused;
    unsigned char packed[SIMILARITY_PACKED_MOST + 1] = {0};
    struct similarity_sketch before = sketch("排队等候");
    struct similarity_sketch after;
    size_t size = similarity_pack(&before, packed);
    assert_int_equal(similarity_unpack(packed, size + 1, &after, NULL), RC_INVALID);
    static const struct {
        size_t at;
        unsigned char byte;
    } faults[] = {{0, 2}, {1, SIMILARITY_KEPT + 1}, {2, 2}, {2, 0}};
    for (size_t i = 0; i < sizeof faults / sizeof faults[0]; i++) {
        unsigned char kept = packed[faults[i].at];
        packed[faults[i].at] = faults[i].byte;
        assert_int_equal(similarity_unpack(packed, size, &after, NULL), RC_INVALID);
        packed[faults[i].at] = kept;
    }
    memcpy(packed + 7, packed + 3, 4); // two hashes alike
    assert_int_equal(similarity_unpack(packed, size, &after, NULL), RC_INVALID);
}

static struct similar_case a_case(const char *id, const char *tenant, const char *text) {
    struct similar_case made = {.received_at_ms = 100 * DAY_MS, .sketch = sketch(text)};
    snprintf(made.case_id, sizeof made.case_id, "%s", id);
    snprintf(made.tenant, sizeof made.tenant, "%s", tenant);
    snprintf(made.category, sizeof made.category, "waiting");
    return made;
}

static void share_contact(struct similar_case *one, struct similar_case *other) {
    memset(one->hashes[0], 7, sizeof one->hashes[0]);
    memset(other->hashes[1], 7, sizeof other->hashes[1]);
    one->hash_count = 1;
    other->hash_count = 2;
}

static void test_each_kind_of_evidence_is_told(void **unused) {
    (void)unused;
    struct similar_match match;
    struct similar_case one = a_case("a", "clinic", "门诊排队等了三个小时");
    struct similar_case other = a_case("b", "hospital", "住院押金还没有退");
    other.received_at_ms -= 3 * DAY_MS;
    assert_false(similar_weigh(&one, &other, &match));
    share_contact(&one, &other);
    assert_true(similar_weigh(&one, &other, &match)); // whoever it is about
    assert_true(match.same_contact && match.same_category && !match.same_unit);
    assert_int_equal(match.days_apart, 3);
    unsigned apart = match.score_permille;
    snprintf(other.tenant, sizeof other.tenant, "clinic");
    assert_true(similar_weigh(&one, &other, &match) && match.same_unit);
    assert_true(match.score_permille > apart);
    snprintf(one.unit, sizeof one.unit, "clinic.desk");
    snprintf(other.unit, sizeof other.unit, "clinic.fees");
    assert_true(similar_weigh(&one, &other, &match) && !match.same_unit);
}

static void test_somewhat_alike_counts_near_in_time_and_place_only(void **unused) {
    (void)unused;
    struct similar_match match;
    struct similar_case one = a_case("a", "clinic", "门诊排队等了三个小时没有人解释");
    struct similar_case other = a_case("b", "clinic", "门诊排队等了很久没有人理");
    assert_true(similar_weigh(&one, &other, &match));
    assert_in_range(match.narrative_permille, 500, SIMILARITY_THRESHOLD - 1);
    other.received_at_ms += 15 * DAY_MS;
    assert_false(similar_weigh(&one, &other, &match));
    other.received_at_ms = one.received_at_ms;
    snprintf(other.category, sizeof other.category, "fees");
    assert_false(similar_weigh(&one, &other, &match));
    snprintf(other.category, sizeof other.category, "waiting");
    snprintf(other.tenant, sizeof other.tenant, "hospital");
    assert_false(similar_weigh(&one, &other, &match));
}

static void test_the_best_come_first_and_never_itself(void **unused) {
    (void)unused;
    struct similar_case one = a_case("a", "clinic", "门诊排队等了三个小时没有人解释原因");
    struct similar_case others[] = {
        a_case("d", "hospital", "门诊排队等了三个小时没有人解释"),
        a_case("a", "clinic", "门诊排队等了三个小时没有人解释原因"),
        a_case("c", "clinic", "门诊排队等了三个小时没有人解释原因"),
        a_case("e", "clinic", "食堂饭菜很凉"),
        a_case("b", "clinic", "门诊排队等了三个小时没有人解释原因"),
    };
    struct similar_match matches[4];
    assert_int_equal(similar_rank(&one, others, 5, matches, 4), 3);
    assert_string_equal(matches[0].of->case_id, "b"); // alike in all: by id
    assert_string_equal(matches[1].of->case_id, "c");
    assert_string_equal(matches[2].of->case_id, "d");
    assert_int_equal(similar_rank(&one, others, 5, matches, 1), 1);
    assert_string_equal(matches[0].of->case_id, "b");
    assert_int_equal(similar_rank(&one, others, 0, matches, 4), 0);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_phrases_of_one_meaning_have_one_symbol),
        cmocka_unit_test(test_a_phrase_is_not_read_beyond_the_text),
        cmocka_unit_test(test_a_text_is_all_alike_to_itself),
        cmocka_unit_test(test_width_case_and_marks_of_redaction_do_not_count),
        cmocka_unit_test(test_one_matter_is_above_the_threshold_and_another_below),
        cmocka_unit_test(test_long_texts_are_estimated),
        cmocka_unit_test(test_alike_texts_meet_in_a_band),
        cmocka_unit_test(test_a_sketch_is_kept_and_read_back),
        cmocka_unit_test(test_bytes_that_no_sketch_gives_are_refused),
        cmocka_unit_test(test_each_kind_of_evidence_is_told),
        cmocka_unit_test(test_somewhat_alike_counts_near_in_time_and_place_only),
        cmocka_unit_test(test_the_best_come_first_and_never_itself),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
