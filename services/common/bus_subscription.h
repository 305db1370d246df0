// SPDX-License-Identifier: Apache-2.0
// What a consumer asks of librdkafka: how it reads, how much it fetches ahead, which topics.
#pragma once

#include "common/bus.h"

#include <librdkafka/rdkafka.h>

// Who is told of assignments, from within polls.
struct bus_subscriber {
    void (*rebalanced)(rd_kafka_t *handle, rd_kafka_resp_err_t code,
                       rd_kafka_topic_partition_list_t *list, void *opaque);
    void *opaque;
};

// Makes a handle that joins the group once it is polled. *handle is the caller's on failure too,
// and NULL where there is none. RC_INVALID: a setting that librdkafka does not take.
MUST_CHECK enum rc bus_subscribe(rd_kafka_t **handle, const struct bus_consumer_settings *settings,
                                 const struct bus_subscriber *subscriber, struct error *error);
