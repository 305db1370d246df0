// SPDX-License-Identifier: Apache-2.0
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "proposal.h"

#define CASE_ID "01234567-89ab-8def-8123-456789abcdef"

static const struct {
    const char *field; // NULL: good
    const char *name;
    uint32_t version;
    const char *key;
    const char *proposal_id;
} rows[] = {
    {NULL, "resolution", 1, CASE_ID, CASE_ID},
    {"name", "", 1, CASE_ID, CASE_ID},
    {"name", "a name that is longer than the thirty-two bytes", 1, CASE_ID, CASE_ID},
    {"name", "\xff\xfe", 1, CASE_ID, CASE_ID},
    {"version", "resolution", 0, CASE_ID, CASE_ID},
    {"meta.case_id", "resolution", 1, "another-key", CASE_ID},
    {"meta.proposal_id", "resolution", 1, CASE_ID, "not-a-uuid"},
};

static void test_proposal_bounds_name_the_field(void **unused) {
    (void)unused;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        Redress__V1__ProposalMeta meta = REDRESS__V1__PROPOSAL_META__INIT;
        Redress__V1__WarnClock message = REDRESS__V1__WARN_CLOCK__INIT;
        struct proposal proposal;
        struct error error = {.field = ""};
        uint8_t bytes[512];
        meta.case_id = CASE_ID;
        meta.proposal_id = (char *)rows[i].proposal_id;
        meta.tenant = "bureau";
        meta.source = "test";
        message.meta = &meta;
        message.name = (char *)rows[i].name;
        message.version = rows[i].version;
        size_t size = redress__v1__warn_clock__pack(&message, bytes);
        enum rc rc = proposal_read("redress.v1.WarnClock", rows[i].key, strlen(rows[i].key), bytes,
                                   size, &proposal, &error);
        assert_int_equal(rc, rows[i].field == NULL ? RC_OK : RC_INVALID);
        assert_string_equal(error.field, rows[i].field == NULL ? "" : rows[i].field);
        proposal_free(&proposal);
    }
}

static void test_proposal_garbage_is_refused(void **unused) {
    (void)unused;
    struct proposal proposal;
    struct error error;
    static const uint8_t garbage[] = {0xff, 0xff, 0xff, 0xff};
    assert_int_equal(proposal_read("redress.v1.SubmitCase", CASE_ID, 36, garbage, sizeof garbage,
                                   &proposal, &error),
                     RC_INVALID);
    assert_string_equal(error.code, "undecodable");
    assert_int_equal(
        proposal_read("redress.v1.Unknown", CASE_ID, 36, garbage, 4, &proposal, &error),
        RC_INVALID);
    assert_string_equal(error.field, "ce_type");
}

static enum rc read_warns(int64_t first, int64_t *later, size_t count, struct error *error) {
    Redress__V1__ProposalMeta meta = REDRESS__V1__PROPOSAL_META__INIT;
    Redress__V1__ClockTerms terms = REDRESS__V1__CLOCK_TERMS__INIT;
    Redress__V1__ArmClock message = REDRESS__V1__ARM_CLOCK__INIT;
    struct proposal proposal;
    uint8_t bytes[512];
    meta.case_id = CASE_ID;
    meta.proposal_id = CASE_ID;
    meta.tenant = "bureau";
    meta.source = "test";
    terms.name = "resolution";
    terms.started_at_ms = 1;
    terms.due_at_ms = 100;
    terms.warn_at_ms = first;
    terms.later_warns_at_ms = later;
    terms.n_later_warns_at_ms = count;
    message.meta = &meta;
    message.terms = &terms;
    size_t size = redress__v1__arm_clock__pack(&message, bytes);
    enum rc rc = proposal_read("redress.v1.ArmClock", CASE_ID, 36, bytes, size, &proposal, error);
    proposal_free(&proposal);
    return rc;
}

static void test_proposal_warn_points_climb_to_the_due_time(void **unused) {
    (void)unused;
    static struct {
        int64_t first;
        int64_t later[4];
        size_t count;
        enum rc rc;
    } given[] = {
        {0, {0}, 0, RC_OK},
        {50, {0}, 0, RC_OK},
        {50, {75, 90, 100}, 3, RC_OK},
        {50, {75, 90, 91, 92}, 4, RC_INVALID}, // more than a case keeps
        {50, {75, 75}, 2, RC_INVALID},
        {50, {40}, 1, RC_INVALID},
        {50, {101}, 1, RC_INVALID},
        {0, {40}, 1, RC_INVALID}, // later than none
        {101, {0}, 0, RC_INVALID},
        {-1, {0}, 0, RC_INVALID},
    };
    for (size_t i = 0; i < sizeof given / sizeof given[0]; i++) {
        struct error error = {.field = ""};
        assert_int_equal(read_warns(given[i].first, given[i].later, given[i].count, &error),
                         given[i].rc);
        assert_string_equal(error.field, given[i].rc == RC_OK ? "" : "terms.warn_at_ms");
    }
}

static enum rc read_terms(int64_t started_at_ms, int64_t due_at_ms, char *line,
                          struct error *error) {
    Redress__V1__ProposalMeta meta = REDRESS__V1__PROPOSAL_META__INIT;
    Redress__V1__ClockTerms terms = REDRESS__V1__CLOCK_TERMS__INIT;
    Redress__V1__ArmClock message = REDRESS__V1__ARM_CLOCK__INIT;
    struct proposal proposal;
    uint8_t bytes[512];
    char *lines[] = {"a line before", line};
    meta.case_id = CASE_ID;
    meta.proposal_id = CASE_ID;
    meta.tenant = "bureau";
    meta.source = "test";
    terms.name = "resolution";
    terms.started_at_ms = started_at_ms;
    terms.due_at_ms = due_at_ms;
    terms.explanation = lines;
    terms.n_explanation = 2;
    message.meta = &meta;
    message.terms = &terms;
    size_t size = redress__v1__arm_clock__pack(&message, bytes);
    enum rc rc = proposal_read("redress.v1.ArmClock", CASE_ID, 36, bytes, size, &proposal, error);
    proposal_free(&proposal);
    return rc;
}

static void test_proposal_text_within_is_clean_too(void **unused) {
    (void)unused;
    struct error error = {.code = ""};
    assert_int_equal(read_terms(1, 2, "五个工作日", &error), RC_OK);
    assert_int_equal(read_terms(1, 2, "\xff\xfe", &error), RC_INVALID);
    assert_string_equal(error.code, "bad-utf-8");
}

static void test_proposal_times_are_times(void **unused) {
    (void)unused;
    static const int64_t times[][2] = {{0, 2}, {-5, 2},        {2, 2},
                                       {3, 2}, {1, INT64_MAX}, {INT64_MAX - 1, INT64_MAX}};
    for (size_t i = 0; i < sizeof times / sizeof times[0]; i++) {
        struct error error = {.field = ""};
        assert_int_equal(read_terms(times[i][0], times[i][1], "", &error), RC_INVALID);
        assert_string_equal(error.field, "terms.due_at_ms");
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_proposal_bounds_name_the_field),
        cmocka_unit_test(test_proposal_garbage_is_refused),
        cmocka_unit_test(test_proposal_text_within_is_clean_too),
        cmocka_unit_test(test_proposal_times_are_times),
        cmocka_unit_test(test_proposal_warn_points_climb_to_the_due_time),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
