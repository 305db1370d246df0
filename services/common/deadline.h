// SPDX-License-Identifier: Apache-2.0
// When a limit ends. Pure: the start is given, nothing reads a clock. Hours and less run from the
// moment; days do not count the start day and end at 24:00 of the last one (Civil Code of the
// People's Republic of China, articles 200-203).
#pragma once

#include "common/region.h"

#define DEADLINE_LINES 6
#define DEADLINE_LINE_SIZE 200

struct deadline {
    int64_t due_at_ms;
    int64_t warn_at_ms; // 75 % of the limit, 50 % where it is at most 2 h, or the clock's own
    bool provisional;   // the due day lies in a year whose calendar is not published
    char explanation[DEADLINE_LINES][DEADLINE_LINE_SIZE]; // step by step, Chinese
    unsigned line_count;
};

// The deadline of one clock of a policy. urgency 0-4 picks the limit, any other that of 0. False
// where it does not run.
bool deadline_compute(const struct region *region, const struct region_policy *policy,
                      const struct region_clock *clock, unsigned urgency, int64_t start_ms,
                      struct deadline *deadline);
// Of a bare limit, such as an escalation step; no warn point.
int64_t deadline_of_limit(const struct region *region, struct region_limit limit, int64_t start_ms);
