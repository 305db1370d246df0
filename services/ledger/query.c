// SPDX-License-Identifier: Apache-2.0
// What a user may see, and one case's reads; its list is in query_list.c.
#include "query.h"

#include "case_json.h"
#include "permission.h"
#include "state_codec.h"

#include "common/clock.h"
#include "common/field.h"
#include "common/http.h"
#include "common/ident.h"
#include "common/scope.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define API_ROLE "redress_ledger_api"

// Row-level security shows nobody another's.
static const char grants_in_force[] =
    "SELECT roles, case_id, coalesce(unit, ''), glass FROM ledger.grants WHERE "
    "subject = $1 AND until > $2 ORDER BY glass DESC, until DESC LIMIT $3";

static void add_grants(struct pg_parameters *parameters, const struct access *access) {
    pg_add_text(parameters, access->actor.subject);
    pg_add_time(parameters, clock_wall_ms());
    pg_add_int8(parameters, ACCESS_GRANTS);
}

void query_take_grants(const PGresult *rows, struct access *access) {
    access->actor.grant_count = 0;
    for (int row = 0; row < PQntuples(rows); row++) {
        struct case_grant *grant = &access->grants[access->actor.grant_count++];
        memset(grant, 0, sizeof *grant);
        grant->roles = role_read_names(pg_get_text(rows, row, 0));
        snprintf(grant->unit, sizeof grant->unit, "%s", pg_get_text(rows, row, 2));
        grant->glass = pg_get_number(rows, row, 3) != 0;
        if (grant->unit[0] == '\0') {
            pg_get_uuid(rows, row, 1, grant->case_id);
        }
    }
}

static enum rc learn_grants(struct pg *pg, struct access *access, struct error *error) {
    struct pg_parameters parameters = {0};
    PGresult *rows = NULL;
    add_grants(&parameters, access);
    access->actor.grant_count = 0;
    enum rc rc = pg_run(pg, grants_in_force, &parameters, &rows, error);
    if (rc == RC_OK) {
        query_take_grants(rows, access);
    }
    PQclear(rows);
    return rc;
}

enum rc query_begin(struct pg *pg, struct access *access, struct error *error) {
    const struct scope_reader reader = access_reader(access);
    enum rc rc = scope_begin(pg, API_ROLE, &reader, error);
    return rc == RC_OK ? learn_grants(pg, access, error) : rc;
}

enum rc query_queue_reader(struct pg *pg, const struct access *access, const char *const *case_ids,
                           size_t count, struct error *error) {
    const struct scope_reader reader = access_reader(access);
    struct pg_parameters grants = {0};
    struct pg_parameters states = {0};
    struct pg_array ids;
    add_grants(&grants, access);
    pg_array_begin(&ids, PG_UUID);
    for (size_t i = 0; i < count; i++) {
        pg_array_uuid(&ids, case_ids[i]);
    }
    pg_add_array(&states, &ids);
    enum rc rc = scope_queue(pg, API_ROLE, &reader, error);
    rc = rc == RC_OK ? pg_queue(pg, grants_in_force, &grants, error) : rc;
    rc = rc == RC_OK ? pg_queue(pg,
                                "SELECT case_id, state FROM ledger.cases "
                                "WHERE case_id = ANY($1::uuid[])",
                                &states, error)
                     : rc;
    pg_parameters_free(&grants);
    pg_parameters_free(&states);
    return rc;
}

json_t *query_page(json_t *items, json_t *next) {
    return json_pack("{s:o, s:o}", "items", items, "next", next == NULL ? json_null() : next);
}

static enum rc not_found(struct error *error) {
    enum rc rc = error_set(error, RC_NOT_FOUND, "there is no such case");
    snprintf(error->code, sizeof error->code, "case-not-found");
    return rc;
}

// One row by a text or uuid; RC_NOT_FOUND without one.
static enum rc one_row(struct pg *pg, const char *sql, struct pg_parameters *parameters,
                       PGresult **result, struct error *error) {
    enum rc rc = pg_run(pg, sql, parameters, result, error);
    if (rc == RC_OK && PQntuples(*result) == 0) {
        PQclear(*result);
        *result = NULL;
        rc = not_found(error);
    }
    return rc;
}

