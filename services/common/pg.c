// SPDX-License-Identifier: Apache-2.0
// Connections and statements. Error texts carry the SQLSTATE and the primary message
// only: details quote row values.
#include "pg_private.h"

#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#define CUT_AFTER_MS 50

int pg_session(const struct pg *pg) { return pg->session; }

enum rc pg_verdict(const char *state) {
    static const char *const retry[] = {"08", "53", "57P", "40001", "40P01", "55P03", "25P03"};
    if (state == NULL) {
        return RC_UNAVAILABLE;
    }
    for (size_t i = 0; i < sizeof retry / sizeof retry[0]; i++) {
        if (strncmp(state, retry[i], strlen(retry[i])) == 0) {
            return RC_UNAVAILABLE;
        }
    }
    return strcmp(state, "23505") == 0 ? RC_CONFLICT : RC_INTERNAL;
}

enum rc pg_connection_error(struct pg *pg, struct error *error) {
    char text[256];
    snprintf(text, sizeof text, "%s", PQerrorMessage(pg->connection));
    text[strcspn(text, "\n")] = '\0';
    return error_set(error, RC_UNAVAILABLE, "PostgreSQL: %s", text);
}

enum rc pg_result_error(const PGresult *result, struct error *error) {
    const char *state = PQresultErrorField(result, PG_DIAG_SQLSTATE);
    const char *message = PQresultErrorField(result, PG_DIAG_MESSAGE_PRIMARY);
    enum rc rc = error_set(error, pg_verdict(state), "PostgreSQL %s: %s",
                           state == NULL ? "lost" : state, message == NULL ? "" : message);
    if (error != NULL && state != NULL) {
        snprintf(error->code, sizeof error->code, "%s", state);
    }
    return rc;
}

static const char plan_by_keys[] =
    "SET enable_seqscan = off; SET enable_hashjoin = off; SET enable_mergejoin = off; "
    "SET plan_cache_mode = force_generic_plan";

static const char commit_later[] = "SET synchronous_commit = off";

static enum rc set_up(struct pg *pg, struct error *error) {
    char sql[320];
    pg->session++;
    // Short statements: to compile one, or to start workers for it, takes longer than to run it.
    snprintf(sql, sizeof sql,
             "SET search_path = %s; SET lock_timeout = '2s'; SET statement_timeout = '30s'; "
             "SET idle_in_transaction_session_timeout = '5s'; SET jit = off; "
             "SET max_parallel_workers_per_gather = 0",
             pg->schema);
    enum rc rc = pg_command(pg, sql, error);
    rc = rc == RC_OK && pg->by_keys ? pg_command(pg, plan_by_keys, error) : rc;
    return rc == RC_OK && pg->commits_later ? pg_command(pg, commit_later, error) : rc;
}

enum rc pg_plan_by_keys(struct pg *pg, struct error *error) {
    pg->by_keys = true;
    return pg_command(pg, plan_by_keys, error);
}

enum rc pg_commit_later(struct pg *pg, struct error *error) {
    pg->commits_later = true;
    return pg_command(pg, commit_later, error);
}

// False also for a connection that the server ended while nobody looked: then there is something to
// read, a last message and the end.
static bool lives(PGconn *connection) {
    if (connection == NULL || PQstatus(connection) != CONNECTION_OK) {
        return false;
    }
    struct pollfd entry = {.fd = PQsocket(connection), .events = POLLIN};
    for (int reads = 0; reads < 4 && poll(&entry, 1, 0) > 0; reads++) {
        if (PQconsumeInput(connection) == 0) {
            return false;
        }
    }
    // A pipeline that was left half-way can only be thrown away.
    return PQstatus(connection) == CONNECTION_OK && PQpipelineStatus(connection) == PQ_PIPELINE_OFF;
}

static void forget_statements(struct pg *pg) {
    while (pg->prepared_count > 0) {
        free(pg->prepared[--pg->prepared_count]);
    }
    pg->pending_count = 0;
    pg->unsure = false;
}

