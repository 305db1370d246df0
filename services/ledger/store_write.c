// SPDX-License-Identifier: Apache-2.0
// How a transaction ends: what the work holds, in batches through unnest and in a pipeline, one
// round trip to write and commit.
#include "relay.h"
#include "state_codec.h"
#include "store.h"
#include "store_access.h"
#include "store_letters.h"

#include "common/escalation.h"
#include "common/failpoint.h"

#include <stdlib.h>
#include <string.h>

#define STEPS 7

static const char insert_events[] =
    "INSERT INTO case_events (case_id, seq, tenant, type, payload, cause_id, actor, decided_at, "
    "prev_hash, hash) SELECT * FROM unnest($1::uuid[], $2::bigint[], $3::text[], $4::text[], "
    "$5::bytea[], $6::uuid[], $7::text[], $8::timestamptz[], $9::bytea[], $10::bytea[])";

static const char insert_outbox[] =
    "INSERT INTO outbox (shard, case_ids, seqs, traceparents) "
    "SELECT b.shard, array_agg(b.case_id ORDER BY b.place), array_agg(b.seq ORDER BY b.place), "
    "array_agg(b.traceparent ORDER BY b.place) "
    "FROM unnest($1::int[], $2::uuid[], $3::bigint[], $4::text[]) "
    "WITH ORDINALITY AS b(shard, case_id, seq, traceparent, place) GROUP BY b.shard";

// What never changes comes last, so that an update takes the first of the same columns.
#define CASE_COLUMNS 19
#define CASE_CHANGING 15

static const char insert_cases[] =
    "INSERT INTO cases (case_id, status, category, urgency, crisis, unit, open_alarm, breached, "
    "due_at, updated_at, sequence, hash, state, co_units, extended, tenant, tracking_code, "
    "received_at, content_sha256) "
    "SELECT * FROM unnest($1::uuid[], $2::text[], $3::text[], $4::int[], $5::int[], $6::text[], "
    "$7::bool[], $8::bool[], $9::timestamptz[], $10::timestamptz[], $11::bigint[], $12::bytea[], "
    "$13::bytea[], $14::text[], $15::bool[], $16::text[], $17::text[], $18::timestamptz[], "
    "$19::bytea[])";

static const char update_cases[] =
    "UPDATE cases c SET status = b.status, category = b.category, urgency = b.urgency, "
    "crisis = b.crisis, unit = b.unit, open_alarm = b.open_alarm, breached = b.breached, "
    "due_at = b.due_at, updated_at = b.updated_at, sequence = b.sequence, hash = b.hash, "
    "state = b.state, co_units = b.co_units, extended = b.extended "
    "FROM unnest($1::uuid[], $2::text[], $3::text[], $4::int[], $5::int[], $6::text[], "
    "$7::bool[], $8::bool[], $9::timestamptz[], $10::timestamptz[], $11::bigint[], $12::bytea[], "
    "$13::bytea[], $14::text[], $15::bool[]) AS b(case_id, status, category, urgency, crisis, "
    "unit, open_alarm, breached, due_at, updated_at, sequence, hash, state, co_units, extended) "
    "WHERE c.case_id = b.case_id AND c.sequence < b.sequence";

static const char drop_clocks[] =
    "DELETE FROM clocks c USING unnest($1::uuid[], $2::text[]) AS b(case_id, name) "
    "WHERE c.case_id = b.case_id AND c.name = b.name";

static const char upsert_clocks[] =
    "INSERT INTO clocks (case_id, name, tenant, version, warn_at, due_at, warned, paused) "
    "SELECT * FROM unnest($1::uuid[], $2::text[], $3::text[], $4::int[], $5::timestamptz[], "
    "$6::timestamptz[], $7::bool[], $8::bool[]) ON CONFLICT (case_id, name) DO UPDATE SET "
    "version = excluded.version, warn_at = excluded.warn_at, due_at = excluded.due_at, "
    "warned = excluded.warned, paused = excluded.paused";

static const char insert_vault[] =
    "INSERT INTO vault (case_id, tenant, sealed_key, nonce, ciphertext, sealed_contact) "
    "SELECT * FROM unnest($1::uuid[], $2::text[], $3::bytea[], $4::bytea[], $5::bytea[], "
    "$6::bytea[])";

