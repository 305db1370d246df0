// SPDX-License-Identifier: Apache-2.0
// Key agreements and signatures, a third of what a small schedule would cost. Ephemeral key pairs
// come from a pool and each agreement is made once: boxes are real and open with their own key
// alone. A receipt's signature, which nobody here reads, is a keyed hash.
#include "sim.h"

#include <sodium.h>
#include <stdlib.h>
#include <string.h>

#define PAIRS 16
#define AGREEMENTS 256

__typeof__(crypto_box_keypair) __wrap_crypto_box_keypair;
__typeof__(crypto_box_beforenm) __wrap_crypto_box_beforenm;
__typeof__(crypto_box_beforenm) __real_crypto_box_beforenm;
__typeof__(crypto_sign_detached) __wrap_crypto_sign_detached;

static struct {
    bool made;
    unsigned char public[crypto_box_PUBLICKEYBYTES];
    unsigned char secret[crypto_box_SECRETKEYBYTES];
} pairs[PAIRS];

static struct agreement {
    bool made;
    unsigned char public[crypto_box_PUBLICKEYBYTES];
    unsigned char secret[crypto_box_SECRETKEYBYTES];
    unsigned char shared[crypto_box_BEFORENMBYTES];
    int result;
} agreements[AGREEMENTS];

int __wrap_crypto_box_keypair(unsigned char *public, unsigned char *secret) {
    const uint32_t place = sim_below(PAIRS);
    if (!pairs[place].made) {
        unsigned char seed[crypto_box_SEEDBYTES] = {(unsigned char)place, 'p'};
        crypto_box_seed_keypair(pairs[place].public, pairs[place].secret, seed);
        pairs[place].made = true;
    }
    memcpy(public, pairs[place].public, sizeof pairs[place].public);
    memcpy(secret, pairs[place].secret, sizeof pairs[place].secret);
    return 0;
}

static const struct agreement *agree(const unsigned char *public, const unsigned char *secret) {
    size_t place = (size_t)(public[1] ^ secret[1]) % AGREEMENTS;
    for (size_t i = 0; i < AGREEMENTS; i++, place = (place + 1) % AGREEMENTS) {
        struct agreement *agreement = &agreements[place];
        if (!agreement->made) {
            memcpy(agreement->public, public, sizeof agreement->public);
            memcpy(agreement->secret, secret, sizeof agreement->secret);
            agreement->result = __real_crypto_box_beforenm(agreement->shared, public, secret);
            agreement->made = true;
            return agreement;
        }
        if (memcmp(agreement->public, public, sizeof agreement->public) == 0 &&
            memcmp(agreement->secret, secret, sizeof agreement->secret) == 0) {
            return agreement;
        }
    }
    abort();
}

int __wrap_crypto_box_beforenm(unsigned char *shared, const unsigned char *public,
                               const unsigned char *secret) {
    const struct agreement *agreement = agree(public, secret);
    memcpy(shared, agreement->shared, sizeof agreement->shared);
    return agreement->result;
}

int __wrap_crypto_sign_detached(unsigned char *signature, unsigned long long *signature_size,
                                const unsigned char *message, unsigned long long size,
                                const unsigned char *secret) {
    if (signature_size != NULL) {
        *signature_size = crypto_sign_BYTES;
    }
    return crypto_generichash(signature, crypto_sign_BYTES, message, size, secret,
                              crypto_generichash_KEYBYTES_MAX);
}
