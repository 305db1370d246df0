// SPDX-License-Identifier: Apache-2.0
// Which clocks a suspension pauses and until when, and how they run again.
#include "plans_private.h"

#include <string.h>

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

enum rc plans_suspension(struct planning *planning) {
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
        enum rc rc = plans_course(planning, clock, &event, &course);
        rc = rc == RC_OK ? plans_add(planning, clock, &course) : rc;
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

// NULL: the clock does not rest.
static const struct case_change *pause_of(const struct case_state *state,
                                          const struct case_clock *clock) {
    return clock->state == CLOCK_STATE_PAUSED ? case_pause_find(state, clock->name) : NULL;
}

enum rc plans_resumption(struct planning *planning) {
    const struct case_state *state = planning->state;
    for (size_t i = 0; i < state->clock_count; i++) {
        const struct case_clock *clock = &state->clocks[i];
        const struct case_change *pause = pause_of(state, clock);
        struct course course;
        if (pause == NULL) {
            continue;
        }
        enum rc rc = resumed_course(planning, clock, pause, &course);
        rc = rc == RC_OK          ? plans_add(planning, clock, &course)
             : rc == RC_NOT_FOUND ? plans_keep(planning, clock)
                                  : rc;
        if (rc != RC_OK) {
            return rc;
        }
    }
    return RC_OK;
}

bool plans_waits_in_vain(struct planning *planning) {
    const struct case_state *state = planning->state;
    bool rests = false;
    for (size_t i = 0; i < state->clock_count; i++) {
        const struct case_clock *clock = &state->clocks[i];
        const struct case_change *pause = pause_of(state, clock);
        struct course course;
        if (pause == NULL) {
            continue;
        }
        rests = true;
        if (resumed_course(planning, clock, pause, &course) == RC_OK &&
            policy_pause_on(course.deadline.rule, pause->ground) == NULL) {
            return true;
        }
    }
    return !rests && !ground_exists(planning);
}

// On a ground of this rule.
static bool may_wait_by(struct planning *planning, const struct policy_rule *rule) {
    bool may = false;
    for (unsigned i = 0; i < rule->pause_count && !may; i++) {
        planning->plans->count = 0;
        planning->command->detail = rule->pauses[i].ground;
        may = plans_suspension(planning) == RC_OK &&
              planning->state->change_count + planning->plans->count <= CASE_CHANGES;
    }
    return may;
}

bool plans_never_wait(struct planning *planning) {
    const struct case_state *state = planning->state;
    struct policy_choice choice;
    bool may =
        policy_choose(planning->region->policies, planning->region->policy_count,
                      &planning->about.about, "resolution", state->received_at_ms, &choice) &&
        may_wait_by(planning, deadline_bound(&choice, state->received_at_ms).rule);
    for (size_t i = 0; i < state->clock_count && !may; i++) {
        struct course course;
        may = case_clock_runs(&state->clocks[i]) && !case_is_escalation(state->clocks[i].name) &&
              plans_course(planning, &state->clocks[i], NULL, &course) == RC_OK &&
              may_wait_by(planning, course.deadline.rule);
    }
    return !may;
}
