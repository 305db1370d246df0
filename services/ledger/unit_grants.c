// SPDX-License-Identifier: Apache-2.0
#include "unit_grants.h"

#include "common/clock.h"
#include "common/role.h"

#include <string.h>

#define COLUMNS "grant_id, subject, roles, unit, until, reason, granted_by, granted_at"

static json_t *grant_to_json(const PGresult *rows, int row) {
    char grant_id[37];
    char until[CLOCK_TEXT_SIZE];
    char granted_at[CLOCK_TEXT_SIZE];
    pg_get_uuid(rows, row, 0, grant_id);
    clock_format(pg_get_time(rows, row, 4), until);
    clock_format(pg_get_time(rows, row, 7), granted_at);
    return json_pack("{s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:s}", "grant_id", grant_id, "staff",
                     pg_get_text(rows, row, 1), "role", pg_get_text(rows, row, 2), "unit",
                     pg_get_text(rows, row, 3), "until", until, "reason", pg_get_text(rows, row, 5),
                     "granted_by", pg_get_text(rows, row, 6), "granted_at", granted_at);
}

static bool says_the_same(const PGresult *rows, const struct unit_grant *grant) {
    return strcmp(pg_get_text(rows, 0, 1), grant->subject) == 0 &&
           strcmp(pg_get_text(rows, 0, 2), grant->role) == 0 &&
           strcmp(pg_get_text(rows, 0, 5), grant->reason) == 0 &&
           pg_get_time(rows, 0, 4) == grant->until_ms;
}

static enum rc insert(struct pg *pg, const struct unit_grant *grant, struct error *error) {
    struct pg_parameters parameters = {0};
    pg_add_uuid(&parameters, grant->grant_id);
    pg_add_text(&parameters, grant->subject);
    pg_add_text(&parameters, grant->role);
    pg_add_text(&parameters, grant->unit);
    pg_add_time(&parameters, grant->until_ms);
    pg_add_text(&parameters, grant->reason);
    pg_add_text(&parameters, grant->granted_by);
    pg_add_time(&parameters, grant->granted_at_ms);
    return pg_run(pg,
                  "INSERT INTO ledger.grants (" COLUMNS ") VALUES "
                  "($1, $2, $3, $4, $5, $6, $7, $8) ON CONFLICT (grant_id) DO NOTHING",
                  &parameters, NULL, error);
}

enum rc unit_grants_add(struct pg *pg, const struct unit_grant *grant, json_t **shown,
                        struct error *error) {
    struct pg_parameters parameters = {0};
    PGresult *rows = NULL;
    *shown = NULL;
    enum rc rc = insert(pg, grant, error);
    if (rc != RC_OK) {
        return rc;
    }
    pg_add_uuid(&parameters, grant->grant_id);
    rc = pg_run(pg, "SELECT " COLUMNS " FROM ledger.grants WHERE grant_id = $1", &parameters, &rows,
                error);
    if (rc == RC_OK && (PQntuples(rows) != 1 || !says_the_same(rows, grant))) {
        rc = error_field(error, "idempotency-key-reused", "Idempotency-Key",
                         "the key was used for another grant");
    }
    if (rc == RC_OK) {
        *shown = grant_to_json(rows, 0);
    }
    PQclear(rows);
    return rc;
}

enum rc unit_grants_list(struct pg *pg, const char *unit, int64_t now_ms, json_t **page,
                         struct error *error) {
    struct pg_parameters parameters = {0};
    PGresult *rows = NULL;
    *page = NULL;
    pg_add_text(&parameters, unit);
    pg_add_time(&parameters, now_ms);
    pg_add_int8(&parameters, UNIT_GRANTS_LISTED);
    enum rc rc = pg_run(pg,
                        "SELECT " COLUMNS " FROM ledger.grants WHERE unit = $1 AND until > $2 "
                        "ORDER BY until, grant_id LIMIT $3",
                        &parameters, &rows, error);
    if (rc != RC_OK) {
        return rc;
    }
    json_t *items = json_array();
    for (int row = 0; row < PQntuples(rows); row++) {
        json_array_append_new(items, grant_to_json(rows, row));
    }
    PQclear(rows);
    *page = json_pack("{s:o}", "items", items);
    return RC_OK;
}

enum rc unit_grants_handled(struct pg *pg, const char *unit, int64_t now_ms, bool *handled,
                            struct error *error) {
    struct pg_parameters parameters = {0};
    PGresult *rows = NULL;
    *handled = false;
    pg_add_text(&parameters, unit);
    pg_add_time(&parameters, now_ms);
    pg_add_int8(&parameters, UNIT_GRANTS_LISTED);
    enum rc rc =
        pg_run(pg, "SELECT roles FROM ledger.grants WHERE unit = $1 AND until > $2 LIMIT $3",
               &parameters, &rows, error);
    for (int row = 0; rc == RC_OK && row < PQntuples(rows) && !*handled; row++) {
        *handled = (role_read_names(pg_get_text(rows, row, 0)) & ROLE_HANDLER) != 0;
    }
    PQclear(rows);
    return rc;
}
