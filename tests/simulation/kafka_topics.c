// SPDX-License-Identifier: Apache-2.0
// Topics: partitions that records are appended to. A record's partition follows from its key.
#include "kafka_inside.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct kafka_topic kafka_topics[KAFKA_TOPICS] = {
    {.name = "redress.inbound", .partition_count = 2},
    {.name = "redress.proposals", .partition_count = 3},
    {.name = "redress.proposals.urgent", .partition_count = 3},
    {.name = "redress.facts", .partition_count = 3},
    {.name = "redress.contacts", .partition_count = 2},
    {.name = "redress.notices", .partition_count = 1},
    {.name = "redress.dead-letters", .partition_count = 1},
};

void kafka_topics_reset(void) {
    for (size_t t = 0; t < KAFKA_TOPICS; t++) {
        for (size_t p = 0; p < KAFKA_PARTITIONS; p++) {
            struct kafka_partition *partition = &kafka_topics[t].partitions[p];
            for (size_t i = 0; i < partition->count; i++) {
                if (partition->records[i].headers != NULL) {
                    rd_kafka_headers_destroy(partition->records[i].headers);
                }
            }
            *partition = (struct kafka_partition){0};
        }
    }
}

struct kafka_topic *kafka_topic(const char *name) {
    for (size_t i = 0; i < KAFKA_TOPICS; i++) {
        if (kafka_topics[i].name != NULL && strcmp(kafka_topics[i].name, name) == 0) {
            return &kafka_topics[i];
        }
    }
    fprintf(stderr, "the simulation has no topic %s\n", name);
    abort();
}

size_t kafka_topic_number(const struct kafka_topic *topic) {
    return (size_t)(topic - kafka_topics);
}

int32_t rd_kafka_msg_partitioner_murmur2(const rd_kafka_topic_t *topic, const void *key,
                                         size_t size, int32_t partitions, void *opaque,
                                         void *message) {
    uint32_t hash = 2166136261u;
    (void)topic;
    (void)opaque;
    (void)message;
    for (size_t i = 0; i < size; i++) {
        hash = (hash ^ ((const unsigned char *)key)[i]) * 16777619u;
    }
    return (int32_t)((hash >> 8) % (uint32_t)partitions);
}

static size_t partition_of(const struct kafka_topic *topic, const void *key, size_t size) {
    return (size_t)rd_kafka_msg_partitioner_murmur2(NULL, key, size,
                                                    (int32_t)topic->partition_count, NULL, NULL);
}

void *kafka_copy(const void *bytes, size_t size) {
    if (bytes == NULL) {
        return NULL;
    }
    return memcpy(sim_alloc(size + 1), bytes, size);
}

static void wake_readers(const struct kafka_topic *topic, size_t partition) {
    for (size_t h = 0; h < kafka_handle_count; h++) {
        struct rd_kafka_s *handle = kafka_handles[h];
        for (size_t i = 0; i < handle->slot_count; i++) {
            if (handle->slots[i].topic == topic && handle->slots[i].partition == partition) {
                sim_wake(handle, true);
            }
        }
    }
}

void kafka_append_record(struct kafka_topic *topic, const struct kafka_record *record) {
    size_t number = partition_of(topic, record->key, record->key_size);
    struct kafka_partition *partition = &topic->partitions[number];
    if (partition->count == partition->room) {
        size_t room = partition->room == 0 ? 64 : partition->room * 2;
        struct kafka_record *records = sim_alloc(room * sizeof *records);
        if (partition->count > 0) {
            memcpy(records, partition->records, partition->count * sizeof *records);
        }
        partition->records = records;
        partition->room = room;
    }
    partition->records[partition->count] = *record;
    partition->records[partition->count].at_ms = SIM_WALL_BASE_MS + sim.now_ms;
    sim_trace("kafka: %s/%zu@%zu", topic->name, number, partition->count);
    partition->count++;
    wake_readers(topic, number);
}

void kafka_append(struct kafka_topic *topic, const void *key, size_t key_size, const void *value,
                  size_t value_size, rd_kafka_headers_t *headers) {
    const struct kafka_record record = {
        kafka_copy(key, key_size), key_size, kafka_copy(value, value_size), value_size, headers, 0};
    kafka_append_record(topic, &record);
}
