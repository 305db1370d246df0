// SPDX-License-Identifier: Apache-2.0
// What the targets need beside fake_bus.h: what is published is kept until the next clear; a
// consumer is fed from an input.
#pragma once

#include "fake_bus.h"
#include "fuzz.h"

#define FUZZ_BUS_MESSAGES 64

struct fuzz_bus_message {
    char topic[32];
    char type[ENVELOPE_TYPE_SIZE];
    char key[40];
    uint8_t *value; // exactly of its size, owned
    size_t size;
};

// Since the last clear, the first fake_bus_count of it.
extern struct fuzz_bus_message fuzz_bus_published[FUZZ_BUS_MESSAGES];

void fuzz_bus_clear(void); // and what is counted
// Hands one record of a topic to the started consumer; the input is the envelope's type, or one of
// types picked by a byte, then the value. The key is the case id in the value's meta, if it has
// one.
enum rc fuzz_bus_feed(const char *topic, const char *const *types, size_t count,
                      const uint8_t *data, size_t size);
