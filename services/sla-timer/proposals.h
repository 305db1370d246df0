// SPDX-License-Identifier: Apache-2.0
// What sla-timer tells the ledger, as messages. Ids derive from clock, version, kind and, of a
// warning, its point: firing twice proposes the same.
#pragma once

#include "sla_timer.h"

#include "common/bus.h"

// cause tells proposals for one clock apart: the place of the fact that it follows from, and where
// one fact arms a clock in two ways which; or the version and due time that it amends.
MUST_CHECK enum rc proposals_arm(struct bus_producer *producer, const char *case_id,
                                 const char *tenant, const char *cause, const struct timer_arm *arm,
                                 const char *traceparent, struct bus_wait *wait,
                                 struct error *error);
// cause: the fact that it follows from.
MUST_CHECK enum rc proposals_end(struct bus_producer *producer, const Redress__V1__FactMeta *cause,
                                 const struct timer_end *end, const char *traceparent,
                                 struct bus_wait *wait, struct error *error);
// Warns or breaches; a resumption is armed. at_ms: when it was due, which tells warn points apart;
// 0 where that is not known.
MUST_CHECK enum rc proposals_fire(struct bus_producer *producer, const struct timer_entry *entry,
                                  int64_t at_ms, struct bus_wait *wait, struct error *error);
