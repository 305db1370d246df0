// SPDX-License-Identifier: Apache-2.0
// When an alarm that nobody has taken is told again: it climbs its pack's ladder, then the top rung
// hears of it for ever, ever more seldom. Pure.
#pragma once

#include "common/policy.h"

#include <stdbool.h>
#include <stdint.h>

#define ESCALATION_DAY_MS (24 * 3600000LL)

// Whether a clock is the next step of an alarm's ladder: "escalation-3" of the third alarm's. It is
// no clock of the case: it runs, on a closed case too, while nobody has acknowledged that alarm.
bool escalation_is(const char *clock);

// The moment of the next rung after so many were climbed, the last of them (or the alarm) at at_ms:
// as the ladder's levels say; after `most` of them the last level's delay doubles each time, up to
// a day, but in a crisis it stays as it is. 0: the pack has no ladder.
int64_t escalation_due(const struct policy *policy, uint32_t climbed, bool crisis, int64_t at_ms);
