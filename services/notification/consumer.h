// SPDX-License-Identifier: Apache-2.0
// redress.facts and redress.contacts: what happened becomes deliveries to make. One batch is one
// transaction; a repeat changes nothing.
#pragma once

#include "common/bus.h"
#include "common/region.h"

struct consumer;

struct consumer_options {
    struct bus_settings bus;
    const char *postgres_url;
    const struct region *region;   // borrowed
    struct bus_producer *producer; // borrowed
    int64_t quiet_begin_hour;
    int64_t quiet_end_hour;
    int64_t hourly_most; // mails to one person; 0: any number
};

MUST_CHECK enum rc consumer_start(struct consumer **consumer,
                                  const struct consumer_options *options, struct error *error);
bool consumer_ready(struct consumer *consumer, struct error *why);
void consumer_free(struct consumer *consumer);
