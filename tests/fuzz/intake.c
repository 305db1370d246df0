// SPDX-License-Identifier: Apache-2.0
#include "intake.h"

#include "common/redaction.h"
#include "regions.h"

#include <sodium.h>
#include <string.h>

struct submit *intake_submit(void) {
    static struct submit submit;
    static const unsigned char seed[32] = {5};
    unsigned char secret[64];
    unsigned char public_key[32];
    struct error error;
    if (submit.region != NULL) {
        return &submit;
    }
    submit.region = regions_example();
    FUZZ_CHECK(seal_init(&error) == RC_OK && redaction_init(&error) == RC_OK);
    memcpy(submit.derive_key, "a key that is known to everybody", 32);
    memset(submit.satisfaction_key, 7, 1); // and zeros
    FUZZ_CHECK(crypto_sign_seed_keypair(public_key, submit.receipt_key, seed) == 0);
    FUZZ_CHECK(crypto_box_seed_keypair(public_key, secret, seed) == 0);
    seal_reader_init(&submit.bureau, public_key);
    seal_reader_init(&submit.notification, public_key);
    return &submit;
}
