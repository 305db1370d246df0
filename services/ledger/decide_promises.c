// SPDX-License-Identifier: Apache-2.0
// Periodic promises: progress told on major cases, visits after a crisis, improvements.
#include "decide.h"

#include <stdio.h>

void decide_progress(const struct context *context) {
    Redress__V1__ProgressTold *body = &decide_fact(context, FACT_PROGRESS_TOLD)->body.progress_told;
    body->text = (char *)context->input->of.command->text;
    body->urgency = (Redress__V1__Urgency)context->state->urgency;
    decide_stop_named(context, "progress");
}

void decide_visit(const struct context *context) {
    const struct case_command *command = context->input->of.command;
    const struct case_state *state = context->state;
    char *clock = context->decision->clock_name;
    Redress__V1__FollowUpVisited *body =
        &decide_fact(context, FACT_FOLLOW_UP_VISITED)->body.follow_up_visited;
    body->number = state->visits + 1;
    body->outcome = (Redress__V1__VisitOutcome)command->outcome;
    body->note = (char *)command->text;
    if (body->outcome != REDRESS__V1__VISIT_OUTCOME__VISIT_OUTCOME_UNREACHABLE) {
        snprintf(clock, sizeof context->decision->clock_name, "follow-up-%u", body->number);
        decide_stop_named(context, clock);
    }
}

void decide_open_improvement(const struct context *context) {
    const struct case_command *command = context->input->of.command;
    const struct case_state *state = context->state;
    if (state->improvement_count == CASE_IMPROVEMENTS) {
        decide_refusal(context, "too-many-improvements", "the case has no room for another one");
        return;
    }
    Redress__V1__ImprovementOpened *body =
        &decide_fact(context, FACT_IMPROVEMENT_OPENED)->body.improvement_opened;
    body->improvement = (uint32_t)state->improvement_count + 1;
    body->cause = (char *)command->text;
    body->measure = (char *)command->detail;
    body->owner = (char *)command->unit;
    body->due_at_ms = command->entry.due_at_ms;
}

void decide_complete_improvement(const struct context *context) {
    const struct case_command *command = context->input->of.command;
    const struct case_state *state = context->state;
    uint32_t number = command->entry.number;
    if (number < 1 || number > state->improvement_count) {
        decide_refusal(context, "unknown-improvement", "the case has no such improvement");
        return;
    }
    const struct case_improvement *improvement = &state->improvements[number - 1];
    if (improvement->done) {
        decide_refusal(context, "already-done", "this improvement was made before");
        return;
    }
    Redress__V1__ImprovementDone *body =
        &decide_fact(context, FACT_IMPROVEMENT_DONE)->body.improvement_done;
    body->improvement = number;
    body->effect = (char *)command->text;
    body->late = context->now_ms > improvement->due_at_ms;
}
