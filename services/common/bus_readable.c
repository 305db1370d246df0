// SPDX-License-Identifier: Apache-2.0
// What a consumer has not taken is asked of another one, which reads from where it stands: the ends
// of partitions move with what nobody is to read, too (transactions that were aborted).
#include "bus_private.h"

#include "common/clock.h"

#include <stddef.h>

#define ASK_MS 1000
#define READ_MS 2000

// A list of its own: those of librdkafka refer to the handle that they come from.
static rd_kafka_topic_partition_list_t *
same_partitions(const rd_kafka_topic_partition_list_t *assigned) {
    rd_kafka_topic_partition_list_t *list = rd_kafka_topic_partition_list_new(assigned->cnt);
    for (int i = 0; i < assigned->cnt; i++) {
        rd_kafka_topic_partition_list_add(list, assigned->elems[i].topic,
                                          assigned->elems[i].partition);
    }
    return list;
}

// Where it has read nothing since it was assigned: what is committed, else the beginning.
static void fill_starts(rd_kafka_t *handle, rd_kafka_topic_partition_list_t *assigned,
                        rd_kafka_topic_partition_list_t *starts) {
    bool known = rd_kafka_committed(handle, assigned, ASK_MS) == RD_KAFKA_RESP_ERR_NO_ERROR;
    for (int i = 0; i < assigned->cnt; i++) {
        int64_t committed = known ? assigned->elems[i].offset : RD_KAFKA_OFFSET_INVALID;
        starts->elems[i].offset = committed >= 0 ? committed : RD_KAFKA_OFFSET_BEGINNING;
    }
    known = rd_kafka_position(handle, assigned) == RD_KAFKA_RESP_ERR_NO_ERROR;
    for (int i = 0; i < assigned->cnt && known; i++) {
        int64_t position = assigned->elems[i].offset;
        starts->elems[i].offset = position >= 0 ? position : starts->elems[i].offset;
    }
}

// Of the same settings, in no group. NULL where there is no room for another.
static rd_kafka_t *second_reader(rd_kafka_t *handle) {
    char text[256];
    rd_kafka_conf_t *conf = rd_kafka_conf_dup(rd_kafka_conf(handle));
    rd_kafka_conf_set_rebalance_cb(conf, NULL);
    rd_kafka_conf_set_error_cb(conf, NULL);
    rd_kafka_t *reader = rd_kafka_new(RD_KAFKA_CONSUMER, conf, text, sizeof text);
    if (reader == NULL) {
        rd_kafka_conf_destroy(conf);
    }
    return reader;
}

static bool finds_record(rd_kafka_t *reader) {
    int64_t until_ms = clock_monotonic_ms() + READ_MS;
    bool found = false;
    for (int64_t left_ms = READ_MS; left_ms > 0 && !found;
         left_ms = until_ms - clock_monotonic_ms()) {
        rd_kafka_message_t *message = rd_kafka_consumer_poll(reader, (int)left_ms);
        if (message != NULL) {
            found = message->err == RD_KAFKA_RESP_ERR_NO_ERROR;
            rd_kafka_message_destroy(message);
        }
    }
    return found;
}

bool bus_is_readable(rd_kafka_t *handle) {
    rd_kafka_topic_partition_list_t *assigned = NULL;
    if (rd_kafka_assignment(handle, &assigned) != RD_KAFKA_RESP_ERR_NO_ERROR) {
        return false;
    }
    rd_kafka_topic_partition_list_t *starts = same_partitions(assigned);
    rd_kafka_t *reader = second_reader(handle);
    bool found = false;
    if (reader != NULL) {
        fill_starts(handle, assigned, starts);
        found =
            rd_kafka_assign(reader, starts) == RD_KAFKA_RESP_ERR_NO_ERROR && finds_record(reader);
        rd_kafka_consumer_close(reader);
        rd_kafka_destroy(reader);
    }
    rd_kafka_topic_partition_list_destroy(starts);
    rd_kafka_topic_partition_list_destroy(assigned);
    return found;
}
