// SPDX-License-Identifier: Apache-2.0
// Complainants' messages in the vault.
#pragma once

#include "work.h"

#include "common/pg.h"

#include <jansson.h>

// Queues what the work holds, if anything, within its transaction; *queued counts one more then.
// Where the case's content was erased, nothing is kept.
MUST_CHECK enum rc store_letters_queue(struct pg *pg, const struct work *work, size_t *queued,
                                       struct error *error);
struct store_letters_asked {
    const char *case_id;
    uint64_t before; // sequence of a fact
};

// Adds the case's messages of before that fact, opened with the bureau's key, to content as
// "messages": {sequence, text}. Under the caller's scope.
MUST_CHECK enum rc store_letters_open(struct pg *pg, const struct store_letters_asked *asked,
                                      const unsigned char bureau_secret[32], json_t *content,
                                      struct error *error);
