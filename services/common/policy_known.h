// SPDX-License-Identifier: Apache-2.0
// What packs may name beyond their schema's words: types of institutions, situations, grounds of
// pauses, who can approve, which stop can come after which start. Tables, read when a pack is
// checked.
#pragma once

#include "common/milestone.h"
#include "common/policy.h"

// Who can decide an extension: the ledger's permission table, without the complainant, who can
// only be told. tests/unit/ledger/test_permission.c compares the two.
#define POLICY_APPROVERS                                                                           \
    (POLICY_OPERATOR | POLICY_HANDLER | POLICY_SUPERVISOR | POLICY_REVIEWER | POLICY_COUNSELLOR |  \
     POLICY_ADMINISTRATOR)

// Who can stand on a rung of a ladder.
#define POLICY_STAFF POLICY_APPROVERS

// Whether a clock's end is a breach that must be told: what every case has, and visits after a
// crisis. No right that ends unused.
bool policy_is_duty(const char *clock);

// Roles (common/role.h) as packs' bits, and back; what packs don't name is none.
uint32_t policy_roles_of(unsigned roles);
unsigned policy_roles_to(uint32_t policy_roles);

// "hospital, clinic, …"
#define POLICY_TYPES_TEXT                                                                          \
    "hospital, clinic, mental-health-centre, community-station, school-centre, "                   \
    "elderly-care-home, help-line, bureau"
bool policy_knows_type(const char *institution_type);

// What a case may be beside its category: by a person's assessment, the ledger's own rules, or its
// level of crisis. A region declares more in region.yaml.
#define POLICY_SITUATIONS_TEXT                                                                     \
    "petition, several-departments, expedited, adverse-effect, RX, R0, R1, R2, R3, R4"
bool policy_knows_situation(const char *situation);

// Only what the rules allow pauses a clock; waiting for the complainant never does (DOMAIN 6).
#define POLICY_GROUNDS_TEXT "appraisal, testing, hearing"
bool policy_knows_ground(const char *ground);

// On what a clock begins anew; sla-timer tells them from facts.
#define POLICY_RESTARTS_TEXT "new-facts, rework, progress-told"
bool policy_knows_restart(const char *ground);

// Orders and co-handlers have numbered clocks of their own, whose begin and end no other clock is
// told, and which are told nothing else: whether a rule of this clock is told the milestone at all.
bool policy_is_told(const char *clock, enum milestone milestone);
// Whether a clock that starts on one could ever stop on the other.
bool policy_may_follow(enum milestone start, enum milestone stop);
