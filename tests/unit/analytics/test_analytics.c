// SPDX-License-Identifier: Apache-2.0
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "analytics.h"

static Redress__V1__FactMeta meta_of(uint64_t sequence, int64_t at_ms) {
    Redress__V1__FactMeta meta = REDRESS__V1__FACT_META__INIT;
    meta.tenant = "bureau";
    meta.sequence = sequence;
    meta.decided_at_ms = at_ms;
    return meta;
}

static void registered(struct measure *measure) {
    Redress__V1__FactMeta meta = meta_of(1, 1000);
    Redress__V1__CaseRegistered fact = REDRESS__V1__CASE_REGISTERED__INIT;
    fact.meta = &meta;
    fact.received_at_ms = 1000;
    assert_true(measure_apply(measure, "redress.v1.CaseRegistered", &fact.base));
}

static bool armed(struct measure *measure, uint64_t sequence, const char *name, int64_t due_ms) {
    Redress__V1__FactMeta meta = meta_of(sequence, 1000);
    Redress__V1__ClockTerms terms = REDRESS__V1__CLOCK_TERMS__INIT;
    Redress__V1__ClockArmed fact = REDRESS__V1__CLOCK_ARMED__INIT;
    terms.name = (char *)name;
    terms.due_at_ms = due_ms;
    fact.meta = &meta;
    fact.terms = &terms;
    return measure_apply(measure, "redress.v1.ClockArmed", &fact.base);
}

static bool accepted(struct measure *measure, uint64_t sequence, int64_t at_ms) {
    Redress__V1__FactMeta meta = meta_of(sequence, at_ms);
    Redress__V1__CaseAccepted fact = REDRESS__V1__CASE_ACCEPTED__INIT;
    fact.meta = &meta;
    return measure_apply(measure, "redress.v1.CaseAccepted", &fact.base);
}

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

static bool stopped(struct measure *measure, uint64_t sequence, const char *name, bool displaced) {
    Redress__V1__FactMeta meta = meta_of(sequence, 1000);
    Redress__V1__ClockStopped fact = REDRESS__V1__CLOCK_STOPPED__INIT;
    fact.name = (char *)name;
    fact.displaced = displaced;
    fact.meta = &meta;
    return measure_apply(measure, "redress.v1.ClockStopped", &fact.base);
}

