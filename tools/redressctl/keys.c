// SPDX-License-Identifier: Apache-2.0
// Keys of a local stack, staff tokens, and the region's check.
#include "command.h"

#include "common/clock.h"
#include "common/json.h"
#include "common/jwt.h"
#include "common/receipt.h"
#include "common/region.h"
#include "common/seal.h"

#include <errno.h>
#include <fcntl.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define KEY_ID "local"
#define HOUR_S 3600

static enum rc write_file(const char *directory, const char *name, const char *text, mode_t mode,
                          struct error *error) {
    char path[1200];
    snprintf(path, sizeof path, "%s/%s", directory, name);
    int file = open(path, O_WRONLY | O_CREAT | O_EXCL, mode);
    if (file < 0) {
        return error_set(error, RC_INTERNAL, "%s: %s", path, strerror(errno));
    }
    bool good = dprintf(file, "%s\n", text) > 0 && fsync(file) == 0;
    close(file);
    return good ? RC_OK : error_set(error, RC_INTERNAL, "%s could not be written", path);
}

static bool exists(const char *directory, const char *name) {
    char path[1200];
    snprintf(path, sizeof path, "%s/%s", directory, name);
    return access(path, F_OK) == 0;
}

static enum rc write_hex(const char *directory, const char *name, const unsigned char *bytes,
                         size_t size, mode_t mode, struct error *error) {
    char hex[129];
    seal_hex(bytes, size, hex);
    enum rc rc = write_file(directory, name, hex, mode, error);
    seal_wipe(hex, sizeof hex);
    return rc;
}

// A key pair is made when its secret half is missing; nothing is ever overwritten.
static enum rc make_pair(const char *directory, const char *base, bool signing,
                         struct error *error) {
    char secret_name[64];
    char public_name[64];
    unsigned char secret[64];
    unsigned char public_key[32];
    snprintf(secret_name, sizeof secret_name, "%s.secret", base);
    snprintf(public_name, sizeof public_name, "%s.public", base);
    if (exists(directory, secret_name)) {
        return RC_OK;
    }
    if (signing) {
        crypto_sign_keypair(public_key, secret);
    } else {
        crypto_box_keypair(public_key, secret);
    }
    enum rc rc = write_hex(directory, public_name, public_key, 32, 0644, error);
    rc = rc == RC_OK ? write_hex(directory, secret_name, secret, signing ? 64 : 32, 0600, error)
                     : rc;
    if (rc == RC_OK && strcmp(base, "staff") == 0) {
        json_t *set = jwt_jwks(public_key, KEY_ID);
        char *text = json_text(set, JSON_INDENT(2));
        rc = text == NULL ? error_set(error, RC_INTERNAL, "out of memory for the key set")
                          : write_file(directory, "jwks.json", text, 0644, error);
        free(text);
        json_decref(set);
    }
    seal_wipe(secret, sizeof secret);
    return rc;
}

static enum rc make_random(const char *directory, const char *name, struct error *error) {
    unsigned char bytes[32];
    if (exists(directory, name)) {
        return RC_OK;
    }
    randombytes_buf(bytes, sizeof bytes);
    return write_hex(directory, name, bytes, sizeof bytes, 0600, error);
}

int keys_init(const struct arguments *arguments) {
    static const struct {
        const char *base;
        bool signing;
    } pairs[] = {{"bureau", false},
                 {"notification", false},
                 {"receipt", true},
                 {"export", true},
                 {"staff", true}};
    static const char *const randoms[] = {"derive.secret", "service-token.secret", "webhook.secret",
                                          "satisfaction.secret"};
    const char *directory = argument(arguments, "directory", NULL, NULL);
    struct error error;
    enum rc rc = RC_OK;
    if (directory == NULL) {
        fprintf(stderr, "redressctl: --directory must be given\n");
        return EXIT_USAGE;
    }
    mkdir(directory, 0700);
    for (size_t i = 0; i < sizeof pairs / sizeof pairs[0] && rc == RC_OK; i++) {
        rc = make_pair(directory, pairs[i].base, pairs[i].signing, &error);
    }
    for (size_t i = 0; i < sizeof randoms / sizeof randoms[0] && rc == RC_OK; i++) {
        rc = make_random(directory, randoms[i], &error);
    }
    return rc == RC_OK ? EXIT_GOOD : fail(&error);
}

