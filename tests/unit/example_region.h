// SPDX-License-Identifier: Apache-2.0
// The example region, for test groups that ask it: their set-up and tear-down.
#pragma once

#include "common/region.h"

static struct region *region;

static inline int load_region(void **unused) {
    (void)unused;
    return region_load(&region, "deploy/region/example", NULL) == RC_OK ? 0 : -1;
}

static inline int unload_region(void **unused) {
    (void)unused;
    region_free(region);
    return 0;
}
