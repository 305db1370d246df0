// SPDX-License-Identifier: Apache-2.0
// Joint handling: a lead and co-handlers, each with its own answer and clock. A late co-handler
// gives its reason and a stage report [law].
#include "decide.h"

#include <string.h>

static bool is_lead_or_co_handler(const struct case_state *state, const char *unit) {
    bool found = strcmp(state->unit, unit) == 0;
    for (size_t i = 0; i < state->parts.co_handler_count && !found; i++) {
        found = strcmp(state->parts.co_handlers[i].unit, unit) == 0;
    }
    return found;
}

void decide_add_co_handler(const struct context *context) {
    const struct case_command *command = context->input->of.command;
    const struct case_state *state = context->state;
    int64_t due_at_ms = command->entry.due_at_ms;
    if (state->parts.co_handler_count == CASE_CO_HANDLERS) {
        decide_refusal(context, "too-many-co-handlers", "a case has at most 8 co-handlers");
        return;
    }
    if (is_lead_or_co_handler(state, command->unit)) {
        decide_refusal(context, "already-handles", "the unit handles the case already");
        return;
    }
    if (due_at_ms != 0 && !decide_bounds_due(context, due_at_ms)) {
        return;
    }
    Redress__V1__CoHandlerAdded *body =
        &decide_fact(context, FACT_CO_HANDLER_ADDED)->body.co_handler_added;
    body->number = (uint32_t)state->parts.co_handler_count + 1;
    body->unit = (char *)command->unit;
    body->due_at_ms = due_at_ms;
    body->note = (char *)command->text;
    decide_unstaffed(context);
}

// Over when its time is, whether its clock has told so yet or not.
static bool is_late(const struct context *context, uint32_t number) {
    const struct case_co_handler *at = &context->state->parts.co_handlers[number - 1];
    const struct case_clock *clock =
        case_clock_find(context->state, decide_clock_name(context, "co-handling", number));
    int64_t due_at_ms =
        at->due_at_ms != 0 ? at->due_at_ms
        : case_clock_runs(clock) || (clock != NULL && clock->state == CLOCK_STATE_BREACHED)
            ? clock->due_at_ms
            : 0;
    return due_at_ms != 0 && context->now_ms >= due_at_ms;
}

void decide_report_stage(const struct context *context) {
    const struct case_command *command = context->input->of.command;
    const struct case_state *state = context->state;
    uint32_t number = case_co_handler_of(state, command->actor);
    Redress__V1__StageReported *body =
        &decide_fact(context, FACT_STAGE_REPORTED)->body.stage_reported;
    body->number = number;
    body->unit = (char *)state->parts.co_handlers[number - 1].unit;
    body->report = (char *)command->text;
    body->late = is_late(context, number);
    body->lead = (char *)state->unit;
}

void decide_answer_co_handling(const struct context *context) {
    const struct case_command *command = context->input->of.command;
    const struct case_state *state = context->state;
    uint32_t number = case_co_handler_of(state, command->actor);
    const struct case_co_handler *at = &state->parts.co_handlers[number - 1];
    bool late = is_late(context, number);
    if (late && command->entry.reason[0] == '\0') {
        decide_refusal(context, "late-reason-missing", "a late answer says why it is late");
        return;
    }
    if (late && !at->reported) {
        decide_refusal(context, "stage-report-missing",
                       "a late co-handler reports how far it is before it answers");
        return;
    }
    Redress__V1__CoHandlerAnswered *body =
        &decide_fact(context, FACT_CO_HANDLER_ANSWERED)->body.co_handler_answered;
    body->number = number;
    body->unit = (char *)at->unit;
    body->answer = (char *)command->text;
    body->late = late;
    body->late_reason = (char *)(late ? command->entry.reason : "");
    body->lead = (char *)state->unit;
    decide_stop_named(context, decide_clock_name(context, "co-handling", number));
}

// Its time begins anew; a day that was named and has not passed yet still holds.
static void ask_again(const struct context *context, uint32_t number) {
    const struct case_co_handler *at = &context->state->parts.co_handlers[number - 1];
    Redress__V1__CoHandlerAdded *body =
        &decide_fact(context, FACT_CO_HANDLER_ADDED)->body.co_handler_added;
    body->number = number;
    body->unit = (char *)at->unit;
    body->due_at_ms = at->due_at_ms > context->now_ms ? at->due_at_ms : 0;
}

void decide_lead(const struct context *context, const char *unit) {
    const struct case_state *state = context->state;
    bool changes = strcmp(state->unit, unit) != 0;
    for (uint32_t number = 1; changes && number <= state->parts.co_handler_count; number++) {
        const struct case_co_handler *at = &state->parts.co_handlers[number - 1];
        if (!at->answered && strcmp(at->unit, unit) == 0) {
            decide_stop_named(context, decide_clock_name(context, "co-handling", number));
        } else if (!at->answered && strcmp(at->unit, state->unit) == 0) {
            ask_again(context, number);
        }
    }
}

void decide_stop_co_handling(const struct context *context) {
    for (uint32_t number = 1; number <= context->state->parts.co_handler_count; number++) {
        decide_stop_named(context, decide_clock_name(context, "co-handling", number));
    }
}