static json_t *text_list(char *const *texts, unsigned count) {
    json_t *list = json_array();
    for (unsigned i = 0; i < count; i++) {
        json_array_append_new(list, json_string(texts[i]));
    }
    return list;
}

char *mint_for(const struct arguments *arguments, const char *subject, struct error *error) {
    struct region *region = NULL;
    char *key = NULL;
    char *token = NULL;
    const char *hours = argument(arguments, "hours", NULL, "8");
    enum rc rc = region_load(
        &region, argument(arguments, "region", "REDRESS_REGION_DIRECTORY", "deploy/region/example"),
        error);
    const struct region_staff *person = rc == RC_OK ? region_staff(region, subject) : NULL;
    if (rc == RC_OK && person == NULL) {
        rc = error_field(error, "unknown", "subject", "staff.yaml has no \"%s\"", subject);
    }
    if (rc == RC_OK) {
        rc = read_text(
            argument(arguments, "key", "REDRESS_STAFF_KEY_FILE", "build/local/keys/staff.secret"),
            &key, error);
    }
    if (rc == RC_OK) {
        json_int_t now = clock_wall_ms() / 1000;
        json_int_t life = strtoll(hours, NULL, 10) * HOUR_S;
        json_t *claims = json_pack(
            "{s:s, s:s, s:s, s:s, s:I, s:I, s:I, s:o, s:o, s:o}", "sub", person->subject, "name",
            person->name, "iss",
            argument(arguments, "issuer", "REDRESS_STAFF_ISSUER", "redress-local"), "aud",
            argument(arguments, "audience", "REDRESS_STAFF_AUDIENCE", "redress"), "iat", now, "nbf",
            now, "exp", now + life, "roles", text_list(person->roles, person->role_count),
            "institutions", text_list(person->institutions, person->institution_count), "units",
            text_list(person->units, person->unit_count));
        rc = jwt_mint(key, KEY_ID, claims, &token, error);
        json_decref(claims);
    }
    if (key != NULL) {
        seal_wipe(key, strlen(key));
    }
    free(key);
    region_free(region);
    return rc == RC_OK ? token : NULL;
}

int token_mint(const struct arguments *arguments) {
    struct error error;
    const char *subject = argument(arguments, "subject", NULL, NULL);
    if (subject == NULL) {
        fprintf(stderr, "redressctl: --subject must be given\n");
        return EXIT_USAGE;
    }
    char *token = mint_for(arguments, subject, &error);
    if (token == NULL) {
        return fail(&error);
    }
    if (arguments->json) {
        print_json(json_pack("{s:s, s:s}", "subject", subject, "token", token));
    } else {
        printf("%s\n", token);
    }
    free(token);
    return EXIT_GOOD;
}

int region_check_command(const struct arguments *arguments) {
    struct region *region = NULL;
    struct error error;
    if (region_load(&region, arguments->positional[0], &error) != RC_OK) {
        return fail(&error);
    }
    json_t *counts =
        json_pack("{s:s, s:i, s:i, s:i, s:i, s:i, s:i, s:i}", "id", region->id, "version",
                  (int)region->version, "institutions", (int)region->institution_count,
                  "categories", (int)region->category_count, "policies", (int)region->policy_count,
                  "staff", (int)region->staff_count, "templates", (int)region->template_count,
                  "rules", (int)region->lexicon->rule_count);
    region_free(region);
    print_json(counts);
    return EXIT_GOOD;
}

int receipt_verify(const struct arguments *arguments) {
    struct error error;
    char *text = NULL;
    char *key = NULL;
    unsigned char public_key[32];
    const char *key_file =
        argument(arguments, "public-key", NULL, "build/local/keys/receipt.public");
    enum rc rc = read_text(arguments->positional[0], &text, &error);
    rc = rc == RC_OK ? read_text(key_file, &key, &error) : rc;
    rc = rc == RC_OK ? seal_key_read(key, key_file, public_key, sizeof public_key, &error) : rc;
    rc = rc == RC_OK ? receipt_check(text, public_key, &error) : rc;
    free(text);
    free(key);
    if (rc != RC_OK) {
        return fail(&error);
    }
    printf(arguments->json ? "{\"valid\": true}\n" : "the receipt is genuine\n");
    return EXIT_GOOD;
}
