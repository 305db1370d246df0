// SPDX-License-Identifier: Apache-2.0
#include "apply_promises.h"

#include <stdio.h>
#include <string.h>

void apply_visited(struct case_state *state, const struct fact *fact) {
    const Redress__V1__FollowUpVisited *body = &fact->body.follow_up_visited;
    state->parts.revision++;
    if (body->outcome == REDRESS__V1__VISIT_OUTCOME__VISIT_OUTCOME_UNREACHABLE) {
        state->failed_visits++;
        return;
    }
    state->visits = body->number;
    state->failed_visits = 0;
}

void apply_improvement_opened(struct case_state *state, const struct fact *fact) {
    const Redress__V1__ImprovementOpened *body = &fact->body.improvement_opened;
    state->parts.revision++;
    if (state->improvement_count == CASE_IMPROVEMENTS) {
        return;
    }
    struct case_improvement *improvement = &state->improvements[state->improvement_count++];
    memset(improvement, 0, sizeof *improvement);
    snprintf(improvement->owner, sizeof improvement->owner, "%s", body->owner);
    improvement->due_at_ms = body->due_at_ms;
}

void apply_improvement_done(struct case_state *state, const struct fact *fact) {
    uint32_t number = fact->body.improvement_done.improvement;
    state->parts.revision++;
    if (number >= 1 && number <= state->improvement_count) {
        state->improvements[number - 1].done = true;
        state->improvements[number - 1].done_at_ms = fact->meta.decided_at_ms;
    }
}
