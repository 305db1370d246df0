// SPDX-License-Identifier: Apache-2.0
#include "sent.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "fake_libpq.h"

// Of a run in which nothing failed.
static struct fake_libpq_sent whole;

void sent_begin(void) { (void)fake_libpq_sent(); }

// A statement that can't be kept is sent without a name; but all is sent.
enum rc sent_end(enum rc rc, struct error *error) {
    struct fake_libpq_sent sent = fake_libpq_sent();
    if (rc == RC_OK && whole.statements != 0) {
        assert_int_equal(sent.statements, whole.statements);
        assert_int_equal(sent.bytes, whole.bytes);
    } else if (rc == RC_OK) {
        whole = sent;
    }
    return allocation_spared(rc, error);
}

size_t sent_try_each(allocation_attempt attempt) {
    struct error error = {.text = ""};
    whole = (struct fake_libpq_sent){0, 0};
    if (attempt(&error) != RC_OK) {
        fail_msg("nothing failed, but: %s", error.text);
    }
    return allocation_try_each(attempt);
}
