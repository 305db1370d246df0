// SPDX-License-Identifier: Apache-2.0
// Tokens of each allowed algorithm, and every way to forge one (RFC 8725).
#include "common/clock.h"
#include "common/jwt.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>
#include <openssl/core_names.h>
#include <openssl/ecdsa.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/rsa.h>
#include <sodium.h>

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))
#define NOW_S INT64_C(1790000000)
#define NOW_MS (NOW_S * 1000)
#define BASE64 sodium_base64_VARIANT_URLSAFE_NO_PADDING

static struct {
    unsigned char public_key[32];
    char secret_hex[129];
    EVP_PKEY *elliptic;
    EVP_PKEY *rsa;
    char path[64];
    struct jwt_keys *keys;
} fixture;

static char *encode(const void *bytes, size_t size) {
    size_t room = sodium_base64_encoded_len(size, BASE64);
    char *text = malloc(room);
    sodium_bin2base64(text, room, bytes, size, BASE64);
    return text;
}

static json_t *number_member(EVP_PKEY *key, const char *parameter) {
    BIGNUM *number = NULL;
    unsigned char bytes[512];
    assert_int_equal(EVP_PKEY_get_bn_param(key, parameter, &number), 1);
    char *text = encode(bytes, (size_t)BN_bn2bin(number, bytes));
    json_t *member = json_string(text);
    free(text);
    BN_free(number);
    return member;
}

static json_t *point_member(EVP_PKEY *key, const char *parameter) {
    BIGNUM *number = NULL;
    unsigned char bytes[32];
    assert_int_equal(EVP_PKEY_get_bn_param(key, parameter, &number), 1);
    BN_bn2binpad(number, bytes, 32);
    char *text = encode(bytes, sizeof bytes);
    json_t *member = json_string(text);
    free(text);
    BN_free(number);
    return member;
}

static void write_keys(const char *edwards_id) {
    json_t *set = jwt_jwks(fixture.public_key, edwards_id);
    json_t *list = json_object_get(set, "keys");
    json_array_append_new(
        list, json_pack("{s:s, s:s, s:s, s:o, s:o}", "kty", "EC", "crv", "P-256", "kid", "ec", "x",
                        point_member(fixture.elliptic, OSSL_PKEY_PARAM_EC_PUB_X), "y",
                        point_member(fixture.elliptic, OSSL_PKEY_PARAM_EC_PUB_Y)));
    json_t *rsa = json_pack("{s:s, s:s, s:o, s:o}", "kty", "RSA", "kid", "rsa", "n",
                            number_member(fixture.rsa, OSSL_PKEY_PARAM_RSA_N), "e",
                            number_member(fixture.rsa, OSSL_PKEY_PARAM_RSA_E));
    json_array_append_new(list, rsa);
    json_t *other = json_copy(rsa);
    json_object_set_new(other, "kid", json_string("encrypts"));
    json_object_set_new(other, "use", json_string("enc"));
    json_array_append_new(list, other);
    other = json_copy(rsa);
    json_object_set_new(other, "kid", json_string("pss"));
    json_object_set_new(other, "alg", json_string("PS256"));
    json_array_append_new(list, other);
    json_array_append_new(list, json_pack("{s:s, s:s, s:s}", "kty", "oct", "kid", "shared", "k",
                                          "c2VjcmV0LXNlY3JldC1zZWNyZXQ"));
    assert_int_equal(json_dump_file(set, fixture.path, 0), 0);
    json_decref(set);
}

static int set_up(void **state) {
    (void)state;
    unsigned char secret[64];
    assert_true(sodium_init() >= 0);
    crypto_sign_keypair(fixture.public_key, secret);
    sodium_bin2hex(fixture.secret_hex, sizeof fixture.secret_hex, secret, sizeof secret);
    fixture.elliptic = EVP_EC_gen("P-256");
    fixture.rsa = EVP_RSA_gen(2048);
    snprintf(fixture.path, sizeof fixture.path, "/tmp/test-jwks-%d.json", (int)getpid());
    write_keys("ed");
    struct error error;
    return jwt_keys_load(&fixture.keys, fixture.path, "bureau", "redress", &error) == RC_OK ? 0
                                                                                            : -1;
}

static int tear_down(void **state) {
    (void)state;
    jwt_keys_free(fixture.keys);
    EVP_PKEY_free(fixture.elliptic);
    EVP_PKEY_free(fixture.rsa);
    unlink(fixture.path);
    return 0;
}

