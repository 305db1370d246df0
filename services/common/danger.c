// SPDX-License-Identifier: Apache-2.0
#include "common/danger.h"

#include "redress/v1/types.pb-c.h"

uint32_t danger_of(uint32_t urgency, uint32_t crisis) {
    if (crisis >= REDRESS__V1__CRISIS_LEVEL__CRISIS_LEVEL_R3) {
        return crisis;
    }
    return urgency == REDRESS__V1__URGENCY__URGENCY_P1 ? 1 : 0;
}
