// SPDX-License-Identifier: Apache-2.0
// A case's requests to see what is sealed as part of its stored state, both ways; for
// state_codec.c.
#pragma once

#include "case.h"

#include "state.pb-c.h"

// What a message borrows from while it is packed.
struct reveals_messages {
    Redress__Ledger__RevealState reveals[CASE_REVEALS];
    Redress__Ledger__RevealState *pointers[CASE_REVEALS];
};

// The message borrows from both.
void reveals_fill(const struct case_reveals *reveals, struct reveals_messages *to,
                  Redress__Ledger__CaseState *message);
void reveals_read(const Redress__Ledger__CaseState *message, struct case_reveals *reveals);
