// SPDX-License-Identifier: Apache-2.0
#include "fake_batch.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static struct bus_record *add(struct fake_batch *batch, const char *topic, const char *type,
                              size_t size) {
    if (batch->count == FAKE_BATCH_RECORDS || size > sizeof batch->values[0]) {
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
    return fake_bus_handlers.handle(fake_bus_handlers.context, batch->records, batch->count, error);
}
