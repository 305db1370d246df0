// SPDX-License-Identifier: Apache-2.0
// Who knows of a case.
#include "apply_access.h"

#include <stdio.h>
#include <string.h>

// An approval serves once.
void apply_revealed(struct case_state *state, const struct fact *fact) {
    state->reveals++;
    if (strcmp(state->reveal_requester, fact->meta.actor) == 0) {
        state->reveal_requester[0] = '\0';
        state->reveal_approved = false;
    }
}

void apply_reveal_requested(struct case_state *state, const struct fact *fact) {
    snprintf(state->reveal_requester, sizeof state->reveal_requester, "%s", fact->meta.actor);
    state->reveal_approved = false;
}

void apply_reveal_approved(struct case_state *state, const struct fact *fact) {
    (void)fact;
    state->reveal_approved = true;
}

void apply_conflict(struct case_state *state, const struct fact *fact) {
    case_add_conflict(state, fact->body.conflict.staff);
}

void apply_erased(struct case_state *state, const struct fact *fact) {
    (void)fact;
    state->erased = true;
    state->contactable = false;
    state->reveal_requester[0] = '\0';
    state->reveal_approved = false;
}
