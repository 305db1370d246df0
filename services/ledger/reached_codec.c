// SPDX-License-Identifier: Apache-2.0
#include "reached_codec.h"

void reached_fill(const struct case_state *state, struct reached_messages *to,
                  Redress__Ledger__CaseState *message) {
    for (size_t i = 0; i < state->reached_before_count; i++) {
        Redress__Ledger__ReachedState *before = &to->before[i];
        redress__ledger__reached_state__init(before);
        before->what = state->reached_before[i].what;
        before->at_ms = state->reached_before[i].at_ms;
        before->sequence = state->reached_before[i].sequence;
        to->pointers[i] = before;
    }
    message->n_reached_before = state->reached_before_count;
    message->reached_before = to->pointers;
    message->n_reached_at_ms = MILESTONE_COUNT;
    message->reached_at_ms = (int64_t *)state->reached_at_ms;
    message->ended_at_ms = state->ended_at_ms;
    message->rested_at_ms = state->rested_at_ms;
    message->ran_on_at_ms = state->ran_on_at_ms;
}

void reached_read(const Redress__Ledger__CaseState *message, struct case_state *state) {
    for (size_t i = 0; i < message->n_reached_before && i < CASE_REACHED_BEFORE; i++) {
        const Redress__Ledger__ReachedState *before = message->reached_before[i];
        state->reached_before[state->reached_before_count++] =
            (struct case_reached){before->what, before->at_ms, before->sequence};
    }
    for (size_t i = 0; i < message->n_reached_at_ms && i < MILESTONE_COUNT; i++) {
        state->reached_at_ms[i] = message->reached_at_ms[i];
    }
    state->ended_at_ms = message->ended_at_ms;
    state->rested_at_ms = message->rested_at_ms;
    state->ran_on_at_ms = message->ran_on_at_ms;
}
