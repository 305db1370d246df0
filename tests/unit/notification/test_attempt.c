// SPDX-License-Identifier: Apache-2.0
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "attempt.h"

// A mail to the complainant of whose contact nothing is stored; it never gets to a transport.
static enum rc attempt_without_contact(bool erased, struct error *error) {
    struct attempt_options options = {.webhook_url = ""};
    struct job job = {.channel = "email", .recipient = "complainant", .erased = erased};
    return attempt_make(&options, NULL, &job, error);
}

static void test_a_contact_that_is_on_its_way_is_waited_for(void **unused) {
    (void)unused;
    struct error error;
    assert_int_equal(attempt_without_contact(false, &error), RC_UNAVAILABLE);
    assert_string_equal(error.code, "no-contact");
}

static void test_a_contact_that_was_erased_is_not_waited_for(void **unused) {
    (void)unused;
    struct error error;
    assert_int_equal(attempt_without_contact(true, &error), RC_INVALID);
    assert_string_equal(error.code, "erased");
}

__typeof__(transport_hook) __wrap_transport_hook;

static char called[512];

enum rc __wrap_transport_hook(struct transport *transport, const struct hook *hook,
                              struct error *error) {
    (void)transport;
    (void)error;
    snprintf(called, sizeof called, "%s", hook->body);
    return RC_OK;
}

static void test_a_web_hook_names_no_other_case(void **unused) {
    (void)unused;
    struct attempt_options options = {.webhook_url = "http://127.0.0.1/"};
    struct error error;
    struct job job = {.channel = "webhook",
                      .recipient = "hook:a",
                      .fact = "CaseNotAccepted",
                      .tenant = "demo-clinic",
                      .tracking_code = "0123456789ABC",
                      .parameters = "{\"earlier_case\": \"another\", \"right_route\": \"r\"}"};
    assert_int_equal(attempt_make(&options, NULL, &job, &error), RC_OK);
    assert_non_null(strstr(called, "\"details\":{\"earlier_case\":null,\"right_route\":\"r\","));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_contact_that_is_on_its_way_is_waited_for),
        cmocka_unit_test(test_a_contact_that_was_erased_is_not_waited_for),
        cmocka_unit_test(test_a_web_hook_names_no_other_case),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
