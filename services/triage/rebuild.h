// SPDX-License-Identifier: Apache-2.0
// A thread that looks whether the index of similar cases is whole, and reads it from the ledger
// where it is not.
#pragma once

#include "index.h"

struct rebuild;

MUST_CHECK enum rc rebuild_start(struct rebuild **rebuild, const struct index_options *options,
                                 struct error *error);
void rebuild_free(struct rebuild *rebuild);
