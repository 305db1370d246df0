// SPDX-License-Identifier: Apache-2.0
// A key set as its issuer publishes it; a set that was taken is then asked for a key.
#include "fuzz.h"

#include "common/jwt.h"

#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    static const char token[] =
        "Bearer eyJhbGciOiJFUzI1NiIsImtpZCI6ImtleS0xIn0.e30."
        "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";
    struct jwt_keys *keys = NULL;
    struct error error = {.text = ""};
    json_t *claims = NULL;
    enum rc rc = jwt_keys_load(&keys, fuzz_file(data, size), "i", "a", &error);
    FUZZ_CHECK(rc == RC_OK || (rc == RC_INVALID && error.text[0] != '\0'));
    if (rc == RC_OK) {
        FUZZ_CHECK(jwt_verify(keys, token, 0, &claims, &error) == RC_FORBIDDEN && claims == NULL);
    }
    jwt_keys_free(keys);
    return 0;
}
