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
typedef uint32_t relay_shards; // a bit each
#define RELAY_UNKNOWN ((relay_shards)1 << RELAY_SHARDS)
#define RELAY_ALL (RELAY_UNKNOWN - 1)

struct relay_options {
    const char *postgres_url;
    struct bus_settings bus;
};

// Which shard a case belongs to: that of its proposals' partition, so that the ledger that decides
// has the facts in memory when it publishes them.
int32_t relay_shard(const char *case_id);
// The shards of the cases in one of so many partitions of the proposals.
relay_shards relay_shards_of(int32_t partition, int32_t partitions);

// Starts the thread. Free ends it after the batch in flight.
MUST_CHECK enum rc relay_start(struct relay **relay, const struct relay_options *options,
                               struct error *error);
void relay_free(struct relay *relay);
bool relay_ready(struct relay *relay, struct error *why);

// These are the shards whose cases this ledger decides now; RELAY_UNKNOWN while that is being
// settled. From any thread.
void relay_follow(struct relay *relay, relay_shards shards);
// There is something new: look now. From any thread, cheap.
void relay_wake(struct relay *relay);
// The same after a commit that was confirmed: takes the payloads of the facts over that it is to
// publish, so that they are not read back. From any thread.
void relay_committed(struct relay *relay, struct work *work);
