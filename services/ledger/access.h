// SPDX-License-Identifier: Apache-2.0
// Who a staff user is and what they may see, from the claims of their token.
#pragma once

#include "case.h"

#include "common/http.h"
#include "common/jwt.h"
#include "common/region_book.h"
#include "common/scope.h"

#define ACCESS_UNITS 32
#define ACCESS_GRANTS 128
#define ACCESS_VIEWS_SIZE 128

struct access {
    const struct region_edition *edition; // held for the request; access_free
    json_t *claims;                       // owns the texts; access_free
    struct case_actor actor;
    const char *units[ACCESS_UNITS];
    struct case_grant grants[ACCESS_GRANTS]; // in force; query_begin fills them
    char tenants[SCOPE_SIZE];                // codes in scope, separated by commas; never empty
    char views[ACCESS_VIEWS_SIZE];           // what row-level security lets the user read
};

// RC_FORBIDDEN (answer 401) for a bad token or one without a role or scope.
MUST_CHECK enum rc access_read(struct access *access, const struct http_request *request,
                               struct jwt_keys *keys, struct region_book *regions,
                               struct error *error);
void access_free(struct access *access);

// When its token ends.
int64_t access_until(const struct access *access);
// Row-level security lets through what is sealed: of a reveal that has been decided, which a grant
// may have permitted.
void access_add_reveal(struct access *access);
// RC_FORBIDDEN, "role-not-allowed", where no role of the user may read this.
MUST_CHECK enum rc access_may_view(const struct access *access, enum role_view view,
                                   struct error *error);
// The same for row-level security. Borrows from access.
struct scope_reader access_reader(const struct access *access);
