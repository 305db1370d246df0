// SPDX-License-Identifier: Apache-2.0
// One case's part in a merge: cluster.c gives every member its own command.
#include "decide.h"

#include "workflow.h"

#include <string.h>

// Counts only grow: a later count knows of more.
void decide_note_repeat(const struct context *context) {
    const Redress__V1__NoteRepeat *note = context->input->of.repeat;
    const struct case_state *state = context->state;
    if (note->earlier <= state->cluster.earlier ||
        workflow_refusal(state, INPUT_NOTE_REPEAT) != NULL) {
        return;
    }
    decide_fact(context, FACT_REPEAT_RECOGNISED)->body.repeat_recognised.earlier = note->earlier;
}

void decide_merge(const struct context *context) {
    const struct case_command *command = context->input->of.command;
    const struct case_relation *relation = &command->relation;
    const struct case_state *state = context->state;
    for (size_t i = 0; i < relation->other_count; i++) {
        if (strcmp(relation->others[i], state->case_id) == 0) {
            decide_refusal(context, "same-case", "a case can't be merged with itself");
            return;
        }
        if (case_is_with(state, relation->others[i])) {
            decide_refusal(context, "already-merged", "the cases are of one cluster already");
            return;
        }
    }
    if (state->cluster.other_count + relation->other_count >= CASE_CLUSTER) {
        decide_refusal(context, "cluster-full", "a cluster has 16 cases at most");
        return;
    }
    Redress__V1__CaseMerged *body = &decide_fact(context, FACT_CASE_MERGED)->body.merged;
    body->cluster_id = (char *)relation->cluster_id;
    body->n_with = relation->other_count;
    body->with = (char **)relation->others;
    body->leads = relation->leads;
    body->reason = (char *)command->text;
}

void decide_passed_lead(const struct context *context, bool leads) {
    Redress__V1__CaseMerged *body = &decide_fact(context, FACT_CASE_MERGED)->body.merged;
    body->cluster_id = (char *)context->state->cluster.cluster_id;
    body->leads = leads;
}

void decide_unmerge(const struct context *context) {
    const struct case_command *command = context->input->of.command;
    const struct case_relation *relation = &command->relation;
    Redress__V1__CaseUnmerged *body = &decide_fact(context, FACT_CASE_UNMERGED)->body.unmerged;
    body->cluster_id = (char *)context->state->cluster.cluster_id;
    body->n_without = relation->other_count;
    body->without = (char **)relation->others;
    body->leads = relation->leads;
    body->reason = (char *)command->text;
}
