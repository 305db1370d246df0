// SPDX-License-Identifier: Apache-2.0
// What each fact makes of a case's measure, and what the measure counts.
#include "measure_facts.h"

static void test_a_repeat_or_a_gap_changes_nothing(void **unused) {
    (void)unused;
    struct measure measure = {.sequence = 0};
    registered(&measure);
    struct measure before = measure;
    assert_false(armed(&measure, 1, "resolution", 5));
    assert_false(armed(&measure, 3, "resolution", 5));
    assert_memory_equal(&before, &measure, sizeof before);
}

static void test_a_response_counts_in_time_until_its_due_moment(void **unused) {
    (void)unused;
    static const struct {
        int64_t at_ms;
        int64_t on_time;
        int64_t seconds;
    } rows[] = {{5000, 1, 4}, {8000, 1, 7}, {8001, 0, 7}};
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct measure measure = {.sequence = 0};
        struct contribution contribution;
        registered(&measure);
        assert_true(armed(&measure, 2, "first_response", 8000));
        assert_true(accepted(&measure, 3, rows[i].at_ms));
        measure_contribution(&measure, &contribution);
        assert_int_equal(contribution.counts[COUNT_RESPONDED], 1);
        assert_int_equal(contribution.counts[COUNT_RESPONDED_ON_TIME], rows[i].on_time);
        assert_int_equal(contribution.response_seconds, rows[i].seconds);
    }
}

static void
test_a_case_that_is_supervised_twice_counts_once_and_only_where_it_was_accepted(void **unused) {
    (void)unused;
    for (int is_accepted = 0; is_accepted < 2; is_accepted++) {
        struct measure measure = {.sequence = 0};
        struct contribution contribution;
        Redress__V1__SupervisionOrdered order = REDRESS__V1__SUPERVISION_ORDERED__INIT;
        registered(&measure);
        if (is_accepted) {
            assert_true(accepted(&measure, 2, 2000));
        }
        for (uint64_t i = 0; i < 2; i++) {
            Redress__V1__FactMeta meta = meta_of(measure.sequence + 1, 3000);
            order.meta = &meta;
            assert_true(measure_apply(&measure, "redress.v1.SupervisionOrdered", &order.base));
        }
        measure_contribution(&measure, &contribution);
        assert_int_equal(contribution.counts[COUNT_SUPERVISED], is_accepted);
    }
}

static void test_an_erasure_takes_the_hashes(void **unused) {
    (void)unused;
    struct measure measure = {.sequence = 0, .hash_count = 2};
    Redress__V1__ContentErased fact = REDRESS__V1__CONTENT_ERASED__INIT;
    registered(&measure);
    Redress__V1__FactMeta meta = meta_of(2, 3000);
    fact.meta = &meta;
    assert_true(measure_apply(&measure, "redress.v1.ContentErased", &fact.base));
    assert_true(measure.erased && measure.hash_count == 0);
}

// The ledger registers a case once; whoever reads Kafka may meet another such fact all the same.
static void test_a_case_that_is_registered_again_keeps_three_hashes(void **unused) {
    (void)unused;
    uint8_t hash[32] = {7};
    ProtobufCBinaryData contacts[] = {{32, hash}, {32, hash}, {32, hash}, {32, hash}};
    struct measure measure = {.sequence = 0};
    for (uint64_t sequence = 1; sequence <= 3; sequence++) {
        Redress__V1__FactMeta meta = meta_of(sequence, 1000);
        Redress__V1__CaseRegistered fact = REDRESS__V1__CASE_REGISTERED__INIT;
        fact.meta = &meta;
        fact.n_contact_hashes = 4;
        fact.contact_hashes = contacts;
        assert_true(measure_apply(&measure, "redress.v1.CaseRegistered", &fact.base));
        assert_int_equal(measure.hash_count, MEASURE_HASHES);
    }
}

static void test_a_case_before_its_first_fact_counts_nothing(void **unused) {
    (void)unused;
    const struct measure measure = {.sequence = 0};
    struct contribution contribution;
    measure_contribution(&measure, &contribution);
    for (size_t i = 0; i < COUNT_KINDS; i++) {
        assert_int_equal(contribution.counts[i], 0);
    }
    assert_int_equal(contribution.response_seconds, -1);
}

