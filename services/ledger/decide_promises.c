// SPDX-License-Identifier: Apache-2.0
// Periodic promises: progress told on major cases, visits after a crisis, improvements.
#include "decide.h"

#include "case_visits.h"
#include "permission.h"

// A crisis that a person names after the case had ended, or after all visits of the one before, is
// another one.
static bool names_another_crisis(const struct context *context) {
    const struct case_state *state = context->state;
    int64_t confirmed_ms = state->reached_at_ms[MILESTONE_CRISIS_CONFIRMED];
    return context->input->kind == INPUT_SET_ASSESSMENT &&
           context->input->of.command->crisis != 0 &&
           (state->ended_at_ms > confirmed_ms ||
            state->reached_at_ms[MILESTONE_CASE_CLOSED] > confirmed_ms ||
            (state->visits > 0 && !case_owes_visits(state)));
}

void decide_promised(const struct context *context, Redress__V1__CaseAssessed *body) {
    const struct case_state *state = context->state;
    uint32_t urgency = (uint32_t)body->urgency;
    bool major = case_urgency_is_major(urgency);
    bool crisis = body->crisis > REDRESS__V1__CRISIS_LEVEL__CRISIS_LEVEL_R0;
    bool by_person = body->lexicon_version[0] == '\0';
    body->became_major = major && (state->urgency == 0 || urgency < state->urgency);
    body->crisis_confirmed =
        crisis && by_person &&
        ((uint32_t)body->crisis > state->person_crisis || names_another_crisis(context));
}

void decide_progress(const struct context *context) {
    decide_fact(context, FACT_PROGRESS_TOLD)->body.progress_told.text =
        (char *)context->input->of.command->text;
}

// When the visit before this one is due (0), or this one (1); 0: it is owed by nobody. Nobody armed
// it yet where sla-timer is late.
static int64_t visit_due(const struct context *context, unsigned place) {
    const struct case_state *state = context->state;
    const struct case_clock *clock = case_visit_clock(state, state->visits + place);
    bool owed = clock != NULL && (place == 0 || case_clock_is_open(clock));
    return clock == NULL ? context->input->of.command->visit_due_ms[place]
           : owed        ? clock->due_at_ms
                         : 0;
}

// The one before is owed until its time: who is watched over for a month is not seen to in a day.
// Whoever wants no visit, or is not there, may say so at any time; and what is owed by nobody, or
// was promised for earlier, waits for nothing.
static bool is_too_early(const struct context *context) {
    int64_t before_ms = visit_due(context, 0);
    return context->input->of.command->outcome == REDRESS__V1__VISIT_OUTCOME__VISIT_OUTCOME_DONE &&
           context->now_ms < before_ms && visit_due(context, 1) > before_ms;
}

void decide_visit(const struct context *context) {
    const struct case_command *command = context->input->of.command;
    if (is_too_early(context)) {
        decide_refusal_of(
            context, "outcome", "visit-too-early",
            "the visit before this one is owed until its time, and this one after it");
        return;
    }
    Redress__V1__FollowUpVisited *body =
        &decide_fact(context, FACT_FOLLOW_UP_VISITED)->body.follow_up_visited;
    body->number = context->state->visits + 1;
    body->outcome = (Redress__V1__VisitOutcome)command->outcome;
    body->note = (char *)command->text;
}

// As it was promised, though that may be over by now: then its breach tells so.
static void visit_again(const struct context *context, const struct case_clock *clock,
                        Redress__V1__ClockTerms *terms) {
    redress__v1__clock_terms__init(terms);
    terms->name = (char *)clock->name;
    terms->started_at_ms = clock->started_at_ms;
    terms->due_at_ms = clock->due_at_ms;
    terms->policy_version = (char *)clock->policy_version;
    terms->calendar_version = (char *)clock->calendar_version;
    terms->restarted_on = (char *)clock->restarted_on;
    terms->provisional = clock->provisional;
    terms->stops_on = (char *)milestone_name(clock->stops_on);
    if (clock->warn_count > 0) {
        terms->warn_at_ms = clock->warn_at_ms[0];
        terms->n_later_warns_at_ms = clock->warn_count - 1;
        terms->later_warns_at_ms = (int64_t *)&clock->warn_at_ms[1];
    }
    decide_armed(context, clock, terms, "reopened");
}

void decide_visits_again(const struct context *context) {
    const struct case_state *state = context->state;
    for (size_t i = 0; i < state->clock_count; i++) {
        if (case_visit_was_ended(state, &state->clocks[i])) {
            visit_again(context, &state->clocks[i], &context->decision->visits[i]);
        }
    }
}

void decide_open_improvement(const struct context *context) {
    const struct case_command *command = context->input->of.command;
    const struct case_state *state = context->state;
    if (state->improvement_count == CASE_IMPROVEMENTS) {
        decide_refusal(context, "too-many-improvements", "the case has no room for another one");
        return;
    }
    if (!decide_bounds_due(context, command->entry.due_at_ms)) {
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
    if (!permission_of_whole(state, context->input->kind, command->actor) &&
        !permission_acts_for(state, command->actor, improvement->owner)) {
        decide_refusal_of(context, "improvement", "not-your-unit",
                          "another unit owns this improvement");
        return;
    }
    Redress__V1__ImprovementDone *body =
        &decide_fact(context, FACT_IMPROVEMENT_DONE)->body.improvement_done;
    body->improvement = number;
    body->effect = (char *)command->text;
    body->late = context->now_ms > improvement->due_at_ms;
    decide_stop_named(context, decide_clock_name(context, "improvement", number));
}
