// SPDX-License-Identifier: Apache-2.0
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "allocation.h"
#include "triage.h"

static struct region_rule rule = {.id = "a", .weight = 1, .category = "other"};
static char *terms[] = {"one", "two"};
static struct region_term_group groups[] = {{terms, 2}, {terms, 1}};
static struct region_lexicon lexicon = {.id = "l", .version = 1, .rules = &rule, .rule_count = 1};
static const struct region region = {.lexicon = &lexicon};

static enum rc assess(struct error *error) {
    struct triage triage = {.region = NULL};
    struct assessment assessment;
    enum rc rc = triage_init(&triage, &region, error);
    if (rc == RC_OK) {
        rc = triage_assess(&triage, "one and two", "", "", &assessment, error);
    }
    triage_close(&triage);
    return rc;
}

static void test_allocation_fails_in_each_module_cleanly(void **unused) {
    (void)unused;
    rule.all = groups;
    rule.all_count = 2;
    assert_true(allocation_try_each(assess) >= 12);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_allocation_fails_in_each_module_cleanly),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
