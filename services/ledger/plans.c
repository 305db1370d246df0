// SPDX-License-Identifier: Apache-2.0
// One function a command that policies have a say in.
#include "plans.h"

#include "decide.h"
#include "permission.h"
#include "workflow.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define ANY_ROLE UINT32_MAX

_Static_assert(CASE_WARNS == DEADLINE_WARNS, "a case keeps as many warn points as a rule has");

struct planning {
    struct plans *plans;
    const struct region *region;
    const struct case_state *state;
    struct case_command *command;
    struct clock_about about;
    struct clock_run *run; // of the course that was computed last, which points into it
    int64_t now_ms;
    struct error *error;
};

void plans_run(const struct case_state *state, const struct case_clock *clock,
               struct clock_run *run) {
    run->name = clock->name;
    run->started_at_ms = clock->started_at_ms;
    run->restarted_on = clock->restarted_on;
    run->change_count = 0;
    for (size_t i = 0; i < state->change_count && run->change_count < COURSE_CHANGES; i++) {
        const struct case_change *from = &state->changes[i];
        struct clock_change *change = &run->changes[run->change_count];
        if (strcmp(from->clock, clock->name) != 0) {
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

static void fill_about(const struct region *region, const struct case_state *state,
                       struct clock_about *about) {
    struct policy_case place;
    clock_about_init(about, state->category, state->urgency, state->crisis, state->channel,
                     state->situations);
    (void)region_case(region, state->tenant, &place);
    about->about.institution = place.institution;
    about->about.institution_type = place.institution_type;
}

static enum rc course_of(const struct planning *planning, const struct case_clock *clock,
                         const struct course_event *event, struct course *course) {
    plans_run(planning->state, clock, planning->run);
    return clock_run_course(planning->region->policies, planning->region->policy_count,
                            &planning->about.about, planning->run, event, planning->now_ms, course,
                            planning->error);
}

static enum rc add_plan(const struct planning *planning, const struct case_clock *clock,
                        const struct course *course) {
    struct plans *plans = planning->plans;
    if (plans->terms == NULL) {
        plans->terms = calloc(CASE_CLOCKS, sizeof *plans->terms);
        plans->messages = calloc(CASE_CLOCKS, sizeof *plans->messages);
    }
    if (plans->terms == NULL || plans->messages == NULL) {
        return error_set(planning->error, RC_INTERNAL, "out of memory for terms of clocks");
    }
    clock_terms_fill(&plans->terms[plans->count], clock->name, planning->run->restarted_on,
                     &course->deadline);
    clock_terms_to_message(&plans->terms[plans->count], &plans->messages[plans->count]);
    plans->list[plans->count].terms = &plans->messages[plans->count].terms;
    plans->list[plans->count].until_ms = course->resumes_by_ms;
    plans->count++;
    return RC_OK;
}

// Whether the policy lets the case's resolution wait on the ground, though its clock may have
// ended.
static bool ground_exists(const struct planning *planning) {
    struct policy_choice choice;
    return policy_choose(planning->region->policies, planning->region->policy_count,
                         &planning->about.about, "resolution", planning->state->received_at_ms,
                         &choice) &&
           policy_pause_on(deadline_bound(&choice, planning->state->received_at_ms).rule,
                           planning->command->detail) != NULL;
}

static enum rc plan_suspension(struct planning *planning) {
    const struct case_state *state = planning->state;
    const struct course_event event = {
        .kind = COURSE_PAUSE, .at_ms = planning->now_ms, .ground = planning->command->detail};
    struct error cap = {.rc = RC_OK};
    for (size_t i = 0; i < state->clock_count; i++) {
        const struct case_clock *clock = &state->clocks[i];
        struct course course;
        if (!case_clock_runs(clock) || case_is_escalation(clock->name) ||
            clock->policy_version[0] == '\0') { // what names no policy was set by a person
            continue;
        }
        enum rc rc = course_of(planning, clock, &event, &course);
        rc = rc == RC_OK ? add_plan(planning, clock, &course) : rc;
        if (rc == RC_INTERNAL) {
            return rc;
        }
        if (rc == RC_CONFLICT && strcmp(planning->error->code, "unknown-ground") != 0) {
            cap = *planning->error;
        }
    }
    if (planning->plans->count == 0 && cap.rc != RC_OK) {
        *planning->error = cap;
        return cap.rc;
    }
    return planning->plans->count > 0 || ground_exists(planning)
               ? RC_OK
               : error_field(planning->error, "unknown-code", "ground",
                             "the case's policy lets nothing wait on this ground");
}

// From where the rule of now begins: the case may have become another while the clock rested. A
// pause whose cap was used up by now, or of before that beginning, has ended of itself: then there
// is nothing to resume.
static enum rc resumed_course(const struct planning *planning, const struct case_clock *clock,
                              const struct case_change *pause, struct course *course) {
    const struct course_event event = {.kind = COURSE_RESUME, .at_ms = planning->now_ms};
    const struct clock_asked asked = {planning->region->policies, planning->region->policy_count,
                                      &planning->about.about};
    struct clock_past past;
    plans_run(planning->state, clock, planning->run);
    if (plans_past(planning->state, clock, &past)) {
        clock_begin_move(&asked, &past, planning->run);
    }
    bool rests =
        pause->until_ms >= planning->now_ms && pause->from_ms >= planning->run->started_at_ms;
    return clock_run_course(asked.policies, asked.count, asked.about, planning->run,
                            rests ? &event : NULL, planning->now_ms, course, planning->error);
}

static enum rc plan_resumption(struct planning *planning) {
    const struct case_state *state = planning->state;
    for (size_t i = 0; i < state->clock_count; i++) {
        const struct case_clock *clock = &state->clocks[i];
        const struct case_change *pause = case_pause_find(state, clock->name);
        struct course course;
        if (clock->state != CLOCK_STATE_PAUSED || pause == NULL) {
            continue;
        }
        enum rc rc = resumed_course(planning, clock, pause, &course);
        rc = rc == RC_OK ? add_plan(planning, clock, &course) : rc;
        if (rc != RC_OK) {
            return rc;
        }
    }
    return RC_OK;
}

static const struct {
    unsigned role;
    uint32_t policy;
} role_pairs[] = {{ROLE_OPERATOR, POLICY_OPERATOR},
                  {ROLE_HANDLER, POLICY_HANDLER},
                  {ROLE_SUPERVISOR, POLICY_SUPERVISOR},
                  {ROLE_REVIEWER, POLICY_REVIEWER},
                  {ROLE_ADMINISTRATOR, POLICY_ADMINISTRATOR}};

static uint32_t policy_roles(unsigned roles) {
    uint32_t mask = 0;
    for (size_t i = 0; i < sizeof role_pairs / sizeof role_pairs[0]; i++) {
        mask |= (roles & role_pairs[i].role) != 0 ? role_pairs[i].policy : 0;
    }
    return mask;
}

static unsigned roles_of_policy(uint32_t approved_by) {
    unsigned roles = 0;
    for (size_t i = 0; i < sizeof role_pairs / sizeof role_pairs[0]; i++) {
        roles |= (approved_by & role_pairs[i].policy) != 0 ? role_pairs[i].role : 0;
    }
    return roles;
}

unsigned plans_extension_denied_to(const struct region *region, const struct case_state *state,
                                   int64_t now_ms) {
    const struct case_clock *clock = case_clock_find(state, state->extension.clock);
    struct clock_about about;
    struct clock_run run;
    struct course course;
    struct error error;
    if (clock == NULL) {
        return 0;
    }
    fill_about(region, state, &about);
    plans_run(state, clock, &run);
    enum rc rc = clock_run_course(region->policies, region->policy_count, &about.about, &run, NULL,
                                  now_ms, &course, &error);
    return rc == RC_OK && course.deadline.rule->extension != NULL
               ? ~roles_of_policy(course.deadline.rule->extension->approved_by)
               : 0;
}

// The course with the extension, as the policy sees it; its last day is kept as the rule's is.
static enum rc extend(struct planning *planning, const struct case_clock *clock,
                      struct course_event *event, struct course *course) {
    enum rc rc = course_of(planning, clock, NULL, course);
    if (rc != RC_OK) {
        return rc;
    }
    const struct policy_rule *rule = course->deadline.rule;
    const struct limit *model = rule->extension != NULL && rule->extension->limit != NULL
                                    ? rule->extension->limit
                                    : &rule->limit;
    event->limit.keeps_last_day = event->limit.unit == model->unit && model->keeps_last_day;
    return course_of(planning, clock, event, course);
}

static enum rc read_length(const struct planning *planning, uint32_t value, const char *unit,
                           struct limit *limit) {
    limit->value = value;
    return limit_unit_read(unit, &limit->unit)
               ? RC_OK
               : error_field(planning->error, "unknown-code", "unit", "there is no such unit");
}

// Told at once what could never be granted.
static enum rc plan_request(struct planning *planning) {
    const struct case_command *command = planning->command;
    const struct case_clock *clock = case_clock_find(planning->state, command->clock);
    struct course_event event = {.kind = COURSE_EXTEND,
                                 .at_ms = planning->now_ms,
                                 .reason = command->text,
                                 .plan = command->plan,
                                 .approver = ANY_ROLE};
    struct course course;
    enum rc rc = read_length(planning, command->value, command->value_unit, &event.limit);
    if (rc != RC_OK) {
        return rc;
    }
    if (clock == NULL || case_is_escalation(clock->name) || case_is_improvement(clock->name)) {
        return error_field(planning->error, "unknown-code", "clock", "the case has no such clock");
    }
    return extend(planning, clock, &event, &course);
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

static enum rc not_own_request(const struct planning *planning, const struct course *course) {
    const struct case_command *command = planning->command;
    bool own = strcmp(planning->state->extension.requester, command->actor->subject) == 0;
    if (!own || (course->deadline.rule->extension->approved_by & POLICY_HANDLER) != 0) {
        return RC_OK;
    }
    error_fill(planning->error, RC_CONFLICT, "own-request", "",
               "another person decides what somebody asked for");
    return RC_CONFLICT;
}

static enum rc plan_decision(struct planning *planning) {
    struct case_command *command = planning->command;
    const Redress__V1__ExtensionRequested *request = command->request;
    const struct case_clock *clock =
        case_clock_find(planning->state, planning->state->extension.clock);
    struct course course;
    if (request == NULL || clock == NULL || !command->granted) {
        return RC_OK; // the state judges
    }
    struct course_event event = {.kind = COURSE_EXTEND,
                                 .at_ms = planning->now_ms,
                                 .reason = request->reason,
                                 .plan = request->plan,
                                 .approver = policy_roles(permission_acts_by(
                                     planning->state, INPUT_DECIDE_EXTENSION, command->actor))};
    enum rc rc = read_length(planning, request->value, request->unit, &event.limit);
    rc = rc == RC_OK ? extend(planning, clock, &event, &course) : rc;
    if (rc == RC_CONFLICT && strcmp(planning->error->code, "not-approved") == 0) {
        planning->error->rc = RC_FORBIDDEN;
        return RC_FORBIDDEN;
    }
    rc = rc == RC_OK ? not_own_request(planning, &course) : rc;
    command->keeps_last_day = event.limit.keeps_last_day;
    return rc == RC_OK ? add_plan(planning, clock, &course) : rc;
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

// The time in which each level may be asked, in the levels' order.
static const struct {
    const char *clock;
    enum milestone starts_on, stops_on;
} appeals[] = {
    {"review_request", MILESTONE_CASE_REPLIED, MILESTONE_REVIEW_REQUESTED},
    {"re_review_request", MILESTONE_RE_REVIEW_OPEN, MILESTONE_RE_REVIEW_REQUESTED},
};

// When that time is over; 0: no policy bounds it, it has not begun, or the level was asked.
static int64_t appeal_end(const struct region *region, const struct case_state *state,
                          const struct clock_about *about, size_t level) {
    int64_t start_ms = state->reached_at_ms[appeals[level].starts_on];
    struct deadline deadline;
    return start_ms != 0 && state->reached_at_ms[appeals[level].stops_on] < start_ms &&
                   deadline_compute(region->policies, region->policy_count, &about->about,
                                    appeals[level].clock, start_ms, &deadline)
               ? deadline.due_at_ms
               : 0;
}

bool plans_review_too_late(const struct region *region, const struct case_state *state,
                           int64_t now_ms) {
    struct clock_about about;
    if (state->status != CASE_CLOSED || state->reviews >= sizeof appeals / sizeof appeals[0]) {
        return false;
    }
    fill_about(region, state, &about);
    int64_t end_ms = appeal_end(region, state, &about, state->reviews);
    return end_ms != 0 && end_ms <= now_ms;
}

int64_t plans_appeal_until(const struct region *region, const struct case_state *state) {
    int64_t until_ms = 0;
    struct clock_about about;
    if (!workflow_is_open(state->status) && !case_is_closed(state->status)) {
        return 0; // withdrawn, terminated, not ours: no way leads to a review
    }
    fill_about(region, state, &about);
    // A level that has decided is not asked again.
    for (size_t i = state->reviews; i < sizeof appeals / sizeof appeals[0]; i++) {
        int64_t end_ms = appeal_end(region, state, &about, i);
        until_ms = end_ms > until_ms ? end_ms : until_ms;
    }
    return until_ms;
}

static enum rc (*const planners[INPUT_KIND_COUNT])(struct planning *) = {
    [INPUT_REPLY] = plan_attempts,
    [INPUT_TRANSFER_EMERGENCY] = plan_attempts,
    [INPUT_SUSPEND] = plan_suspension,
    [INPUT_RESUME] = plan_resumption,
    [INPUT_DISPATCH] = plan_resumption, // of a suspended case
    [INPUT_SET_ASSESSMENT] = plan_assessment,
    [INPUT_REQUEST_EXTENSION] = plan_request,
    [INPUT_OPEN_IMPROVEMENT] = plan_improvement,
    [INPUT_DECIDE_EXTENSION] = plan_decision,
};

enum rc plans_make(struct plans *plans, const struct region *region, const struct case_state *state,
                   enum input_kind kind, struct case_command *command, int64_t now_ms,
                   struct error *error) {
    memset(plans, 0, sizeof *plans);
    if (planners[kind] == NULL) {
        return RC_OK;
    }
    struct clock_run run;
    struct planning planning = {.plans = plans,
                                .run = &run,
                                .region = region,
                                .state = state,
                                .command = command,
                                .now_ms = now_ms,
                                .error = error};
    fill_about(region, state, &planning.about);
    enum rc rc = planners[kind](&planning);
    command->plans = plans->list;
    command->plan_count = plans->count;
    return rc;
}

void plans_free(struct plans *plans) {
    free(plans->terms);
    free(plans->messages);
    plans->terms = NULL;
    plans->messages = NULL;
}
