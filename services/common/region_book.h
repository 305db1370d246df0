// SPDX-License-Identifier: Apache-2.0
// A region's files as they are now, which SIGHUP may change while requests are answered by them.
#pragma once

#include "common/region.h"

// What was read before is kept for so long: nobody may hold a region for longer than a request.
#define REGION_BOOK_REST_MS (10 * 60000LL)

struct region_book;

// Reads a region's files and owns what they say.
MUST_CHECK enum rc region_book_load(struct region_book **book, const char *directory,
                                    struct error *error);
// The same over a region that somebody else has read; it can't be read again.
MUST_CHECK enum rc region_book_borrow(struct region_book **book, struct region *region,
                                      struct error *error);
void region_book_free(struct region_book *book);
// Good for one request (REGION_BOOK_REST_MS); safe from any thread.
const struct region *region_book_now(const struct region_book *book);
// Reads the files again; where that fails, what was read before stays. From one thread.
MUST_CHECK enum rc region_book_reload(struct region_book *book, struct error *error);
