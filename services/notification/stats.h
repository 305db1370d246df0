// SPDX-License-Identifier: Apache-2.0
// What notification counts.
#pragma once

#include "common/metrics.h"

enum notification_stat {
    STAT_PLANNED,
    STAT_SENT,
    STAT_RETRIED,
    STAT_FAILED,
    STAT_ERASED,
    STAT_CAPPED,
    STAT_WAITED,
    STAT_DEAD,
    STAT_LAG,
    STAT_REGION_READ,
    STAT_REGION_REFUSED,
    STAT_COUNT
};

extern struct metric notification_stats[STAT_COUNT];
