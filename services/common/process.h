// SPDX-License-Identifier: Apache-2.0
// What this process takes of its machine.
#pragma once

#include "common/metrics.h"

#include <stdint.h>

enum process_stat { PROCESS_MEMORY, PROCESS_DESCRIPTORS, PROCESS_STAT_COUNT };
extern struct metric process_stats[PROCESS_STAT_COUNT];

// Before the page is rendered.
void process_stats_refresh(void);

// Allows as many descriptors as the system lets this process have.
void process_allow_descriptors(void);
// Before any thread: bounds what is kept of memory that was freed.
void process_bound_memory(void);
// Gives what was freed back to the system, wherever it lies: some milliseconds of one thread, while
// others that allocate wait.
void process_give_back_memory(void);
