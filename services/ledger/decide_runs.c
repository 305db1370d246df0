// SPDX-License-Identifier: Apache-2.0
// What an assessment tells of the case's clocks, so that other rules can be asked about them.
#include "decide.h"

#include "workflow.h"

#include "common/escalation.h"

#include <stdio.h>
#include <string.h>

static Redress__V1__ClockChange *write_change(struct case_decision *decision, size_t place,
                                              const struct case_change *change) {
    Redress__V1__ClockChange *message = &decision->changes[place];
    redress__v1__clock_change__init(message);
    message->ground = (char *)change->ground;
    message->from_ms = change->from_ms;
    message->to_ms = change->to_ms;
    message->until_ms = change->until_ms;
    message->value = change->limit.value;
    message->unit = (char *)limit_unit_name(change->limit.unit);
    message->last_day_kept = change->limit.keeps_last_day;
    return message;
}

static void write_run(const struct context *context, const struct case_clock *clock,
                      Redress__V1__ClockRun *run, size_t *used) {
    const struct case_state *state = context->state;
    struct case_decision *decision = context->decision;
    redress__v1__clock_run__init(run);
    run->name = (char *)clock->name;
    run->version = clock->version;
    run->started_at_ms = clock->started_at_ms;
    run->restarted_on = (char *)clock->restarted_on;
    run->changes = &decision->change_list[*used];
    for (size_t i = 0; i < state->change_count; i++) {
        const struct case_change *change = &state->changes[i];
        if (case_change_counts(clock, change)) {
            run->changes[run->n_changes++] = write_change(decision, *used, change);
            (*used)++;
        }
    }
}

// What nothing was known of is left out: the first assessment of most cases.
static void tell_before(const struct context *context, Redress__V1__CaseAssessed *body) {
    const struct case_state *state = context->state;
    Redress__V1__CaseTraits *before = &context->decision->traits;
    bool known = state->urgency != 0 || state->crisis != 0 || state->situations[0] != '\0' ||
                 strcmp(state->category, body->category) != 0;
    if (known) {
        redress__v1__case_traits__init(before);
        decide_traits(state, before);
        body->before = before;
    }
}

void decide_list_reached(const struct context *context, Redress__V1__CaseAssessed *body) {
    const struct case_state *state = context->state;
    struct case_decision *decision = context->decision;
    int64_t closed_at_ms = state->reached_at_ms[MILESTONE_CASE_CLOSED];
    tell_before(context, body);
    body->reopened = closed_at_ms != 0;
    body->restarted_at_ms = state->restarted_at_ms;
    body->restarted_on = (char *)state->restarted_on;
    body->reached = decision->reached_list;
    for (int i = MILESTONE_CASE_REGISTERED + 1; i < MILESTONE_COUNT; i++) {
        if (state->reached_at_ms[i] > closed_at_ms) {
            Redress__V1__MilestoneReached *reached = &decision->reached[body->n_reached];
            redress__v1__milestone_reached__init(reached);
            reached->milestone = (char *)milestone_name((enum milestone)i);
            reached->at_ms = state->reached_at_ms[i];
            decision->reached_list[body->n_reached++] = reached;
        }
    }
}

// What names no policy was set by a person; promises count from what promised them.
static bool is_counted_again(const struct case_clock *clock) {
    return !case_is_promise(clock) && clock->policy_version[0] != '\0' &&
           !escalation_is(clock->name);
}

void decide_list_runs(const struct context *context, Redress__V1__CaseAssessed *body) {
    const struct case_state *state = context->state;
    struct case_decision *decision = context->decision;
    size_t used = 0;
    body->runs = decision->run_list;
    for (size_t i = 0; i < state->clock_count; i++) {
        const struct case_clock *clock = &state->clocks[i];
        bool plain = clock->started_at_ms == state->received_at_ms &&
                     !case_clock_was_changed(state, clock->name);
        if (case_clock_runs(clock) && !plain && is_counted_again(clock) &&
            !decide_has_ended(decision, clock)) {
            decision->run_list[body->n_runs] = &decision->runs[body->n_runs];
            write_run(context, clock, &decision->runs[body->n_runs++], &used);
        }
    }
}

// A run as these terms make it. Copies texts.
static void run_of(const Redress__V1__ClockTerms *terms, struct case_clock *run) {
    memset(run, 0, sizeof *run);
    snprintf(run->name, sizeof run->name, "%s", terms->name);
    snprintf(run->restarted_on, sizeof run->restarted_on, "%s", terms->restarted_on);
    snprintf(run->policy_version, sizeof run->policy_version, "%s", terms->policy_version);
    run->version = terms->version;
    run->started_at_ms = terms->started_at_ms;
    run->stops_on = milestone_read(terms->stops_on);
}

// Each assessment counts by itself what began at the reception, until the case was closed.
static bool is_overtaken(const struct context *context, const struct case_clock *run) {
    const struct case_state *state = context->state;
    const Redress__V1__ArmClock *arm = context->input->of.arm;
    uint64_t known = arm->terms->based_on != 0 ? arm->terms->based_on : arm->known_sequence;
    bool plain = run->started_at_ms == state->received_at_ms &&
                 !case_clock_was_changed(state, run->name) &&
                 state->reached_at_ms[MILESTONE_CASE_CLOSED] == 0;
    return known != 0 && known < state->assessed_sequence && !plain;
}

// The terms end a pause.
static void end_pauses(const struct context *context, Redress__V1__ClockRun *run) {
    for (size_t i = 0; i < run->n_changes; i++) {
        Redress__V1__ClockChange *change = run->changes[i];
        if (change->ground[0] != '\0' && change->to_ms == 0) {
            change->to_ms = context->now_ms < change->until_ms ? context->now_ms : change->until_ms;
        }
    }
}

// An assessment lets the run begin before pauses and extensions that its terms don't know.
static bool is_forgetful(const Redress__V1__ArmClock *arm, const Redress__V1__ClockRun *run) {
    return strcmp(arm->reason, "assessed") == 0 && arm->known_changes < run->n_changes;
}

void decide_tell_overtaken(const struct context *context, Redress__V1__ClockArmed *body) {
    struct case_decision *decision = context->decision;
    struct case_clock run;
    size_t used = 0;
    run_of(body->terms, &run);
    if (!is_counted_again(&run)) {
        return;
    }
    write_run(context, &run, &decision->runs[0], &used);
    if (!is_overtaken(context, &run) && !is_forgetful(context->input->of.arm, &decision->runs[0])) {
        return;
    }
    decision->runs[0].name = body->terms->name;
    decision->runs[0].restarted_on = body->terms->restarted_on;
    end_pauses(context, &decision->runs[0]);
    redress__v1__case_traits__init(&decision->traits);
    decide_traits(context->state, &decision->traits);
    body->run = &decision->runs[0];
    body->assessed = &decision->traits;
}
