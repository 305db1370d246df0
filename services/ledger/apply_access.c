// SPDX-License-Identifier: Apache-2.0
// Who knows of a case.
#include "apply_access.h"

#include <stdio.h>
#include <string.h>

// An approval serves once.
void apply_revealed(struct case_state *state, const struct fact *fact) {
    state->reveals++;
    if (strcmp(state->reveal_approved_for, fact->meta.actor) == 0) {
        state->reveal_approved_for[0] = '\0';
    }
    if (strcmp(state->reveal_requester, fact->meta.actor) == 0) {
        state->reveal_requester[0] = '\0';
    }
}

// What was approved for somebody else stays theirs.
void apply_reveal_requested(struct case_state *state, const struct fact *fact) {
    snprintf(state->reveal_requester, sizeof state->reveal_requester, "%s", fact->meta.actor);
}

void apply_reveal_approved(struct case_state *state, const struct fact *fact) {
    snprintf(state->reveal_approved_for, sizeof state->reveal_approved_for, "%s",
             fact->body.reveal_approved.staff);
    state->reveal_requester[0] = '\0';
}

void apply_conflict(struct case_state *state, const struct fact *fact) {
    case_add_conflict(state, fact->body.conflict.staff);
}

void apply_erased(struct case_state *state, const struct fact *fact) {
    (void)fact;
    state->erased = true;
    state->contactable = false;
    state->reveal_requester[0] = '\0';
    state->reveal_approved_for[0] = '\0';
}
