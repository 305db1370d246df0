// SPDX-License-Identifier: Apache-2.0
// When somebody may be about to die. Pure.
#pragma once

#include <stdint.h>

// How grave that is: 0 is nothing that alarms, 1 is P1, else the crisis level from R3 on.
uint32_t danger_of(uint32_t urgency, uint32_t crisis);
