// SPDX-License-Identifier: Apache-2.0
// For case_apply.c alone: facts about periodic promises.
#pragma once

#include "case.h"

void apply_visited(struct case_state *state, const struct fact *fact);
void apply_improvement_opened(struct case_state *state, const struct fact *fact);
void apply_improvement_done(struct case_state *state, const struct fact *fact);
