// SPDX-License-Identifier: Apache-2.0
#include "hands_codec.h"

#include <stdio.h>

void hands_fill(const struct case_hands *hands, struct hands_messages *to,
                Redress__Ledger__CaseState *message) {
    for (size_t i = 0; i < hands->count; i++) {
        Redress__Ledger__HandState *hand = &to->hands[i];
        redress__ledger__hand_state__init(hand);
        hand->subject = (char *)hands->people[i].subject;
        hand->deeds = hands->people[i].deeds;
        hand->in_round = hands->people[i].in_round;
        hand->barred = hands->people[i].barred;
        to->pointers[i] = hand;
    }
    for (size_t i = 0; i < hands->designated_count; i++) {
        to->designated[i] = (char *)hands->designated[i];
    }
    for (size_t i = 0; i < hands->returned_count; i++) {
        to->returned[i] = (char *)hands->returned[i];
    }
    message->n_returned_units = hands->returned_count;
    message->returned_units = to->returned;
    message->n_hands = hands->count;
    message->hands = to->pointers;
    message->n_designated_units = hands->designated_count;
    message->designated_units = to->designated;
}

// What a state from before there was a list remembered: the round before's handler and decider, and
// who did the same since.
static void read_older(const Redress__Ledger__CaseState *message, struct case_state *state) {
    case_note_hand(state, message->previous_handler, CASE_HANDLED);
    case_note_hand(state, message->previous_decider, CASE_JUDGED);
    case_end_round(state, true);
    case_note_hand(state, message->handler, CASE_HANDLED);
    case_note_hand(state, message->reviewer, CASE_REVIEWED);
    if (!case_has_decided(state, message->decider)) {
        case_note_hand(state, message->decider, CASE_JUDGED);
    }
    case_note_designated(state, message->designated_unit);
}

static void read_people_and_units(const Redress__Ledger__CaseState *message,
                                  struct case_state *state) {
    struct case_hands *hands = &state->hands;
    if (message->n_hands == 0 && message->n_designated_units == 0) {
        read_older(message, state);
        return;
    }
    for (size_t i = 0; i < message->n_hands && i < CASE_HANDS; i++) {
        struct case_hand *hand = &hands->people[hands->count++];
        snprintf(hand->subject, sizeof hand->subject, "%s", message->hands[i]->subject);
        hand->deeds = message->hands[i]->deeds;
        hand->in_round = message->hands[i]->in_round;
        hand->barred = message->hands[i]->barred;
    }
    for (size_t i = 0; i < message->n_designated_units; i++) {
        case_note_designated(state, message->designated_units[i]);
    }
}

void hands_read(const Redress__Ledger__CaseState *message, struct case_state *state) {
    read_people_and_units(message, state);
    for (size_t i = 0; i < message->n_returned_units; i++) {
        case_note_returned(state, message->returned_units[i]);
    }
}
