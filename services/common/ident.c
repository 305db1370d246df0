// SPDX-License-Identifier: Apache-2.0
// Derived identifiers: the same cause always gives the same one.
#include "common/ident.h"

#include <ctype.h>
#include <sodium.h>
#include <string.h>

#define CODE_CHARACTERS 12
#define PIN_DIGITS 16

static const char crockford[] = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";

// Version 8 and the RFC 9562 variant over the first 16 bytes of a hash.
static void uuid_from_hash(const unsigned char hash[SEAL_HASH_SIZE], char uuid[IDENT_UUID_SIZE]) {
    unsigned char bytes[16];
    memcpy(bytes, hash, sizeof bytes);
    bytes[6] = (unsigned char)((bytes[6] & 0x0f) | 0x80);
    bytes[8] = (unsigned char)((bytes[8] & 0x3f) | 0x80);
    char hex[33];
    seal_hex(bytes, sizeof bytes, hex);
    static const size_t groups[] = {8, 4, 4, 4, 12};
    const char *from = hex;
    for (size_t i = 0; i < 5; i++) {
        memcpy(uuid, from, groups[i]);
        uuid += groups[i];
        from += groups[i];
        *uuid++ = i < 4 ? '-' : '\0';
    }
}

void ident_case_id(const unsigned char key[SEAL_KEY_SIZE], const char *tenant, const char *source,
                   const char *sender_key, char uuid[IDENT_UUID_SIZE]) {
    unsigned char hash[SEAL_HASH_SIZE];
    seal_keyed_hash(key, "redress-case-id-v1",
                    (const char *const[]){tenant, source, sender_key, NULL}, hash);
    uuid_from_hash(hash, uuid);
}

void ident_uuid_from(const char *const *parts, char uuid[IDENT_UUID_SIZE]) {
    crypto_hash_sha256_state state;
    unsigned char hash[SEAL_HASH_SIZE];
    crypto_hash_sha256_init(&state);
    for (; *parts != NULL; parts++) {
        crypto_hash_sha256_update(&state, (const unsigned char *)*parts, strlen(*parts) + 1);
    }
    crypto_hash_sha256_final(&state, hash);
    uuid_from_hash(hash, uuid);
}

// Weights 1, 3, 5 … are odd, hence invertible modulo 32: any one wrong character is found, and so
// is every swap of neighbours but those 16 apart.
static char check_character(const char *code) {
    unsigned sum = 0;
    for (unsigned i = 0; i < CODE_CHARACTERS; i++) {
        const char *at = strchr(crockford, code[i]);
        sum += (unsigned)(at - crockford) * (2 * i + 1);
    }
    return crockford[sum % 32];
}

void ident_tracking_code(const unsigned char key[SEAL_KEY_SIZE], const char *case_id,
                         char code[IDENT_TRACKING_SIZE]) {
    unsigned char hash[SEAL_HASH_SIZE];
    seal_keyed_hash(key, "redress-tracking-code-v1", (const char *const[]){case_id, NULL}, hash);
    for (size_t i = 0; i < CODE_CHARACTERS; i++) {
        code[i] = crockford[hash[i] & 31];
    }
    code[CODE_CHARACTERS] = check_character(code);
    code[CODE_CHARACTERS + 1] = '\0';
}

enum rc ident_tracking_read(const char *text, char code[IDENT_TRACKING_SIZE], struct error *error) {
    size_t count = 0;
    for (; *text != '\0'; text++) {
        if (*text == '-' || *text == ' ') {
            continue;
        }
        int upper = toupper((unsigned char)*text);
        upper = upper == 'O' ? '0' : upper == 'I' || upper == 'L' ? '1' : upper;
        if (count > CODE_CHARACTERS || strchr(crockford, upper) == NULL) {
            return error_field(error, "bad-tracking-code", "tracking_code",
                               "a tracking code has 13 letters and digits");
        }
        code[count++] = (char)upper;
    }
    code[count] = '\0';
    if (count != CODE_CHARACTERS + 1) {
        return error_field(error, "bad-tracking-code", "tracking_code",
                           "a tracking code has 13 letters and digits");
    }
    if (check_character(code) != code[CODE_CHARACTERS]) {
        return error_field(error, "bad-check-digit", "tracking_code",
                           "the tracking code is mistyped: its check character does not fit");
    }
    return RC_OK;
}

void ident_pin(const unsigned char key[SEAL_KEY_SIZE], const char *tracking_code,
               char pin[IDENT_PIN_SIZE]) {
    unsigned char hash[SEAL_HASH_SIZE];
    seal_keyed_hash(key, "redress-pin-v2", (const char *const[]){tracking_code, NULL}, hash);
    // Two bytes a digit: the bias of 65,536 modulo 10 is below one in ten thousand.
    for (size_t i = 0; i < PIN_DIGITS; i++) {
        pin[i] = (char)('0' + (hash[2 * i] * 256 + hash[2 * i + 1]) % 10);
    }
    pin[PIN_DIGITS] = '\0';
}

bool ident_pin_equal(const char *given, const char pin[IDENT_PIN_SIZE]) {
    char padded[IDENT_PIN_SIZE] = {0};
    size_t length = given == NULL ? 0 : strnlen(given, IDENT_PIN_SIZE);
    memcpy(padded, given == NULL ? "" : given, length < PIN_DIGITS ? length : PIN_DIGITS);
    return sodium_memcmp(padded, pin, PIN_DIGITS) == 0 && length == PIN_DIGITS;
}

bool ident_is_uuid(const char *text) {
    for (size_t i = 0; i < 36; i++) {
        bool dash = i == 8 || i == 13 || i == 18 || i == 23;
        bool hex = (text[i] >= '0' && text[i] <= '9') || (text[i] >= 'a' && text[i] <= 'f');
        if (dash ? text[i] != '-' : !hex) {
            return false;
        }
    }
    return text[36] == '\0';
}
