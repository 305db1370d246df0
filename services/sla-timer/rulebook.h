// SPDX-License-Identifier: Apache-2.0
// The region's policies and calendars as they are now, which SIGHUP may change: whoever works by
// them holds them for so long.
#pragma once

#include "sla_timer.h"

struct rulebook;

// Loads a region and owns it.
MUST_CHECK enum rc rulebook_load(struct rulebook **rulebook, const char *directory,
                                 struct error *error);
// The same over a region that somebody else loaded; it can't be loaded again.
MUST_CHECK enum rc rulebook_borrow(struct rulebook **rulebook, const struct region *region,
                                   struct error *error);
void rulebook_free(struct rulebook *rulebook);
// Loads the region again; what was loaded before stays where that fails.
MUST_CHECK enum rc rulebook_reload(struct rulebook *rulebook, struct error *error);
// Until rulebook_release the rules stay as they are. A thread holds them once at a time.
const struct timer_rules *rulebook_hold(struct rulebook *rulebook);
void rulebook_release(struct rulebook *rulebook);
