// SPDX-License-Identifier: Apache-2.0
// common/pg.h over the simulated database: sessions that are cut before or after the server took a
// statement, row locks that time out, transactions that idle too long.
#include "common/pg.h"

#include "faults.h"
#include "sim.h"
#include "sql.h"

#include <arpa/inet.h>
#include <endian.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define PIPELINE 64
#define LOCK_TIMEOUT_MS 2000
#define IDLE_TIMEOUT_MS 5000
#define SESSIONS 256

struct queued {
    const char *sql;
    struct sql_value *values;
    size_t count;
};

struct pg {
    struct sql_session *session; // NULL: not connected
    const char *schema;
    struct queued queue[PIPELINE];
    size_t queued;
};

static struct sql_session *sessions[SESSIONS];
static size_t session_count;
static int session_number;
static const char lock_released; // waited on

void pg_server_reset(void);
void pg_server_reset(void) {
    session_count = 0;
    session_number = 0;
}

static enum rc lost(struct pg *pg, struct error *error) {
    if (pg->session != NULL) {
        sql_end_session(pg->session);
        pg->session = NULL;
        sim_wake(&lock_released, true);
    }
    pg->queued = 0;
    return error_set(error, RC_UNAVAILABLE, "PostgreSQL: the connection was lost");
}

// What idle_in_transaction_session_timeout does, looked at when it matters.
static void end_idle(void) {
    for (size_t i = 0; i < session_count; i++) {
        struct sql_session *session = sessions[i];
        if (session->open && !session->lost && session->snapshot < 0 &&
            sim.now_ms - session->idle_since_ms > IDLE_TIMEOUT_MS) {
            sql_end_session(session);
            session->lost = true;
            sim_wake(&lock_released, true);
        }
    }
}

static bool reaches(struct pg *pg) {
    if (pg->session == NULL) {
        return false;
    }
    end_idle();
    return !pg->session->lost && !faults_is_down(FAULT_PG_DOWN);
}

enum rc pg_ensure(struct pg *pg, struct error *error) {
    if (pg->session != NULL && !pg->session->lost) {
        return RC_OK;
    }
    if (!sim_io("connect to PostgreSQL") || faults_is_down(FAULT_PG_DOWN)) {
        return lost(pg, error);
    }
    pg->session = sim_alloc(sizeof *pg->session);
    pg->session->schema = pg->schema;
    pg->session->snapshot = -1;
    pg->session->number = ++session_number;
    if (session_count == SESSIONS) {
        abort();
    }
    sessions[session_count++] = pg->session;
    return RC_OK;
}

enum rc pg_open(struct pg **out, const char *url, const char *application, const char *schema,
                struct error *error) {
    struct pg *pg = calloc(1, sizeof *pg);
    (void)url;
    (void)application;
    *out = pg;
    if (pg == NULL) {
        return error_set(error, RC_INTERNAL, "out of memory for a connection");
    }
    pg->schema = strcmp(schema, "notification") == 0 ? "notification" : "ledger";
    return pg_ensure(pg, error);
}

void pg_close(struct pg *pg) {
    if (pg != NULL) {
        enum rc rc = lost(pg, NULL);
        (void)rc;
        free(pg);
    }
}

enum rc pg_plan_by_keys(struct pg *pg, struct error *error) {
    (void)pg;
    (void)error;
    return RC_OK;
}

enum rc pg_commit_later(struct pg *pg, struct error *error) {
    (void)pg;
    (void)error;
    return RC_OK;
}

int pg_session(const struct pg *pg) { return pg->session == NULL ? 0 : pg->session->number; }

enum rc pg_verdict(const char *state) {
    static const char *const retry[] = {"08", "53", "57P", "40001", "40P01", "55P03", "25P03"};
    for (size_t i = 0; state != NULL && i < sizeof retry / sizeof retry[0]; i++) {
        if (strncmp(state, retry[i], strlen(retry[i])) == 0) {
            return RC_UNAVAILABLE;
        }
    }
    return state == NULL ? RC_UNAVAILABLE : strcmp(state, "23505") == 0 ? RC_CONFLICT : RC_INTERNAL;
}

// Parameters from their binary form

static enum sql_type type_of(Oid oid) {
    switch (oid) {
    case 25:
        return SQL_TEXT;
    case 20:
    case 23:
        return SQL_NUMBER;
    case 16:
        return SQL_BOOL;
    case 17:
        return SQL_BYTES;
    case 2950:
        return SQL_UUID;
    case 1184:
        return SQL_TIME;
    default:
        return SQL_LIST;
    }
}

