// SPDX-License-Identifier: Apache-2.0
// Random histories of a case: what holds after each step of any of them.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "case_procedures.h"
#include "finding.h"
#include "one_case.h"
#include "workflow.h"

#include "common/escalation.h"

// xorshift64*: Marsaglia, Xorshift RNGs, 2003; the multiplier is Vigna's.
static uint64_t seed = UINT64_C(88172645463325252);
static uint32_t draw(uint32_t below) {
    seed ^= seed >> 12;
    seed ^= seed << 25;
    seed ^= seed >> 27;
    return (uint32_t)((seed * UINT64_C(2685821657736338717)) >> 33) % below;
}

static bool row_allows(enum case_status from, enum case_status to) {
    if (from == to) {
        return true;
    }
    for (size_t i = 0; i < workflow_row_count; i++) {
        if ((workflow_rows[i].from & WORKFLOW_FROM(from)) != 0 && workflow_rows[i].to == to) {
            return true;
        }
    }
    return false;
}

// Rare, else few histories would come far.
static bool ends_early(uint32_t kind) {
    return kind == INPUT_REFUSE || kind == INPUT_REDIRECT || kind == INPUT_WITHDRAW ||
           kind == INPUT_WITHDRAW_CASE || kind == INPUT_TERMINATE || kind == INPUT_ARCHIVE;
}

// Likewise: what must be settled before the case goes on.
static bool burdens(uint32_t kind) {
    return kind == INPUT_SUPERVISE || kind == INPUT_RAISE_ALLEGATION ||
           kind == INPUT_ADD_CO_HANDLER;
}

// Others that a merge names, sometimes of the cluster already or the case itself.
static struct case_relation random_relation(uint32_t kind) {
    static char ids[2][37];
    static const char *const others[] = {ids[0], ids[1]};
    uint32_t first = draw(20);
    if (kind != INPUT_MERGE) {
        return (struct case_relation){.leads = draw(2) == 1};
    }
    for (uint32_t i = 0; i < 2; i++) {
        snprintf(ids[i], sizeof ids[i], "00000000-0000-8000-8000-%012u", first + i);
    }
    if (draw(50) == 0) {
        memcpy(ids[0], CASE_ID, sizeof CASE_ID);
    }
    return (struct case_relation){
        .others = others, .other_count = 1 + draw(2), .leads = draw(2) == 1};
}

// Two levels and three people lead to a final: few histories would come so far by chance alone.
static uint32_t random_kind(void) {
    uint32_t kind = draw(INPUT_KIND_COUNT + 6);
    bool reviewable = state.status == CASE_CLOSED && draw(4) == 0;
    return reviewable ? INPUT_REVIEW + draw(2) : kind;
}

static const char *random_alarm(void) {
    return state.alarm_count == 0 ? "" : state.alarms[draw((uint32_t)state.alarm_count)].alarm_id;
}

// Independently of the ledger's list: who had a hand in which round, and who decided anything.
#define PEOPLE 8
static const char *const people[PEOPLE] = {"lin", "gao", "shen", "ren", "su", "cao", "tang", "he"};
static bool in_round[PEOPLE];
static bool barred[PEOPLE];
static bool decided[PEOPLE];

static size_t rested_alone; // steps

static size_t person_of(const char *subject) {
    size_t place = 0;
    while (place < PEOPLE && strcmp(people[place], subject) != 0) {
        place++;
    }
    return place;
}

static void end_round(bool bars) {
    for (size_t i = 0; i < PEOPLE; i++) {
        barred[i] = bars && (barred[i] || in_round[i]);
        in_round[i] = false;
    }
}

static void check_hand(const struct fact *fact, size_t person) {
    switch (fact->kind) {
    case FACT_CASE_SIGNED:
    case FACT_INVESTIGATION_STARTED:
    case FACT_ALLEGATION_DECIDED:
    case FACT_CASE_DECIDED:
    case FACT_CASE_RESOLVED_ON_SPOT:
        assert_false(barred[person]);
        in_round[person] = true;
        decided[person] = decided[person] || (fact->kind != FACT_CASE_SIGNED &&
                                              fact->kind != FACT_INVESTIGATION_STARTED);
        break;
    case FACT_CASE_SUSPENDED:
    case FACT_CASE_REPLIED:
    case FACT_CO_HANDLER_ADDED:
    case FACT_PROGRESS_TOLD:
    case FACT_EXTENSION_REQUESTED:
        assert_false(person < PEOPLE && barred[person]);
        break;
    case FACT_REVIEW_DECIDED:
        assert_false(decided[person]);
        decided[person] = true;
        break;
    case FACT_REWORK_ORDERED:
        end_round(true);
        break;
    case FACT_CASE_REOPENED:
        end_round(fact->body.reopened.ground ==
                  REDRESS__V1__REOPEN_GROUND__REOPEN_GROUND_DISSATISFIED);
        break;
    default:
        break;
    }
}

