// SPDX-License-Identifier: Apache-2.0
// Anybody may hand in an exported case. The first byte tells whether the rest is the file, or is
// what a bundle says, which is signed first, so that what lies behind the signature is reached too.
#include "fuzz.h"

#include "ledger/export.h"

#include <sodium.h>
#include <string.h>

static unsigned char public_key[32];
static unsigned char secret_key[64];

int LLVMFuzzerInitialize(int *count, char ***arguments) {
    (void)count;
    (void)arguments;
    static const unsigned char seed[crypto_sign_SEEDBYTES] = {7};
    FUZZ_CHECK(sodium_init() >= 0);
    return crypto_sign_seed_keypair(public_key, secret_key, seed);
}

static void check_text(const char *text, size_t size) {
    struct error error = {.text = ""};
    struct export_found found;
    enum rc rc = export_check(text, size, public_key, &found, &error);
    FUZZ_CHECK(rc == RC_OK || (rc == RC_INVALID && error.text[0] != '\0'));
}

static void check_signed(const char *text, size_t size) {
    struct error error;
    json_t *bundle = json_loadb(text, size, JSON_REJECT_DUPLICATES, NULL);
    if (json_is_object(bundle) && export_sign(bundle, secret_key, &error) == RC_OK) {
        char *form = export_text(bundle);
        FUZZ_CHECK(form != NULL);
        check_text(form, strlen(form));
        free(form);
    }
    json_decref(bundle);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    struct fuzz_input input = {data, size};
    bool sign = fuzz_byte(&input) == 's';
    char *text = fuzz_rest(&input, &size);
    if (sign) {
        check_signed(text, size);
    } else {
        check_text(text, size);
    }
    free(text);
    return 0;
}
