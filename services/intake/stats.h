// SPDX-License-Identifier: Apache-2.0
// What intake counts.
#pragma once

#include "common/metrics.h"

enum intake_stat {
    STAT_ACCEPTED,
    STAT_REPEATED,
    STAT_REFUSED,
    STAT_FAILED,
    STAT_SHED,
    STAT_FEEDBACK,
    STAT_DIALOGUE,
    STAT_DEAD,
    STAT_REDIS_DOWN,
    STAT_WRONG_PINS,
    STAT_SUBMIT_SECONDS,
    STAT_LAG,
    STAT_REGION_READ,
    STAT_REGION_REFUSED,
    STAT_COUNT
};

extern struct metric intake_stats[STAT_COUNT];
