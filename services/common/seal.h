// SPDX-License-Identifier: Apache-2.0
// Sealing of personal data and keyed hashes (libsodium). Pure but for randomness; any thread after
// seal_init.
#pragma once

#include "common/error.h"

#include <stddef.h>
#include <stdint.h>

#define SEAL_KEY_SIZE 32
#define SEAL_HASH_SIZE 32
#define SEAL_NONCE_SIZE 24
#define SEAL_SEALED_KEY_SIZE 80
#define SEAL_TAG_SIZE 16
#define SEAL_BOX_OVERHEAD 48
#define SEAL_SIGNATURE_SIZE 64

MUST_CHECK enum rc seal_init(struct error *error);

// Reads exactly size bytes from hex text (white space at the end allowed). The name is for errors.
MUST_CHECK enum rc seal_key_read(const char *hex, const char *name, unsigned char *key, size_t size,
                                 struct error *error);

// Content under a fresh key, the key in a sealed box to public_key (crypto_box_seal). ciphertext
// has room for size + SEAL_TAG_SIZE. The associated data binds it to its case.
struct seal_content {
    unsigned char sealed_key[SEAL_SEALED_KEY_SIZE];
    unsigned char nonce[SEAL_NONCE_SIZE];
};
MUST_CHECK enum rc seal_content(const unsigned char public_key[SEAL_KEY_SIZE], const char *case_id,
                                const void *plain, size_t size, struct seal_content *sealed,
                                unsigned char *ciphertext, struct error *error);
// Opens it with the bureau's secret key. plain has room for size - SEAL_TAG_SIZE.
MUST_CHECK enum rc seal_content_open(const unsigned char secret_key[SEAL_KEY_SIZE],
                                     const char *case_id, const struct seal_content *sealed,
                                     const unsigned char *ciphertext, size_t size,
                                     unsigned char *plain, struct error *error);

// A sealed box to one reader; box has room for size + SEAL_BOX_OVERHEAD.
MUST_CHECK enum rc seal_box(const unsigned char public_key[SEAL_KEY_SIZE], const void *plain,
                            size_t size, unsigned char *box, struct error *error);
MUST_CHECK enum rc seal_box_open(const unsigned char secret_key[SEAL_KEY_SIZE],
                                 const unsigned char *box, size_t size, unsigned char *plain,
                                 struct error *error);

// HMAC-SHA-256 over "domain NUL part NUL part …"; parts end with NULL.
void seal_keyed_hash(const unsigned char key[SEAL_KEY_SIZE], const char *domain,
                     const char *const *parts, unsigned char hash[SEAL_HASH_SIZE]);
void seal_sha256(const void *bytes, size_t size, unsigned char hash[SEAL_HASH_SIZE]);

// Ed25519, detached. secret_key has 64 bytes.
void seal_sign(const unsigned char secret_key[64], const void *bytes, size_t size,
               unsigned char signature[SEAL_SIGNATURE_SIZE]);
MUST_CHECK enum rc seal_verify(const unsigned char public_key[32], const void *bytes, size_t size,
                               const unsigned char signature[SEAL_SIGNATURE_SIZE],
                               struct error *error);

// Lower-case hex with its end; text has room for 2 * size + 1.
void seal_hex(const void *bytes, size_t size, char *text);
// Overwrites secrets before they are freed.
void seal_wipe(void *bytes, size_t size);
