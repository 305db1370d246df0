// SPDX-License-Identifier: Apache-2.0
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "common/ident.h"

static const unsigned char key[SEAL_KEY_SIZE] = "a key that is known to everybody";

static void test_ident_same_cause_gives_same_case(void **state) {
    (void)state;
    char first[IDENT_UUID_SIZE];
    char again[IDENT_UUID_SIZE];
    char other[IDENT_UUID_SIZE];
    ident_case_id(key, "bureau", "web", "k-1", first);
    ident_case_id(key, "bureau", "web", "k-1", again);
    ident_case_id(key, "bureau", "webk", "-1", other); // the parts are kept apart
    assert_string_equal(first, again);
    assert_string_not_equal(first, other);
    assert_true(ident_is_uuid(first));
    assert_int_equal(first[14], '8');           // version 8
    assert_non_null(strchr("89ab", first[19])); // the RFC's variant
}

static void test_ident_uuid_is_told_from_what_is_none(void **state) {
    (void)state;
    static const struct {
        const char *text;
        bool good;
    } rows[] = {{"01234567-89ab-8def-8123-456789abcdef", true},
                {"01234567-89AB-8DEF-8123-456789ABCDEF", false},
                {"01234567-89ab-8def-8123-456789abcde", false},
                {"01234567-89ab-8def-8123-456789abcdef0", false},
                {"0123456789ab-8def-8123-456789abcdef--", false},
                {"g1234567-89ab-8def-8123-456789abcdef", false},
                {"", false}};
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        assert_int_equal(ident_is_uuid(rows[i].text), rows[i].good);
    }
}

static void test_ident_code_is_read_however_it_is_typed(void **state) {
    (void)state;
    char code[IDENT_TRACKING_SIZE];
    char typed[40];
    char read[IDENT_TRACKING_SIZE];
    struct error error;
    ident_tracking_code(key, "01234567-89ab-8def-8123-456789abcdef", code);
    assert_int_equal(strlen(code), IDENT_TRACKING_SIZE - 1);
    snprintf(typed, sizeof typed, " %.4s-%.4s %s ", code, code + 4, code + 8);
    for (char *at = typed; *at != '\0'; at++) {
        *at = *at == '0' ? 'o' : *at == '1' ? 'l' : *at >= 'A' ? (char)(*at - 'A' + 'a') : *at;
    }
    assert_int_equal(ident_tracking_read(typed, read, &error), RC_OK);
    assert_string_equal(read, code);
}

// The check character finds each wrong one and each swap of neighbours.
static void test_ident_code_mistyped_is_found(void **state) {
    (void)state;
    static const char letters[] = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
    char code[IDENT_TRACKING_SIZE];
    char read[IDENT_TRACKING_SIZE];
    struct error error;
    ident_tracking_code(key, "01234567-89ab-8def-8123-456789abcdef", code);
    for (size_t at = 0; at < IDENT_TRACKING_SIZE - 1; at++) {
        char right = code[at];
        for (const char *wrong = letters; *wrong != '\0'; wrong++) {
            code[at] = *wrong;
            enum rc rc = ident_tracking_read(code, read, &error);
            assert_int_equal(rc, *wrong == right ? RC_OK : RC_INVALID);
            assert_true(rc == RC_OK || strcmp(error.code, "bad-check-digit") == 0);
        }
        code[at] = right;
    }
    assert_int_equal(ident_tracking_read("7F3K", read, &error), RC_INVALID);
    assert_string_equal(error.code, "bad-tracking-code");
    assert_int_equal(ident_tracking_read("00000000000000000000", read, &error), RC_INVALID);
    assert_int_equal(ident_tracking_read("7F3K9QW2XM4Tü", read, &error), RC_INVALID);
}

static void test_ident_pin_fits_itself_only(void **state) {
    (void)state;
    char pin[IDENT_PIN_SIZE];
    char other[IDENT_PIN_SIZE];
    char longer[IDENT_PIN_SIZE + 1];
    ident_pin(key, "7F3K9QW2XM4TP", pin);
    ident_pin(key, "7F3K9QW2XM4TQ", other);
    assert_int_equal(strspn(pin, "0123456789"), 16);
    assert_true(ident_pin_equal(pin, pin));
    assert_false(ident_pin_equal(other, pin));
    assert_false(ident_pin_equal(NULL, pin));
    assert_false(ident_pin_equal("", pin));
    snprintf(longer, sizeof longer, "%s0", pin);
    assert_false(ident_pin_equal(longer, pin));
    longer[15] = '\0';
    assert_false(ident_pin_equal(longer, pin));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_ident_same_cause_gives_same_case),
        cmocka_unit_test(test_ident_uuid_is_told_from_what_is_none),
        cmocka_unit_test(test_ident_code_is_read_however_it_is_typed),
        cmocka_unit_test(test_ident_code_mistyped_is_found),
        cmocka_unit_test(test_ident_pin_fits_itself_only),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
