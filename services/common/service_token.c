// SPDX-License-Identifier: Apache-2.0
// Digests have one length, so that the comparison tells nothing about the token's.
#include "common/service_token.h"

#include "common/seal.h"

#include <sodium.h>
#include <stdio.h>
#include <string.h>

bool service_token_fits(struct http_request *request, const char *token, struct error *error) {
    static const char scheme[] = "Bearer ";
    const char *given = http_header(request, "Authorization");
    unsigned char left[SEAL_HASH_SIZE] = {0};
    unsigned char right[SEAL_HASH_SIZE];
    bool bearer = given != NULL && strncmp(given, scheme, sizeof scheme - 1) == 0;
    if (bearer) {
        seal_sha256(given + sizeof scheme - 1, strlen(given) - (sizeof scheme - 1), left);
    }
    seal_sha256(token, strlen(token), right);
    if (bearer && sodium_memcmp(left, right, sizeof left) == 0) {
        return true;
    }
    error_set(error, RC_FORBIDDEN, "the service token is missing or wrong");
    snprintf(error->code, sizeof error->code, "unauthorized");
    return false;
}