// libpq's own words would quote what it could not read, a part of a password perhaps.
static enum rc check_url(const struct pg *pg, struct error *error) {
    PQconninfoOption *options = PQconninfoParse(pg->url, NULL);
    bool good = options != NULL;
    PQconninfoFree(options);
    return good ? RC_OK
                : error_field(error, "bad-option", "postgres.url",
                              "postgres.url is no connection string of libpq");
}

// Before a server is spoken to, libpq complains about the option and quotes it.
static enum rc connect_error(struct pg *pg, struct error *error) {
    const char *text = PQerrorMessage(pg->connection);
    bool tells = strncmp(text, "connection to server", 20) == 0 ||
                 strncmp(text, "could not translate host name", 29) == 0;
    enum rc rc = tells ? pg_connection_error(pg, error)
                       : error_set(error, RC_UNAVAILABLE, "an option in it has no good value");
    error_prefix(error, "postgres.url: ");
    return rc;
}

enum rc pg_ensure(struct pg *pg, struct error *error) {
    if (lives(pg->connection) && !pg->unsure) {
        return RC_OK;
    }
    enum rc rc = check_url(pg, error);
    if (rc != RC_OK) {
        return rc;
    }
    PQfinish(pg->connection);
    forget_statements(pg);
    const char *const names[] = {"dbname",           "application_name", "connect_timeout",
                                 "tcp_user_timeout", "client_encoding",  NULL};
    const char *const values[] = {pg->url, pg->application, "5", "10000", "UTF8", NULL};
    pg->connection = PQconnectdbParams(names, values, 1);
    if (PQstatus(pg->connection) != CONNECTION_OK) {
        return connect_error(pg, error);
    }
    return set_up(pg, error);
}

enum rc pg_open(struct pg **out, const char *url, const char *application, const char *schema,
                struct error *error) {
    struct pg *pg = calloc(1, sizeof *pg);
    *out = pg;
    if (pg == NULL || (pg->url = strdup(url)) == NULL) {
        return error_set(error, RC_INTERNAL, "out of memory for a connection");
    }
    snprintf(pg->application, sizeof pg->application, "%s", application);
    snprintf(pg->schema, sizeof pg->schema, "%s", schema);
    return pg_ensure(pg, error);
}

void pg_close(struct pg *pg) {
    if (pg == NULL) {
        return;
    }
    PQfinish(pg->connection);
    forget_statements(pg);
    if (pg->url != NULL) {
        explicit_bzero(pg->url, strlen(pg->url));
    }
    free(pg->url);
    free(pg);
}

#ifdef REDRESS_FAILPOINTS
void pg_cut(struct pg *pg) {
    int descriptor = PQsocket(pg->connection);
    int flushed = PQflush(pg->connection);
    poll(NULL, 0, CUT_AFTER_MS); // for the server to run what it got
    shutdown(descriptor, flushed == 0 ? SHUT_RDWR : SHUT_RD);
}
#endif

bool pg_is_good(const PGresult *result) {
    ExecStatusType status = PQresultStatus(result);
    return status == PGRES_COMMAND_OK || status == PGRES_TUPLES_OK;
}

enum rc pg_command(struct pg *pg, const char *sql, struct error *error) {
    PGresult *result = PQexec(pg->connection, sql);
    enum rc rc = RC_OK;
    if (!pg_is_good(result)) {
        rc = PQstatus(pg->connection) == CONNECTION_OK ? pg_result_error(result, error)
                                                       : pg_connection_error(pg, error);
    }
    PQclear(result);
    return rc;
}

void pg_rollback(struct pg *pg) {
    if (pg->connection == NULL || PQtransactionStatus(pg->connection) == PQTRANS_IDLE) {
        return;
    }
    struct error ignored;
    enum rc rc = pg_command(pg, "ROLLBACK", &ignored);
    (void)rc;
}

