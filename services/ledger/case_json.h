// SPDX-License-Identifier: Apache-2.0
// Cases and facts as the JSON that staff and services read. The caller owns what is returned.
#pragma once

#include "case.h"

#include "common/region.h"

#include <jansson.h>

#define CASE_VERSION_SIZE 20

// What an ETag names: it changes with everything a user decides on, not with a notice sent or a
// comment, and never comes back: what was asked again, or is in another round, is another.
void case_version(const struct case_state *state, char version[CASE_VERSION_SIZE]);

// One case with the actions this user may take now, masked as their roles ask. registered may be
// NULL.
json_t *case_to_json(const struct case_state *state, const Redress__V1__CaseRegistered *registered,
                     const struct case_actor *actor, const struct region *region);

// The names of the commands that this user may give now, by the case's policy too: a JSON array.
json_t *case_actions(const struct case_state *state, const struct case_actor *actor,
                     const struct region *region);

// Takes merge and unmerge out of actions where the user may not move every other member of the
// case's cluster, but only so many. The one rule for reads and commands.
void case_limit_actions(json_t *actions, const struct case_state *state, size_t movable);

// Adds where a fact moved the case from and to and by whose rules, as far as it says so itself.
void fact_move_to_json(const struct fact *fact, json_t *json);
// A message's fields but for its meta and bytes, by its descriptor.
json_t *message_to_json(const ProtobufCMessage *message);

// "P1" …, "R3" …, "web" …; empty for 0.
const char *urgency_name(uint32_t urgency);
const char *crisis_name(uint32_t crisis);
const char *channel_name(uint32_t channel);
const char *outcome_name(uint32_t outcome);
// 0 for an unknown name.
uint32_t urgency_read(const char *name);
uint32_t crisis_read(const char *name);
uint32_t outcome_read(const char *name);
uint32_t not_accepted_ground_read(const char *name);
uint32_t reopen_ground_read(const char *name);
uint32_t visit_outcome_read(const char *name);
const char *mediation_stage_name(uint32_t stage);
uint32_t mediation_stage_read(const char *name);
uint32_t review_result_read(const char *name);

json_t *time_to_json(int64_t ms); // null for 0
