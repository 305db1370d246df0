// SPDX-License-Identifier: Apache-2.0
// What the halves of the bus share; nobody else includes it.
#pragma once

#include "common/bus.h"

#include <librdkafka/rdkafka.h>

// Sets property pairs (ended by NULL), brokers, client id and the pass-through. RC_INVALID.
MUST_CHECK enum rc bus_configure(rd_kafka_conf_t *conf, const char *const (*pairs)[2],
                                 const struct bus_settings *settings, struct error *error);
void bus_log(const rd_kafka_t *handle, int level, const char *facility, const char *text);
// Takes headers over in any case. delivered may be NULL.
MUST_CHECK enum rc bus_produce(struct bus_producer *producer, const struct bus_message *message,
                               rd_kafka_headers_t *headers, bus_delivered delivered, void *opaque,
                               struct error *error);
// Reads and bounds the headers of a message into record->envelope, envelope_rc and reason.
void bus_read_envelope(const rd_kafka_message_t *message, struct bus_record *record);
// The same from the headers alone; NULL where there are none.
void bus_read_headers(const rd_kafka_headers_t *headers, struct bus_record *record);
// Whether there is anything to read from where a consumer stands: asks another one, for up to five
// seconds. False where nobody says.
bool bus_is_readable(rd_kafka_t *handle);
