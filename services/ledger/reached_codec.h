// SPDX-License-Identifier: Apache-2.0
// When a case reached what, as part of its stored state, both ways; for state_codec.c.
#pragma once

#include "case.h"

#include "state.pb-c.h"

// What a message borrows from while it is packed.
struct reached_messages {
    Redress__Ledger__ReachedState before[CASE_REACHED_BEFORE];
    Redress__Ledger__ReachedState *pointers[CASE_REACHED_BEFORE];
};

// The message borrows from both.
void reached_fill(const struct case_state *state, struct reached_messages *to,
                  Redress__Ledger__CaseState *message);
void reached_read(const Redress__Ledger__CaseState *message, struct case_state *state);