static void check_hands(void) {
    for (size_t i = 0; i < decision.count; i++) {
        const struct fact *fact = &decision.facts[i];
        // Another lead asks the co-handlers again: nobody carries the case on by that.
        if (i == 0 || fact->kind != FACT_CO_HANDLER_ADDED) {
            check_hand(fact, person_of(fact->meta.actor));
        }
    }
}

static void random_step(void) {
    static const char *const clocks[] = {"first_response", "resolution",    "supervision-1",
                                         "supervision-2",  "co-handling-1", "escalation-1",
                                         "improvement-1",  "follow_up_1",   "mediation"};
    static const char *const situations[] = {NULL, "", "petition", "adverse-effect"};
    static const char *const reasons[] = {"resumed", "amended", "assessed"};
    uint32_t kind = random_kind();
    struct case_entry entry = {.number = 1 + draw(3),
                               .level = 1 + draw(3),
                               .kind = 1 + draw(kind == INPUT_RECORD_MEDIATION ? 5 : 2)};
    entry.due_at_ms = draw(2) == 0 ? 0 : now + 1000;
    entry.reason = draw(2) == 0 ? "" : "reason";
    entry.digest[0] = (unsigned char)draw(256);
    now += draw(draw(4) == 0 ? 2000 : 100);
    if ((ends_early(kind) && draw(20) != 0) || (burdens(kind) && draw(4) != 0)) {
        return;
    }
    if (kind == INPUT_ARM_CLOCK || kind >= INPUT_KIND_COUNT + 2) {
        arm(clocks[draw(9)]);
    } else if (kind >= INPUT_RECORD_MESSAGE && kind <= INPUT_REOPEN_CASE) {
        contact((enum input_kind)kind);
    } else if (kind == INPUT_NOTE_REPEAT) {
        note_repeat(1 + draw(4));
    } else if (kind == INPUT_END_CLOCK) {
        end_clock(clocks[draw(9)]);
    } else if (kind == INPUT_BREACH_CLOCK) {
        breach(clocks[draw(9)]);
    } else if (kind == INPUT_RECORD_FEEDBACK || kind >= INPUT_KIND_COUNT) {
        feedback(draw(2) == 1, 1 + draw(5));
    } else if (kind == INPUT_WARN_CLOCK) {
        arm_again(reasons[draw(3)]);
    } else if (kind == INPUT_SUSPEND || kind == INPUT_RESUME || kind == INPUT_REQUEST_EXTENSION ||
               kind == INPUT_DECIDE_EXTENSION || kind == INPUT_PAUSE_CLOCK ||
               kind == INPUT_RESUME_CLOCK) {
        plan((enum input_kind)kind, people[draw(PEOPLE)], draw(3) > 0);
    } else if (kind >= INPUT_PROPOSAL_COUNT) {
        give((enum input_kind)kind, people[draw(PEOPLE)],
             (struct case_command){.alarm_id = random_alarm(),
                                   .outcome = 1 + draw(3),
                                   .situations = situations[draw(4)],
                                   .urgency = 1 + draw(4),
                                   .crisis = 1 + draw(2),
                                   .reached = draw(2) == 1,
                                   .solved = draw(3) > 0,
                                   .score = draw(6),
                                   .staff = draw(20) == 0 ? people[draw(PEOPLE)] : NULL,
                                   .unit = units[draw(2)],
                                   .entry = entry,
                                   .relation = random_relation(kind)});
    }
}

static bool may_be_supervised(enum case_status status) {
    return status == CASE_NOT_ACCEPTED ||
           (workflow_is_open(status) && status != CASE_REVIEW && status != CASE_RE_REVIEW);
}

