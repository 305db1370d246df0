// SPDX-License-Identifier: Apache-2.0
// A key set in memory; shared by jwt.c and jwt_keys.c only.
#pragma once

#include "common/jwt.h"

#include <openssl/evp.h>
#include <pthread.h>
#include <stdbool.h>

#define JWT_KEYS 16
#define JWT_KNOWN 256 // tokens; a place by the first byte of the digest
#define JWT_DIGEST_SIZE 32

struct jwt_key {
    char id[128];
    char algorithm[8]; // "EdDSA", "ES256", "RS256"
    EVP_PKEY *key;
    uint64_t edition; // of the set that it is from
};

struct jwt_keys {
    char *source;
    char *issuer;
    char *audience;
    pthread_mutex_t lock; // guards what follows
    struct jwt_key keys[JWT_KEYS];
    size_t count;
    uint64_t edition;                                // how often the keys were replaced
    unsigned char known[JWT_KNOWN][JWT_DIGEST_SIZE]; // SHA-256 of tokens that these keys signed
    int64_t read_ms;                                 // when it was read, or reading was last tried
    int64_t check_ms;                                // when the file was last looked at
    int64_t changed_ns;                              // the file's time then
};

bool jwt_decode(const char *text, size_t size, unsigned char *out, size_t room, size_t *used);
// A reference to the key of that id, or to the only key where the token names none; the caller
// frees it. Reads the source again where that is due, without holding the lock. False when unknown.
bool jwt_keys_find(struct jwt_keys *keys, const char *id, int64_t now_ms, struct jwt_key *found);

// Whether a token with this digest was found to be signed by the key, of this edition still.
bool jwt_keys_know(struct jwt_keys *keys, const struct jwt_key *key,
                   const unsigned char digest[JWT_DIGEST_SIZE]);
// Remembers that it was; another token may take its place.
void jwt_keys_note(struct jwt_keys *keys, const struct jwt_key *key,
                   const unsigned char digest[JWT_DIGEST_SIZE]);
