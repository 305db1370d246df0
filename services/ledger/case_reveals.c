// SPDX-License-Identifier: Apache-2.0
#include "case_reveals.h"

#include <stdio.h>
#include <string.h>

#define AGAIN_MS (10 * INT64_C(60000))

bool case_reveal_shows_again(int64_t seen_at_ms, int64_t now_ms) {
    return now_ms - seen_at_ms < AGAIN_MS;
}

const struct case_reveal *case_reveal_find(const struct case_reveals *reveals, const char *staff) {
    for (size_t i = 0; i < reveals->count; i++) {
        if (strcmp(reveals->open[i].staff, staff) == 0) {
            return &reveals->open[i];
        }
    }
    return NULL;
}

bool case_reveal_is_approved(const struct case_reveal *reveal, int64_t now_ms) {
    return now_ms < reveal->approved_until_ms;
}

bool case_reveal_is_over(const struct case_reveal *reveal, int64_t now_ms) {
    return reveal->approved_until_ms != 0 && reveal->approved_until_ms <= now_ms;
}

const char *case_reveal_last(const struct case_reveals *reveals, bool approved, int64_t now_ms) {
    for (size_t i = reveals->count; i > 0; i--) {
        const struct case_reveal *reveal = &reveals->open[i - 1];
        if (approved ? case_reveal_is_approved(reveal, now_ms) : reveal->approved_until_ms == 0) {
            return reveal->staff;
        }
    }
    return "";
}

bool case_reveal_waits(const struct case_reveals *reveals, const char *but) {
    for (size_t i = 0; i < reveals->count; i++) {
        if (reveals->open[i].approved_until_ms == 0 && strcmp(reveals->open[i].staff, but) != 0) {
            return true;
        }
    }
    return false;
}

static size_t count_over(const struct case_reveals *reveals, int64_t now_ms) {
    size_t count = 0;
    for (size_t i = 0; i < reveals->count; i++) {
        count += case_reveal_is_over(&reveals->open[i], now_ms) ? 1 : 0;
    }
    return count;
}

bool case_reveal_has_room(const struct case_reveals *reveals, const char *staff, int64_t now_ms) {
    return reveals->count - count_over(reveals, now_ms) < CASE_REVEALS ||
           case_reveal_find(reveals, staff) != NULL ||
           reveals->open[0].at_ms + CASE_REVEAL_KEPT_MS <= now_ms;
}

static void forget_over(struct case_reveals *reveals, int64_t now_ms) {
    for (size_t i = reveals->count; i > 0; i--) {
        if (case_reveal_is_over(&reveals->open[i - 1], now_ms)) {
            case_reveal_end(reveals, reveals->open[i - 1].staff);
        }
    }
}

// Asking again takes nothing from an approval that was not used, and adds no time to it.
void case_reveal_note(struct case_reveals *reveals, const char *staff, bool approved,
                      int64_t at_ms) {
    forget_over(reveals, at_ms);
    const struct case_reveal *before = case_reveal_find(reveals, staff);
    int64_t until_ms = approved         ? at_ms + CASE_REVEAL_APPROVED_MS
                       : before == NULL ? 0
                                        : before->approved_until_ms;
    if (before != NULL) {
        case_reveal_end(reveals, staff);
    } else if (reveals->count == CASE_REVEALS) {
        case_reveal_end(reveals, reveals->open[0].staff);
    }
    struct case_reveal *reveal = &reveals->open[reveals->count++];
    memset(reveal, 0, sizeof *reveal);
    snprintf(reveal->staff, sizeof reveal->staff, "%s", staff);
    reveal->approved_until_ms = until_ms;
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
