// SPDX-License-Identifier: Apache-2.0
// Texts that are taken and refused, and what binding says about each wrong field.
#include "common/json.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))
#define TEXT(literal) (literal), sizeof(literal) - 1

static const struct {
    const char *text;
    size_t size;
    const char *code; // NULL: taken
} READ[] = {
    {TEXT("{}"), NULL},
    {TEXT(" {\"a\": [1, 2.5, true, null, \"\xe6\x8a\xa5\"]} \n"), NULL},
    {TEXT("{\"a\":\"\\ud83d\\ude00\"}"), NULL},
    {TEXT("{\"a\":\"[[[[[[[[[[[[[[[[[[[[[[\"}"), NULL},
    {TEXT("{\"a\":\"\\\"[[[[[[[[[[[[[[[[[[[[\"}"), NULL},
    {TEXT("{\"a\":[[[[[[[[[[[[[[[1]]]]]]]]]]]]]]]}"), NULL},
    {TEXT("{\"a\":[[[[[[[[[[[[[[[[1]]]]]]]]]]]]]]]]}"), "bad-json"},
    {TEXT(""), "bad-json"},
    {TEXT("{"), "bad-json"},
    {TEXT("{}x"), "bad-json"},
    {TEXT("{} {}"), "bad-json"},
    {TEXT("{\"a\":1,\"a\":2}"), "bad-json"},
    {TEXT("{\"a\":{\"b\":1,\"b\":1}}"), "bad-json"},
    {TEXT("{\"a\":\"\\u0000\"}"), "bad-json"},
    {TEXT("{\"a\\u0000b\":1}"), "bad-json"},
    {TEXT("{\"a\":\"\0\"}"), "bad-json"},
    {TEXT("{}\0"), "bad-json"},
    {TEXT("{\"a\":\"\xff\"}"), "bad-json"},
    {TEXT("{\"a\":\"\xc0\x80\"}"), "bad-json"},
    {TEXT("{\"a\":\"\xed\xa0\x80\"}"), "bad-json"},
    {TEXT("{\"a\":\"\\ud800\"}"), "bad-json"},
    {TEXT("{\"a\":9223372036854775808}"), "bad-json"},
    {TEXT("{\"a\":1e999}"), "bad-json"},
    {TEXT("{\"a\":NaN}"), "bad-json"},
    {TEXT("{\"a\":01}"), "bad-json"},
    {TEXT("{'a':1}"), "bad-json"},
    {TEXT("{\"a\":1,}"), "bad-json"},
    {TEXT("{\"a\":1} // no"), "bad-json"},
    {TEXT("[]"), "wrong-type"},
    {TEXT("\xef\xbb\xbf{}"), "bad-json"},
};

static void test_json_text_is_taken_or_refused(void **state) {
    (void)state;
    for (size_t i = 0; i < COUNT(READ); i++) {
        struct error error = {.code = ""};
        json_t *object = NULL;
        enum rc rc = json_read_object(READ[i].text, READ[i].size, &object, &error);
        if (READ[i].code == NULL) {
            assert_int_equal(rc, RC_OK);
            assert_true(json_is_object(object));
        } else {
            assert_int_equal(rc, RC_INVALID);
            assert_string_equal(error.code, READ[i].code);
            assert_null(object);
        }
        json_decref(object);
    }
}

static void test_json_error_never_quotes_the_input(void **state) {
    (void)state;
    static const char text[] = "{\"name\": secret-name}";
    struct error error;
    json_t *object = NULL;
    assert_int_equal(json_read_object(text, sizeof text - 1, &object, &error), RC_INVALID);
    assert_null(strstr(error.text, "secret"));
    assert_non_null(strstr(error.text, "line 1"));
}

struct form {
    const char *title;
    int64_t number;
    bool flag;
    json_t *object;
    json_t *array;
};

static const struct json_field FIELDS[] = {
    JSON_FIELD(JSON_FIELD_TEXT, struct form, title, "title", true, 1, 6),
    JSON_FIELD(JSON_FIELD_NUMBER, struct form, number, "number", false, -5, 5),
    JSON_FIELD(JSON_FIELD_SWITCH, struct form, flag, "flag", false, 0, 0),
    JSON_FIELD(JSON_FIELD_OBJECT, struct form, object, "object", false, 0, 0),
    JSON_FIELD(JSON_FIELD_ARRAY, struct form, array, "array", false, 1, 2),
};

