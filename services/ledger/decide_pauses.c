// SPDX-License-Identifier: Apache-2.0
// Pauses and extensions. What the policy makes of each clock is computed before (plans_*.c); here
// is judged what the case's state says of it.
#include "decide.h"

#include "case_procedures.h"

#include <string.h>

// The next version of the terms, kept in the fact that changes the run.
static void number_terms(const struct case_clock *clock, Redress__V1__ClockTerms *terms) {
    terms->version = clock->version + 1;
}

static Redress__V1__ClockPaused *tell_pause(const struct context *context,
                                            const struct case_plan *plan, const char *ground) {
    Redress__V1__ClockPaused *body = &decide_fact(context, FACT_CLOCK_PAUSED)->body.clock_paused;
    body->ground = (char *)ground;
    body->until_ms = plan->until_ms;
    body->terms = plan->terms;
    return body;
}

static Redress__V1__ClockPaused *pause_clock(const struct context *context,
                                             const struct case_clock *clock,
                                             const struct case_plan *plan) {
    Redress__V1__ClockPaused *body = tell_pause(context, plan, context->input->of.command->detail);
    number_terms(clock, plan->terms);
    plan->terms->warns_passed = clock->warned;
    body->name = (char *)clock->name;
    body->version = clock->version;
    return body;
}

static void run_on_armed(const struct context *context, const struct case_plan *plan,
                         const Redress__V1__ClockTerms *paused) {
    Redress__V1__ClockArmed *body = &decide_fact(context, FACT_CLOCK_ARMED)->body.clock_armed;
    plan->terms->version = paused->version;
    body->terms = plan->terms;
    body->reason = "resumed";
    body->previous_due_at_ms = paused->due_at_ms;
    body->previous_policy_version = paused->policy_version;
    body->previous_calendar_version = paused->calendar_version;
}

void decide_pause_armed(const struct context *context, const Redress__V1__ClockTerms *armed) {
    const struct case_input *input = context->input;
    if (input->plan_count == 0) {
        return;
    }
    const struct case_plan *plan = &input->plans[0];
    Redress__V1__ClockPaused *body = tell_pause(context, plan, context->state->rested_on);
    plan->terms->version = armed->version + 1;
    body->name = armed->name;
    body->version = armed->version;
    if (input->plan_count > 1) {
        run_on_armed(context, &input->plans[1], plan->terms);
    }
}

void decide_amended_pause(const struct context *context, const struct case_clock *clock,
                          const struct case_change *pause, Redress__V1__ClockTerms *terms) {
    Redress__V1__ClockPaused *body = &decide_fact(context, FACT_CLOCK_PAUSED)->body.clock_paused;
    terms->version = clock->version + 2; // of the resumption
    terms->warns_passed = clock->warned;
    body->name = (char *)clock->name;
    body->version = clock->version + 1;
    body->ground = (char *)pause->ground;
    body->until_ms = pause->until_ms;
    body->terms = terms;
    body->amended = true;
    body->alone = pause->alone;
    body->previous_due_at_ms = clock->due_at_ms;
    body->previous_policy_version = (char *)clock->policy_version;
    body->previous_calendar_version = (char *)clock->calendar_version;
}

static bool has_room_for(const struct context *context, size_t changes) {
    if (context->state->change_count + changes > CASE_CHANGES) {
        decide_refusal(context, "too-many", "the case has no room for another change of a clock");
        return false;
    }
    return true;
}

void decide_suspend(const struct context *context) {
    const struct case_command *command = context->input->of.command;
    if (!has_room_for(context, command->plan_count)) {
        return;
    }
    struct fact *fact = decide_fact(context, FACT_CASE_SUSPENDED);
    fact->body.suspended.ground = (char *)command->detail;
    fact->body.suspended.note = (char *)command->text;
    for (size_t i = 0; i < command->plan_count; i++) {
        const struct case_plan *plan = &command->plans[i];
        const struct case_clock *clock = case_clock_find(context->state, plan->terms->name);
        if (case_clock_runs(clock)) {
            (void)pause_clock(context, clock, plan);
        }
    }
}

// The date that the complainant was told counted on another end of the pause.
static void tell_due(const struct context *context, const struct case_plan *plan,
                     Redress__V1__CaseResumed *body) {
    if (case_clock_was_extended(context->state, plan->terms->name)) {
        body->extended = true;
        body->clock = plan->terms->name;
        body->due_at_ms = plan->terms->due_at_ms;
    }
}

// The plan's clock where it rests, with the case or alone, and nothing has ended it; else NULL.
static const struct case_clock *resting(const struct context *context, const struct case_plan *plan,
                                        bool alone) {
    const struct case_state *state = context->state;
    const struct case_clock *clock = case_clock_find(state, plan->terms->name);
    bool rests = clock != NULL && clock->state == CLOCK_STATE_PAUSED &&
                 case_clock_rests_alone(state, clock) == alone;
    return rests && !decide_has_ended(context->decision, clock) ? clock : NULL;
}

void decide_run_on(const struct context *context, const struct case_plan *plans, size_t count,
                   const char *note) {
    struct fact *fact = decide_fact(context, FACT_CASE_RESUMED);
    fact->body.resumed.ground = (char *)context->state->rested_on;
    fact->body.resumed.note = (char *)note;
    for (size_t i = 0; i < count; i++) {
        const struct case_clock *clock = resting(context, &plans[i], false);
        if (clock != NULL) {
            tell_due(context, &plans[i], &fact->body.resumed);
            decide_armed(context, clock, plans[i].terms, "resumed");
        }
    }
}

void decide_resume(const struct context *context) {
    const struct case_command *command = context->input->of.command;
    decide_run_on(context, command->plans, command->plan_count, command->text);
}

