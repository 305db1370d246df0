// SPDX-License-Identifier: Apache-2.0
// What must hold of everything that a service published on the fake bus.
#pragma once

#include "fuzz_bus.h"

// The ledger takes each of these proposals: none becomes a dead letter.
void published_fits_the_ledger(void);
