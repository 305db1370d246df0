// SPDX-License-Identifier: Apache-2.0
// Compact JWS only. The key decides which algorithm is right; the header may only agree (RFC 8725,
// section 3.1). Every refusal reads the same to the caller.
#include "common/jwt.h"

#include "common/json.h"
#include "jwt_private.h"

#include <openssl/ecdsa.h>
#include <openssl/evp.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define TOKEN_LIMIT 8192
#define LEEWAY_S 30

static enum rc refused(struct error *error) {
    enum rc rc = error_set(error, RC_FORBIDDEN, "the bearer token is missing or not valid");
    snprintf(error->code, sizeof error->code, "unauthorized");
    return rc;
}

bool jwt_decode(const char *text, size_t size, unsigned char *out, size_t room, size_t *used) {
    return sodium_base642bin(out, room, text, size, NULL, used, NULL,
                             sodium_base64_VARIANT_URLSAFE_NO_PADDING) == 0;
}

// No memory is no refusal.
static enum rc decode_object(const char *text, size_t size, json_t **object, struct error *error) {
    unsigned char bytes[TOKEN_LIMIT];
    size_t used = 0;
    *object = NULL;
    enum rc rc = jwt_decode(text, size, bytes, sizeof bytes, &used)
                     ? json_read_object((const char *)bytes, used, object, error)
                     : RC_INVALID;
    return rc == RC_INVALID ? refused(error) : rc;
}

// ES256 signatures are r and s side by side; OpenSSL wants DER.
static int ecdsa_to_der(const unsigned char *raw, size_t size, unsigned char **der) {
    if (size != 64) {
        return -1;
    }
    ECDSA_SIG *signature = ECDSA_SIG_new();
    BIGNUM *r = BN_bin2bn(raw, 32, NULL);
    BIGNUM *s = BN_bin2bn(raw + 32, 32, NULL);
    if (signature == NULL || ECDSA_SIG_set0(signature, r, s) != 1) {
        BN_free(r);
        BN_free(s);
        ECDSA_SIG_free(signature);
        return -1;
    }
    int length = i2d_ECDSA_SIG(signature, der);
    ECDSA_SIG_free(signature);
    return length;
}

static bool verify_signature(const struct jwt_key *key, const char *signed_part, size_t size,
                             const unsigned char *signature, size_t signature_size) {
    unsigned char *der = NULL;
    if (strcmp(key->algorithm, "ES256") == 0) {
        int length = ecdsa_to_der(signature, signature_size, &der);
        if (length <= 0) {
            return false;
        }
        signature = der;
        signature_size = (size_t)length;
    }
    const EVP_MD *digest = strcmp(key->algorithm, "EdDSA") == 0 ? NULL : EVP_sha256();
    EVP_MD_CTX *context = EVP_MD_CTX_new();
    bool good = context != NULL &&
                EVP_DigestVerifyInit(context, NULL, digest, NULL, key->key) == 1 &&
                EVP_DigestVerify(context, signature, signature_size,
                                 (const unsigned char *)signed_part, size) == 1;
    EVP_MD_CTX_free(context);
    OPENSSL_free(der);
    return good;
}

static bool audience_fits(const json_t *audience, const char *wanted) {
    size_t index;
    json_t *entry;
    if (json_is_string(audience)) {
        return strcmp(json_string_value(audience), wanted) == 0;
    }
    json_array_foreach(audience, index, entry) {
        if (json_is_string(entry) && strcmp(json_string_value(entry), wanted) == 0) {
            return true;
        }
    }
    return false;
}

static bool claims_fit(const struct jwt_keys *keys, const json_t *claims, int64_t now_ms) {
    const json_t *issuer = json_object_get(claims, "iss");
    const json_t *expires = json_object_get(claims, "exp");
    const json_t *begins = json_object_get(claims, "nbf");
    int64_t now = now_ms / 1000;
    return json_is_string(issuer) && strcmp(json_string_value(issuer), keys->issuer) == 0 &&
           audience_fits(json_object_get(claims, "aud"), keys->audience) &&
           json_is_integer(expires) && json_integer_value(expires) > now - LEEWAY_S &&
           (begins == NULL ||
            (json_is_integer(begins) && json_integer_value(begins) <= now + LEEWAY_S)) &&
           json_is_string(json_object_get(claims, "sub")) &&
           json_string_length(json_object_get(claims, "sub")) >= 1 &&
           json_string_length(json_object_get(claims, "sub")) <= 64;
}

static bool header_fits(const json_t *header, const struct jwt_key *key) {
    const json_t *algorithm = json_object_get(header, "alg");
    return json_is_string(algorithm) && strcmp(json_string_value(algorithm), key->algorithm) == 0 &&
           json_object_get(header, "crit") == NULL;
}

// The three parts of a compact token, borrowed from it.
struct parts {
    const char *header, *payload, *signature;
    size_t header_size, payload_size, signature_size;
};

static bool split(const char *token, struct parts *parts) {
    const char *first = strchr(token, '.');
    const char *second = first == NULL ? NULL : strchr(first + 1, '.');
    if (second == NULL || strlen(token) > TOKEN_LIMIT) {
        return false;
    }
    *parts = (struct parts){token,
                            first + 1,
                            second + 1,
                            (size_t)(first - token),
                            (size_t)(second - first - 1),
                            strlen(second + 1)};
    return true;
}

