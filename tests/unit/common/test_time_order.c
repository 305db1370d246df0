// SPDX-License-Identifier: Apache-2.0
#include "common/time_order.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

struct entry {
    char name;
    int64_t at_ms;
};

static void test_entries_come_in_order_and_those_of_one_time_stay(void **unused) {
    (void)unused;
    static const char order[] = "ebcadf";
    struct entry list[] = {{'a', 5}, {'b', 2}, {'c', 2}, {'d', 7}, {'e', 1}, {'f', 7}};
    size_t count = sizeof list / sizeof list[0];
    time_order(list, count, sizeof list[0], offsetof(struct entry, at_ms));
    for (size_t i = 0; i < count; i++) {
        assert_int_equal(list[i].name, order[i]);
        assert_true(i == 0 || list[i - 1].at_ms <= list[i].at_ms);
    }
    time_order(list, 0, sizeof list[0], offsetof(struct entry, at_ms));
    assert_int_equal(list[0].name, 'e');
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_entries_come_in_order_and_those_of_one_time_stay)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
