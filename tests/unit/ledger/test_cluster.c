// SPDX-License-Identifier: Apache-2.0
// Merging and unmerging over several cases: what each pair of clusters gives, and random histories
// against a plain model of who is with whom.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "case_json.h"
#include "cluster.h"
#include "earlier.h"
#include "permission.h"

#define NOW INT64_C(1770971400000)
#define CASES 20 // more than a cluster holds

static char ids[CASES][37];
static struct work work;
static struct case_decision decision;
static unsigned causes;

// Every third case was received at one moment, so that the id decides who was first.
static int begin(void **unused) {
    (void)unused;
    const char *list[CASES];
    for (unsigned i = 0; i < CASES; i++) {
        snprintf(ids[i], sizeof ids[i], "00000000-0000-8000-8000-%012u", (i * 7) % CASES);
        list[i] = ids[i];
    }
    if (work_begin(&work, list, CASES, NULL) != RC_OK) {
        return -1;
    }
    for (unsigned i = 0; i < CASES; i++) {
        struct case_state *state = &work_find(&work, ids[i])->state;
        memset(state, 0, sizeof *state);
        memcpy(state->case_id, ids[i], sizeof state->case_id);
        snprintf(state->tenant, sizeof state->tenant, i % 2 == 0 ? "clinic" : "hospital");
        state->status = CASE_DISPATCHED;
        state->sequence = 3;
        state->received_at_ms = NOW - i % 3;
    }
    return 0;
}

static int end(void **unused) {
    (void)unused;
    work_free(&work);
    return 0;
}

static struct case_state *state_of(unsigned number) {
    return &work_find(&work, ids[number])->state;
}

// The refusal's code; "" where it was done.
static const char *give_as(const char *subject, enum input_kind kind, unsigned number,
                           const char *with) {
    char cause_id[37];
    struct error error;
    struct case_actor actor = {.subject = subject, .roles = ROLE_SUPERVISOR};
    struct case_command command = {.actor = &actor, .text = "同一事项", .relation = {.with = with}};
    struct case_input input = {
        .kind = kind, .cause_id = cause_id, .actor = subject, .of.command = &command};
    snprintf(cause_id, sizeof cause_id, "10000000-0000-8000-8000-%012u", ++causes);
    decision.field = NULL; // as good as what a caller's stack holds
    enum rc rc =
        cluster_apply(&work, work_find(&work, ids[number]), &input, NOW, &decision, &error);
    assert_int_equal(rc, RC_OK);
    if (decision.verdict != CASE_DECIDED_REFUSAL) {
        return "";
    }
    assert_non_null(decision.field);
    return decision.code;
}

static const char *merge(unsigned one, unsigned other) {
    return give_as("lin", INPUT_MERGE, one, ids[other]);
}

static const char *unmerge(unsigned number) { return give_as("lin", INPUT_UNMERGE, number, NULL); }

static void test_a_merge_tells_both_and_one_leads(void **unused) {
    (void)unused;
    assert_string_equal(merge(0, 2), "");
    assert_int_equal(work.event_count, 2);
    assert_true(case_is_with(state_of(0), ids[2]) && case_is_with(state_of(2), ids[0]));
    assert_string_equal(state_of(0)->cluster.cluster_id, state_of(2)->cluster.cluster_id);
    assert_true(state_of(2)->cluster.leads); // received first
    assert_false(state_of(0)->cluster.leads);
    assert_int_equal(state_of(0)->status, CASE_DISPATCHED);
}

static void test_a_command_that_was_done_does_nothing(void **unused) {
    (void)unused;
    assert_string_equal(merge(0, 1), "");
    causes--;
    assert_string_equal(merge(0, 1), "");
    assert_int_equal(decision.verdict, CASE_DECIDED_NOTHING);
    assert_int_equal(work.event_count, 2);
}

static void test_two_clusters_are_never_made_one(void **unused) {
    (void)unused;
    assert_string_equal(merge(0, 0), "same-case");
    assert_string_equal(merge(0, 1), "");
    assert_string_equal(merge(1, 0), "already-merged");
    assert_string_equal(merge(2, 3), "");
    assert_string_equal(merge(0, 2), "other-cluster");
    assert_string_equal(unmerge(2), "");
    assert_string_equal(merge(0, 2), "");
    assert_int_equal(state_of(1)->cluster.other_count, 2);
    assert_string_equal(unmerge(3), "not-merged");
}

