// SPDX-License-Identifier: Apache-2.0
#include "bus_offsets.h"

#include "common/clock.h"
#include "common/log.h"

#define COMMITTED_MS 3000
#define COMMIT_EVERY_MS 250 // each commit is a write of the broker

void bus_offsets_add(struct bus_offsets *offsets, const struct bus_record *records, size_t count) {
    if (offsets->done == NULL) {
        offsets->done = rd_kafka_topic_partition_list_new(16);
    }
    for (size_t i = 0; i < count; i++) {
        const struct bus_record *record = &records[i];
        rd_kafka_topic_partition_t *entry =
            rd_kafka_topic_partition_list_find(offsets->done, record->topic, record->partition);
        if (entry == NULL) {
            entry =
                rd_kafka_topic_partition_list_add(offsets->done, record->topic, record->partition);
        }
        entry->offset = record->offset + 1;
    }
}

// A commit that is late or lost only repeats work that is idempotent, so it is asynchronous and
// seldom. Services that keep offsets themselves commit too, so that lag can be seen with Kafka's
// own tools.
void bus_offsets_commit(struct bus_offsets *offsets, rd_kafka_t *handle, bool now) {
    int64_t now_ms = clock_monotonic_ms();
    if (offsets->done == NULL || (!now && now_ms - offsets->committed_ms < COMMIT_EVERY_MS)) {
        return;
    }
    rd_kafka_commit(handle, offsets->done, 1);
    rd_kafka_topic_partition_list_destroy(offsets->done);
    offsets->done = NULL;
    offsets->committed_ms = now_ms;
}

// A commit could not succeed any more, and one that waits for the coordinator keeps librdkafka
// 2.0.2 in "wait-unassign-to-complete" for ever: the consumer would never join again.
void bus_offsets_drop(struct bus_offsets *offsets) {
    if (offsets->done != NULL) {
        rd_kafka_topic_partition_list_destroy(offsets->done);
        offsets->done = NULL;
    }
}

// Asked for here, because librdkafka asks once by itself: when that answer is lost, the partitions
// stay assigned and are never read (confluentinc/confluent-kafka-go#623).
bool bus_offsets_load(rd_kafka_t *handle, rd_kafka_topic_partition_list_t *list) {
    rd_kafka_resp_err_t code = rd_kafka_committed(handle, list, COMMITTED_MS);
    for (int i = 0; i < list->cnt && code == RD_KAFKA_RESP_ERR_NO_ERROR; i++) {
        code = list->elems[i].err;
        if (list->elems[i].offset < 0) {
            list->elems[i].offset = RD_KAFKA_OFFSET_BEGINNING; // a first start skips nothing
        }
    }
    if (code != RD_KAFKA_RESP_ERR_NO_ERROR) {
        log_warn("offsets are not known yet", LOG_STR("reason", rd_kafka_err2name(code)));
    }
    return code == RD_KAFKA_RESP_ERR_NO_ERROR;
}

bool bus_offsets_lag(rd_kafka_t *handle, int64_t *lag) {
    rd_kafka_topic_partition_list_t *list = NULL;
    *lag = 0;
    if (rd_kafka_assignment(handle, &list) != RD_KAFKA_RESP_ERR_NO_ERROR) {
        return false;
    }
    rd_kafka_position(handle, list);
    for (int i = 0; i < list->cnt; i++) {
        int64_t low = 0;
        int64_t high = 0;
        if (list->elems[i].offset >= 0 &&
            rd_kafka_get_watermark_offsets(handle, list->elems[i].topic, list->elems[i].partition,
                                           &low, &high) == 0 &&
            high > list->elems[i].offset) {
            *lag += high - list->elems[i].offset;
        }
    }
    rd_kafka_topic_partition_list_destroy(list);
    return true;
}
