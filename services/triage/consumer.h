// SPDX-License-Identifier: Apache-2.0
// redress.facts: each CaseRegistered is answered with an AssessCase. The regions are those of
// rulebook_options.
#pragma once

#include "common/bus.h"
#include "common/region_book.h"

struct consumer;

MUST_CHECK enum rc consumer_start(struct consumer **consumer, const struct bus_settings *bus,
                                  struct region_book *regions, struct error *error);
bool consumer_ready(struct consumer *consumer, struct error *why);
void consumer_free(struct consumer *consumer);