enum rc query_state(struct pg *pg, const struct case_actor *actor, const char *case_id,
                    struct case_state *state, struct error *error) {
    struct pg_parameters parameters = {0};
    PGresult *result = NULL;
    size_t size = 0;
    pg_add_uuid(&parameters, case_id);
    enum rc rc = one_row(pg, "SELECT state FROM ledger.cases WHERE case_id = $1", &parameters,
                         &result, error);
    if (rc == RC_OK) {
        const void *bytes = pg_get_bytes(result, 0, 0, &size);
        rc = state_unpack(bytes, size, state, error);
        PQclear(result);
    }
    if (rc == RC_OK && actor != NULL && SCOPE_FILTERED && !case_sees(state, actor)) {
        rc = not_found(error);
    }
    return rc;
}

enum rc query_case_id(struct pg *pg, const char *tracking_code, char case_id[37],
                      struct error *error) {
    struct pg_parameters parameters = {0};
    PGresult *result = NULL;
    pg_add_text(&parameters, tracking_code);
    enum rc rc = one_row(pg, "SELECT case_id FROM ledger.cases WHERE tracking_code = $1",
                         &parameters, &result, error);
    if (rc == RC_OK) {
        pg_get_uuid(result, 0, 0, case_id);
        PQclear(result);
    }
    return rc;
}

enum rc query_fact(struct pg *pg, const char *case_id, uint64_t sequence, enum fact_kind kind,
                   ProtobufCMessage **message, struct error *error) {
    struct pg_parameters parameters = {0};
    PGresult *result = NULL;
    struct fact fact;
    size_t size = 0;
    pg_add_uuid(&parameters, case_id);
    pg_add_int8(&parameters, (int64_t)sequence);
    pg_add_text(&parameters, fact_type(kind));
    enum rc rc = one_row(pg,
                         "SELECT payload FROM ledger.case_events WHERE case_id = $1 AND seq = $2 "
                         "AND type = $3",
                         &parameters, &result, error);
    if (rc == RC_OK) {
        const void *bytes = pg_get_bytes(result, 0, 0, &size);
        rc = fact_unpack(kind, bytes, size, &fact, message, error);
        PQclear(result);
    }
    return rc;
}

enum rc query_registered(struct pg *pg, const char *case_id, ProtobufCMessage **message,
                         struct error *error) {
    return query_fact(pg, case_id, 1, FACT_CASE_REGISTERED, message, error);
}

static enum rc add_event(json_t *items, const PGresult *result, int row, unsigned roles,
                         struct error *error) {
    struct fact fact;
    ProtobufCMessage *message = NULL;
    size_t size = 0;
    const char *type = pg_get_text(result, row, 1);
    const void *bytes = pg_get_bytes(result, row, 2, &size);
    enum fact_kind kind = fact_kind_of(type);
    enum rc rc = kind == FACT_KIND_COUNT
                     ? RC_OK
                     : fact_unpack_or_none(kind, bytes, size, &fact, &message, error);
    if (rc != RC_OK) {
        return rc;
    }
    json_t *event =
        json_pack("{s:I, s:s, s:s, s:o}", "sequence", (json_int_t)pg_get_number(result, row, 0),
                  "type", strrchr(type, '.') + 1, "actor", pg_get_text(result, row, 3), "at",
                  time_to_json(pg_get_time(result, row, 4)));
    json_t *data = NULL;
    if (message != NULL) {
        data = field_mask(message_to_json(message), strrchr(type, '.') + 1, roles);
        fact_move_to_json(&fact, event);
        fact_release(message);
    }
    json_object_set_new(event, "data", data == NULL ? json_object() : data);
    json_array_append_new(items, field_mask(event, NULL, roles));
    return RC_OK;
}

enum rc query_timeline(struct pg *pg, const char *case_id, unsigned roles, int64_t after,
                       int64_t limit, json_t **page, struct error *error) {
    struct pg_parameters parameters = {0};
    PGresult *result = NULL;
    pg_add_uuid(&parameters, case_id);
    pg_add_int8(&parameters, after);
    pg_add_int8(&parameters, limit + 1);
    enum rc rc = pg_run(pg,
                        "SELECT seq, type, payload, actor, decided_at FROM ledger.case_events "
                        "WHERE case_id = $1 AND seq > $2 ORDER BY seq LIMIT $3",
                        &parameters, &result, error);
    if (rc != RC_OK) {
        return rc;
    }
    json_t *items = json_array();
    int rows = PQntuples(result);
    for (int row = 0; row < rows && row < limit && rc == RC_OK; row++) {
        rc = add_event(items, result, row, roles, error);
    }
    json_t *next =
        rows > limit ? json_sprintf("%" PRId64, pg_get_number(result, (int)limit - 1, 0)) : NULL;
    PQclear(result);
    *page = query_page(items, next);
    return rc;
}

