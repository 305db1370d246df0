// SPDX-License-Identifier: Apache-2.0
// When visits are due that policies promise, before anybody has armed them: sla-timer may be late,
// and whoever is watched over for a month is not seen to in a day then either.
#include "plans_private.h"

#include "case_visits.h"

#include "common/clock_begin.h"

#include <stdio.h>

// 0: no policy promises it, or what it begins with was not reached.
static int64_t promised_at(struct planning *planning, unsigned number) {
    const struct case_state *state = planning->state;
    const struct clock_asked asked = {planning->region->policies, planning->region->policy_count,
                                      &planning->about.about};
    struct case_clock clock = {.started_at_ms = 0};
    struct policy_choice choice;
    struct course course;
    snprintf(clock.name, sizeof clock.name, "follow_up_%u", number);
    if (!policy_choose(asked.policies, asked.count, asked.about, clock.name, planning->now_ms,
                       &choice)) {
        return 0;
    }
    enum milestone begins = clock_begin_on(&asked, &choice, planning->now_ms);
    clock.started_at_ms = begins == MILESTONE_COUNT ? 0 : state->reached_at_ms[begins];
    return clock.started_at_ms != 0 && plans_course(planning, &clock, NULL, &course) == RC_OK
               ? course.deadline.due_at_ms
               : 0;
}

enum rc plans_visit(struct planning *planning) {
    const struct case_state *state = planning->state;
    for (unsigned place = 0; place < 2; place++) {
        unsigned number = state->visits + place;
        planning->command->visit_due_ms[place] =
            case_visit_clock(state, number) == NULL ? promised_at(planning, number) : 0;
    }
    return RC_OK;
}
