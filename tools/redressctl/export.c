// SPDX-License-Identifier: Apache-2.0
// Exported cases: fetched and written as they are, and checked without any service.
#include "cases.h"

#include "ledger/export.h"

#include "common/seal.h"

#include <errno.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static enum rc write_bundle(const char *path, const json_t *bundle, struct error *error) {
    char *text = export_text(bundle);
    FILE *file = text == NULL ? NULL : fopen(path, "wb");
    if (file == NULL) {
        free(text);
        return error_set(error, RC_INTERNAL, "%s: %s", path, strerror(errno));
    }
    bool good = fprintf(file, "%s\n", text) > 0;
    good = fclose(file) == 0 && good;
    free(text);
    return good ? RC_OK : error_set(error, RC_INTERNAL, "%s could not be written", path);
}

static enum rc fetch(const struct arguments *arguments, json_t **bundle, struct error *error) {
    struct http_client *client = NULL;
    char path[128];
    long status = 0;
    snprintf(path, sizeof path, "/v1/cases/%.64s/export", arguments->positional[0]);
    enum rc rc = open_ledger(arguments, &client, error);
    if (rc == RC_OK) {
        http_client_expect(client, EXPORT_LIMIT);
        rc = http_client_json(client, "GET", path, NULL, NULL, &status, bundle, error);
    }
    rc = rc == RC_OK ? check_status(status, *bundle, error) : rc;
    http_client_free(client);
    return rc;
}

int case_export(const struct arguments *arguments) {
    struct error error;
    json_t *bundle = NULL;
    const char *output = argument(arguments, "output", NULL, NULL);
    if (output == NULL) {
        fprintf(stderr, "redressctl: --output must be given\n");
        return EXIT_USAGE;
    }
    enum rc rc = fetch(arguments, &bundle, &error);
    rc = rc == RC_OK ? write_bundle(output, bundle, &error) : rc;
    json_decref(bundle);
    if (rc != RC_OK) {
        return fail(&error);
    }
    fprintf(stderr, "written to %s\n", output);
    return EXIT_GOOD;
}

static enum rc read_bundle(const char *path, char **text, size_t *size, struct error *error) {
    FILE *file = fopen(path, "rb");
    if (file == NULL) {
        return error_field(error, "unreadable", path, "%s: %s", path, strerror(errno));
    }
    *text = malloc(EXPORT_LIMIT + 1);
    *size = *text == NULL ? 0 : fread(*text, 1, EXPORT_LIMIT + 1, file);
    fclose(file);
    return *text != NULL && *size <= EXPORT_LIMIT
               ? RC_OK
               : error_field(error, "too-large", path, "%s is larger than any bundle", path);
}

static enum rc digest_file(const char *path, char hex[65], struct error *error) {
    crypto_hash_sha256_state state;
    unsigned char digest[32];
    unsigned char block[65536];
    FILE *file = fopen(path, "rb");
    if (file == NULL) {
        return error_field(error, "unreadable", path, "%s: %s", path, strerror(errno));
    }
    crypto_hash_sha256_init(&state);
    for (size_t size; (size = fread(block, 1, sizeof block, file)) > 0;) {
        crypto_hash_sha256_update(&state, block, size);
    }
    fclose(file);
    crypto_hash_sha256_final(&state, digest);
    seal_hex(digest, sizeof digest, hex);
    return RC_OK;
}

// Each file named must be registered evidence, byte by byte. The bundle was checked before.
static enum rc check_files(const struct arguments *arguments, const char *text, size_t size,
                           struct error *error) {
    json_t *bundle = json_loadb(text, size, 0, NULL);
    enum rc rc = RC_OK;
    for (size_t i = 1; i < arguments->count && rc == RC_OK; i++) {
        char hex[65];
        bool found = false;
        size_t index;
        json_t *entry;
        rc = digest_file(arguments->positional[i], hex, error);
        json_array_foreach(json_object_get(bundle, "evidence"), index, entry) {
            const char *sha256 = json_string_value(json_object_get(entry, "sha256"));
            found = found || (sha256 != NULL && strcmp(sha256, hex) == 0);
        }
        if (rc == RC_OK && !found) {
            rc = error_field(error, "evidence", "", "%s is no evidence of this case as registered",
                             arguments->positional[i]);
        }
    }
    json_decref(bundle);
    return rc;
}

int case_check_export(const struct arguments *arguments) {
    struct error error;
    struct export_found found;
    unsigned char public_key[32];
    char *text = NULL;
    char *key = NULL;
    size_t size = 0;
    const char *key_file =
        argument(arguments, "public-key", NULL, "build/local/keys/export.public");
    enum rc rc = read_text(key_file, &key, &error);
    rc = rc == RC_OK ? seal_key_read(key, key_file, public_key, sizeof public_key, &error) : rc;
    rc = rc == RC_OK ? read_bundle(arguments->positional[0], &text, &size, &error) : rc;
    rc = rc == RC_OK ? export_check(text, size, public_key, &found, &error) : rc;
    rc = rc == RC_OK ? check_files(arguments, text, size, &error) : rc;
    free(text);
    free(key);
    if (rc != RC_OK) {
        return fail(&error);
    }
    json_t *json =
        json_pack("{s:b, s:s, s:I, s:I, s:I, s:s}", "valid", true, "case_id", found.case_id,
                  "facts", (json_int_t)found.facts, "evidence", (json_int_t)found.evidence,
                  "withheld", (json_int_t)found.withheld, "head", found.head);
    if (arguments->json) {
        print_json(json);
    } else {
        printf("the bundle is genuine: case %s, %zu facts (%zu withheld), %zu pieces of evidence\n",
               found.case_id, found.facts, found.withheld, found.evidence);
        json_decref(json);
    }
    return EXIT_GOOD;
}
