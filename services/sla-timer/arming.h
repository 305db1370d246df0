// SPDX-License-Identifier: Apache-2.0
// Proposes the clocks that a fact begins, changes or ends.
#pragma once

#include "proposed.h"

#include "common/bus.h"

#include "redress/v1/facts.pb-c.h"

// One fact's turn. Borrows all.
struct arming {
    struct bus_producer *producer;
    struct proposed *proposed;
    struct timer_arm *arms; // room for TIMER_ARMS: too large for a stack
    const struct timer_rules *rules;
    int64_t now_ms;
    const char *traceparent;
    struct bus_wait *wait; // for the deliveries of what is published
    struct error *error;
};

// The message of a fact that clocks may follow from; NULL: none follows.
const ProtobufCMessageDescriptor *arming_reads(const char *type);
// Proposes what follows from one fact; nothing of those that arming_reads does not know. RC_INVALID
// where the fact is not readable, else as proposals_arm.
MUST_CHECK enum rc arming_take(const struct arming *arming, const ProtobufCMessage *message);