static void check_parts(const struct case_state *before) {
    const struct case_parts *parts = &state.parts;
    assert_true(may_be_supervised(state.status) || !case_is_supervised(&state));
    for (size_t i = 0; i < parts->order_count; i++) {
        bool lapsed = state.status == CASE_WITHDRAWN || state.status == CASE_REDIRECTED ||
                      state.status == CASE_ARCHIVED;
        assert_true(!parts->orders[i].lifted || parts->orders[i].answered || lapsed);
    }
    if (state.status == CASE_DECIDED && before->status != CASE_DECIDED) {
        const struct fact *last = &decision.facts[before->status == CASE_SIGNED ? 1 : 0];
        assert_true(case_allegations_decided(before));
        assert_null(finding_contradiction(state.outcome, &before->parts));
        assert_true(!case_answers_missing(before) ||
                    last->body.decided.missing_answers_reason[0] != '\0');
    }
    assert_true(parts->order_count >= before->parts.order_count);
    uint32_t adverse = 0;
    for (size_t i = 0; i < parts->order_count; i++) { // by rule once; people may order more
        adverse += strcmp(parts->orders[i].issuer, "rule") == 0 &&
                   parts->orders[i].trigger ==
                       REDRESS__V1__SUPERVISION_TRIGGER__SUPERVISION_TRIGGER_ADVERSE_EFFECT;
    }
    assert_true(adverse <= 1);
    assert_true(parts->evidence_count >= before->parts.evidence_count); // sealed: only added to
    assert_memory_equal(parts->evidence, before->parts.evidence, 32 * before->parts.evidence_count);
    for (size_t i = 0; i < parts->allegation_count; i++) {
        assert_in_range(parts->allegations[i].person, 1, parts->person_count);
    }
}

// What a clock waits for: an order or an answer, a person who takes the alarm, the visit of one at
// risk, else the open case.
static bool is_waited_for(const char *clock) {
    const struct case_alarm *alarm = case_alarm_of_clock(&state, clock);
    if (escalation_is(clock)) {
        return alarm != NULL && !alarm->acknowledged;
    }
    if (strcmp(clock, "follow_up_1") == 0) {
        return state.visits == 0 && state.status != CASE_ARCHIVED && !state.erased;
    }
    return case_is_part_clock(clock) ? case_part_waits(&state, clock)
                                     : workflow_is_open(state.status);
}

// No clock runs for nothing, so none of a closed case; a clock rests exactly while a pause of it
// lasts; only what is open, or waits for its beginning, has changes; nothing is counted into the
// past.
static void check_clocks(const struct case_state *before) {
    for (size_t i = 0; i < state.clock_count; i++) {
        const struct case_clock *clock = &state.clocks[i];
        const struct case_clock *was = case_clock_find(before, clock->name);
        assert_true(is_waited_for(clock->name) || !case_clock_is_open(clock));
        assert_true((clock->state == CLOCK_STATE_PAUSED) ==
                    (case_pause_find(&state, clock->name) != NULL));
        assert_true(case_clock_is_open(clock) || clock->displaced ||
                    !case_clock_was_changed(&state, clock->name));
        if (was != NULL && was->state == CLOCK_STATE_BREACHED && clock->version != was->version) {
            assert_true(clock->started_at_ms > was->started_at_ms);
        }
        if (was != NULL && clock->version != was->version) {
            assert_int_equal(clock->version, was->version + 1);
        }
    }
}

// A procedure's clock alone rests alone, until that ends or is ended for it: never by what the case
// does.
static void check_rests_alone(const struct case_state *before) {
    for (size_t i = 0; i < state.clock_count; i++) {
        const struct case_clock *clock = &state.clocks[i];
        bool rested = case_clock_rests_alone(before, case_clock_find(before, clock->name));
        assert_true(case_clock_goes_beside(clock->name) || !case_clock_rests_alone(&state, clock));
        if (rested && decision.count > 0 && decision.facts[0].kind == FACT_CASE_RESUMED) {
            assert_true(case_clock_rests_alone(&state, clock));
        }
        rested_alone += rested ? 1 : 0;
    }
}

// Whoever is in conflict does nothing; what was erased is seen by nobody, and nothing is while the
// case is open.
static void check_access(const struct case_state *before) {
    for (size_t i = 0; i < decision.count; i++) {
        enum fact_kind kind = decision.facts[i].kind;
        assert_false(case_in_conflict(before, decision.facts[i].meta.actor));
        assert_false(before->erased && kind == FACT_CASE_REVEALED);
        assert_false(before->erased && workflow_moves(before->status, kind) &&
                     kind != FACT_CASE_ARCHIVED);
        assert_false(workflow_is_open(before->status) && kind == FACT_CONTENT_ERASED);
        assert_true(decision.facts[i].meta.n_withheld_from >= before->conflict_count);
    }
    assert_false(case_in_conflict(&state, state.handler));
}

static bool changes_cluster(void) {
    for (size_t i = 0; i < decision.count; i++) {
        enum fact_kind kind = decision.facts[i].kind;
        if (kind == FACT_CASE_MERGED || kind == FACT_CASE_UNMERGED ||
            kind == FACT_REPEAT_RECOGNISED || kind == FACT_CASE_NOT_ACCEPTED) {
            return true;
        }
    }
    return false;
}