static json_t *good_claims(void) {
    return json_pack("{s:s, s:s, s:s, s:I, s:I}", "sub", "li.wei", "iss", "bureau", "aud",
                     "redress", "exp", (json_int_t)(NOW_S + 600), "nbf", (json_int_t)(NOW_S - 5));
}

// Signs with what the algorithm's key is, or with nothing that fits.
static char *sign(const char *header, const char *payload, const char *with) {
    char *first = encode(header, strlen(header));
    char *second = encode(payload, strlen(payload));
    char *text = NULL;
    char *token = NULL;
    unsigned char signature[600] = {0};
    size_t size = sizeof signature;
    int length = asprintf(&text, "%s.%s", first, second);
    assert_true(length > 0);
    const unsigned char *bytes = (const unsigned char *)text;
    EVP_MD_CTX *context = EVP_MD_CTX_new();
    if (strcmp(with, "ed") == 0) {
        unsigned char secret[64];
        sodium_hex2bin(secret, 64, fixture.secret_hex, 128, NULL, NULL, NULL);
        crypto_sign_detached(signature, NULL, bytes, (unsigned long long)length, secret);
        size = 64;
    } else if (strcmp(with, "rsa") == 0 || strcmp(with, "der") == 0 || strcmp(with, "ec") == 0) {
        EVP_PKEY *key = strcmp(with, "rsa") == 0 ? fixture.rsa : fixture.elliptic;
        assert_int_equal(EVP_DigestSignInit(context, NULL, EVP_sha256(), NULL, key), 1);
        assert_int_equal(EVP_DigestSign(context, signature, &size, bytes, (size_t)length), 1);
        if (strcmp(with, "ec") == 0) {
            const unsigned char *at = signature;
            ECDSA_SIG *pair = d2i_ECDSA_SIG(NULL, &at, (long)size);
            BN_bn2binpad(ECDSA_SIG_get0_r(pair), signature, 32);
            BN_bn2binpad(ECDSA_SIG_get0_s(pair), signature + 32, 32);
            ECDSA_SIG_free(pair);
            size = 64;
        }
    } else if (strcmp(with, "hmac") == 0) { // the public key taken as a shared secret
        unsigned used = 0;
        HMAC(EVP_sha256(), fixture.public_key, 32, bytes, (size_t)length, signature, &used);
        size = used;
    } else {
        size = strcmp(with, "none") == 0 ? 0 : 64;
    }
    EVP_MD_CTX_free(context);
    char *third = encode(signature, size);
    assert_true(asprintf(&token, "Bearer %s.%s", text, third) > 0);
    free(first);
    free(second);
    free(third);
    free(text);
    return token;
}

static bool accepted_at(const char *token, int64_t now_ms) {
    struct error error = {.text = ""};
    json_t *claims = NULL;
    enum rc rc = jwt_verify(fixture.keys, token, now_ms, &claims, &error);
    if (rc != RC_OK) {
        assert_int_equal(rc, RC_FORBIDDEN);
        assert_null(claims);
        assert_string_equal(error.text, "the bearer token is missing or not valid");
    }
    json_decref(claims);
    return rc == RC_OK;
}

