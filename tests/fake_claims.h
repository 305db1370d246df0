// SPDX-License-Identifier: Apache-2.0
// Intake's claims without Redis and ledger, for its unit tests and fuzz targets (wrap store_claim
// and store_settle; with the fake bus): each is new, and none counts as done before it is in Kafka.
#pragma once

#include "store.h"

extern size_t fake_claims_done;       // settled, of what is in Kafka
extern size_t fake_claims_given_back; // settled, of what is not
