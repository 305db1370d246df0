// SPDX-License-Identifier: Apache-2.0
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "common/satisfaction.h"

#define NOW INT64_C(1770971400000)
#define CASE_ID "01234567-89ab-8def-8123-456789abcdef"

static const unsigned char key[SEAL_KEY_SIZE] = {1, 2, 3};

static void write_token(char token[SATISFACTION_TOKEN_SIZE]) {
    const struct satisfaction what = {CASE_ID, 3, NOW + 1000};
    satisfaction_write(key, &what, token);
}

static void test_a_token_names_case_closure_and_expiry(void **unused) {
    (void)unused;
    char token[SATISFACTION_TOKEN_SIZE];
    struct satisfaction what;
    write_token(token);
    assert_int_equal(strlen(token), SATISFACTION_TOKEN_SIZE - 1);
    assert_int_equal(satisfaction_read(key, token, NOW, &what, NULL), RC_OK);
    assert_string_equal(what.case_id, CASE_ID);
    assert_int_equal(what.closure, 3);
    assert_int_equal(what.expires_at_ms, NOW + 1000);
}

static void test_a_token_expires(void **unused) {
    (void)unused;
    char token[SATISFACTION_TOKEN_SIZE];
    struct satisfaction what;
    struct error error;
    write_token(token);
    assert_int_equal(satisfaction_read(key, token, NOW + 999, &what, &error), RC_OK);
    assert_int_equal(satisfaction_read(key, token, NOW + 1000, &what, &error), RC_CONFLICT);
    assert_string_equal(error.code, "link-expired");
}

// Each character carries bits of the case, the closure, the expiry or the proof of them.
static void test_a_changed_token_is_none(void **unused) {
    (void)unused;
    for (size_t i = 0; i < SATISFACTION_TOKEN_SIZE - 1; i++) {
        char token[SATISFACTION_TOKEN_SIZE];
        struct satisfaction what;
        struct error error;
        write_token(token);
        token[i] = token[i] == 'A' ? 'B' : 'A';
        assert_int_equal(satisfaction_read(key, token, NOW, &what, &error), RC_NOT_FOUND);
    }
}

static void test_what_is_no_token_is_none(void **unused) {
    (void)unused;
    static const unsigned char other[SEAL_KEY_SIZE] = {1, 2, 4};
    static const char *const texts[] = {
        "", "x", "../../etc/passwd",
        "!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!"
        "!!!!",
        "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"
        "AAAAA"};
    char token[SATISFACTION_TOKEN_SIZE];
    struct satisfaction what;
    struct error error;
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        assert_int_equal(satisfaction_read(key, texts[i], NOW, &what, &error), RC_NOT_FOUND);
    }
    write_token(token);
    assert_int_equal(satisfaction_read(other, token, NOW, &what, &error), RC_NOT_FOUND);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_token_names_case_closure_and_expiry),
        cmocka_unit_test(test_a_token_expires),
        cmocka_unit_test(test_a_changed_token_is_none),
        cmocka_unit_test(test_what_is_no_token_is_none),
    };
    return seal_init(NULL) == RC_OK ? cmocka_run_group_tests(tests, NULL, NULL) : 1;
}
