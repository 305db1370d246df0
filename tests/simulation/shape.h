// SPDX-License-Identifier: Apache-2.0
// How large a schedule is, drawn from its seed. Most are small: one case, at most one service
// twice, one or two strokes; a bug that needs no more shows there soonest. The others are large.
#pragma once

#include "common/region.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum shape_program {
    SHAPE_LEDGER,
    SHAPE_SLA_TIMER,
    SHAPE_INTAKE,
    SHAPE_NOTIFICATION,
    SHAPE_PROGRAMS
};

struct shape {
    bool small;
    unsigned processes[SHAPE_PROGRAMS];
    size_t submissions;
    size_t inbound; // records
    size_t assessments;
    size_t commands[2]; // of each member of staff
    unsigned staff;
    bool skewed;     // wall clocks differ from the start
    uint32_t pace;   // clients pause so many times shorter
    int64_t lull_ms; // at least so long faults may strike
};
extern struct shape shape;

// Once: the demonstration clinic's promises, which are of seconds, are what a schedule stretches.
void shape_prepare(struct region *region);
// Draws, and stretches the promises for this schedule. 0: none is large; 1: all are.
#define SHAPE_LARGE_ONE_IN 64
void shape_draw(uint32_t large_one_in);
uint32_t shape_pause(uint32_t most_ms); // of a client between what it does
