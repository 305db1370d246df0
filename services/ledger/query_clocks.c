// SPDX-License-Identifier: Apache-2.0
// Clocks that run or rest: for sla-timer's index, for its computing of deadlines, and what explains
// them to people.
#include "query.h"

#include "case_json.h"
#include "plans.h"
#include "state_codec.h"

#include "common/ident.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

static json_t *clock_items(const PGresult *result, int most) {
    json_t *items = json_array();
    for (int row = 0; row < PQntuples(result) && row < most; row++) {
        char case_id[37];
        pg_get_uuid(result, row, 0, case_id);
        json_array_append_new(
            items, json_pack("{s:s, s:s, s:s, s:I, s:I, s:I, s:b, s:b}", "case_id", case_id, "name",
                             pg_get_text(result, row, 1), "tenant", pg_get_text(result, row, 2),
                             "version", (json_int_t)pg_get_number(result, row, 3), "warn_at_ms",
                             (json_int_t)pg_get_time(result, row, 4), "due_at_ms",
                             (json_int_t)pg_get_time(result, row, 5), "warned",
                             (int)pg_get_number(result, row, 6), "paused",
                             (int)pg_get_number(result, row, 7)));
    }
    return items;
}

#define CLOCK_COLUMNS "case_id, name, tenant, version, warn_at, due_at, warned, paused"

enum rc query_clocks(struct pg *pg, const char *after, int64_t limit, json_t **page,
                     struct error *error) {
    struct pg_parameters parameters = {0};
    PGresult *result = NULL;
    bool begin = after == NULL || after[0] == '\0';
    char case_id[37] = "";
    if (!begin) {
        snprintf(case_id, sizeof case_id, "%.36s", after);
    }
    if (!begin && (strlen(after) < 38 || strlen(after) > 37 + CLOCK_NAME_SIZE - 1 ||
                   after[36] != '/' || !ident_is_uuid(case_id))) {
        return error_field(error, "bad-cursor", "after", "after is not a cursor of this list");
    }
    pg_add_uuid(&parameters, begin ? "00000000-0000-0000-0000-000000000000" : case_id);
    pg_add_text(&parameters, begin ? "" : after + 37);
    pg_add_int8(&parameters, limit + 1);
    enum rc rc = pg_run(pg,
                        "SELECT " CLOCK_COLUMNS " FROM ledger.clocks WHERE (case_id, name) > "
                        "($1, $2) ORDER BY case_id, name LIMIT $3",
                        &parameters, &result, error);
    if (rc != RC_OK) {
        return rc;
    }
    json_t *next = NULL;
    if (PQntuples(result) > limit) {
        pg_get_uuid(result, (int)limit - 1, 0, case_id);
        next = json_sprintf("%s/%s", case_id, pg_get_text(result, (int)limit - 1, 1));
    }
    *page = query_page(clock_items(result, (int)limit), next);
    PQclear(result);
    return RC_OK;
}

enum rc query_overdue(struct pg *pg, int64_t now_ms, int64_t limit, json_t **page,
                      struct error *error) {
    struct pg_parameters parameters = {0};
    PGresult *result = NULL;
    pg_add_time(&parameters, now_ms);
    pg_add_int8(&parameters, limit);
    enum rc rc = pg_run(pg,
                        "(SELECT " CLOCK_COLUMNS " FROM ledger.clocks WHERE due_at <= $1 ORDER BY "
                        "due_at LIMIT $2) UNION ALL (SELECT " CLOCK_COLUMNS " FROM ledger.clocks "
                        "WHERE NOT warned AND warn_at <= $1 AND due_at > $1 ORDER BY warn_at "
                        "LIMIT $2)",
                        &parameters, &result, error);
    if (rc == RC_OK) {
        *page = query_page(clock_items(result, PQntuples(result)), NULL);
        PQclear(result);
    }
    return rc;
}

static json_t *change_to_json(const struct case_change *change) {
    return json_pack("{s:s, s:I, s:I, s:I, s:i, s:s, s:b}", "ground", change->ground, "from_ms",
                     (json_int_t)change->from_ms, "to_ms", (json_int_t)change->to_ms, "until_ms",
                     (json_int_t)change->until_ms, "value", (int)change->limit.value, "unit",
                     limit_unit_name(change->limit.unit), "last_day_kept",
                     change->limit.keeps_last_day);
}