static enum rc queue_events(struct pg *pg, const struct work *work, struct error *error) {
    static const enum pg_element types[10] = {PG_UUID, PG_INT8, PG_TEXT, PG_TEXT,  PG_BYTES,
                                              PG_UUID, PG_TEXT, PG_TIME, PG_BYTES, PG_BYTES};
    struct pg_array a[10];
    struct pg_parameters parameters = {0};
    for (size_t i = 0; i < 10; i++) {
        pg_array_begin(&a[i], types[i]);
    }
    for (size_t i = 0; i < work->event_count; i++) {
        const struct work_event *event = &work->events[i];
        pg_array_uuid(&a[0], event->of->state.case_id);
        pg_array_number(&a[1], (int64_t)event->sequence);
        pg_array_text(&a[2], event->of->state.tenant);
        pg_array_text(&a[3], fact_type(event->kind));
        pg_array_bytes(&a[4], event->payload, event->payload_size);
        pg_array_uuid(&a[5], event->cause_id);
        pg_array_text(&a[6], event->actor);
        pg_array_number(&a[7], event->decided_at_ms);
        pg_array_bytes(&a[8], event->previous, 32);
        pg_array_bytes(&a[9], event->hash, 32);
    }
    for (size_t i = 0; i < 10; i++) {
        pg_add_array(&parameters, &a[i]);
    }
    return pg_queue(pg, insert_events, &parameters, error);
}

static enum rc queue_outbox(struct pg *pg, const struct work *work, struct error *error) {
    struct pg_array shards, cases, sequences, traces;
    struct pg_parameters parameters = {0};
    pg_array_begin(&shards, PG_INT4);
    pg_array_begin(&cases, PG_UUID);
    pg_array_begin(&sequences, PG_INT8);
    pg_array_begin(&traces, PG_TEXT);
    for (size_t i = 0; i < work->event_count; i++) {
        const struct work_event *event = &work->events[i];
        pg_array_number(&shards, relay_shard(event->of->state.case_id));
        pg_array_uuid(&cases, event->of->state.case_id);
        pg_array_number(&sequences, (int64_t)event->sequence);
        pg_array_text(&traces, event->traceparent);
    }
    pg_add_array(&parameters, &shards);
    pg_add_array(&parameters, &cases);
    pg_add_array(&parameters, &sequences);
    pg_add_array(&parameters, &traces);
    return pg_queue(pg, insert_outbox, &parameters, error);
}

// The next thing that a person owes: the earliest running clock but for escalations.
static int64_t next_due(const struct case_state *state) {
    int64_t due = 0;
    for (size_t i = 0; i < state->clock_count; i++) {
        const struct case_clock *clock = &state->clocks[i];
        bool owed = case_clock_runs(clock) && !escalation_is(clock->name);
        if (owed && (due == 0 || clock->due_at_ms < due)) {
            due = clock->due_at_ms;
        }
    }
    return due;
}

static enum rc add_state(struct pg_array *array, const struct case_state *state,
                         struct error *error) {
    size_t size = 0;
    uint8_t *bytes = state_pack(state, &size);
    if (bytes == NULL) {
        return error_set(error, RC_INTERNAL, "out of memory for a case state");
    }
    pg_array_bytes(array, bytes, size);
    free(bytes);
    return RC_OK;
}

static void add_co_units(struct pg_array *array, const struct case_state *state) {
    char units[CASE_PART_UNITS_SIZE];
    case_part_units(state, units, sizeof units);
    pg_array_text(array, units);
}

static enum rc add_changing(struct pg_array a[CASE_CHANGING], const struct case_state *state,
                            struct error *error) {
    pg_array_uuid(&a[0], state->case_id);
    pg_array_text(&a[1], case_status_name(state->status));
    pg_array_text(&a[2], state->category);
    pg_array_number(&a[3], state->urgency);
    pg_array_number(&a[4], state->crisis);
    pg_array_text(&a[5], state->unit);
    pg_array_number(&a[6], case_has_open_alarm(state));
    pg_array_number(&a[7], case_is_overdue(state));
    pg_array_number(&a[8], next_due(state));
    pg_array_number(&a[9], state->updated_at_ms);
    pg_array_number(&a[10], (int64_t)state->sequence);
    pg_array_bytes(&a[11], state->hash, 32);
    add_co_units(&a[13], state);
    pg_array_number(&a[14], case_is_extended(state));
    return add_state(&a[12], state, error);
}

static void add_constant(struct pg_array a[CASE_COLUMNS - CASE_CHANGING],
                         const struct case_state *state) {
    pg_array_text(&a[0], state->tenant);
    pg_array_text(&a[1], state->tracking_code);
    pg_array_number(&a[2], state->received_at_ms);
    pg_array_bytes(&a[3], state->content_sha256, 32);
}

