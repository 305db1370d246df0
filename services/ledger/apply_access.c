// SPDX-License-Identifier: Apache-2.0
// Who knows of a case.
#include "apply_access.h"

// An approval serves once.
void apply_revealed(struct case_state *state, const struct fact *fact) {
    state->reveals++;
    case_reveal_end(&state->reveal_requests, fact->meta.actor);
}

void apply_reveal_requested(struct case_state *state, const struct fact *fact) {
    case_reveal_note(&state->reveal_requests, fact->meta.actor, false, fact->meta.decided_at_ms);
}

void apply_reveal_approved(struct case_state *state, const struct fact *fact) {
    case_reveal_note(&state->reveal_requests, fact->body.reveal_approved.staff, true,
                     fact->meta.decided_at_ms);
}

void apply_conflict(struct case_state *state, const struct fact *fact) {
    case_add_conflict(state, fact->body.conflict.staff);
    if (fact->body.conflict.supervised_until_ms != 0) {
        state->supervised_until_ms = fact->body.conflict.supervised_until_ms;
    }
}

void apply_erased(struct case_state *state, const struct fact *fact) {
    (void)fact;
    state->erased = true;
    state->contactable = false;
    state->reveal_requests.count = 0;
}
