// SPDX-License-Identifier: Apache-2.0
// What a batch of facts makes of the index: one change a case, whatever the batch says of it.
#pragma once

#include "store.h"

#include "common/bus.h"

struct changes;

MUST_CHECK enum rc changes_new(struct changes **changes, struct error *error);
void changes_free(struct changes *changes);

// Takes a fact; what says nothing to the index, or can't be read, is passed over. At most
// BUS_BATCH_LIMIT. RC_INTERNAL without memory.
MUST_CHECK enum rc changes_take(struct changes *changes, const struct bus_record *record,
                                struct error *error);
// All so far; borrowed until the next fact is taken.
const struct store_change *changes_all(const struct changes *changes, size_t *count);
// Those cases that came and have a contact; likewise.
const struct similar_case *const *changes_callers(struct changes *changes, size_t *count);
// The trace of the fact by which a case came; "" for any other case.
const char *changes_trace(const struct changes *changes, const char *case_id);
