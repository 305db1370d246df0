// SPDX-License-Identifier: Apache-2.0
// Statements and their parameters.
#include "store.h"

#include "common/clock.h"

#include <stdio.h>
#include <stdlib.h>

static enum rc simple(struct pg *pg, const char *sql, struct pg_parameters *parameters,
                      struct error *error) {
    return pg_run(pg, sql, parameters, NULL, error);
}

static const char put_contacts[] =
    "WITH last AS (SELECT DISTINCT ON (case_id) case_id, sealed "
    "FROM unnest($1::uuid[], $2::bytea[]) WITH ORDINALITY AS b(case_id, sealed, place) "
    "ORDER BY case_id, place DESC), "
    "erased AS (DELETE FROM contacts c USING last "
    "WHERE c.case_id = last.case_id AND last.sealed IS NULL) "
    "INSERT INTO contacts (case_id, sealed) SELECT case_id, sealed FROM last "
    "WHERE sealed IS NOT NULL ON CONFLICT (case_id) DO UPDATE SET sealed = excluded.sealed";

static const char put_cases[] =
    "INSERT INTO cases (case_id, tenant, tracking_code, language, received_at, promised_at, "
    "contactable) SELECT * FROM unnest($1::uuid[], $2::text[], $3::text[], $4::text[], "
    "$5::timestamptz[], $6::timestamptz[], $7::bool[]) ON CONFLICT (case_id) DO NOTHING";

static const char put_deliveries[] =
    "INSERT INTO deliveries (delivery_id, case_id, tenant, occasion_sequence, channel, recipient, "
    "template, fact_type, parameters, occurred_at, urgent, next_attempt_at, failure) "
    "SELECT * FROM unnest($1::uuid[], $2::uuid[], $3::text[], $4::bigint[], $5::text[], "
    "$6::text[], $7::text[], $8::text[], $9::text[], $10::timestamptz[], $11::bool[], "
    "$12::timestamptz[], $13::text[]) ON CONFLICT DO NOTHING";

static const char tell_no_more[] =
    "UPDATE cases c SET contactable = false FROM unnest($1::uuid[]) AS b(case_id) "
    "WHERE c.case_id = b.case_id";

// What still waits for its complainant comes up now, to end as erased; what a sender may be at,
// once its lease is over.
static const char hurry_erased[] =
    "UPDATE deliveries d SET next_attempt_at = CASE WHEN d.attempts = 0 THEN $2 ELSE $3 END "
    "FROM unnest($1::uuid[]) AS b(case_id) WHERE d.case_id = b.case_id AND "
    "d.recipient = 'complainant' AND d.state = 'pending' AND d.next_attempt_at > $2";

// By the names that notice.c gives the parameters.
static const char say_no_progress[] =
    "UPDATE deliveries d SET parameters = "
    "(d.parameters::jsonb || '{\"earlier_progress\": \"\"}')::text "
    "FROM unnest($1::uuid[], $2::text[], $3::bigint[]) AS b(case_id, earlier, sequence) "
    "WHERE d.case_id = b.case_id AND d.occasion_sequence < b.sequence AND "
    "d.recipient = 'complainant' AND d.state = 'pending' AND "
    "d.parameters::jsonb ->> 'earlier_case' = b.earlier";

#define COLUMNS(list) (sizeof(list) / sizeof(list)[0])

