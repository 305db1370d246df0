// SPDX-License-Identifier: Apache-2.0
// What triage counts.
#pragma once

#include "common/metrics.h"

enum triage_stat {
    STAT_ASSESSED,
    STAT_URGENT,
    STAT_DEAD,
    STAT_ASSESS_SECONDS,
    STAT_INDEXED,
    STAT_REPEATS,
    STAT_REBUILDS,
    STAT_LAG,
    STAT_REGION_READ,
    STAT_REGION_REFUSED,
    STAT_COUNT
};

extern struct metric triage_stats[STAT_COUNT];
