// SPDX-License-Identifier: Apache-2.0
#include "common/escalation.h"

#include "common/limit.h"

#include <string.h>

bool escalation_is(const char *clock) { return strncmp(clock, "escalation-", 11) == 0; }

int64_t escalation_due(const struct policy *policy, uint32_t climbed, bool crisis, int64_t at_ms) {
    const struct policy_ladder *ladder = &policy->ladder;
    if (ladder->level_count < 2) {
        return 0;
    }
    uint32_t top = ladder->level_count - 1;
    const struct policy_level *level = &ladder->levels[climbed < top ? climbed + 1 : top];
    int64_t due_ms = limit_end(policy->calendar, level->after, at_ms, 0).at_ms;
    int64_t delay_ms = due_ms - at_ms;
    if (crisis || climbed < ladder->most || delay_ms >= ESCALATION_DAY_MS) {
        return due_ms;
    }
    for (uint32_t i = ladder->most; i <= climbed && delay_ms < ESCALATION_DAY_MS; i++) {
        delay_ms *= 2;
    }
    return at_ms + (delay_ms < ESCALATION_DAY_MS ? delay_ms : ESCALATION_DAY_MS);
}
