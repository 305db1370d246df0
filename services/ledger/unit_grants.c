// SPDX-License-Identifier: Apache-2.0
#include "unit_grants.h"

#include "common/clock.h"

#include <stdio.h>
#include <string.h>

#define COLUMNS "grant_id, subject, roles, unit, until, reason, granted_by, granted_at"

static json_t *grant_to_json(const PGresult *rows, int row) {
    char grant_id[37];
    char until[CLOCK_TEXT_SIZE];
    char granted_at[CLOCK_TEXT_SIZE];
    pg_get_uuid(rows, row, 0, grant_id);
    clock_format(pg_get_time(rows, row, 4), until);
    clock_format(pg_get_time(rows, row, 7), granted_at);
    return json_pack("{s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:s}", "grant_id", grant_id, "staff",
                     pg_get_text(rows, row, 1), "role", pg_get_text(rows, row, 2), "unit",
                     pg_get_text(rows, row, 3), "until", until, "reason", pg_get_text(rows, row, 5),
                     "granted_by", pg_get_text(rows, row, 6), "granted_at", granted_at);
}

static bool says_the_same(const PGresult *rows, const struct unit_grant *grant) {
    return strcmp(pg_get_text(rows, 0, 1), grant->subject) == 0 &&
           strcmp(pg_get_text(rows, 0, 2), grant->role) == 0 &&
           strcmp(pg_get_text(rows, 0, 5), grant->reason) == 0 &&
           pg_get_time(rows, 0, 4) == grant->until_ms;
}

static enum rc insert(struct pg *pg, const struct unit_grant *grant, struct error *error) {
    struct pg_parameters parameters = {0};
    pg_add_uuid(&parameters, grant->grant_id);
    pg_add_text(&parameters, grant->subject);
    pg_add_text(&parameters, grant->role);
    pg_add_text(&parameters, grant->unit);
    pg_add_time(&parameters, grant->until_ms);
    pg_add_text(&parameters, grant->reason);
    pg_add_text(&parameters, grant->granted_by);
    pg_add_time(&parameters, grant->granted_at_ms);
    return pg_run(pg,
                  "INSERT INTO ledger.grants (" COLUMNS ") VALUES "
                  "($1, $2, $3, $4, $5, $6, $7, $8) ON CONFLICT (grant_id) DO NOTHING",
                  &parameters, NULL, error);
}

enum rc unit_grants_add(struct pg *pg, const struct unit_grant *grant, json_t **shown,
                        struct error *error) {
    struct pg_parameters parameters = {0};
    PGresult *rows = NULL;
    *shown = NULL;
    enum rc rc = insert(pg, grant, error);
    if (rc != RC_OK) {
        return rc;
    }
    pg_add_uuid(&parameters, grant->grant_id);
    rc = pg_run(pg, "SELECT " COLUMNS " FROM ledger.grants WHERE grant_id = $1", &parameters, &rows,
                error);
    if (rc == RC_OK && (PQntuples(rows) != 1 || !says_the_same(rows, grant))) {
        rc = error_field(error, "idempotency-key-reused", "Idempotency-Key",
                         "the key was used for another grant");
    }
    if (rc == RC_OK) {
        *shown = grant_to_json(rows, 0);
    }
    PQclear(rows);
    return rc;
}

enum rc unit_grants_list(struct pg *pg, const char *unit, int64_t now_ms, json_t **page,
                         struct error *error) {
    struct pg_parameters parameters = {0};
    PGresult *rows = NULL;
    *page = NULL;
    pg_add_text(&parameters, unit);
    pg_add_time(&parameters, now_ms);
    pg_add_int8(&parameters, UNIT_GRANTS_LISTED);
    enum rc rc = pg_run(pg,
                        "SELECT " COLUMNS " FROM ledger.grants WHERE unit = $1 AND until > $2 "
                        "ORDER BY until, grant_id LIMIT $3",
                        &parameters, &rows, error);
    if (rc != RC_OK) {
        return rc;
    }
    json_t *items = json_array();
    for (int row = 0; row < PQntuples(rows); row++) {
        json_array_append_new(items, grant_to_json(rows, row));
    }
    PQclear(rows);
    *page = json_pack("{s:o}", "items", items);
    return RC_OK;
}

static void keep_people(const PGresult *rows, struct staffing_grants *grants) {
    for (int row = 0; row < PQntuples(rows) && grants->count < STAFFING_GRANTS; row++) {
        struct staffing_grant *grant = &grants->people[grants->count++];
        snprintf(grant->subject, sizeof grant->subject, "%s", pg_get_text(rows, row, 0));
        snprintf(grant->unit, sizeof grant->unit, "%s", pg_get_text(rows, row, 1));
        grant->until_ms = pg_get_time(rows, row, 2);
    }
}

