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

bool case_has_decided(const struct case_state *state, const char *subject) {
    const struct case_hand *hand = hand_of(state, subject);
    return hand != NULL && (hand->deeds & (CASE_JUDGED | CASE_REVIEWED)) != 0;
}

bool case_was_designated(const struct case_state *state, const char *unit) {
    for (size_t i = 0; i < state->hands.designated_count; i++) {
        if (strcmp(state->hands.designated[i], unit) == 0) {
            return true;
        }
    }
    return false;
}

void case_note_designated(struct case_state *state, const char *unit) {
    struct case_hands *hands = &state->hands;
    if (unit[0] != '\0' && hands->designated_count < CASE_DESIGNATIONS &&
        !case_was_designated(state, unit)) {
        char *place = hands->designated[hands->designated_count++];
        snprintf(place, sizeof hands->designated[0], "%s", unit);
    }
}
