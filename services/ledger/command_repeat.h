// SPDX-License-Identifier: Apache-2.0
// A command's idempotency key belongs to one body: the first fact it caused keeps their digest.
#pragma once

#include "command.h"

#include "common/pg.h"

// Over the key and the body in canonical form. The key is the client's alone and salts the digest:
// who reads the published facts can't try bodies against it.
MUST_CHECK enum rc command_digest(const struct command_request *request,
                                  unsigned char digest[CASE_DIGEST_SIZE], struct error *error);

// The first fact that a command caused.
struct command_done {
    uint64_t sequence;
    int64_t at_ms;
};

// Of a cause that the case has: RC_INVALID, code "idempotency-key-reused" (422), where it was
// another body. Facts from before the digest was kept fit any. Within the transaction.
MUST_CHECK enum rc command_is_same(struct pg *pg, const struct case_input *input,
                                   const char *case_id, struct command_done *done,
                                   struct error *error);
