// SPDX-License-Identifier: Apache-2.0
// What a person types: a tracking code and a PIN, one a line; the code's line is a UUID at times.
#include "fuzz.h"

#include "common/ident.h"

#include <string.h>

static const unsigned char key[SEAL_KEY_SIZE] = "a key that is known to everybody";

// A code that was read is its own normal form.
static void check_code(const char *text) {
    char code[IDENT_TRACKING_SIZE];
    char again[IDENT_TRACKING_SIZE];
    struct error error = {.text = ""};
    if (ident_tracking_read(text, code, &error) == RC_OK) {
        FUZZ_CHECK(strlen(code) == IDENT_TRACKING_SIZE - 1);
        FUZZ_CHECK(ident_tracking_read(code, again, &error) == RC_OK);
        FUZZ_CHECK(strcmp(code, again) == 0);
    } else {
        FUZZ_CHECK(error.rc == RC_INVALID && error.text[0] != '\0');
    }
}

// Any text is a cause; what derives from it can be read again.
static void check_derived(const char *text, const char *given) {
    char uuid[IDENT_UUID_SIZE];
    char code[IDENT_TRACKING_SIZE];
    char read[IDENT_TRACKING_SIZE];
    char pin[IDENT_PIN_SIZE];
    struct error error;
    ident_uuid_from((const char *const[]){text, given, NULL}, uuid);
    FUZZ_CHECK(ident_is_uuid(uuid));
    ident_case_id(key, text, "web", given, uuid);
    FUZZ_CHECK(ident_is_uuid(uuid));
    ident_tracking_code(key, uuid, code);
    FUZZ_CHECK(ident_tracking_read(code, read, &error) == RC_OK && strcmp(code, read) == 0);
    ident_pin(key, uuid, pin);
    FUZZ_CHECK(ident_pin_equal(pin, pin));
    FUZZ_CHECK(ident_pin_equal(given, pin) == (strcmp(given, pin) == 0));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    struct fuzz_input input = {data, size};
    char *text = fuzz_line(&input);
    char *given = fuzz_line(&input);
    check_code(text);
    check_derived(text, given);
    if (ident_is_uuid(text)) {
        FUZZ_CHECK(strlen(text) == IDENT_UUID_SIZE - 1);
    }
    free(text);
    free(given);
    return 0;
}
