// SPDX-License-Identifier: Apache-2.0
// The mediation of a dispute: which step follows which, and which clocks each one ends.
#include "promise_story.h"

#define STAGE(name) REDRESS__V1__MEDIATION_STAGE__MEDIATION_STAGE_##name

static const char *record(Redress__V1__MediationStage stage) {
    return give(INPUT_RECORD_MEDIATION, (struct case_command){.entry = {.kind = (uint32_t)stage}});
}

static uint64_t told_by(Redress__V1__MediationStage stage) {
    struct fact fact;
    fact_init(&fact, FACT_MEDIATION_RECORDED);
    fact.body.mediation_recorded.stage = stage;
    return milestones_of(&fact.body.mediation_recorded.base);
}

static void test_a_step_follows_the_one_before_it(void **unused) {
    (void)unused;
    assert_string_equal(record(STAGE(ACCEPTED)), "mediation-stage");
    assert_string_equal(decision.field, "stage");
    assert_string_equal(record(STAGE(REQUESTED)), "");
    assert_string_equal(record(STAGE(REQUESTED)), "mediation-stage");
    assert_string_equal(record(STAGE(AGREED)), "mediation-stage");
    assert_string_equal(record(STAGE(ACCEPTED)), "");
    assert_string_equal(record(STAGE(DECLINED)), "mediation-stage");
    assert_string_equal(record(STAGE(FAILED)), "");
    assert_int_equal(state.mediation, STAGE(FAILED));
    assert_string_equal(decision.facts[0].body.mediation_recorded.note, "text");
    assert_string_equal(record(STAGE(AGREED)), "mediation-stage");
    assert_string_equal(record(STAGE(REQUESTED)), ""); // may be asked for again
    assert_string_equal(record(STAGE(DECLINED)), "");
    assert_int_equal(state.parts.revision, 5); // each is seen by If-Match
}

static void test_a_mediation_is_of_a_case_that_is_ours_and_open(void **unused) {
    (void)unused;
    state.status = CASE_TRIAGED;
    assert_string_equal(record(STAGE(REQUESTED)), "wrong-state");
    state.status = CASE_CLOSED;
    assert_string_equal(record(STAGE(REQUESTED)), "wrong-state");
}

static void test_no_case_is_closed_under_a_mediation(void **unused) {
    (void)unused;
    state.status = CASE_REPLIED;
    state.followed_up = true;
    record(STAGE(REQUESTED));
    assert_string_equal(give(INPUT_CLOSE, (struct case_command){0}), "in-mediation");
    record(STAGE(ACCEPTED));
    assert_string_equal(give(INPUT_CLOSE, (struct case_command){0}), "in-mediation");
    record(STAGE(FAILED));
    assert_string_equal(give(INPUT_CLOSE, (struct case_command){0}), "");
    assert_int_equal(state.status, CASE_CLOSED);
}

static void test_each_step_is_what_the_pack_waits_for(void **unused) {
    (void)unused;
    assert_true(told_by(STAGE(REQUESTED)) == MILESTONE_BIT(MILESTONE_MEDIATION_REQUESTED));
    assert_true(told_by(STAGE(ACCEPTED)) == (MILESTONE_BIT(MILESTONE_MEDIATION_ACCEPTED) |
                                             MILESTONE_BIT(MILESTONE_MEDIATION_ANSWERED)));
    assert_true(told_by(STAGE(DECLINED)) == MILESTONE_BIT(MILESTONE_MEDIATION_ANSWERED));
    assert_true(told_by(STAGE(AGREED)) == MILESTONE_BIT(MILESTONE_MEDIATION_ENDED));
    // Given up before it was accepted or after: neither is waited for any more.
    assert_true(told_by(STAGE(FAILED)) == (MILESTONE_BIT(MILESTONE_MEDIATION_ANSWERED) |
                                           MILESTONE_BIT(MILESTONE_MEDIATION_ENDED)));
    assert_true(told_by((Redress__V1__MediationStage)77) == 0); // of a newer ledger
    assert_true(fact_has_traits(FACT_MEDIATION_RECORDED));      // by which its clocks are armed
}

int main(void) {
    const struct CMUnitTest tests[] = {
        TEST(test_a_step_follows_the_one_before_it),
        TEST(test_a_mediation_is_of_a_case_that_is_ours_and_open),
        TEST(test_no_case_is_closed_under_a_mediation),
        TEST(test_each_step_is_what_the_pack_waits_for),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
