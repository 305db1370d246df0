// SPDX-License-Identifier: Apache-2.0
// For case_apply.c alone: what facts of access do to the state.
#pragma once

#include "case.h"

void apply_revealed(struct case_state *state, const struct fact *fact);
void apply_reveal_requested(struct case_state *state, const struct fact *fact);
void apply_reveal_approved(struct case_state *state, const struct fact *fact);
void apply_conflict(struct case_state *state, const struct fact *fact);
void apply_erased(struct case_state *state, const struct fact *fact);
