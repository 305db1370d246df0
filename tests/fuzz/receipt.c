// SPDX-License-Identifier: Apache-2.0
// Anybody may hand in a receipt. The first byte tells whether the rest is its text, or is what a
// receipt is made of, which must then check, and not any more after one of its bytes is changed.
#include "fuzz.h"

#include "common/receipt.h"

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

static void check_text(const char *text) {
    struct error error = {.text = ""};
    enum rc rc = receipt_check(text, public_key, &error);
    FUZZ_CHECK(rc == RC_OK || (rc == RC_INVALID && error.text[0] != '\0'));
}

static void check_signed(struct fuzz_input *input) {
    static const int64_t years_9999_ms = 253402300799000;
    struct receipt receipt = {.pin = "0123456789012345"};
    struct error error;
    for (size_t i = 0; i < sizeof receipt.content_sha256; i++) {
        receipt.content_sha256[i] = fuzz_byte(input);
    }
    for (int i = 0; i < 8; i++) {
        receipt.received_at_ms = (receipt.received_at_ms << 7 | fuzz_byte(input)) % years_9999_ms;
        receipt.promised_at_ms = (receipt.promised_at_ms << 7 | fuzz_byte(input)) % years_9999_ms;
    }
    ident_case_id(receipt.content_sha256, "t", "web", "k", receipt.case_id);
    ident_tracking_code(receipt.content_sha256, receipt.case_id, receipt.tracking_code);
    json_t *json = receipt_to_json(&receipt, secret_key);
    char *text = json_dumps(json, JSON_COMPACT);
    FUZZ_CHECK(text != NULL && receipt_check(text, public_key, &error) == RC_OK);
    size_t at = (fuzz_byte(input) * 256u + fuzz_byte(input)) % strlen(text);
    char *digit = strpbrk(text + at, "0123456789");
    if (digit != NULL) {
        *digit = *digit == '9' ? '8' : (char)(*digit + 1);
        FUZZ_CHECK(receipt_check(text, public_key, &error) != RC_OK);
    }
    free(text);
    json_decref(json);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    struct fuzz_input input = {data, size};
    if (fuzz_byte(&input) == 's') {
        check_signed(&input);
        return 0;
    }
    char *text = fuzz_rest(&input, &size);
    check_text(text);
    free(text);
    return 0;
}