// The points that are still to come.
static json_t *warns_to_json(const struct case_clock *clock) {
    json_t *list = json_array();
    for (uint32_t i = clock->warned; i < clock->warn_count; i++) {
        json_array_append_new(list, json_integer((json_int_t)clock->warn_at_ms[i]));
    }
    return list;
}

// Of a clock that rests: where its rule may begin once it runs again.
static json_t *past_to_json(const struct case_state *state, const struct case_clock *clock) {
    struct clock_past past;
    if (clock->state != CLOCK_STATE_PAUSED || !plans_past(state, clock, &past)) {
        return NULL;
    }
    json_t *reached = json_object();
    for (int i = 0; i < MILESTONE_COUNT; i++) {
        if (past.reached_at_ms[i] != 0) {
            json_object_set_new(reached, milestone_name((enum milestone)i),
                                json_integer((json_int_t)past.reached_at_ms[i]));
        }
    }
    return json_pack("{s:o, s:I, s:s}", "reached", reached, "restarted_at_ms",
                     (json_int_t)past.restarted_at_ms, "restarted_on", past.restarted_on);
}

static json_t *run_to_json(const struct case_state *state, const struct case_clock *clock) {
    json_t *changes = json_array();
    for (size_t i = 0; i < state->change_count; i++) {
        if (case_change_counts(clock, &state->changes[i])) {
            json_array_append_new(changes, change_to_json(&state->changes[i]));
        }
    }
    return json_pack(
        "{s:s, s:I, s:s, s:s, s:i, s:b, s:I, s:o, s:I, s:b, s:s, s:s, s:s, s:b, s:s, s:s, s:i, "
        "s:i, "
        "s:i, s:s, s:o, s:o*}",
        "case_id", state->case_id, "sequence", (json_int_t)state->sequence, "tenant", state->tenant,
        "name", clock->name, "version", (int)clock->version, "paused",
        clock->state == CLOCK_STATE_PAUSED, "started_at_ms", (json_int_t)clock->started_at_ms,
        "warns_at_ms", warns_to_json(clock), "due_at_ms", (json_int_t)clock->due_at_ms,
        "provisional", clock->provisional, "restarted_on", clock->restarted_on, "policy_version",
        clock->policy_version, "calendar_version", clock->calendar_version, "lapses", clock->lapses,
        "stops_on", clock->stops_on == MILESTONE_COUNT ? "" : milestone_name(clock->stops_on),
        "category", state->category, "urgency", (int)state->urgency, "crisis", (int)state->crisis,
        "channel", (int)state->channel, "situations", state->situations, "changes", changes, "past",
        past_to_json(state, clock));
}

static enum rc add_runs(json_t *items, const PGresult *result, int row, struct error *error) {
    struct case_state state;
    size_t size = 0;
    const void *bytes = pg_get_bytes(result, row, 0, &size);
    enum rc rc = state_unpack(bytes, size, &state, error);
    for (size_t i = 0; i < state.clock_count && rc == RC_OK; i++) {
        if (case_clock_is_open(&state.clocks[i])) {
            json_array_append_new(items, run_to_json(&state, &state.clocks[i]));
        }
    }
    return rc;
}

static enum rc runs_page(PGresult *result, int most, json_t **page, struct error *error) {
    json_t *items = json_array();
    json_t *next = NULL;
    char case_id[37];
    enum rc rc = RC_OK;
    for (int row = 0; row < PQntuples(result) && row < most && rc == RC_OK; row++) {
        rc = add_runs(items, result, row, error);
    }
    if (PQntuples(result) > most) {
        pg_get_uuid(result, most - 1, 1, case_id);
        next = json_string(case_id);
    }
    PQclear(result);
    if (rc != RC_OK) {
        json_decref(items);
        json_decref(next);
        return rc;
    }
    *page = query_page(items, next);
    return RC_OK;
}

