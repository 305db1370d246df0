// SPDX-License-Identifier: Apache-2.0
// Which institutions a staff token opens: its claim "institutions", codes or "*" for the region's.
#pragma once

#include "common/region.h"

#include <jansson.h>

#define SCOPE_SIZE 16384

// Fills codes separated by commas; empty where the token opens nothing. Only codes that the region
// knows get in, so that no claim can widen the list.
void scope_read(const json_t *claims, const struct region *region, char scope[SCOPE_SIZE]);
