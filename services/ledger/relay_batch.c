// SPDX-License-Identifier: Apache-2.0
#include "relay_batch.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char read_outbox[] =
    "SELECT o.entry_id, f.case_id, f.seq, f.traceparent "
    "FROM (SELECT * FROM outbox WHERE shard = ANY($1::int[]) ORDER BY entry_id LIMIT $2) o "
    "CROSS JOIN LATERAL unnest(o.case_ids, o.seqs, o.traceparents) "
    "WITH ORDINALITY AS f(case_id, seq, traceparent, place) "
    "ORDER BY o.entry_id, f.place";

static const char read_facts[] =
    "SELECT f.place, e.type, e.payload, e.hash, e.decided_at, v.sealed_contact "
    "FROM unnest($1::uuid[], $2::bigint[]) WITH ORDINALITY AS f(case_id, seq, place) "
    "JOIN case_events e USING (case_id, seq) LEFT JOIN vault v ON v.case_id = "
    "CASE WHEN e.type = 'redress.v1.CaseRegistered' THEN e.case_id END "
    "ORDER BY f.place";

static const char delete_outbox[] = "DELETE FROM outbox WHERE entry_id = ANY($1::bigint[])";

static void add_done(const struct relay_done *done, struct pg_parameters *parameters) {
    struct pg_array ids;
    pg_array_begin(&ids, PG_INT8);
    for (size_t i = 0; i < done->count; i++) {
        pg_array_number(&ids, done->ids[i]);
    }
    pg_add_array(parameters, &ids);
}

enum rc relay_done_delete(struct relay_done *done, struct pg *pg, struct error *error) {
    struct pg_parameters parameters = {0};
    if (done->count == 0) {
        return RC_OK;
    }
    add_done(done, &parameters);
    enum rc rc = pg_run(pg, delete_outbox, &parameters, NULL, error);
    done->count = rc == RC_OK ? 0 : done->count;
    return rc;
}

static enum rc read_entries(struct relay_batch *batch, struct pg *pg,
                            const struct relay_locks *locks, struct relay_done *done,
                            struct error *error) {
    struct pg_parameters read = {0};
    struct pg_parameters delete = {0};
    PGresult *results[2] = {NULL};
    size_t queued = 0;
    enum rc rc = RC_OK;
    relay_locks_add(locks, &read);
    pg_add_int8(&read, RELAY_ENTRIES);
    if (done->count > 0) {
        add_done(done, &delete);
        rc = pg_queue(pg, delete_outbox, &delete, error);
        queued++;
    }
    if (rc != RC_OK) {
        pg_parameters_free(&read);
        return rc;
    }
    rc = pg_queue(pg, read_outbox, &read, error);
    rc = rc == RC_OK ? pg_collect(pg, results, queued + 1, error) : rc;
    if (queued > 0) {
        PQclear(results[0]);
    }
    batch->entries = results[queued];
    done->count = rc == RC_OK ? 0 : done->count;
    return rc;
}

static void take_entry(struct relay_fact *fact, const PGresult *entries, int row,
                       struct relay_fresh *fresh) {
    fact->entry_id = pg_get_number(entries, row, 0);
    pg_get_uuid(entries, row, 1, fact->case_id);
    fact->sequence = (uint64_t)pg_get_number(entries, row, 2);
    fact->traceparent = pg_get_text(entries, row, 3);
    if (!relay_fresh_take(fresh, fact->case_id, fact->sequence, &fact->kept)) {
        return;
    }
    fact->type = fact->kept.type;
    fact->payload = fact->kept.payload;
    fact->payload_size = fact->kept.payload_size;
    fact->contact = fact->kept.contact;
    fact->contact_size = fact->kept.contact_size;
    fact->hash = fact->kept.hash;
    fact->decided_at_ms = fact->kept.decided_at_ms;
}

static void take_stored(struct relay_fact *fact, const PGresult *stored, int row) {
    size_t hash_size = 0;
    fact->type = pg_get_text(stored, row, 1);
    fact->payload = pg_get_bytes(stored, row, 2, &fact->payload_size);
    fact->hash = pg_get_bytes(stored, row, 3, &hash_size);
    fact->decided_at_ms = pg_get_time(stored, row, 4);
    fact->contact = pg_get_bytes(stored, row, 5, &fact->contact_size);
}

// Those of the batch that were not in memory.
static enum rc read_stored(struct relay_batch *batch, struct pg *pg, struct error *error) {
    struct pg_parameters parameters = {0};
    struct pg_array cases, sequences;
    size_t missing = 0;
    pg_array_begin(&cases, PG_UUID);
    pg_array_begin(&sequences, PG_INT8);
    for (size_t i = 0; i < batch->count; i++) {
        if (batch->facts[i].type == NULL) {
            pg_array_uuid(&cases, batch->facts[i].case_id);
            pg_array_number(&sequences, (int64_t)batch->facts[i].sequence);
            missing++;
        }
    }
    pg_add_array(&parameters, &cases);
    pg_add_array(&parameters, &sequences);
    if (missing == 0) {
        pg_parameters_free(&parameters);
        return RC_OK;
    }
    enum rc rc = pg_run(pg, read_facts, &parameters, &batch->stored, error);
    if (rc != RC_OK) {
        return rc;
    }
    if ((size_t)PQntuples(batch->stored) != missing) {
        return error_set(error, RC_INTERNAL, "facts of the outbox are not in case_events");
    }
    int row = 0;
    for (size_t i = 0; i < batch->count; i++) {
        if (batch->facts[i].type == NULL) {
            take_stored(&batch->facts[i], batch->stored, row++);
        }
    }
    return RC_OK;
}

enum rc relay_batch_read(struct relay_batch *batch, struct pg *pg, const struct relay_locks *locks,
                         struct relay_fresh *fresh, struct relay_done *done, struct error *error) {
    memset(batch, 0, sizeof *batch);
    enum rc rc = read_entries(batch, pg, locks, done, error);
    size_t rows = rc == RC_OK ? (size_t)PQntuples(batch->entries) : 0;
    if (rows == 0) {
        return rc;
    }
    batch->facts = calloc(rows, sizeof *batch->facts);
    if (batch->facts == NULL) {
        return error_set(error, RC_INTERNAL, "out of memory for %zu facts", rows);
    }
    batch->count = rows;
    for (size_t i = 0; i < rows; i++) {
        take_entry(&batch->facts[i], batch->entries, (int)i, fresh);
    }
    return read_stored(batch, pg, error);
}

void relay_batch_free(struct relay_batch *batch) {
    for (size_t i = 0; i < batch->count; i++) {
        relay_kept_free(&batch->facts[i].kept);
    }
    free(batch->facts);
    PQclear(batch->entries);
    PQclear(batch->stored);
    memset(batch, 0, sizeof *batch);
}

void relay_batch_done(const struct relay_batch *batch, size_t delivered, struct relay_done *done) {
    for (size_t i = 0; i < delivered && done->count < RELAY_ENTRIES; i++) {
        bool last =
            i + 1 == batch->count || batch->facts[i + 1].entry_id != batch->facts[i].entry_id;
        if (last) {
            done->ids[done->count++] = batch->facts[i].entry_id;
        }
    }
}
