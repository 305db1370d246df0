// SPDX-License-Identifier: Apache-2.0
// Claims that are not understood give nothing; a token without roles or scope is no token.
#include "access.h"

#include "permission.h"

#include "common/clock.h"

#include <stdio.h>
#include <string.h>

static unsigned read_roles(const json_t *list) {
    unsigned bits = 0;
    size_t index;
    json_t *entry;
    json_array_foreach(list, index, entry) {
        bits |= json_is_string(entry) ? permission_role_read(json_string_value(entry)) : 0;
    }
    return bits;
}

static void read_units(struct access *access, const json_t *list) {
    size_t index;
    json_t *entry;
    json_array_foreach(list, index, entry) {
        if (json_is_string(entry) && access->actor.unit_count < ACCESS_UNITS) {
            access->units[access->actor.unit_count++] = json_string_value(entry);
        }
    }
}

enum rc access_read(struct access *access, const struct http_request *request,
                    struct jwt_keys *keys, const struct region *region, struct error *error) {
    memset(access, 0, sizeof *access);
    enum rc rc = jwt_verify(keys, http_header(request, "Authorization"), clock_wall_ms(),
                            &access->claims, error);
    if (rc != RC_OK) {
        return rc;
    }
    access->actor.subject = json_string_value(json_object_get(access->claims, "sub"));
    access->actor.roles = read_roles(json_object_get(access->claims, "roles"));
    access->actor.units = access->units;
    read_units(access, json_object_get(access->claims, "units"));
    scope_read(access->claims, region, access->tenants);
    if (access->actor.roles == 0 || access->tenants[0] == '\0') {
        access_free(access);
        rc = error_set(error, RC_FORBIDDEN, "the bearer token is missing or not valid");
        snprintf(error->code, sizeof error->code, "unauthorized");
    }
    return rc;
}

void access_free(struct access *access) {
    json_decref(access->claims);
    access->claims = NULL;
}
