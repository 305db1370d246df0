// SPDX-License-Identifier: Apache-2.0
// What sla-timer counts.
#pragma once

#include "common/metrics.h"

enum sla_timer_stat {
    STAT_ARMED,
    STAT_WARNED,
    STAT_BREACHED,
    STAT_DISPLACED,
    STAT_AMENDED,
    STAT_CALENDAR_MISSING,
    STAT_SWEPT,
    STAT_REBUILDS,
    STAT_REVIEWS,
    STAT_DEAD,
    STAT_LATENESS_SECONDS,
    STAT_LAG,
    STAT_REGION_READ,
    STAT_REGION_REFUSED,
    STAT_COUNT
};

extern struct metric sla_timer_stats[STAT_COUNT];
