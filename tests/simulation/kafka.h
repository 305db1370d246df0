// SPDX-License-Identifier: Apache-2.0
// The simulated broker behind librdkafka's calls.
#pragma once

#include "sim.h"

#include <librdkafka/rdkafka.h>

struct kafka_record {
    const void *key;
    size_t key_size;
    const void *value;
    size_t value_size;
    rd_kafka_headers_t *headers;
    int64_t at_ms;
};

struct kafka_partition {
    struct kafka_record *records;
    size_t count;
    size_t room;
};

#define KAFKA_PARTITIONS 3
struct kafka_topic {
    const char *name;
    struct kafka_partition partitions[KAFKA_PARTITIONS];
    size_t partition_count;
};

void kafka_reset(void);
struct kafka_topic *kafka_topic(const char *name);
// From outside the product; headers are taken over and may be NULL.
void kafka_append(struct kafka_topic *topic, const void *key, size_t key_size, const void *value,
                  size_t value_size, rd_kafka_headers_t *headers);
// Where a group goes on by Kafka's own memory; 0 where it never committed.
int64_t kafka_committed(const char *group, const struct kafka_topic *topic, size_t partition);
// Nothing in any producer, every group has read everything it is to read.
bool kafka_is_quiet(void);
// Where each member of each group stands.
void kafka_trace(void);
// A member leaves its group for a moment.
void kafka_shake(void);
// A frozen process is thrown out of its groups after the session time-out.
void kafka_watch_session(struct process *process);
