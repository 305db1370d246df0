// SPDX-License-Identifier: Apache-2.0
// JWKS (RFC 7517): OKP/Ed25519, EC/P-256 and RSA keys; others are passed over.
#include "common/clock.h"
#include "common/http_client.h"
#include "common/json.h"
#include "common/log.h"
#include "jwt_private.h"

#include <openssl/core_names.h>
#include <openssl/param_build.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#define SOURCE_LIMIT (256 * 1024)
#define REREAD_MS 60000
#define REFRESH_MS 600000

static bool member(const json_t *key, const char *name, unsigned char *out, size_t room,
                   size_t *used) {
    const json_t *value = json_object_get(key, name);
    return json_is_string(value) &&
           jwt_decode(json_string_value(value), json_string_length(value), out, room, used);
}

static bool is(const json_t *key, const char *name, const char *wanted) {
    const char *value = json_string_value(json_object_get(key, name));
    return value != NULL && strcmp(value, wanted) == 0;
}

static EVP_PKEY *from_parameters(const char *type, OSSL_PARAM_BLD *builder) {
    EVP_PKEY *key = NULL;
    OSSL_PARAM *parameters = OSSL_PARAM_BLD_to_param(builder);
    EVP_PKEY_CTX *context = EVP_PKEY_CTX_new_from_name(NULL, type, NULL);
    if (context != NULL && parameters != NULL && EVP_PKEY_fromdata_init(context) == 1) {
        EVP_PKEY_fromdata(context, &key, EVP_PKEY_PUBLIC_KEY, parameters);
    }
    EVP_PKEY_CTX_free(context);
    OSSL_PARAM_free(parameters);
    return key;
}

static EVP_PKEY *read_edwards(const json_t *json) {
    unsigned char x[32];
    size_t size = 0;
    if (!is(json, "crv", "Ed25519") || !member(json, "x", x, sizeof x, &size) || size != 32) {
        return NULL;
    }
    return EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, NULL, x, size);
}

static EVP_PKEY *read_elliptic(const json_t *json) {
    unsigned char point[65] = {4};
    size_t size_x = 0;
    size_t size_y = 0;
    if (!is(json, "crv", "P-256") || !member(json, "x", point + 1, 32, &size_x) ||
        !member(json, "y", point + 33, 32, &size_y) || size_x != 32 || size_y != 32) {
        return NULL;
    }
    OSSL_PARAM_BLD *builder = OSSL_PARAM_BLD_new();
    OSSL_PARAM_BLD_push_utf8_string(builder, OSSL_PKEY_PARAM_GROUP_NAME, "prime256v1", 0);
    OSSL_PARAM_BLD_push_octet_string(builder, OSSL_PKEY_PARAM_PUB_KEY, point, sizeof point);
    EVP_PKEY *key = from_parameters("EC", builder);
    OSSL_PARAM_BLD_free(builder);
    return key;
}

static EVP_PKEY *read_rsa(const json_t *json) {
    unsigned char n[1024];
    unsigned char e[8];
    size_t size_n = 0;
    size_t size_e = 0;
    if (!member(json, "n", n, sizeof n, &size_n) || !member(json, "e", e, sizeof e, &size_e) ||
        size_n < 256) { // 2,048 bits at least
        return NULL;
    }
    BIGNUM *modulus = BN_bin2bn(n, (int)size_n, NULL);
    BIGNUM *exponent = BN_bin2bn(e, (int)size_e, NULL);
    OSSL_PARAM_BLD *builder = OSSL_PARAM_BLD_new();
    OSSL_PARAM_BLD_push_BN(builder, OSSL_PKEY_PARAM_RSA_N, modulus);
    OSSL_PARAM_BLD_push_BN(builder, OSSL_PKEY_PARAM_RSA_E, exponent);
    EVP_PKEY *key = from_parameters("RSA", builder);
    OSSL_PARAM_BLD_free(builder);
    BN_free(modulus);
    BN_free(exponent);
    return key;
}

static const struct {
    const char *type;
    const char *algorithm;
    EVP_PKEY *(*read)(const json_t *);
} kinds[] = {
    {"OKP", "EdDSA", read_edwards}, {"EC", "ES256", read_elliptic}, {"RSA", "RS256", read_rsa}};

