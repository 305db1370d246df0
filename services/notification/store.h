// SPDX-License-Identifier: Apache-2.0
// notification's SQL: contacts, what is said about a case, deliveries.
#pragma once

#include "cap.h"
#include "notification.h"

#include "common/pg.h"

#define STORE_SCHEMA 2
#define STORE_CLAIM_MOST 20
#define STORE_LEASE_MS 60000

// What one batch of messages changes; texts are copied as they are added.
struct store_batch {
    struct pg_array contacts[2];
    struct pg_array cases[7];
    struct pg_array deliveries[13];
    struct pg_array erased;  // case ids, for each of the two statements
    struct pg_array hurried; // the same
    struct pg_array apart[3];
};
void store_batch_begin(struct store_batch *batch);
// NULL forgets it; of several for a case the last counts.
void store_batch_contact(struct store_batch *batch, const char *case_id, const void *sealed,
                         size_t size);
void store_batch_case(struct store_batch *batch, const Redress__V1__CaseRegistered *fact);
// Its complainant is told nothing any more: what is still undelivered comes up to end as erased.
void store_batch_erased(struct store_batch *batch, const char *case_id);
// Both are of one matter no more: what the case's complainant was to be told until then says
// nothing of the earlier one's progress.
void store_batch_apart(struct store_batch *batch, const char *case_id, const char *earlier,
                       int64_t sequence);
struct store_delivery {
    const char *delivery_id;
    const char *case_id;
    const char *tenant;
    int64_t occasion_sequence;
    const char *fact;
    const char *parameters; // JSON
    int64_t occurred_at_ms;
};
// Once for each recipient, channel and occurrence; a repeat changes nothing. When it goes out is
// told by store_batch_due, as often and in the same order.
void store_batch_delivery(struct store_batch *batch, const struct store_delivery *delivery,
                          const struct plan *plan);
void store_batch_due(struct store_batch *batch, const struct cap_notice *notice);
// Writes everything in one transaction.
MUST_CHECK enum rc store_batch_write(struct pg *pg, struct store_batch *batch, struct error *error);
void store_batch_free(struct store_batch *batch);

// Which of these cases have a complainant who can be told: their ids, sorted; clear with PQclear.
MUST_CHECK enum rc store_contactable(struct pg *pg, const char *const *case_ids, size_t count,
                                     PGresult **rows, struct error *error);

// What the recipients of a batch that count got since, or will get; of a case that is new here
// nothing is asked. The caller frees *past.
MUST_CHECK enum rc store_past(struct pg *pg, const struct cap_batch *batch, int64_t since_ms,
                              int64_t most, struct cap_past **past, size_t *count,
                              struct error *error);

// How one attempt ended.
struct store_result {
    char delivery_id[37];
    const char *state;       // constant: "pending" comes again, "sent", "failed"
    char failure[48];        // "" where it was sent
    int64_t next_attempt_ms; // wall time; of a pending one
    bool reported;           // the ledger was told
    bool waits;              // nothing was tried: its recipient wants it later
};
// Writes what became of claimed deliveries; one that ended otherwise meanwhile stays as it is.
MUST_CHECK enum rc store_conclude(struct pg *pg, const struct store_result *results, size_t count,
                                  struct error *error);
// The same, and takes due deliveries for STORE_LEASE_MS, urgent ones first, in one exchange and one
// commit. Columns: delivery_id, case_id, tenant, channel, recipient, template, fact_type,
// parameters, occurred_at, attempts, tracking_code, language, received_at, promised_at, sealed
// contact, occasion_sequence, contactable, urgent. Clear with PQclear.
MUST_CHECK enum rc store_turn(struct pg *pg, const struct store_result *ended, size_t count,
                              PGresult **rows, struct error *error);

// Ended deliveries that the ledger has not heard of. Columns: delivery_id, case_id, tenant,
// occasion_sequence, channel, recipient, template, state, attempts, failure.
MUST_CHECK enum rc store_unreported(struct pg *pg, PGresult **rows, struct error *error);
MUST_CHECK enum rc store_reported(struct pg *pg, const PGresult *rows, struct error *error);
// {items}: the deliveries of a case.
MUST_CHECK enum rc store_deliveries(struct pg *pg, const char *case_id, json_t **page,
                                    struct error *error);