#define CURSOR_DIGITS 15 // of the last time that there is

enum rc query_read_cursor(const char *after, int64_t *ms, const char **case_id,
                          struct error *error) {
    const char *bar = strchr(after, '_');
    size_t size = bar == NULL ? 0 : (size_t)(bar - after);
    *case_id = bar == NULL ? "" : bar + 1;
    return size <= CURSOR_DIGITS && http_read_digits(after, size, ms) && *ms <= CLOCK_MOST_MS &&
                   ident_is_uuid(*case_id)
               ? RC_OK
               : error_field(error, "bad-cursor", "after", "after is not a cursor of this list");
}

static enum rc read_refusal(const PGresult *result, struct query_cause *cause,
                            struct error *error) {
    struct fact fact;
    ProtobufCMessage *message = NULL;
    size_t size = 0;
    const void *bytes = pg_get_bytes(result, 0, 1, &size);
    if (fact_kind_of(pg_get_text(result, 0, 0)) != FACT_PROPOSAL_REFUSED) {
        return RC_OK;
    }
    enum rc rc = fact_unpack_or_none(FACT_PROPOSAL_REFUSED, bytes, size, &fact, &message, error);
    if (message != NULL) {
        snprintf(cause->refused, sizeof cause->refused, "%s", fact.body.refused.code);
        fact_release(message);
    }
    return rc;
}

enum rc query_cause(struct pg *pg, const char *case_id, const char *cause_id,
                    struct query_cause *cause, struct error *error) {
    struct pg_parameters parameters = {0};
    PGresult *result = NULL;
    memset(cause, 0, sizeof *cause);
    pg_add_uuid(&parameters, case_id);
    pg_add_uuid(&parameters, cause_id);
    enum rc rc = pg_run(pg,
                        "SELECT type, payload FROM ledger.case_events WHERE case_id = $1 AND "
                        "cause_id = $2 LIMIT 1",
                        &parameters, &result, error);
    cause->known = rc == RC_OK && PQntuples(result) == 1;
    if (cause->known) {
        rc = read_refusal(result, cause, error);
    }
    PQclear(result);
    return rc;
}

enum rc query_reply(struct pg *pg, const char *case_id, char **reply, struct error *error) {
    struct pg_parameters parameters = {0};
    PGresult *result = NULL;
    struct fact fact;
    ProtobufCMessage *message = NULL;
    size_t size = 0;
    *reply = NULL;
    pg_add_uuid(&parameters, case_id);
    enum rc rc = pg_run(pg,
                        "SELECT payload FROM ledger.case_events WHERE case_id = $1 AND "
                        "type = 'redress.v1.CaseReplied' ORDER BY seq DESC LIMIT 1",
                        &parameters, &result, error);
    if (rc == RC_OK && PQntuples(result) == 1) {
        const void *bytes = pg_get_bytes(result, 0, 0, &size);
        rc = fact_unpack(FACT_CASE_REPLIED, bytes, size, &fact, &message, error);
        if (rc == RC_OK) {
            *reply = strdup(fact.body.replied.reply);
            rc = *reply == NULL ? error_set(error, RC_INTERNAL, "out of memory for a reply") : rc;
            fact_release(message);
        }
    }
    PQclear(result);
    return rc;
}

enum rc query_summary(struct pg *pg, json_t **summary, struct error *error) {
    struct pg_parameters parameters = {0};
    PGresult *result = NULL;
    enum rc rc = pg_run(pg,
                        "SELECT (SELECT count(*) FROM ledger.cases), "
                        "(SELECT count(*) FROM ledger.case_events), "
                        "(SELECT coalesce(sum(cardinality(seqs)), 0)::bigint FROM ledger.outbox)",
                        &parameters, &result, error);
    if (rc == RC_OK) {
        *summary = json_pack("{s:I, s:I, s:I}", "cases", (json_int_t)pg_get_number(result, 0, 0),
                             "events", (json_int_t)pg_get_number(result, 0, 1), "outbox",
                             (json_int_t)pg_get_number(result, 0, 2));
        PQclear(result);
    }
    return rc;
}
