// SPDX-License-Identifier: Apache-2.0
// Reads of several cases by id, within what query_begin lets the user see: what they can't see is
// not among the answers.
#include "query.h"

#include "case_json.h"
#include "permission.h"
#include "state_codec.h"

#include "common/field.h"
#include "common/ident.h"
#include "common/scope.h"
#include "common/seal.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static json_t *row_to_json(const PGresult *result, int row, unsigned roles) {
    char case_id[37];
    pg_get_uuid(result, row, 0, case_id);
    json_t *item = json_pack(
        "{s:s, s:s, s:s, s:s, s:s, s:s, s:o}", "case_id", case_id, "institution",
        pg_get_text(result, row, 1), "tracking_code", pg_get_text(result, row, 2), "status",
        pg_get_text(result, row, 3), "category", pg_get_text(result, row, 4), "unit",
        pg_get_text(result, row, 5), "received_at", time_to_json(pg_get_time(result, row, 6)));
    return field_mask(item, NULL, roles);
}

static enum rc add_seen(const PGresult *result, int row, const struct case_actor *actor,
                        struct query_seen *seen, struct error *error) {
    struct case_state state;
    size_t size = 0;
    const void *bytes = pg_get_bytes(result, row, 7, &size);
    enum rc rc = state_unpack(bytes, size, &state, error);
    if (rc == RC_OK && (!SCOPE_FILTERED || case_sees(&state, actor))) {
        json_array_append_new(seen->items,
                              row_to_json(result, row, permission_roles_on(&state, actor)));
        seen->movable += case_permits(&state, INPUT_UNMERGE, actor) == NULL;
    }
    return rc;
}

enum rc query_seen(struct pg *pg, const struct case_actor *actor, const char *const *case_ids,
                   size_t count, struct query_seen *seen, struct error *error) {
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
                        "received_at, state FROM ledger.cases WHERE case_id = ANY($1::uuid[]) "
                        "ORDER BY received_at, case_id",
                        &parameters, &result, error);
    if (rc != RC_OK) {
        return rc;
    }
    *seen = (struct query_seen){json_array(), 0};
    for (int row = 0; row < PQntuples(result) && rc == RC_OK; row++) {
        rc = add_seen(result, row, actor, seen, error);
    }
    PQclear(result);
    return rc;
}

enum rc query_co_handled(struct pg *pg, const char *units, char ids[][37], size_t most,
                         size_t *count, struct error *error) {
    struct pg_parameters parameters = {0};
    PGresult *result = NULL;
    *count = 0;
    pg_add_text(&parameters, units);
    pg_add_int8(&parameters, (int64_t)most);
    enum rc rc = pg_run(pg,
                        "SELECT case_id FROM ledger.cases WHERE co_units <> '' AND "
                        "string_to_array(co_units, ',') && string_to_array($1::text, ',') AND "
                        "received_at > now() - interval '90 days' "
                        "ORDER BY received_at DESC, case_id LIMIT $2",
                        &parameters, &result, error);
    for (int row = 0; rc == RC_OK && row < PQntuples(result) && *count < most; row++) {
        pg_get_uuid(result, row, 0, ids[(*count)++]);
    }
    PQclear(result);
    return rc;
}

// Where a fact names other cases.
#define NAMING_LISTS 2
static const char *const naming_lists[NAMING_LISTS] = {"with", "without"};
#define NAMING_TEXT "earlier_case_id"

static bool is_seen(const json_t *seen, const char *case_id) {
    size_t index;
    json_t *item;
    json_array_foreach(seen, index, item) {
        if (strcmp(json_string_value(json_object_get(item, "case_id")), case_id) == 0) {
            return true;
        }
    }
    return false;
}

// At most CASE_CLUSTER for each list and one more.
static size_t named_by(const json_t *data, const char *ids[NAMING_LISTS * CASE_CLUSTER + 1]) {
    size_t count = 0;
    const char *one = json_string_value(json_object_get(data, NAMING_TEXT));
    for (size_t i = 0; i < NAMING_LISTS; i++) {
        const json_t *list = json_object_get(data, naming_lists[i]);
        for (size_t at = 0; at < json_array_size(list) && at < CASE_CLUSTER; at++) {
            ids[count++] = json_string_value(json_array_get(list, at));
        }
    }
    if (one != NULL && ident_is_uuid(one)) {
        ids[count++] = one;
    }
    return count;
}

