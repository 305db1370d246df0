// SPDX-License-Identifier: Apache-2.0
// What a complainant may read by tracking code and PIN: one row a fact, with the fields that are
// shown of it under their names.
#include "query.h"

#include "case_json.h"

#include <inttypes.h>
#include <string.h>

#define COUNT(list) (sizeof(list) / sizeof(list)[0])
#define SHOWN 4

static const struct row {
    enum fact_kind fact;
    const char *kind;
    struct {
        const char *name; // in the answer
        const char *field;
    } shown[SHOWN];
} rows[] = {
    {FACT_MESSAGE_RECEIVED, "received", {{"text", "text"}}},
    {FACT_MESSAGE_SENT, "sent", {{"text", "text"}}},
    {FACT_PROGRESS_TOLD, "progress", {{"text", "text"}}},
    {FACT_EVIDENCE_OFFERED,
     "evidence",
     {{"text", "note"}, {"sha256", "sha256"}, {"media_type", "media_type"}, {"size", "size"}}},
    {FACT_CASE_ACCEPTED, "accepted", {{NULL, NULL}}},
    {FACT_CASE_NOT_ACCEPTED, "not-accepted", {{"text", "right_route"}, {"ground", "ground"}}},
    {FACT_CASE_REDIRECTED, "redirected", {{"text", "authority"}}},
    {FACT_CASE_REPLIED, "replied", {{"text", "reply"}}},
    {FACT_CASE_CLOSED, "closed", {{NULL, NULL}}},
    {FACT_REWORK_ORDERED, "rework", {{NULL, NULL}}},
    {FACT_CASE_REOPENED, "reopened", {{"text", "reason"}}},
    {FACT_REVIEW_DECIDED, "review-decided", {{"text", "findings"}, {"result", "result"}}},
    {FACT_CASE_WITHDRAWN, "withdrawn", {{"text", "reason"}}},
    {FACT_CASE_TERMINATED, "terminated", {{NULL, NULL}}}, // what was noted is for staff
};

static const struct row *row_of(enum fact_kind kind) {
    for (size_t i = 0; i < COUNT(rows); i++) {
        if (rows[i].fact == kind) {
            return &rows[i];
        }
    }
    return NULL;
}

static json_t *item_of(const PGresult *result, int at) {
    struct fact fact;
    ProtobufCMessage *message = NULL;
    size_t size = 0;
    enum fact_kind kind = fact_kind_of(pg_get_text(result, at, 1));
    const struct row *row = row_of(kind);
    const void *bytes = pg_get_bytes(result, at, 2, &size);
    if (row == NULL || fact_unpack(kind, bytes, size, &fact, &message, NULL) != RC_OK) {
        return NULL;
    }
    json_t *fields = message_to_json(message);
    json_t *item =
        json_pack("{s:I, s:o, s:s, s:s}", "sequence", (json_int_t)pg_get_number(result, at, 0),
                  "at", time_to_json(pg_get_time(result, at, 3)), "kind", row->kind, "text", "");
    for (size_t i = 0; i < SHOWN && row->shown[i].name != NULL; i++) {
        json_object_set(item, row->shown[i].name, json_object_get(fields, row->shown[i].field));
    }
    json_decref(fields);
    fact_release(message);
    return item;
}

static void add_types(struct pg_parameters *parameters) {
    struct pg_array types;
    pg_array_begin(&types, PG_TEXT);
    for (size_t i = 0; i < COUNT(rows); i++) {
        pg_array_text(&types, fact_type(rows[i].fact));
    }
    pg_add_array(parameters, &types);
}

enum rc query_dialogue(struct pg *pg, const char *case_id, int64_t after, int64_t limit,
                       json_t **page, struct error *error) {
    struct pg_parameters parameters = {0};
    PGresult *result = NULL;
    pg_add_uuid(&parameters, case_id);
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
        json_t *item = item_of(result, at);
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
