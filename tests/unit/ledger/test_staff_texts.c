// SPDX-License-Identifier: Apache-2.0
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "staff_texts.h"

#include "common/redaction.h"

static int compile(void **unused) {
    (void)unused;
    return redaction_init(NULL) == RC_OK ? 0 : -1;
}

static int release(void **unused) {
    (void)unused;
    redaction_close();
    return 0;
}

static void assert_becomes(enum input_kind kind, const char *field, const char *text,
                           const char *wanted) {
    struct error error;
    json_t *body = json_pack("{s:s}", field, text);
    assert_int_equal(staff_texts_redact(kind, body, &error), RC_OK);
    assert_string_equal(json_string_value(json_object_get(body, field)), wanted);
    json_decref(body);
}

static void test_staff_texts_hold_no_number_of_a_person(void **unused) {
    (void)unused;
    static const struct {
        enum input_kind kind;
        const char *field;
    } rows[] = {{INPUT_COMMENT, "comment"},
                {INPUT_DECIDE, "findings"},
                {INPUT_DECIDE, "measure"},
                {INPUT_DECIDE, "missing_answers_reason"},
                {INPUT_FOLLOW_UP, "note"},
                {INPUT_REVEAL, "reason"},
                {INPUT_BREAK_GLASS, "reason"},
                {INPUT_REQUEST_EXTENSION, "plan"},
                {INPUT_RAISE_ALLEGATION, "text"},
                {INPUT_SUPERVISE, "instruction"},
                {INPUT_ANSWER_SUPERVISION, "answer"},
                {INPUT_ANSWER_CO_HANDLING, "late_reason"},
                {INPUT_REPORT_STAGE, "report"},
                {INPUT_OPEN_IMPROVEMENT, "cause"},
                {INPUT_COMPLETE_IMPROVEMENT, "effect"},
                {INPUT_FORM_TEAM, "reported_to"},
                {INPUT_FORM_TEAM, "witness"},
                {INPUT_CONCERN_PERSON, "title"}};
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        assert_becomes(rows[i].kind, rows[i].field, "回电13812345678", "回电〔电话〕");
        assert_becomes(rows[i].kind, rows[i].field, "座机010-62345678", "座机〔电话〕");
        assert_becomes(rows[i].kind, rows[i].field, "信箱a@example.org", "信箱〔邮箱〕");
        assert_becomes(rows[i].kind, rows[i].field, "证11010119900307771X", "证〔身份证〕");
        assert_becomes(rows[i].kind, rows[i].field, "护士１３９１２３４５６７８", "护士〔电话〕");
        assert_becomes(rows[i].kind, rows[i].field, "wang＠qq.com", "〔邮箱〕");
        assert_becomes(rows[i].kind, rows[i].field, "微信wangli_77", "微信〔微信〕");
    }
}

static void test_staff_texts_to_the_complainant_keep_an_offices_number(void **unused) {
    (void)unused;
    assert_becomes(INPUT_REPLY, "reply", "请致电010-62345678", "请致电010-62345678");
    assert_becomes(INPUT_REFUSE, "right_route", "拨打87654321", "拨打87654321");
    assert_becomes(INPUT_MESSAGE, "text", "联系护士13812345678", "联系护士〔电话〕");
}

static void test_staff_texts_leave_codes_and_digests_alone(void **unused) {
    (void)unused;
    assert_becomes(INPUT_ACKNOWLEDGE, "alarm_id", "01234567-89ab-8def-8123-139123456780",
                   "01234567-89ab-8def-8123-139123456780");
    assert_becomes(INPUT_REGISTER_EVIDENCE, "sha256", "ab13812345678cd", "ab13812345678cd");
}

// What binds the body refuses them: nothing is cut at a NUL and let through.
static void test_staff_texts_that_are_no_texts_stay_as_they_are(void **unused) {
    (void)unused;
    struct error error;
    json_t *body = json_pack("{s:i, s:o}", "note", 7, "comment", json_stringn("a\0b", 3));
    assert_int_equal(staff_texts_redact(INPUT_COMMENT, body, &error), RC_OK);
    assert_int_equal(json_integer_value(json_object_get(body, "note")), 7);
    assert_int_equal(json_string_length(json_object_get(body, "comment")), 3);
    json_decref(body);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_staff_texts_hold_no_number_of_a_person),
        cmocka_unit_test(test_staff_texts_to_the_complainant_keep_an_offices_number),
        cmocka_unit_test(test_staff_texts_leave_codes_and_digests_alone),
        cmocka_unit_test(test_staff_texts_that_are_no_texts_stay_as_they_are),
    };
    return cmocka_run_group_tests(tests, compile, release);
}