static void test_a_fact_that_does_not_count_moves_the_sequence(void **unused) {
    (void)unused;
    struct measure measure = {.sequence = 0};
    registered(&measure);
    Redress__V1__FactMeta meta = meta_of(2, 2000);
    Redress__V1__AnyFact fact = REDRESS__V1__ANY_FACT__INIT;
    fact.meta = &meta;
    assert_ptr_equal(measure_descriptor("redress.v1.DeliveryRecorded"),
                     &redress__v1__any_fact__descriptor);
    assert_true(measure_apply(&measure, "redress.v1.DeliveryRecorded", &fact.base));
    assert_int_equal(measure.sequence, 2);
}

static void test_a_case_that_is_not_accepted_is_left_out_of_timeliness(void **unused) {
    (void)unused;
    struct measure measure = {.sequence = 0};
    registered(&measure);
    assert_true(accepted(&measure, 2, 5000));
    plain(&measure, "redress.v1.CaseNotAccepted");
    assert_int_equal(counted(&measure, COUNT_NOT_ACCEPTED), 1);
    assert_int_equal(counted(&measure, COUNT_RESPONDED), 0);
    plain(&measure, "redress.v1.CaseReopened");
    assert_int_equal(counted(&measure, COUNT_NOT_ACCEPTED), 0);
    assert_int_equal(counted(&measure, COUNT_RESPONDED), 1);
}

static void joined(struct measure *measure, size_t others, bool leads) {
    static char *with[] = {(char *)"one"};
    Redress__V1__FactMeta meta = meta_of(measure->sequence + 1, 6000);
    Redress__V1__CaseMerged fact = REDRESS__V1__CASE_MERGED__INIT;
    fact.meta = &meta;
    fact.n_with = others;
    fact.with = with;
    fact.leads = leads;
    assert_true(measure_apply(measure, "redress.v1.CaseMerged", &fact.base));
}

static void merged(struct measure *measure, bool leads) { joined(measure, 1, leads); }

static void unmerged(struct measure *measure, bool leads) {
    static char *without[] = {(char *)"one"};
    Redress__V1__FactMeta meta = meta_of(measure->sequence + 1, 6000);
    Redress__V1__CaseUnmerged fact = REDRESS__V1__CASE_UNMERGED__INIT;
    fact.meta = &meta;
    fact.n_without = 1;
    fact.without = without;
    fact.leads = leads;
    assert_true(measure_apply(measure, "redress.v1.CaseUnmerged", &fact.base));
}

static void test_a_case_that_another_stands_for_is_shown_apart(void **unused) {
    (void)unused;
    struct measure measure = {.sequence = 0};
    registered(&measure);
    assert_true(accepted(&measure, 2, 5000));
    merged(&measure, true);
    assert_int_equal(counted(&measure, COUNT_MERGED), 0);
    assert_int_equal(counted(&measure, COUNT_RESPONDED), 1);
    merged(&measure, false); // one that came before it joined
    assert_int_equal(counted(&measure, COUNT_MERGED), 1);
    assert_int_equal(counted(&measure, COUNT_RESPONDED), 0);
    assert_int_equal(counted(&measure, COUNT_RECEIVED), 1);
    unmerged(&measure, false); // the other left
    assert_int_equal(counted(&measure, COUNT_MERGED), 1);
    unmerged(&measure, false); // nobody is left to stand for it
    assert_int_equal(counted(&measure, COUNT_MERGED), 0);
    assert_int_equal(counted(&measure, COUNT_RESPONDED), 1);
}

static void test_whom_the_lead_passes_to_stands_in_the_numbers(void **unused) {
    (void)unused;
    struct measure measure = {.sequence = 0};
    registered(&measure);
    assert_true(accepted(&measure, 2, 5000));
    merged(&measure, false);
    assert_int_equal(counted(&measure, COUNT_RESPONDED), 0);
    joined(&measure, 0, true); // who led was withdrawn
    assert_int_equal(measure.others, 1);
    assert_int_equal(counted(&measure, COUNT_MERGED), 0);
    assert_int_equal(counted(&measure, COUNT_RESPONDED), 1);
    joined(&measure, 0, false);
    assert_int_equal(counted(&measure, COUNT_MERGED), 1);
    unmerged(&measure, false);
    assert_int_equal(counted(&measure, COUNT_RESPONDED), 1);
}

