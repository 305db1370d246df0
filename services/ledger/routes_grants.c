// SPDX-License-Identifier: Apache-2.0
// Grants on a unit's cases. Who may is the row of the command "grant" in permission.c.
#include "routes.h"
#include "routes_private.h"

#include "command_access.h"
#include "ledger.h"
#include "permission.h"
#include "staff_texts.h"
#include "unit_grants.h"

#include "access.h"

#include "common/clock.h"
#include "common/ident.h"
#include "common/json.h"

#include <string.h>

static enum rc refuse(struct error *error, enum rc rc, const char *code, const char *text) {
    error_fill(error, rc, code, "", "%s", text);
    return rc;
}

static enum rc may_grant(const struct case_actor *actor, struct error *error) {
    if ((actor->roles & permission_of(INPUT_GRANT)->roles) == 0) {
        return refuse(error, RC_FORBIDDEN, "role-not-allowed", "no role of this user may grant");
    }
    return actor->region ? RC_OK
                         : refuse(error, RC_FORBIDDEN, "not-your-region",
                                  "only who has the whole region may");
}

static enum rc read_unit(const struct ledger *ledger, const struct http_request *request,
                         const char **unit, struct error *error) {
    *unit = http_path_value(request, "unit");
    return region_department(region_book_now(ledger->regions), *unit, NULL) != NULL
               ? RC_OK
               : error_set(error, RC_NOT_FOUND, "there is no such unit");
}

// Who asks, and of which unit.
static enum rc begin(struct http_request *request, const struct ledger *ledger,
                     struct access *access, const char **unit, struct error *error) {
    enum rc rc =
        access_read(access, request, ledger->keys, region_book_now(ledger->regions), error);
    rc = rc == RC_OK ? may_grant(&access->actor, error) : rc;
    return rc == RC_OK ? read_unit(ledger, request, unit, error) : rc;
}

static enum rc read_grant(const struct ledger *ledger, const struct access *access, json_t *body,
                          struct unit_grant *grant, struct error *error) {
    struct form {
        const char *staff, *role, *until, *reason;
    } form = {0};
    static const struct json_field fields[] = {
        JSON_FIELD(JSON_FIELD_TEXT, struct form, staff, "staff", true, 1, 64),
        JSON_FIELD(JSON_FIELD_TEXT, struct form, role, "role", true, 1, 32),
        JSON_FIELD(JSON_FIELD_TEXT, struct form, until, "until", true, 20, 40),
        JSON_FIELD(JSON_FIELD_TEXT, struct form, reason, "reason", true, 1, 2000)};
    struct case_command term = {0};
    enum rc rc = staff_texts_redact(INPUT_GRANT, body, error);
    rc = rc == RC_OK ? json_bind(body, "", fields, sizeof fields / sizeof fields[0], &form, error)
                     : rc;
    if (rc == RC_OK && region_staff(region_book_now(ledger->regions), form.staff) == NULL) {
        rc = error_field(error, "unknown-code", "staff", "staff names nothing that exists");
    }
    if (rc == RC_OK && strcmp(form.staff, access->actor.subject) == 0) {
        rc = refuse(error, RC_CONFLICT, "own-grant", "nobody grants access to themselves");
    }
    rc = rc == RC_OK ? access_term_read(INPUT_GRANT, form.role, form.until, &term, error) : rc;
    grant->subject = form.staff;
    grant->role = form.role;
    grant->reason = form.reason;
    grant->until_ms = term.until_ms;
    return rc;
}

static enum rc add(struct ledger *ledger, const struct unit_grant *grant, json_t **shown,
                   struct error *error) {
    struct pg *pg = NULL;
    enum rc rc = pg_pool_take(ledger->pool, &pg, error);
    if (rc == RC_OK) {
        rc = unit_grants_add(pg, grant, shown, error);
        pg_pool_give(ledger->pool, pg);
    }
    return rc;
}

void routes_grant_unit(struct http_request *request, void *context) {
    struct ledger *ledger = context;
    struct access access;
    struct error error;
    struct unit_grant grant = {0};
    char grant_id[IDENT_UUID_SIZE];
    const char *key = NULL;
    json_t *body = NULL;
    json_t *shown = NULL;
    enum rc rc = begin(request, ledger, &access, &grant.unit, &error);
    rc = rc == RC_OK ? routes_read_key(request, &key, &error) : rc;
    rc = rc == RC_OK ? routes_read_body(request, &body, &error) : rc;
    rc = rc == RC_OK ? read_grant(ledger, &access, body, &grant, &error) : rc;
    if (rc == RC_OK) {
        ident_uuid_from(
            (const char *const[]){"unit-grant", access.actor.subject, grant.unit, key, NULL},
            grant_id);
        grant.grant_id = grant_id;
        grant.granted_by = access.actor.subject;
        grant.granted_at_ms = clock_wall_ms();
        rc = add(ledger, &grant, &shown, &error);
    }
    access_free(&access);
    json_decref(body);
    if (rc != RC_OK) {
        routes_problem(request, &error);
        return;
    }
    http_reply_json(request, 201, shown);
}

void routes_list_grants(struct http_request *request, void *context) {
    struct ledger *ledger = context;
    struct access access;
    struct error error;
    struct pg *pg = NULL;
    const char *unit = NULL;
    json_t *page = NULL;
    enum rc rc = begin(request, ledger, &access, &unit, &error);
    access_free(&access);
    rc = rc == RC_OK ? pg_pool_take(ledger->pool, &pg, &error) : rc;
    if (rc == RC_OK) {
        rc = unit_grants_list(pg, unit, clock_wall_ms(), &page, &error);
        pg_pool_give(ledger->pool, pg);
    }
    if (rc != RC_OK) {
        routes_problem(request, &error);
        return;
    }
    http_reply_json(request, 200, page);
}
