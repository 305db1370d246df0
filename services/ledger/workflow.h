// SPDX-License-Identifier: Apache-2.0
// The way of a case as one table: from where which command leads where, under which guards, and
// what becomes true (DOMAIN: states). A case's status is never set otherwise: case_apply asks
// workflow_next for every fact. Pure.
#pragma once

#include "case.h"

#define WORKFLOW_FROM(status) (1U << (status))
#define WORKFLOW_FACTS 2

// What must hold beside state and role, as bits.
#define GUARD(place) (UINT64_C(1) << (place))
// clang-format off
#define GUARD_OPEN_ALARM            GUARD(0)  // an alarm that nobody has taken
#define GUARD_OTHER_HANDLER         GUARD(1)  // nobody who had a hand in it before the rework
#define GUARD_FOLLOWED_UP           GUARD(2)  // the complainant was asked, or tried often enough
#define GUARD_NOT_REVIEWED          GUARD(3)  // each level once
#define GUARD_REVIEWED              GUARD(4)  // the level below has decided
#define GUARD_NOT_DECIDER           GUARD(5)  // a reviewer decided nothing of it
#define GUARD_TERMINATION_REQUESTED GUARD(6)  // by another person
#define GUARD_EXTENSION_REQUESTED   GUARD(7)  // and not decided yet
#define GUARD_EXTENSION_ROLE        GUARD(8)  // that the policy names
#define GUARD_IMPROVEMENT_OPEN      GUARD(9)  // and not made yet
#define GUARD_APPEAL_OVER           GUARD(10) // the time to ask for a review has passed
#define GUARD_LEVEL_ABOVE           GUARD(11) // above the level that decided or reviewed it
#define GUARD_REVIEW_OF_REGION      GUARD(12) // the region's staff alone do away with a review
#define GUARD_ORDER_OF_REGION       GUARD(13) // of the orders to lift, one of below the region
#define GUARD_BUREAU                GUARD(14) // only who has the whole region
#define GUARD_HAND_ROOM             GUARD(15) // for one more who had a hand in it
#define GUARD_NOT_SUPERVISED        GUARD(16) // no supervision order is open
#define GUARD_ORDER_TO_ANSWER       GUARD(17) // by this user's unit
#define GUARD_ORDER_TO_LIFT         GUARD(18) // its answer is there
#define GUARD_ALLEGATIONS_DECIDED   GUARD(19) // each of them
#define GUARD_HAS_PERSON            GUARD(20) // whom an allegation can be about
#define GUARD_HAS_ALLEGATION        GUARD(21) // to decide
#define GUARD_CO_HANDLER            GUARD(22) // of a unit whose answer is missing
#define GUARD_ON_BEHALF             GUARD(23) // somebody complains for another
#define GUARD_MERGED                GUARD(24) // of a cluster
#define GUARD_NOT_DESIGNATED        GUARD(25) // the unit was not designated for the case
#define GUARD_UNHANDLED             GUARD(26) // its handler was named in it, and nobody has it
#define GUARD_NOT_ERASED            GUARD(27) // something sealed is left
#define GUARD_REVEAL_APPROVED       GUARD(28) // where the policy asks for it
#define GUARD_REVEAL_REQUESTED      GUARD(29) // by another person
#define GUARD_REVIEW_IN_TIME        GUARD(30) // the time to ask for one, if any, is not over
#define GUARD_ORDER_LEVEL           GUARD(31) // of the orders to lift, one of this level or below
#define GUARD_VISITS_DONE           GUARD(32) // no visit after a crisis is still owed
#define GUARD_NOT_IN_MEDIATION      GUARD(33) // nobody mediates, nor is asked to
#define GUARD_OBJECTION_IN_TIME     GUARD(34) // the unit's time to object, if any, is not over
#define GUARD_CRISIS_TAKEN          GUARD(35) // a person has taken each alarm of a crisis
#define GUARD_PROCEDURE             GUARD(36) // one beside the handling is this user's to conduct
// clang-format on

// What the input says that chooses between rows of the same command.
enum workflow_when {
    WHEN_ALWAYS,
    WHEN_DISSATISFIED, // not solved, or a score below 3
    WHEN_RETURNED,     // the review sends it back
    WHEN_IN_VAIN,      // by what is found, the case may wait on its ground no more
};

struct workflow_row {
    enum input_kind command;
    uint32_t from;   // bits of WORKFLOW_FROM
    uint64_t guards; // bits; all of them
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
const char *workflow_guard_code(uint64_t guard);
// The same for people, by code, English; "there is no such case" for a code that no guard has.
const char *workflow_code_text(const char *code);
// The first guard of the row that does not hold; 0 where all do.
uint64_t workflow_broken_guard(const struct workflow_row *row, const struct case_state *state,
                               const struct case_actor *actor);