static int64_t wire_number(const char *bytes, size_t size) {
    uint64_t wide = 0;
    uint32_t narrow = 0;
    if (size == 8) {
        memcpy(&wide, bytes, 8);
        return (int64_t)be64toh(wide);
    }
    if (size == 4) {
        memcpy(&narrow, bytes, 4);
        return (int32_t)ntohl(narrow);
    }
    return bytes[0];
}

// Bytes are not copied.
static struct sql_value read_value(enum sql_type type, const char *bytes, size_t size) {
    struct sql_value value = {.type = type};
    if (type <= SQL_TIME) {
        value.number = wire_number(bytes, size);
        return value;
    }
    value.bytes = bytes;
    value.size = size;
    return value;
}

static struct sql_value read_list(const char *bytes) {
    enum sql_type type = type_of((Oid)wire_number(bytes + 8, 4));
    size_t count = wire_number(bytes, 4) == 0 ? 0 : (size_t)wire_number(bytes + 12, 4);
    struct sql_value *items = sim_alloc(count * sizeof *items + 1);
    const char *at = bytes + 20;
    for (size_t i = 0; i < count; i++) {
        int64_t size = wire_number(at, 4);
        at += 4;
        if (size >= 0) {
            items[i] = read_value(type, at, (size_t)size);
            at += size;
        }
    }
    return (struct sql_value){.type = SQL_LIST, .items = items, .size = count};
}

static struct sql_value *read_parameters(const struct pg_parameters *parameters) {
    struct sql_value *values = sim_alloc(((size_t)parameters->count + 1) * sizeof *values);
    for (int i = 0; i < parameters->count; i++) {
        enum sql_type type = type_of(parameters->types[i]);
        size_t size = (size_t)parameters->lengths[i];
        if (parameters->values[i] != NULL) {
            char *bytes = sim_alloc(size + 1);
            memcpy(bytes, parameters->values[i], size);
            values[i] = type == SQL_LIST ? read_list(bytes) : read_value(type, bytes, size);
        }
    }
    return values;
}

// Results in their binary form

static void set_value(PGresult *result, int row, int column, const struct sql_value *value) {
    char number[8];
    uint64_t wide = htobe64((uint64_t)value->number);
    if (value->type == SQL_NULL) {
        PQsetvalue(result, row, column, NULL, -1);
    } else if (value->type == SQL_BOOL) {
        number[0] = (char)value->number;
        PQsetvalue(result, row, column, number, 1);
    } else if (value->type <= SQL_TIME) {
        memcpy(number, &wide, 8);
        PQsetvalue(result, row, column, number, 8);
    } else {
        PQsetvalue(result, row, column, (char *)value->bytes, (int)value->size);
    }
}

// A statement without rows tells how many it changed in a row of its own: see pg_changed.
static PGresult *make_result(const struct sql_result *rows) {
    PGresAttDesc attributes[SQL_COLUMNS * 2];
    PGresult *result = PQmakeEmptyPGresult(NULL, PGRES_TUPLES_OK);
    size_t count = rows->column_count == 0 ? 1 : rows->column_count;
    memset(attributes, 0, count * sizeof attributes[0]);
    for (size_t i = 0; i < count; i++) {
        attributes[i].name = (char *)(rows->column_count == 0 ? "changed" : rows->columns[i]);
        attributes[i].format = 1;
    }
    if (rows->column_count > 0 && rows->row_count == 0) {
        return result; // nobody asks what the columns of no rows are called
    }
    PQsetResultAttrs(result, (int)count, attributes);
    if (rows->column_count == 0) {
        const struct sql_value changed = {.type = SQL_NUMBER, .number = rows->changed};
        set_value(result, 0, 0, &changed);
    }
    for (size_t row = 0; row < rows->row_count; row++) {
        for (size_t column = 0; column < rows->column_count; column++) {
            set_value(result, (int)row, (int)column, &rows->rows[row][column]);
        }
    }
    return result;
}

int64_t pg_changed(const PGresult *result) { return pg_get_number(result, 0, 0); }

// Running

static enum rc state_error(const char *state, struct error *error) {
    enum rc rc = error_set(error, pg_verdict(state), "PostgreSQL %s", state);
    if (error != NULL) {
        snprintf(error->code, sizeof error->code, "%s", state);
    }
    return rc;
}

