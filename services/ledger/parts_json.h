// SPDX-License-Identifier: Apache-2.0
// The parts of a case as the JSON that staff read, and the names of their codes.
#pragma once

#include "case.h"

#include <jansson.h>

// Adds orders, persons, allegations, evidence, team, co-handlers, authority and flags.
void parts_to_json(json_t *json, const struct case_state *state);
json_t *flags_to_json(const struct case_state *state);

// 0 for an unknown name.
uint32_t supervision_level_read(const char *name);
uint32_t supervision_trigger_read(const char *name);
uint32_t person_kind_read(const char *name);
uint32_t responsibility_read(const char *name);
uint32_t authority_read(const char *name);
uint32_t team_purpose_read(const char *name);
uint32_t evidence_giver_read(const char *name);
