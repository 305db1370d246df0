// SPDX-License-Identifier: Apache-2.0
// A key set in memory; shared by jwt.c and jwt_keys.c only.
#pragma once

#include "common/jwt.h"

#include <openssl/evp.h>
#include <pthread.h>
#include <stdbool.h>

#define JWT_KEYS 16

struct jwt_key {
    char id[128];
    char algorithm[8]; // "EdDSA", "ES256", "RS256"
    EVP_PKEY *key;
};

struct jwt_keys {
    char *source;
    char *issuer;
    char *audience;
    pthread_mutex_t lock; // guards what follows
    struct jwt_key keys[JWT_KEYS];
    size_t count;
    int64_t read_ms;    // when it was read, or reading was last tried
    int64_t check_ms;   // when the file was last looked at
    int64_t changed_ns; // the file's time then
};

bool jwt_decode(const char *text, size_t size, unsigned char *out, size_t room, size_t *used);
// A reference to the key of that id, or to the only key where the token names none; the caller
// frees it. Reads the source again where that is due, without holding the lock. False when unknown.
bool jwt_keys_find(struct jwt_keys *keys, const char *id, int64_t now_ms, struct jwt_key *found);
