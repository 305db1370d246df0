// SPDX-License-Identifier: Apache-2.0
// The example region, for targets of rules that are a region's data.
#pragma once

#include "fuzz.h"

#include "common/region_book.h"

// Loaded once; the program runs in the checkout's top directory.
struct region *regions_example(void);
// The same as a service holds it.
struct region_book *regions_book(void);