// A key that says it is for something else is for something else.
static bool fits_purpose(const json_t *json, const char *algorithm) {
    return (json_object_get(json, "use") == NULL || is(json, "use", "sig")) &&
           (json_object_get(json, "alg") == NULL || is(json, "alg", algorithm));
}

static void add_key(struct jwt_key *keys, size_t *count, const json_t *json) {
    for (size_t i = 0; i < sizeof kinds / sizeof kinds[0] && *count < JWT_KEYS; i++) {
        bool wanted = is(json, "kty", kinds[i].type) && fits_purpose(json, kinds[i].algorithm);
        EVP_PKEY *key = wanted ? kinds[i].read(json) : NULL;
        if (key == NULL) {
            continue;
        }
        struct jwt_key *entry = &keys[(*count)++];
        const char *id = json_string_value(json_object_get(json, "kid"));
        snprintf(entry->id, sizeof entry->id, "%s", id == NULL ? "" : id);
        snprintf(entry->algorithm, sizeof entry->algorithm, "%s", kinds[i].algorithm);
        entry->key = key;
    }
}

static enum rc read_file(const char *path, json_t **document, struct error *error) {
    FILE *file = fopen(path, "rb");
    if (file == NULL) {
        return error_field(error, "unreadable", "staff.jwks", "cannot read %s", path);
    }
    char *text = malloc(SOURCE_LIMIT);
    if (text == NULL) {
        fclose(file);
        return error_set(error, RC_INTERNAL, "out of memory for %s", path);
    }
    size_t size = fread(text, 1, SOURCE_LIMIT, file);
    enum rc rc = json_read_object(text, size, document, error);
    fclose(file);
    free(text);
    return rc;
}

static enum rc read_url(const char *url, json_t **document, struct error *error) {
    struct http_client *client = NULL;
    long status = 0;
    enum rc rc = http_client_new(&client, url, NULL, 5000, error);
    if (rc == RC_OK) {
        rc = http_client_json(client, "GET", "", NULL, NULL, &status, document, error);
    }
    if (rc == RC_OK && (status != 200 || *document == NULL)) {
        rc = error_set(error, RC_UNAVAILABLE, "the key set answered with status %ld", status);
    }
    http_client_free(client);
    return rc;
}

static bool is_url(const struct jwt_keys *keys) {
    return strncmp(keys->source, "http://", 7) == 0 || strncmp(keys->source, "https://", 8) == 0;
}

static void drop_keys(struct jwt_key *keys, size_t count) {
    for (size_t i = 0; i < count; i++) {
        EVP_PKEY_free(keys[i].key);
    }
}

// Replaces the keys only when there are new ones. Slow, so without the lock.
static enum rc read_source(struct jwt_keys *keys, struct error *error) {
    json_t *document = NULL;
    enum rc rc = is_url(keys) ? read_url(keys->source, &document, error)
                              : read_file(keys->source, &document, error);
    if (rc != RC_OK) {
        return rc;
    }
    struct jwt_key fresh[JWT_KEYS];
    size_t count = 0;
    size_t index;
    json_t *entry;
    json_array_foreach(json_object_get(document, "keys"), index, entry) {
        add_key(fresh, &count, entry);
    }
    json_decref(document);
    if (count == 0) {
        return error_field(error, "no-keys", "staff.jwks", "%s holds no usable key", keys->source);
    }
    pthread_mutex_lock(&keys->lock);
    drop_keys(keys->keys, keys->count);
    memcpy(keys->keys, fresh, count * sizeof fresh[0]);
    keys->count = count;
    keys->edition++;
    memset(keys->known, 0, sizeof keys->known); // a withdrawn key's tokens too
    pthread_mutex_unlock(&keys->lock);
    return RC_OK;
}

static int64_t changed_ns(const struct jwt_keys *keys) {
    struct stat status;
    if (is_url(keys) || stat(keys->source, &status) != 0) {
        return 0;
    }
    return (int64_t)status.st_mtim.tv_sec * 1000000000 + status.st_mtim.tv_nsec;
}

