// SPDX-License-Identifier: Apache-2.0
// Extensions: what can be asked for, and who grants it.
#include "plans_private.h"

#include "permission.h"

#include "common/escalation.h"
#include "common/policy_known.h"

#include <string.h>

#define ANY_ROLE UINT32_MAX

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
    plans_about(region, state, &about);
    plans_run(state, clock, &run);
    enum rc rc = clock_run_course(region->policies, region->policy_count, &about.about, &run, NULL,
                                  now_ms, &course, &error);
    return rc == RC_OK && course.deadline.rule->extension != NULL
               ? ~policy_roles_to(course.deadline.rule->extension->approved_by)
               : 0;
}

// What an extension is measured by.
static const struct limit *model_of(const struct policy_rule *rule) {
    return rule->extension != NULL && rule->extension->limit != NULL ? rule->extension->limit
                                                                     : &rule->limit;
}

// What no rule has a say in is not extended.
static bool may_be_asked(const struct case_clock *clock) {
    return clock != NULL && !escalation_is(clock->name) && !case_is_improvement(clock->name);
}

// The course with the extension, as the policy sees it; its last day is kept as the rule's is.
static enum rc extend(const struct planning *planning, const struct case_clock *clock,
                      struct course_event *event, struct course *course) {
    enum rc rc = plans_course(planning, clock, NULL, course);
    if (rc != RC_OK) {
        return rc;
    }
    const struct limit *model = model_of(course->deadline.rule);
    event->limit.keeps_last_day = event->limit.unit == model->unit && model->keeps_last_day;
    return plans_course(planning, clock, event, course);
}

static enum rc read_length(const struct planning *planning, uint32_t value, const char *unit,
                           struct limit *limit) {
    limit->value = value;
    return limit_unit_read(unit, &limit->unit)
               ? RC_OK
               : error_field(planning->error, "unknown-code", "unit", "there is no such unit");
}

// Told at once what could never be granted.
enum rc plans_request(struct planning *planning) {
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
    if (!may_be_asked(clock)) {
        return error_field(planning->error, "unknown-code", "clock", "the case has no such clock");
    }
    return extend(planning, clock, &event, &course);
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

enum rc plans_decision(struct planning *planning) {
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
                                 .approver = policy_roles_of(permission_acts_by(
                                     planning->state, INPUT_DECIDE_EXTENSION, command->actor))};
    enum rc rc = read_length(planning, request->value, request->unit, &event.limit);
    rc = rc == RC_OK ? extend(planning, clock, &event, &course) : rc;
    if (rc == RC_CONFLICT && strcmp(planning->error->code, "not-approved") == 0) {
        planning->error->rc = RC_FORBIDDEN;
        return RC_FORBIDDEN;
    }
    rc = rc == RC_OK ? not_own_request(planning, &course) : rc;
    command->keeps_last_day = event.limit.keeps_last_day;
    return rc == RC_OK ? plans_add(planning, clock, &course) : rc;
}

// By the least that its rule can give.
static bool may_extend(const struct planning *planning, const struct case_clock *clock) {
    struct course_event event = {.kind = COURSE_EXTEND,
                                 .at_ms = planning->now_ms,
                                 .reason = "any",
                                 .plan = "any",
                                 .approver = ANY_ROLE};
    struct course course;
    bool open =
        case_clock_is_open(clock) && clock->due_at_ms > planning->now_ms && may_be_asked(clock);
    if (!open || plans_course(planning, clock, NULL, &course) != RC_OK) {
        return false;
    }
    event.limit = (struct limit){.value = 1, .unit = model_of(course.deadline.rule)->unit};
    return extend(planning, clock, &event, &course) == RC_OK;
}

bool plans_never_extend(struct planning *planning) {
    const struct case_state *state = planning->state;
    bool may = false;
    for (size_t i = 0; i < state->clock_count && state->extension.clock[0] == '\0' && !may; i++) {
        may = may_extend(planning, &state->clocks[i]);
    }
    return !may;
}
