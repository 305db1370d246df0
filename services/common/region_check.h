// SPDX-License-Identifier: Apache-2.0
// What a schema can't say about a region's files: every code that one file names exists in another,
// nothing is there twice, numbers make sense.
#pragma once

#include "common/region.h"

// What each check needs.
struct region_checking {
    const struct region *region;
    const char *directory; // for the line that a message names
    struct error *error;
    int64_t now_ms; // a day on which every case needs its clocks
};

// Reads the clock: today is one of the days that are checked. RC_INVALID names the file, the line,
// the entry and the key.
MUST_CHECK enum rc region_check(const struct region *region, const char *directory,
                                struct error *error);

// The parts of region_check: who handles cases and by when …
MUST_CHECK enum rc region_check_people(const struct region_checking *checking);
// … which packs hold and whom their ladders reach …
MUST_CHECK enum rc region_check_policies(const struct region_checking *checking);
// … that no clock waits for another for ever over several packs, or outlasts what would stop it …
MUST_CHECK enum rc region_check_waiting(const struct region_checking *checking);
// … what institutions promise …
MUST_CHECK enum rc region_check_commitments(const struct region_checking *checking);
// … and what cases are about and what is said of them.
MUST_CHECK enum rc region_check_texts(const struct region_checking *checking);
