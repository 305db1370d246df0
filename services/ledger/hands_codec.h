// SPDX-License-Identifier: Apache-2.0
// A case's hands as part of its stored state, both ways; for state_codec.c.
#pragma once

#include "case.h"

#include "state.pb-c.h"

// What a message borrows from while it is packed.
struct hands_messages {
    Redress__Ledger__HandState hands[CASE_HANDS];
    Redress__Ledger__HandState *pointers[CASE_HANDS];
    char *designated[CASE_DESIGNATIONS];
    char *returned[CASE_RETURNERS];
};

// The message borrows from both.
void hands_fill(const struct case_hands *hands, struct hands_messages *to,
                Redress__Ledger__CaseState *message);
void hands_read(const Redress__Ledger__CaseState *message, struct case_state *state);