void store_batch_begin(struct store_batch *batch) {
    static const enum pg_element contacts[] = {PG_UUID, PG_BYTES};
    static const enum pg_element cases[] = {PG_UUID, PG_TEXT, PG_TEXT, PG_TEXT,
                                            PG_TIME, PG_TIME, PG_BOOL};
    static const enum pg_element deliveries[] = {PG_UUID, PG_UUID, PG_TEXT, PG_INT8, PG_TEXT,
                                                 PG_TEXT, PG_TEXT, PG_TEXT, PG_TEXT, PG_TIME,
                                                 PG_BOOL, PG_TIME, PG_TEXT};
    static const enum pg_element apart[] = {PG_UUID, PG_TEXT, PG_INT8};
    pg_array_begin(&batch->erased, PG_UUID);
    pg_array_begin(&batch->hurried, PG_UUID);
    for (size_t i = 0; i < COLUMNS(contacts); i++) {
        pg_array_begin(&batch->contacts[i], contacts[i]);
    }
    for (size_t i = 0; i < COLUMNS(cases); i++) {
        pg_array_begin(&batch->cases[i], cases[i]);
    }
    for (size_t i = 0; i < COLUMNS(deliveries); i++) {
        pg_array_begin(&batch->deliveries[i], deliveries[i]);
    }
    for (size_t i = 0; i < COLUMNS(apart); i++) {
        pg_array_begin(&batch->apart[i], apart[i]);
    }
}

void store_batch_contact(struct store_batch *batch, const char *case_id, const void *sealed,
                         size_t size) {
    pg_array_uuid(&batch->contacts[0], case_id);
    pg_array_bytes(&batch->contacts[1], sealed, size);
}

void store_batch_case(struct store_batch *batch, const Redress__V1__CaseRegistered *fact) {
    struct pg_array *columns = batch->cases;
    pg_array_uuid(&columns[0], fact->meta->case_id);
    pg_array_text(&columns[1], fact->meta->tenant);
    pg_array_text(&columns[2], fact->tracking_code);
    pg_array_text(&columns[3], fact->language);
    pg_array_number(&columns[4], fact->received_at_ms);
    pg_array_number(&columns[5], fact->promised_at_ms);
    pg_array_number(&columns[6], fact->contactable);
}

void store_batch_erased(struct store_batch *batch, const char *case_id) {
    pg_array_uuid(&batch->erased, case_id);
    pg_array_uuid(&batch->hurried, case_id);
}

void store_batch_apart(struct store_batch *batch, const char *case_id, const char *earlier,
                       int64_t sequence) {
    pg_array_uuid(&batch->apart[0], case_id);
    pg_array_text(&batch->apart[1], earlier);
    pg_array_number(&batch->apart[2], sequence);
}

void store_batch_delivery(struct store_batch *batch, const struct store_delivery *delivery,
                          const struct plan *plan) {
    struct pg_array *columns = batch->deliveries;
    pg_array_uuid(&columns[0], delivery->delivery_id);
    pg_array_uuid(&columns[1], delivery->case_id);
    pg_array_text(&columns[2], delivery->tenant);
    pg_array_number(&columns[3], delivery->occasion_sequence);
    pg_array_text(&columns[4], plan->channel);
    pg_array_text(&columns[5], plan->recipient);
    pg_array_text(&columns[6], plan->template_code);
    pg_array_text(&columns[7], delivery->fact);
    pg_array_text(&columns[8], delivery->parameters);
    pg_array_number(&columns[9], delivery->occurred_at_ms);
    pg_array_number(&columns[10], plan->urgent);
}

void store_batch_due(struct store_batch *batch, const struct cap_notice *notice) {
    pg_array_number(&batch->deliveries[11], notice->at_ms);
    pg_array_text(&batch->deliveries[12], notice->capped ? "capped" : "");
}

static enum rc queue(struct pg *pg, const char *sql, struct pg_array *columns, size_t count,
                     struct error *error) {
    struct pg_parameters parameters = {0};
    for (size_t i = 0; i < count; i++) {
        pg_add_array(&parameters, &columns[i]);
    }
    return pg_queue(pg, sql, &parameters, error);
}

// After the deliveries of the same batch, which it ends too.
static enum rc queue_erased(struct pg *pg, struct store_batch *batch, struct error *error) {
    struct pg_parameters parameters = {0};
    int64_t now_ms = clock_wall_ms();
    enum rc rc = queue(pg, tell_no_more, &batch->erased, 1, error);
    if (rc != RC_OK) {
        return rc;
    }
    pg_add_array(&parameters, &batch->hurried);
    pg_add_time(&parameters, now_ms);
    pg_add_time(&parameters, now_ms + STORE_LEASE_MS);
    return pg_queue(pg, hurry_erased, &parameters, error);
}