static const struct {
    const char *text;
    const char *code;
    const char *field;
} BIND[] = {
    {"{\"title\":\"a\",\"number\":5,\"flag\":true,\"object\":{},\"array\":[1]}", NULL, NULL},
    {"{\"title\":\"\xe6\x8a\xa5\xe5\x91\x8a\"}", NULL, NULL},
    {"{}", "missing", "case.title"},
    {"{\"title\":null}", "wrong-type", "case.title"},
    {"{\"title\":1}", "wrong-type", "case.title"},
    {"{\"title\":\"\"}", "out-of-bounds", "case.title"},
    {"{\"title\":\" \\t\\n\"}", "out-of-bounds", "case.title"},
    {"{\"title\":\"\xe3\x80\x80\xc2\xa0\"}", "out-of-bounds", "case.title"}, // full-width, no-break
    {"{\"title\":\"\xe3\x80\x80\xe5\xb1\x9e\"}", NULL, NULL},
    {"{\"title\":\"1234567\"}", "out-of-bounds", "case.title"},
    {"{\"title\":\"a\",\"number\":6}", "out-of-bounds", "case.number"},
    {"{\"title\":\"a\",\"number\":-6}", "out-of-bounds", "case.number"},
    {"{\"title\":\"a\",\"number\":1.0}", "wrong-type", "case.number"},
    {"{\"title\":\"a\",\"number\":\"1\"}", "wrong-type", "case.number"},
    {"{\"title\":\"a\",\"flag\":1}", "wrong-type", "case.flag"},
    {"{\"title\":\"a\",\"object\":[]}", "wrong-type", "case.object"},
    {"{\"title\":\"a\",\"array\":{}}", "wrong-type", "case.array"},
    {"{\"title\":\"a\",\"array\":[]}", "out-of-bounds", "case.array"},
    {"{\"title\":\"a\",\"array\":[1,2,3]}", "out-of-bounds", "case.array"},
    {"{\"title\":\"a\",\"Title\":1}", "unknown-field", "case.Title"},
};

static void test_json_binding_names_the_wrong_field(void **state) {
    (void)state;
    for (size_t i = 0; i < COUNT(BIND); i++) {
        struct form form = {.number = 77};
        struct error error = {.code = ""};
        json_t *object = NULL;
        assert_int_equal(json_read_object(BIND[i].text, strlen(BIND[i].text), &object, &error),
                         RC_OK);
        enum rc rc = json_bind(object, "case", FIELDS, COUNT(FIELDS), &form, &error);
        if (BIND[i].code == NULL) {
            assert_int_equal(rc, RC_OK);
            assert_non_null(form.title);
        } else {
            assert_int_equal(rc, RC_INVALID);
            assert_string_equal(error.code, BIND[i].code);
            assert_string_equal(error.field, BIND[i].field);
        }
        json_decref(object);
    }
}

static void test_json_absent_optional_field_leaves_the_target(void **state) {
    (void)state;
    struct form form = {.number = 77};
    struct error error;
    json_t *object = json_pack("{s:s}", "title", "a");
    assert_int_equal(json_bind(object, "", FIELDS, COUNT(FIELDS), &form, &error), RC_OK);
    assert_int_equal(form.number, 77);
    assert_null(form.array);
    json_decref(object);
}

// A name cut within a character must not spoil the answer.
static void test_json_long_unknown_field_stays_clean(void **state) {
    (void)state;
    char name[200] = "";
    for (size_t i = 0; i + 3 < sizeof name; i += 3) {
        memcpy(name + i, "\xe6\x8a\xa5", 4);
    }
    struct form form = {0};
    struct error error;
    json_t *object = json_pack("{s:s, s:i}", "title", "a", name, 1);
    assert_int_equal(json_bind(object, "", FIELDS, COUNT(FIELDS), &form, &error), RC_INVALID);
    assert_true(text_is_clean(error.field, strlen(error.field)));
    assert_true(text_is_clean(error.text, strlen(error.text)));
    json_decref(object);
}

static const struct {
    const char *text;
    size_t size;
    bool clean;
} CLEAN[] = {
    {TEXT(""), true},
    {TEXT("plain \xe6\x8a\xa5 \xf0\x9f\x98\x80"), true},
    {TEXT("a\0b"), false},
    {TEXT("\xc0\x80"), false},
    {TEXT("\xe6\x8a"), false},
    {TEXT("\xed\xa0\x80"), false},
    {TEXT("\xf4\x90\x80\x80"), false},
    {TEXT("\x80"), false},
    {TEXT("\xfe"), false},
};

static void test_text_is_clean_or_not(void **state) {
    (void)state;
    for (size_t i = 0; i < COUNT(CLEAN); i++) {
        assert_int_equal(text_is_clean(CLEAN[i].text, CLEAN[i].size), CLEAN[i].clean);
    }
}

static const struct {
    const char *text;
    bool blank;
} BLANK[] = {
    {"", true},
    {" \t\n", true},
    {"\u3000\u00a0\u2003", true},
    {"\u200b\u200d\ufeff\u00ad", true},
    {"\u2800", true},                   // Braille, no dot
    {"\u3164\uffa0\u115f\u1160", true}, // fillers of Hangul
    {"\ufe0f\U000e0100\u180b\u180f", true},
    {"\u034f", true},
    {"\u2065\ufff0\U000e0000\U000e0fff", true}, // not assigned yet, and never to be drawn
    {"\u3000。\u3000", false},
    {"\u2801", false},
    {"\u3163", false},
    {"无\ufe0f", false},
};

static void test_text_without_a_visible_character_is_blank(void **state) {
    (void)state;
    for (size_t i = 0; i < COUNT(BLANK); i++) {
        assert_int_equal(text_is_blank(BLANK[i].text), BLANK[i].blank);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_json_text_is_taken_or_refused),
        cmocka_unit_test(test_json_error_never_quotes_the_input),
        cmocka_unit_test(test_json_binding_names_the_wrong_field),
        cmocka_unit_test(test_json_absent_optional_field_leaves_the_target),
        cmocka_unit_test(test_json_long_unknown_field_stays_clean),
        cmocka_unit_test(test_text_is_clean_or_not),
        cmocka_unit_test(test_text_without_a_visible_character_is_blank),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
