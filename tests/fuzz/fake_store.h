// SPDX-License-Identifier: Apache-2.0
// notification's store without a database (link with FAKE_PG_WRAP and FAKE_STORE_WRAP): whoever's
// case id does not end in 0 can be told, everybody got two notices before, and what is planned is
// rendered in every language.
#pragma once

#include "fuzz.h"

// Starts the consumer that reads from the fake bus.
void fake_store_start(void);
// Deliveries that were planned since the last call.
size_t fake_store_planned(void);
