// SPDX-License-Identifier: Apache-2.0
// Thin layer over libsodium: which primitive serves which purpose is decided here and nowhere else.
#include "common/seal.h"

#include <sodium.h>
#include <stdlib.h>
#include <string.h>

_Static_assert(SEAL_KEY_SIZE == crypto_aead_xchacha20poly1305_ietf_KEYBYTES, "key size");
_Static_assert(SEAL_NONCE_SIZE == crypto_aead_xchacha20poly1305_ietf_NPUBBYTES, "nonce size");
_Static_assert(SEAL_TAG_SIZE == crypto_aead_xchacha20poly1305_ietf_ABYTES, "tag size");
_Static_assert(SEAL_BOX_OVERHEAD == crypto_box_SEALBYTES, "box overhead");
_Static_assert(SEAL_SEALED_KEY_SIZE == SEAL_KEY_SIZE + crypto_box_SEALBYTES, "sealed key size");

enum rc seal_init(struct error *error) {
    if (sodium_init() < 0) {
        return error_set(error, RC_INTERNAL, "libsodium does not start");
    }
    return RC_OK;
}

enum rc seal_key_read(const char *hex, const char *name, unsigned char *key, size_t size,
                      struct error *error) {
    size_t length = strcspn(hex, " \t\r\n");
    size_t used = 0;
    if (hex[length + strspn(hex + length, " \t\r\n")] != '\0' || length != size * 2 ||
        sodium_hex2bin(key, size, hex, length, NULL, &used, NULL) != 0 || used != size) {
        return error_field(error, "bad-key", name, "%s must be %zu bytes in hex", name, size);
    }
    return RC_OK;
}

enum rc seal_content(const unsigned char public_key[SEAL_KEY_SIZE], const char *case_id,
                     const void *plain, size_t size, struct seal_content *sealed,
                     unsigned char *ciphertext, struct error *error) {
    unsigned char key[SEAL_KEY_SIZE];
    crypto_aead_xchacha20poly1305_ietf_keygen(key);
    randombytes_buf(sealed->nonce, sizeof sealed->nonce);
    unsigned long long written = 0;
    crypto_aead_xchacha20poly1305_ietf_encrypt(ciphertext, &written, plain, size,
                                               (const unsigned char *)case_id, strlen(case_id),
                                               NULL, sealed->nonce, key);
    int failed = crypto_box_seal(sealed->sealed_key, key, sizeof key, public_key);
    sodium_memzero(key, sizeof key);
    return failed ? error_set(error, RC_INTERNAL, "the case key could not be sealed") : RC_OK;
}

// The public half, which opening a sealed box needs too.
static enum rc public_of(const unsigned char secret_key[SEAL_KEY_SIZE],
                         unsigned char public_key[SEAL_KEY_SIZE], struct error *error) {
    if (crypto_scalarmult_base(public_key, secret_key) != 0) {
        return error_set(error, RC_INTERNAL, "the secret key is not usable");
    }
    return RC_OK;
}

enum rc seal_content_open(const unsigned char secret_key[SEAL_KEY_SIZE], const char *case_id,
                          const struct seal_content *sealed, const unsigned char *ciphertext,
                          size_t size, unsigned char *plain, struct error *error) {
    unsigned char key[SEAL_KEY_SIZE];
    enum rc rc =
        seal_box_open(secret_key, sealed->sealed_key, sizeof sealed->sealed_key, key, error);
    if (rc != RC_OK) {
        return rc;
    }
    unsigned long long written = 0;
    int failed = size < SEAL_TAG_SIZE ||
                 crypto_aead_xchacha20poly1305_ietf_decrypt(
                     plain, &written, NULL, ciphertext, size, (const unsigned char *)case_id,
                     strlen(case_id), sealed->nonce, key) != 0;
    sodium_memzero(key, sizeof key);
    return failed ? error_set(error, RC_INVALID, "the sealed content does not open") : RC_OK;
}

enum rc seal_box(const unsigned char public_key[SEAL_KEY_SIZE], const void *plain, size_t size,
                 unsigned char *box, struct error *error) {
    if (crypto_box_seal(box, plain, size, public_key) != 0) {
        return error_set(error, RC_INTERNAL, "the box could not be sealed");
    }
    return RC_OK;
}

enum rc seal_box_open(const unsigned char secret_key[SEAL_KEY_SIZE], const unsigned char *box,
                      size_t size, unsigned char *plain, struct error *error) {
    unsigned char public_key[SEAL_KEY_SIZE];
    enum rc rc = public_of(secret_key, public_key, error);
    if (rc != RC_OK) {
        return rc;
    }
    if (size < SEAL_BOX_OVERHEAD ||
        crypto_box_seal_open(plain, box, size, public_key, secret_key) != 0) {
        return error_set(error, RC_INVALID, "the sealed box does not open with this key");
    }
    return RC_OK;
}

void seal_keyed_hash(const unsigned char key[SEAL_KEY_SIZE], const char *domain,
                     const char *const *parts, unsigned char hash[SEAL_HASH_SIZE]) {
    crypto_auth_hmacsha256_state state;
    crypto_auth_hmacsha256_init(&state, key, SEAL_KEY_SIZE);
    crypto_auth_hmacsha256_update(&state, (const unsigned char *)domain, strlen(domain) + 1);
    for (; *parts != NULL; parts++) {
        crypto_auth_hmacsha256_update(&state, (const unsigned char *)*parts, strlen(*parts) + 1);
    }
    crypto_auth_hmacsha256_final(&state, hash);
    sodium_memzero(&state, sizeof state);
}

void seal_sha256(const void *bytes, size_t size, unsigned char hash[SEAL_HASH_SIZE]) {
    crypto_hash_sha256(hash, bytes, size);
}

void seal_sign(const unsigned char secret_key[64], const void *bytes, size_t size,
               unsigned char signature[SEAL_SIGNATURE_SIZE]) {
    crypto_sign_detached(signature, NULL, bytes, size, secret_key);
}

enum rc seal_verify(const unsigned char public_key[32], const void *bytes, size_t size,
                    const unsigned char signature[SEAL_SIGNATURE_SIZE], struct error *error) {
    if (crypto_sign_verify_detached(signature, bytes, size, public_key) != 0) {
        return error_set(error, RC_INVALID, "the signature does not match");
    }
    return RC_OK;
}

void seal_hex(const void *bytes, size_t size, char *text) {
    sodium_bin2hex(text, size * 2 + 1, bytes, size);
}

void seal_wipe(void *bytes, size_t size) { sodium_memzero(bytes, size); }
