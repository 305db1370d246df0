// SPDX-License-Identifier: Apache-2.0
// For case_apply.c alone: what its table picks for the parts of a case.
#pragma once

#include "case.h"

void apply_supervision_ordered(struct case_state *state, const struct fact *fact);
void apply_supervision_answered(struct case_state *state, const struct fact *fact);
void apply_supervision_lifted(struct case_state *state, const struct fact *fact);
void apply_person_concerned(struct case_state *state, const struct fact *fact);
void apply_allegation_raised(struct case_state *state, const struct fact *fact);
void apply_allegation_decided(struct case_state *state, const struct fact *fact);
void apply_authority_recorded(struct case_state *state, const struct fact *fact);
void apply_team_formed(struct case_state *state, const struct fact *fact);
void apply_evidence_registered(struct case_state *state, const struct fact *fact);
void apply_co_handler_added(struct case_state *state, const struct fact *fact);
void apply_co_handler_answered(struct case_state *state, const struct fact *fact);
void apply_stage_reported(struct case_state *state, const struct fact *fact);
// A rework or reopening: each allegation is decided again, co-handlers are chosen again.
void apply_parts_again(struct case_state *state);
