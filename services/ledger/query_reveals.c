// SPDX-License-Identifier: Apache-2.0
// What the complainant is told of looks at their identity: when and by which role, no name.
#include "query.h"

static json_t *reveal_to_json(const PGresult *rows, int row) {
    struct fact fact;
    ProtobufCMessage *message = NULL;
    size_t size = 0;
    const void *bytes = pg_get_bytes(rows, row, 0, &size);
    if (fact_unpack(FACT_CASE_REVEALED, bytes, size, &fact, &message, NULL) != RC_OK) {
        return NULL;
    }
    const char *role = fact.body.revealed.role; // facts from before it was kept have none
    json_t *json =
        json_pack("{s:I, s:s}", "at_ms", (json_int_t)fact.body.revealed.meta->decided_at_ms, "role",
                  role[0] == '\0' ? "staff" : role);
    fact_release(message);
    return json;
}

enum rc query_reveals(struct pg *pg, const char *case_id, json_t **reveals, struct error *error) {
    struct pg_parameters parameters = {0};
    PGresult *rows = NULL;
    pg_add_uuid(&parameters, case_id);
    enum rc rc = pg_run(pg,
                        "SELECT payload FROM ledger.case_events WHERE case_id = $1 AND "
                        "type = 'redress.v1.CaseRevealed' ORDER BY seq",
                        &parameters, &rows, error);
    *reveals = json_array();
    for (int row = 0; rc == RC_OK && row < PQntuples(rows); row++) {
        json_array_append_new(*reveals, reveal_to_json(rows, row));
    }
    PQclear(rows);
    return rc;
}
