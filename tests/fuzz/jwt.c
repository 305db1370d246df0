// SPDX-License-Identifier: Apache-2.0
// The Authorization header. After 's' come a header and claims, one a line, which are signed here
// with the known key, so that what only a valid signature reaches is reached too.
#include "fuzz.h"

#include "common/jwt.h"
#include "common/scope.h"

#include <sodium.h>
#include <string.h>

#define NOW_MS INT64_C(1770000000000)

static unsigned char public_key[32];
static unsigned char secret_key[64];
static struct jwt_keys *keys;
static char *institution_codes[] = {"bureau", "first-hospital"};
static struct region_institution institutions[2];
static const struct region region = {.institutions = institutions, .institution_count = 2};

int LLVMFuzzerInitialize(int *count, char ***arguments) {
    (void)count;
    (void)arguments;
    static const unsigned char seed[crypto_sign_SEEDBYTES] = {9};
    struct error error;
    FUZZ_CHECK(sodium_init() >= 0);
    crypto_sign_seed_keypair(public_key, secret_key, seed);
    json_t *set = jwt_jwks(public_key, "key-1");
    char *text = json_dumps(set, JSON_COMPACT);
    FUZZ_CHECK(text != NULL);
    FUZZ_CHECK(jwt_keys_load(&keys, fuzz_file(text, strlen(text)), "https://issuer.example",
                             "redress", &error) == RC_OK);
    free(text);
    json_decref(set);
    for (size_t i = 0; i < 2; i++) {
        institutions[i].code = institution_codes[i];
    }
    return 0;
}

static void append_base64(char *to, const void *bytes, size_t size) {
    sodium_bin2base64(to, sodium_base64_encoded_len(size, sodium_base64_VARIANT_URLSAFE_NO_PADDING),
                      bytes, size, sodium_base64_VARIANT_URLSAFE_NO_PADDING);
}

static char *sign(const char *header, const char *claims) {
    static const char scheme[] = "Bearer ";
    unsigned char signature[64];
    char *token = malloc(sizeof scheme + 2 * strlen(header) + 2 * strlen(claims) + 128);
    FUZZ_CHECK(token != NULL);
    memcpy(token, scheme, sizeof scheme);
    append_base64(token + strlen(token), header, strlen(header));
    memcpy(token + strlen(token), ".", 2);
    append_base64(token + strlen(token), claims, strlen(claims));
    const char *signed_part = token + sizeof scheme - 1;
    crypto_sign_detached(signature, NULL, (const unsigned char *)signed_part, strlen(signed_part),
                         secret_key);
    memcpy(token + strlen(token), ".", 2);
    append_base64(token + strlen(token), signature, sizeof signature);
    return token;
}

// Claims that pass are an object with what is promised; no claim widens a scope beyond the region.
static void check(const char *authorization, bool is_signed) {
    struct error error = {.code = ""};
    json_t *claims = NULL;
    char scope[SCOPE_SIZE];
    enum rc rc = jwt_verify(keys, authorization, NOW_MS, &claims, &error);
    FUZZ_CHECK((rc == RC_OK) == (claims != NULL));
    FUZZ_CHECK(rc == RC_OK || strcmp(error.code, "unauthorized") == 0);
    if (rc == RC_OK) {
        FUZZ_CHECK(is_signed);
        FUZZ_CHECK(json_string_length(json_object_get(claims, "sub")) > 0);
        scope_read(claims, &region, scope);
        FUZZ_CHECK(strspn(scope, "abcdefghijklmnopqrstuvwxyz-,") == strlen(scope));
    }
    json_decref(claims);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    struct fuzz_input input = {data, size};
    if (fuzz_byte(&input) != 's') {
        char *authorization = fuzz_rest(&input, &size);
        check(authorization, false);
        free(authorization);
        return 0;
    }
    char *header = fuzz_line(&input);
    char *claims = fuzz_rest(&input, &size);
    char *token = sign(header, claims);
    check(token, true);
    free(token);
    free(claims);
    free(header);
    return 0;
}
