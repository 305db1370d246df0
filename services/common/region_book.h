// SPDX-License-Identifier: Apache-2.0
// A region's files as they are now, which SIGHUP may change while batches and requests are worked
// on by them. Each reading is an edition, with what the service makes of it (compiled rules, a
// database of terms); an edition lives until its last holder lets it go.
#pragma once

#include "common/metrics.h"
#include "common/region.h"

struct region_book;

// One reading of the files; nothing in it ever changes.
struct region_edition {
    const struct region *region;
    const void *made; // what options.make gave; NULL without
};

// Two rows of a service's metric table: what SIGHUP came to.
#define REGION_BOOK_STATS(name, read, refused)                                                     \
    [read] = {name,                                                                                \
              "Readings of the region's files on SIGHUP by outcome.",                              \
              "outcome=\"read\"",                                                                  \
              METRIC_COUNTER,                                                                      \
              0,                                                                                   \
              {0}},                                                                                \
    [refused] = {name,                                                                             \
                 "Readings of the region's files on SIGHUP by outcome.",                           \
                 "outcome=\"refused\"",                                                            \
                 METRIC_COUNTER,                                                                   \
                 0,                                                                                \
                 {0}}

struct region_book_options {
    // What the service works by beside the region; it may borrow from it. A region that it fails
    // for is refused as a file that can't be read is. May be NULL.
    enum rc (*make)(const struct region *region, void **made, struct error *error);
    void (*unmake)(void *made); // accepts what a failed make left, also NULL
    struct metric *read;        // counts readings after the first; NULL: nothing is counted
    struct metric *refused;
};

// Reads a region's files. options: NULL for none, else borrowed for the book's life.
MUST_CHECK enum rc region_book_load(struct region_book **book, const char *directory,
                                    const struct region_book_options *options, struct error *error);
// The same over a region that somebody else has read and keeps; it can't be read again.
MUST_CHECK enum rc region_book_borrow(struct region_book **book, const struct region *region,
                                      const struct region_book_options *options,
                                      struct error *error);
// Accepts NULL and what a failed load left. What is still held stays until it is let go.
void region_book_free(struct region_book *book);
// The edition of now, once for a batch or a request, so that all of it goes by the same rules.
// From any thread; give it back with region_book_release.
const struct region_edition *region_book_hold(struct region_book *book);
// From any thread, also after region_book_free; accepts NULL.
void region_book_release(const struct region_edition *edition);
// Reads the files again; where that fails, what was read before stays, and the error names file,
// line and key. From one thread.
MUST_CHECK enum rc region_book_reload(struct region_book *book, struct error *error);
