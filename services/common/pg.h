// SPDX-License-Identifier: Apache-2.0
// PostgreSQL (libpq): one connection a thread, binary parameters and arrays for unnest, pipelines.
// A lost connection is opened anew by the next call; what was in flight then is unknown.
#pragma once

#include "common/error.h"

#include <libpq-fe.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct pg;

// Connects at once. Sets lock_timeout 2 s, idle_in_transaction_session_timeout 5 s,
// statement_timeout 30 s, search_path to schema, application_name.
MUST_CHECK enum rc pg_open(struct pg **pg, const char *url, const char *application,
                           const char *schema, struct error *error);
void pg_close(struct pg *pg);
// For a connection that only looks rows up by keys: plans made while tables were small must not
// scan them when they are large. Holds through reconnects.
MUST_CHECK enum rc pg_plan_by_keys(struct pg *pg, struct error *error);
// For a connection whose last transactions a crash of the server may undo without harm: a commit
// does not wait for the disk. Holds through reconnects.
MUST_CHECK enum rc pg_commit_later(struct pg *pg, struct error *error);
// True when connected; reconnects when it was lost. For readiness and before a transaction.
MUST_CHECK enum rc pg_ensure(struct pg *pg, struct error *error);
// Which of this pg's sessions this is now: another number after each reconnect, never 0.
int pg_session(const struct pg *pg);
// Gives a transaction up, if one is open. A lost connection has rolled back by itself.
void pg_rollback(struct pg *pg);
#ifdef REDRESS_FAILPOINTS
// What was queued reaches the server, its answers reach nobody: the connection is lost in between.
void pg_cut(struct pg *pg);
#endif

#define PG_PARAMETERS 28

// Parameters of one statement, in order; zero-initialise. Values are copied into binary form;
// pg_parameters_free releases them (pg_run and pg_queue do it for you).
struct pg_parameters {
    int count;
    Oid types[PG_PARAMETERS];
    char *values[PG_PARAMETERS];
    int lengths[PG_PARAMETERS];
    int formats[PG_PARAMETERS];
    bool failed; // out of memory or too many; the next run returns RC_INTERNAL
};

void pg_add_text(struct pg_parameters *parameters, const char *text); // NULL is SQL NULL
void pg_add_int8(struct pg_parameters *parameters, int64_t value);
void pg_add_int4(struct pg_parameters *parameters, int32_t value);
void pg_add_bool(struct pg_parameters *parameters, bool value);
void pg_add_bytes(struct pg_parameters *parameters, const void *bytes, size_t size); // NULL too
void pg_add_uuid(struct pg_parameters *parameters, const char *text); // 36 characters; NULL too
void pg_add_time(struct pg_parameters *parameters, int64_t ms);       // timestamptz; 0 is NULL

// One-dimensional arrays for unnest: begin, add each element (NULL text/bytes: NULL), end.
enum pg_element { PG_TEXT, PG_INT8, PG_INT4, PG_BOOL, PG_BYTES, PG_UUID, PG_TIME };
struct pg_array {
    enum pg_element element;
    char *bytes;
    size_t size;
    size_t capacity;
    int32_t count;
    bool failed;
};
void pg_array_begin(struct pg_array *array, enum pg_element element);
void pg_array_text(struct pg_array *array, const char *text);
void pg_array_number(struct pg_array *array, int64_t value); // INT8, INT4, BOOL, TIME (ms; 0 NULL)
void pg_array_bytes(struct pg_array *array, const void *bytes, size_t size);
void pg_array_uuid(struct pg_array *array, const char *text);
void pg_add_array(struct pg_parameters *parameters, struct pg_array *array); // takes it over
void pg_parameters_free(struct pg_parameters *parameters);

// Runs statements without parameters ("BEGIN"). No result.
MUST_CHECK enum rc pg_command(struct pg *pg, const char *sql, struct error *error);
// Runs one statement; results are binary. *result (NULL pointer allowed) is freed with PQclear.
// Frees the parameters. The statement stays prepared on its connection: it is a constant text.
MUST_CHECK enum rc pg_run(struct pg *pg, const char *sql, struct pg_parameters *parameters,
                          PGresult **result, struct error *error);
// The same for a text that was put together for this call.
MUST_CHECK enum rc pg_run_once(struct pg *pg, const char *sql, struct pg_parameters *parameters,
                               PGresult **result, struct error *error);

// A pipeline: queue up to 64 statements, then collect their results in order with one Sync. After
// the first failure the others are skipped. Between queue and collect no other call.
MUST_CHECK enum rc pg_queue(struct pg *pg, const char *sql, struct pg_parameters *parameters,
                            struct error *error);
// Fills results[0..count) (NULL pointer allowed to drop them); the caller clears them with PQclear.
MUST_CHECK enum rc pg_collect(struct pg *pg, PGresult **results, size_t count, struct error *error);

// How many rows the statement changed.
int64_t pg_changed(const PGresult *result);
// Reads binary results. NULL gives 0 / NULL.
int64_t pg_get_number(const PGresult *result, int row, int column); // int2/4/8, bool
int64_t pg_get_time(const PGresult *result, int row, int column);   // timestamptz to ms
const char *pg_get_text(const PGresult *result, int row, int column);
const void *pg_get_bytes(const PGresult *result, int row, int column, size_t *size);
void pg_get_uuid(const PGresult *result, int row, int column, char text[37]);

// Verdict of a SQLSTATE: 08, 53, 57P, 40001, 40P01, 55P03 are RC_UNAVAILABLE; 23505 RC_CONFLICT;
// others RC_INTERNAL. NULL (no connection) is RC_UNAVAILABLE.
enum rc pg_verdict(const char *sqlstate);

// The schema's applied migration must be at least expected. RC_UNAVAILABLE when older or missing.
MUST_CHECK enum rc pg_check_schema(struct pg *pg, const char *service, int expected,
                                   struct error *error);

// A small pool for request threads: take blocks up to 2 s (RC_UNAVAILABLE), give returns it.
struct pg_pool;
MUST_CHECK enum rc pg_pool_new(struct pg_pool **pool, const char *url, const char *application,
                               const char *schema, size_t size, struct error *error);
// pg_plan_by_keys for all of its connections; before the first is taken.
MUST_CHECK enum rc pg_pool_plan_by_keys(struct pg_pool *pool, struct error *error);
MUST_CHECK enum rc pg_pool_take(struct pg_pool *pool, struct pg **pg, struct error *error);
void pg_pool_give(struct pg_pool *pool, struct pg *pg);
void pg_pool_free(struct pg_pool *pool);
