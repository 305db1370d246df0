// SPDX-License-Identifier: Apache-2.0
// An intake without Redis, ledger and Kafka, with keys that are known to everybody.
#pragma once

#include "fuzz.h"

#include "submit.h"

// Ready once; the store is NULL, its functions are the target's.
struct submit *intake_submit(void);
