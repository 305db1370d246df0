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
    const char *traceparent;
    struct bus_wait *wait; // for the deliveries of what is published
    struct error *error;
};

// All of these: RC_INVALID where the fact is not readable, else as proposals_arm.
// What a fact begins.
MUST_CHECK enum rc arming_propose(const struct arming *arming, const Redress__V1__FactMeta *meta,
                                  struct timer_fact fact);
// The same of a registration, and keeps it for the first assessment.
MUST_CHECK enum rc arming_registered(const struct arming *arming, const Redress__V1__FactMeta *meta,
                                     struct timer_fact fact);
// Begins, counts again and ends what an assessment makes another.
MUST_CHECK enum rc arming_assessed(const struct arming *arming,
                                   const Redress__V1__CaseAssessed *assessed);
// Counts again a run whose arming an assessment overtook; nothing where none did.
MUST_CHECK enum rc arming_overtaken(const struct arming *arming,
                                    const Redress__V1__ClockArmed *armed);