// Whoever works with a token sends it many times; the signature is most of what a check costs.
static bool signed_by(struct jwt_keys *keys, const struct jwt_key *key, const struct parts *parts,
                      const unsigned char *signature, size_t size) {
    unsigned char digest[JWT_DIGEST_SIZE];
    size_t signed_size = parts->header_size + 1 + parts->payload_size;
    crypto_hash_sha256(digest, (const unsigned char *)parts->header,
                       signed_size + 1 + parts->signature_size);
    if (jwt_keys_know(keys, key, digest)) {
        return true;
    }
    bool good = verify_signature(key, parts->header, signed_size, signature, size);
    if (good) {
        jwt_keys_note(keys, key, digest);
    }
    return good;
}

static enum rc check_signature(struct jwt_keys *keys, const struct parts *parts, int64_t now_ms,
                               struct error *error) {
    unsigned char signature[1024];
    size_t size = 0;
    bool good = false;
    json_t *header = NULL;
    enum rc rc = decode_object(parts->header, parts->header_size, &header, error);
    const json_t *kid = json_object_get(header, "kid");
    if (rc == RC_OK && (kid == NULL || json_is_string(kid)) &&
        jwt_decode(parts->signature, parts->signature_size, signature, sizeof signature, &size)) {
        struct jwt_key key = {.key = NULL};
        good = jwt_keys_find(keys, json_string_value(kid), now_ms, &key) &&
               header_fits(header, &key) && signed_by(keys, &key, parts, signature, size);
        EVP_PKEY_free(key.key);
    }
    json_decref(header);
    return rc == RC_OK && !good ? refused(error) : rc;
}

enum rc jwt_verify(struct jwt_keys *keys, const char *authorization, int64_t now_ms,
                   json_t **claims, struct error *error) {
    static const char scheme[] = "Bearer ";
    struct parts parts;
    *claims = NULL;
    if (authorization == NULL || strncasecmp(authorization, scheme, sizeof scheme - 1) != 0 ||
        !split(authorization + sizeof scheme - 1, &parts)) {
        return refused(error);
    }
    json_t *read = NULL;
    enum rc rc = check_signature(keys, &parts, now_ms, error);
    rc = rc == RC_OK ? decode_object(parts.payload, parts.payload_size, &read, error) : rc;
    rc = rc == RC_OK && !claims_fit(keys, read, now_ms) ? refused(error) : rc;
    if (rc != RC_OK) {
        json_decref(read);
        return rc;
    }
    *claims = read;
    return RC_OK;
}

static char *encode(const void *bytes, size_t size) {
    size_t room = sodium_base64_encoded_len(size, sodium_base64_VARIANT_URLSAFE_NO_PADDING);
    char *text = malloc(room);
    if (text != NULL) {
        sodium_bin2base64(text, room, bytes, size, sodium_base64_VARIANT_URLSAFE_NO_PADDING);
    }
    return text;
}

static char *encode_object(const json_t *object) {
    char *text = json_text(object, JSON_COMPACT);
    char *encoded = text == NULL ? NULL : encode(text, strlen(text));
    free(text);
    return encoded;
}

enum rc jwt_mint(const char *secret_key_hex, const char *key_id, const json_t *claims, char **token,
                 struct error *error) {
    unsigned char secret[64];
    unsigned char signature[64];
    *token = NULL;
    size_t length = strcspn(secret_key_hex, "\r\n");
    if (length != 128 || sodium_hex2bin(secret, 64, secret_key_hex, length, NULL, NULL, NULL)) {
        return error_field(error, "bad-key", "staff.secret", "the key must be 64 bytes in hex");
    }
    json_t *header = json_pack("{s:s, s:s, s:s}", "alg", "EdDSA", "typ", "JWT", "kid", key_id);
    char *first = encode_object(header);
    char *second = encode_object(claims);
    char *signed_part = NULL;
    char *third = NULL;
    int size =
        first == NULL || second == NULL ? -1 : asprintf(&signed_part, "%s.%s", first, second);
    if (size > 0) {
        crypto_sign_detached(signature, NULL, (unsigned char *)signed_part,
                             (unsigned long long)size, secret);
        third = encode(signature, sizeof signature);
    }
    bool good = third != NULL && asprintf(token, "%s.%s", signed_part, third) > 0;
    sodium_memzero(secret, sizeof secret);
    json_decref(header);
    free(first);
    free(second);
    free(signed_part);
    free(third);
    return good ? RC_OK : error_set(error, RC_INTERNAL, "out of memory for a token");
}

json_t *jwt_jwks(const unsigned char public_key[32], const char *key_id) {
    char *x = encode(public_key, 32);
    json_t *set =
        x == NULL ? NULL
                  : json_pack("{s:[{s:s, s:s, s:s, s:s, s:s, s:s}]}", "keys", "kty", "OKP", "crv",
                              "Ed25519", "use", "sig", "alg", "EdDSA", "kid", key_id, "x", x);
    free(x);
    return set;
}
