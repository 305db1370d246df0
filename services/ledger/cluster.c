// SPDX-License-Identifier: Apache-2.0
// One case joins a cluster (or another case), one case leaves it: two clusters are never made one,
// because taking that back would not tell whose members were whose.
#include "cluster.h"

#include "common/ident.h"

#include <stdio.h>
#include <string.h>

// Members on one side of what is joined or parted.
struct side {
    struct work_case *cases[CASE_CLUSTER];
    const char *ids[CASE_CLUSTER];
    size_t count;
};

static size_t add_cases(const struct case_state *state, const char *ids[CLUSTER_CASES],
                        size_t count) {
    ids[count++] = state->case_id;
    for (size_t i = 0; i < state->cluster.other_count; i++) {
        ids[count++] = state->cluster.others[i];
    }
    return count;
}

size_t cluster_cases(const struct case_state *one, const struct case_state *other,
                     const char *ids[CLUSTER_CASES]) {
    size_t count = add_cases(one, ids, 0);
    return other == NULL ? count : add_cases(other, ids, count);
}

static enum rc add_to_side(const struct work *work, const char *case_id, struct side *side,
                           struct error *error) {
    struct work_case *found = work_find(work, case_id);
    if (found == NULL || found->state.status == CASE_NONE || side->count == CASE_CLUSTER) {
        error_fill(error, RC_CONFLICT, "stale", "", "the cluster has changed; read it again");
        return RC_CONFLICT;
    }
    side->ids[side->count] = found->state.case_id;
    side->cases[side->count++] = found;
    return RC_OK;
}

// The others of a case's cluster, and the case itself where wanted.
static enum rc gather(const struct work *work, const struct case_state *state, bool itself,
                      struct side *side, struct error *error) {
    enum rc rc = itself ? add_to_side(work, state->case_id, side, error) : RC_OK;
    for (size_t i = 0; i < state->cluster.other_count && rc == RC_OK; i++) {
        rc = add_to_side(work, state->cluster.others[i], side, error);
    }
    return rc;
}

static bool is_before(const struct case_state *one, const struct case_state *other) {
    return one->received_at_ms != other->received_at_ms
               ? one->received_at_ms < other->received_at_ms
               : strcmp(one->case_id, other->case_id) < 0;
}

// What ended without a closure stands in no number.
static bool is_counted(const struct case_state *state) {
    bool ended = state->status == CASE_NOT_ACCEPTED || state->status == CASE_REDIRECTED ||
                 state->status == CASE_WITHDRAWN || state->status == CASE_TERMINATED ||
                 state->status == CASE_ARCHIVED;
    return !ended || state->closed_at_ms != 0;
}

// Nor does it stand for others while one of them can.
static bool leads_before(const struct case_state *one, const struct case_state *other) {
    bool counts = is_counted(one);
    return counts != is_counted(other) ? counts : is_before(one, other);
}

// Of both sides the case that was received first.
static struct work_case *leader(const struct side *one, const struct side *other) {
    struct work_case *first = one->cases[0];
    for (size_t i = 0; i < one->count + other->count; i++) {
        struct work_case *next = i < one->count ? one->cases[i] : other->cases[i - one->count];
        first = leads_before(&next->state, &first->state) ? next : first;
    }
    return first;
}

bool cluster_may_lose_its_lead(enum input_kind kind) {
    return kind == INPUT_WITHDRAW_CASE || kind == INPUT_REFUSE || kind == INPUT_REDIRECT ||
           kind == INPUT_WITHDRAW || kind == INPUT_TERMINATE;
}

enum rc cluster_pass_lead(struct work *work, struct work_case *target,
                          const struct case_input *input, int64_t now_ms, struct error *error) {
    struct side others = {.count = 0};
    const struct side nobody = {.count = 0};
    if (!cluster_may_lose_its_lead(input->kind) || !target->state.cluster.leads ||
        target->state.cluster.other_count == 0 || is_counted(&target->state)) {
        return RC_OK;
    }
    enum rc rc = gather(work, &target->state, false, &others, error);
    if (rc != RC_OK) {
        return rc;
    }
    struct work_case *heir = leader(&others, &nobody);
    if (!is_counted(&heir->state)) {
        return RC_OK;
    }
    rc = work_pass_lead(work, target, input, false, now_ms, error);
    return rc == RC_OK ? work_pass_lead(work, heir, input, true, now_ms, error) : rc;
}

struct joint { // of one merge or unmerge
    struct work *work;
    const struct case_input *input;
    char cluster_id[IDENT_UUID_SIZE];
    const struct work_case *leader; // NULL: nobody leads
    int64_t now_ms;
};

