// SPDX-License-Identifier: Apache-2.0
// notification's SQL: contacts, what is said about a case, deliveries.
#pragma once

#include "notification.h"

#include "common/pg.h"

#define STORE_SCHEMA 1
#define STORE_CLAIM_MOST 20
#define STORE_LEASE_MS 60000

MUST_CHECK enum rc store_put_contact(struct pg *pg, const char *case_id, const void *sealed,
                                     size_t size, struct error *error); // NULL erases
MUST_CHECK enum rc store_put_case(struct pg *pg, const Redress__V1__CaseRegistered *fact,
                                  struct error *error);
// false for a case that is not known.
MUST_CHECK enum rc store_contactable(struct pg *pg, const char *case_id, bool *contactable,
                                     struct error *error);
struct store_delivery {
    const char *delivery_id;
    const char *case_id;
    const char *tenant;
    int64_t occasion_sequence;
    const char *fact;
    const char *parameters; // JSON
    int64_t occurred_at_ms;
    int64_t not_before_ms;
};
// Once for each recipient, channel and occurrence; a repeat changes nothing.
MUST_CHECK enum rc store_add_delivery(struct pg *pg, const struct store_delivery *delivery,
                                      const struct plan *plan, struct error *error);

// Takes due deliveries for STORE_LEASE_MS, urgent ones first. Columns: delivery_id, case_id,
// tenant, channel, recipient, template, fact_type, parameters, occurred_at, attempts,
// tracking_code, language, received_at, promised_at, sealed contact. Clear with PQclear.
MUST_CHECK enum rc store_claim(struct pg *pg, PGresult **rows, struct error *error);
MUST_CHECK enum rc store_sent(struct pg *pg, const char *delivery_id, struct error *error);
MUST_CHECK enum rc store_failed(struct pg *pg, const char *delivery_id, const char *failure,
                                struct error *error);
MUST_CHECK enum rc store_retry(struct pg *pg, const char *delivery_id, int64_t after_ms,
                               const char *failure, struct error *error);

// Ended deliveries that the ledger has not heard of. Columns: delivery_id, case_id, tenant,
// occasion_sequence, channel, recipient, template, state, attempts, failure.
MUST_CHECK enum rc store_unreported(struct pg *pg, PGresult **rows, struct error *error);
MUST_CHECK enum rc store_reported(struct pg *pg, const PGresult *rows, struct error *error);
// {items}: the deliveries of a case.
MUST_CHECK enum rc store_deliveries(struct pg *pg, const char *case_id, json_t **page,
                                    struct error *error);
