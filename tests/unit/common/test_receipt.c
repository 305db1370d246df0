// SPDX-License-Identifier: Apache-2.0
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <sodium.h>

#include "common/receipt.h"

static unsigned char public_key[32];
static unsigned char secret_key[64];

static const struct receipt receipt = {.case_id = "01234567-89ab-8def-8123-456789abcdef",
                                       .tracking_code = "7F3K9QW2XM4TP",
                                       .pin = "0123456789012345",
                                       .received_at_ms = INT64_C(1770000000123),
                                       .promised_at_ms = INT64_C(1770100000000)};

static enum rc check(const json_t *json, struct error *error) {
    char *text = json_dumps(json, 0);
    assert_non_null(text);
    enum rc rc = receipt_check(text, public_key, error);
    free(text);
    return rc;
}

static void test_receipt_made_here_checks(void **state) {
    (void)state;
    struct error error = {.text = ""};
    json_t *json = receipt_to_json(&receipt, secret_key);
    assert_int_equal(check(json, &error), RC_OK);
    json_decref(json);
}

static void test_receipt_with_one_other_value_does_not_check(void **state) {
    (void)state;
    static const struct {
        const char *name;
        const char *value;
    } others[] = {
        {"case_id", "11234567-89ab-8def-8123-456789abcdef"},
        {"tracking_code", "7F3K9QW2XM4TQ"},
        {"pin", "0123456789012346"},
        {"received_at", "2026-02-02T02:40:00.124Z"},
        {"promised_at", "2026-02-03T06:26:40.001Z"},
        {"content_sha256", "0000000000000000000000000000000000000000000000000000000000000001"}};
    for (size_t i = 0; i < sizeof others / sizeof others[0]; i++) {
        struct error error = {.text = ""};
        json_t *json = receipt_to_json(&receipt, secret_key);
        assert_non_null(json_object_get(json, others[i].name));
        json_object_set_new(json, others[i].name, json_string(others[i].value));
        assert_int_equal(check(json, &error), RC_INVALID);
        assert_string_equal(error.text, "the signature does not match");
        json_decref(json);
    }
}

static void test_receipt_that_is_none_is_told_why(void **state) {
    (void)state;
    static const struct {
        const char *name;
        const char *value; // NULL: left out
        const char *code;
    } others[] = {{"pin", NULL, "missing"},
                  {"pin", "123", "out-of-bounds"},
                  {"received_at", "yesterday, at noon!!", ""},
                  {"content_sha256",
                   "zz00000000000000000000000000000000000000000000000000000000000000", "bad-key"},
                  {"colour", "red", "unknown-field"}};
    struct error error;
    for (size_t i = 0; i < sizeof others / sizeof others[0]; i++) {
        json_t *json = receipt_to_json(&receipt, secret_key);
        error = (struct error){.text = ""};
        json_object_del(json, others[i].name);
        if (others[i].value != NULL) {
            json_object_set_new(json, others[i].name, json_string(others[i].value));
        }
        assert_int_equal(check(json, &error), RC_INVALID);
        assert_string_equal(error.code, others[i].code);
        assert_string_not_equal(error.text, "");
        json_decref(json);
    }
    assert_int_equal(receipt_check("", public_key, &error), RC_INVALID);
    assert_int_equal(receipt_check("[]", public_key, &error), RC_INVALID);
}

static int make_keys(void **state) {
    static const unsigned char seed[crypto_sign_SEEDBYTES] = {7};
    (void)state;
    return sodium_init() < 0 || crypto_sign_seed_keypair(public_key, secret_key, seed) != 0;
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_receipt_made_here_checks),
        cmocka_unit_test(test_receipt_with_one_other_value_does_not_check),
        cmocka_unit_test(test_receipt_that_is_none_is_told_why),
    };
    return cmocka_run_group_tests(tests, make_keys, NULL);
}
