// SPDX-License-Identifier: Apache-2.0
// A bus without Kafka (link with FAKE_BUS_WRAP): what is published is kept until the next clear and
// confirmed at once; whoever starts a consumer is fed by the target.
#pragma once

#include "fuzz.h"

#include "common/bus.h"

#define FAKE_BUS_MESSAGES 64

struct fake_bus_message {
    char topic[32];
    char type[ENVELOPE_TYPE_SIZE];
    char key[40];
    uint8_t *value; // exactly of its size, owned
    size_t size;
};

extern struct fake_bus_message fake_bus_published[FAKE_BUS_MESSAGES];
extern size_t fake_bus_count;                 // published since the last clear
extern size_t fake_bus_dead;                  // dead letters since the last clear
extern struct bus_handlers fake_bus_handlers; // of the consumer that was started

void fake_bus_clear(void);
// Hands one record of a topic to the started consumer; the input is the envelope's type, or one of
// types picked by a byte, then the value. The key is the case id in the value's meta, if it has
// one.
enum rc fake_bus_feed(const char *topic, const char *const *types, size_t count,
                      const uint8_t *data, size_t size);
