// SPDX-License-Identifier: Apache-2.0
// redress.facts: proposes clocks, and keeps the index in step with those that run.
#pragma once

#include "firing.h"
#include "rulebook.h"

#include "common/redis.h"

struct consumer;

struct consumer_options {
    struct bus_settings bus;
    const char *redis_host;
    int redis_port;
    struct region_book *regions;   // borrowed
    struct bus_producer *producer; // borrowed
    struct firing *firing;         // borrowed
};

MUST_CHECK enum rc consumer_start(struct consumer **consumer,
                                  const struct consumer_options *options, struct error *error);
bool consumer_ready(struct consumer *consumer, struct error *why);
void consumer_free(struct consumer *consumer);
