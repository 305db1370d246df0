// SPDX-License-Identifier: Apache-2.0
// The receipt of a submission: what it says, and its Ed25519 signature, which anyone can check
// offline with the bureau's public key.
#pragma once

#include "common/error.h"
#include "common/ident.h"
#include "common/seal.h"

#include <jansson.h>

struct receipt {
    char case_id[IDENT_UUID_SIZE];
    char tracking_code[IDENT_TRACKING_SIZE];
    char pin[IDENT_PIN_SIZE];
    int64_t received_at_ms;
    int64_t promised_at_ms;
    unsigned char content_sha256[SEAL_HASH_SIZE];
};

// Signs over "redress-receipt-v1" and the values in the order above, one a line, times as
// milliseconds since 1970-01-01 UTC, the digest in hex. The caller owns the object.
json_t *receipt_to_json(const struct receipt *receipt, const unsigned char secret_key[64]);

// RC_INVALID where the text is no receipt or its signature does not match.
MUST_CHECK enum rc receipt_check(const char *text, const unsigned char public_key[32],
                                 struct error *error);
