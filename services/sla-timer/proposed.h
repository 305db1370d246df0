// SPDX-License-Identifier: Apache-2.0
// What the registrations of late began, so that a case's first assessment, which most often leaves
// its terms as they are, proposes nothing twice. It forgets early, and then more is proposed than
// needed. For one thread.
#pragma once

#include "sla_timer.h"

#include "common/error.h"

struct proposed;

MUST_CHECK enum rc proposed_new(struct proposed **proposed, struct error *error);
void proposed_free(struct proposed *proposed);
// Keeps what a registration's fact made this process propose. Copies.
void proposed_keep(struct proposed *proposed, const char *case_id, const struct timer_arm *arms,
                   size_t count);
// Whether these very terms were proposed.
bool proposed_holds(const struct proposed *proposed, const char *case_id,
                    const struct clock_terms *terms);
