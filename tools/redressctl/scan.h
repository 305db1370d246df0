// SPDX-License-Identifier: Apache-2.0
// Reads a whole topic from its beginning to the end it has now.
#pragma once

#include "common/bus.h"

#include <librdkafka/rdkafka.h>

// Called for each message in order per partition; false stops the scan.
typedef bool (*scan_each)(void *context, const rd_kafka_message_t *message);

MUST_CHECK enum rc scan_topic(const char *brokers, const char *topic, scan_each each, void *context,
                              struct error *error);
// How many partitions a topic has; RC_UNAVAILABLE where it can't be asked or has none.
MUST_CHECK enum rc scan_partitions(rd_kafka_t *handle, const char *topic, int *partitions,
                                   struct error *error);
// The last header of that name, as a text in room bytes; empty when absent.
void scan_header(const rd_kafka_message_t *message, const char *name, char *text, size_t room);