// A loose scan over the clocks' key gives each case once, and their states with them.
enum rc query_runs(struct pg *pg, const char *after, int64_t limit, json_t **page,
                   struct error *error) {
    struct pg_parameters parameters = {0};
    PGresult *result = NULL;
    bool begin = after == NULL || after[0] == '\0';
    if (!begin && !ident_is_uuid(after)) {
        return error_field(error, "bad-cursor", "after", "after is not a cursor of this list");
    }
    pg_add_uuid(&parameters, begin ? "00000000-0000-0000-0000-000000000000" : after);
    pg_add_int8(&parameters, limit + 1);
    enum rc rc = pg_run(pg,
                        "SELECT k.state, k.case_id FROM (SELECT DISTINCT case_id FROM "
                        "ledger.clocks WHERE case_id > $1 ORDER BY case_id LIMIT $2) AS c "
                        "JOIN ledger.cases k USING (case_id) ORDER BY k.case_id",
                        &parameters, &result, error);
    return rc == RC_OK ? runs_page(result, (int)limit, page, error) : rc;
}

enum rc query_runs_of(struct pg *pg, const char *case_id, json_t **page, struct error *error) {
    struct pg_parameters parameters = {0};
    PGresult *result = NULL;
    pg_add_uuid(&parameters, case_id);
    enum rc rc = pg_run(pg, "SELECT state, case_id FROM ledger.cases WHERE case_id = $1",
                        &parameters, &result, error);
    return rc == RC_OK ? runs_page(result, 1, page, error) : rc;
}

static enum rc explanation(const PGresult *result, int row, json_t **lines, struct error *error) {
    struct fact fact;
    ProtobufCMessage *message = NULL;
    size_t size = 0;
    *lines = json_array();
    const void *bytes = pg_get_bytes(result, row, 2, &size);
    enum fact_kind kind = fact_kind_of(pg_get_text(result, row, 1));
    enum rc rc = kind == FACT_CLOCK_ARMED || kind == FACT_CLOCK_PAUSED
                     ? fact_unpack_or_none(kind, bytes, size, &fact, &message, error)
                     : RC_OK;
    if (message == NULL) {
        return rc;
    }
    const Redress__V1__ClockTerms *terms =
        kind == FACT_CLOCK_ARMED ? fact.body.clock_armed.terms : fact.body.clock_paused.terms;
    for (size_t i = 0; terms != NULL && i < terms->n_explanation; i++) {
        json_array_append_new(*lines, json_string(terms->explanation[i]));
    }
    fact_release(message);
    return RC_OK;
}

// Not every clock of the state is shown; NULL.
static json_t *find_shown(json_t *clocks, const char *name) {
    size_t place;
    json_t *clock;
    json_array_foreach(clocks, place, clock) {
        if (strcmp(json_string_value(json_object_get(clock, "name")), name) == 0) {
            return clock;
        }
    }
    return NULL;
}

static enum rc explain_row(const struct case_state *state, const PGresult *result, int row,
                           json_t *clocks, struct error *error) {
    json_t *lines = NULL;
    enum rc rc = explanation(result, row, &lines, error);
    for (size_t i = 0; rc == RC_OK && i < state->clock_count; i++) {
        if ((int64_t)state->clocks[i].armed_sequence == pg_get_number(result, row, 0)) {
            json_object_set(find_shown(clocks, state->clocks[i].name), "explanation", lines);
        }
    }
    json_decref(lines);
    return rc;
}

enum rc query_explain(struct pg *pg, const struct case_state *state, json_t *clocks,
                      struct error *error) {
    struct pg_parameters parameters = {0};
    struct pg_array sequences;
    PGresult *result = NULL;
    pg_array_begin(&sequences, PG_INT8);
    for (size_t i = 0; i < state->clock_count; i++) {
        pg_array_number(&sequences, (int64_t)state->clocks[i].armed_sequence);
    }
    pg_add_uuid(&parameters, state->case_id);
    pg_add_array(&parameters, &sequences);
    enum rc rc = pg_run(pg,
                        "SELECT seq, type, payload FROM ledger.case_events WHERE case_id = $1 AND "
                        "seq = ANY($2::bigint[])",
                        &parameters, &result, error);
    for (int row = 0; rc == RC_OK && row < PQntuples(result); row++) {
        rc = explain_row(state, result, row, clocks, error);
    }
    PQclear(result);
    return rc;
}
