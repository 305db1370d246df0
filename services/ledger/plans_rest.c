// SPDX-License-Identifier: Apache-2.0
// What proposals make of a case that rests, or rested while nobody armed its clocks.
#include "plans_private.h"

#include "decide.h"

#include "common/escalation.h"

#include <stdio.h>

// What rests already goes on resting, and what runs was running when the case was suspended. It
// rested where the case rests, or did after the run began.
static bool is_new_run(const struct case_state *state, const Redress__V1__ClockTerms *terms) {
    return terms->policy_version[0] != '\0' && !escalation_is(terms->name) &&
           !case_clock_is_open(case_clock_find(state, terms->name)) &&
           state->change_count < CASE_CHANGES;
}

// How the run goes on whose pause was planned last.
static enum rc plan_run_on(struct planning *planning, const struct case_clock *clock,
                           const struct course_event *pause) {
    struct clock_run *run = planning->run;
    struct clock_change *change = &run->changes[0];
    struct course course;
    snprintf(change->ground, sizeof change->ground, "%s", pause->ground);
    change->from_ms = pause->at_ms;
    change->to_ms = planning->state->ran_on_at_ms;
    change->until_ms = planning->plans->list[0].until_ms;
    run->change_count = 1;
    enum rc rc = clock_run_course(planning->region->policies, planning->region->policy_count,
                                  &planning->about.about, run, NULL, planning->now_ms, &course,
                                  planning->error);
    return rc == RC_OK ? plans_add(planning, clock, &course) : rc;
}

static enum rc plan_armed(struct planning *planning, const Redress__V1__ClockTerms *terms) {
    const struct case_state *state = planning->state;
    bool rests = state->status == CASE_SUSPENDED;
    const struct course_event event = {
        .kind = COURSE_PAUSE,
        .at_ms = case_rests_since(state, terms->started_at_ms, planning->now_ms),
        .ground = planning->command->detail};
    if (!rests && state->ran_on_at_ms <= event.at_ms) {
        return RC_OK; // it began later
    }
    struct case_clock clock = {.started_at_ms = terms->started_at_ms};
    struct course course;
    snprintf(clock.name, sizeof clock.name, "%s", terms->name);
    snprintf(clock.restarted_on, sizeof clock.restarted_on, "%s", terms->restarted_on);
    plans_about(planning->region, planning->state, &planning->about);
    enum rc rc = plans_course(planning, &clock, &event, &course);
    rc = rc == RC_OK ? plans_add(planning, &clock, &course) : rc;
    rc = rc == RC_OK && !rests ? plan_run_on(planning, &clock, &event) : rc;
    planning->plans->count =
        rc == RC_OK ? planning->plans->count : 0; // its rule knows no such pause
    return rc == RC_INTERNAL ? rc : RC_OK;
}

// As a resumption would be refused, the case rests on, and the assessment holds.
static enum rc plan_assessed(struct planning *planning, struct case_input *input) {
    const struct case_state *state = planning->state;
    Redress__V1__CaseTraits found;
    decide_found(state, input, &found);
    plans_about_traits(planning->region, state->tenant, &found, &planning->about);
    input->waits_in_vain = state->status == CASE_SUSPENDED && plans_waits_in_vain(planning);
    enum rc rc = input->waits_in_vain ? plans_resumption(planning) : RC_OK;
    input->waits_in_vain = input->waits_in_vain && rc != RC_CONFLICT;
    return rc == RC_OK || rc == RC_CONFLICT ? plans_alone_in_vain(planning) : rc;
}

static bool something_rests(const struct case_state *state) {
    bool rests = state->status == CASE_SUSPENDED;
    for (size_t i = 0; i < state->clock_count && !rests; i++) {
        rests = case_clock_rests_alone(state, &state->clocks[i]);
    }
    return rests;
}

enum rc plans_of_rest(struct plans *plans, const struct region *region,
                      const struct case_state *state, struct case_input *input, int64_t now_ms,
                      struct error *error) {
    struct clock_run run;
    struct case_command command = {.detail = state->rested_on};
    struct planning planning = plans_begin(plans, &run, region, state, now_ms);
    enum rc rc = RC_OK;
    input->waits_in_vain = false;
    input->plan_count = 0;
    planning.command = &command;
    planning.error = error;
    bool assessed = input->kind == INPUT_ASSESS || input->kind == INPUT_SET_ASSESSMENT;
    if (assessed && something_rests(state)) {
        rc = plan_assessed(&planning, input);
    } else if (input->kind == INPUT_ARM_CLOCK && is_new_run(state, input->of.arm->terms)) {
        rc = plan_armed(&planning, input->of.arm->terms);
    }
    input->plans = plans->list;
    input->plan_count = plans->count;
    return rc;
}
