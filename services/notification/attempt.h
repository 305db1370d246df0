// SPDX-License-Identifier: Apache-2.0
// One attempt at a delivery: who is addressed, in which words, over which transport.
#pragma once

#include "transport.h"

#include "common/region.h"
#include "common/seal.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

// One claimed delivery; texts are borrowed.
struct job {
    char delivery_id[37];
    char case_id[37];
    const char *tenant, *channel, *recipient, *template_code, *fact, *parameters, *tracking_code,
        *language;
    int64_t occurred_at_ms, received_at_ms, promised_at_ms;
    uint32_t attempts;
    int64_t occasion_sequence;
    const void *sealed;
    size_t sealed_size;
    bool erased; // there was a contact; its complainant is told nothing any more
    bool urgent;
    int64_t wanted_at_ms; // set by an attempt before the hours of its recipient; else 0
};

struct attempt_options {
    struct seal_opener contacts; // of the bureau's notification key
    unsigned char satisfaction_key[32];
    const char *satisfaction_url; // what a rating's link begins with
    int64_t satisfaction_days;    // for which it can be used
    const char *webhook_url;      // "" uses the region's
    const struct region *region;  // held for the attempt
};

// Sends it, but for a mail outside the hours of its recipient. RC_UNAVAILABLE: worth another
// attempt; RC_INVALID: it will never go out. The error's code says why and holds nothing personal.
// Options serve one thread at a time.
MUST_CHECK enum rc attempt_make(struct attempt_options *options, struct transport *transport,
                                struct job *job, struct error *error);