enum rc store_batch_write(struct pg *pg, struct store_batch *batch, struct error *error) {
    struct pg_parameters none = {0};
    struct pg_parameters end = {0};
    enum rc rc = pg_queue(pg, "BEGIN", &none, error);
    rc = rc == RC_OK ? queue(pg, put_contacts, batch->contacts, COLUMNS(batch->contacts), error)
                     : rc;
    rc = rc == RC_OK ? queue(pg, put_cases, batch->cases, COLUMNS(batch->cases), error) : rc;
    rc = rc == RC_OK
             ? queue(pg, put_deliveries, batch->deliveries, COLUMNS(batch->deliveries), error)
             : rc;
    bool erases = batch->erased.count > 0;
    bool parts = batch->apart[0].count > 0;
    rc = rc == RC_OK && parts
             ? queue(pg, say_no_progress, batch->apart, COLUMNS(batch->apart), error)
             : rc;
    rc = rc == RC_OK && erases ? queue_erased(pg, batch, error) : rc;
    rc = rc == RC_OK ? pg_queue(pg, "COMMIT", &end, error) : rc;
    return rc == RC_OK ? pg_collect(pg, NULL, 5 + (erases ? 2U : 0U) + (parts ? 1U : 0U), error)
                       : rc;
}

static void free_columns(struct pg_array *columns, size_t count) {
    for (size_t i = 0; i < count; i++) {
        free(columns[i].bytes);
        columns[i].bytes = NULL;
    }
}

void store_batch_free(struct store_batch *batch) {
    free_columns(&batch->erased, 1);
    free_columns(&batch->hurried, 1);
    free_columns(batch->apart, COLUMNS(batch->apart));
    free_columns(batch->contacts, COLUMNS(batch->contacts));
    free_columns(batch->cases, COLUMNS(batch->cases));
    free_columns(batch->deliveries, COLUMNS(batch->deliveries));
}

enum rc store_contactable(struct pg *pg, const char *const *case_ids, size_t count, PGresult **rows,
                          struct error *error) {
    struct pg_parameters parameters = {0};
    struct pg_array ids;
    pg_array_begin(&ids, PG_UUID);
    for (size_t i = 0; i < count; i++) {
        pg_array_uuid(&ids, case_ids[i]);
    }
    pg_add_array(&parameters, &ids);
    return pg_run(pg,
                  "SELECT case_id FROM cases WHERE case_id = ANY($1) AND contactable "
                  "ORDER BY case_id",
                  &parameters, rows, error);
}

// One row a notice of the last hour. A complainant is one of a case, staff are the same in all.
static const char past_notices[] =
    "SELECT k.recipient, '' AS owner, p.at FROM (SELECT DISTINCT unnest($1::text[])) AS "
    "k(recipient), LATERAL (SELECT d.next_attempt_at AS at FROM deliveries d "
    "WHERE d.recipient = k.recipient AND d.channel = 'email' AND NOT d.urgent AND "
    "d.recipient <> 'complainant' AND d.next_attempt_at > $3 AND d.state <> 'failed' "
    "ORDER BY d.next_attempt_at DESC LIMIT $4) p "
    "UNION ALL SELECT 'complainant', k.case_id::text, d.next_attempt_at "
    "FROM (SELECT DISTINCT unnest($2::uuid[])) AS k(case_id) JOIN deliveries d USING (case_id) "
    "WHERE d.recipient = 'complainant' AND d.channel = 'email' AND NOT d.urgent AND "
    "d.next_attempt_at > $3 AND d.state <> 'failed'";

static enum rc read_past(const PGresult *rows, struct cap_past **past, size_t *count,
                         struct error *error) {
    size_t found = (size_t)PQntuples(rows);
    *past = found == 0 ? NULL : calloc(found, sizeof **past);
    if (found > 0 && *past == NULL) {
        return error_set(error, RC_INTERNAL, "out of memory for notices");
    }
    for (size_t i = 0; i < found; i++) {
        struct cap_past *entry = &(*past)[i];
        snprintf(entry->recipient, sizeof entry->recipient, "%s", pg_get_text(rows, (int)i, 0));
        snprintf(entry->case_id, sizeof entry->case_id, "%s", pg_get_text(rows, (int)i, 1));
        entry->at_ms = pg_get_time(rows, (int)i, 2);
    }
    *count = found;
    return RC_OK;
}

