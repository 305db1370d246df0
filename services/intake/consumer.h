// SPDX-License-Identifier: Apache-2.0
// redress.inbound: integrators' complaints, by the same rules as HTTP.
#pragma once

#include "submit.h"

struct consumer;

MUST_CHECK enum rc consumer_start(struct consumer **consumer, const struct bus_settings *bus,
                                  struct submit *submit, struct error *error);
bool consumer_ready(struct consumer *consumer, struct error *why);
void consumer_free(struct consumer *consumer);
