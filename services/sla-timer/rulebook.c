// SPDX-License-Identifier: Apache-2.0
#include "rulebook.h"

#include "stats.h"

#include <stdlib.h>

static enum rc make(const struct region *region, void **made, struct error *error) {
    struct timer_rules *rules = malloc(sizeof *rules);
    *made = rules;
    return rules == NULL ? error_set(error, RC_INTERNAL, "out of memory for the clocks' rules")
                         : timer_rules_init(rules, region, error);
}

const struct region_book_options rulebook_options = {.make = make,
                                                     .unmake = free,
                                                     .read = &sla_timer_stats[STAT_REGION_READ],
                                                     .refused =
                                                         &sla_timer_stats[STAT_REGION_REFUSED]};
