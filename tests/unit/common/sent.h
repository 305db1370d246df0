// SPDX-License-Identifier: Apache-2.0
// What attempts that write by fake_libpq share: whoever succeeds, with or without a failure on the
// way, has sent the same statements.
#pragma once

#include "allocation.h"

// Begins an attempt: what was sent before does not count.
void sent_begin(void);
// Ends it: compares with the run in which nothing failed, and allocation_spared.
enum rc sent_end(enum rc rc, struct error *error);
// A run in which nothing fails, which must be RC_OK, then allocation_try_each.
size_t sent_try_each(allocation_attempt attempt);
