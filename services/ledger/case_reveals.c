// SPDX-License-Identifier: Apache-2.0
#include "case_reveals.h"

#include <stdio.h>
#include <string.h>

const struct case_reveal *case_reveal_find(const struct case_reveals *reveals, const char *staff) {
    for (size_t i = 0; i < reveals->count; i++) {
        if (strcmp(reveals->open[i].staff, staff) == 0) {
            return &reveals->open[i];
        }
    }
    return NULL;
}

const char *case_reveal_last(const struct case_reveals *reveals, bool approved) {
    for (size_t i = reveals->count; i > 0; i--) {
        if (reveals->open[i - 1].approved == approved) {
            return reveals->open[i - 1].staff;
        }
    }
    return "";
}

bool case_reveal_waits(const struct case_reveals *reveals, const char *but) {
    for (size_t i = 0; i < reveals->count; i++) {
        if (!reveals->open[i].approved && strcmp(reveals->open[i].staff, but) != 0) {
            return true;
        }
    }
    return false;
}

bool case_reveal_has_room(const struct case_reveals *reveals, const char *staff, int64_t now_ms) {
    return reveals->count < CASE_REVEALS || case_reveal_find(reveals, staff) != NULL ||
           reveals->open[0].at_ms + CASE_REVEAL_KEPT_MS <= now_ms;
}

// Asking again takes nothing from an approval that was not used.
void case_reveal_note(struct case_reveals *reveals, const char *staff, bool approved,
                      int64_t at_ms) {
    const struct case_reveal *before = case_reveal_find(reveals, staff);
    bool stands = approved || (before != NULL && before->approved);
    if (before != NULL) {
        case_reveal_end(reveals, staff);
    } else if (reveals->count == CASE_REVEALS) {
        case_reveal_end(reveals, reveals->open[0].staff);
    }
    struct case_reveal *reveal = &reveals->open[reveals->count++];
    memset(reveal, 0, sizeof *reveal);
    snprintf(reveal->staff, sizeof reveal->staff, "%s", staff);
    reveal->approved = stands;
    reveal->at_ms = at_ms;
}

void case_reveal_end(struct case_reveals *reveals, const char *staff) {
    const struct case_reveal *found = case_reveal_find(reveals, staff);
    if (found == NULL) {
        return;
    }
    size_t place = (size_t)(found - reveals->open);
    reveals->count--;
    memmove(&reveals->open[place], &reveals->open[place + 1],
            (reveals->count - place) * sizeof reveals->open[0]);
}
