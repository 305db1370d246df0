// SPDX-License-Identifier: Apache-2.0
// Who is let in: by count, bytes and the eldest's wait.
#include "common/admission.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#define COUNT 4
#define BYTES 100
#define SURE 2
#define WAIT_MS 500

static struct admission admission;
static struct admission_ticket tickets[8];

static int set_up(void **state) {
    (void)state;
    admission_init(&admission, &(struct admission_limits){COUNT, BYTES, SURE, WAIT_MS});
    return 0;
}

static int tear_down(void **state) {
    (void)state;
    admission_close(&admission);
    return 0;
}

static enum rc enter(size_t ticket, size_t bytes, int64_t now_ms) {
    struct error error = {.text = ""};
    enum rc rc = admission_enter(&admission, &tickets[ticket], bytes, now_ms, &error);
    assert_true(rc == RC_OK || (rc == RC_UNAVAILABLE && error.text[0] != '\0'));
    return rc;
}

static void test_admission_beyond_the_count_is_refused_until_one_leaves(void **state) {
    (void)state;
    for (size_t i = 0; i < COUNT; i++) {
        assert_int_equal(enter(i, 1, 0), RC_OK);
    }
    assert_int_equal(enter(COUNT, 1, 0), RC_UNAVAILABLE);
    admission_leave(&admission, &tickets[2]);
    assert_int_equal(enter(COUNT, 1, 0), RC_OK);
}

static void test_admission_beyond_the_bytes_is_refused_unless_alone(void **state) {
    (void)state;
    assert_int_equal(enter(0, BYTES + 1, 0), RC_OK); // else it could never come in
    admission_leave(&admission, &tickets[0]);
    assert_int_equal(enter(0, BYTES - 1, 0), RC_OK);
    assert_int_equal(enter(1, 2, 0), RC_UNAVAILABLE);
    assert_int_equal(enter(1, 1, 0), RC_OK);
    admission_leave(&admission, &tickets[0]);
    assert_int_equal(enter(0, BYTES - 1, 0), RC_OK);
}

static void test_admission_closes_while_the_eldest_waits_too_long(void **state) {
    (void)state;
    assert_int_equal(enter(0, 1, 0), RC_OK);
    assert_int_equal(enter(1, 1, WAIT_MS), RC_OK);
    assert_int_equal(enter(2, 1, WAIT_MS), RC_OK);
    assert_int_equal(enter(3, 1, WAIT_MS + 1), RC_UNAVAILABLE);
    admission_leave(&admission, &tickets[0]); // the next eldest came later
    assert_int_equal(enter(3, 1, WAIT_MS + 1), RC_OK);
    assert_int_equal(enter(0, 1, 2 * WAIT_MS + 1), RC_UNAVAILABLE);
}

static void test_admission_lets_the_sure_ones_in_however_long_the_eldest_waits(void **state) {
    (void)state;
    assert_int_equal(enter(0, 1, 0), RC_OK);
    assert_int_equal(enter(1, 1, 100 * WAIT_MS), RC_OK);
    assert_int_equal(enter(2, 1, 100 * WAIT_MS), RC_UNAVAILABLE);
}

static void test_admission_in_any_order_of_leaving_ends_empty(void **state) {
    (void)state;
    static const size_t orders[][COUNT] = {{0, 1, 2, 3}, {3, 2, 1, 0}, {1, 3, 0, 2}, {2, 0, 3, 1}};
    for (size_t order = 0; order < sizeof orders / sizeof orders[0]; order++) {
        for (size_t i = 0; i < COUNT; i++) {
            assert_int_equal(enter(i, i, (int64_t)i), RC_OK);
        }
        for (size_t i = 0; i < COUNT; i++) {
            admission_leave(&admission, &tickets[orders[order][i]]);
        }
        assert_int_equal(admission.count, 0);
        assert_int_equal(admission.bytes, 0);
        assert_null(admission.eldest);
        assert_null(admission.youngest);
    }
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
int main(void) {
    const struct CMUnitTest tests[] = {
        TEST(test_admission_beyond_the_count_is_refused_until_one_leaves),
        TEST(test_admission_beyond_the_bytes_is_refused_unless_alone),
        TEST(test_admission_closes_while_the_eldest_waits_too_long),
        TEST(test_admission_lets_the_sure_ones_in_however_long_the_eldest_waits),
        TEST(test_admission_in_any_order_of_leaving_ends_empty),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
