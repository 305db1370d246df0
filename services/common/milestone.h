// SPDX-License-Identifier: Apache-2.0
// What packs call the things that start and stop clocks ("case_replied"), and which facts are
// them: one table, read by the ledger, which stops clocks, and by sla-timer, which starts them.
#pragma once

#include <protobuf-c/protobuf-c.h>
#include <stdbool.h>
#include <stdint.h>

enum milestone { // stored by number: append only
    MILESTONE_CASE_REGISTERED,
    MILESTONE_CASE_ASSESSED,
    MILESTONE_CASE_ACCEPTED,
    MILESTONE_CASE_DISPATCHED,
    MILESTONE_CASE_SIGNED,
    MILESTONE_CASE_DECIDED,
    MILESTONE_CASE_REPLIED,
    MILESTONE_CASE_CLOSED,
    MILESTONE_COMPLAINANT_TOLD,
    MILESTONE_DISPATCH_ANSWERED, // signed for, or returned with a reason
    MILESTONE_OBJECTION_RAISED,
    MILESTONE_OBJECTION_ANSWERED,
    MILESTONE_REVIEW_REQUESTED,
    MILESTONE_REVIEW_DECIDED,
    MILESTONE_RE_REVIEW_REQUESTED,
    MILESTONE_RE_REVIEW_DECIDED,
    MILESTONE_FOLLOW_UP_DONE,
    MILESTONE_RESCUE_CONFIRMED,
    MILESTONE_MEDIATION_ANSWERED, // accepted, declined, or given up before either
    MILESTONE_MEDIATION_REQUESTED,
    MILESTONE_MEDIATION_ACCEPTED,
    MILESTONE_MEDIATION_ENDED,
    // No fact is one of these yet: see milestone_is_told.
    MILESTONE_CALL_OFFERED,
    MILESTONE_CALL_ANSWERED,
    MILESTONE_CALL_ENDED,
    MILESTONE_FOLLOW_UP_DUE,
    // Each order and each co-handler has a clock of its own number; these name their rules.
    MILESTONE_SUPERVISION_ORDERED,
    MILESTONE_SUPERVISION_ANSWERED,
    MILESTONE_CO_HANDLER_ADDED,
    MILESTONE_CO_HANDLER_ANSWERED,
    // Periodic promises.
    MILESTONE_CASE_IS_MAJOR,      // or a more urgent one than before
    MILESTONE_PROGRESS_TOLD,      // the reply tells the last of it
    MILESTONE_CRISIS_CONFIRMED,   // by a person, and worse than one knew before
    MILESTONE_VISIT_DONE,         // or declined; ends the clock of its own number alone
    MILESTONE_RE_REVIEW_OPEN,     // a review has decided, or its rework is replied to
    MILESTONE_RESOLUTION_OVERDUE, // its limit ended without a reply
    MILESTONE_COUNT
};

#define MILESTONE_BIT(milestone) (UINT64_C(1) << (milestone))

// "case_replied".
const char *milestone_name(enum milestone milestone);
// MILESTONE_COUNT for an unknown name.
enum milestone milestone_read(const char *name);
// Whether any fact can be it: what begins on another can be simulated, but never runs.
bool milestone_is_told(enum milestone milestone);
// Whether whatever is one of them is always the other too: a clock from the one to the other would
// end as it begins.
bool milestone_implies(enum milestone one, enum milestone other);
// Those that a fact of redress.facts is, as bits; 0 for most.
uint64_t milestones_of(const ProtobufCMessage *fact);
