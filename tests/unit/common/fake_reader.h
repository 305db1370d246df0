// SPDX-License-Identifier: Apache-2.0
// Kafka's place is taken by the test (redress_fake_reader): whoever starts a consumer is fed by it,
// what is published is confirmed at once and dead letters are counted.
#pragma once

#include "common/bus.h"

#include <protobuf-c/protobuf-c.h>

#define FAKE_READER_RECORDS 16

// The handlers of the consumer that was started last.
extern struct bus_handlers fake_reader;
extern size_t fake_reader_published;
extern size_t fake_reader_bytes; // values of what was published
extern size_t fake_reader_dead;

// A batch that is put together once and fed often.
struct fake_batch {
    struct bus_record records[FAKE_READER_RECORDS];
    uint8_t values[FAKE_READER_RECORDS][512];
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
