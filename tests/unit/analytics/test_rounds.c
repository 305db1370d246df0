// SPDX-License-Identifier: Apache-2.0
// What is counted by round: closures, ratings, what staff heard, reopenings.
#include "measure_facts.h"

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

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_the_first_closure_and_the_true_one_are_apart),
        cmocka_unit_test(test_ratings_and_answers_count_by_round),
        cmocka_unit_test(test_only_what_was_closed_is_reopened),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
