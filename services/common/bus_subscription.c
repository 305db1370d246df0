// SPDX-License-Identifier: Apache-2.0
#include "bus_subscription.h"

#include "bus_prefetch.h"
#include "bus_private.h"

#include <stdio.h>

#define WORTH_A_MS 2600 // bytes for which a fetch need not wait another millisecond
// Of each partition, compressed: a backlog's fetch of four stays far below 16 MiB. No fetch waits
// for more than one partition may bring, or whoever has one or two would wait with a backlog, too.
#define FETCH_BYTES 262144
#define TEXT_OF(number) #number
#define TEXT(number) TEXT_OF(number)

static int bytes_worth(int patience_ms) {
    int bytes = patience_ms * WORTH_A_MS;
    return bytes > FETCH_BYTES ? FETCH_BYTES : bytes;
}

static enum rc configure(rd_kafka_conf_t *conf, const struct bus_consumer_settings *settings,
                         struct error *error) {
    int patience = settings->patience_ms;
    char least[16];
    char wait_ms[16];
    snprintf(least, sizeof least, "%d", patience > 0 ? bytes_worth(patience) : 1);
    snprintf(wait_ms, sizeof wait_ms, "%d", patience > 0 ? patience : 100);
    const char *const pairs[][2] = {
        {"group.id", settings->group},
        {"partition.assignment.strategy", "range,roundrobin"},
        {"enable.auto.commit", "false"},
        {"enable.auto.offset.store", "false"},
        // Without a stored offset this is a first start: nothing may be skipped. With offsets kept
        // elsewhere the handler names the start, and one that Kafka lost must not pass silently.
        {"auto.offset.reset", settings->handlers.assigned == NULL ? "earliest" : "error"},
        {"session.timeout.ms", "10000"},
        {"max.poll.interval.ms", "300000"},
        {"queued.max.messages.kbytes", TEXT(PREFETCH_KIB)},
        {"queued.min.messages", TEXT(PREFETCH_RECORDS)},
        {"fetch.message.max.bytes", TEXT(FETCH_BYTES)},
        {"socket.nagle.disable", "true"},
        {"fetch.min.bytes", least},
        {"fetch.wait.max.ms", wait_ms},
        {"reconnect.backoff.max.ms", "1000"},
        {"isolation.level", "read_committed"},
        {settings->instance_id == NULL ? NULL : "group.instance.id", settings->instance_id},
        {NULL, NULL},
    };
    return bus_configure(conf, pairs, &settings->bus, error);
}

static enum rc subscribe(rd_kafka_t *handle, const struct bus_consumer_settings *settings,
                         struct error *error) {
    rd_kafka_topic_partition_list_t *list = rd_kafka_topic_partition_list_new(4);
    for (size_t i = 0; settings->topics[i] != NULL; i++) {
        rd_kafka_topic_partition_list_add(list, settings->topics[i], RD_KAFKA_PARTITION_UA);
    }
    rd_kafka_resp_err_t code = rd_kafka_subscribe(handle, list);
    rd_kafka_topic_partition_list_destroy(list);
    return code == RD_KAFKA_RESP_ERR_NO_ERROR
               ? RC_OK
               : error_set(error, RC_INTERNAL, "subscribe: %s", rd_kafka_err2str(code));
}

enum rc bus_subscribe(rd_kafka_t **handle, const struct bus_consumer_settings *settings,
                      const struct bus_subscriber *subscriber, struct error *error) {
    char text[256];
    rd_kafka_conf_t *conf = rd_kafka_conf_new();
    *handle = NULL;
    enum rc rc = configure(conf, settings, error);
    if (rc != RC_OK) {
        rd_kafka_conf_destroy(conf);
        return rc;
    }
    rd_kafka_conf_set_rebalance_cb(conf, subscriber->rebalanced);
    rd_kafka_conf_set_log_cb(conf, bus_log);
    rd_kafka_conf_set_opaque(conf, subscriber->opaque);
    *handle = rd_kafka_new(RD_KAFKA_CONSUMER, conf, text, sizeof text);
    if (*handle == NULL) {
        rd_kafka_conf_destroy(conf);
        return error_set(error, RC_INTERNAL, "Kafka consumer: %s", text);
    }
    rd_kafka_poll_set_consumer(*handle);
    return subscribe(*handle, settings, error);
}
