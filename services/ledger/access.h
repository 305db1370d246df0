// SPDX-License-Identifier: Apache-2.0
// Who a staff user is and what they may see, from the claims of their token.
#pragma once

#include "case.h"

#include "common/http.h"
#include "common/jwt.h"
#include "common/region.h"
#include "common/scope.h"

#define ACCESS_UNITS 32

struct access {
    json_t *claims; // owns the texts; access_free
    struct case_actor actor;
    const char *units[ACCESS_UNITS];
    char tenants[SCOPE_SIZE]; // codes in scope, separated by commas; never empty
};

// RC_FORBIDDEN (answer 401) for a bad token or one without a role or scope.
MUST_CHECK enum rc access_read(struct access *access, const struct http_request *request,
                               struct jwt_keys *keys, const struct region *region,
                               struct error *error);
void access_free(struct access *access);
