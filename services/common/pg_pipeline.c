// SPDX-License-Identifier: Apache-2.0
// Pipelines: statements are sent without waiting for their results, which are collected in order.
#include "pg_private.h"

#include <errno.h>
#include <poll.h>

// Statement and, the first time, its preparation go into the pipeline together.
static bool send_prepared(struct pg *pg, const char *sql, const struct pg_parameters *parameters) {
    char room[16];
    bool is_new = false;
    if (pg->pending_count == PG_PIPELINE) {
        return false;
    }
    const char *name = pg_name_statement(pg, sql, room, &is_new);
    if (is_new && !PQsendPrepare(pg->connection, name, sql, parameters->count, parameters->types)) {
        return false;
    }
    pg->pending[pg->pending_count++] = is_new;
    return PQsendQueryPrepared(pg->connection, name, parameters->count,
                               (const char *const *)parameters->values, parameters->lengths,
                               parameters->formats, 1) != 0;
}

// A pipeline is entered by its first statement and left by pg_collect, whatever happens.
enum rc pg_queue(struct pg *pg, const char *sql, struct pg_parameters *parameters,
                 struct error *error) {
    PGconn *connection = pg->connection;
    bool failed = parameters->failed;
    if (!failed && PQpipelineStatus(connection) == PQ_PIPELINE_OFF) {
        failed = PQsetnonblocking(connection, 1) != 0 || !PQenterPipelineMode(connection);
    }
    if (!failed) {
        failed = !send_prepared(pg, sql, parameters);
    }
    pg_parameters_free(parameters);
    return failed ? pg_connection_error(pg, error) : RC_OK;
}

// Waits for the socket while both sides may be full: what came is taken while the rest is sent.
static bool flush_and_wait(PGconn *connection) {
    for (;;) {
        int flushed = PQflush(connection);
        if (flushed < 0) {
            return false;
        }
        if (flushed == 0 && !PQisBusy(connection)) {
            return true;
        }
        struct pollfd entry = {.fd = PQsocket(connection),
                               .events = (short)(POLLIN | (flushed > 0 ? POLLOUT : 0))};
        if (poll(&entry, 1, 35000) <= 0 && errno != EINTR) {
            return false;
        }
        if ((entry.revents & (POLLIN | POLLERR | POLLHUP)) != 0 && !PQconsumeInput(connection)) {
            return false;
        }
    }
}

// The next statement's result; NULL when the connection is lost.
static PGresult *next_result(PGconn *connection) {
    PGresult *result = NULL;
    while (result == NULL) {
        if (!flush_and_wait(connection)) {
            return NULL;
        }
        result = PQgetResult(connection);
    }
    ExecStatusType status = PQresultStatus(result);
    if (status != PGRES_PIPELINE_SYNC) {
        PGresult *end = flush_and_wait(connection) ? PQgetResult(connection) : NULL;
        PQclear(end); // NULL ends a statement
    }
    return result;
}

static void drop_connection(struct pg *pg) {
    PQfinish(pg->connection);
    pg->connection = NULL;
}

// The result of one statement, or of the Sync after the last; NULL when the connection is lost. A
// preparation before it is checked too.
static PGresult *collect_one(struct pg *pg, size_t place, enum rc *rc, struct error *error) {
    bool prepares = place < pg->pending_count && pg->pending[place];
    for (int step = prepares ? 0 : 1;; step++) {
        PGresult *result = next_result(pg->connection);
        if (result == NULL) {
            return NULL;
        }
        bool good = pg_is_good(result) || PQresultStatus(result) == PGRES_PIPELINE_SYNC;
        pg->unsure = pg->unsure || (step == 0 && !good);
        if (!good && *rc == RC_OK) {
            *rc = pg_result_error(result, error);
        }
        if (step == 1) {
            return result;
        }
        PQclear(result);
    }
}

enum rc pg_collect(struct pg *pg, PGresult **results, size_t count, struct error *error) {
    PGconn *connection = pg->connection;
    enum rc rc = RC_OK;
    if (!PQpipelineSync(connection)) {
        rc = pg_connection_error(pg, error);
        drop_connection(pg);
        return rc;
    }
    for (size_t i = 0; i <= count; i++) { // the last one is the Sync
        PGresult *result = collect_one(pg, i, &rc, error);
        if (result == NULL) {
            rc = rc == RC_OK ? pg_connection_error(pg, error) : rc;
            drop_connection(pg);
            return rc;
        }
        if (i < count && results != NULL) {
            results[i] = result;
        } else {
            PQclear(result);
        }
    }
    pg->pending_count = 0;
    PQexitPipelineMode(connection);
    PQsetnonblocking(connection, 0);
    return rc;
}
