// SPDX-License-Identifier: Apache-2.0
// The ledger's staff API as redressctl calls it.
#pragma once

#include "command.h"

#include "common/http_client.h"

// A client of the staff API with --token, $REDRESS_TOKEN, or one minted for --subject.
MUST_CHECK enum rc open_ledger(const struct arguments *arguments, struct http_client **client,
                               struct error *error);
// Turns an answer that is no success into an error with its detail.
MUST_CHECK enum rc check_status(long status, const json_t *answer, struct error *error);