static const struct {
    const char *header;
    const char *with;
    bool good;
} HEADERS[] = {
    {"{\"alg\":\"EdDSA\",\"kid\":\"ed\"}", "ed", true},
    {"{\"alg\":\"ES256\",\"kid\":\"ec\"}", "ec", true},
    {"{\"alg\":\"RS256\",\"kid\":\"rsa\"}", "rsa", true},
    {"{\"alg\":\"RS256\",\"kid\":\"rsa\",\"typ\":\"JWT\"}", "rsa", true},
    {"{\"alg\":\"none\",\"kid\":\"ed\"}", "none", false},
    {"{\"alg\":\"None\",\"kid\":\"ed\"}", "none", false},
    {"{\"alg\":\"EdDSA\",\"kid\":\"ed\"}", "none", false},
    {"{\"alg\":\"EdDSA\",\"kid\":\"ed\"}", "zeros", false},
    {"{\"alg\":\"ES256\",\"kid\":\"ec\"}", "zeros", false},
    {"{\"alg\":\"HS256\",\"kid\":\"ed\"}", "hmac", false},
    {"{\"alg\":\"HS256\",\"kid\":\"shared\"}", "hmac", false},
    {"{\"alg\":\"EdDSA\",\"kid\":\"ec\"}", "ed", false},
    {"{\"alg\":\"ES256\",\"kid\":\"ed\"}", "ed", false},
    {"{\"alg\":\"RS256\",\"kid\":\"ec\"}", "rsa", false},
    {"{\"alg\":\"ES256\",\"kid\":\"ec\"}", "der", false},
    {"{\"alg\":\"RS256\",\"kid\":\"encrypts\"}", "rsa", false},
    {"{\"alg\":\"RS256\",\"kid\":\"pss\"}", "rsa", false},
    {"{\"alg\":\"PS256\",\"kid\":\"rsa\"}", "rsa", false},
    {"{\"alg\":\"EdDSA\"}", "ed", false}, // several keys: one must be named
    {"{\"alg\":\"EdDSA\",\"kid\":7}", "ed", false},
    {"{\"alg\":\"EdDSA\",\"kid\":\"gone\"}", "ed", false},
    {"{\"alg\":[\"EdDSA\"],\"kid\":\"ed\"}", "ed", false},
    {"{\"kid\":\"ed\"}", "ed", false},
    {"{\"alg\":\"EdDSA\",\"kid\":\"ed\",\"crit\":[\"exp\"]}", "ed", false},
    {"{\"alg\":\"EdDSA\",\"alg\":\"EdDSA\",\"kid\":\"ed\"}", "ed", false},
    {"[]", "ed", false},
};

static void test_jwt_header_is_taken_or_refused(void **state) {
    (void)state;
    json_t *claims = good_claims();
    char *payload = json_dumps(claims, 0);
    for (size_t i = 0; i < COUNT(HEADERS); i++) {
        char *token = sign(HEADERS[i].header, payload, HEADERS[i].with);
        if (accepted_at(token, NOW_MS) != HEADERS[i].good) {
            fail_msg("%s signed with %s", HEADERS[i].header, HEADERS[i].with);
        }
        free(token);
    }
    free(payload);
    json_decref(claims);
}

static const struct {
    const char *name;
    const char *value; // JSON; NULL takes the claim away
    bool good;
} CLAIMS[] = {
    {"aud", "[\"other\", \"redress\"]", true},
    {"aud", "[]", false},
    {"aud", "\"other\"", false},
    {"aud", "[7]", false},
    {"aud", NULL, false},
    {"iss", "\"somebody\"", false},
    {"iss", "[\"bureau\"]", false},
    {"iss", NULL, false},
    {"exp", "1789999971", true},  // 29 s ago: leeway
    {"exp", "1789999970", false}, // 30 s ago
    {"exp", "9223372036854775807", true},
    {"exp", "-9223372036854775807", false},
    {"exp", "1790000600.5", false},
    {"exp", "\"1790000600\"", false},
    {"exp", NULL, false},
    {"nbf", "1790000030", true},
    {"nbf", "1790000031", false},
    {"nbf", "9223372036854775807", false},
    {"nbf", "-9223372036854775807", true},
    {"nbf", "\"0\"", false},
    {"nbf", NULL, true},
    {"sub", NULL, false},
    {"sub", "\"\"", false},
    {"sub", "7", false},
};

static void test_jwt_claims_are_taken_or_refused(void **state) {
    (void)state;
    for (size_t i = 0; i < COUNT(CLAIMS); i++) {
        json_t *claims = good_claims();
        json_object_del(claims, CLAIMS[i].name);
        if (CLAIMS[i].value != NULL) {
            json_object_set_new(claims, CLAIMS[i].name,
                                json_loads(CLAIMS[i].value, JSON_DECODE_ANY, NULL));
        }
        char *payload = json_dumps(claims, 0);
        char *token = sign("{\"alg\":\"EdDSA\",\"kid\":\"ed\"}", payload, "ed");
        if (accepted_at(token, NOW_MS) != CLAIMS[i].good) {
            fail_msg("%s = %s", CLAIMS[i].name, CLAIMS[i].value == NULL ? "-" : CLAIMS[i].value);
        }
        free(token);
        free(payload);
        json_decref(claims);
    }
}