static void test_who_comes_again_counts_once(void **unused) {
    (void)unused;
    struct measure measure = {.sequence = 0};
    registered(&measure);
    assert_int_equal(counted(&measure, COUNT_REPEATED), 0);
    for (uint32_t earlier = 1; earlier <= 2; earlier++) {
        Redress__V1__FactMeta meta = meta_of(measure.sequence + 1, 6000);
        Redress__V1__RepeatRecognised fact = REDRESS__V1__REPEAT_RECOGNISED__INIT;
        fact.meta = &meta;
        fact.earlier = earlier;
        assert_true(measure_apply(&measure, "redress.v1.RepeatRecognised", &fact.base));
        assert_int_equal(counted(&measure, COUNT_REPEATED), 1);
    }
}

static void test_a_return_is_the_units_that_has_the_case(void **unused) {
    (void)unused;
    struct measure measure = {.sequence = 1,
                              .tenant = "bureau",
                              .unit = "bureau.complaints",
                              .category = "waiting",
                              .received_at_ms = 7};
    struct handling handling;
    assert_false(measure_handling(&measure, "redress.v1.CaseCommented", &handling));
    assert_true(measure_handling(&measure, "redress.v1.ReturnRequested", &handling));
    assert_int_equal(handling.kind, HANDLING_RETURNED);
    assert_string_equal(handling.unit, "bureau.complaints");
    assert_string_equal(handling.category, "waiting");
    assert_int_equal(handling.received_at_ms, 7);
}

static void test_repeats_change_with_what_makes_them_only(void **unused) {
    (void)unused;
    const struct measure open = {.sequence = 1, .unit = "a", .category = "b"};
    static const struct {
        struct measure before;
        struct measure after;
        bool changes;
    } rows[] = {
        {{.sequence = 1}, {.sequence = 2, .unit = "c"}, false}, // neither accepted nor closed
        {{.sequence = 1}, {.sequence = 2, .accepted_at_ms = 5}, true},
        {{.accepted_at_ms = 5}, {.accepted_at_ms = 6}, false},
        {{.accepted_at_ms = 5}, {.accepted_at_ms = 5, .unit = "c"}, true},
        {{.accepted_at_ms = 5}, {.accepted_at_ms = 5, .category = "c"}, true},
        {{.accepted_at_ms = 5}, {.accepted_at_ms = 5, .erased = true}, true},
        {{.accepted_at_ms = 5}, {.accepted_at_ms = 5, .replied_at_ms = 7}, false},
        {{.sequence = 1}, {.closed_at_ms = 7}, true},
        {{.closed_at_ms = 7}, {.closed_at_ms = 0}, true},
        {{.closed_at_ms = 7}, {.closed_at_ms = 9}, true},
    };
    assert_false(measure_changes_repeats(&open, &open));
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        assert_int_equal(measure_changes_repeats(&rows[i].before, &rows[i].after), rows[i].changes);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_repeat_or_a_gap_changes_nothing),
        cmocka_unit_test(test_a_response_counts_in_time_until_its_due_moment),
        cmocka_unit_test(
            test_a_case_that_is_supervised_twice_counts_once_and_only_where_it_was_accepted),
        cmocka_unit_test(test_an_erasure_takes_the_hashes),
        cmocka_unit_test(test_a_case_that_is_registered_again_keeps_three_hashes),
        cmocka_unit_test(test_a_case_before_its_first_fact_counts_nothing),
        cmocka_unit_test(test_a_fact_that_does_not_count_moves_the_sequence),
        cmocka_unit_test(test_a_case_that_is_not_accepted_is_left_out_of_timeliness),
        cmocka_unit_test(test_a_case_that_another_stands_for_is_shown_apart),
        cmocka_unit_test(test_whom_the_lead_passes_to_stands_in_the_numbers),
        cmocka_unit_test(test_who_comes_again_counts_once),
        cmocka_unit_test(test_a_return_is_the_units_that_has_the_case),
        cmocka_unit_test(test_repeats_change_with_what_makes_them_only),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
