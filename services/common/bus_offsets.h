// SPDX-License-Identifier: Apache-2.0
// Where a consumer stands: what it has done, what it commits, how far behind it is.
#pragma once

#include "common/bus.h"

#include <librdkafka/rdkafka.h>

// Zero-initialise; a last commit or drop frees it.
struct bus_offsets {
    rd_kafka_topic_partition_list_t *done; // to commit; NULL when there is nothing
    int64_t committed_ms;
};

// These records are done.
void bus_offsets_add(struct bus_offsets *offsets, const struct bus_record *records, size_t count);
// Commits what is done: now, or when the last time was long enough ago.
void bus_offsets_commit(struct bus_offsets *offsets, rd_kafka_t *handle, bool now);
// Forgets what is done, when the partitions are another's already.
void bus_offsets_drop(struct bus_offsets *offsets);
// Sets each partition's start from Kafka's own memory; false when it does not answer.
MUST_CHECK bool bus_offsets_load(rd_kafka_t *handle, rd_kafka_topic_partition_list_t *list);
// How many records the assigned partitions hold beyond where the consumer stands.
MUST_CHECK bool bus_offsets_lag(rd_kafka_t *handle, int64_t *lag);
