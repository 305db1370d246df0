// SPDX-License-Identifier: Apache-2.0
// The list of cases: keyset pages over indexes; filters are fixed fragments with parameters.
#include "query.h"

#include "case_json.h"

#include "common/field.h"
#include "common/ident.h"
#include "common/scope.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void add_condition(char *sql, size_t room, struct pg_parameters *parameters,
                          const char *column, const char *value) {
    if (value != NULL) {
        size_t used = strlen(sql);
        pg_add_text(parameters, value);
        snprintf(sql + used, room - used, " AND %s = $%d", column, parameters->count);
    }
}

// One tenant by equality, so that an index gives the page in its order: the only one, or that which
// is asked for.
static void add_tenants(char *sql, size_t room, struct pg_parameters *parameters,
                        const struct query_filter *filter) {
    const char *tenants = filter->actor->tenants;
    const char *asked = filter->institution;
    if (asked != NULL && scope_contains(tenants, asked)) {
        tenants = asked;
    }
    bool one = strchr(tenants, ',') == NULL;
    size_t used = strlen(sql);
    pg_add_text(parameters, tenants);
    snprintf(sql + used, room - used,
             one ? "tenant = $%d" : "tenant = ANY (string_to_array($%d, ','))", parameters->count);
}

static size_t shown_grants(const struct case_actor *actor) {
    size_t count = 0;
    for (size_t i = 0; i < actor->grant_count; i++) {
        count += role_may_view(actor->grants[i].roles, VIEW_SHOW) ? 1 : 0;
    }
    return count;
}

// What is granted beyond the tenants; nothing where no grant shows anything, so that the usual
// query stays as simple as it is.
static void add_grants(char *sql, size_t room, struct pg_parameters *parameters,
                       const struct case_actor *actor) {
    struct pg_array cases;
    struct pg_array units;
    if (shown_grants(actor) == 0) {
        return;
    }
    pg_array_begin(&cases, PG_UUID);
    pg_array_begin(&units, PG_TEXT);
    for (size_t i = 0; i < actor->grant_count; i++) {
        const struct case_grant *grant = &actor->grants[i];
        if (!role_may_view(grant->roles, VIEW_SHOW)) {
            continue;
        }
        if (grant->case_id[0] != '\0') {
            pg_array_uuid(&cases, grant->case_id);
        } else {
            pg_array_text(&units, grant->unit);
        }
    }
    pg_add_array(parameters, &cases);
    pg_add_array(parameters, &units);
    size_t used = strlen(sql);
    snprintf(sql + used, room - used,
             " OR case_id = ANY ($%d) OR unit = ANY ($%d) "
             "OR (co_units <> '' AND string_to_array(co_units, ',') && $%d)",
             parameters->count - 1, parameters->count, parameters->count);
}

static void add_text(char *sql, size_t room, const char *text) {
    size_t used = strlen(sql);
    snprintf(sql + used, room - used, "%s", text);
}

static void add_scope(char *sql, size_t room, struct pg_parameters *parameters,
                      const struct query_filter *filter) {
    const struct case_actor *actor = filter->actor;
    if (!SCOPE_FILTERED) {
        return;
    }
    add_text(sql, room, " AND (");
    add_tenants(sql, room, parameters, filter);
    add_grants(sql, room, parameters, actor);
    add_text(sql, room, ")");
    if (role_sees_closed_only(actor->roles, VIEW_LIST)) {
        add_text(sql, room, " AND status IN ('closed', 'final', 'archived')");
    }
    pg_add_text(parameters, actor->subject);
    size_t used = strlen(sql);
    snprintf(sql + used, room - used,
             " AND case_id <> ALL (ARRAY(SELECT c.case_id FROM ledger.conflicts c "
             "WHERE c.subject = $%d))",
             parameters->count);
}

// The cursor is "<received_at in ms>_<case id>".
static enum rc add_cursor(char *sql, size_t room, struct pg_parameters *parameters,
                          const char *after, struct error *error) {
    const char *case_id = NULL;
    int64_t ms = 0;
    if (after == NULL) {
        return RC_OK;
    }
    enum rc rc = query_read_cursor(after, &ms, &case_id, error);
    if (rc != RC_OK) {
        return rc;
    }
    size_t used = strlen(sql);
    pg_add_time(parameters, ms);
    pg_add_uuid(parameters, case_id);
    snprintf(sql + used, room - used, " AND (received_at, case_id) < ($%d, $%d)",
             parameters->count - 1, parameters->count);
    return RC_OK;
}

