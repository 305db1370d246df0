// SPDX-License-Identifier: Apache-2.0
// The stored facts of one case, bound for a bundle.
#include "export.h"
#include "query.h"

static enum rc too_large(struct error *error) {
    error_fill(error, RC_CONFLICT, "too-large", "", "the case is too large for one bundle");
    return RC_CONFLICT;
}

static enum rc add_rows(const PGresult *rows, json_t *bundle, struct error *error) {
    enum rc rc = RC_OK;
    size_t total = 0;
    for (int row = 0; row < PQntuples(rows) && rc == RC_OK; row++) {
        size_t hash_size = 0;
        size_t previous_size = 0;
        struct export_fact fact = {.sequence = (uint64_t)pg_get_number(rows, row, 0),
                                   .type = pg_get_text(rows, row, 1)};
        fact.payload = pg_get_bytes(rows, row, 2, &fact.size);
        fact.previous = pg_get_bytes(rows, row, 3, &previous_size);
        fact.hash = pg_get_bytes(rows, row, 4, &hash_size);
        total += fact.size;
        if (hash_size != 32 || previous_size != 32) {
            return error_set(error, RC_INTERNAL, "a stored hash is damaged");
        }
        rc = total > EXPORT_PAYLOAD ? too_large(error) : export_add(bundle, &fact, error);
    }
    return rc;
}

enum rc query_export(struct pg *pg, const struct export_head *head, json_t *bundle,
                     struct error *error) {
    struct pg_parameters parameters = {0};
    PGresult *rows = NULL;
    if (head->state->sequence > EXPORT_FACTS) {
        return too_large(error);
    }
    pg_add_uuid(&parameters, head->state->case_id);
    pg_add_int8(&parameters, (int64_t)head->state->sequence); // what came later is not in it
    enum rc rc = pg_run(pg,
                        "SELECT seq, type, payload, prev_hash, hash FROM ledger.case_events "
                        "WHERE case_id = $1 AND seq <= $2 ORDER BY seq",
                        &parameters, &rows, error);
    if (rc != RC_OK) {
        return rc;
    }
    rc = add_rows(rows, bundle, error);
    PQclear(rows);
    return rc == RC_OK ? query_withhold_unseen(pg, head->reader, bundle, error) : rc;
}