// Those that are new, or those that were there before.
static enum rc queue_cases(struct pg *pg, const struct work *work, bool stored,
                           struct error *error) {
    static const enum pg_element types[CASE_COLUMNS] = {
        PG_UUID, PG_TEXT,  PG_TEXT,  PG_INT4, PG_INT4, PG_TEXT, PG_BOOL, PG_BOOL, PG_TIME, PG_TIME,
        PG_INT8, PG_BYTES, PG_BYTES, PG_TEXT, PG_BOOL, PG_TEXT, PG_TEXT, PG_TIME, PG_BYTES};
    size_t columns = stored ? CASE_CHANGING : CASE_COLUMNS;
    struct pg_array a[CASE_COLUMNS];
    struct pg_parameters parameters = {0};
    enum rc rc = RC_OK;
    for (size_t i = 0; i < columns; i++) {
        pg_array_begin(&a[i], types[i]);
    }
    for (size_t i = 0; i < work->case_count && rc == RC_OK; i++) {
        const struct work_case *entry = &work->cases[i];
        if (entry->changed && entry->stored == stored) {
            rc = add_changing(a, &entry->state, error);
        }
        if (entry->changed && !entry->stored && !stored) {
            add_constant(a + CASE_CHANGING, &entry->state);
        }
    }
    for (size_t i = 0; i < columns; i++) {
        pg_add_array(&parameters, &a[i]);
    }
    if (rc != RC_OK) {
        pg_parameters_free(&parameters);
        return rc;
    }
    return pg_queue(pg, stored ? update_cases : insert_cases, &parameters, error);
}

static enum rc queue_new_cases(struct pg *pg, const struct work *work, struct error *error) {
    return queue_cases(pg, work, false, error);
}

static enum rc queue_changed_cases(struct pg *pg, const struct work *work, struct error *error) {
    return queue_cases(pg, work, true, error);
}

static enum rc queue_dropped_clocks(struct pg *pg, const struct work *work, struct error *error) {
    struct pg_array cases, names;
    struct pg_parameters parameters = {0};
    pg_array_begin(&cases, PG_UUID);
    pg_array_begin(&names, PG_TEXT);
    for (size_t i = 0; i < work->case_count; i++) {
        const struct case_state *state = &work->cases[i].state;
        for (size_t c = 0; work->cases[i].changed && c < state->clock_count; c++) {
            const char *name = work_clock_ended(&work->cases[i], c);
            if (name != NULL) {
                pg_array_uuid(&cases, state->case_id);
                pg_array_text(&names, name);
            }
        }
    }
    pg_add_array(&parameters, &cases);
    pg_add_array(&parameters, &names);
    return pg_queue(pg, drop_clocks, &parameters, error);
}

// Of a clock that rests, what comes next is the end of its pause.
static void add_clock(struct pg_array a[8], const struct case_state *state,
                      const struct case_clock *clock) {
    const struct case_change *pause = case_pause_find(state, clock->name);
    int64_t next_warn = case_clock_next_warn(clock);
    pg_array_uuid(&a[0], state->case_id);
    pg_array_text(&a[1], clock->name);
    pg_array_text(&a[2], state->tenant);
    pg_array_number(&a[3], clock->version);
    pg_array_number(&a[4], pause == NULL ? next_warn : 0);
    pg_array_number(&a[5], pause == NULL ? clock->due_at_ms : pause->until_ms);
    pg_array_number(&a[6], pause != NULL || next_warn == 0);
    pg_array_number(&a[7], pause != NULL);
}

static enum rc queue_clocks(struct pg *pg, const struct work *work, struct error *error) {
    static const enum pg_element types[8] = {PG_UUID, PG_TEXT, PG_TEXT, PG_INT4,
                                             PG_TIME, PG_TIME, PG_BOOL, PG_BOOL};
    struct pg_array a[8];
    struct pg_parameters parameters = {0};
    for (size_t i = 0; i < 8; i++) {
        pg_array_begin(&a[i], types[i]);
    }
    for (size_t i = 0; i < work->case_count; i++) {
        const struct case_state *state = &work->cases[i].state;
        for (size_t c = 0; work->cases[i].changed && c < state->clock_count; c++) {
            if (work_clock_changed(&work->cases[i], c) && case_clock_is_open(&state->clocks[c])) {
                add_clock(a, state, &state->clocks[c]);
            }
        }
    }
    for (size_t i = 0; i < 8; i++) {
        pg_add_array(&parameters, &a[i]);
    }
    return pg_queue(pg, upsert_clocks, &parameters, error);
}

