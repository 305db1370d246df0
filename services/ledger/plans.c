// SPDX-License-Identifier: Apache-2.0
// What all of these need, and commands that need little: one function a command that policies have
// a say in. Pauses, extensions and appeals have files of their own.
#include "plans_private.h"

#include "decide.h"
#include "workflow.h"

#include "common/scope.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

_Static_assert(CASE_WARNS == DEADLINE_WARNS, "a case keeps as many warn points as a rule has");

void plans_run(const struct case_state *state, const struct case_clock *clock,
               struct clock_run *run) {
    run->name = clock->name;
    run->started_at_ms = clock->started_at_ms;
    run->restarted_on = clock->restarted_on;
    run->change_count = 0;
    for (size_t i = 0; i < state->change_count && run->change_count < COURSE_CHANGES; i++) {
        const struct case_change *from = &state->changes[i];
        struct clock_change *change = &run->changes[run->change_count];
        if (!case_change_counts(clock, from)) {
            continue;
        }
        snprintf(change->ground, sizeof change->ground, "%s", from->ground);
        change->from_ms = from->from_ms;
        change->to_ms = from->to_ms;
        change->until_ms = from->until_ms;
        change->limit = from->limit;
        run->change_count++;
    }
}

bool plans_past(const struct case_state *state, const struct case_clock *clock,
                struct clock_past *past) {
    int64_t closed_at_ms = state->reached_at_ms[MILESTONE_CASE_CLOSED];
    memset(past, 0, sizeof *past);
    past->restarted_at_ms = state->restarted_at_ms;
    past->restarted_on = state->restarted_on;
    for (int i = 0; i < MILESTONE_COUNT; i++) {
        int64_t at_ms = state->reached_at_ms[i];
        past->reached_at_ms[i] = at_ms > closed_at_ms ? at_ms : 0;
    }
    past->reached_at_ms[MILESTONE_CASE_REGISTERED] = closed_at_ms == 0 ? state->received_at_ms : 0;
    return !case_is_promise(clock) && clock->restarted_on[0] == '\0';
}

void plans_about_traits(const struct region *region, const char *tenant,
                        const Redress__V1__CaseTraits *traits, struct clock_about *about) {
    struct policy_case place;
    clock_about_init(about, traits->category, (uint32_t)traits->urgency, (uint32_t)traits->crisis,
                     (uint32_t)traits->channel, traits->situations);
    (void)region_case(region, tenant, &place);
    about->about.institution = place.institution;
    about->about.institution_type = place.institution_type;
}

void plans_about(const struct region *region, const struct case_state *state,
                 struct clock_about *about) {
    Redress__V1__CaseTraits traits;
    decide_traits(state, &traits);
    plans_about_traits(region, state->tenant, &traits, about);
}

enum rc plans_course(const struct planning *planning, const struct case_clock *clock,
                     const struct course_event *event, struct course *course) {
    plans_run(planning->state, clock, planning->run);
    return clock_run_course(planning->region->policies, planning->region->policy_count,
                            &planning->about.about, planning->run, event, planning->now_ms, course,
                            planning->error);
}

// The terms of one plan more, for the caller to fill; NULL where there is no memory.
static struct clock_terms *next_terms(const struct planning *planning) {
    struct plans *plans = planning->plans;
    if (plans->terms == NULL) {
        plans->terms = calloc(CASE_CLOCKS, sizeof *plans->terms);
        plans->messages = calloc(CASE_CLOCKS, sizeof *plans->messages);
    }
    return plans->terms == NULL || plans->messages == NULL ? NULL : &plans->terms[plans->count];
}

static enum rc out_of_memory(const struct planning *planning) {
    return error_set(planning->error, RC_INTERNAL, "out of memory for terms of clocks");
}

static void add_terms(struct plans *plans, int64_t until_ms) {
    clock_terms_to_message(&plans->terms[plans->count], &plans->messages[plans->count]);
    plans->list[plans->count].terms = &plans->messages[plans->count].terms;
    plans->list[plans->count].until_ms = until_ms;
    plans->count++;
}

enum rc plans_add(const struct planning *planning, const struct case_clock *clock,
                  const struct course *course) {
    if (planning->tries) {
        planning->plans->count++;
        return RC_OK;
    }
    struct clock_terms *terms = next_terms(planning);
    if (terms == NULL) {
        return out_of_memory(planning);
    }
    clock_terms_fill(terms, clock->name, planning->run->restarted_on, &course->deadline);
    add_terms(planning->plans, course->resumes_by_ms);
    return RC_OK;
}

enum rc plans_keep(const struct planning *planning, const struct case_clock *clock) {
    struct clock_terms *terms = next_terms(planning);
    if (terms == NULL) {
        return out_of_memory(planning);
    }
    memset(terms, 0, sizeof *terms);
    snprintf(terms->name, sizeof terms->name, "%s", clock->name);
    terms->started_at_ms = clock->started_at_ms;
    terms->warn_count = clock->warn_count;
    memcpy(terms->warn_at_ms, clock->warn_at_ms, sizeof terms->warn_at_ms);
    terms->due_at_ms = clock->due_at_ms;
    terms->provisional = clock->provisional;
    terms->lapses = clock->lapses;
    snprintf(terms->stops_on, sizeof terms->stops_on, "%s",
             clock->stops_on == MILESTONE_COUNT ? "" : milestone_name(clock->stops_on));
    snprintf(terms->restarted_on, sizeof terms->restarted_on, "%s", clock->restarted_on);
    snprintf(terms->policy_version, sizeof terms->policy_version, "%s", clock->policy_version);
    snprintf(terms->calendar_version, sizeof terms->calendar_version, "%s",
             clock->calendar_version);
    clock_terms_stand(terms);
    add_terms(planning->plans, 0);
    return RC_OK;
}

