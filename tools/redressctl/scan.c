// SPDX-License-Identifier: Apache-2.0
// No consumer group: partitions are assigned by hand and left alone afterwards.
#include "scan.h"

#include "kafka.h"

#include <stdio.h>
#include <string.h>

#define TIMEOUT_MS 10000

static enum rc open_consumer(rd_kafka_t **handle, const char *brokers, struct error *error) {
    char text[256];
    rd_kafka_conf_t *conf = rd_kafka_conf_new();
    rd_kafka_conf_set(conf, "group.id", "redressctl-scan", text, sizeof text);
    rd_kafka_conf_set(conf, "enable.auto.commit", "false", text, sizeof text);
    rd_kafka_conf_set(conf, "enable.partition.eof", "true", text, sizeof text);
    rd_kafka_conf_set(conf, "auto.offset.reset", "earliest", text, sizeof text);
    enum rc rc = kafka_open(handle, RD_KAFKA_CONSUMER, conf, brokers, error);
    if (rc == RC_OK) {
        rd_kafka_poll_set_consumer(*handle);
    }
    return rc;
}

enum rc scan_partitions(rd_kafka_t *handle, const char *topic, int *partitions,
                        struct error *error) {
    const struct rd_kafka_metadata *metadata = NULL;
    rd_kafka_topic_t *entry = rd_kafka_topic_new(handle, topic, NULL);
    rd_kafka_resp_err_t code = rd_kafka_metadata(handle, 0, entry, &metadata, TIMEOUT_MS);
    rd_kafka_topic_destroy(entry);
    if (code != RD_KAFKA_RESP_ERR_NO_ERROR || metadata->topic_cnt != 1 ||
        metadata->topics[0].partition_cnt == 0) {
        rd_kafka_metadata_destroy(metadata);
        return error_set(error, RC_UNAVAILABLE, "topic %s can't be read: %s", topic,
                         rd_kafka_err2str(code));
    }
    *partitions = metadata->topics[0].partition_cnt;
    rd_kafka_metadata_destroy(metadata);
    return RC_OK;
}

static enum rc assign_all(rd_kafka_t *handle, const char *topic, int *partitions,
                          struct error *error) {
    enum rc rc = scan_partitions(handle, topic, partitions, error);
    if (rc != RC_OK) {
        return rc;
    }
    rd_kafka_topic_partition_list_t *list = rd_kafka_topic_partition_list_new(16);
    for (int i = 0; i < *partitions; i++) {
        rd_kafka_topic_partition_list_add(list, topic, i)->offset = RD_KAFKA_OFFSET_BEGINNING;
    }
    rd_kafka_assign(handle, list);
    rd_kafka_topic_partition_list_destroy(list);
    return RC_OK;
}

static enum rc read_all(rd_kafka_t *handle, const char *topic, int open, scan_each each,
                        void *context, struct error *error) {
    while (open > 0) {
        rd_kafka_message_t *message = rd_kafka_consumer_poll(handle, TIMEOUT_MS);
        if (message == NULL) {
            return error_set(error, RC_UNAVAILABLE, "topic %s does not answer", topic);
        }
        bool go_on = true;
        if (message->err == RD_KAFKA_RESP_ERR__PARTITION_EOF) {
            open--;
        } else if (message->err == RD_KAFKA_RESP_ERR_NO_ERROR) {
            go_on = each(context, message);
        }
        rd_kafka_message_destroy(message);
        if (!go_on) {
            return RC_OK;
        }
    }
    return RC_OK;
}

enum rc scan_topic(const char *brokers, const char *topic, scan_each each, void *context,
                   struct error *error) {
    int partitions = 0;
    rd_kafka_t *handle = NULL;
    enum rc rc = open_consumer(&handle, brokers, error);
    if (rc != RC_OK) {
        return rc;
    }
    rc = assign_all(handle, topic, &partitions, error);
    rc = rc == RC_OK ? read_all(handle, topic, partitions, each, context, error) : rc;
    rd_kafka_consumer_close(handle);
    rd_kafka_destroy(handle);
    return rc;
}

void scan_header(const rd_kafka_message_t *message, const char *name, char *text, size_t room) {
    rd_kafka_headers_t *headers = NULL;
    const void *value = NULL;
    size_t size = 0;
    text[0] = '\0';
    if (rd_kafka_message_headers(message, &headers) == RD_KAFKA_RESP_ERR_NO_ERROR &&
        rd_kafka_header_get_last(headers, name, &value, &size) == RD_KAFKA_RESP_ERR_NO_ERROR &&
        size < room) {
        memcpy(text, value, size);
        text[size] = '\0';
    }
}