static void test_a_cluster_has_a_bound(void **unused) {
    (void)unused;
    for (unsigned i = 1; i < CASE_CLUSTER; i++) {
        assert_string_equal(merge(0, i), "");
    }
    assert_string_equal(merge(CASE_CLUSTER, 0), "cluster-full");
    assert_string_equal(state_of(CASE_CLUSTER)->cluster.cluster_id, "");
    assert_int_equal(state_of(7)->cluster.other_count, CASE_CLUSTER - 1);
}

// What may not be done to one of them is done to none: the caller drops the work.
static void test_each_member_is_asked_by_its_own_rules(void **unused) {
    (void)unused;
    state_of(1)->status = CASE_ARCHIVED;
    assert_string_equal(merge(0, 1), "other-archived"); // archived alone, it joins nobody
    assert_string_equal(decision.field, "with");
    end(NULL);
    begin(NULL);
    state_of(1)->status = CASE_ARCHIVED;
    assert_string_equal(merge(1, 0), "not-merged");
    assert_string_equal(decision.field, "");
    end(NULL);
    begin(NULL);
    case_add_conflict(state_of(1), "gao");
    assert_string_equal(give_as("gao", INPUT_MERGE, 0, ids[1]), "case-not-found");
    end(NULL);
    begin(NULL);
    struct case_actor clinic = {.subject = "li", .roles = ROLE_SUPERVISOR, .tenants = "clinic"};
    struct case_command command = {.actor = &clinic, .text = "x", .relation = {.with = ids[1]}};
    struct case_input input = {
        .kind = INPUT_MERGE, .cause_id = ids[0], .actor = "li", .of.command = &command};
    assert_int_equal(cluster_apply(&work, work_find(&work, ids[0]), &input, NOW, &decision, NULL),
                     RC_OK);
    assert_string_equal(decision.code, "case-not-found");
}

static void test_an_erased_case_joins_nobody_and_holds_up_no_cluster(void **unused) {
    (void)unused;
    state_of(1)->erased = true;
    assert_string_equal(merge(0, 1), "erased");
    assert_string_equal(decision.field, "with");
    assert_string_equal(merge(1, 0), "erased");
    assert_string_equal(decision.field, "");
    end(NULL);
    begin(NULL);
    assert_string_equal(merge(0, 1), "");
    state_of(1)->erased = true;
    assert_string_equal(merge(2, 1), "");
    assert_string_equal(unmerge(1), "");
    assert_string_equal(merge(1, 0), "erased");
}

static void test_an_archived_member_holds_up_no_cluster(void **unused) {
    (void)unused;
    assert_string_equal(merge(2, 0), "");
    assert_true(state_of(2)->cluster.leads);
    state_of(2)->status = CASE_ARCHIVED;
    state_of(2)->closed_at_ms = NOW;
    assert_string_equal(merge(1, 0), ""); // another joins
    assert_true(case_is_with(state_of(2), ids[1]) && state_of(2)->cluster.leads);
    assert_string_equal(unmerge(1), ""); // and leaves
    assert_false(case_is_with(state_of(2), ids[1]));
    assert_string_equal(merge(2, 5), ""); // whichever member it is asked of
    assert_string_equal(unmerge(2), "");  // who leads may change
    assert_false(state_of(2)->cluster.leads);
    assert_string_equal(state_of(2)->cluster.cluster_id, "");
    assert_true(state_of(5)->cluster.leads && case_is_with(state_of(5), ids[0]));
    assert_int_equal(state_of(2)->status, CASE_ARCHIVED);
    assert_string_equal(merge(2, 0), "not-merged");
}

static void test_a_member_that_came_meanwhile_is_told(void **unused) {
    (void)unused;
    struct error error;
    struct case_state *state = state_of(0);
    state->cluster.other_count = 1;
    snprintf(state->cluster.others[0], sizeof state->cluster.others[0],
             "99999999-0000-8000-8000-000000000001");
    struct case_actor actor = {.subject = "lin", .roles = ROLE_SUPERVISOR};
    struct case_command command = {.actor = &actor, .text = "x", .relation = {.with = ids[1]}};
    struct case_input input = {
        .kind = INPUT_MERGE, .cause_id = ids[0], .actor = "lin", .of.command = &command};
    assert_int_equal(cluster_apply(&work, work_find(&work, ids[0]), &input, NOW, &decision, &error),
                     RC_CONFLICT);
    assert_string_equal(error.code, "stale");
}

