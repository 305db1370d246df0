// SPDX-License-Identifier: Apache-2.0
// What a case owes, and whether each run had its reply in time.
#include "measure_facts.h"

#include <string.h>

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

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_clock_that_is_displaced_is_due_at_no_time_until_it_begins),
        cmocka_unit_test(test_what_is_due_follows_the_case),
        cmocka_unit_test(test_each_run_needs_a_reply_in_time),
        cmocka_unit_test(test_what_rests_or_was_given_more_time_is_due_then),
        cmocka_unit_test(test_what_was_closed_in_time_without_a_reply_owes_none),
        cmocka_unit_test(test_a_rework_that_begins_no_other_run_owes_no_second_reply),
        cmocka_unit_test(test_what_was_breached_before_any_reply_stays_late),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
