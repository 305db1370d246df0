// SPDX-License-Identifier: Apache-2.0
#include "fake_reader.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct bus_handlers fake_reader;
size_t fake_reader_published;
size_t fake_reader_bytes;
size_t fake_reader_dead;

__typeof__(bus_producer_new) __wrap_bus_producer_new;
__typeof__(bus_producer_free) __wrap_bus_producer_free;
__typeof__(bus_publish) __wrap_bus_publish;
__typeof__(bus_consumer_start) __wrap_bus_consumer_start;
__typeof__(bus_consumer_free) __wrap_bus_consumer_free;
__typeof__(bus_dead_letter) __wrap_bus_dead_letter;

enum rc __wrap_bus_producer_new(struct bus_producer **producer, const struct bus_settings *settings,
                                struct error *error) {
    (void)settings;
    (void)error;
    *producer = NULL;
    return RC_OK;
}

void __wrap_bus_producer_free(struct bus_producer *producer) { (void)producer; }

enum rc __wrap_bus_publish(struct bus_producer *producer, const struct bus_message *message,
                           bus_delivered delivered, void *opaque, struct error *error) {
    (void)producer;
    (void)error;
    fake_reader_published++;
    fake_reader_bytes += message->value_size;
    delivered(opaque, BUS_DELIVERED, "");
    return RC_OK;
}

enum rc __wrap_bus_consumer_start(struct bus_consumer **consumer,
                                  const struct bus_consumer_settings *settings,
                                  struct error *error) {
    (void)error;
    *consumer = NULL;
    fake_reader = settings->handlers;
    return RC_OK;
}

void __wrap_bus_consumer_free(struct bus_consumer *consumer) { (void)consumer; }

enum rc __wrap_bus_dead_letter(struct bus_producer *producer, const struct bus_record *record,
                               const char *service, const struct error *reason,
                               struct error *error) {
    (void)producer;
    (void)record;
    (void)service;
    (void)reason;
    (void)error;
    fake_reader_dead++;
    return RC_OK;
}

static struct bus_record *add(struct fake_batch *batch, const char *topic, const char *type,
                              size_t size) {
    if (batch->count == FAKE_READER_RECORDS || size > sizeof batch->values[0]) {
        abort();
    }
    struct bus_record *record = &batch->records[batch->count];
    *record = (struct bus_record){
        .topic = topic, .value = batch->values[batch->count++], .value_size = size};
    snprintf(record->envelope.type, sizeof record->envelope.type, "%s", type);
    return record;
}

void fake_batch_add(struct fake_batch *batch, const char *topic, const ProtobufCMessage *message) {
    size_t size = protobuf_c_message_get_packed_size(message);
    struct bus_record *record = add(batch, topic, message->descriptor->name, size);
    protobuf_c_message_pack(message, (uint8_t *)record->value);
}

void fake_batch_bytes(struct fake_batch *batch, const char *topic, const char *key,
                      const char *bytes) {
    struct bus_record *record = add(batch, topic, "redress.v1.CaseRegistered", strlen(bytes));
    memcpy((void *)record->value, bytes, strlen(bytes));
    record->key = key;
    record->key_size = strlen(key);
}

void fake_batch_key(struct fake_batch *batch, const char *key) {
    batch->records[batch->count - 1].key = key;
    batch->records[batch->count - 1].key_size = strlen(key);
}

enum rc fake_batch_feed(const struct fake_batch *batch, struct error *error) {
    return fake_reader.handle(fake_reader.context, batch->records, batch->count, error);
}
