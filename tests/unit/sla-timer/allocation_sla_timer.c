// SPDX-License-Identifier: Apache-2.0
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "allocation.h"
#include "rulebook.h"

static enum rc load_twice(struct error *error) {
    struct rulebook *rulebook = NULL;
    enum rc rc = rulebook_load(&rulebook, "deploy/region/example", error);
    rc = rc == RC_OK ? rulebook_reload(rulebook, error) : rc;
    if (rc == RC_OK) {
        assert_non_null(rulebook_hold(rulebook)->region);
        rulebook_release(rulebook);
    }
    rulebook_free(rulebook);
    return rc;
}

static void test_allocation_fails_in_each_module_cleanly(void **unused) {
    (void)unused;
    assert_true(allocation_try_each(load_twice) >= 6);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_allocation_fails_in_each_module_cleanly),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
