// SPDX-License-Identifier: Apache-2.0
// What a complainant may read by tracking code and PIN.
#include "query.h"

#include "case_json.h"
#include "dialogue_item.h"

#include <inttypes.h>
#include <string.h>

#define ROWS 64 // read at once

// *item is NULL where it is not told.
static enum rc read_item(const PGresult *result, int at, const char *language, json_t **item,
                         struct error *error) {
    struct fact fact;
    ProtobufCMessage *message = NULL;
    size_t size = 0;
    enum fact_kind kind = fact_kind_of(pg_get_text(result, at, 1));
    const void *bytes = pg_get_bytes(result, at, 2, &size);
    enum rc rc = fact_unpack_or_none(kind, bytes, size, &fact, &message, error);
    *item = message == NULL ? NULL : dialogue_item(kind, message, language);
    if (*item != NULL) {
        json_object_set_new(*item, "sequence", json_integer(pg_get_number(result, at, 0)));
        json_object_set_new(*item, "at", time_to_json(pg_get_time(result, at, 3)));
    }
    fact_release(message);
    return rc;
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

// The page so far: one item more than it has room for tells that there is a next one.
struct reading {
    const struct case_state *state;
    int64_t after; // the last fact that was looked at
    int64_t limit;
    int64_t last; // the last that is on the page
    json_t *items;
    bool more;
};

// Facts that are not told take no room and end no page.
static enum rc take_rows(struct reading *reading, const PGresult *rows, struct error *error) {
    enum rc rc = RC_OK;
    for (int at = 0; at < PQntuples(rows) && !reading->more && rc == RC_OK; at++) {
        json_t *item = NULL;
        rc = read_item(rows, at, reading->state->language, &item, error);
        reading->after = pg_get_number(rows, at, 0);
        if (item != NULL && (int64_t)json_array_size(reading->items) == reading->limit) {
            reading->more = true;
            json_decref(item);
        } else if (item != NULL) {
            json_array_append_new(reading->items, item);
            reading->last = reading->after;
        }
    }
    return rc;
}

static enum rc read_rows(struct pg *pg, struct reading *reading, int *count, struct error *error) {
    struct pg_parameters parameters = {0};
    PGresult *rows = NULL;
    pg_add_uuid(&parameters, reading->state->case_id);
    pg_add_int8(&parameters, reading->after);
    pg_add_int8(&parameters, ROWS);
    add_types(&parameters);
    enum rc rc = pg_run(pg,
                        "SELECT seq, type, payload, decided_at FROM ledger.case_events "
                        "WHERE case_id = $1 AND seq > $2 AND type = ANY($4::text[]) "
                        "ORDER BY seq LIMIT $3",
                        &parameters, &rows, error);
    *count = rc == RC_OK ? PQntuples(rows) : 0;
    if (rc == RC_OK) {
        rc = take_rows(reading, rows, error);
    }
    PQclear(rows);
    return rc;
}

enum rc query_dialogue(struct pg *pg, const struct case_state *state, int64_t after, int64_t limit,
                       json_t **page, struct error *error) {
    struct reading reading = {
        .state = state, .after = after, .limit = limit, .items = json_array()};
    enum rc rc;
    int count = 0;
    do {
        rc = read_rows(pg, &reading, &count, error);
    } while (rc == RC_OK && count == ROWS && !reading.more);
    if (rc != RC_OK) {
        json_decref(reading.items);
        return rc;
    }
    *page = query_page(reading.items, reading.more ? json_sprintf("%" PRId64, reading.last) : NULL);
    return RC_OK;
}

// *message stays NULL where another is offered.
static enum rc read_offer(const PGresult *result, int row, const char *sha256,
                          ProtobufCMessage **message, struct error *error) {
    struct fact fact;
    size_t size = 0;
    const void *bytes = pg_get_bytes(result, row, 0, &size);
    enum rc rc = fact_unpack_or_none(FACT_EVIDENCE_OFFERED, bytes, size, &fact, message, error);
    if (*message != NULL && strcmp(fact.body.evidence_offered.sha256, sha256) != 0) {
        fact_release(*message);
        *message = NULL;
    }
    return rc;
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
    for (int row = 0; rc == RC_OK && row < PQntuples(result) && *message == NULL; row++) {
        rc = read_offer(result, row, sha256, message, error);
    }
    PQclear(result);
    return rc;
}
