// SPDX-License-Identifier: Apache-2.0
// The signed text is built in one place, for signing and for checking.
#include "common/receipt.h"

#include "common/clock.h"
#include "common/json.h"

#include <inttypes.h>
#include <sodium.h>
#include <stdio.h>
#include <string.h>

#define TEXT_SIZE 512

static size_t signed_text(const struct receipt *receipt, char text[TEXT_SIZE]) {
    char digest[65];
    seal_hex(receipt->content_sha256, sizeof receipt->content_sha256, digest);
    return (size_t)snprintf(text, TEXT_SIZE,
                            "redress-receipt-v1\n%s\n%s\n%s\n%" PRId64 "\n%" PRId64 "\n%s\n",
                            receipt->case_id, receipt->tracking_code, receipt->pin,
                            receipt->received_at_ms, receipt->promised_at_ms, digest);
}

json_t *receipt_to_json(const struct receipt *receipt, const unsigned char secret_key[64]) {
    char text[TEXT_SIZE];
    char digest[65];
    char received[CLOCK_TEXT_SIZE];
    char promised[CLOCK_TEXT_SIZE];
    char hex[2 * SEAL_SIGNATURE_SIZE + 1];
    unsigned char signature[SEAL_SIGNATURE_SIZE];
    seal_sign(secret_key, text, signed_text(receipt, text), signature);
    seal_hex(signature, sizeof signature, hex);
    seal_hex(receipt->content_sha256, sizeof receipt->content_sha256, digest);
    clock_format(receipt->received_at_ms, received);
    clock_format(receipt->promised_at_ms, promised);
    seal_wipe(text, sizeof text);
    return json_pack("{s:s, s:s, s:s, s:s, s:s, s:s, s:s}", "case_id", receipt->case_id,
                     "tracking_code", receipt->tracking_code, "pin", receipt->pin, "received_at",
                     received, "promised_at", promised, "content_sha256", digest, "signature", hex);
}

struct fields {
    const char *case_id, *tracking_code, *pin, *received_at, *promised_at, *content_sha256,
        *signature;
};

#define FIELD(member, least, most)                                                                 \
    JSON_FIELD(JSON_FIELD_TEXT, struct fields, member, #member, true, least, most)

static enum rc read_fields(const struct fields *fields, struct receipt *receipt,
                           unsigned char signature[SEAL_SIGNATURE_SIZE], struct error *error) {
    snprintf(receipt->case_id, sizeof receipt->case_id, "%s", fields->case_id);
    snprintf(receipt->tracking_code, sizeof receipt->tracking_code, "%s", fields->tracking_code);
    snprintf(receipt->pin, sizeof receipt->pin, "%s", fields->pin);
    enum rc rc = clock_parse(fields->received_at, &receipt->received_at_ms, error);
    rc = rc == RC_OK ? clock_parse(fields->promised_at, &receipt->promised_at_ms, error) : rc;
    rc = rc == RC_OK ? seal_key_read(fields->content_sha256, "content_sha256",
                                     receipt->content_sha256, SEAL_HASH_SIZE, error)
                     : rc;
    return rc == RC_OK ? seal_key_read(fields->signature, "signature", signature,
                                       SEAL_SIGNATURE_SIZE, error)
                       : rc;
}

enum rc receipt_check(const char *text, const unsigned char public_key[32], struct error *error) {
    static const struct json_field table[] = {
        FIELD(case_id, 36, 36),     FIELD(tracking_code, 13, 13), FIELD(pin, 16, 16),
        FIELD(received_at, 20, 39), FIELD(promised_at, 20, 39),   FIELD(content_sha256, 64, 64),
        FIELD(signature, 128, 128),
    };
    struct fields fields = {0};
    struct receipt receipt;
    unsigned char signature[SEAL_SIGNATURE_SIZE];
    char signed_form[TEXT_SIZE];
    json_t *json = NULL;
    enum rc rc = json_read_object(text, strlen(text), &json, error);
    rc = rc == RC_OK ? json_bind(json, "", table, sizeof table / sizeof table[0], &fields, error)
                     : rc;
    rc = rc == RC_OK ? read_fields(&fields, &receipt, signature, error) : rc;
    if (rc == RC_OK) {
        rc = seal_verify(public_key, signed_form, signed_text(&receipt, signed_form), signature,
                         error);
    }
    json_decref(json);
    return rc;
}
