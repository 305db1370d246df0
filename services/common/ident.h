// SPDX-License-Identifier: Apache-2.0
// Identifiers that derive from their cause, so that a repeat has the same one.
#pragma once

#include "common/error.h"
#include "common/seal.h"

#include <stdbool.h>
#include <stdint.h>

#define IDENT_UUID_SIZE 37     // 36 characters and the end
#define IDENT_TRACKING_SIZE 14 // 13 characters and the end
#define IDENT_PIN_SIZE 17      // 16 digits and the end

// UUIDv8 (RFC 9562) from a keyed hash of tenant, source and the sender's key.
void ident_case_id(const unsigned char key[SEAL_KEY_SIZE], const char *tenant, const char *source,
                   const char *sender_key, char uuid[IDENT_UUID_SIZE]);
// UUIDv8 from an unkeyed hash of the parts, which end with NULL: proposal, delivery, alarm ids.
void ident_uuid_from(const char *const *parts, char uuid[IDENT_UUID_SIZE]);
// 12 Crockford base32 characters and a check character (weighted sum modulo 32).
void ident_tracking_code(const unsigned char key[SEAL_KEY_SIZE], const char *case_id,
                         char code[IDENT_TRACKING_SIZE]);
// Normalises (case, I L O, dashes, spaces) and checks what a person typed. RC_INVALID, code
// "bad-check-digit" or "bad-tracking-code".
MUST_CHECK enum rc ident_tracking_read(const char *text, char code[IDENT_TRACKING_SIZE],
                                       struct error *error);
// From the tracking code, so that it can be checked without looking anything up.
void ident_pin(const unsigned char key[SEAL_KEY_SIZE], const char *tracking_code,
               char pin[IDENT_PIN_SIZE]);
// Constant time.
bool ident_pin_equal(const char *given, const char pin[IDENT_PIN_SIZE]);
// 36 characters, lower-case hex and dashes.
bool ident_is_uuid(const char *text);
