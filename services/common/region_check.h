// SPDX-License-Identifier: Apache-2.0
// What a schema can't say about a region's files: every code that one file names exists in another.
#pragma once

#include "common/region.h"

// RC_INVALID names the file, the entry and the key.
MUST_CHECK enum rc region_check(const struct region *region, struct error *error);