enum rc jwt_keys_load(struct jwt_keys **out, const char *source, const char *issuer,
                      const char *audience, struct error *error) {
    struct jwt_keys *keys = calloc(1, sizeof *keys);
    *out = keys;
    if (keys == NULL) {
        return error_set(error, RC_INTERNAL, "out of memory for keys");
    }
    pthread_mutex_init(&keys->lock, NULL);
    keys->source = strdup(source);
    keys->issuer = strdup(issuer);
    keys->audience = strdup(audience);
    if (keys->source == NULL || keys->issuer == NULL || keys->audience == NULL) {
        return error_set(error, RC_INTERNAL, "out of memory for keys");
    }
    keys->read_ms = clock_wall_ms();
    keys->check_ms = keys->read_ms;
    keys->changed_ns = changed_ns(keys);
    return read_source(keys, error);
}

static const struct jwt_key *find(const struct jwt_keys *keys, const char *id) {
    if (id == NULL) {
        return keys->count == 1 ? &keys->keys[0] : NULL;
    }
    for (size_t i = 0; i < keys->count; i++) {
        if (strcmp(keys->keys[i].id, id) == 0) {
            return &keys->keys[i];
        }
    }
    return NULL;
}

// A withdrawn key must end as well: a file is read again when it has changed, an URL after ten
// minutes. With the lock held; only one caller is sent to read.
static bool reading_is_due(struct jwt_keys *keys, bool known, int64_t now_ms) {
    bool due =
        now_ms - keys->read_ms >= (known ? REFRESH_MS : REREAD_MS) && (is_url(keys) || !known);
    if (now_ms - keys->check_ms >= REREAD_MS) {
        int64_t changed = changed_ns(keys);
        due = due || (changed != 0 && changed != keys->changed_ns);
        keys->changed_ns = changed;
        keys->check_ms = now_ms;
    }
    keys->read_ms = due ? now_ms : keys->read_ms;
    return due;
}

static bool take(struct jwt_keys *keys, const char *id, struct jwt_key *found) {
    const struct jwt_key *key = find(keys, id);
    if (key != NULL) {
        *found = *key;
        found->edition = keys->edition;
        EVP_PKEY_up_ref(found->key);
    }
    return key != NULL;
}

bool jwt_keys_find(struct jwt_keys *keys, const char *id, int64_t now_ms, struct jwt_key *found) {
    pthread_mutex_lock(&keys->lock);
    bool due = reading_is_due(keys, find(keys, id) != NULL, now_ms);
    pthread_mutex_unlock(&keys->lock);
    struct error ignored; // the old keys stay where the source can't be read
    if (due && read_source(keys, &ignored) != RC_OK) {
        log_warn("signing keys not read again", LOG_STR("reason", ignored.text));
    }
    pthread_mutex_lock(&keys->lock);
    bool known = take(keys, id, found);
    pthread_mutex_unlock(&keys->lock);
    return known;
}

bool jwt_keys_know(struct jwt_keys *keys, const struct jwt_key *key,
                   const unsigned char digest[JWT_DIGEST_SIZE]) {
    pthread_mutex_lock(&keys->lock);
    bool known = key->edition == keys->edition &&
                 memcmp(keys->known[digest[0]], digest, JWT_DIGEST_SIZE) == 0;
    pthread_mutex_unlock(&keys->lock);
    return known;
}

void jwt_keys_note(struct jwt_keys *keys, const struct jwt_key *key,
                   const unsigned char digest[JWT_DIGEST_SIZE]) {
    pthread_mutex_lock(&keys->lock);
    if (key->edition == keys->edition) {
        memcpy(keys->known[digest[0]], digest, JWT_DIGEST_SIZE);
    }
    pthread_mutex_unlock(&keys->lock);
}

void jwt_keys_free(struct jwt_keys *keys) {
    if (keys == NULL) {
        return;
    }
    drop_keys(keys->keys, keys->count);
    free(keys->source);
    free(keys->issuer);
    free(keys->audience);
    pthread_mutex_destroy(&keys->lock);
    free(keys);
}
