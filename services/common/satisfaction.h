// SPDX-License-Identifier: Apache-2.0
// The one-time link by which a complainant rates one closure of a case without a PIN: a token that
// names both until it expires, under a key that only who writes links and who takes ratings have.
// That a closure is rated once is the ledger's to enforce.
#pragma once

#include "common/error.h"
#include "common/ident.h"

#define SATISFACTION_TOKEN_SIZE 65 // 64 characters of base64url and the end

struct satisfaction {
    char case_id[IDENT_UUID_SIZE];
    uint32_t closure;      // 1 and up
    int64_t expires_at_ms; // whole seconds
};

// Writes the token of what is good: a UUID and a time before 2106.
void satisfaction_write(const unsigned char key[SEAL_KEY_SIZE], const struct satisfaction *what,
                        char token[SATISFACTION_TOKEN_SIZE]);
// RC_NOT_FOUND for what this key did not make; RC_CONFLICT, code "link-expired".
MUST_CHECK enum rc satisfaction_read(const unsigned char key[SEAL_KEY_SIZE], const char *token,
                                     int64_t now_ms, struct satisfaction *what,
                                     struct error *error);