// xorshift64*: Marsaglia, Xorshift RNGs, 2003; the multiplier is Vigna's.
static uint64_t seed = UINT64_C(88172645463325252);
static unsigned draw(unsigned below) {
    seed ^= seed >> 12;
    seed ^= seed << 25;
    seed ^= seed >> 27;
    return (unsigned)((seed * UINT64_C(2685821657736338717)) >> 33) % below;
}

static unsigned group[CASES]; // the model: cases of one number are of one matter

static unsigned size_of(unsigned number) {
    unsigned size = 0;
    for (unsigned i = 0; i < CASES; i++) {
        size += group[i] == group[number];
    }
    return size;
}

static const char *expected_merge(unsigned one, unsigned other) {
    if (one == other) {
        return "same-case";
    }
    if (group[one] == group[other]) {
        return "already-merged";
    }
    if (size_of(one) > 1 && size_of(other) > 1) {
        return "other-cluster";
    }
    return size_of(one) + size_of(other) > CASE_CLUSTER ? "cluster-full" : "";
}

static bool is_first(unsigned number) {
    for (unsigned i = 0; i < CASES; i++) {
        int64_t apart = state_of(i)->received_at_ms - state_of(number)->received_at_ms;
        if (group[i] == group[number] &&
            (apart < 0 || (apart == 0 && strcmp(ids[i], ids[number]) < 0))) {
            return false;
        }
    }
    return true;
}

static void check_model(void) {
    for (unsigned i = 0; i < CASES; i++) {
        const struct case_cluster *cluster = &state_of(i)->cluster;
        assert_int_equal(cluster->other_count, size_of(i) - 1);
        assert_int_equal(cluster->leads, size_of(i) > 1 && is_first(i));
        for (unsigned j = 0; j < CASES; j++) {
            bool together = i != j && group[i] == group[j];
            assert_int_equal(case_is_with(state_of(i), ids[j]), together);
            if (i != j && cluster->cluster_id[0] != '\0') {
                bool same = strcmp(cluster->cluster_id, state_of(j)->cluster.cluster_id) == 0;
                assert_int_equal(same, together);
            }
        }
    }
}

static void copy_states(struct case_state states[CASES]) {
    for (unsigned i = 0; i < CASES; i++) {
        states[i] = *state_of(i);
    }
}

// But for how many facts there are, and when and after which the last one was.
static void assert_states(const struct case_state states[CASES]) {
    for (unsigned i = 0; i < CASES; i++) {
        struct case_state now = *state_of(i);
        now.sequence = states[i].sequence;
        now.updated_at_ms = states[i].updated_at_ms;
        memcpy(now.hash, states[i].hash, sizeof now.hash);
        assert_memory_equal(&now, &states[i], sizeof now);
    }
}

static void random_merge(unsigned one, unsigned other) {
    static struct case_state before[CASES];
    bool joins_one = size_of(one) > 1; // then the other is who joins
    const char *expected = expected_merge(one, other);
    copy_states(before);
    assert_string_equal(merge(one, other), expected);
    if (expected[0] != '\0') {
        assert_states(before);
        return;
    }
    if (draw(2) == 0) { // merge then unmerge is the identity
        assert_string_equal(unmerge(joins_one ? other : one), "");
        assert_states(before);
        return;
    }
    unsigned joined = group[one];
    for (unsigned i = 0; i < CASES; i++) {
        group[i] = group[i] == joined ? group[other] : group[i];
    }
}

static void random_unmerge(unsigned number) {
    bool alone = size_of(number) == 1;
    assert_string_equal(unmerge(number), alone ? "not-merged" : "");
    for (unsigned free = 0; !alone && free < 2 * CASES; free++) {
        bool used = false;
        for (unsigned i = 0; i < CASES; i++) {
            used = used || group[i] == free;
        }
        if (!used) {
            group[number] = free;
            return;
        }
    }
}

static void test_random_histories_are_as_the_model(void **unused) {
    unsigned full = 0;
    for (unsigned history = 0; history < 24; history++) {
        for (unsigned i = 0; i < CASES; i++) {
            group[i] = i;
        }
        for (unsigned step = 0; step < 150; step++) {
            if (draw(4 * (history % 6) + 2) == 0) {
                random_unmerge(draw(CASES));
            } else {
                random_merge(draw(CASES), draw(2) == 0 ? 0 : draw(CASES)); // one grows to its bound
            }
            check_model();
            full += size_of(draw(CASES)) == CASE_CLUSTER;
        }
        end(unused);
        assert_int_equal(begin(unused), 0);
    }
    assert_true(full > 0); // else the histories would prove nothing of the bound
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)

