// SPDX-License-Identifier: Apache-2.0
// redress.facts: each CaseRegistered is answered with an AssessCase.
#pragma once

#include "triage.h"

#include "common/bus.h"

struct consumer;

MUST_CHECK enum rc consumer_start(struct consumer **consumer, const struct bus_settings *bus,
                                  const struct triage *triage, struct error *error);
bool consumer_ready(struct consumer *consumer, struct error *why);
void consumer_free(struct consumer *consumer);
