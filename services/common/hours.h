// SPDX-License-Identifier: Apache-2.0
// Hours of the day in which somebody may be disturbed. Pure.
#pragma once

#include <stdbool.h>
#include <stdint.h>

#define HOURS_SIZE 12 // "09:00-17:30", "22:00-06:00" over midnight

// Minutes of the local day; [from, until), over midnight where from is the later one.
struct hours {
    uint32_t from, until;
};

// False where the text is none, or its two times are the same.
bool hours_read(const char *text, struct hours *hours);
// The moment itself, or when these hours begin next. zone_offset_s: the local time's.
int64_t hours_next(struct hours hours, int32_t zone_offset_s, int64_t at_ms);
