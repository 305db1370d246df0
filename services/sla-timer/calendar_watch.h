// SPDX-License-Identifier: Apache-2.0
// From 1 December the calendar of the next year should be there: told once a day while it is not.
#pragma once

#include "common/region.h"

// The first calendar of the region's policies that ends with the year of this moment, from its
// 1 December on; NULL where none does. Pure.
const struct calendar *calendar_watch_missing(const struct region *region, int64_t now_ms);
// Sets the metric, and logs the label of a missing one where *told_day is not the day of now.
void calendar_watch(const struct region *region, int64_t now_ms, int64_t *told_day);
