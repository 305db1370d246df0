// SPDX-License-Identifier: Apache-2.0
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "common/bus_private.h"

#define TRACE "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"
#define HASH "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f"

struct header {
    const char *name;
    const char *value; // NULL: a header without a value
};

static const struct header good[] = {
    {"ce_specversion", "1.0"},
    {"ce_id", "01234567-89ab-8def-8123-456789abcdef/3"},
    {"ce_type", "redress.v1.CaseRegistered"},
    {"ce_source", "redress/ledger"},
    {"ce_subject", "01234567-89ab-8def-8123-456789abcdef"},
    {"ce_time", "1970-01-01T08:00:01.500+08:00"},
    {"traceparent", TRACE},
    {"redress_hash", HASH},
};
#define GOOD (sizeof good / sizeof good[0])

// The good headers, then more; the last of a name counts. One name may be left out.
static void read_with(struct bus_record *record, const char *without, const struct header *more) {
    rd_kafka_headers_t *headers = rd_kafka_headers_new(GOOD + 1);
    for (size_t i = 0; i < GOOD; i++) {
        if (without == NULL || strcmp(good[i].name, without) != 0) {
            rd_kafka_header_add(headers, good[i].name, -1, good[i].value, -1);
        }
    }
    if (more != NULL) {
        rd_kafka_header_add(headers, more->name, -1, more->value, -1);
    }
    memset(record, 0xa5, sizeof *record);
    bus_read_headers(headers, record);
    rd_kafka_headers_destroy(headers);
}

static void test_envelope_whole_is_read(void **unused) {
    (void)unused;
    struct bus_record record;
    read_with(&record, NULL, NULL);
    assert_int_equal(record.envelope_rc, RC_OK);
    assert_string_equal(record.envelope_reason, "");
    assert_string_equal(record.envelope.id, good[1].value);
    assert_string_equal(record.envelope.type, good[2].value);
    assert_string_equal(record.envelope.source, good[3].value);
    assert_string_equal(record.envelope.subject, good[4].value);
    assert_int_equal(record.envelope.time_ms, 1500);
    assert_string_equal(record.envelope.traceparent, TRACE);
    for (unsigned i = 0; i < sizeof record.envelope.hash; i++) {
        assert_int_equal(record.envelope.hash[i], i);
    }
}

static void test_envelope_without_headers_is_invalid(void **unused) {
    (void)unused;
    struct bus_record record;
    bus_read_headers(NULL, &record);
    assert_int_equal(record.envelope_rc, RC_INVALID);
    assert_string_equal(record.envelope_reason, "header ce_specversion is missing");
}

static void test_envelope_required_header_absent_is_named(void **unused) {
    (void)unused;
    for (size_t i = 0; i < GOOD; i++) {
        struct bus_record record;
        bool required = i < 4;
        read_with(&record, good[i].name, NULL);
        assert_int_equal(record.envelope_rc, required ? RC_INVALID : RC_OK);
        assert_int_equal(strstr(record.envelope_reason, good[i].name) != NULL, required);
    }
}

static void test_envelope_bad_header_is_named(void **unused) {
    (void)unused;
    static const struct header bad[] = {
        {"ce_specversion", "0.3"},
        {"ce_specversion", ""},
        {"ce_id", "\xff"},
        {"ce_type", NULL},
        {"ce_time", "yesterday"},
        {"ce_source", "a source whose name is longer than the sixty-four bytes that one may have"},
    };
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        struct bus_record record;
        read_with(&record, NULL, &bad[i]);
        assert_int_equal(record.envelope_rc, RC_INVALID);
        assert_non_null(strstr(record.envelope_reason, bad[i].name));
    }
}

// Whoever sends it: the message itself is good.
static void test_envelope_bad_trace_is_passed_over(void **unused) {
    (void)unused;
    static const char *const traces[] = {"\xff\xfe", "", "00-short", TRACE "-more",
                                         "00-4BF92F3577B34DA6A3CE929D0E0E4736-00f067aa0ba902b7-01"};
    for (size_t i = 0; i < sizeof traces / sizeof traces[0]; i++) {
        struct bus_record record;
        const struct header header = {"traceparent", traces[i]};
        read_with(&record, NULL, &header);
        assert_int_equal(record.envelope_rc, RC_OK);
        assert_string_equal(record.envelope.traceparent, "");
        assert_false(envelope_trace_fits(traces[i]));
    }
    assert_false(envelope_trace_fits(NULL));
    assert_true(envelope_trace_fits(TRACE));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_envelope_whole_is_read),
        cmocka_unit_test(test_envelope_without_headers_is_invalid),
        cmocka_unit_test(test_envelope_required_header_absent_is_named),
        cmocka_unit_test(test_envelope_bad_header_is_named),
        cmocka_unit_test(test_envelope_bad_trace_is_passed_over),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
