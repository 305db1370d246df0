// SPDX-License-Identifier: Apache-2.0
// Makes the deliveries that are due and tells the ledger how they ended.
#pragma once

#include "attempt.h"

#include "common/bus.h"
#include "common/region_book.h"

#include <stdbool.h>

struct sender;

struct sender_options {
    const char *postgres_url;
    const char *smtp_url;
    const char *smtp_from;
    const char *webhook_secret;
    struct attempt_options attempt; // but for the region
    struct region_book *regions;    // borrowed
    int64_t attempts;
    bool reports; // tells the ledger how deliveries ended; one of several senders does
    struct bus_producer *producer; // borrowed
};

MUST_CHECK enum rc sender_start(struct sender **sender, const struct sender_options *options,
                                struct error *error);
bool sender_ready(struct sender *sender, struct error *why);
void sender_free(struct sender *sender);
