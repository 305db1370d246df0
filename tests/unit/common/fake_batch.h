// SPDX-License-Identifier: Apache-2.0
// A batch of records that is put together once and fed often to the consumer that was started.
#pragma once

#include "fake_bus.h"

#include <protobuf-c/protobuf-c.h>

#define FAKE_BATCH_RECORDS 16

struct fake_batch {
    struct bus_record records[FAKE_BATCH_RECORDS];
    uint8_t values[FAKE_BATCH_RECORDS][512];
    size_t count;
};
// A message of any type; its meta and the rest are packed.
void fake_batch_add(struct fake_batch *batch, const char *topic, const ProtobufCMessage *message);
// The key of the last one that was added; borrowed.
void fake_batch_key(struct fake_batch *batch, const char *key);
// Bytes as they are; key: a case id.
void fake_batch_bytes(struct fake_batch *batch, const char *topic, const char *key,
                      const char *bytes);
MUST_CHECK enum rc fake_batch_feed(const struct fake_batch *batch, struct error *error);
