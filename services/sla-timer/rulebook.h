// SPDX-License-Identifier: Apache-2.0
// What sla-timer makes of each edition of its region: struct timer_rules.
#pragma once

#include "sla_timer.h"

#include "common/region_book.h"

extern const struct region_book_options rulebook_options;

static inline const struct timer_rules *rulebook_of(const struct region_edition *edition) {
    return (const struct timer_rules *)edition->made;
}
