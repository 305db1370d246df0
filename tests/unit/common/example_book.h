// SPDX-License-Identifier: Apache-2.0
// The example region as a service holds it, for test groups that run a consumer: what their set-up
// calls, and their tear-down.
#pragma once

#include "common/region_book.h"

static struct region_book *regions;
static const struct region *region; // of the book

// options: the service's, or NULL.
static inline int load_regions(const struct region_book_options *options) {
    if (region_book_load(&regions, "deploy/region/example", options, NULL) != RC_OK) {
        return -1;
    }
    const struct region_edition *edition = region_book_hold(regions);
    region = edition->region;
    region_book_release(edition);
    return 0;
}

static inline int unload_regions(void **unused) {
    (void)unused;
    region_book_free(regions);
    return 0;
}
