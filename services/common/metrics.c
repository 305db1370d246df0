// SPDX-License-Identifier: Apache-2.0
// Renders the registered tables in Prometheus' text exposition format 0.0.4.
#include "common/metrics.h"

#include <inttypes.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define TABLES 16

static struct {
    struct metric *metrics;
    size_t count;
} tables[TABLES];
static size_t table_count;

void metrics_register(struct metric *table, size_t count) {
    if (table_count == TABLES) {
        abort(); // our own bug: a program has fewer modules than this
    }
    tables[table_count].metrics = table;
    tables[table_count].count = count;
    table_count++;
}

void metric_add(struct metric *metric, int64_t by) {
    atomic_fetch_add_explicit(&metric->value, by, memory_order_relaxed);
}

void metric_set(struct metric *metric, int64_t value) {
    atomic_store_explicit(&metric->value, value, memory_order_relaxed);
}

void metric_observe_us(struct metric *metric, int64_t microseconds) {
    size_t bucket = 0;
    for (int64_t bound = 1000; bucket < METRIC_BUCKETS - 1 && microseconds > bound; bound *= 2) {
        bucket++;
    }
    atomic_fetch_add_explicit(&metric->bucket[bucket], 1, memory_order_relaxed);
    atomic_fetch_add_explicit(&metric->value, microseconds, memory_order_relaxed);
}

static void render_histogram(FILE *page, struct metric *metric) {
    const char *labels = metric->labels == NULL ? "" : metric->labels;
    const char *comma = metric->labels == NULL ? "" : ",";
    int64_t total = 0;
    double bound = 0.001;
    for (size_t i = 0; i < METRIC_BUCKETS; i++, bound *= 2) {
        total += atomic_load(&metric->bucket[i]);
        if (i + 1 < METRIC_BUCKETS) {
            fprintf(page, "%s_bucket{%s%sle=\"%g\"} %" PRId64 "\n", metric->name, labels, comma,
                    bound, total);
        } else {
            fprintf(page, "%s_bucket{%s%sle=\"+Inf\"} %" PRId64 "\n", metric->name, labels, comma,
                    total);
        }
    }
    fprintf(page, "%s_sum{%s} %.6f\n", metric->name, labels,
            (double)atomic_load(&metric->value) / 1e6);
    fprintf(page, "%s_count{%s} %" PRId64 "\n", metric->name, labels, total);
}

static void render_metric(FILE *page, struct metric *metric, bool first) {
    static const char *const types[] = {"counter", "gauge", "histogram"};
    if (first) {
        fprintf(page, "# HELP %s %s\n# TYPE %s %s\n", metric->name, metric->help, metric->name,
                types[metric->type]);
    }
    if (metric->type == METRIC_HISTOGRAM) {
        render_histogram(page, metric);
        return;
    }
    fprintf(page, "%s{%s} %" PRId64 "\n", metric->name,
            metric->labels == NULL ? "" : metric->labels, atomic_load(&metric->value));
}

char *metrics_render(void) {
    char *text = NULL;
    size_t size = 0;
    FILE *page = open_memstream(&text, &size);
    if (page == NULL) {
        return NULL;
    }
    for (size_t t = 0; t < table_count; t++) {
        for (size_t i = 0; i < tables[t].count; i++) {
            struct metric *metric = &tables[t].metrics[i];
            bool first = i == 0 || strcmp(metric->name, metric[-1].name) != 0;
            render_metric(page, metric, first);
        }
    }
    if (fclose(page) != 0) {
        free(text);
        return NULL;
    }
    return text;
}
