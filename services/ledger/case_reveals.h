// SPDX-License-Identifier: Apache-2.0
// Who asked to see the sealed content and may: each request stands for itself, is approved for its
// own person and serves once. Pure.
#pragma once

#include "case_parts.h"

#define CASE_REVEALS 8                                             // open requests of a case
#define CASE_REVEAL_DAYS 30                                        // after which one may make room
#define CASE_REVEAL_KEPT_MS (CASE_REVEAL_DAYS * INT64_C(86400000)) // the same

struct case_reveal {
    char staff[CASE_CODE_SIZE];
    bool approved;
    int64_t at_ms; // of the request or its approval, whichever was last
};

struct case_reveals { // the one that was touched last stands last
    struct case_reveal open[CASE_REVEALS];
    size_t count;
};

// This person's open request; NULL: there is none.
const struct case_reveal *case_reveal_find(const struct case_reveals *reveals, const char *staff);
// Who asked or was approved last; "" nobody.
const char *case_reveal_last(const struct case_reveals *reveals, bool approved);
// Whether somebody else than this person waits for an approval.
bool case_reveal_waits(const struct case_reveals *reveals, const char *but);
// Whether this person may ask: for another's request only one makes room that nobody used in time.
bool case_reveal_has_room(const struct case_reveals *reveals, const char *staff, int64_t now_ms);
// Takes note of a request, or of its approval; the oldest makes room where there is none.
void case_reveal_note(struct case_reveals *reveals, const char *staff, bool approved,
                      int64_t at_ms);
// It was used, or is nobody's any more.
void case_reveal_end(struct case_reveals *reveals, const char *staff);
