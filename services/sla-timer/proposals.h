// SPDX-License-Identifier: Apache-2.0
// What sla-timer tells the ledger, as messages. Ids derive from clock, version and kind: firing
// twice proposes the same.
#pragma once

#include "sla_timer.h"

#include "common/bus.h"

// fact_sequence tells arming after different facts apart.
MUST_CHECK enum rc proposals_arm(struct bus_producer *producer, const char *case_id,
                                 const char *tenant, uint64_t fact_sequence,
                                 const struct timer_arm *arm, const char *traceparent,
                                 struct bus_wait *wait, struct error *error);
MUST_CHECK enum rc proposals_fire(struct bus_producer *producer, const struct timer_entry *entry,
                                  struct bus_wait *wait, struct error *error);
