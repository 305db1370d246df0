// SPDX-License-Identifier: Apache-2.0
// Staff commands: a body, preconditions, a transaction that several share.
#pragma once

#include "access.h"
#include "ledger.h"

#define COMMAND_TURNS 16 // commands of one transaction at most

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
    bool repeated;     // the same command was done before
    bool refused;      // by a rule, with what the state was
    uint64_t sequence; // of the first fact that it caused
};

// A command and what becomes of it. The caller sets access and request of a zeroed one.
struct command_turn {
    struct access *access;
    struct command_request request;
    struct command_result result;
    // RC_INVALID (400, 422 where error.code is a rule's), RC_NOT_FOUND, RC_CONFLICT with code
    // "stale" (412) or "precondition-required" (428) or a rule's code (409); then result.refused
    // and the state tell what is allowed instead. RC_INVALID, "idempotency-key-reused" (422): the
    // key was used for the same command with another body.
    enum rc rc;
    struct error error;

    // What follows is command*.c's.
    struct pg *pg;
    const struct region *region;
    struct case_command asked;   // as the body has it
    struct case_command command; // with what one attempt found out
    struct case_input input;
    char situations[CASE_SITUATIONS_SIZE];
    unsigned char digest[CASE_DIGEST_SIZE];
    char cause_id[37];
    bool taken; // it has had its round
    bool left;  // out of a shared transaction: another held its case
};

// Runs the commands: those of different cases share a transaction, those of one case run in this
// order. What is refused fails alone; each is done, when this returns, or has its reason.
void command_run_all(struct ledger *ledger, struct command_turn *const *turns, size_t count);

// Opens the sealed content of a case after its reveal is recorded, as it was then: no message of
// later. The caller owns the object.
MUST_CHECK enum rc command_reveal(struct ledger *ledger, const struct command_turn *reveal,
                                  json_t **content, struct error *error);
