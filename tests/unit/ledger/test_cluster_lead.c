// SPDX-License-Identifier: Apache-2.0
// Who stands for a cluster in the numbers, and to whom that passes when the leading case ends.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "cluster.h"
#include "permission.h"

#define NOW INT64_C(1770971400000)
#define CASES 4

static char ids[CASES][37];
static struct work work;
static struct case_decision decision;
static unsigned causes;

static struct case_state *state_of(unsigned number) {
    return &work_find(&work, ids[number])->state;
}

// Received in the order 2, 1, 0, 3.
static int begin(void **unused) {
    (void)unused;
    static const int ages[CASES] = {2, 3, 4, 1};
    const char *list[CASES];
    for (unsigned i = 0; i < CASES; i++) {
        snprintf(ids[i], sizeof ids[i], "00000000-0000-8000-8000-%012u", i);
        list[i] = ids[i];
    }
    if (work_begin(&work, list, CASES, NULL) != RC_OK) {
        return -1;
    }
    for (unsigned i = 0; i < CASES; i++) {
        snprintf(state_of(i)->tenant, sizeof state_of(i)->tenant, "clinic");
        state_of(i)->status = CASE_DISPATCHED;
        state_of(i)->sequence = 3;
        state_of(i)->received_at_ms = NOW - ages[i];
    }
    return 0;
}

static int end(void **unused) {
    (void)unused;
    work_free(&work);
    return 0;
}

// The refusal's code; "" where it was done.
static const char *merge(unsigned one, unsigned other) {
    static struct error error;
    char cause_id[37];
    struct case_actor actor = {.subject = "lin", .roles = ROLE_SUPERVISOR};
    struct case_command command = {
        .actor = &actor, .text = "同一事项", .relation = {.with = ids[other]}};
    struct case_input input = {
        .kind = INPUT_MERGE, .cause_id = cause_id, .actor = "lin", .of.command = &command};
    snprintf(cause_id, sizeof cause_id, "10000000-0000-8000-8000-%012u", ++causes);
    enum rc rc = cluster_apply(&work, work_find(&work, ids[one]), &input, NOW, &decision, &error);
    assert_int_equal(rc, RC_OK);
    return decision.verdict == CASE_DECIDED_REFUSAL ? decision.code : "";
}

static void test_a_case_that_went_elsewhere_leads_nobody_archived_or_not(void **unused) {
    (void)unused;
    state_of(2)->status = CASE_REDIRECTED;
    assert_string_equal(merge(3, 1), "");
    assert_true(state_of(1)->cluster.leads);
    state_of(1)->status = CASE_ARCHIVED; // never closed
    assert_string_equal(merge(3, 2), "");
    assert_true(state_of(3)->cluster.leads);
    assert_string_equal(merge(3, 0), "");
    assert_true(state_of(0)->cluster.leads);
}

// As the ledger does: the input, and what follows for its cluster. The refusal's code; "".
static const char *end_case(enum input_kind kind, unsigned number) {
    static struct error error;
    char cause_id[37];
    struct case_actor actor = {.subject = "lin", .roles = ROLE_SUPERVISOR, .region = true};
    struct case_command command = {.actor = &actor, .text = "已解决", .detail = "市医疗保障局"};
    Redress__V1__WithdrawCase withdraw = REDRESS__V1__WITHDRAW_CASE__INIT;
    struct case_input input = {.kind = kind, .cause_id = cause_id, .actor = "lin"};
    if (kind == INPUT_WITHDRAW_CASE) {
        input.of.withdraw = &withdraw;
    } else {
        input.of.command = &command;
    }
    snprintf(cause_id, sizeof cause_id, "10000000-0000-8000-8000-%012u", ++causes);
    struct work_case *target = work_find(&work, ids[number]);
    assert_int_equal(work_apply(&work, target, &input, NOW, &decision, &error), RC_OK);
    if (decision.verdict == CASE_DECIDED_FACTS &&
        cluster_pass_lead(&work, target, &input, NOW, &error) != RC_OK) {
        return error.code;
    }
    return decision.verdict == CASE_DECIDED_REFUSAL ? decision.code : "";
}

static void merge_three(void) { // received in the order 2, 1, 0
    assert_string_equal(merge(0, 1), "");
    assert_string_equal(merge(0, 2), "");
    assert_true(state_of(2)->cluster.leads);
}

// The last fact of the work, and the one before.
static void assert_passed(unsigned from, unsigned to) {
    for (unsigned i = 0; i < 2; i++) {
        const struct work_event *event = &work.events[work.event_count - 2 + i];
        struct fact fact;
        ProtobufCMessage *message = NULL;
        assert_int_equal(event->kind, FACT_CASE_MERGED);
        assert_ptr_equal(event->of, work_find(&work, ids[i == 0 ? from : to]));
        assert_int_equal(
            fact_unpack(event->kind, event->payload, event->payload_size, &fact, &message, NULL),
            RC_OK);
        assert_int_equal(fact.body.merged.n_with, 0);
        assert_int_equal(fact.body.merged.leads, i == 1);
        assert_string_equal(fact.body.merged.cluster_id, state_of(to)->cluster.cluster_id);
        assert_string_equal(fact.meta.case_id, ids[i == 0 ? from : to]);
        assert_int_equal(fact.meta.sequence, event->of->state.sequence);
        fact_release(message);
    }
    assert_false(state_of(from)->cluster.leads);
    assert_true(state_of(to)->cluster.leads);
}

