// SPDX-License-Identifier: Apache-2.0
// The facts that this process committed last, so that the relay need not read them back. The outbox
// says what is to be published and in which order; what is not here is read from case_events.
#pragma once

#include "relay.h"
#include "work.h"

struct relay_fresh;

// What is published of one fact. Type is a constant.
struct relay_kept {
    const char *type;
    uint8_t *payload; // owned
    size_t payload_size;
    uint8_t *contact; // owned; NULL: none
    size_t contact_size;
    unsigned char hash[32];
    int64_t decided_at_ms;
};

// NULL: out of memory.
struct relay_fresh *relay_fresh_new(void);
void relay_fresh_free(struct relay_fresh *fresh);
// After a commit that was confirmed, never before: takes the payloads over, of these shards' cases:
// nobody would come for the others. The eldest give way. Any thread.
void relay_fresh_put(struct relay_fresh *fresh, struct work *work, relay_shards shards);
// Gives a fact away; false where it is not here.
bool relay_fresh_take(struct relay_fresh *fresh, const char *case_id, uint64_t sequence,
                      struct relay_kept *kept);
void relay_kept_free(struct relay_kept *kept);
