// SPDX-License-Identifier: Apache-2.0
// sla-timer's metric table.
#include "stats.h"

#include "common/bus.h"
#include "common/region_book.h"

#define PROPOSALS "redress_sla_timer_proposals_total"
#define PROPOSALS_HELP "Proposals about clocks by kind."

struct metric sla_timer_stats[STAT_COUNT] = {
    [STAT_ARMED] = {PROPOSALS, PROPOSALS_HELP, "kind=\"arm\"", METRIC_COUNTER, 0, {0}},
    [STAT_WARNED] = {PROPOSALS, PROPOSALS_HELP, "kind=\"warn\"", METRIC_COUNTER, 0, {0}},
    [STAT_BREACHED] = {PROPOSALS, PROPOSALS_HELP, "kind=\"breach\"", METRIC_COUNTER, 0, {0}},
    [STAT_DISPLACED] = {PROPOSALS, PROPOSALS_HELP, "kind=\"end\"", METRIC_COUNTER, 0, {0}},
    [STAT_AMENDED] = {"redress_sla_timer_amended_total",
                      "Open deadlines that other rules or another calendar moved.",
                      NULL,
                      METRIC_COUNTER,
                      0,
                      {0}},
    [STAT_CALENDAR_MISSING] =
        {"redress_sla_timer_calendar_missing",
         "1 while a calendar has not the running year or, from 1 December, the next.",
         NULL,
         METRIC_GAUGE,
         0,
         {0}},
    [STAT_SWEPT] = {"redress_sla_timer_swept_total",
                    "Clocks that the ledger named overdue and the index had not fired.",
                    NULL,
                    METRIC_COUNTER,
                    0,
                    {0}},
    [STAT_REBUILDS] = {"redress_sla_timer_rebuilds_total",
                       "Rebuilds of the index in Redis.",
                       NULL,
                       METRIC_COUNTER,
                       0,
                       {0}},
    [STAT_REVIEWS] = {"redress_sla_timer_reviews_total",
                      "Passes over all open deadlines by the rules as they are.",
                      NULL,
                      METRIC_COUNTER,
                      0,
                      {0}},
    [STAT_DEAD] = {"redress_sla_timer_dead_letters_total",
                   "Facts kept as dead letters.",
                   NULL,
                   METRIC_COUNTER,
                   0,
                   {0}},
    [STAT_LATENESS_SECONDS] = {"redress_sla_timer_lateness_seconds",
                               "From a clock's due or warn time to its proposal.",
                               NULL,
                               METRIC_HISTOGRAM,
                               0,
                               {0}},
    [STAT_LAG] = {"redress_sla_timer_consumer_lag", BUS_LAG_HELP, NULL, METRIC_GAUGE, 0, {0}},
    REGION_BOOK_STATS("redress_sla_timer_region_reloads_total", STAT_REGION_READ,
                      STAT_REGION_REFUSED),
};