static void test_the_lead_passes_when_the_leading_case_ends_without_a_closure(void **unused) {
    static const struct {
        enum input_kind kind;
        enum case_status before;
    } ends[] = {{INPUT_REFUSE, CASE_TRIAGED},
                {INPUT_REDIRECT, CASE_TRIAGED},
                {INPUT_WITHDRAW, CASE_REPLIED},
                {INPUT_TERMINATE, CASE_SIGNED},
                {INPUT_WITHDRAW_CASE, CASE_INVESTIGATING}};
    for (size_t i = 0; i < sizeof ends / sizeof ends[0]; i++) {
        merge_three();
        state_of(2)->status = ends[i].before;
        snprintf(state_of(2)->termination_requester, CASE_CODE_SIZE, "gao");
        struct case_state bystander = *state_of(0);
        struct case_state heir = *state_of(1);
        assert_string_equal(end_case(ends[i].kind, 2), "");
        assert_passed(2, 1);
        assert_int_equal(state_of(2)->cluster.other_count, 2);
        assert_int_equal(state_of(1)->status, CASE_DISPATCHED);
        assert_int_equal(state_of(1)->sequence, heir.sequence + 1);
        assert_memory_equal(state_of(0), &bystander, sizeof bystander);
        size_t count = work.event_count;
        causes--;
        assert_string_equal(end_case(ends[i].kind, 2), ""); // the same again
        assert_int_equal(work.event_count, count);
        assert_string_equal(end_case(INPUT_WITHDRAW_CASE, 1), "");
        assert_passed(1, 0);
        end(unused);
        begin(unused);
    }
}

static void test_the_lead_stays_where_nobody_can_take_it(void **unused) {
    (void)unused;
    merge_three();
    state_of(0)->status = CASE_WITHDRAWN;
    state_of(1)->status = CASE_REDIRECTED;
    assert_string_equal(end_case(INPUT_WITHDRAW, 2), "");
    assert_true(state_of(2)->cluster.leads);
    assert_false(state_of(0)->cluster.leads || state_of(1)->cluster.leads);
    assert_int_equal(work.events[work.event_count - 1].kind, FACT_CASE_WITHDRAWN);
    assert_string_equal(end_case(INPUT_WITHDRAW, 2), "wrong-state"); // and again nothing
}

static void test_the_lead_passes_only_from_who_leads_and_ends(void **unused) {
    (void)unused;
    merge_three();
    state_of(1)->closed_at_ms = NOW;
    state_of(1)->status = CASE_ARCHIVED; // closed cases stand in the numbers
    assert_string_equal(end_case(INPUT_WITHDRAW, 0), "");
    assert_true(state_of(2)->cluster.leads);
    assert_string_equal(end_case(INPUT_REFUSE, 2), "wrong-state"); // dispatched
    assert_true(state_of(2)->cluster.leads);
    assert_string_equal(end_case(INPUT_WITHDRAW_CASE, 2), "");
    assert_passed(2, 1);
    assert_int_equal(state_of(1)->status, CASE_ARCHIVED);
    state_of(2)->status = CASE_TRIAGED; // reopened, it follows until the next merge
    assert_string_equal(merge(3, 2), "");
    assert_true(state_of(2)->cluster.leads);
}

static void test_a_review_that_is_withdrawn_leaves_the_closure_in_the_numbers(void **unused) {
    (void)unused;
    merge_three();
    state_of(2)->status = CASE_REVIEW;
    state_of(2)->closed_at_ms = NOW;
    assert_string_equal(end_case(INPUT_WITHDRAW, 2), "");
    assert_int_equal(state_of(2)->status, CASE_WITHDRAWN);
    assert_true(state_of(2)->cluster.leads);
}

static void test_a_lead_that_cannot_be_passed_ends_nothing(void **unused) {
    (void)unused;
    merge_three();
    snprintf(state_of(2)->cluster.others[0], 37, "99999999-0000-8000-8000-000000000001");
    assert_string_equal(end_case(INPUT_WITHDRAW, 2), "stale"); // who came meanwhile is not locked
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)

int main(void) {
    const struct CMUnitTest tests[] = {
        TEST(test_a_case_that_went_elsewhere_leads_nobody_archived_or_not),
        TEST(test_the_lead_passes_when_the_leading_case_ends_without_a_closure),
        TEST(test_the_lead_stays_where_nobody_can_take_it),
        TEST(test_the_lead_passes_only_from_who_leads_and_ends),
        TEST(test_a_review_that_is_withdrawn_leaves_the_closure_in_the_numbers),
        TEST(test_a_lead_that_cannot_be_passed_ends_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