// Whoever makes a case wait longer says why.
static enum rc plan_assessment(struct planning *planning) {
    const struct case_command *command = planning->command;
    const struct case_state *state = planning->state;
    bool lowers = (state->urgency != 0 && command->urgency > state->urgency) ||
                  (command->crisis != 0 && command->crisis < state->crisis);
    return lowers && command->text[0] == '\0'
               ? error_field(planning->error, "reason-missing", "reason",
                             "a less urgent assessment, or a lower crisis, needs a reason")
               : RC_OK;
}

static enum rc plan_attempts(struct planning *planning) {
    planning->command->attempts =
        region_follow_up_attempts(planning->region, planning->state->tenant, planning->now_ms);
    return RC_OK;
}

// Who is to make it sees the case that it is of.
static enum rc plan_improvement(struct planning *planning) {
    const struct case_state *state = planning->state;
    const char *owner = planning->command->unit;
    const struct region_institution *of = NULL;
    bool handles = strcmp(state->unit, owner) == 0;
    for (size_t i = 0; i < state->parts.co_handler_count && !handles; i++) {
        handles = strcmp(state->parts.co_handlers[i].unit, owner) == 0;
    }
    if (handles || (region_department(planning->region, owner, &of) != NULL && of != NULL &&
                    case_line_has(&state->line, of->code))) {
        return RC_OK;
    }
    error_fill(planning->error, RC_CONFLICT, "unit-elsewhere", "owner",
               "owner must be a unit of the case's institution, of one above it, or one that "
               "handles the case");
    return RC_CONFLICT;
}

// Whose a case is among institutions, and who has a part in it, the bureau says: others send it to
// units of the case's own institution and of those that they have in their scope.
static enum rc check_unit(struct planning *planning) {
    const struct case_actor *actor = planning->command->actor;
    const struct region_institution *of = NULL;
    bool known = region_department(planning->region, planning->command->unit, &of) != NULL;
    if (known && actor->tenants != NULL && strcmp(of->code, planning->state->tenant) != 0 &&
        !scope_contains(actor->tenants, of->code)) {
        error_fill(planning->error, RC_CONFLICT, "bureau-decides", "unit",
                   "whether another institution's unit has the case, only the bureau says");
        return RC_CONFLICT;
    }
    return RC_OK;
}

static enum rc plan_dispatch(struct planning *planning) {
    enum rc rc = check_unit(planning);
    return rc == RC_OK ? plans_resumption(planning) : rc; // of a suspended case
}

static enum rc (*const planners[INPUT_KIND_COUNT])(struct planning *) = {
    [INPUT_REPLY] = plan_attempts,
    [INPUT_TRANSFER_EMERGENCY] = plan_attempts,
    [INPUT_SUSPEND] = plans_suspension,
    [INPUT_RESUME] = plans_resumption,
    [INPUT_DISPATCH] = plan_dispatch,
    [INPUT_ADD_CO_HANDLER] = check_unit,
    [INPUT_SET_ASSESSMENT] = plan_assessment,
    [INPUT_REQUEST_EXTENSION] = plans_request,
    [INPUT_PAUSE_CLOCK] = plans_clock_pause,
    [INPUT_RESUME_CLOCK] = plans_clock_resumption,
    [INPUT_OPEN_IMPROVEMENT] = plan_improvement,
    [INPUT_DECIDE_EXTENSION] = plans_decision,
    [INPUT_VISIT] = plans_visit,
};

struct planning plans_begin(struct plans *plans, struct clock_run *run, const struct region *region,
                            const struct case_state *state, int64_t now_ms) {
    memset(plans, 0, sizeof *plans);
    return (struct planning){
        .plans = plans, .run = run, .region = region, .state = state, .now_ms = now_ms};
}

enum rc plans_make(struct plans *plans, const struct region *region, const struct case_state *state,
                   enum input_kind kind, struct case_command *command, int64_t now_ms,
                   struct error *error) {
    struct clock_run run;
    struct planning planning = plans_begin(plans, &run, region, state, now_ms);
    if (planners[kind] == NULL) {
        return RC_OK;
    }
    planning.command = command;
    planning.error = error;
    plans_about(region, state, &planning.about);
    enum rc rc = planners[kind](&planning);
    command->plans = plans->list;
    command->plan_count = plans->count;
    return rc;
}

static bool (*const nevers[INPUT_KIND_COUNT])(struct planning *) = {
    [INPUT_SUSPEND] = plans_never_wait,
    [INPUT_PAUSE_CLOCK] = plans_never_pause,
    [INPUT_RESUME_CLOCK] = plans_never_resume,
    [INPUT_REQUEST_EXTENSION] = plans_never_extend,
};

bool plans_never(const struct region *region, const struct case_state *state, enum input_kind kind,
                 const struct case_actor *actor) {
    struct plans plans;
    struct clock_run run;
    struct case_command command = {.actor = actor};
    struct error error;
    struct planning planning = plans_begin(&plans, &run, region, state, state->asked_at_ms);
    if (nevers[kind] == NULL) {
        return false;
    }
    planning.command = &command;
    planning.error = &error;
    planning.tries = true;
    plans_about(region, state, &planning.about);
    return nevers[kind](&planning);
}

void plans_free(struct plans *plans) {
    free(plans->terms);
    free(plans->messages);
    plans->terms = NULL;
    plans->messages = NULL;
}
