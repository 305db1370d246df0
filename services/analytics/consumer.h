// SPDX-License-Identifier: Apache-2.0
// redress.facts into the counts: one batch is one transaction; a repeat changes nothing.
#pragma once

#include "common/bus.h"
#include "common/region_book.h"

struct consumer;

struct consumer_options {
    struct bus_settings bus;
    const char *postgres_url;
    struct region_book *regions; // borrowed; which day a time belongs to is its zone's
};

MUST_CHECK enum rc consumer_start(struct consumer **consumer,
                                  const struct consumer_options *options, struct error *error);
bool consumer_ready(struct consumer *consumer, struct error *why);
void consumer_free(struct consumer *consumer);