// Gives each case of a side the command with these others. Stops at a refusal.
static enum rc apply_side(const struct joint *joint, const struct side *side,
                          const struct side *others, struct case_decision *decision,
                          struct error *error) {
    enum rc rc = RC_OK;
    decision->verdict = CASE_DECIDED_NOTHING;
    for (size_t i = 0; i < side->count && rc == RC_OK; i++) {
        struct case_command command = *joint->input->of.command;
        struct case_input input = *joint->input;
        command.relation.cluster_id = joint->cluster_id;
        command.relation.others = others->ids;
        command.relation.other_count = others->count;
        command.relation.leads = side->cases[i] == joint->leader;
        input.of.command = &command;
        rc = work_apply(joint->work, side->cases[i], &input, joint->now_ms, decision, error);
        if (decision->verdict == CASE_DECIDED_REFUSAL) {
            break;
        }
    }
    return rc;
}

// What the other case of a merge is refused for is not said of the first.
static void refuse_as_other(const struct joint *joint, const struct case_decision *of_other,
                            struct case_decision *decision) {
    bool merges = joint->input->kind == INPUT_MERGE;
    bool alone = merges && strcmp(of_other->code, "not-merged") == 0;
    decision->verdict = CASE_DECIDED_REFUSAL;
    decision->code = alone ? "other-archived" : of_other->code;
    decision->text = alone ? "the other case is archived, and of no cluster" : of_other->text;
    decision->field = merges ? "with" : of_other->field;
}

// Both sides, the target's first; the ids were copied, because applying changes the states.
static enum rc apply_both(const struct joint *joint, const struct side *one,
                          const struct side *other, struct case_decision *decision,
                          struct error *error) {
    struct case_decision second;
    enum rc rc = apply_side(joint, one, other, decision, error);
    if (rc != RC_OK || decision->verdict == CASE_DECIDED_REFUSAL) {
        return rc;
    }
    rc = apply_side(joint, other, one, &second, error);
    if (second.verdict == CASE_DECIDED_REFUSAL) {
        refuse_as_other(joint, &second, decision);
    }
    return rc;
}

static enum rc refuse(struct case_decision *decision, const char *code, const char *text) {
    decision->verdict = CASE_DECIDED_REFUSAL;
    decision->code = code;
    decision->text = text;
    decision->field = "";
    return RC_OK;
}

static enum rc merge(struct joint *joint, struct work_case *target, struct case_decision *decision,
                     struct error *error) {
    struct side one = {.count = 0};
    struct side other = {.count = 0};
    const struct work_case *with = work_find(joint->work, joint->input->of.command->relation.with);
    if (with == target) {
        return refuse(decision, "same-case", "a case can't be merged with itself");
    }
    enum rc rc = gather(joint->work, &target->state, true, &one, error);
    if (rc == RC_OK && with == NULL) {
        rc = error_set(error, RC_INTERNAL, "the other case was not loaded");
    }
    if (rc != RC_OK) {
        return rc;
    }
    if (case_is_with(&target->state, with->state.case_id)) {
        return refuse(decision, "already-merged", "the cases are of one cluster already");
    }
    if (target->state.cluster.other_count > 0 && with->state.cluster.other_count > 0) {
        return refuse(decision, "other-cluster",
                      "the other case is of another cluster; unmerge it first");
    }
    rc = gather(joint->work, &with->state, true, &other, error);
    if (rc != RC_OK) {
        return rc;
    }
    if (one.count + other.count > CASE_CLUSTER) {
        return refuse(decision, "cluster-full", "a cluster has 16 cases at most");
    }
    const struct case_state *clustered =
        target->state.cluster.other_count > 0 ? &target->state : &with->state;
    if (clustered->cluster.other_count > 0) {
        snprintf(joint->cluster_id, sizeof joint->cluster_id, "%s", clustered->cluster.cluster_id);
    } else {
        ident_uuid_from((const char *const[]){"cluster", joint->input->cause_id, NULL},
                        joint->cluster_id);
    }
    joint->leader = leader(&one, &other);
    return apply_both(joint, &one, &other, decision, error);
}

static enum rc unmerge(struct joint *joint, struct work_case *target,
                       struct case_decision *decision, struct error *error) {
    struct side one = {.count = 0};
    struct side others = {.count = 0};
    const struct side nobody = {.count = 0};
    enum rc rc = add_to_side(joint->work, target->state.case_id, &one, error);
    rc = rc == RC_OK ? gather(joint->work, &target->state, false, &others, error) : rc;
    if (rc != RC_OK) {
        return rc;
    }
    joint->leader = others.count > 1 ? leader(&others, &nobody) : NULL;
    if (others.count == 0) { // the rule refuses it
        return work_apply(joint->work, target, joint->input, joint->now_ms, decision, error);
    }
    return apply_both(joint, &one, &others, decision, error);
}

enum rc cluster_apply(struct work *work, struct work_case *target, const struct case_input *input,
                      int64_t now_ms, struct case_decision *decision, struct error *error) {
    struct joint joint = {work, input, "", NULL, now_ms};
    decision->verdict = CASE_DECIDED_NOTHING;
    decision->count = 0;
    if (work_has_cause(work, target, input->cause_id)) {
        return RC_OK;
    }
    return input->kind == INPUT_MERGE ? merge(&joint, target, decision, error)
                                      : unmerge(&joint, target, decision, error);
}
