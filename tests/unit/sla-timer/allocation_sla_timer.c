// SPDX-License-Identifier: Apache-2.0
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "allocation.h"
#include "proposed.h"
#include "rulebook.h"

static enum rc load_twice(struct error *error) {
    struct region_book *regions = NULL;
    enum rc rc = region_book_load(&regions, "deploy/region/example", &rulebook_options, error);
    rc = rc == RC_OK ? region_book_reload(regions, error) : rc;
    if (rc == RC_OK) {
        const struct region_edition *edition = region_book_hold(regions);
        assert_ptr_equal(rulebook_of(edition)->region, edition->region);
        region_book_release(edition);
    }
    region_book_free(regions);
    return rc;
}

static enum rc remember(struct error *error) {
    struct proposed *proposed = NULL;
    enum rc rc = proposed_new(&proposed, error);
    proposed_free(proposed);
    return rc;
}

static void test_allocation_fails_in_each_module_cleanly(void **unused) {
    (void)unused;
    assert_true(allocation_try_each(load_twice) >= 6);
    assert_true(allocation_try_each(remember) >= 1);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_allocation_fails_in_each_module_cleanly),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
