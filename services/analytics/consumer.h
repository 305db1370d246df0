// SPDX-License-Identifier: Apache-2.0
// redress.facts into the counts: one batch is one transaction; a repeat changes nothing.
#pragma once

#include "common/bus.h"

struct consumer;

struct consumer_options {
    struct bus_settings bus;
    const char *postgres_url;
    int32_t zone_offset_s; // of the region: which day a time belongs to
};

MUST_CHECK enum rc consumer_start(struct consumer **consumer,
                                  const struct consumer_options *options, struct error *error);
bool consumer_ready(struct consumer *consumer, struct error *why);
void consumer_free(struct consumer *consumer);
