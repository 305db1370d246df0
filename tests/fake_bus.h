// SPDX-License-Identifier: Apache-2.0
// A bus without Kafka, for unit tests (redress_fake_bus) and fuzz targets (FAKE_BUS): whoever
// starts a consumer is fed by the test; what is published is checked as its readers will, counted
// and confirmed at once; dead letters are counted.
#pragma once

#include "common/bus.h"

extern struct bus_handlers fake_bus_handlers; // of the consumer that was started last
extern const char *fake_bus_topic;            // the first of its topics
extern size_t fake_bus_count;                 // published
extern size_t fake_bus_bytes;                 // values of these
extern size_t fake_bus_dead;                  // dead letters

// May be defined, by who looks at each message that is published.
void fake_bus_keep(const struct bus_message *message);
