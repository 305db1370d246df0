// SPDX-License-Identifier: Apache-2.0
// What analytics counts about itself.
#pragma once

#include "common/metrics.h"

enum analytics_stat {
    STAT_COUNTED,
    STAT_REPEATED,
    STAT_DEAD,
    STAT_LAG,
    STAT_REGION_READ,
    STAT_REGION_REFUSED,
    STAT_COUNT
};

extern struct metric analytics_stats[STAT_COUNT];
