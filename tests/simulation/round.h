// SPDX-License-Identifier: Apache-2.0
// Many schedules, by a worker for each processor.
#pragma once

#include <stdbool.h>
#include <stdint.h>

struct round {
    uint64_t seed; // of the first
    uint64_t schedules;
    unsigned jobs;              // workers; 0: one for each processor
    bool (*run)(uint64_t seed); // one schedule; false: it breaks a promise
};

// Runs them all and prints what they cost. False: *failed is the first seed that breaks a promise
// or ends its worker, whatever the number of workers.
bool round_run(const struct round *round, uint64_t *failed);
