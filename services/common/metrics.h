// SPDX-License-Identifier: Apache-2.0
// Counters, gauges and histograms in Prometheus' text format. Tables are static; updates are
// atomic and lock-free; safe from any thread.
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum metric_type { METRIC_COUNTER, METRIC_GAUGE, METRIC_HISTOGRAM };

#define METRIC_BUCKETS 16

// One series. Series of one name stand together in the table and differ in labels.
struct metric {
    const char *name;   // "redress_intake_submissions_total": base units, no ids as labels
    const char *help;   // one sentence
    const char *labels; // "outcome=\"accepted\"" or NULL
    enum metric_type type;
    _Atomic int64_t value;                  // counter, gauge; a histogram's sum in microseconds
    _Atomic int64_t bucket[METRIC_BUCKETS]; // histogram: 1 ms doubling to 16 s, then +Inf
};

// Tables are kept by reference for ever. Before the threads start.
void metrics_register(struct metric *table, size_t count);

void metric_add(struct metric *metric, int64_t by);
void metric_set(struct metric *metric, int64_t value);
void metric_observe_us(struct metric *metric, int64_t microseconds);

// The whole page; the caller frees it. NULL when out of memory.
char *metrics_render(void);
