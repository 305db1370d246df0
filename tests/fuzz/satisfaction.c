// SPDX-License-Identifier: Apache-2.0
// The token of a one-time link: whatever its text, only what the key made is read, and what was
// read is written again as it came.
#include "fuzz.h"

#include "common/satisfaction.h"

#include <string.h>

#define NOW INT64_C(1770000000000)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    static const unsigned char key[SEAL_KEY_SIZE] = {7};
    struct satisfaction what;
    struct error error = {.text = ""};
    char again[SATISFACTION_TOKEN_SIZE];
    char *text = malloc(size + 1);
    FUZZ_CHECK(text != NULL && seal_init(&error) == RC_OK);
    memcpy(text, data, size);
    text[size] = '\0';
    enum rc rc = satisfaction_read(key, text, NOW, &what, &error);
    if (rc == RC_OK || rc == RC_CONFLICT) {
        satisfaction_write(key, &what, again);
        FUZZ_CHECK(strcmp(again, text) == 0 && ident_is_uuid(what.case_id));
        FUZZ_CHECK((rc == RC_OK) == (what.expires_at_ms > NOW));
    } else {
        FUZZ_CHECK(rc == RC_NOT_FOUND && error.text[0] != '\0');
    }
    free(text);
    return 0;
}
