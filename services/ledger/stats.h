// SPDX-License-Identifier: Apache-2.0
// What the ledger counts.
#pragma once

#include "common/metrics.h"

enum ledger_stat {
    STAT_PROPOSALS_APPLIED,
    STAT_PROPOSALS_REPEATED,
    STAT_PROPOSALS_REFUSED,
    STAT_PROPOSALS_DEAD,
    STAT_FACTS_DECIDED,
    STAT_FACTS_PUBLISHED,
    STAT_COMMANDS_DONE,
    STAT_COMMANDS_REFUSED,
    STAT_BATCH_SECONDS,
    STAT_LAG,
    STAT_URGENT_LAG,
    STAT_REGION_READ,
    STAT_REGION_REFUSED,
    STAT_COUNT
};

extern struct metric ledger_stats[STAT_COUNT];
