// SPDX-License-Identifier: Apache-2.0
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "common/fact_record.h"

#define LAST_MS INT64_C(253402300799999) // of the year 9999

static enum rc read_back(const ProtobufCMessage *fact, struct error *error) {
    uint8_t bytes[512];
    struct bus_record record = {.value = bytes};
    ProtobufCMessage *message = NULL;
    record.value_size = protobuf_c_message_pack(fact, bytes);
    enum rc rc = fact_record_read(&record, fact->descriptor, &message, error);
    assert_true((rc == RC_OK) == (message != NULL));
    protobuf_c_message_free_unpacked(message, NULL);
    return rc;
}

static void fill_meta(Redress__V1__FactMeta *meta) {
    redress__v1__fact_meta__init(meta);
    meta->case_id = "01234567-89ab-8def-8123-456789abcdef";
    meta->tenant = "first-hospital";
    meta->decided_at_ms = 1;
}

static const struct {
    int64_t ms;
    bool fits;
} times[] = {{0, true},          {1, true},          {LAST_MS, true}, {LAST_MS + 1, false},
             {INT64_MAX, false}, {INT64_MIN, false}, {-1, false}};
#define TIMES (sizeof times / sizeof times[0])

static void expect(const ProtobufCMessage *fact, bool fits) {
    struct error error = {.text = ""};
    assert_int_equal(read_back(fact, &error), fits ? RC_OK : RC_INVALID);
    assert_true(fits || strcmp(error.code, "undecodable") == 0);
}

static void test_fact_whose_time_is_none_is_refused(void **unused) {
    (void)unused;
    for (size_t i = 0; i < TIMES; i++) {
        Redress__V1__FactMeta meta;
        Redress__V1__CaseRegistered fact = REDRESS__V1__CASE_REGISTERED__INIT;
        fill_meta(&meta);
        fact.meta = &meta;
        fact.promised_at_ms = times[i].ms;
        expect(&fact.base, times[i].fits);
    }
}

// What is stored and shown is a number of 63 bits.
static void test_fact_whose_sequence_is_too_large_is_refused(void **unused) {
    (void)unused;
    Redress__V1__FactMeta meta;
    Redress__V1__CaseClosed fact = REDRESS__V1__CASE_CLOSED__INIT;
    fill_meta(&meta);
    fact.meta = &meta;
    meta.sequence = INT64_MAX;
    expect(&fact.base, true);
    meta.sequence++;
    expect(&fact.base, false);
}

static void test_fact_whose_times_lie_within_is_refused_too(void **unused) {
    (void)unused;
    for (size_t i = 0; i < TIMES; i++) {
        int64_t warns[] = {1, times[i].ms};
        Redress__V1__FactMeta meta;
        Redress__V1__ClockTerms terms = REDRESS__V1__CLOCK_TERMS__INIT;
        Redress__V1__ClockArmed armed = REDRESS__V1__CLOCK_ARMED__INIT;
        fill_meta(&meta);
        armed.meta = &meta;
        armed.terms = &terms;
        terms.due_at_ms = times[i].ms;
        expect(&armed.base, times[i].fits);
        terms.due_at_ms = 1;
        terms.n_later_warns_at_ms = 2;
        terms.later_warns_at_ms = warns;
        expect(&armed.base, times[i].fits);
        Redress__V1__CaseAssessed assessed = REDRESS__V1__CASE_ASSESSED__INIT;
        Redress__V1__MilestoneReached milestone = REDRESS__V1__MILESTONE_REACHED__INIT;
        Redress__V1__MilestoneReached *reached[] = {&milestone};
        assessed.meta = &meta;
        assessed.n_reached = 1;
        assessed.reached = reached;
        milestone.at_ms = times[i].ms;
        expect(&assessed.base, times[i].fits);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_fact_whose_time_is_none_is_refused),
        cmocka_unit_test(test_fact_whose_sequence_is_too_large_is_refused),
        cmocka_unit_test(test_fact_whose_times_lie_within_is_refused_too),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
