// SPDX-License-Identifier: Apache-2.0
// analytics' metric table.
#include "stats.h"

#include "common/bus.h"
#include "common/region_book.h"

#define FACTS "redress_analytics_facts_total"
#define FACTS_HELP "Facts by what became of them."

struct metric analytics_stats[STAT_COUNT] = {
    [STAT_COUNTED] = {FACTS, FACTS_HELP, "outcome=\"counted\"", METRIC_COUNTER, 0, {0}},
    [STAT_REPEATED] = {FACTS, FACTS_HELP, "outcome=\"repeated\"", METRIC_COUNTER, 0, {0}},
    [STAT_DEAD] = {FACTS, FACTS_HELP, "outcome=\"dead-letter\"", METRIC_COUNTER, 0, {0}},
    [STAT_LAG] = {"redress_analytics_consumer_lag", BUS_LAG_HELP, NULL, METRIC_GAUGE, 0, {0}},
    REGION_BOOK_STATS("redress_analytics_region_reloads_total", STAT_REGION_READ,
                      STAT_REGION_REFUSED),
};
