// SPDX-License-Identifier: Apache-2.0
// Payload bytes are hashed as stored, never repacked: unknown fields would move.
#include "common/chain.h"

#include <sodium.h>
#include <string.h>

static const char domain[] = "redress-chain-v1";

void chain_hash(const char *case_id, uint64_t sequence, const char *type,
                const unsigned char previous[32], const void *payload, size_t size,
                unsigned char hash[32]) {
    unsigned char digest[32];
    crypto_hash_sha256(digest, payload, size);
    chain_link(case_id, sequence, type, previous, digest, hash);
}

void chain_link(const char *case_id, uint64_t sequence, const char *type,
                const unsigned char previous[32], const unsigned char digest[32],
                unsigned char hash[32]) {
    crypto_hash_sha256_state state;
    unsigned char number[8];
    for (int i = 0; i < 8; i++) {
        number[i] = (unsigned char)(sequence >> (56 - 8 * i));
    }
    crypto_hash_sha256_init(&state);
    crypto_hash_sha256_update(&state, (const unsigned char *)domain, sizeof domain);
    crypto_hash_sha256_update(&state, (const unsigned char *)case_id, strlen(case_id) + 1);
    crypto_hash_sha256_update(&state, number, sizeof number);
    crypto_hash_sha256_update(&state, (const unsigned char *)type, strlen(type) + 1);
    crypto_hash_sha256_update(&state, previous, 32);
    crypto_hash_sha256_update(&state, digest, 32);
    crypto_hash_sha256_final(&state, hash);
}
