// SPDX-License-Identifier: Apache-2.0
// Which clocks a suspension, or a command of one clock alone, pauses and until when, and how they
// run again.
#include "plans_private.h"

#include "case_procedures.h"

#include "common/escalation.h"

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

// One clock's pause on the command's ground.
static enum rc plan_pause(const struct planning *planning, const struct case_clock *clock) {
    const struct course_event event = {
        .kind = COURSE_PAUSE, .at_ms = planning->now_ms, .ground = planning->command->detail};
    struct course course;
    enum rc rc = plans_course(planning, clock, &event, &course);
    return rc == RC_OK ? plans_add(planning, clock, &course) : rc;
}

// What a clock's rule says, or the lack of one; else it refuses the pause for another reason.
static bool is_no_ground(const struct planning *planning, enum rc rc) {
    return rc == RC_NOT_FOUND ||
           (rc == RC_CONFLICT && strcmp(planning->error->code, "unknown-ground") == 0);
}

static enum rc unknown_ground(const struct planning *planning) {
    return error_field(planning->error, "unknown-code", "ground",
                       "the case's policy lets nothing wait on this ground");
}

enum rc plans_suspension(struct planning *planning) {
    const struct case_state *state = planning->state;
    struct error cap = {.rc = RC_OK};
    for (size_t i = 0; i < state->clock_count; i++) {
        const struct case_clock *clock = &state->clocks[i];
        if (!case_clock_runs(clock) || escalation_is(clock->name) ||
            clock->policy_version[0] == '\0') { // what names no policy was set by a person
            continue;
        }
        enum rc rc = plan_pause(planning, clock);
        if (rc == RC_INTERNAL) {
            return rc;
        }
        if (rc == RC_CONFLICT && !is_no_ground(planning, rc)) {
            cap = *planning->error;
        }
    }
    if (planning->plans->count == 0 && cap.rc != RC_OK) {
        *planning->error = cap;
        return cap.rc;
    }
    return planning->plans->count > 0 || ground_exists(planning) ? RC_OK : unknown_ground(planning);
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

// NULL: the clock does not rest, or not with its case; or not alone.
static const struct case_change *pause_of(const struct case_state *state,
                                          const struct case_clock *clock, bool alone) {
    const struct case_change *pause =
        clock->state == CLOCK_STATE_PAUSED ? case_pause_find(state, clock->name) : NULL;
    return pause != NULL && pause->alone == alone ? pause : NULL;
}

// How one clock that rests runs on.
static enum rc plan_resumption(const struct planning *planning, const struct case_clock *clock,
                               const struct case_change *pause) {
    struct course course;
    enum rc rc = resumed_course(planning, clock, pause, &course);
    return rc == RC_OK          ? plans_add(planning, clock, &course)
           : rc == RC_NOT_FOUND ? plans_keep(planning, clock)
                                : rc;
}

enum rc plans_resumption(struct planning *planning) {
    const struct case_state *state = planning->state;
    for (size_t i = 0; i < state->clock_count; i++) {
        const struct case_clock *clock = &state->clocks[i];
        const struct case_change *pause = pause_of(state, clock, false);
        enum rc rc = pause == NULL ? RC_OK : plan_resumption(planning, clock, pause);
        if (rc != RC_OK) {
            return rc;
        }
    }
    return RC_OK;
}

// Whether the rule of now lets a clock rest no more on the ground of its pause.
static bool rests_in_vain(const struct planning *planning, const struct case_clock *clock,
                          const struct case_change *pause) {
    struct course course;
    return resumed_course(planning, clock, pause, &course) == RC_OK &&
           policy_pause_on(course.deadline.rule, pause->ground) == NULL;
}

bool plans_waits_in_vain(struct planning *planning) {
    const struct case_state *state = planning->state;
    bool rests = false;
    for (size_t i = 0; i < state->clock_count; i++) {
        const struct case_change *pause = pause_of(state, &state->clocks[i], false);
        if (pause != NULL && rests_in_vain(planning, &state->clocks[i], pause)) {
            return true;
        }
        rests = rests || pause != NULL;
    }
    return !rests && !ground_exists(planning);
}

enum rc plans_alone_in_vain(struct planning *planning) {
    const struct case_state *state = planning->state;
    enum rc rc = RC_OK;
    for (size_t i = 0; i < state->clock_count && rc == RC_OK; i++) {
        const struct case_clock *clock = &state->clocks[i];
        const struct case_change *pause = pause_of(state, clock, true);
        if (pause != NULL && rests_in_vain(planning, clock, pause)) {
            rc = plan_resumption(planning, clock, pause);
        }
    }
    return rc;
}

// On a ground of this rule.
static bool may_wait_by(struct planning *planning, const struct policy_rule *rule,
                        enum rc (*plan)(struct planning *)) {
    bool may = false;
    for (unsigned i = 0; i < rule->pause_count && !may; i++) {
        planning->plans->count = 0;
        planning->command->detail = rule->pauses[i].ground;
        may = plan(planning) == RC_OK &&
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
        may_wait_by(planning, deadline_bound(&choice, state->received_at_ms).rule,
                    plans_suspension);
    for (size_t i = 0; i < state->clock_count && !may; i++) {
        struct course course;
        may = case_clock_runs(&state->clocks[i]) && !escalation_is(state->clocks[i].name) &&
              plans_course(planning, &state->clocks[i], NULL, &course) == RC_OK &&
              may_wait_by(planning, course.deadline.rule, plans_suspension);
    }
    return !may;
}

static const struct case_clock *named_clock(const struct planning *planning) {
    const struct case_clock *clock = case_clock_find(planning->state, planning->command->clock);
    return clock == NULL || escalation_is(clock->name) ? NULL : clock;
}

static enum rc unknown_clock(const struct planning *planning) {
    return error_field(planning->error, "unknown-code", "clock", "the case has no such clock");
}

// What no procedure waits for, and what does not run or rest, the state judges.
enum rc plans_clock_pause(struct planning *planning) {
    const struct case_clock *clock = named_clock(planning);
    if (clock == NULL) {
        return unknown_clock(planning);
    }
    if (!case_clock_runs(clock) || !case_clock_goes_beside(clock->name)) {
        return RC_OK;
    }
    enum rc rc = plan_pause(planning, clock);
    return is_no_ground(planning, rc) ? unknown_ground(planning) : rc;
}

enum rc plans_clock_resumption(struct planning *planning) {
    const struct case_state *state = planning->state;
    const struct case_clock *clock = named_clock(planning);
    if (clock == NULL) {
        return unknown_clock(planning);
    }
    const struct case_change *pause = pause_of(state, clock, true);
    return pause == NULL ? RC_OK : plan_resumption(planning, clock, pause);
}

static bool conducts(const struct planning *planning, const struct case_clock *clock) {
    return case_conducts(planning->state, planning->command->actor, clock->name);
}

bool plans_never_pause(struct planning *planning) {
    const struct case_state *state = planning->state;
    bool may = false;
    for (size_t i = 0; i < state->clock_count && !may; i++) {
        const struct case_clock *clock = &state->clocks[i];
        struct course course;
        planning->command->clock = clock->name;
        may = case_clock_runs(clock) && conducts(planning, clock) &&
              plans_course(planning, clock, NULL, &course) == RC_OK &&
              may_wait_by(planning, course.deadline.rule, plans_clock_pause);
    }
    return !may;
}

bool plans_never_resume(struct planning *planning) {
    const struct case_state *state = planning->state;
    bool may = false;
    for (size_t i = 0; i < state->clock_count && !may; i++) {
        const struct case_clock *clock = &state->clocks[i];
        may = pause_of(state, clock, true) != NULL && conducts(planning, clock);
    }
    return !may;
}
