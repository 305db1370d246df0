// SPDX-License-Identifier: Apache-2.0
// 48 bytes: the case id (16), the closure and the expiry in seconds (4 each, big-endian), and 24 of
// the HMAC-SHA-256 over them.
#include "common/satisfaction.h"

#include <sodium.h>
#include <stdio.h>
#include <string.h>

#define ID_SIZE 16
#define NUMBER_SIZE 4
#define SAID_SIZE (ID_SIZE + 2 * NUMBER_SIZE)
#define MAC_SIZE 24
// libsodium reads some bytes beyond ASCII as letters: a link would have several spellings.
#define LETTERS "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
#define TOKEN_BYTES (SAID_SIZE + MAC_SIZE)
#define VARIANT sodium_base64_VARIANT_URLSAFE_NO_PADDING

static void put_number(uint32_t number, unsigned char *bytes) {
    for (int i = 0; i < NUMBER_SIZE; i++) {
        bytes[i] = (unsigned char)(number >> (8 * (NUMBER_SIZE - 1 - i)));
    }
}

static uint32_t get_number(const unsigned char *bytes) {
    uint32_t number = 0;
    for (int i = 0; i < NUMBER_SIZE; i++) {
        number = number << 8 | bytes[i];
    }
    return number;
}

static void make_mac(const unsigned char key[SEAL_KEY_SIZE], const unsigned char said[SAID_SIZE],
                     unsigned char mac[SEAL_HASH_SIZE]) {
    char hex[2 * SAID_SIZE + 1];
    seal_hex(said, SAID_SIZE, hex);
    seal_keyed_hash(key, "redress-satisfaction-v1", (const char *const[]){hex, NULL}, mac);
}

static void write_uuid(const unsigned char id[ID_SIZE], char text[IDENT_UUID_SIZE]) {
    char hex[2 * ID_SIZE + 1];
    seal_hex(id, ID_SIZE, hex);
    snprintf(text, IDENT_UUID_SIZE, "%.8s-%.4s-%.4s-%.4s-%.12s", hex, hex + 8, hex + 12, hex + 16,
             hex + 20);
}

void satisfaction_write(const unsigned char key[SEAL_KEY_SIZE], const struct satisfaction *what,
                        char token[SATISFACTION_TOKEN_SIZE]) {
    unsigned char bytes[TOKEN_BYTES] = {0};
    unsigned char mac[SEAL_HASH_SIZE];
    size_t size = 0;
    (void)sodium_hex2bin(bytes, ID_SIZE, what->case_id, strlen(what->case_id), "-", &size, NULL);
    put_number(what->closure, bytes + ID_SIZE);
    put_number((uint32_t)(what->expires_at_ms / 1000), bytes + ID_SIZE + NUMBER_SIZE);
    make_mac(key, bytes, mac);
    memcpy(bytes + SAID_SIZE, mac, MAC_SIZE);
    sodium_bin2base64(token, SATISFACTION_TOKEN_SIZE, bytes, sizeof bytes, VARIANT);
}

enum rc satisfaction_read(const unsigned char key[SEAL_KEY_SIZE], const char *token, int64_t now_ms,
                          struct satisfaction *what, struct error *error) {
    unsigned char bytes[TOKEN_BYTES];
    unsigned char mac[SEAL_HASH_SIZE];
    size_t size = 0;
    if (strspn(token, LETTERS) != SATISFACTION_TOKEN_SIZE - 1 ||
        token[SATISFACTION_TOKEN_SIZE - 1] != '\0' ||
        sodium_base642bin(bytes, sizeof bytes, token, SATISFACTION_TOKEN_SIZE - 1, NULL, &size,
                          NULL, VARIANT) != 0 ||
        size != sizeof bytes) {
        return error_set(error, RC_NOT_FOUND, "there is no such link");
    }
    make_mac(key, bytes, mac);
    if (sodium_memcmp(mac, bytes + SAID_SIZE, MAC_SIZE) != 0) {
        return error_set(error, RC_NOT_FOUND, "there is no such link");
    }
    write_uuid(bytes, what->case_id);
    what->closure = get_number(bytes + ID_SIZE);
    what->expires_at_ms = (int64_t)get_number(bytes + ID_SIZE + NUMBER_SIZE) * 1000;
    if (now_ms < what->expires_at_ms) {
        return RC_OK;
    }
    error_set(error, RC_CONFLICT, "the link has expired");
    snprintf(error->code, sizeof error->code, "link-expired");
    return RC_CONFLICT;
}
