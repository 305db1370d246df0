// SPDX-License-Identifier: Apache-2.0
// Publishes the outbox to redress.facts, in order per case. Each of the shards is served by the one
// ledger that holds its advisory lock, so order survives several ledgers.
#pragma once

#include "common/bus.h"
#include "common/error.h"

#include <stdbool.h>
#include <stdint.h>

#define RELAY_SHARDS 4

struct relay;
struct work;

struct relay_options {
    const char *postgres_url;
    struct bus_settings bus;
};

// Which shard a case belongs to.
int32_t relay_shard(const char *case_id);

// Starts the thread. Free ends it after the batch in flight.
MUST_CHECK enum rc relay_start(struct relay **relay, const struct relay_options *options,
                               struct error *error);
void relay_free(struct relay *relay);
bool relay_ready(struct relay *relay, struct error *why);

// There is something new: look now. From any thread, cheap.
void relay_wake(struct relay *relay);
// The same after a commit that was confirmed: takes the payloads of its facts over, so that they
// are not read back.
void relay_committed(struct relay *relay, struct work *work);
