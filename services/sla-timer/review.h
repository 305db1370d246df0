// SPDX-License-Identifier: Apache-2.0
// Deadlines that are computed again from what the ledger has recorded of their runs: all that are
// open at the start and after the rules have changed, a page a turn, so that firing goes on; and
// one whose pause has ended of itself. And calendars that end. For the firing loop alone.
#pragma once

#include "calendar_watch.h"
#include "rulebook.h"

#include "common/bus.h"
#include "common/http_client.h"

#include <stdatomic.h>

struct review { // zero-initialise, then set the first four
    struct region_book *regions;
    struct bus_producer *producer;
    struct http_client *ledger;
    struct calendar_watch calendars;
    _Atomic bool again;   // the rules have changed
    bool done;            // every open deadline was computed by the rules as they are
    char after[37];       // where the next page begins
    int64_t wait_ms;      // monotonic: no turn before
    int64_t watch_ms;     // monotonic: calendars are looked at then
    size_t seen, changed; // in this pass
};

// A GET of the ledger's internal API; anything but 200 is RC_UNAVAILABLE.
MUST_CHECK enum rc review_get(struct review *review, const char *path, json_t **answer,
                              struct error *error);
// From any thread: begin again.
void review_begin(struct review *review);
// One page, where there is one to do.
void review_turn(struct review *review);
// The terms of a clock that runs again, as the ledger tells its run: by the rule that holds now,
// else those that were told. Texts belong to the item. Pure.
MUST_CHECK enum rc review_resumed(const struct region *region, const json_t *item, int64_t now_ms,
                                  struct timer_arm *arm, struct error *error);
// Proposes the terms of a clock whose pause has ended of itself; RC_OK too where it no longer
// rests.
MUST_CHECK enum rc review_resume(struct review *review, const struct timer_entry *entry,
                                 struct error *error);
