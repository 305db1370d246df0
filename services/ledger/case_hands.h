// SPDX-License-Identifier: Apache-2.0
// Who had a hand in a case, so that a rework goes to somebody else and nobody reviews an own
// decision; whose the bureau said that it is, and who gave it back. The lists are bounded: what
// would add to a full one is refused. Pure.
#pragma once

#include "case_parts.h"

#define CASE_HANDS 24
#define CASE_DESIGNATIONS 8
#define CASE_RETURNERS 8

enum case_deed { // as bits
    CASE_HANDLED = 1,
    CASE_JUDGED = 2, // the case or an allegation of it
    CASE_REVIEWED = 4,
};

struct case_hand {
    char subject[CASE_CODE_SIZE];
    unsigned deeds; // bits of enum case_deed, in any round
    bool in_round;  // handled or judged it in this round of handling
    bool barred;    // or in one before, after which somebody else is to have it
};

struct case_hands {
    struct case_hand people[CASE_HANDS];
    size_t count;
    char designated[CASE_DESIGNATIONS][CASE_CODE_SIZE]; // units
    size_t designated_count;
    char returned[CASE_RETURNERS][CASE_CODE_SIZE]; // units that gave it back in this round
    size_t returned_count;
};

// Takes note of somebody's deed; what is beyond the bounds is not kept.
void case_note_hand(struct case_state *state, const char *subject, enum case_deed deed);
// The round is over; bars: who had a hand in it or is barred already may not have the next one.
// Otherwise nobody is barred.
void case_end_round(struct case_state *state, bool bars);
bool case_has_room_for(const struct case_state *state, const char *subject);
bool case_is_barred(const struct case_state *state, const char *subject);
// Whether they will be, once this round has ended in a rework.
bool case_will_be_barred(const struct case_state *state, const char *subject);
// Whether they decided the case, an allegation or a review of it.
bool case_has_decided(const struct case_state *state, const char *subject);
// Of these the decision itself, or one of an allegation: not a review of it.
bool case_has_judged(const struct case_state *state, const char *subject);

void case_note_designated(struct case_state *state, const char *unit);
bool case_was_designated(const struct case_state *state, const char *unit);
// Whether another unit may give it back in this round.
bool case_has_room_for_return(const struct case_state *state);
void case_note_returned(struct case_state *state, const char *unit);
// Whether the unit gave it back in this round and was not designated: only that overrules it.
bool case_was_returned_by(const struct case_state *state, const char *unit);
