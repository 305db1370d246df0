// SPDX-License-Identifier: Apache-2.0
// Triage's metric table.
#include "stats.h"

#include "common/bus.h"
#include "common/region_book.h"

struct metric triage_stats[STAT_COUNT] = {
    [STAT_ASSESSED] =
        {"redress_triage_assessed_total", "Cases assessed.", NULL, METRIC_COUNTER, 0, {0}},
    [STAT_URGENT] = {"redress_triage_urgent_total",
                     "Assessments of P1, or R3 and above.",
                     NULL,
                     METRIC_COUNTER,
                     0,
                     {0}},
    [STAT_DEAD] = {"redress_triage_dead_letters_total",
                   "Facts kept as dead letters.",
                   NULL,
                   METRIC_COUNTER,
                   0,
                   {0}},
    [STAT_ASSESS_SECONDS] = {"redress_triage_assess_seconds",
                             "Time to assess one text.",
                             NULL,
                             METRIC_HISTOGRAM,
                             0,
                             {0}},
    [STAT_INDEXED] = {"redress_triage_indexed_total",
                      "Cases put into the index of similar cases.",
                      NULL,
                      METRIC_COUNTER,
                      0,
                      {0}},
    [STAT_REPEATS] = {"redress_triage_repeats_total",
                      "Repeat complainants proposed.",
                      NULL,
                      METRIC_COUNTER,
                      0,
                      {0}},
    [STAT_REBUILDS] = {"redress_triage_rebuilds_total",
                       "Rebuilds of the index from the ledger.",
                       NULL,
                       METRIC_COUNTER,
                       0,
                       {0}},
    [STAT_LAG] = {"redress_triage_consumer_lag", BUS_LAG_HELP, NULL, METRIC_GAUGE, 0, {0}},
    REGION_BOOK_STATS("redress_triage_region_reloads_total", STAT_REGION_READ, STAT_REGION_REFUSED),
};
