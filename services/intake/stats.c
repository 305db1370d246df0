// SPDX-License-Identifier: Apache-2.0
// Intake's metric table.
#include "stats.h"

#include "common/bus.h"
#include "common/region_book.h"

#define SUBMISSIONS "redress_intake_submissions_total"
#define SUBMISSIONS_HELP "Submissions over HTTP and Kafka by outcome."

struct metric intake_stats[STAT_COUNT] = {
    [STAT_ACCEPTED] =
        {SUBMISSIONS, SUBMISSIONS_HELP, "outcome=\"accepted\"", METRIC_COUNTER, 0, {0}},
    [STAT_REPEATED] =
        {SUBMISSIONS, SUBMISSIONS_HELP, "outcome=\"repeated\"", METRIC_COUNTER, 0, {0}},
    [STAT_REFUSED] = {SUBMISSIONS, SUBMISSIONS_HELP, "outcome=\"refused\"", METRIC_COUNTER, 0, {0}},
    [STAT_FAILED] = {SUBMISSIONS, SUBMISSIONS_HELP, "outcome=\"failed\"", METRIC_COUNTER, 0, {0}},
    [STAT_SHED] = {SUBMISSIONS, SUBMISSIONS_HELP, "outcome=\"shed\"", METRIC_COUNTER, 0, {0}},
    [STAT_FEEDBACK] =
        {"redress_intake_feedback_total", "Ratings taken.", NULL, METRIC_COUNTER, 0, {0}},
    [STAT_DIALOGUE] = {"redress_intake_dialogue_total",
                       "Messages, evidence, withdrawals and wishes to reopen taken.",
                       NULL,
                       METRIC_COUNTER,
                       0,
                       {0}},
    [STAT_DEAD] = {"redress_intake_dead_letters_total",
                   "Inbound messages kept as dead letters.",
                   NULL,
                   METRIC_COUNTER,
                   0,
                   {0}},
    [STAT_REDIS_DOWN] = {"redress_intake_redis_failures_total",
                         "Claims that had to ask the ledger because Redis did not answer.",
                         NULL,
                         METRIC_COUNTER,
                         0,
                         {0}},
    [STAT_WRONG_PINS] = {"redress_intake_wrong_pins_total",
                         "Wrong PINs, also for codes that do not exist.",
                         NULL,
                         METRIC_COUNTER,
                         0,
                         {0}},
    [STAT_SUBMIT_SECONDS] = {"redress_intake_submit_seconds",
                             "From a submission's arrival to its delivery report.",
                             NULL,
                             METRIC_HISTOGRAM,
                             0,
                             {0}},
    [STAT_LAG] = {"redress_intake_consumer_lag", BUS_LAG_HELP, NULL, METRIC_GAUGE, 0, {0}},
    REGION_BOOK_STATS("redress_intake_region_reloads_total", STAT_REGION_READ, STAT_REGION_REFUSED),
};