static enum rc build_list(char *sql, size_t room, const struct query_filter *filter,
                          struct pg_parameters *parameters, struct error *error) {
    char urgency[8];
    snprintf(sql, room,
             "SELECT case_id, tenant, tracking_code, status, category, urgency, crisis, unit, "
             "open_alarm, breached, due_at, received_at, updated_at, sequence, extended "
             "FROM ledger.cases WHERE true");
    add_scope(sql, room, parameters, filter);
    add_condition(sql, room, parameters, "status", filter->status);
    add_condition(sql, room, parameters, "tenant", filter->institution);
    add_condition(sql, room, parameters, "category", filter->category);
    add_condition(sql, room, parameters, "unit", filter->unit);
    size_t used = strlen(sql);
    if (filter->urgency != 0) {
        pg_add_int4(parameters, (int32_t)filter->urgency);
        snprintf(urgency, sizeof urgency, "$%d", parameters->count);
        used += (size_t)snprintf(sql + used, room - used, " AND urgency = %s", urgency);
    }
    if (filter->open_alarm) {
        used += (size_t)snprintf(sql + used, room - used, " AND open_alarm");
    }
    if (filter->breached) {
        used += (size_t)snprintf(sql + used, room - used, " AND breached");
    }
    if (filter->extended) {
        snprintf(sql + used, room - used, " AND extended");
    }
    enum rc rc = add_cursor(sql, room, parameters, filter->after, error);
    used = strlen(sql);
    pg_add_int8(parameters, filter->limit + 1); // one more tells whether there is a next page
    snprintf(sql + used, room - used, " ORDER BY received_at DESC, case_id DESC LIMIT $%d",
             parameters->count);
    return rc;
}

static json_t *row_to_item(const PGresult *result, int row) {
    char case_id[37];
    pg_get_uuid(result, row, 0, case_id);
    return json_pack("{s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:b, s:b, s:b, s:o, s:o, s:o, s:I}",
                     "case_id", case_id, "institution", pg_get_text(result, row, 1),
                     "tracking_code", pg_get_text(result, row, 2), "status",
                     pg_get_text(result, row, 3), "category", pg_get_text(result, row, 4),
                     "urgency", urgency_name((uint32_t)pg_get_number(result, row, 5)), "crisis",
                     crisis_name((uint32_t)pg_get_number(result, row, 6)), "unit",
                     pg_get_text(result, row, 7), "open_alarm", (int)pg_get_number(result, row, 8),
                     "breached", (int)pg_get_number(result, row, 9), "extended",
                     (int)pg_get_number(result, row, 14), "due_at",
                     time_to_json(pg_get_time(result, row, 10)), "received_at",
                     time_to_json(pg_get_time(result, row, 11)), "updated_at",
                     time_to_json(pg_get_time(result, row, 12)), "sequence",
                     (json_int_t)pg_get_number(result, row, 13));
}

// The planner takes row-level security for choosier than it is: of a hundred thousand cases it
// would sort all that a filter finds, where an index has the page in its order.
static enum rc read_in_order(struct pg *pg, const char *sql, struct pg_parameters *parameters,
                             PGresult **result, struct error *error) {
    enum rc rc = pg_command(pg, "SET LOCAL enable_sort = off", error);
    if (rc != RC_OK) {
        pg_parameters_free(parameters);
        return rc;
    }
    return pg_run_once(pg, sql, parameters, result, error);
}

enum rc query_cases(struct pg *pg, const struct query_filter *filter, json_t **page,
                    struct error *error) {
    char sql[1280];
    struct pg_parameters parameters = {0};
    PGresult *result = NULL;
    enum rc rc = build_list(sql, sizeof sql, filter, &parameters, error);
    if (rc != RC_OK) {
        pg_parameters_free(&parameters);
        return rc;
    }
    rc = read_in_order(pg, sql, &parameters, &result, error);
    if (rc != RC_OK) {
        return rc;
    }
    json_t *items = json_array();
    json_t *next = NULL;
    int rows = PQntuples(result);
    for (int row = 0; row < rows && row < filter->limit; row++) {
        json_array_append_new(items,
                              field_mask(row_to_item(result, row), NULL, filter->actor->roles));
    }
    if (rows > filter->limit) {
        char case_id[37];
        int last = (int)filter->limit - 1;
        pg_get_uuid(result, last, 0, case_id);
        next = json_sprintf("%" PRId64 "_%s", pg_get_time(result, last, 11), case_id);
    }
    PQclear(result);
    *page = query_page(items, next);
    return RC_OK;
}
