// SPDX-License-Identifier: Apache-2.0
// What the plans_*.c share: one command that is planned.
#pragma once

#include "plans.h"

struct planning {
    struct plans *plans;
    const struct region *region;
    const struct case_state *state;
    struct case_command *command;
    struct clock_about about;
    struct clock_run *run; // of the course that was computed last, which points into it
    int64_t now_ms;
    struct error *error;
    bool tries; // whether it could be planned: plans are counted, not made
};

// With nothing planned yet; the command and where errors go are the caller's to set.
struct planning plans_begin(struct plans *plans, struct clock_run *run, const struct region *region,
                            const struct case_state *state, int64_t now_ms);
// What rules ask of a case of these traits.
void plans_about_traits(const struct region *region, const char *tenant,
                        const Redress__V1__CaseTraits *traits, struct clock_about *about);
// What rules ask of the case as it is now. Borrows from both.
void plans_about(const struct region *region, const struct case_state *state,
                 struct clock_about *about);
// The clock's course with one more event, or NULL; RC_CONFLICT where the rule refuses that.
MUST_CHECK enum rc plans_course(const struct planning *planning, const struct case_clock *clock,
                                const struct course_event *event, struct course *course);
// Keeps the course's terms for the command.
MUST_CHECK enum rc plans_add(const struct planning *planning, const struct case_clock *clock,
                             const struct course *course);
// Keeps what was told of a clock for which no rule holds any more: the date stands.
MUST_CHECK enum rc plans_keep(const struct planning *planning, const struct case_clock *clock);
// plans_pauses.c
MUST_CHECK enum rc plans_suspension(struct planning *planning);
MUST_CHECK enum rc plans_resumption(struct planning *planning);
// Whether the rule of now lets a clock that rests with its case, or where none does the case, wait
// on the ground no more. A clock for which no rule holds is left to its end (EndClock), or its
// date.
bool plans_waits_in_vain(struct planning *planning);
// How those run on that rest alone, and may no more by the rule of now.
MUST_CHECK enum rc plans_alone_in_vain(struct planning *planning);
bool plans_never_wait(struct planning *planning);
// The same of one clock, which the command names.
MUST_CHECK enum rc plans_clock_pause(struct planning *planning);
MUST_CHECK enum rc plans_clock_resumption(struct planning *planning);
bool plans_never_pause(struct planning *planning);
bool plans_never_resume(struct planning *planning);
// plans_visits.c
MUST_CHECK enum rc plans_visit(struct planning *planning);
// plans_extensions.c
MUST_CHECK enum rc plans_request(struct planning *planning);
MUST_CHECK enum rc plans_decision(struct planning *planning);
bool plans_never_extend(struct planning *planning);
