// SPDX-License-Identifier: Apache-2.0
// A case's state as the bytes that the ledger stores (state.proto). Pure.
#pragma once

#include "case.h"

// The caller frees the bytes. NULL when out of memory.
uint8_t *state_pack(const struct case_state *state, size_t *size);

// RC_INTERNAL where the stored bytes do not decode.
MUST_CHECK enum rc state_unpack(const uint8_t *bytes, size_t size, struct case_state *state,
                                struct error *error);
// The same into a state that is zero but for its case id: to zero it again costs more than to read
// it.
MUST_CHECK enum rc state_read(const uint8_t *bytes, size_t size, struct case_state *state,
                              struct error *error);
