// SPDX-License-Identifier: Apache-2.0
// notification's metric table.
#include "stats.h"

#include "common/bus.h"
#include "common/region_book.h"

#define DELIVERIES "redress_notification_deliveries_total"
#define DELIVERIES_HELP "Deliveries by what became of an attempt."

struct metric notification_stats[STAT_COUNT] = {
    [STAT_PLANNED] = {DELIVERIES, DELIVERIES_HELP, "outcome=\"planned\"", METRIC_COUNTER, 0, {0}},
    [STAT_SENT] = {DELIVERIES, DELIVERIES_HELP, "outcome=\"sent\"", METRIC_COUNTER, 0, {0}},
    [STAT_RETRIED] = {DELIVERIES, DELIVERIES_HELP, "outcome=\"retried\"", METRIC_COUNTER, 0, {0}},
    [STAT_FAILED] = {DELIVERIES, DELIVERIES_HELP, "outcome=\"failed\"", METRIC_COUNTER, 0, {0}},
    [STAT_ERASED] = {DELIVERIES, DELIVERIES_HELP, "outcome=\"erased\"", METRIC_COUNTER, 0, {0}},
    [STAT_CAPPED] = {DELIVERIES, DELIVERIES_HELP, "outcome=\"capped\"", METRIC_COUNTER, 0, {0}},
    [STAT_WAITED] = {DELIVERIES, DELIVERIES_HELP, "outcome=\"waited\"", METRIC_COUNTER, 0, {0}},
    [STAT_DEAD] = {"redress_notification_dead_letters_total",
                   "Facts kept as dead letters.",
                   NULL,
                   METRIC_COUNTER,
                   0,
                   {0}},
    [STAT_LAG] = {"redress_notification_consumer_lag", BUS_LAG_HELP, NULL, METRIC_GAUGE, 0, {0}},
    REGION_BOOK_STATS("redress_notification_region_reloads_total", STAT_REGION_READ,
                      STAT_REGION_REFUSED),
};
