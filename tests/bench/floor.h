// SPDX-License-Identifier: Apache-2.0
// The floor: the same I/O as intake and the ledger, with no product logic. What the product is
// measured against in the same run.
#pragma once

#include "common/bus.h"
#include "common/error.h"

#include <stddef.h>
#include <stdint.h>

#define FLOOR_PROPOSALS "floor.proposals"
#define FLOOR_FACTS "floor.facts"

struct floor_options {
    const char *brokers;
    const char *postgres_url; // a role that owns the schema floor
    uint16_t port;            // of the door
};

// HTTP → one message with its delivery report → 202. Frees with floor_door_free.
struct floor_door;
MUST_CHECK enum rc floor_door_start(struct floor_door **door, const struct floor_options *options,
                                    struct error *error);
void floor_door_free(struct floor_door *door);

// Messages → one PostgreSQL transaction a batch, with the ledger's rows and a fenced offset → one
// fact a message.
struct floor_sink;
MUST_CHECK enum rc floor_sink_start(struct floor_sink **sink, const struct floor_options *options,
                                    struct error *error);
uint64_t floor_sink_count(struct floor_sink *sink); // messages committed
void floor_sink_free(struct floor_sink *sink);

// Proposals for a topic: SubmitCase of the usual size, and a clock for each where they are due.
struct floor_fill {
    const char *topic;
    int64_t count;
    int64_t first_due_ms; // 0: no clocks
    int64_t due_spacing_us;
    int64_t warn_before_ms; // 0: nobody is warned
    int64_t crisis_every;   // of so many cases the first is a crisis, whose alarm climbs; 0: none
};
MUST_CHECK enum rc floor_fill(const struct floor_options *options, const struct floor_fill *fill,
                              struct error *error);
