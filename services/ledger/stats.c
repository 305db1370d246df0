// SPDX-License-Identifier: Apache-2.0
// The ledger's metric table.
#include "stats.h"

#include "common/bus.h"
#include "common/region_book.h"

#define PROPOSALS "redress_ledger_proposals_total"
#define PROPOSALS_HELP "Proposals by what became of them."

struct metric ledger_stats[STAT_COUNT] = {
    [STAT_PROPOSALS_APPLIED] =
        {PROPOSALS, PROPOSALS_HELP, "outcome=\"applied\"", METRIC_COUNTER, 0, {0}},
    [STAT_PROPOSALS_REPEATED] =
        {PROPOSALS, PROPOSALS_HELP, "outcome=\"repeated\"", METRIC_COUNTER, 0, {0}},
    [STAT_PROPOSALS_REFUSED] =
        {PROPOSALS, PROPOSALS_HELP, "outcome=\"refused\"", METRIC_COUNTER, 0, {0}},
    [STAT_PROPOSALS_DEAD] =
        {PROPOSALS, PROPOSALS_HELP, "outcome=\"dead-letter\"", METRIC_COUNTER, 0, {0}},
    [STAT_FACTS_DECIDED] =
        {"redress_ledger_facts_decided_total", "Facts written.", NULL, METRIC_COUNTER, 0, {0}},
    [STAT_FACTS_PUBLISHED] = {"redress_ledger_facts_published_total",
                              "Facts that Kafka took.",
                              NULL,
                              METRIC_COUNTER,
                              0,
                              {0}},
    [STAT_COMMANDS_DONE] = {"redress_ledger_commands_total",
                            "Staff commands by outcome.",
                            "outcome=\"done\"",
                            METRIC_COUNTER,
                            0,
                            {0}},
    [STAT_COMMANDS_REFUSED] = {"redress_ledger_commands_total",
                               "Staff commands by outcome.",
                               "outcome=\"refused\"",
                               METRIC_COUNTER,
                               0,
                               {0}},
    [STAT_BATCH_SECONDS] = {"redress_ledger_batch_seconds",
                            "Time from a batch's first statement to its commit.",
                            NULL,
                            METRIC_HISTOGRAM,
                            0,
                            {0}},
    [STAT_LAG] = {"redress_ledger_consumer_lag", BUS_LAG_HELP, NULL, METRIC_GAUGE, 0, {0}},
    [STAT_URGENT_LAG] = {"redress_ledger_urgent_consumer_lag",
                         "Urgent records not consumed yet; -1 unknown.",
                         NULL,
                         METRIC_GAUGE,
                         0,
                         {0}},
    REGION_BOOK_STATS("redress_ledger_region_reloads_total", STAT_REGION_READ, STAT_REGION_REFUSED),
};
