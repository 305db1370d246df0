// SPDX-License-Identifier: Apache-2.0
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "attempt.h"

// A mail to the complainant of whose contact nothing is stored; it never gets to a transport.
static enum rc attempt_without_contact(bool erased, struct error *error) {
    const struct attempt_options options = {.webhook_url = ""};
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

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_contact_that_is_on_its_way_is_waited_for),
        cmocka_unit_test(test_a_contact_that_was_erased_is_not_waited_for),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
