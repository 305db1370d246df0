// SPDX-License-Identifier: Apache-2.0
#include "reveals_codec.h"

#include <stdio.h>

void reveals_fill(const struct case_reveals *reveals, struct reveals_messages *to,
                  Redress__Ledger__CaseState *message) {
    for (size_t i = 0; i < reveals->count; i++) {
        Redress__Ledger__RevealState *reveal = &to->reveals[i];
        redress__ledger__reveal_state__init(reveal);
        reveal->staff = (char *)reveals->open[i].staff;
        reveal->at_ms = reveals->open[i].at_ms;
        reveal->approved_until_ms = reveals->open[i].approved_until_ms;
        to->pointers[i] = reveal;
    }
    message->n_reveal_requests = reveals->count;
    message->reveal_requests = to->pointers;
}

// A state from before there was a list remembered one request and one approval.
static void read_older(const Redress__Ledger__CaseState *message, struct case_reveals *reveals) {
    if (message->reveal_requester[0] != '\0') {
        case_reveal_note(reveals, message->reveal_requester, message->reveal_approved != 0,
                         message->updated_at_ms);
    }
    if (message->reveal_approved_for[0] != '\0') {
        case_reveal_note(reveals, message->reveal_approved_for, true, message->updated_at_ms);
    }
}

// Approvals from before they had an end are counted from their own moment.
void reveals_read(const Redress__Ledger__CaseState *message, struct case_reveals *reveals) {
    read_older(message, reveals);
    for (size_t i = 0; i < message->n_reveal_requests && reveals->count < CASE_REVEALS; i++) {
        const Redress__Ledger__RevealState *from = message->reveal_requests[i];
        struct case_reveal *reveal = &reveals->open[reveals->count++];
        snprintf(reveal->staff, sizeof reveal->staff, "%s", from->staff);
        reveal->at_ms = from->at_ms;
        reveal->approved_until_ms =
            from->approved ? from->at_ms + CASE_REVEAL_APPROVED_MS : from->approved_until_ms;
    }
}
