// SPDX-License-Identifier: Apache-2.0
// Triage's metric table.
#include "stats.h"

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
};