// Gives how many names went.
static size_t keep_seen(json_t *data, const json_t *seen) {
    size_t gone = 0;
    const char *one = json_string_value(json_object_get(data, NAMING_TEXT));
    for (size_t i = 0; i < NAMING_LISTS; i++) {
        json_t *list = json_object_get(data, naming_lists[i]);
        for (size_t at = json_array_size(list); at > 0; at--) {
            if (!is_seen(seen, json_string_value(json_array_get(list, at - 1)))) {
                json_array_remove(list, at - 1);
                gone++;
            }
        }
    }
    if (one != NULL && one[0] != '\0' && !is_seen(seen, one)) {
        json_object_set_new(data, NAMING_TEXT, json_null());
        gone++;
    }
    return gone;
}

static enum rc hide_unseen(struct pg *pg, const struct case_actor *actor, json_t *event,
                           size_t *gone, struct error *error) {
    const char *ids[NAMING_LISTS * CASE_CLUSTER + 1];
    json_t *data = json_object_get(event, "data");
    struct query_seen seen = {NULL, 0};
    size_t count = named_by(data, ids);
    *gone = 0;
    if (count == 0) {
        return RC_OK;
    }
    enum rc rc = query_seen(pg, actor, ids, count, &seen, error);
    *gone = keep_seen(data, seen.items);
    json_decref(seen.items);
    return rc;
}

enum rc query_hide_unseen(struct pg *pg, const struct case_actor *actor, json_t *page,
                          struct error *error) {
    size_t index;
    size_t gone = 0;
    json_t *event;
    enum rc rc = RC_OK;
    json_array_foreach(json_object_get(page, "items"), index, event) {
        rc = rc == RC_OK ? hide_unseen(pg, actor, event, &gone, error) : rc;
    }
    return rc;
}

enum rc query_withhold_unseen(struct pg *pg, const struct case_actor *actor, json_t *bundle,
                              struct error *error) {
    size_t index;
    json_t *fact;
    enum rc rc = RC_OK;
    json_array_foreach(json_object_get(bundle, "facts"), index, fact) {
        size_t gone = 0;
        rc = rc == RC_OK ? hide_unseen(pg, actor, fact, &gone, error) : rc;
        rc = rc == RC_OK && gone > 0 ? export_withhold(fact, gone, error) : rc;
    }
    return rc;
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

// What was erased is not told again.
static enum rc add_narrative(const PGresult *result, int row, json_t *items, struct error *error) {
    struct case_state state;
    size_t size = 0;
    const void *bytes = pg_get_bytes(result, row, 6, &size);
    enum rc rc = state_unpack(bytes, size, &state, error);
    return rc == RC_OK && !state.erased ? narrative_to_json(result, row, items, error) : rc;
}

enum rc query_narratives(struct pg *pg, const char *after, int64_t limit, json_t **page,
                         struct error *error) {
    struct pg_parameters parameters = {0};
    PGresult *result = NULL;
    const char *case_id = NULL;
    int64_t ms = 0;
    after = after == NULL ? "0_00000000-0000-0000-0000-000000000000" : after;
    enum rc rc = query_read_cursor(after, &ms, &case_id, error);
    if (rc != RC_OK) {
        return rc;
    }
    pg_add_time(&parameters, ms);
    pg_add_uuid(&parameters, case_id);
    pg_add_int8(&parameters, limit);
    rc = pg_run(pg,
                "SELECT c.case_id, c.tenant, c.category, c.unit, c.received_at, e.payload, "
                "c.state FROM ledger.cases c JOIN ledger.case_events e ON e.case_id = c.case_id "
                "AND e.seq = 1 WHERE (c.received_at, c.case_id) > ($1, $2) "
                "ORDER BY c.received_at, c.case_id LIMIT $3",
                &parameters, &result, error);
    if (rc != RC_OK) {
        return rc;
    }
    json_t *items = json_array();
    json_t *next = NULL;
    int rows = PQntuples(result);
    for (int row = 0; row < rows && rc == RC_OK; row++) {
        rc = add_narrative(result, row, items, error);
    }
    if (rows == limit) {
        char last[37];
        pg_get_uuid(result, rows - 1, 0, last);
        next = json_sprintf("%" PRId64 "_%s", pg_get_time(result, rows - 1, 4), last);
    }
    PQclear(result);
    *page = query_page(items, next);
    if (rc != RC_OK) {
        json_decref(*page);
        *page = NULL;
    }
    return rc;
}