static enum rc execute(struct pg *pg, const char *sql, const struct sql_value *values, size_t count,
                       PGresult **out, struct error *error) {
    struct sql_result result;
    int64_t deadline = sim.now_ms + LOCK_TIMEOUT_MS;
    struct sql_session *session = pg->session;
    while (sql_run(session, sql, values, count, &result) == SQL_WAIT) {
        end_idle();
        bool woken = sim_wait(&lock_released, sim.now_ms + LOCK_TIMEOUT_MS / 4);
        if (session->lost || pg->session != session ||
            (sim_process() != NULL && sim_process()->dead)) {
            return lost(pg, error);
        }
        if (!woken && sim.now_ms >= deadline) {
            session->snapshot = -1;
            session->failed = session->open;
            if (!session->open) {
                sql_rollback(session);
            }
            return state_error("55P03", error);
        }
    }
    if (!session->open) {
        sim_wake(&lock_released, true);
    }
    if (result.state[0] != '\0') {
        sim_trace("PostgreSQL %s: %.60s", result.state, sql);
        return state_error(result.state, error);
    }
    if (out != NULL) {
        *out = make_result(&result);
    }
    return RC_OK;
}

static void end_implicit(struct pg *pg, enum rc rc) {
    if (pg->session != NULL && !pg->session->open) {
        if (rc == RC_OK) {
            sql_commit(pg->session);
        } else {
            sql_rollback(pg->session);
        }
        sim_wake(&lock_released, true);
    }
}

// -1: not cut; else after how many statements of the next exchange the connection ends.
static int64_t cut_after(size_t count) {
    return faults_take(FAULT_PG_CUT) ? (int64_t)sim_below((uint32_t)count + 1) : -1;
}

static enum rc run_values(struct pg *pg, const char *sql, const struct sql_value *values,
                          size_t count, PGresult **out, struct error *error) {
    PGresult *result = NULL;
    bool good = sim_io(sql) && reaches(pg);
    int64_t cut = good ? cut_after(1) : 0;
    if (cut == 0) {
        return lost(pg, error);
    }
    enum rc rc = execute(pg, sql, values, count, &result, error);
    end_implicit(pg, rc);
    if (cut == 1 || !sim_io("PostgreSQL's answer")) {
        PQclear(result);
        return lost(pg, error);
    }
    if (out != NULL) {
        *out = result;
    } else {
        PQclear(result);
    }
    return rc;
}

enum rc pg_run(struct pg *pg, const char *sql, struct pg_parameters *parameters, PGresult **out,
               struct error *error) {
    struct sql_value *values = read_parameters(parameters);
    size_t count = (size_t)parameters->count;
    pg_parameters_free(parameters);
    if (out != NULL) {
        *out = NULL;
    }
    return run_values(pg, sql, values, count, out, error);
}

enum rc pg_run_once(struct pg *pg, const char *sql, struct pg_parameters *parameters,
                    PGresult **out, struct error *error) {
    return pg_run(pg, sql, parameters, out, error);
}

enum rc pg_command(struct pg *pg, const char *sql, struct error *error) {
    return run_values(pg, sql, NULL, 0, NULL, error);
}

void pg_rollback(struct pg *pg) {
    if (pg->session != NULL && (pg->session->open || pg->session->failed)) {
        struct error ignored;
        enum rc rc = pg_command(pg, "ROLLBACK", &ignored);
        (void)rc;
    }
}

enum rc pg_queue(struct pg *pg, const char *sql, struct pg_parameters *parameters,
                 struct error *error) {
    if (pg->queued == PIPELINE || pg->session == NULL) {
        pg_parameters_free(parameters);
        return lost(pg, error);
    }
    pg->queue[pg->queued++] =
        (struct queued){sql, read_parameters(parameters), (size_t)parameters->count};
    pg_parameters_free(parameters);
    return RC_OK;
}

enum rc pg_collect(struct pg *pg, PGresult **results, size_t count, struct error *error) {
    struct queued queue[PIPELINE];
    memcpy(queue, pg->queue, pg->queued * sizeof queue[0]);
    pg->queued = 0;
    bool good = sim_risky_io(queue[count - 1].sql) && reaches(pg);
    int64_t cut = good ? cut_after(count) : 0;
    enum rc rc = RC_OK;
    for (size_t i = 0; i < count && rc == RC_OK && (int64_t)i != cut; i++) {
        PGresult *result = NULL;
        rc = execute(pg, queue[i].sql, queue[i].values, queue[i].count, &result, error);
        if (rc == RC_OK && results != NULL) {
            results[i] = result;
        } else {
            PQclear(result);
        }
        if (pg->session == NULL) {
            return rc;
        }
        if (sim_chance(4)) {
            sim_yield(); // other sessions run between two statements
        }
        if (pg->session->lost) {
            return lost(pg, error);
        }
    }
    if (cut >= 0 && rc == RC_OK) {
        return lost(pg, error);
    }
    end_implicit(pg, rc);
    return sim_risky_io("PostgreSQL's answers") ? rc : lost(pg, error);
}

enum rc pg_check_schema(struct pg *pg, const char *service, int expected, struct error *error) {
    (void)service;
    (void)expected;
    return pg_ensure(pg, error);
}
