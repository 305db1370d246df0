// SPDX-License-Identifier: Apache-2.0
#include "fake_libpq.h"

#include <endian.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define ANSWERS 256
#define NAMES 64
#define COLUMNS 64

static fake_libpq_answer answer;
static const char *prepared[NAMES]; // constants, by the number of their name
static PGresult *waiting[ANSWERS];
static size_t first, last;
static int ends;     // NULL is to come before the next answer
static int pipeline; // entered
static struct fake_libpq_sent sent;
static int connection; // only its address is used

void fake_libpq_answers(fake_libpq_answer wanted) { answer = wanted; }

static PGresult *empty(ExecStatusType status) {
    PGresult *result = PQmakeEmptyPGresult(NULL, status);
    if (result == NULL) {
        abort();
    }
    return result;
}

PGresult *fake_libpq_rows(int columns) {
    PGresult *rows = empty(PGRES_TUPLES_OK);
    PGresAttDesc all[COLUMNS];
    for (int i = 0; i < COLUMNS; i++) {
        all[i] = (PGresAttDesc){.name = "c", .format = 1};
    }
    if (columns > COLUMNS || !PQsetResultAttrs(rows, columns, all)) {
        abort();
    }
    return rows;
}

static void set_next(PGresult *rows, const void *bytes, int size) {
    static const PGresult *of;
    static int place;
    if (of != rows || PQntuples(rows) == 0) {
        of = rows;
        place = 0;
    }
    if (!PQsetvalue(rows, place / PQnfields(rows), place % PQnfields(rows), (char *)bytes, size)) {
        abort();
    }
    place++;
}

void fake_libpq_bytes(PGresult *rows, const void *bytes, size_t size) {
    set_next(rows, bytes, bytes == NULL ? -1 : (int)size);
}

void fake_libpq_text(PGresult *rows, const char *text) {
    fake_libpq_bytes(rows, text, text == NULL ? 0 : strlen(text));
}

void fake_libpq_number(PGresult *rows, long long value) {
    uint64_t wire = htobe64((uint64_t)value);
    fake_libpq_bytes(rows, &wire, sizeof wire);
}

struct fake_libpq_sent fake_libpq_sent(void) {
    struct fake_libpq_sent so_far = sent;
    sent = (struct fake_libpq_sent){0, 0};
    return so_far;
}

static PGresult *answer_to(const char *sql) {
    PGresult *rows = answer == NULL || sql == NULL ? NULL : answer(sql);
    return rows == NULL ? empty(PGRES_TUPLES_OK) : rows;
}

// A name is "s" and a number; the unnamed statement keeps the last place.
static const char **statement(const char *name) {
    size_t place = name[0] == '\0' ? NAMES - 1 : strtoul(name + 1, NULL, 10);
    return &prepared[place < NAMES ? place : NAMES - 1];
}

static void push(PGresult *result) {
    if (last - first == ANSWERS) {
        abort();
    }
    waiting[last++ % ANSWERS] = result;
}

static void reset(void) {
    while (first < last) {
        PQclear(waiting[first++ % ANSWERS]);
    }
    memset(prepared, 0, sizeof prepared);
    first = last = 0;
    ends = pipeline = 0;
}

__typeof__(PQconnectdbParams) __wrap_PQconnectdbParams;
__typeof__(PQfinish) __wrap_PQfinish;
__typeof__(PQstatus) __wrap_PQstatus;
__typeof__(PQtransactionStatus) __wrap_PQtransactionStatus;
__typeof__(PQsocket) __wrap_PQsocket;
__typeof__(PQerrorMessage) __wrap_PQerrorMessage;
__typeof__(PQsetnonblocking) __wrap_PQsetnonblocking;
__typeof__(PQpipelineStatus) __wrap_PQpipelineStatus;
__typeof__(PQenterPipelineMode) __wrap_PQenterPipelineMode;
__typeof__(PQexitPipelineMode) __wrap_PQexitPipelineMode;
__typeof__(PQpipelineSync) __wrap_PQpipelineSync;
__typeof__(PQflush) __wrap_PQflush;
__typeof__(PQisBusy) __wrap_PQisBusy;
__typeof__(PQgetResult) __wrap_PQgetResult;
__typeof__(PQexec) __wrap_PQexec;
__typeof__(PQprepare) __wrap_PQprepare;
__typeof__(PQexecPrepared) __wrap_PQexecPrepared;
__typeof__(PQexecParams) __wrap_PQexecParams;
__typeof__(PQcmdTuples) __wrap_PQcmdTuples;
__typeof__(PQsendPrepare) __wrap_PQsendPrepare;
__typeof__(PQsendQueryPrepared) __wrap_PQsendQueryPrepared;