// Parting from those whom a merge joined gives back the very state from before.
static void check_merge_is_undone(const struct case_state *before) {
    const Redress__V1__CaseMerged *merged = &decision.facts[0].body.merged;
    struct case_state undone = state;
    struct fact fact = {.kind = FACT_CASE_UNMERGED};
    redress__v1__case_unmerged__init(&fact.body.unmerged);
    fact.body.unmerged.n_without = merged->n_with;
    fact.body.unmerged.without = merged->with;
    fact.body.unmerged.leads = before->cluster.leads;
    case_apply(&undone, &fact);
    undone.updated_at_ms = before->updated_at_ms;
    undone.sequence = before->sequence;
    assert_memory_equal(&undone, before, sizeof undone);
}

// A cluster is a relation and nothing more: merging and parting move no clock and no status.
static void check_cluster(const struct case_state *before) {
    const struct case_cluster *cluster = &state.cluster;
    assert_true(cluster->other_count < CASE_CLUSTER);
    assert_true((cluster->other_count == 0) == (cluster->cluster_id[0] == '\0'));
    assert_true(cluster->other_count > 0 || !cluster->leads);
    assert_false(case_is_with(&state, CASE_ID));
    for (size_t i = 0; i < cluster->other_count; i++) {
        for (size_t j = 0; j < i; j++) {
            assert_string_not_equal(cluster->others[i], cluster->others[j]);
        }
    }
    if (!changes_cluster()) {
        assert_memory_equal(cluster, &before->cluster, sizeof *cluster);
        return;
    }
    if (decision.facts[0].kind == FACT_CASE_NOT_ACCEPTED) {
        return;
    }
    assert_int_equal(decision.count, 1);
    assert_int_equal(state.status, before->status);
    assert_memory_equal(state.clocks, before->clocks, sizeof state.clocks);
    assert_memory_equal(state.alarms, before->alarms, sizeof state.alarms);
    assert_true(cluster->earlier >= before->cluster.earlier);
    if (decision.facts[0].kind == FACT_CASE_MERGED) {
        check_merge_is_undone(before);
    }
}

// What holds after each step of any history.
static void check_invariants(const struct case_state *before) {
    assert_true(row_allows(before->status, state.status));
    assert_int_equal(state.sequence, before->sequence + decision.count);
    assert_true(decision.count <= CASE_FACTS);
    check_clocks(before);
    check_rests_alone(before);
    check_parts(before);
    check_cluster(before);
    if (state.status == CASE_CLOSED && before->status != CASE_CLOSED &&
        before->status != CASE_REVIEW) {
        assert_true(before->followed_up || before->failed_follow_ups >= 3);
        assert_false(case_is_in_mediation(before));
    }
    if (before->status == CASE_FINAL) {
        assert_true(state.status == CASE_FINAL || state.status == CASE_ARCHIVED);
    }
    assert_true(state.reviews <= 2);
    check_access(before);
    check_hands();
    if (state.rating != before->rating && before->rating != 0) { // each closure is rated once
        assert_true(state.rounds > before->rounds);
    }
}

static void test_random_histories_keep_the_invariants(void **unused) {
    (void)unused;
    uint32_t seen = 0;
    bool facts[FACT_KIND_COUNT] = {false};
    for (unsigned step = 0; step < 3000000; step++) {
        if (step % 200 == 0) {
            begin(NULL);
            memset(in_round, 0, sizeof in_round);
            memset(barred, 0, sizeof barred);
            memset(decided, 0, sizeof decided);
        }
        struct case_state before = state;
        decision.count = 0;
        random_step();
        check_invariants(&before);
        seen |= WORKFLOW_FROM(state.status);
        for (size_t i = 0; i < decision.count; i++) {
            facts[decision.facts[i].kind] = true;
        }
    }
    assert_true(facts[FACT_CLOCK_PAUSED]);
    assert_true(rested_alone > 1000);
    assert_true(facts[FACT_EXTENSION_DECIDED]);
    assert_true(facts[FACT_CLOCK_BREACHED]);
    assert_true(facts[FACT_CASE_ESCALATED]);
    assert_true(facts[FACT_ALARM_ACKNOWLEDGED]);
    assert_true(facts[FACT_CASE_MERGED]);
    assert_true(facts[FACT_CASE_UNMERGED]);
    assert_true(facts[FACT_CONTENT_ERASED]);
    assert_true(facts[FACT_MEDIATION_RECORDED]);
    for (enum case_status status = CASE_RECEIVED; status < CASE_STATUS_COUNT; status++) {
        assert_true(seen & WORKFLOW_FROM(status)); // else the histories would prove nothing of it
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_random_histories_keep_the_invariants),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