static char *minted(const char *key_id) {
    struct error error;
    json_t *claims = good_claims();
    char *token = NULL;
    char *authorization = NULL;
    assert_int_equal(jwt_mint(fixture.secret_hex, key_id, claims, &token, &error), RC_OK);
    assert_true(asprintf(&authorization, "Bearer %s", token) > 0);
    free(token);
    json_decref(claims);
    return authorization;
}

static void test_jwt_minted_token_is_accepted_once_intact(void **state) {
    (void)state;
    char *token = minted("ed");
    assert_true(accepted_at(token, NOW_MS));
    for (size_t i = 7; i < strlen(token); i += 5) { // any change, anywhere
        char *at = token + i;
        char kept = *at;
        *at = kept == 'A' ? 'B' : 'A';
        assert_false(accepted_at(token, NOW_MS));
        *at = kept;
    }
    assert_true(accepted_at(token, NOW_MS));
    memcpy(token, "bearer ", 7);
    assert_true(accepted_at(token, NOW_MS));
    free(token);
}

static void test_jwt_malformed_token_is_refused(void **state) {
    (void)state;
    char *long_one = malloc(9010);
    memset(long_one, 'A', 9009);
    memcpy(long_one, "Bearer a.b.", 11);
    long_one[9009] = '\0';
    const char *const tokens[] = {
        NULL,           "",           "Bearer ",    "Bearer a",     "Bearer a.b", "Bearer ..",
        "Bearer a.b.c", "Basic eA==", "Bearer....", "Bearer =.=.=", long_one};
    for (size_t i = 0; i < COUNT(tokens); i++) {
        assert_false(accepted_at(tokens[i], NOW_MS));
    }
    char *good = minted("ed");
    char *more = NULL;
    assert_true(asprintf(&more, "%s.x", good) > 0);
    assert_false(accepted_at(more, NOW_MS));
    free(more);
    free(good);
    free(long_one);
}

static void test_jwt_changed_key_file_is_read_again(void **state) {
    (void)state;
    char *token = minted("ed-2");
    char *old = minted("ed");
    assert_false(accepted_at(token, NOW_MS));
    int64_t now = clock_wall_ms() > NOW_MS ? clock_wall_ms() : NOW_MS;
    write_keys("ed-2");
    assert_true(accepted_at(old, NOW_MS)); // not looked at yet
    json_t *claims = good_claims();
    json_object_set_new(claims, "exp", json_integer(now / 1000 + 9999));
    char *payload = json_dumps(claims, 0);
    char *fresh = sign("{\"alg\":\"EdDSA\",\"kid\":\"ed-2\"}", payload, "ed");
    char *withdrawn = sign("{\"alg\":\"EdDSA\",\"kid\":\"ed\"}", payload, "ed");
    assert_true(accepted_at(withdrawn, NOW_MS));       // its signature is known from now on
    assert_false(accepted_at(withdrawn, now + 61000)); // its key is no longer there
    assert_true(accepted_at(fresh, now + 61000));
    assert_int_equal(truncate(fixture.path, 0), 0);
    assert_true(accepted_at(fresh, now + 200000)); // an unreadable file takes no keys away
    write_keys("ed");
    assert_true(accepted_at(withdrawn, now + 300000));
    free(payload);
    free(fresh);
    free(withdrawn);
    free(token);
    free(old);
    json_decref(claims);
}

static void test_jwt_unusable_sources_are_refused(void **state) {
    (void)state;
    struct error error;
    struct jwt_keys *keys = NULL;
    assert_int_not_equal(jwt_keys_load(&keys, "/nonexistent", "i", "a", &error), RC_OK);
    jwt_keys_free(keys);
    keys = NULL;
    assert_int_not_equal(jwt_keys_load(&keys, "http://127.0.0.1:1/x", "i", "a", &error), RC_OK);
    jwt_keys_free(keys);
    jwt_keys_free(NULL);
    char *token = NULL;
    json_t *claims = json_object();
    assert_int_equal(jwt_mint("zz", "k", claims, &token, &error), RC_INVALID);
    assert_null(token);
    json_decref(claims);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_jwt_header_is_taken_or_refused),
        cmocka_unit_test(test_jwt_claims_are_taken_or_refused),
        cmocka_unit_test(test_jwt_minted_token_is_accepted_once_intact),
        cmocka_unit_test(test_jwt_malformed_token_is_refused),
        cmocka_unit_test(test_jwt_changed_key_file_is_read_again),
        cmocka_unit_test(test_jwt_unusable_sources_are_refused),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