PGconn *__wrap_PQconnectdbParams(const char *const *names, const char *const *values, int expand) {
    (void)names;
    (void)values;
    (void)expand;
    reset();
    return (PGconn *)&connection;
}

void __wrap_PQfinish(PGconn *conn) {
    if (conn != NULL) {
        reset();
    }
}

ConnStatusType __wrap_PQstatus(const PGconn *conn) {
    return conn == NULL ? CONNECTION_BAD : CONNECTION_OK;
}

PGTransactionStatusType __wrap_PQtransactionStatus(const PGconn *conn) {
    (void)conn;
    return PQTRANS_INTRANS;
}

int __wrap_PQsocket(const PGconn *conn) {
    (void)conn;
    return -1; // poll passes it over
}

char *__wrap_PQerrorMessage(const PGconn *conn) {
    (void)conn;
    return (char *)"the statement was not sent";
}

int __wrap_PQsetnonblocking(PGconn *conn, int wanted) {
    (void)conn;
    (void)wanted;
    return 0;
}

PGpipelineStatus __wrap_PQpipelineStatus(const PGconn *conn) {
    (void)conn;
    return pipeline ? PQ_PIPELINE_ON : PQ_PIPELINE_OFF;
}

int __wrap_PQenterPipelineMode(PGconn *conn) {
    (void)conn;
    pipeline = 1;
    return 1;
}

int __wrap_PQexitPipelineMode(PGconn *conn) {
    (void)conn;
    pipeline = 0;
    return 1;
}

int __wrap_PQpipelineSync(PGconn *conn) {
    (void)conn;
    push(empty(PGRES_PIPELINE_SYNC));
    return 1;
}

int __wrap_PQflush(PGconn *conn) {
    (void)conn;
    return 0;
}

int __wrap_PQisBusy(PGconn *conn) {
    (void)conn;
    return 0;
}

// NULL ends each statement, but no Sync.
PGresult *__wrap_PQgetResult(PGconn *conn) {
    (void)conn;
    if (ends || first == last) {
        ends = 0;
        return NULL;
    }
    PGresult *result = waiting[first++ % ANSWERS];
    ends = PQresultStatus(result) != PGRES_PIPELINE_SYNC;
    return result;
}

PGresult *__wrap_PQexec(PGconn *conn, const char *sql) {
    (void)conn;
    (void)sql;
    return empty(PGRES_COMMAND_OK);
}

PGresult *__wrap_PQprepare(PGconn *conn, const char *name, const char *sql, int count,
                           const Oid *types) {
    (void)conn;
    (void)count;
    (void)types;
    *statement(name) = sql;
    return empty(PGRES_COMMAND_OK);
}

PGresult *__wrap_PQexecPrepared(PGconn *conn, const char *name, int count,
                                const char *const *values, const int *lengths, const int *formats,
                                int format) {
    (void)conn;
    (void)formats;
    (void)format;
    sent.statements++;
    for (int i = 0; i < count; i++) {
        sent.bytes += values[i] == NULL ? 0 : (size_t)lengths[i];
    }
    return answer_to(*statement(name));
}

PGresult *__wrap_PQexecParams(PGconn *conn, const char *sql, int count, const Oid *types,
                              const char *const *values, const int *lengths, const int *formats,
                              int format) {
    (void)types;
    *statement("") = sql;
    return __wrap_PQexecPrepared(conn, "", count, values, lengths, formats, format);
}

char *__wrap_PQcmdTuples(PGresult *result) {
    static char text[16];
    snprintf(text, sizeof text, "%d", PQntuples(result));
    return text;
}

int __wrap_PQsendPrepare(PGconn *conn, const char *name, const char *sql, int count,
                         const Oid *types) {
    push(__wrap_PQprepare(conn, name, sql, count, types));
    return 1;
}

int __wrap_PQsendQueryPrepared(PGconn *conn, const char *name, int count, const char *const *values,
                               const int *lengths, const int *formats, int format) {
    push(__wrap_PQexecPrepared(conn, name, count, values, lengths, formats, format));
    return 1;
}
