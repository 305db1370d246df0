// SPDX-License-Identifier: Apache-2.0
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "common/json.h"
#include "intake.h"
#include "submit.h"

#define NOW 1795500000000LL

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

static enum rc check(const char *text, struct error *error, unsigned char digest[SEAL_HASH_SIZE]) {
    json_t *body = NULL;
    struct submission submission;
    enum rc rc = json_read_object(text, strlen(text), &body, error);
    rc = rc == RC_OK ? submission_from_json(body, &submission, error) : rc;
    rc = rc == RC_OK ? submission_check(&submission, region, NOW, error) : rc;
    rc = rc == RC_OK ? submission_digest(&submission, digest, error) : rc;
    json_decref(body);
    return rc;
}

// NULL: accepted; else the field that is named.
static const char *const rows[][2] = {
    {"{\"institution\":\"bureau\",\"channel\":\"web\",\"narrative\":\"a\"}", NULL},
    {"{\"institution\":\"nowhere\",\"channel\":\"web\",\"narrative\":\"a\"}", "institution"},
    {"{\"institution\":\"bureau\",\"channel\":\"smoke\",\"narrative\":\"a\"}", "channel"},
    {"{\"institution\":\"bureau\",\"channel\":\"web\",\"narrative\":\"\"}", "narrative"},
    {"{\"institution\":\"bureau\",\"channel\":\"web\",\"narrative\":\" \"}", "narrative"},
    {"{\"institution\":\"bureau\",\"channel\":\"web\",\"narrative\":\"a\",\"x\":1}", "x"},
    {"{\"institution\":\"bureau\",\"channel\":\"web\",\"narrative\":\"a\",\"category\":"
     "\"waiting\"}",
     "category"},
    {"{\"institution\":\"bureau\",\"channel\":\"web\",\"narrative\":\"a\",\"anonymous\":true,"
     "\"complainant\":{}}",
     "complainant"},
    {"{\"institution\":\"bureau\",\"channel\":\"web\",\"narrative\":\"a\","
     "\"complainant\":{\"email\":\"a@b\\r\\nBcc: c@d.e\"}}",
     "complainant.email"},
    {"{\"institution\":\"bureau\",\"channel\":\"web\",\"narrative\":\"a\","
     "\"complainant\":{\"language\":\"fr\"}}",
     "complainant.language"},
    {"{\"institution\":\"bureau\",\"channel\":\"web\",\"narrative\":\"a\","
     "\"received_at\":\"2126-01-01T00:00:00Z\"}",
     "received_at"},
    {"{\"institution\":\"bureau\",\"channel\":\"web\",\"narrative\":\"\\u0000\"}", "body"},
    {"{\"institution\":\"bureau\",\"institution\":\"bureau\"}", "body"},
    {"[]", "body"},
};

static void test_submission_table(void **unused) {
    (void)unused;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct error error = {.field = ""};
        unsigned char digest[SEAL_HASH_SIZE];
        enum rc rc = check(rows[i][0], &error, digest);
        assert_int_equal(rc, rows[i][1] == NULL ? RC_OK : RC_INVALID);
        assert_string_equal(error.field, rows[i][1] == NULL ? "" : rows[i][1]);
    }
}

static void test_digest_ignores_notation_and_nothing_else(void **unused) {
    (void)unused;
    unsigned char first[SEAL_HASH_SIZE];
    unsigned char same[SEAL_HASH_SIZE];
    unsigned char other[SEAL_HASH_SIZE];
    struct error error;
    assert_int_equal(
        check("{\"institution\":\"bureau\",\"channel\":\"web\",\"narrative\":\"\u00e9\"}", &error,
              first),
        RC_OK);
    assert_int_equal(
        check("{ \"narrative\": \"e\u0301\", \"channel\":\"web\", \"institution\":\"bureau\"}",
              &error, same),
        RC_OK);
    assert_int_equal(
        check("{\"institution\":\"bureau\",\"channel\":\"app\",\"narrative\":\"\u00e9\"}", &error,
              other),
        RC_OK);
    assert_memory_equal(first, same, sizeof first);
    assert_memory_not_equal(first, other, sizeof first);
}

// The files may have changed between the check and this.
static void test_submission_whose_institution_is_gone_is_refused(void **unused) {
    (void)unused;
    static const struct submit submit;
    const struct submission submission = {.institution = "nowhere", .narrative = "a"};
    struct submission_run run;
    struct error error;
    assert_int_equal(submit_prepare(&submit, region, &submission, "web", "key", NOW, &run, &error),
                     RC_INVALID);
    assert_string_equal(error.code, "unknown-code");
    assert_string_equal(error.field, "institution");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_submission_table),
        cmocka_unit_test(test_digest_ignores_notation_and_nothing_else),
        cmocka_unit_test(test_submission_whose_institution_is_gone_is_refused),
    };
    return cmocka_run_group_tests(tests, load, unload);
}
