// SPDX-License-Identifier: Apache-2.0
// When a backlog has been worked off. What its records and large batches took lies scattered
// between what is still used, and would stay with the process. For the consumer's thread alone.
#pragma once

#include <stdbool.h>
#include <stdint.h>

struct bus_backlog { // zero-initialise
    bool met;
    int64_t next_ms; // monotonic: none counts as over before
};

// True once for each backlog, when it is over: lag, in records, is how far the consumer is behind
// (below 0: not known).
bool bus_backlog_is_over(struct bus_backlog *backlog, int64_t lag, int64_t now_ms);