static void test_who_may_not_move_every_member_is_offered_no_move(void **unused) {
    (void)unused;
    static const struct {
        size_t others, movable, left;
    } rows[] = {{0, 0, 3}, {1, 1, 3}, {2, 2, 3}, {2, 1, 1}, {1, 0, 1}};
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct case_state state = {.cluster = {.other_count = rows[i].others}};
        json_t *actions = json_pack("[s, s, s]", "merge", "comment", "unmerge");
        case_limit_actions(actions, &state, rows[i].movable);
        assert_int_equal(json_array_size(actions), rows[i].left);
        json_decref(actions);
    }
    const struct case_state state = {.cluster = {.other_count = 1}};
    case_limit_actions(NULL, &state, 0); // masked
}

static const char *refuse_as_same(unsigned number, unsigned earlier) {
    struct case_actor actor = {.subject = "lin", .roles = ROLE_SUPERVISOR};
    struct case_command command = {
        .actor = &actor, .text = "", .detail = "等候", .relation = {.earlier = state_of(earlier)}};
    struct case_input input = {
        .kind = INPUT_REFUSE, .cause_id = ids[0], .actor = "lin", .of.command = &command};
    struct error error;
    state_of(number)->status = CASE_TRIAGED;
    assert_int_equal(
        work_apply(&work, work_find(&work, ids[number]), &input, NOW, &decision, &error), RC_OK);
    return decision.verdict == CASE_DECIDED_REFUSAL ? decision.code : "";
}

static void test_who_left_the_cluster_knows_nothing_more_of_an_earlier_case(void **unused) {
    (void)unused;
    assert_string_equal(merge(0, 1), "");
    assert_string_equal(merge(0, 2), "");
    assert_int_equal(earlier_right_of(state_of(1), state_of(0), false), EARLIER_CLUSTER);
    assert_string_equal(refuse_as_same(1, 0), "");
    assert_string_equal(state_of(1)->cluster.same_as, ids[0]);
    assert_string_equal(unmerge(0), ""); // the earlier one leaves, the cluster stays
    assert_int_equal(earlier_right_of(state_of(1), state_of(0), false), EARLIER_NONE);
    assert_int_equal(earlier_right_of(state_of(1), state_of(0), true), EARLIER_CONTACT);
    assert_string_equal(refuse_as_same(2, 0), "other-complainant"); // unmerged while it was asked
}

// Each for the sake of the other: then nobody would have the matter.
static void test_a_case_that_was_refused_is_no_earlier_case(void **unused) {
    (void)unused;
    assert_string_equal(merge(0, 1), "");
    assert_string_equal(refuse_as_same(1, 0), "");
    assert_string_equal(refuse_as_same(0, 1), "earlier-not-taken-up");
    state_of(1)->status = CASE_ARCHIVED;
    assert_string_equal(refuse_as_same(0, 1), "earlier-not-taken-up");
    state_of(1)->closed_at_ms = 1;
    assert_string_equal(refuse_as_same(0, 1), "");
}

static void test_a_case_that_stands_in_no_number_leads_none_that_does(void **unused) {
    (void)unused;
    state_of(2)->status = CASE_WITHDRAWN; // received first
    assert_string_equal(merge(0, 2), "");
    assert_true(state_of(0)->cluster.leads);
    assert_false(state_of(2)->cluster.leads);
}

static void test_of_an_erased_case_nobody_knows_how_far_it_was(void **unused) {
    (void)unused;
    assert_string_equal(merge(0, 1), "");
    state_of(0)->erased = true;
    assert_int_equal(earlier_right_of(state_of(1), state_of(0), true), EARLIER_NONE);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        TEST(test_a_merge_tells_both_and_one_leads),
        TEST(test_a_command_that_was_done_does_nothing),
        TEST(test_two_clusters_are_never_made_one),
        TEST(test_a_cluster_has_a_bound),
        TEST(test_each_member_is_asked_by_its_own_rules),
        TEST(test_an_erased_case_joins_nobody_and_holds_up_no_cluster),
        TEST(test_an_archived_member_holds_up_no_cluster),
        TEST(test_a_member_that_came_meanwhile_is_told),
        TEST(test_random_histories_are_as_the_model),
        TEST(test_who_left_the_cluster_knows_nothing_more_of_an_earlier_case),
        TEST(test_a_case_that_was_refused_is_no_earlier_case),
        TEST(test_a_case_that_stands_in_no_number_leads_none_that_does),
        TEST(test_of_an_erased_case_nobody_knows_how_far_it_was),
        cmocka_unit_test(test_who_may_not_move_every_member_is_offered_no_move),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
