// SPDX-License-Identifier: Apache-2.0
// Reads of several cases by id, within the scope that query_begin set: what this user can't see is
// not among the answers.
#include "query.h"

#include "case_json.h"

#include "common/ident.h"
#include "common/scope.h"
#include "common/seal.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static json_t *row_to_json(const PGresult *result, int row) {
    char case_id[37];
    pg_get_uuid(result, row, 0, case_id);
    return json_pack("{s:s, s:s, s:s, s:s, s:s, s:s, s:o}", "case_id", case_id, "institution",
                     pg_get_text(result, row, 1), "tracking_code", pg_get_text(result, row, 2),
                     "status", pg_get_text(result, row, 3), "category", pg_get_text(result, row, 4),
                     "unit", pg_get_text(result, row, 5), "received_at",
                     time_to_json(pg_get_time(result, row, 6)));
}

enum rc query_seen(struct pg *pg, const char *tenants, const char *const *case_ids, size_t count,
                   json_t **items, struct error *error) {
    struct pg_parameters parameters = {0};
    struct pg_array ids;
    PGresult *result = NULL;
    pg_array_begin(&ids, PG_UUID);
    for (size_t i = 0; i < count; i++) {
        pg_array_uuid(&ids, case_ids[i]);
    }
    pg_add_array(&parameters, &ids);
    enum rc rc = pg_run(pg,
                        "SELECT case_id, tenant, tracking_code, status, category, unit, "
                        "received_at FROM ledger.cases WHERE case_id = ANY($1::uuid[]) "
                        "ORDER BY received_at, case_id",
                        &parameters, &result, error);
    if (rc != RC_OK) {
        return rc;
    }
    *items = json_array();
    for (int row = 0; row < PQntuples(result); row++) {
        if (!SCOPE_FILTERED || scope_contains(tenants, pg_get_text(result, row, 1))) {
            json_array_append_new(*items, row_to_json(result, row));
        }
    }
    PQclear(result);
    return RC_OK;
}

static json_t *hashes_to_json(const Redress__V1__CaseRegistered *registered) {
    json_t *list = json_array();
    for (size_t i = 0; i < registered->n_contact_hashes; i++) {
        char hex[65];
        if (registered->contact_hashes[i].len == 32) {
            seal_hex(registered->contact_hashes[i].data, 32, hex);
            json_array_append_new(list, json_string(hex));
        }
    }
    return list;
}

static enum rc narrative_to_json(const PGresult *result, int row, json_t *items,
                                 struct error *error) {
    struct fact fact;
    ProtobufCMessage *message = NULL;
    char case_id[37];
    size_t size = 0;
    const void *bytes = pg_get_bytes(result, row, 5, &size);
    enum rc rc = fact_unpack(FACT_CASE_REGISTERED, bytes, size, &fact, &message, error);
    if (rc == RC_OK) {
        pg_get_uuid(result, row, 0, case_id);
        json_array_append_new(items, json_pack("{s:s, s:s, s:s, s:s, s:I, s:s, s:o}", "case_id",
                                               case_id, "institution", pg_get_text(result, row, 1),
                                               "category", pg_get_text(result, row, 2), "unit",
                                               pg_get_text(result, row, 3), "received_at_ms",
                                               (json_int_t)pg_get_time(result, row, 4), "narrative",
                                               fact.body.registered.narrative, "contact_hashes",
                                               hashes_to_json(&fact.body.registered)));
    }
    fact_release(message);
    return rc;
}

enum rc query_narratives(struct pg *pg, const char *after, int64_t limit, json_t **page,
                         struct error *error) {
    struct pg_parameters parameters = {0};
    PGresult *result = NULL;
    char *end = NULL;
    long long ms = after == NULL ? 0 : strtoll(after, &end, 10);
    if (after == NULL || end == after || *end != '_' || !ident_is_uuid(end + 1)) {
        return error_field(error, "bad-cursor", "after", "after is not a cursor of this list");
    }
    pg_add_time(&parameters, ms);
    pg_add_uuid(&parameters, end + 1);
    pg_add_int8(&parameters, limit);
    enum rc rc = pg_run(pg,
                        "SELECT c.case_id, c.tenant, c.category, c.unit, c.received_at, e.payload "
                        "FROM ledger.cases c JOIN ledger.case_events e ON e.case_id = c.case_id "
                        "AND e.seq = 1 WHERE (c.received_at, c.case_id) > ($1, $2) "
                        "ORDER BY c.received_at, c.case_id LIMIT $3",
                        &parameters, &result, error);
    if (rc != RC_OK) {
        return rc;
    }
    json_t *items = json_array();
    json_t *next = json_null();
    int rows = PQntuples(result);
    for (int row = 0; row < rows && rc == RC_OK; row++) {
        rc = narrative_to_json(result, row, items, error);
    }
    if (rows == limit) {
        char case_id[37];
        pg_get_uuid(result, rows - 1, 0, case_id);
        next = json_sprintf("%" PRId64 "_%s", pg_get_time(result, rows - 1, 4), case_id);
    }
    PQclear(result);
    *page = json_pack("{s:o, s:o}", "items", items, "next", next);
    if (rc != RC_OK) {
        json_decref(*page);
        *page = NULL;
    }
    return rc;
}
