// SPDX-License-Identifier: Apache-2.0
#include "case_hands.h"

#include "case.h"

#include <stdio.h>
#include <string.h>

static const struct case_hand *hand_of(const struct case_state *state, const char *subject) {
    for (size_t i = 0; i < state->hands.count; i++) {
        if (strcmp(state->hands.people[i].subject, subject) == 0) {
            return &state->hands.people[i];
        }
    }
    return NULL;
}

void case_note_hand(struct case_state *state, const char *subject, enum case_deed deed) {
    struct case_hand *hand = (struct case_hand *)hand_of(state, subject);
    if (hand == NULL && (subject[0] == '\0' || state->hands.count == CASE_HANDS)) {
        return;
    }
    if (hand == NULL) {
        hand = &state->hands.people[state->hands.count++];
        memset(hand, 0, sizeof *hand);
        snprintf(hand->subject, sizeof hand->subject, "%s", subject);
    }
    hand->deeds |= deed;
    hand->in_round = hand->in_round || deed != CASE_REVIEWED;
}

void case_end_round(struct case_state *state, bool bars) {
    for (size_t i = 0; i < state->hands.count; i++) {
        struct case_hand *hand = &state->hands.people[i];
        hand->barred = bars && (hand->barred || hand->in_round);
        hand->in_round = false;
    }
    state->hands.returned_count = 0; // whose it is was asked of the round before
}

bool case_has_room_for(const struct case_state *state, const char *subject) {
    return state->hands.count < CASE_HANDS || hand_of(state, subject) != NULL;
}

bool case_is_barred(const struct case_state *state, const char *subject) {
    const struct case_hand *hand = hand_of(state, subject);
    return hand != NULL && hand->barred;
}

bool case_will_be_barred(const struct case_state *state, const char *subject) {
    const struct case_hand *hand = hand_of(state, subject);
    return hand != NULL && (hand->barred || hand->in_round);
}

bool case_has_judged(const struct case_state *state, const char *subject) {
    const struct case_hand *hand = hand_of(state, subject);
    return hand != NULL && (hand->deeds & CASE_JUDGED) != 0;
}

bool case_has_decided(const struct case_state *state, const char *subject) {
    const struct case_hand *hand = hand_of(state, subject);
    return hand != NULL && (hand->deeds & (CASE_JUDGED | CASE_REVIEWED)) != 0;
}

static bool is_of(const char units[][CASE_CODE_SIZE], size_t count, const char *unit) {
    for (size_t i = 0; i < count; i++) {
        if (strcmp(units[i], unit) == 0) {
            return true;
        }
    }
    return false;
}

bool case_was_designated(const struct case_state *state, const char *unit) {
    return is_of(state->hands.designated, state->hands.designated_count, unit);
}

void case_note_designated(struct case_state *state, const char *unit) {
    struct case_hands *hands = &state->hands;
    if (unit[0] != '\0' && hands->designated_count < CASE_DESIGNATIONS &&
        !case_was_designated(state, unit)) {
        char *place = hands->designated[hands->designated_count++];
        snprintf(place, sizeof hands->designated[0], "%s", unit);
    }
}

bool case_was_returned_by(const struct case_state *state, const char *unit) {
    return is_of(state->hands.returned, state->hands.returned_count, unit) &&
           !case_was_designated(state, unit);
}

bool case_has_room_for_return(const struct case_state *state) {
    return state->hands.returned_count < CASE_RETURNERS;
}

void case_note_returned(struct case_state *state, const char *unit) {
    struct case_hands *hands = &state->hands;
    if (unit[0] != '\0' && case_has_room_for_return(state) &&
        !is_of(hands->returned, hands->returned_count, unit)) {
        char *place = hands->returned[hands->returned_count++];
        snprintf(place, sizeof hands->returned[0], "%s", unit);
    }
}
