// SPDX-License-Identifier: Apache-2.0
// What the complainant is told of looks at their identity: when and by which role, no name.
#include "query.h"

static enum rc add_reveal(json_t *reveals, const PGresult *rows, int row, struct error *error) {
    struct fact fact;
    ProtobufCMessage *message = NULL;
    size_t size = 0;
    const void *bytes = pg_get_bytes(rows, row, 0, &size);
    enum rc rc = fact_unpack_or_none(FACT_CASE_REVEALED, bytes, size, &fact, &message, error);
    if (message == NULL) {
        return rc;
    }
    const char *role = fact.body.revealed.role; // facts from before it was kept have none
    json_array_append_new(reveals, json_pack("{s:I, s:s}", "at_ms",
                                             (json_int_t)fact.body.revealed.meta->decided_at_ms,
                                             "role", role[0] == '\0' ? "staff" : role));
    fact_release(message);
    return RC_OK;
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
        rc = add_reveal(*reveals, rows, row, error);
    }
    PQclear(rows);
    return rc;
}
