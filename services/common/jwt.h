// SPDX-License-Identifier: Apache-2.0
// Bearer tokens of staff, checked locally (RFC 7519, RFC 8725): algorithm allow-list (EdDSA, ES256,
// RS256), the key's own algorithm, iss, aud, exp, nbf with 30 s of leeway.
#pragma once

#include "common/error.h"

#include <jansson.h>
#include <stdint.h>

struct jwt_keys; // a JWKS; safe to share between threads

// From a file path or an https/http URL. It is read again, at most every 60 s, when an unknown kid
// arrives or the file has changed, and a URL every 10 minutes; where that fails the old keys stay.
MUST_CHECK enum rc jwt_keys_load(struct jwt_keys **keys, const char *source, const char *issuer,
                                 const char *audience, struct error *error);
void jwt_keys_free(struct jwt_keys *keys);

// Checks "Bearer …" and hands over its claims. RC_FORBIDDEN (answer 401) with one text for every
// cause, so that a caller learns nothing; the cause is counted, not told. RC_UNAVAILABLE: no
// memory.
MUST_CHECK enum rc jwt_verify(struct jwt_keys *keys, const char *authorization, int64_t now_ms,
                              json_t **claims, struct error *error);

// Mints an EdDSA token with the 64-byte Ed25519 secret key (hex). The caller frees *token.
MUST_CHECK enum rc jwt_mint(const char *secret_key_hex, const char *key_id, const json_t *claims,
                            char **token, struct error *error);
// The JWKS document of one Ed25519 public key. The caller owns it; NULL when out of memory.
json_t *jwt_jwks(const unsigned char public_key[32], const char *key_id);
