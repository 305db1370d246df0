// SPDX-License-Identifier: Apache-2.0
// Thin layer over libsodium: which primitive serves which purpose is decided here and nowhere else.
#include "common/seal.h"

#include "common/clock.h"

#include <sodium.h>
#include <stdlib.h>
#include <string.h>

#define AGREEMENT_BOXES 1000
#define AGREEMENT_MS 60000

_Static_assert(SEAL_KEY_SIZE == crypto_aead_xchacha20poly1305_ietf_KEYBYTES, "key size");
_Static_assert(SEAL_NONCE_SIZE == crypto_aead_xchacha20poly1305_ietf_NPUBBYTES, "nonce size");
_Static_assert(SEAL_TAG_SIZE == crypto_aead_xchacha20poly1305_ietf_ABYTES, "tag size");
_Static_assert(SEAL_BOX_OVERHEAD ==
                   crypto_box_PUBLICKEYBYTES + crypto_box_NONCEBYTES + crypto_box_MACBYTES,
               "box overhead");

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

void seal_reader_init(struct seal_reader *reader, const unsigned char public_key[SEAL_KEY_SIZE]) {
    memset(reader, 0, sizeof *reader);
    memcpy(reader->public_key, public_key, SEAL_KEY_SIZE);
    pthread_mutex_init(&reader->lock, NULL);
}

static enum rc agree(struct seal_reader *reader, struct error *error) {
    unsigned char secret[SEAL_KEY_SIZE];
    crypto_box_keypair(reader->ephemeral_public, secret);
    int failed = crypto_box_beforenm(reader->shared, reader->public_key, secret);
    sodium_memzero(secret, sizeof secret);
    if (failed) {
        return error_set(error, RC_INTERNAL, "the reader's public key is not usable");
    }
    reader->boxes_left = AGREEMENT_BOXES;
    reader->until_ms = clock_monotonic_ms() + AGREEMENT_MS;
    return RC_OK;
}

// The agreement to use for one box: both keys are copied out.
static enum rc take_agreement(struct seal_reader *reader, unsigned char *ephemeral_public,
                              unsigned char *shared, struct error *error) {
    enum rc rc = RC_OK;
    pthread_mutex_lock(&reader->lock);
    if (reader->boxes_left == 0 || clock_monotonic_ms() >= reader->until_ms) {
        rc = agree(reader, error);
    }
    if (rc == RC_OK) {
        reader->boxes_left--;
        memcpy(ephemeral_public, reader->ephemeral_public, SEAL_KEY_SIZE);
        memcpy(shared, reader->shared, SEAL_KEY_SIZE);
    }
    pthread_mutex_unlock(&reader->lock);
    return rc;
}

enum rc seal_box(struct seal_reader *reader, const void *plain, size_t size, unsigned char *box,
                 struct error *error) {
    unsigned char shared[SEAL_KEY_SIZE];
    unsigned char *nonce = box + crypto_box_PUBLICKEYBYTES;
    enum rc rc = take_agreement(reader, box, shared, error);
    if (rc != RC_OK) {
        return rc;
    }
    randombytes_buf(nonce, crypto_box_NONCEBYTES);
    int failed = crypto_box_easy_afternm(nonce + crypto_box_NONCEBYTES, plain, size, nonce, shared);
    sodium_memzero(shared, sizeof shared);
    return failed ? error_set(error, RC_INTERNAL, "the box could not be sealed") : RC_OK;
}

enum rc seal_content(struct seal_reader *reader, const char *case_id, const void *plain,
                     size_t size, struct seal_content *sealed, unsigned char *ciphertext,
                     struct error *error) {
    unsigned char key[SEAL_KEY_SIZE];
    unsigned long long written = 0;
    crypto_aead_xchacha20poly1305_ietf_keygen(key);
    randombytes_buf(sealed->nonce, sizeof sealed->nonce);
    crypto_aead_xchacha20poly1305_ietf_encrypt(ciphertext, &written, plain, size,
                                               (const unsigned char *)case_id, strlen(case_id),
                                               NULL, sealed->nonce, key);
    enum rc rc = seal_box(reader, key, sizeof key, sealed->sealed_key, error);
    sodium_memzero(key, sizeof key);
    return rc;
}

// The agreement that a box of this sealer was made with; NULL when its public key is not usable.
static const struct seal_agreement *find_agreement(struct seal_opener *opener,
                                                   const unsigned char *ephemeral_public) {
    for (unsigned i = 0; i < opener->known_count; i++) {
        if (memcmp(opener->known[i].ephemeral_public, ephemeral_public, SEAL_KEY_SIZE) == 0) {
            return &opener->known[i];
        }
    }
    unsigned char shared[SEAL_KEY_SIZE];
    if (crypto_box_beforenm(shared, ephemeral_public, opener->secret_key) != 0) {
        return NULL;
    }
    struct seal_agreement *agreement = &opener->known[opener->next];
    memcpy(agreement->ephemeral_public, ephemeral_public, SEAL_KEY_SIZE);
    memcpy(agreement->shared, shared, sizeof shared);
    sodium_memzero(shared, sizeof shared);
    opener->next = (opener->next + 1) % SEAL_AGREEMENTS;
    opener->known_count += opener->known_count < SEAL_AGREEMENTS;
    return agreement;
}

enum rc seal_box_open(struct seal_opener *opener, const unsigned char *box, size_t size,
                      unsigned char *plain, struct error *error) {
    const unsigned char *nonce = box + crypto_box_PUBLICKEYBYTES;
    const unsigned char *sealed = nonce + crypto_box_NONCEBYTES;
    const struct seal_agreement *agreement =
        size < SEAL_BOX_OVERHEAD ? NULL : find_agreement(opener, box);
    if (agreement == NULL ||
        crypto_box_open_easy_afternm(plain, sealed,
                                     size - crypto_box_PUBLICKEYBYTES - crypto_box_NONCEBYTES,
                                     nonce, agreement->shared) != 0) {
        return error_set(error, RC_INVALID, "the sealed box does not open with this key");
    }
    return RC_OK;
}

enum rc seal_content_open(const unsigned char secret_key[SEAL_KEY_SIZE], const char *case_id,
                          const struct seal_content *sealed, const unsigned char *ciphertext,
                          size_t size, unsigned char *plain, struct error *error) {
    unsigned char key[SEAL_KEY_SIZE];
    struct seal_opener opener = {.known_count = 0};
    memcpy(opener.secret_key, secret_key, SEAL_KEY_SIZE);
    enum rc rc = seal_box_open(&opener, sealed->sealed_key, sizeof sealed->sealed_key, key, error);
    sodium_memzero(&opener, sizeof opener);
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

// libsodium puts what it gives against the end of a page: rounded sizes keep it aligned.
void *seal_alloc(size_t size) {
    size_t rounded = (size + 15) & ~(size_t)15;
    void *memory = sodium_malloc(rounded);
    if (memory != NULL) {
        memset(memory, 0, rounded);
    }
    return memory;
}

void seal_free(void *memory) { sodium_free(memory); }

void seal_wipe(void *bytes, size_t size) { sodium_memzero(bytes, size); }
