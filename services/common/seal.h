// SPDX-License-Identifier: Apache-2.0
// Sealing of personal data and keyed hashes (libsodium). Any thread after seal_init.
#pragma once

#include "common/error.h"

#include <pthread.h>
#include <stddef.h>
#include <stdint.h>

#define SEAL_KEY_SIZE 32
#define SEAL_HASH_SIZE 32
#define SEAL_NONCE_SIZE 24
#define SEAL_TAG_SIZE 16
#define SEAL_BOX_OVERHEAD 72 // ephemeral public key, nonce, tag
#define SEAL_SEALED_KEY_SIZE (SEAL_KEY_SIZE + SEAL_BOX_OVERHEAD)
#define SEAL_SIGNATURE_SIZE 64
#define SEAL_CONTENT_LIMIT 48000 // bytes of a ciphertext, as proposals.proto states it

MUST_CHECK enum rc seal_init(struct error *error);

// Reads exactly size bytes from hex text (white space at the end allowed). The name is for errors.
MUST_CHECK enum rc seal_key_read(const char *hex, const char *name, unsigned char *key, size_t size,
                                 struct error *error);

// Who can open what is sealed. Its half of the key agreement (X25519) is ours for up to 1,000 boxes
// or a minute, then forgotten: an agreement of its own for each box would cost 70 us, this costs 1.
// Whoever read our memory meanwhile could open the boxes of that minute, and sees them anyway.
struct seal_reader {
    unsigned char public_key[SEAL_KEY_SIZE];
    pthread_mutex_t lock; // guards what follows
    unsigned char ephemeral_public[SEAL_KEY_SIZE];
    unsigned char shared[SEAL_KEY_SIZE];
    unsigned boxes_left;
    int64_t until_ms; // monotonic
};
void seal_reader_init(struct seal_reader *reader, const unsigned char public_key[SEAL_KEY_SIZE]);

// Content under a fresh key, the key in a box to the reader. ciphertext has room for size +
// SEAL_TAG_SIZE. The associated data binds it to its case.
struct seal_content {
    unsigned char sealed_key[SEAL_SEALED_KEY_SIZE];
    unsigned char nonce[SEAL_NONCE_SIZE];
};
MUST_CHECK enum rc seal_content(struct seal_reader *reader, const char *case_id, const void *plain,
                                size_t size, struct seal_content *sealed, unsigned char *ciphertext,
                                struct error *error);
// Opens it with the bureau's secret key. plain has room for size - SEAL_TAG_SIZE.
MUST_CHECK enum rc seal_content_open(const unsigned char secret_key[SEAL_KEY_SIZE],
                                     const char *case_id, const struct seal_content *sealed,
                                     const unsigned char *ciphertext, size_t size,
                                     unsigned char *plain, struct error *error);

// A box to one reader (crypto_box_easy under a random nonce); it has room for size +
// SEAL_BOX_OVERHEAD.
MUST_CHECK enum rc seal_box(struct seal_reader *reader, const void *plain, size_t size,
                            unsigned char *box, struct error *error);

// Whoever opens boxes one after the other. Boxes of one sealer share an agreement, as said above:
// those of the last few sealers are remembered. Zeroed but for the key; one thread at a time.
#define SEAL_AGREEMENTS 4
struct seal_opener {
    unsigned char secret_key[SEAL_KEY_SIZE];
    struct seal_agreement {
        unsigned char ephemeral_public[SEAL_KEY_SIZE];
        unsigned char shared[SEAL_KEY_SIZE];
    } known[SEAL_AGREEMENTS];
    unsigned known_count, next;
};
MUST_CHECK enum rc seal_box_open(struct seal_opener *opener, const unsigned char *box, size_t size,
                                 unsigned char *plain, struct error *error);

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
// Zeroed memory for keys: locked, left out of core dumps, between guard pages, wiped by seal_free.
// NULL when out of memory. After seal_init.
void *seal_alloc(size_t size);
void seal_free(void *memory); // accepts NULL
// Overwrites secrets before they are freed.
void seal_wipe(void *bytes, size_t size);