// Adds who had the role, when it was then, on this unit's cases or on the case itself. NULL: on no
// unit, on no case.
static enum rc add_people(struct pg *pg, const char *role, const char *unit, const char *case_id,
                          int64_t then_ms, struct staffing_grants *grants, struct error *error) {
    struct pg_parameters parameters = {0};
    PGresult *rows = NULL;
    pg_add_text(&parameters, role);
    pg_add_time(&parameters, then_ms);
    pg_add_text(&parameters, unit);
    pg_add_uuid(&parameters, case_id);
    pg_add_int8(&parameters, STAFFING_GRANTS);
    enum rc rc = pg_run(pg,
                        "SELECT subject, coalesce(unit, ''), until FROM ledger.grants "
                        "WHERE (unit = $3 OR case_id = $4) AND NOT glass AND "
                        "$1 = ANY (string_to_array(roles, ',')) AND until > $2 "
                        "ORDER BY until DESC LIMIT $5",
                        &parameters, &rows, error);
    if (rc == RC_OK) {
        keep_people(rows, grants);
    }
    PQclear(rows);
    return rc;
}

static enum rc add_handlers(struct pg *pg, const char *const *units, size_t count, int64_t then_ms,
                            struct staffing_grants *grants, struct error *error) {
    enum rc rc = RC_OK;
    for (size_t i = 0; i < count && rc == RC_OK; i++) {
        rc = add_people(pg, "handler", units[i], NULL, then_ms, grants, error);
    }
    return rc;
}

static enum rc look_for_handlers(struct pg *pg, const struct case_state *state,
                                 const struct case_input *input, int64_t now_ms,
                                 struct staffing_grants *grants, struct error *error) {
    const char *units[STAFFING_UNITS];
    size_t count = staffing_units(state, input, units);
    return add_handlers(pg, units, count, now_ms, grants, error);
}

static enum rc look_for_supervisors(struct pg *pg, const struct case_state *state,
                                    const struct case_input *input, int64_t now_ms,
                                    struct staffing_grants *grants, struct error *error) {
    if (!staffing_asks_grants(state, input, now_ms)) {
        return RC_OK;
    }
    const char *next = staffing_moves_to(state, input);
    enum rc rc = add_people(pg, "supervisor", state->unit, state->case_id, now_ms, grants, error);
    return rc == RC_OK && next != NULL
               ? add_people(pg, "supervisor", next, NULL, now_ms, grants, error)
               : rc;
}

static enum rc look_for_handler(struct pg *pg, const struct case_state *state,
                                const struct case_input *input, int64_t now_ms,
                                struct staffing_grants *grants, struct error *error) {
    return staffing_asks_handler(state, input, now_ms)
               ? add_people(pg, "handler", state->unit, state->case_id, now_ms, grants, error)
               : RC_OK;
}

static enum rc look_for_reviewers(struct pg *pg, const struct case_state *state,
                                  const struct case_input *input, int64_t now_ms,
                                  struct staffing_grants *grants, struct error *error) {
    return staffing_asks_reviewers(state, input)
               ? add_people(pg, "reviewer", state->unit, state->case_id, now_ms, grants, error)
               : RC_OK;
}

// Whether a grant has ended since the case was last looked at that leaves nobody; fills whom the
// input tells of it (unhandled_to), if it tells of nobody else who can't act.
static enum rc look_for_ended(struct pg *pg, const struct region *region,
                              const struct case_state *state, struct case_input *input,
                              int64_t now_ms, struct error *error) {
    const char *units[STAFFING_UNITS];
    struct staffing_grants handlers = {.count = 0};
    struct staffing_grants reviewers = {.count = 0};
    size_t count = staffing_waiting(state, input, units);
    bool reviewed = staffing_is_reviewed(state, input);
    bool told = input->unstaffed_to != NULL || input->unhandled_to != NULL;
    int64_t then_ms = state->looked_at_ms < now_ms ? state->looked_at_ms : now_ms;
    if (told || (count == 0 && !reviewed)) {
        return RC_OK;
    }
    enum rc rc = add_handlers(pg, units, count, then_ms, &handlers, error);
    if (rc == RC_OK && reviewed) {
        rc = add_people(pg, "reviewer", state->unit, state->case_id, then_ms, &reviewers, error);
    }
    if (rc == RC_OK) {
        input->unhandled_to =
            staffing_ended_alarm(region, state, input, &handlers, &reviewers, now_ms);
    }
    return rc;
}

enum rc unit_grants_look(struct pg *pg, const struct region *region, const struct case_state *state,
                         struct case_input *input, int64_t now_ms, struct error *error) {
    struct staffing_grants handlers = {.count = 0};
    struct staffing_grants supervisors = {.count = 0};
    struct staffing_grants reviewers = {.count = 0};
    struct staffing_grants handler = {.count = 0};
    enum rc rc = look_for_handlers(pg, state, input, now_ms, &handlers, error);
    rc = rc == RC_OK ? look_for_supervisors(pg, state, input, now_ms, &supervisors, error) : rc;
    rc = rc == RC_OK ? look_for_reviewers(pg, state, input, now_ms, &reviewers, error) : rc;
    rc = rc == RC_OK ? look_for_handler(pg, state, input, now_ms, &handler, error) : rc;
    if (rc != RC_OK) {
        return rc;
    }
    input->unstaffed_to = staffing_alarm(region, state, input, &handlers);
    if (input->unstaffed_to == NULL) {
        input->unstaffed_to = staffing_review_alarm(region, state, input, &reviewers);
    }
    staffing_handler(region, state, input, &handler, now_ms);
    staffing_supervision(region, state, input, &supervisors, now_ms);
    return look_for_ended(pg, region, state, input, now_ms, error);
}