enum rc store_past(struct pg *pg, const struct cap_batch *batch, int64_t since_ms, int64_t most,
                   struct cap_past **past, size_t *count, struct error *error) {
    struct pg_parameters parameters = {0};
    struct pg_array staff;
    struct pg_array cases;
    PGresult *rows = NULL;
    pg_array_begin(&staff, PG_TEXT);
    pg_array_begin(&cases, PG_UUID);
    for (size_t i = 0; i < batch->count; i++) {
        const struct cap_notice *notice = &batch->list[i];
        if (notice->counted && notice->case_id[0] != '\0') {
            pg_array_uuid(&cases, notice->case_id);
        } else if (notice->counted) {
            pg_array_text(&staff, notice->recipient);
        }
    }
    pg_add_array(&parameters, &staff);
    pg_add_array(&parameters, &cases);
    pg_add_time(&parameters, since_ms);
    pg_add_int8(&parameters, most);
    enum rc rc = pg_run(pg, past_notices, &parameters, &rows, error);
    rc = rc == RC_OK ? read_past(rows, past, count, error) : rc;
    PQclear(rows);
    return rc;
}

static const char claim_due[] =
    "WITH due AS (SELECT delivery_id FROM deliveries WHERE state = 'pending' AND "
    "next_attempt_at <= $1 ORDER BY urgent DESC, next_attempt_at LIMIT $3 "
    "FOR UPDATE SKIP LOCKED), taken AS (UPDATE deliveries d SET "
    "attempts = attempts + 1, next_attempt_at = $2 FROM due "
    "WHERE d.delivery_id = due.delivery_id RETURNING d.*) "
    "SELECT t.delivery_id, t.case_id, t.tenant, t.channel, t.recipient, t.template, "
    "t.fact_type, t.parameters, t.occurred_at, t.attempts, "
    "coalesce(c.tracking_code, ''), coalesce(c.language, ''), c.received_at, "
    "c.promised_at, k.sealed, t.occasion_sequence, coalesce(c.contactable, true), t.urgent "
    "FROM taken t "
    "LEFT JOIN cases c USING (case_id) LEFT JOIN contacts k USING (case_id) "
    "ORDER BY t.urgent DESC";

// Not state = 'pending': the planner would then read all that is due by its partial index, a
// backlog for each round.
static const char conclude[] =
    "UPDATE deliveries d SET state = b.state, failure = b.failure, "
    "next_attempt_at = coalesce(b.next, d.next_attempt_at), reported = b.reported, "
    "attempts = d.attempts + b.tried "
    "FROM unnest($1::uuid[], $2::text[], $3::text[], $4::timestamptz[], $5::bool[], "
    "$6::int8[]) AS b(delivery_id, state, failure, next, reported, tried) "
    "WHERE d.delivery_id = b.delivery_id AND d.state <> 'sent' AND d.state <> 'failed'";

static void add_results(struct pg_parameters *parameters, const struct store_result *results,
                        size_t count) {
    static const enum pg_element types[] = {PG_UUID, PG_TEXT, PG_TEXT, PG_TIME, PG_BOOL, PG_INT8};
    struct pg_array columns[COLUMNS(types)];
    for (size_t i = 0; i < COLUMNS(types); i++) {
        pg_array_begin(&columns[i], types[i]);
    }
    for (size_t i = 0; i < count; i++) {
        pg_array_uuid(&columns[0], results[i].delivery_id);
        pg_array_text(&columns[1], results[i].state);
        pg_array_text(&columns[2], results[i].failure);
        pg_array_number(&columns[3], results[i].next_attempt_ms);
        pg_array_number(&columns[4], results[i].reported);
        pg_array_number(&columns[5], results[i].waits ? -1 : 0);
    }
    for (size_t i = 0; i < COLUMNS(types); i++) {
        pg_add_array(parameters, &columns[i]);
    }
}

