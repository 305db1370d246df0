// SPDX-License-Identifier: Apache-2.0
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "common/scope.h"

static void test_scope_contains_whole_codes_only(void **state) {
    (void)state;
    static const struct {
        const char *scope, *code;
        bool contains;
    } rows[] = {
        {"", "", false},         {"", "a", false},
        {"a", "a", true},        {"a", "", false},
        {"a,b,c", "a", true},    {"a,b,c", "b", true},
        {"a,b,c", "c", true},    {"a,b,c", "d", false},
        {"a,b,c", "a,b", false}, {"a,b,c", ",", false},
        {"abc", "ab", false},    {"ab", "abc", false},
        {"a,,b", "", false},     {"clinic-2", "clinic", false},
        {"*", "a", false},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        assert_int_equal(scope_contains(rows[i].scope, rows[i].code), rows[i].contains);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_scope_contains_whole_codes_only)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