const char *pg_name_statement(struct pg *pg, const char *sql, char name[16], bool *is_new) {
    size_t place = 0;
    while (place < pg->prepared_count && strcmp(pg->prepared[place], sql) != 0) {
        place++;
    }
    *is_new = place == pg->prepared_count;
    if (*is_new) {
        char *copy = place == PG_STATEMENTS ? NULL : strdup(sql);
        if (copy == NULL) {
            return "";
        }
        pg->prepared[pg->prepared_count++] = copy;
    }
    snprintf(name, 16, "s%zu", place);
    return name;
}

// Takes the result over.
static enum rc conclude(struct pg *pg, PGresult *result, PGresult **out, struct error *error) {
    enum rc rc = RC_OK;
    if (!pg_is_good(result)) {
        rc = PQstatus(pg->connection) == CONNECTION_OK ? pg_result_error(result, error)
                                                       : pg_connection_error(pg, error);
    }
    if (rc == RC_OK && out != NULL) {
        *out = result;
    } else {
        PQclear(result);
    }
    return rc;
}

static enum rc check_parameters(struct pg_parameters *parameters, PGresult **out,
                                struct error *error) {
    if (out != NULL) {
        *out = NULL;
    }
    if (parameters->failed) {
        pg_parameters_free(parameters);
        return error_set(error, RC_INTERNAL, "out of memory for parameters");
    }
    return RC_OK;
}

enum rc pg_run(struct pg *pg, const char *sql, struct pg_parameters *parameters, PGresult **out,
               struct error *error) {
    char room[16];
    bool is_new = false;
    enum rc rc = check_parameters(parameters, out, error);
    if (rc != RC_OK) {
        return rc;
    }
    const char *name = pg_name_statement(pg, sql, room, &is_new);
    if (is_new) {
        rc =
            conclude(pg, PQprepare(pg->connection, name, sql, parameters->count, parameters->types),
                     NULL, error);
        pg->unsure = pg->unsure || rc != RC_OK;
    }
    if (rc == RC_OK) {
        rc = conclude(pg,
                      PQexecPrepared(pg->connection, name, parameters->count,
                                     (const char *const *)parameters->values, parameters->lengths,
                                     parameters->formats, 1),
                      out, error);
    }
    pg_parameters_free(parameters);
    return rc;
}

enum rc pg_run_once(struct pg *pg, const char *sql, struct pg_parameters *parameters,
                    PGresult **out, struct error *error) {
    enum rc rc = check_parameters(parameters, out, error);
    if (rc != RC_OK) {
        return rc;
    }
    PGresult *result = PQexecParams(pg->connection, sql, parameters->count, parameters->types,
                                    (const char *const *)parameters->values, parameters->lengths,
                                    parameters->formats, 1);
    pg_parameters_free(parameters);
    return conclude(pg, result, out, error);
}

int64_t pg_changed(const PGresult *result) {
    return strtoll(PQcmdTuples((PGresult *)result), NULL, 10);
}

enum rc pg_check_schema(struct pg *pg, const char *service, int expected, struct error *error) {
    struct pg_parameters parameters = {0};
    PGresult *result = NULL;
    pg_add_text(&parameters, service);
    enum rc rc = pg_run(pg,
                        "SELECT coalesce(max(number), 0)::bigint "
                        "FROM migrations.redress_migrations WHERE service = $1",
                        &parameters, &result, error);
    if (rc != RC_OK) {
        error_prefix(error, "migrations of %s are unknown, run redressctl migrate: ", service);
        return RC_UNAVAILABLE;
    }
    int64_t number = pg_get_number(result, 0, 0);
    PQclear(result);
    if (number < expected) {
        return error_set(error, RC_UNAVAILABLE,
                         "schema of %s is at migration %ld, this build needs %d: run redressctl "
                         "migrate",
                         service, (long)number, expected);
    }
    return RC_OK;
}
