// SPDX-License-Identifier: Apache-2.0
// After the reply: a closure that survives evidence, reviews, and ends without a decision.
#include "decide.h"

#include "workflow.h"

void decide_feedback(const struct context *context) {
    const Redress__V1__RecordFeedback *record = context->input->of.feedback;
    const struct case_state *state = context->state;
    if (state->erased) {
        decide_refusal(context, "erased", workflow_code_text("erased"));
        return;
    }
    if (workflow_refusal(state, INPUT_RECORD_FEEDBACK) != NULL) {
        decide_refusal(context, "not-rateable", "the case has no reply yet");
        return;
    }
    if (record->closure != 0 && record->closure != case_closure(state)) {
        decide_refusal(context, "link-superseded", "the case was handled again since");
        return;
    }
    if (state->rating != 0) {
        decide_refusal(context, "already-rated", "the handling was rated before");
        return;
    }
    struct fact *fact = decide_fact(context, FACT_FEEDBACK_RECORDED);
    fact->body.feedback.overall = record->overall;
    fact->body.feedback.timeliness = record->timeliness;
    fact->body.feedback.attitude = record->attitude;
    fact->body.feedback.solved = record->solved;
    fact->body.feedback.comment = record->comment;
    fact->body.feedback.closure = case_closure(state);
    if (decide_reworks(state, context->input)) {
        decide_rework(context, "the complainant is not satisfied");
    }
}

void decide_follow_up(const struct context *context) {
    const struct case_command *command = context->input->of.command;
    Redress__V1__FollowUpRecorded *body =
        &decide_fact(context, FACT_FOLLOW_UP_RECORDED)->body.follow_up;
    body->reached = command->reached;
    body->solved = command->reached && command->solved;
    body->score = command->reached ? command->score : 0;
    body->note = (char *)command->text;
    if (decide_reworks(context->state, context->input)) {
        decide_rework(context, "the follow-up found the matter not settled");
    }
}

void decide_order_rework(const struct context *context) {
    decide_rework(context, context->input->of.command->text);
}

void decide_close(const struct context *context) {
    struct fact *fact = decide_fact(context, FACT_CASE_CLOSED);
    fact->body.closed.note = (char *)context->input->of.command->text;
    fact->body.closed.first = !context->state->closed_before;
    fact->body.closed.closure = case_closure(context->state);
}

void decide_reopen(const struct context *context) {
    const struct case_command *command = context->input->of.command;
    struct fact *fact = decide_fact(context, FACT_CASE_REOPENED);
    fact->body.reopened.ground = (Redress__V1__ReopenGround)command->outcome;
    fact->body.reopened.reason = (char *)command->text;
    fact->body.reopened.unit = (char *)context->state->unit;
}

static size_t list_deciders(const struct context *context) {
    const struct case_state *state = context->state;
    size_t count = 0;
    for (size_t i = 0; i < state->hands.count; i++) {
        const char *subject = state->hands.people[i].subject;
        if (case_has_decided(state, subject)) {
            context->decision->decided_by[count++] = (char *)subject;
        }
    }
    return count;
}

struct reviewers decide_reviewers(const struct context *context) {
    return (struct reviewers){.of = (char *)case_review_level(context->state),
                              .decided_count = list_deciders(context),
                              .decided_by = context->decision->decided_by};
}

struct reviewers decide_reviewers_of_clock(const struct context *context, const char *clock) {
    return case_clock_is_of_reviewers(clock) ? decide_reviewers(context)
                                             : (struct reviewers){.of = ""};
}

void decide_review(const struct context *context) {
    Redress__V1__ReviewRequested *body =
        &decide_fact(context, FACT_REVIEW_REQUESTED)->body.review_requested;
    struct reviewers reviewers = decide_reviewers(context);
    body->reviewers_of = reviewers.of;
    body->reason = (char *)context->input->of.command->text;
    body->n_decided_by = reviewers.decided_count;
    body->decided_by = reviewers.decided_by;
    decide_unstaffed(context);
}

void decide_re_review(const struct context *context) {
    Redress__V1__FinalReviewRequested *body =
        &decide_fact(context, FACT_FINAL_REVIEW_REQUESTED)->body.final_review_requested;
    struct reviewers reviewers = decide_reviewers(context);
    body->reviewers_of = reviewers.of;
    body->reason = (char *)context->input->of.command->text;
    body->n_decided_by = reviewers.decided_count;
    body->decided_by = reviewers.decided_by;
    decide_unstaffed(context);
}

void decide_review_result(const struct context *context) {
    const struct case_command *command = context->input->of.command;
    bool final = context->state->status == CASE_RE_REVIEW;
    if (final && command->outcome == REDRESS__V1__REVIEW_RESULT__REVIEW_RESULT_RETURNED) {
        decide_refusal(context, "final-review",
                       "the last level decides itself: it confirms or changes");
        return;
    }
    if (command->changed_to != 0 && command->changed_to == context->state->outcome) {
        decide_refusal_of(context, "outcome", "same-outcome",
                          "this is the case's outcome already: the review confirms it");
        return;
    }
    Redress__V1__ReviewDecided *body =
        &decide_fact(context, FACT_REVIEW_DECIDED)->body.review_decided;
    body->result = (Redress__V1__ReviewResult)command->outcome;
    body->findings = (char *)command->text;
    body->final = final;
    body->outcome = (Redress__V1__Outcome)command->changed_to;
    body->acting_for = (char *)case_acts_for(context->state, command->actor);
    if (decide_reworks(context->state, context->input)) {
        decide_rework(context, "the review sent it back");
    }
}

void decide_withdraw(const struct context *context) {
    struct fact *fact = decide_fact(context, FACT_CASE_WITHDRAWN);
    fact->body.withdrawn.reason = (char *)context->input->of.command->text;
    fact->body.withdrawn.unit = (char *)context->state->unit;
}

void decide_request_termination(const struct context *context) {
    decide_fact(context, FACT_TERMINATION_REQUESTED)->body.termination_requested.reason =
        (char *)context->input->of.command->text;
}

void decide_terminate(const struct context *context) {
    decide_fact(context, FACT_CASE_TERMINATED)->body.terminated.note =
        (char *)context->input->of.command->text;
}

void decide_archive(const struct context *context) { decide_fact(context, FACT_CASE_ARCHIVED); }