// A petition's limit waits for its acceptance: until then nobody owes it.
static void test_a_clock_that_is_displaced_is_due_at_no_time_until_it_begins(void **unused) {
    (void)unused;
    struct measure measure = {.sequence = 0};
    registered(&measure);
    assert_true(armed(&measure, 2, "first_response", 8000));
    assert_true(armed(&measure, 3, "resolution", 9000));
    assert_true(stopped(&measure, 4, "first_response", false));
    assert_true(stopped(&measure, 5, "resolution", false)); // what it waited for happened
    assert_int_equal(measure.first_due_at_ms, 8000);
    assert_int_equal(measure.resolution_due_at_ms, 9000);
    assert_true(stopped(&measure, 6, "resolution", true));
    assert_int_equal(measure.first_due_at_ms, 8000);
    assert_int_equal(measure.resolution_due_at_ms, 0);
    assert_true(stopped(&measure, 7, "acceptance", true)); // no indicator counts it
    assert_true(stopped(&measure, 8, "first_response", true));
    assert_int_equal(measure.first_due_at_ms, 0);
    assert_true(armed(&measure, 9, "resolution", 60000));
    assert_int_equal(measure.resolution_due_at_ms, 60000);
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

static void plain(struct measure *measure, const char *type) {
    Redress__V1__FactMeta meta = meta_of(measure->sequence + 1, 9000);
    Redress__V1__CaseClosed fact = REDRESS__V1__CASE_CLOSED__INIT; // begins as they all do
    fact.meta = &meta;
    assert_true(measure_apply(measure, type, &fact.base));
}

static int64_t counted(const struct measure *measure, enum count kind) {
    struct contribution contribution;
    measure_contribution(measure, &contribution);
    return contribution.counts[kind];
}

static void test_the_first_closure_and_the_true_one_are_apart(void **unused) {
    (void)unused;
    struct measure measure = {.sequence = 0};
    registered(&measure);
    plain(&measure, "redress.v1.CaseClosed");
    assert_int_equal(counted(&measure, COUNT_CLOSED), 1);
    plain(&measure, "redress.v1.ReworkOrdered");
    assert_int_equal(counted(&measure, COUNT_CLOSED), 0);
    assert_int_equal(counted(&measure, COUNT_FIRST_CLOSED), 1);
    plain(&measure, "redress.v1.CaseClosed");
    plain(&measure, "redress.v1.CaseWithdrawn"); // of a review: it stays closed
    assert_int_equal(counted(&measure, COUNT_CLOSED), 1);
    assert_int_equal(counted(&measure, COUNT_GIVEN_UP), 0);
}

static void rated(struct measure *measure, uint32_t overall) {
    Redress__V1__FactMeta meta = meta_of(measure->sequence + 1, 9000);
    Redress__V1__FeedbackRecorded fact = REDRESS__V1__FEEDBACK_RECORDED__INIT;
    fact.meta = &meta;
    fact.overall = overall;
    fact.solved = overall == 5;
    assert_true(measure_apply(measure, "redress.v1.FeedbackRecorded", &fact.base));
}

static void followed_up(struct measure *measure, bool reached, bool solved) {
    Redress__V1__FactMeta meta = meta_of(measure->sequence + 1, 9000);
    Redress__V1__FollowUpRecorded fact = REDRESS__V1__FOLLOW_UP_RECORDED__INIT;
    fact.meta = &meta;
    fact.reached = reached;
    fact.solved = solved;
    assert_true(measure_apply(measure, "redress.v1.FollowUpRecorded", &fact.base));
}

static void happened(struct measure *measure, char fact) {
    switch (fact) {
    case '1':
    case '4':
    case '5':
        rated(measure, (uint32_t)(fact - '0'));
        break;
    case 'y':
    case 'n':
        followed_up(measure, true, fact == 'y');
        break;
    case '-':
        followed_up(measure, false, false);
        break;
    case 'c':
        plain(measure, "redress.v1.CaseClosed");
        break;
    case 'w':
        plain(measure, "redress.v1.ReworkOrdered");
        break;
    default:
        plain(measure, "redress.v1.CaseReopened");
    }
}

// Digits: rated so, 5 is solved; y and n: staff heard solved or not; -: nobody reached; c: closed;
// w: rework; o: reopened.
static void test_ratings_and_answers_count_by_round(void **unused) {
    (void)unused;
    static const struct {
        const char *facts;
        int64_t counts[6]; // rated, satisfied, answered, solved, closures, covered
    } rows[] = {
        {"", {0, 0, 0, 0, 0, 0}},
        {"5", {1, 1, 1, 1, 0, 0}},
        {"c", {0, 0, 0, 0, 1, 0}},
        {"5c", {1, 1, 1, 1, 1, 1}},
        {"c5", {1, 1, 1, 1, 1, 1}},
        {"yc", {0, 0, 1, 1, 1, 1}}, // what staff heard is an answer, and no rating
        {"n", {0, 0, 1, 0, 0, 0}},
        {"--c", {0, 0, 0, 0, 1, 0}}, // nobody was reached
        {"y-c", {0, 0, 1, 1, 1, 1}}, // and that takes no answer away
        {"yn", {0, 0, 1, 0, 0, 0}},  // of what staff heard the newest
        {"ny", {0, 0, 1, 1, 0, 0}},
        {"4yc", {1, 1, 1, 0, 1, 1}}, // the complainant's own prevails, whichever came first
        {"yc4", {1, 1, 1, 0, 1, 1}},
        {"5n", {1, 1, 1, 1, 0, 0}},
        {"1w5c", {2, 1, 2, 1, 1, 1}}, // a rework: each round's counts
        {"nw", {0, 0, 1, 0, 0, 0}},
        {"nwyc", {0, 0, 2, 1, 1, 1}},
        {"c1w--c", {1, 0, 1, 0, 2, 1}}, // of two closures one is covered
        {"c5oc5", {2, 2, 2, 2, 2, 2}},
        {"ycocow5", {1, 1, 2, 2, 2, 1}},
        {"c1wyc5oc", {2, 1, 2, 1, 3, 2}},
    };
    static const enum count kinds[] = {COUNT_RATED,  COUNT_SATISFIED, COUNT_ANSWERED,
                                       COUNT_SOLVED, COUNT_CLOSURES,  COUNT_COVERED};
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct measure measure = {.sequence = 0};
        registered(&measure);
        for (const char *fact = rows[i].facts; *fact != '\0'; fact++) {
            happened(&measure, *fact);
        }
        for (size_t k = 0; k < sizeof kinds / sizeof kinds[0]; k++) {
            assert_int_equal(counted(&measure, kinds[k]), rows[i].counts[k]);
        }
    }
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

static void dues_of(const struct measure *measure, int64_t dues[DUE_KINDS]) {
    struct contribution contribution;
    measure_contribution(measure, &contribution);
    memcpy(dues, contribution.dues, sizeof contribution.dues);
}

static void test_what_is_due_follows_the_case(void **unused) {
    (void)unused;
    static const struct {
        struct measure measure;
        int64_t dues[DUE_KINDS]; // unresponded, owed, on time, overdue
    } rows[] = {
        {{.sequence = 1}, {0, 0, 0, 0}},
        {{.sequence = 2, .first_due_at_ms = 5}, {1, 0, 0, 0}},
        {{.sequence = 2, .first_due_at_ms = 5, .first_response_at_ms = 9}, {0, 0, 0, 0}},
        {{.sequence = 2, .resolution_due_at_ms = 5}, {0, 1, 0, 1}},
        {{.sequence = 2, .resolution_due_at_ms = 5, .run_replied_at_ms = 5}, {0, 1, 1, 0}},
        {{.sequence = 2, .resolution_due_at_ms = 5, .run_replied_at_ms = 6}, {0, 1, 0, 0}},
        {{.sequence = 2, .resolution_due_at_ms = 5, .run_replied_at_ms = 5, .was_late = true},
         {0, 1, 0, 0}},
        {{.sequence = 2, .resolution_due_at_ms = 5, .closed_at_ms = 4}, {0, 1, 0, 0}},
        {{.sequence = 2, .first_due_at_ms = 5, .resolution_due_at_ms = 5, .merged = true},
         {0, 0, 0, 0}},
        {{.sequence = 2, .first_due_at_ms = 5, .resolution_due_at_ms = 5, .end = END_GIVEN_UP},
         {0, 0, 0, 0}},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        int64_t dues[DUE_KINDS];
        dues_of(&rows[i].measure, dues);
        assert_memory_equal(dues, rows[i].dues, sizeof dues);
    }
}

static void replied(struct measure *measure, int64_t at_ms) {
    Redress__V1__FactMeta meta = meta_of(measure->sequence + 1, at_ms);
    Redress__V1__CaseReplied fact = REDRESS__V1__CASE_REPLIED__INIT;
    fact.meta = &meta;
    assert_true(measure_apply(measure, "redress.v1.CaseReplied", &fact.base));
}

static void armed_again(struct measure *measure, int64_t started_ms, int64_t due_ms) {
    Redress__V1__FactMeta meta = meta_of(measure->sequence + 1, started_ms);
    Redress__V1__ClockTerms terms = REDRESS__V1__CLOCK_TERMS__INIT;
    Redress__V1__ClockArmed fact = REDRESS__V1__CLOCK_ARMED__INIT;
    terms.name = "resolution";
    terms.restarted_on = "rework";
    terms.started_at_ms = started_ms;
    terms.due_at_ms = due_ms;
    fact.meta = &meta;
    fact.terms = &terms;
    assert_true(measure_apply(measure, "redress.v1.ClockArmed", &fact.base));
}

// Due at 100, taken up again at 200, due again at 300.
static void test_each_run_needs_a_reply_in_time(void **unused) {
    (void)unused;
    static const struct {
        int64_t first, second; // replies; 0: none
        bool armed_late;       // after the second reply
        int64_t dues[DUE_KINDS];
    } rows[] = {
        {90, 0, false, {0, 1, 0, 1}},    {90, 250, false, {0, 1, 1, 0}},
        {90, 310, false, {0, 1, 0, 0}},  {110, 0, false, {0, 1, 0, 1}},
        {110, 250, false, {0, 1, 0, 0}}, {90, 250, true, {0, 1, 1, 0}},
        {90, 310, true, {0, 1, 0, 0}},   {110, 250, true, {0, 1, 0, 0}},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct measure measure = {.sequence = 0};
        int64_t dues[DUE_KINDS];
        registered(&measure);
        assert_true(armed(&measure, 2, "resolution", 100));
        replied(&measure, rows[i].first);
        plain(&measure, "redress.v1.ReworkOrdered");
        if (!rows[i].armed_late) {
            armed_again(&measure, 200, 300);
        }
        if (rows[i].second != 0) {
            replied(&measure, rows[i].second);
        }
        if (rows[i].armed_late) {
            armed_again(&measure, 200, 300);
        }
        dues_of(&measure, dues);
        assert_memory_equal(dues, rows[i].dues, sizeof dues);
        assert_int_equal(counted(&measure, COUNT_REPLIED_ON_TIME), dues[DUE_ON_TIME]);
    }
}

static void test_what_rests_or_was_given_more_time_is_due_then(void **unused) {
    (void)unused;
    struct measure measure = {.sequence = 0};
    Redress__V1__ClockTerms terms = REDRESS__V1__CLOCK_TERMS__INIT;
    Redress__V1__ClockPaused paused = REDRESS__V1__CLOCK_PAUSED__INIT;
    Redress__V1__ExtensionDecided extended = REDRESS__V1__EXTENSION_DECIDED__INIT;
    registered(&measure);
    assert_true(armed(&measure, 2, "resolution", 100));
    Redress__V1__FactMeta meta = meta_of(3, 50);
    paused.meta = &meta;
    paused.name = "resolution";
    paused.terms = &terms;
    terms.due_at_ms = 300;
    assert_true(measure_apply(&measure, "redress.v1.ClockPaused", &paused.base));
    assert_true(measure.resolution_due_at_ms == 300);
    meta = meta_of(4, 60);
    extended.meta = &meta;
    extended.clock = "resolution";
    extended.due_at_ms = 400;
    assert_true(measure_apply(&measure, "redress.v1.ExtensionDecided", &extended.base));
    assert_true(measure.resolution_due_at_ms == 300); // denied
    extended.granted = true;
    meta.sequence = 5;
    assert_true(measure_apply(&measure, "redress.v1.ExtensionDecided", &extended.base));
    assert_true(measure.resolution_due_at_ms == 400);
}

// An emergency, which nobody replies to.
static void test_what_was_closed_in_time_without_a_reply_owes_none(void **unused) {
    (void)unused;
    for (int64_t closed_ms = 100; closed_ms <= 101; closed_ms++) {
        struct measure measure = {.sequence = 0};
        int64_t dues[DUE_KINDS];
        Redress__V1__CaseClosed closed = REDRESS__V1__CASE_CLOSED__INIT;
        registered(&measure);
        assert_true(armed(&measure, 2, "resolution", 100));
        Redress__V1__FactMeta meta = meta_of(3, closed_ms);
        closed.meta = &meta;
        assert_true(measure_apply(&measure, "redress.v1.CaseClosed", &closed.base));
        dues_of(&measure, dues);
        assert_int_equal(dues[DUE_OWED], closed_ms > 100);
        assert_int_equal(dues[DUE_ON_TIME] + dues[DUE_OVERDUE], 0);
    }
}

static void test_a_rework_that_begins_no_other_run_owes_no_second_reply(void **unused) {
    (void)unused;
    struct measure measure = {.sequence = 0};
    int64_t dues[DUE_KINDS];
    registered(&measure);
    assert_true(armed(&measure, 2, "resolution", 100));
    replied(&measure, 90);
    plain(&measure, "redress.v1.ReworkOrdered");
    replied(&measure, 310);
    plain(&measure, "redress.v1.ReworkOrdered");
    dues_of(&measure, dues);
    assert_int_equal(dues[DUE_OWED], 1);
    assert_int_equal(dues[DUE_ON_TIME], 1);
    assert_int_equal(dues[DUE_OVERDUE], 0);
}

static void test_what_was_breached_before_any_reply_stays_late(void **unused) {
    (void)unused;
    struct measure measure = {.sequence = 0};
    int64_t dues[DUE_KINDS];
    registered(&measure);
    assert_true(armed(&measure, 2, "resolution", 100));
    Redress__V1__FactMeta meta = meta_of(3, 100);
    Redress__V1__ClockBreached fact = REDRESS__V1__CLOCK_BREACHED__INIT;
    fact.name = "resolution";
    fact.meta = &meta;
    assert_true(measure_apply(&measure, "redress.v1.ClockBreached", &fact.base));
    plain(&measure, "redress.v1.CaseNotAccepted");
    plain(&measure, "redress.v1.CaseReopened");
    armed_again(&measure, 200, 300);
    replied(&measure, 250);
    dues_of(&measure, dues);
    assert_int_equal(dues[DUE_OWED], 1);
    assert_int_equal(dues[DUE_ON_TIME], 0);
}

static void test_only_what_was_closed_is_reopened(void **unused) {
    (void)unused;
    struct measure measure = {.sequence = 0};
    struct handling handling;
    registered(&measure);
    plain(&measure, "redress.v1.CaseNotAccepted");
    plain(&measure, "redress.v1.CaseReopened");
    assert_false(measure_handling(&measure, "redress.v1.CaseReopened", &handling));
    plain(&measure, "redress.v1.CaseClosed");
    plain(&measure, "redress.v1.CaseReopened");
    assert_true(measure_handling(&measure, "redress.v1.CaseReopened", &handling));
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
        cmocka_unit_test(test_a_clock_that_is_displaced_is_due_at_no_time_until_it_begins),
        cmocka_unit_test(
            test_a_case_that_is_supervised_twice_counts_once_and_only_where_it_was_accepted),
        cmocka_unit_test(test_an_erasure_takes_the_hashes),
        cmocka_unit_test(test_a_case_that_is_registered_again_keeps_three_hashes),
        cmocka_unit_test(test_a_case_before_its_first_fact_counts_nothing),
        cmocka_unit_test(test_a_fact_that_does_not_count_moves_the_sequence),
        cmocka_unit_test(test_the_first_closure_and_the_true_one_are_apart),
        cmocka_unit_test(test_ratings_and_answers_count_by_round),
        cmocka_unit_test(test_a_case_that_is_not_accepted_is_left_out_of_timeliness),
        cmocka_unit_test(test_a_case_that_another_stands_for_is_shown_apart),
        cmocka_unit_test(test_whom_the_lead_passes_to_stands_in_the_numbers),
        cmocka_unit_test(test_who_comes_again_counts_once),
        cmocka_unit_test(test_a_return_is_the_units_that_has_the_case),
        cmocka_unit_test(test_what_is_due_follows_the_case),
        cmocka_unit_test(test_each_run_needs_a_reply_in_time),
        cmocka_unit_test(test_what_rests_or_was_given_more_time_is_due_then),
        cmocka_unit_test(test_what_was_closed_in_time_without_a_reply_owes_none),
        cmocka_unit_test(test_a_rework_that_begins_no_other_run_owes_no_second_reply),
        cmocka_unit_test(test_what_was_breached_before_any_reply_stays_late),
        cmocka_unit_test(test_only_what_was_closed_is_reopened),
        cmocka_unit_test(test_repeats_change_with_what_makes_them_only),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