enum rc store_conclude(struct pg *pg, const struct store_result *results, size_t count,
                       struct error *error) {
    struct pg_parameters parameters = {0};
    if (count == 0) {
        return RC_OK;
    }
    add_results(&parameters, results, count);
    return simple(pg, conclude, &parameters, error);
}

enum rc store_turn(struct pg *pg, const struct store_result *ended, size_t count, PGresult **rows,
                   struct error *error) {
    struct pg_parameters results = {0};
    struct pg_parameters claim = {0};
    PGresult *answers[2] = {NULL};
    size_t place = count == 0 ? 0 : 1; // of the claim
    int64_t now = clock_wall_ms();
    enum rc rc = RC_OK;
    if (count > 0) {
        add_results(&results, ended, count);
        rc = pg_queue(pg, conclude, &results, error);
    }
    if (rc == RC_OK) {
        pg_add_time(&claim, now);
        pg_add_time(&claim, now + STORE_LEASE_MS);
        pg_add_int8(&claim, STORE_CLAIM_MOST);
        rc = pg_queue(pg, claim_due, &claim, error);
    }
    rc = rc == RC_OK ? pg_collect(pg, answers, place + 1, error) : rc;
    if (place == 1) {
        PQclear(answers[0]);
    }
    *rows = answers[place];
    return rc;
}

enum rc store_unreported(struct pg *pg, PGresult **rows, struct error *error) {
    struct pg_parameters parameters = {0};
    return pg_run(pg,
                  "SELECT delivery_id, case_id, tenant, occasion_sequence, channel, recipient, "
                  "template, state, attempts, failure FROM deliveries "
                  "WHERE state <> 'pending' AND NOT reported ORDER BY delivery_id LIMIT 200",
                  &parameters, rows, error);
}

enum rc store_reported(struct pg *pg, const PGresult *rows, struct error *error) {
    struct pg_parameters parameters = {0};
    struct pg_array ids;
    pg_array_begin(&ids, PG_UUID);
    for (int row = 0; row < PQntuples(rows); row++) {
        char id[37];
        pg_get_uuid(rows, row, 0, id);
        pg_array_uuid(&ids, id);
    }
    pg_add_array(&parameters, &ids);
    return simple(pg, "UPDATE deliveries SET reported = true WHERE delivery_id = ANY($1)",
                  &parameters, error);
}

enum rc store_deliveries(struct pg *pg, const char *case_id, json_t **page, struct error *error) {
    struct pg_parameters parameters = {0};
    PGresult *rows = NULL;
    pg_add_uuid(&parameters, case_id);
    enum rc rc = pg_run(pg,
                        "SELECT delivery_id, occasion_sequence, channel, recipient, template, "
                        "fact_type, state, attempts, failure FROM deliveries WHERE case_id = $1 "
                        "ORDER BY occasion_sequence, channel, recipient LIMIT 200",
                        &parameters, &rows, error);
    if (rc != RC_OK) {
        return rc;
    }
    json_t *items = json_array();
    for (int row = 0; row < PQntuples(rows); row++) {
        char id[37];
        pg_get_uuid(rows, row, 0, id);
        json_array_append_new(
            items,
            json_pack("{s:s, s:I, s:s, s:s, s:s, s:s, s:s, s:i, s:s}", "delivery_id", id,
                      "occasion_sequence", (json_int_t)pg_get_number(rows, row, 1), "channel",
                      pg_get_text(rows, row, 2), "recipient", pg_get_text(rows, row, 3), "template",
                      pg_get_text(rows, row, 4), "fact", pg_get_text(rows, row, 5), "state",
                      pg_get_text(rows, row, 6), "attempts", (int)pg_get_number(rows, row, 7),
                      "failure", pg_get_text(rows, row, 8)));
    }
    PQclear(rows);
    *page = json_pack("{s:o}", "items", items);
    return RC_OK;
}
