// SPDX-License-Identifier: Apache-2.0
// Who asked to see the sealed content and may: each request stands for itself, is approved for its
// own person, for a time, and serves once. Pure.
#pragma once

#include "case_parts.h"

#define CASE_REVEALS 8                                             // open requests of a case
#define CASE_REVEAL_DAYS 30                                        // after which one may make room
#define CASE_REVEAL_KEPT_MS (CASE_REVEAL_DAYS * INT64_C(86400000)) // the same
#define CASE_REVEAL_APPROVED_MS (24 * INT64_C(3600000))            // then it is asked for again

struct case_reveal {
    char staff[CASE_CODE_SIZE];
    int64_t at_ms;             // of the request or its approval, whichever was last
    int64_t approved_until_ms; // 0: it waits
};

struct case_reveals { // the one that was touched last stands last
    struct case_reveal open[CASE_REVEALS];
    size_t count;
};

// Whether a repeat of what was seen at a moment still shows it: for 10 minutes [ours].
bool case_reveal_shows_again(int64_t seen_at_ms, int64_t now_ms);
// This person's open request; NULL: there is none.
const struct case_reveal *case_reveal_find(const struct case_reveals *reveals, const char *staff);
// Whether it may be used at this moment.
bool case_reveal_is_approved(const struct case_reveal *reveal, int64_t now_ms);
// Its approval was not used in time: somebody asks anew.
bool case_reveal_is_over(const struct case_reveal *reveal, int64_t now_ms);
// Who asked and waits last, or was approved last and may; "" nobody.
const char *case_reveal_last(const struct case_reveals *reveals, bool approved, int64_t now_ms);
// Whether somebody else than this person waits for an approval.
bool case_reveal_waits(const struct case_reveals *reveals, const char *but);
// Whether this person may ask: for another's request only one makes room that nobody used in time,
// or whose approval is over.
bool case_reveal_has_room(const struct case_reveals *reveals, const char *staff, int64_t now_ms);
// Takes note of a request, or of its approval; the oldest makes room where there is none.
void case_reveal_note(struct case_reveals *reveals, const char *staff, bool approved,
                      int64_t at_ms);
// It was used, or is nobody's any more.
void case_reveal_end(struct case_reveals *reveals, const char *staff);
