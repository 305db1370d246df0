// SPDX-License-Identifier: Apache-2.0
// The way of a case as one table: from where which command leads where, under which guards, and
// what becomes true (DOMAIN: states). A case's status is never set otherwise: case_apply asks
// workflow_next for every fact. Pure.
#pragma once

#include "case.h"

#define WORKFLOW_FROM(status) (1U << (status))
#define WORKFLOW_FACTS 2

// What must hold beside state and role, as bits.
enum workflow_guard {
    GUARD_OPEN_ALARM = 1,             // an alarm that nobody has taken
    GUARD_OTHER_HANDLER = 2,          // nobody who had a hand in it before the rework
    GUARD_FOLLOWED_UP = 4,            // the complainant was asked, or tried as often as needed
    GUARD_NOT_REVIEWED = 8,           // each level once
    GUARD_REVIEWED = 16,              // the level below has decided
    GUARD_NOT_DECIDER = 32,           // a reviewer never decided it, nor an allegation or review
    GUARD_TERMINATION_REQUESTED = 64, // by another person
    GUARD_EXTENSION_REQUESTED = 128,  // and not decided yet
    GUARD_EXTENSION_ROLE = 256,       // that the policy names
    GUARD_IMPROVEMENT_OPEN = 512,     // and not made yet
    GUARD_APPEAL_OVER = 1024,         // the time to ask for a review has passed
    GUARD_BUREAU = 1 << 14,           // only who has the whole region
    GUARD_HAND_ROOM = 1 << 15,        // the case can take note of one more who had a hand in it
    GUARD_NOT_SUPERVISED = 1 << 16,   // no supervision order is open
    GUARD_ORDER_TO_ANSWER = 1 << 17,  // by this user's unit
    GUARD_ORDER_TO_LIFT = 1 << 18,    // its answer is there
    GUARD_ALLEGATIONS_DECIDED = 1 << 19,
    GUARD_HAS_PERSON = 1 << 20,
    GUARD_HAS_ALLEGATION = 1 << 21,
    GUARD_CO_HANDLER = 1 << 22, // of a unit whose answer is missing
    GUARD_ON_BEHALF = 1 << 23,
    GUARD_MERGED = 1 << 24,           // of a cluster
    GUARD_NOT_DESIGNATED = 1 << 25,   // the unit was not designated for the case
    GUARD_UNHANDLED = 1 << 26,        // its handler was named in it, and nobody has it
    GUARD_NOT_ERASED = 1 << 27,       // something sealed is left
    GUARD_REVEAL_APPROVED = 1 << 28,  // where the policy asks for it
    GUARD_REVEAL_REQUESTED = 1 << 29, // by another person
    GUARD_REVIEW_IN_TIME = 1 << 30,   // the time to ask for one, where there is any, is not over
    GUARD_REVIEW_OF_REGION = 1 << 12, // out of a review: the whole region's staff
    GUARD_ORDER_LEVEL = 1 << 13,      // of the orders to lift, one that this user's level issued
};

// What the input says that chooses between rows of the same command.
enum workflow_when {
    WHEN_ALWAYS,
    WHEN_DISSATISFIED, // not solved, or a score below 3
    WHEN_RETURNED,     // the review sends it back
};

struct workflow_row {
    enum input_kind command;
    uint32_t from;   // bits of WORKFLOW_FROM
    unsigned guards; // bits; all of them
    enum workflow_when when;
    enum case_status to; // CASE_NONE: it stays where it is
    size_t fact_count;
    enum fact_kind facts[WORKFLOW_FACTS]; // in this order
};

extern const struct workflow_row workflow_rows[];
extern const size_t workflow_row_count;

// The row for a command (or proposal) from a state; NULL where none is.
const struct workflow_row *workflow_find(enum case_status from, enum input_kind command,
                                         enum workflow_when when);
// Where a fact leads; the same state for facts that move nothing.
enum case_status workflow_next(enum case_status from, enum fact_kind fact);
// Whether it leads anywhere, be it to the same state again.
bool workflow_moves(enum case_status from, enum fact_kind fact);
// The code by which a proposal, for which nobody's role is asked, is refused now; NULL: it is not.
const char *workflow_refusal(const struct case_state *state, enum input_kind proposal);
// Whether clocks may run and alarms be raised.
bool workflow_is_open(enum case_status status);
// Between dispatch and decision.
bool workflow_is_in_hand(enum case_status status);
// Open, and not replied to in this round of handling.
bool workflow_awaits_reply(enum case_status status);
// The guard's refusal, "no-follow-up".
const char *workflow_guard_code(enum workflow_guard guard);
// The same for people, by code, English; "there is no such case" for a code that no guard has.
const char *workflow_code_text(const char *code);
// The first guard of the row that does not hold; 0 where all do.
unsigned workflow_broken_guard(const struct workflow_row *row, const struct case_state *state,
                               const struct case_actor *actor);
