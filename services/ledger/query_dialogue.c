// SPDX-License-Identifier: Apache-2.0
// What a complainant may read by tracking code and PIN.
#include "query.h"

#include "case_json.h"
#include "dialogue_item.h"

#include <inttypes.h>
#include <string.h>

static json_t *item_of(const PGresult *result, int at, const char *language) {
    struct fact fact;
    ProtobufCMessage *message = NULL;
    size_t size = 0;
    enum fact_kind kind = fact_kind_of(pg_get_text(result, at, 1));
    const void *bytes = pg_get_bytes(result, at, 2, &size);
    if (fact_unpack(kind, bytes, size, &fact, &message, NULL) != RC_OK) {
        return NULL;
    }
    json_t *item = dialogue_item(kind, message, language);
    if (item != NULL) {
        json_object_set_new(item, "sequence", json_integer(pg_get_number(result, at, 0)));
        json_object_set_new(item, "at", time_to_json(pg_get_time(result, at, 3)));
    }
    fact_release(message);
    return item;
}

static void add_types(struct pg_parameters *parameters) {
    struct pg_array types;
    enum fact_kind kind;
    pg_array_begin(&types, PG_TEXT);
    for (size_t i = 0; dialogue_item_kind(i, &kind); i++) {
        pg_array_text(&types, fact_type(kind));
    }
    pg_add_array(parameters, &types);
}

enum rc query_dialogue(struct pg *pg, const struct case_state *state, int64_t after, int64_t limit,
                       json_t **page, struct error *error) {
    struct pg_parameters parameters = {0};
    PGresult *result = NULL;
    pg_add_uuid(&parameters, state->case_id);
    pg_add_int8(&parameters, after);
    pg_add_int8(&parameters, limit + 1);
    add_types(&parameters);
    enum rc rc = pg_run(pg,
                        "SELECT seq, type, payload, decided_at FROM ledger.case_events "
                        "WHERE case_id = $1 AND seq > $2 AND type = ANY($4::text[]) "
                        "ORDER BY seq LIMIT $3",
                        &parameters, &result, error);
    if (rc != RC_OK) {
        return rc;
    }
    json_t *items = json_array();
    int count = PQntuples(result);
    for (int at = 0; at < count && at < limit; at++) {
        json_t *item = item_of(result, at, state->language);
        if (item != NULL) {
            json_array_append_new(items, item);
        }
    }
    json_t *next = count > limit
                       ? json_sprintf("%" PRId64, pg_get_number(result, (int)limit - 1, 0))
                       : json_null();
    PQclear(result);
    *page = json_pack("{s:o, s:o}", "items", items, "next", next);
    return RC_OK;
}

static bool offers(const PGresult *result, int row, const char *sha256,
                   ProtobufCMessage **message) {
    struct fact fact;
    size_t size = 0;
    const void *bytes = pg_get_bytes(result, row, 0, &size);
    if (fact_unpack(FACT_EVIDENCE_OFFERED, bytes, size, &fact, message, NULL) != RC_OK) {
        return false;
    }
    bool same = strcmp(fact.body.evidence_offered.sha256, sha256) == 0;
    if (!same) {
        fact_release(*message);
        *message = NULL;
    }
    return same;
}

enum rc query_offer(struct pg *pg, const char *case_id, const char *sha256,
                    ProtobufCMessage **message, struct error *error) {
    struct pg_parameters parameters = {0};
    PGresult *result = NULL;
    *message = NULL;
    pg_add_uuid(&parameters, case_id);
    enum rc rc = pg_run(pg,
                        "SELECT payload FROM ledger.case_events WHERE case_id = $1 AND "
                        "type = 'redress.v1.EvidenceOffered' ORDER BY seq DESC",
                        &parameters, &result, error);
    bool found = false;
    for (int row = 0; rc == RC_OK && row < PQntuples(result) && !found; row++) {
        found = offers(result, row, sha256, message);
    }
    PQclear(result);
    return rc;
}
