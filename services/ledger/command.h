// SPDX-License-Identifier: Apache-2.0
// A staff command: its body, its preconditions, its one transaction.
#pragma once

#include "access.h"
#include "ledger.h"

struct command_request {
    enum input_kind kind;
    const char *case_id;
    const char *idempotency_key;
    const char *if_match;    // NULL where the request has none
    const char *traceparent; // NULL where the request has none
    json_t *body;            // an object, maybe empty; its free texts are redacted
};

// What the command left behind.
struct command_result {
    struct case_state state;
    bool repeated; // the same command was done before
    bool refused;  // by a rule, with what the state was
};

// Runs the command as this user. RC_INVALID (400, 422 where error->code is a rule's), RC_NOT_FOUND,
// RC_CONFLICT with code "stale" (412) or "precondition-required" (428) or a rule's code (409); then
// result->refused and the state tell what is allowed instead. RC_INVALID,
// "idempotency-key-reused" (422): the key was used for the same command with another body.
MUST_CHECK enum rc command_run(struct ledger *ledger, struct access *access,
                               const struct command_request *request, struct command_result *result,
                               struct error *error);

// Opens the sealed content of a case after its reveal is recorded; the caller owns the object.
MUST_CHECK enum rc command_reveal(struct ledger *ledger, struct access *access, const char *case_id,
                                  json_t **content, struct error *error);
