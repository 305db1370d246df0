// SPDX-License-Identifier: Apache-2.0
// For case_apply.c and apply_*.c alone: folding facts into the state.
#pragma once

#include "case.h"

#include <string.h>

// A fact borrows what did not change from the very state that it is folded into, so source may lie
// in target: snprintf would have emptied it.
static inline void apply_text(char *target, size_t room, const char *source) {
    size_t size = strnlen(source, room - 1);
    memmove(target, source, size);
    target[size] = '\0';
}

#define COPY(target, source) apply_text(target, sizeof(target), source)

// A clock that ends; its pauses and extensions are of no more use.
void apply_end_clock(struct case_state *state, const char *name, enum case_clock_state to);
// The extension that was asked for: of this clock, whose run is over; NULL: of whichever.
void apply_forget_extension(struct case_state *state, const char *clock);

void apply_clock_armed(struct case_state *state, const struct fact *fact);
void apply_clock_warned(struct case_state *state, const struct fact *fact);
void apply_clock_breached(struct case_state *state, const struct fact *fact);
void apply_clock_stopped(struct case_state *state, const struct fact *fact);
void apply_clock_paused(struct case_state *state, const struct fact *fact);
void apply_extension_requested(struct case_state *state, const struct fact *fact);
void apply_extension_decided(struct case_state *state, const struct fact *fact);
