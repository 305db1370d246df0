// SPDX-License-Identifier: Apache-2.0
// The loop that fires what is due, rebuilds the index when Redis lost it, and sweeps what the
// ledger names overdue, with or without Redis.
#pragma once

#include "rulebook.h"

#include "common/bus.h"

struct firing;

struct firing_options {
    const char *redis_host;
    int redis_port;
    const char *ledger_url;
    const char *service_token;
    struct bus_producer *producer;     // borrowed
    struct region_book *regions;       // borrowed
    const char *calendar_missing_from; // "12-01"
};

MUST_CHECK enum rc firing_start(struct firing **firing, const struct firing_options *options,
                                struct error *error);
void firing_free(struct firing *firing);
// The last sweep reached the ledger; and the index is whole, or Redis is down and the sweep stands
// in.
bool firing_ready(struct firing *firing, struct error *why);
// The rules have changed: every deadline that is open is computed again.
void firing_review(struct firing *firing);
// An index write failed: the index is rebuilt before it is trusted again.
void firing_distrust(struct firing *firing);
