// SPDX-License-Identifier: Apache-2.0
// What goes into the index: a clock's next point, and what it takes the place of goes out.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "store.h"

#define CASE "01234567-89ab-8def-8123-456789abcdef"
#define DUE 1000000

static struct store_batch batch;

// The entries put in, as "w@time b@time"; those taken out as "-w -b".
static const char *changes(void) {
    static char text[256];
    size_t used = 0;
    text[0] = '\0';
    for (size_t i = 0; i < batch.count; i++) {
        const struct store_change *change = &batch.changes[i];
        const char *kind = strrchr(change->member, '/') + 1;
        used += (size_t)snprintf(text + used, sizeof text - used,
                                 change->score[0] == '\0' ? "%s-%s" : "%s%s@%s",
                                 used == 0 ? "" : " ", kind, change->score);
    }
    return text;
}

static const char *put(uint32_t version, int64_t warn_at_ms) {
    struct error error;
    store_batch_begin(&batch, NULL);
    assert_int_equal(store_put(&batch, CASE, "resolution", version, warn_at_ms, DUE, &error),
                     RC_OK);
    return changes();
}

static void test_a_warning_that_comes_first_is_in_alone(void **unused) {
    (void)unused;
    assert_string_equal(put(1, DUE - STORE_NEAR_MS), "w@998000");
    assert_string_equal(put(1, 1), "w@1");
}

static void test_after_the_last_warning_the_breach_is_in(void **unused) {
    (void)unused;
    assert_string_equal(put(1, 0), "b@1000000");
}

static void test_a_breach_on_the_heels_of_a_warning_does_not_wait_for_it(void **unused) {
    (void)unused;
    assert_string_equal(put(1, DUE - STORE_NEAR_MS + 1), "w@998001 b@1000000");
    assert_string_equal(put(1, DUE + 5), "w@1000005 b@1000000");
}

static void test_the_version_before_goes_out(void **unused) {
    (void)unused;
    assert_string_equal(put(2, 1), "-w -b w@1");
    assert_non_null(strstr(batch.changes[0].member, "/resolution/1/"));
    assert_non_null(strstr(batch.changes[2].member, "/resolution/2/"));
}

static void test_while_it_rests_only_the_end_of_the_pause_is_in(void **unused) {
    (void)unused;
    struct error error;
    store_batch_begin(&batch, NULL);
    assert_int_equal(store_put_pause(&batch, CASE, "resolution", 1, 7, &error), RC_OK);
    assert_string_equal(changes(), "-w -b r@7");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_warning_that_comes_first_is_in_alone),
        cmocka_unit_test(test_after_the_last_warning_the_breach_is_in),
        cmocka_unit_test(test_a_breach_on_the_heels_of_a_warning_does_not_wait_for_it),
        cmocka_unit_test(test_the_version_before_goes_out),
        cmocka_unit_test(test_while_it_rests_only_the_end_of_the_pause_is_in),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
