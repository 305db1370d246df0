// SPDX-License-Identifier: Apache-2.0
// Cases that may be of the same matter: triage's index finds them, the ledger tells those that the
// user sees, as they stand now.
#pragma once

#include "access.h"
#include "ledger.h"

// {known, items}: known is false where the index does not have the case yet. RC_NOT_FOUND for a
// case out of scope; RC_UNAVAILABLE where triage does not answer.
MUST_CHECK enum rc similar_find(struct ledger *ledger, struct access *access, const char *case_id,
                                json_t **answer, struct error *error);