void decide_tell_alone(const struct context *context, const struct case_change *pause,
                       const char *note, Redress__V1__ClockArmed *body) {
    body->alone = true;
    body->ground = (char *)pause->ground;
    body->note = (char *)note;
    body->clock = body->terms->name;
    body->extended = case_clock_was_extended(context->state, body->clock);
    body->due_at_ms = body->extended ? body->terms->due_at_ms : 0;
}

void decide_run_on_alone(const struct context *context, const struct case_plan *plans, size_t count,
                         const char *note) {
    for (size_t i = 0; i < count; i++) {
        const struct case_clock *clock = resting(context, &plans[i], true);
        if (clock != NULL) {
            const struct case_change *pause = case_pause_find(context->state, clock->name);
            decide_tell_alone(context, pause, note,
                              decide_armed(context, clock, plans[i].terms, "resumed"));
        }
    }
}

// Whether this user may let the command's clock rest alone, or run again; else refuses.
static bool may_rest_alone(const struct context *context) {
    const struct case_command *command = context->input->of.command;
    if (!case_clock_goes_beside(command->clock)) {
        decide_refusal_of(context, "clock", "rests-with-case",
                          "this clock is of the handling and rests with the case: suspend");
        return false;
    }
    if (!case_conducts(context->state, command->actor, command->clock)) {
        decide_refusal_of(context, "clock", CASE_NOT_CONDUCTED,
                          case_refusal_text(CASE_NOT_CONDUCTED));
        return false;
    }
    return true;
}

void decide_pause_clock(const struct context *context) {
    const struct case_command *command = context->input->of.command;
    const struct case_clock *clock = case_clock_find(context->state, command->clock);
    if (!may_rest_alone(context)) {
        return;
    }
    if (!case_clock_runs(clock) || command->plan_count != 1) {
        decide_refusal_of(context, "clock", "not-running", "only a running clock can be paused");
        return;
    }
    if (!has_room_for(context, 1)) {
        return;
    }
    Redress__V1__ClockPaused *body = pause_clock(context, clock, &command->plans[0]);
    body->alone = true;
    body->note = (char *)command->text;
}

void decide_resume_clock(const struct context *context) {
    const struct case_command *command = context->input->of.command;
    const struct case_clock *clock = case_clock_find(context->state, command->clock);
    if (!may_rest_alone(context)) {
        return;
    }
    if (clock == NULL || clock->state != CLOCK_STATE_PAUSED) {
        decide_refusal_of(context, "clock", "not-paused", "only a paused clock can be resumed");
        return;
    }
    if (!case_clock_rests_alone(context->state, clock)) {
        decide_refusal_of(context, "clock", "rests-with-case",
                          "this clock rests with the suspended case: resume");
        return;
    }
    decide_run_on_alone(context, command->plans, command->plan_count, command->text);
}

void decide_request_extension(const struct context *context) {
    const struct case_command *command = context->input->of.command;
    const struct case_state *state = context->state;
    const struct case_clock *clock = case_clock_find(state, command->clock);
    if (!case_clock_is_open(clock) || clock->due_at_ms <= context->now_ms) {
        decide_refusal(context, "too-late", "an extension is asked for before the limit ends");
        return;
    }
    if (state->extension.clock[0] != '\0') {
        decide_refusal(context, "extension-open", "an extension was asked for and not decided yet");
        return;
    }
    Redress__V1__ExtensionRequested *body =
        &decide_fact(context, FACT_EXTENSION_REQUESTED)->body.extension_requested;
    body->clock = (char *)clock->name;
    body->version = clock->version;
    body->value = command->value;
    body->unit = (char *)command->value_unit;
    body->reason = (char *)command->text;
    body->plan = (char *)command->plan;
    body->due_at_ms = clock->due_at_ms;
}

static void grant(const struct context *context, const struct case_clock *clock,
                  Redress__V1__ExtensionDecided *body) {
    const struct case_command *command = context->input->of.command;
    Redress__V1__ClockTerms *terms = command->plans[0].terms;
    body->previous_due_at_ms = clock->due_at_ms;
    body->due_at_ms = terms->due_at_ms;
    body->last_day_kept = command->keeps_last_day;
    if (clock->state != CLOCK_STATE_PAUSED) { // else it is counted when the clock runs again
        decide_armed(context, clock, terms, "extended");
    }
}

void decide_extension(const struct context *context) {
    const struct case_command *command = context->input->of.command;
    const struct case_state *state = context->state;
    const struct case_clock *clock = case_clock_find(state, state->extension.clock);
    if (state->extension.clock[0] == '\0' || command->request == NULL) {
        decide_refusal(context, "no-extension-open", "nobody asked for an extension");
        return;
    }
    if (command->granted && (command->plan_count != 1 || !case_clock_is_open(clock) ||
                             clock->due_at_ms <= context->now_ms)) {
        decide_refusal(context, "too-late", "the limit has ended; it can only be denied");
        return;
    }
    if (command->granted && case_in_conflict(state, state->extension.requester)) {
        decide_refusal(context, "requester-in-conflict",
                       "whoever asked is in conflict by now; it can only be denied");
        return;
    }
    if (command->granted && !has_room_for(context, 1)) {
        return;
    }
    Redress__V1__ExtensionDecided *body =
        &decide_fact(context, FACT_EXTENSION_DECIDED)->body.extension_decided;
    body->clock = command->request->clock;
    body->granted = command->granted;
    body->value = command->request->value;
    body->unit = command->request->unit;
    body->reason = command->request->reason;
    body->plan = command->request->plan;
    body->note = (char *)command->text;
    if (command->granted) {
        grant(context, clock, body);
    }
}
