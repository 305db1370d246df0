// SPDX-License-Identifier: Apache-2.0
// For case_apply.c alone: what its table picks for clusters and repeats.
#pragma once

#include "case.h"

void apply_not_accepted(struct case_state *state, const struct fact *fact);
void apply_repeat_recognised(struct case_state *state, const struct fact *fact);
void apply_merged(struct case_state *state, const struct fact *fact);
void apply_unmerged(struct case_state *state, const struct fact *fact);
