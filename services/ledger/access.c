// SPDX-License-Identifier: Apache-2.0
// Claims that are not understood give nothing; a token without roles or scope is no token.
#include "access.h"

#include "permission.h"

#include "common/clock.h"

#include <stdio.h>
#include <string.h>

static void read_units(struct access *access, const json_t *list) {
    size_t index;
    json_t *entry;
    json_array_foreach(list, index, entry) {
        if (json_is_string(entry) && access->actor.unit_count < ACCESS_UNITS) {
            access->units[access->actor.unit_count++] = json_string_value(entry);
        }
    }
}

static void add_view(struct access *access, const char *name) {
    size_t used = strlen(access->views);
    snprintf(access->views + used, sizeof access->views - used, "%s%s", used == 0 ? "" : ",", name);
}

// Roles that a grant may add read nothing that these don't, but for what is sealed: see
// access_add_reveal.
static void fill_views(struct access *access) {
    for (enum role_view view = 0; view < VIEW_COUNT; view++) {
        if (role_may_view(access->actor.roles, view)) {
            add_view(access, role_view_permission(view)->name);
        }
    }
    if ((access->actor.roles & permission_of(INPUT_REVEAL)->roles) != 0) {
        add_view(access, case_command_name(INPUT_REVEAL));
    }
}

enum rc access_read(struct access *access, const struct http_request *request,
                    struct jwt_keys *keys, struct region_book *regions, struct error *error) {
    memset(access, 0, sizeof *access);
    enum rc rc = jwt_verify(keys, http_header(request, "Authorization"), clock_wall_ms(),
                            &access->claims, error);
    if (rc != RC_OK) {
        return rc;
    }
    access->edition = region_book_hold(regions);
    const struct region *region = access->edition->region;
    access->actor.subject = json_string_value(json_object_get(access->claims, "sub"));
    access->actor.roles = role_read_claim(json_object_get(access->claims, "roles"));
    access->actor.units = access->units;
    read_units(access, json_object_get(access->claims, "units"));
    scope_read(access->claims, region, access->tenants);
    if (access->actor.roles == 0 || access->tenants[0] == '\0') {
        access_free(access);
        rc = error_set(error, RC_FORBIDDEN, "the bearer token is missing or not valid");
        snprintf(error->code, sizeof error->code, "unauthorized");
        return rc;
    }
    access->actor.tenants = access->tenants;
    access->actor.region = scope_is_region(access->tenants, region);
    access->actor.grants = access->grants;
    fill_views(access);
    return RC_OK;
}

void access_free(struct access *access) {
    json_decref(access->claims);
    access->claims = NULL;
    region_book_release(access->edition);
    access->edition = NULL;
}

int64_t access_until(const struct access *access) {
    return json_integer_value(json_object_get(access->claims, "exp")) * 1000;
}

void access_add_reveal(struct access *access) {
    if ((access->actor.roles & permission_of(INPUT_REVEAL)->roles) == 0) {
        add_view(access, case_command_name(INPUT_REVEAL));
    }
}

enum rc access_may_view(const struct access *access, enum role_view view, struct error *error) {
    if (role_may_view(access->actor.roles, view)) {
        return RC_OK;
    }
    error_set(error, RC_FORBIDDEN, "no role of this user may read this");
    snprintf(error->code, sizeof error->code, "role-not-allowed");
    return RC_FORBIDDEN;
}

struct scope_reader access_reader(const struct access *access) {
    return (struct scope_reader){access->tenants, access->actor.subject, access->views,
                                 role_sees_closed_only(access->actor.roles, VIEW_SHOW)};
}
