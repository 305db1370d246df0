// SPDX-License-Identifier: Apache-2.0
// A message of redress.proposals: decoded, and checked against the bounds that proposals.proto
// states. Pure.
#pragma once

#include "case.h"

struct proposal {
    struct case_input input;   // borrows from message
    const char *case_id;       // borrowed from message
    const char *tenant;        // borrowed from message
    ProtobufCMessage *message; // owned; proposal_free
};

// type is "redress.v1.SubmitCase" …; key is the Kafka key, which must be the case id. RC_INVALID
// names the field; RC_INTERNAL: there is no memory.
MUST_CHECK enum rc proposal_read(const char *type, const void *key, size_t key_size,
                                 const uint8_t *value, size_t size, struct proposal *proposal,
                                 struct error *error);
void proposal_free(struct proposal *proposal);
