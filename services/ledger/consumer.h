// SPDX-License-Identifier: Apache-2.0
// redress.proposals to the ledger: one batch is one transaction, offsets included. What is urgent
// has a topic, a consumer and a session of its own, so that it waits for nothing else: a case may
// be in a batch of each at once, and its row's lock says whose turn it is.
#pragma once

#include "common/bus.h"
#include "common/region_book.h"
#include "relay.h"

struct consumer;

struct consumer_options {
    const char *postgres_url;
    struct bus_settings bus;
    const char *instance_id;       // may be empty
    struct relay *relay;           // told of each commit; borrowed
    struct region_book *regions;   // borrowed
    struct bus_producer *producer; // of dead letters; borrowed
    bool urgent;                   // the urgent ones; the relay follows the others' partitions
};

MUST_CHECK enum rc consumer_start(struct consumer **consumer,
                                  const struct consumer_options *options, struct error *error);
void consumer_free(struct consumer *consumer);
struct consumer_load {
    int64_t lag;           // proposals not applied yet; -1 unknown
    int64_t delay_ms;      // how old those of the last batch were
    int64_t unassessed;    // cases registered less those assessed, since the consumers began
    int64_t assessment_ms; // how long the cases assessed last had been registered; 0: none lately
};
// Adds one consumer's to what others have.
void consumer_load_add(struct consumer *consumer, struct consumer_load *load);
bool consumer_ready(struct consumer *consumer, struct error *why);
