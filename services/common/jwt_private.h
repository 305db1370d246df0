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
    int64_t read_ms;
};

bool jwt_decode(const char *text, size_t size, unsigned char *out, size_t room, size_t *used);
// The key of that id, reading the source again at most every 60 s when it is unknown; the only key
// where the token names none. With the lock held.
const struct jwt_key *jwt_keys_find(struct jwt_keys *keys, const char *id, int64_t now_ms);
