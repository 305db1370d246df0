// SPDX-License-Identifier: Apache-2.0
// Statements and their parameters.
#include "store.h"

#include "common/clock.h"

static enum rc simple(struct pg *pg, const char *sql, struct pg_parameters *parameters,
                      struct error *error) {
    return pg_run(pg, sql, parameters, NULL, error);
}

enum rc store_put_contact(struct pg *pg, const char *case_id, const void *sealed, size_t size,
                          struct error *error) {
    struct pg_parameters parameters = {0};
    pg_add_uuid(&parameters, case_id);
    if (sealed == NULL) {
        return simple(pg, "DELETE FROM contacts WHERE case_id = $1", &parameters, error);
    }
    pg_add_bytes(&parameters, sealed, size);
    return simple(pg,
                  "INSERT INTO contacts (case_id, sealed) VALUES ($1, $2) "
                  "ON CONFLICT (case_id) DO UPDATE SET sealed = excluded.sealed",
                  &parameters, error);
}

enum rc store_put_case(struct pg *pg, const Redress__V1__CaseRegistered *fact,
                       struct error *error) {
    struct pg_parameters parameters = {0};
    pg_add_uuid(&parameters, fact->meta->case_id);
    pg_add_text(&parameters, fact->meta->tenant);
    pg_add_text(&parameters, fact->tracking_code);
    pg_add_text(&parameters, fact->language);
    pg_add_time(&parameters, fact->received_at_ms);
    pg_add_time(&parameters, fact->promised_at_ms);
    pg_add_bool(&parameters, fact->contactable);
    return simple(pg,
                  "INSERT INTO cases (case_id, tenant, tracking_code, language, received_at, "
                  "promised_at, contactable) VALUES ($1, $2, $3, $4, $5, $6, $7) "
                  "ON CONFLICT (case_id) DO NOTHING",
                  &parameters, error);
}

enum rc store_contactable(struct pg *pg, const char *case_id, bool *contactable,
                          struct error *error) {
    struct pg_parameters parameters = {0};
    PGresult *result = NULL;
    pg_add_uuid(&parameters, case_id);
    enum rc rc =
        pg_run(pg, "SELECT contactable FROM cases WHERE case_id = $1", &parameters, &result, error);
    if (rc == RC_OK) {
        *contactable = PQntuples(result) == 1 && pg_get_number(result, 0, 0) != 0;
        PQclear(result);
    }
    return rc;
}

enum rc store_add_delivery(struct pg *pg, const struct store_delivery *delivery,
                           const struct plan *plan, struct error *error) {
    struct pg_parameters parameters = {0};
    pg_add_uuid(&parameters, delivery->delivery_id);
    pg_add_uuid(&parameters, delivery->case_id);
    pg_add_text(&parameters, delivery->tenant);
    pg_add_int8(&parameters, delivery->occasion_sequence);
    pg_add_text(&parameters, plan->channel);
    pg_add_text(&parameters, plan->recipient);
    pg_add_text(&parameters, plan->template_code);
    pg_add_text(&parameters, delivery->fact);
    pg_add_text(&parameters, delivery->parameters);
    pg_add_time(&parameters, delivery->occurred_at_ms);
    pg_add_bool(&parameters, plan->urgent);
    pg_add_time(&parameters, delivery->not_before_ms);
    return simple(pg,
                  "INSERT INTO deliveries (delivery_id, case_id, tenant, occasion_sequence, "
                  "channel, recipient, template, fact_type, parameters, occurred_at, urgent, "
                  "next_attempt_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12) "
                  "ON CONFLICT DO NOTHING",
                  &parameters, error);
}

enum rc store_claim(struct pg *pg, PGresult **rows, struct error *error) {
    struct pg_parameters parameters = {0};
    int64_t now = clock_wall_ms();
    pg_add_time(&parameters, now);
    pg_add_time(&parameters, now + STORE_LEASE_MS);
    pg_add_int8(&parameters, STORE_CLAIM_MOST);
    return pg_run(pg,
                  "WITH due AS (SELECT delivery_id FROM deliveries WHERE state = 'pending' AND "
                  "next_attempt_at <= $1 ORDER BY urgent DESC, next_attempt_at LIMIT $3 "
                  "FOR UPDATE SKIP LOCKED), taken AS (UPDATE deliveries d SET "
                  "attempts = attempts + 1, next_attempt_at = $2 FROM due "
                  "WHERE d.delivery_id = due.delivery_id RETURNING d.*) "
                  "SELECT t.delivery_id, t.case_id, t.tenant, t.channel, t.recipient, t.template, "
                  "t.fact_type, t.parameters, t.occurred_at, t.attempts, c.tracking_code, "
                  "c.language, c.received_at, c.promised_at, k.sealed FROM taken t "
                  "JOIN cases c USING (case_id) LEFT JOIN contacts k USING (case_id) "
                  "ORDER BY t.urgent DESC",
                  &parameters, rows, error);
}

enum rc store_sent(struct pg *pg, const char *delivery_id, struct error *error) {
    struct pg_parameters parameters = {0};
    pg_add_uuid(&parameters, delivery_id);
    return simple(pg,
                  "UPDATE deliveries SET state = 'sent', failure = '' WHERE delivery_id = $1 AND "
                  "state = 'pending'",
                  &parameters, error);
}

enum rc store_failed(struct pg *pg, const char *delivery_id, const char *failure,
                     struct error *error) {
    struct pg_parameters parameters = {0};
    pg_add_uuid(&parameters, delivery_id);
    pg_add_text(&parameters, failure);
    return simple(pg,
                  "UPDATE deliveries SET state = 'failed', failure = $2 WHERE delivery_id = $1 AND "
                  "state = 'pending'",
                  &parameters, error);
}

enum rc store_retry(struct pg *pg, const char *delivery_id, int64_t after_ms, const char *failure,
                    struct error *error) {
    struct pg_parameters parameters = {0};
    pg_add_uuid(&parameters, delivery_id);
    pg_add_time(&parameters, clock_wall_ms() + after_ms);
    pg_add_text(&parameters, failure);
    return simple(pg,
                  "UPDATE deliveries SET next_attempt_at = $2, failure = $3 WHERE delivery_id = $1 "
                  "AND state = 'pending'",
                  &parameters, error);
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