static enum rc queue_vault(struct pg *pg, const struct work *work, struct error *error) {
    struct pg_array a[6];
    struct pg_parameters parameters = {0};
    for (size_t i = 0; i < 6; i++) {
        pg_array_begin(&a[i], i == 0 ? PG_UUID : i == 1 ? PG_TEXT : PG_BYTES);
    }
    for (size_t i = 0; i < work->case_count; i++) {
        const struct work_vault *vault = &work->cases[i].vault;
        if (vault->sealed == NULL) {
            continue;
        }
        pg_array_uuid(&a[0], work->cases[i].state.case_id);
        pg_array_text(&a[1], work->cases[i].state.tenant);
        pg_array_bytes(&a[2], vault->sealed->sealed_key.data, vault->sealed->sealed_key.len);
        pg_array_bytes(&a[3], vault->sealed->nonce.data, vault->sealed->nonce.len);
        pg_array_bytes(&a[4], vault->sealed->ciphertext.data, vault->sealed->ciphertext.len);
        pg_array_bytes(&a[5], vault->contact.len == 0 ? NULL : vault->contact.data,
                       vault->contact.len);
    }
    for (size_t i = 0; i < 6; i++) {
        pg_add_array(&parameters, &a[i]);
    }
    return pg_queue(pg, insert_vault, &parameters, error);
}

static bool has_events(const struct work *work) { return work->event_count > 0; }

static bool has_new_case(const struct work *work) {
    for (size_t i = 0; i < work->case_count; i++) {
        if (work->cases[i].changed && !work->cases[i].stored) {
            return true;
        }
    }
    return false;
}

static bool has_changed_case(const struct work *work) {
    for (size_t i = 0; i < work->case_count; i++) {
        if (work->cases[i].changed && work->cases[i].stored) {
            return true;
        }
    }
    return false;
}

static bool has_sealed(const struct work *work) {
    for (size_t i = 0; i < work->case_count; i++) {
        if (work->cases[i].vault.sealed != NULL) {
            return true;
        }
    }
    return false;
}

// The first clock of a changed case that is so.
static bool any_clock(const struct work *work, bool (*is)(const struct work_case *, size_t)) {
    for (size_t i = 0; i < work->case_count; i++) {
        const struct work_case *entry = &work->cases[i];
        for (size_t c = 0; entry->changed && c < entry->state.clock_count; c++) {
            if (is(entry, c)) {
                return true;
            }
        }
    }
    return false;
}

static bool clock_ended(const struct work_case *entry, size_t place) {
    return work_clock_ended(entry, place) != NULL;
}

static bool clock_runs(const struct work_case *entry, size_t place) {
    return work_clock_changed(entry, place) && case_clock_is_open(&entry->state.clocks[place]);
}

static bool has_ended_clock(const struct work *work) { return any_clock(work, clock_ended); }
static bool has_open_clock(const struct work *work) { return any_clock(work, clock_runs); }

// A statement for nothing costs its planning and a message both ways.
static enum rc queue_steps(struct pg *pg, const struct work *work, size_t *queued,
                           struct error *error) {
    static const struct {
        bool (*has)(const struct work *);
        enum rc (*queue)(struct pg *, const struct work *, struct error *);
    } steps[STEPS] = {{has_events, queue_events},
                      {has_events, queue_outbox},
                      {has_new_case, queue_new_cases},
                      {has_changed_case, queue_changed_cases},
                      {has_ended_clock, queue_dropped_clocks},
                      {has_open_clock, queue_clocks},
                      {has_sealed, queue_vault}};
    enum rc rc = RC_OK;
    for (size_t i = 0; i < STEPS && rc == RC_OK; i++) {
        if (steps[i].has(work)) {
            rc = steps[i].queue(pg, work, error);
            *queued += rc == RC_OK;
        }
    }
    return rc;
}

enum rc store_write(struct pg *pg, const struct work *work, struct error *error) {
    PGresult *results[STEPS + 2 + STORE_ACCESS_STATEMENTS] = {NULL};
    size_t queued = 0;
    enum rc rc = queue_steps(pg, work, &queued, error);
    rc = rc == RC_OK ? store_queue_access(pg, work, &queued, error) : rc;
    rc = rc == RC_OK ? store_letters_queue(pg, work, &queued, error) : rc;
    if (rc == RC_OK) {
        struct pg_parameters commit = {0};
        rc = pg_queue(pg, "COMMIT", &commit, error);
        queued++;
    }
    if (rc != RC_OK) {
        return rc;
    }
    FAILPOINT("ledger-before-commit");
    FAILPOINT_CUT("ledger-in-commit", pg_cut(pg));
    rc = pg_collect(pg, results, queued, error);
    FAILPOINT("ledger-after-commit");
    for (size_t i = 0; i < queued; i++) {
        PQclear(results[i]);
    }
    return rc;
}
