// SPDX-License-Identifier: Apache-2.0
// A server that takes every statement, in place of libpq's functions that would reach one
// (redress_fake_libpq): pg.c, its pipelines and what calls them run as ever, without PostgreSQL.
#pragma once

#include <libpq-fe.h>
#include <stddef.h>

// What a statement answers, in binary: a row a call of fake_libpq_row on an answer of
// fake_libpq_rows; who changes rows has changed as many. NULL: no rows. The default gives none.
typedef PGresult *(*fake_libpq_answer)(const char *sql);
void fake_libpq_answers(fake_libpq_answer answer);

PGresult *fake_libpq_rows(int columns);
// The next value, from the left and then from above; NULL is SQL NULL.
void fake_libpq_bytes(PGresult *rows, const void *bytes, size_t size);
void fake_libpq_text(PGresult *rows, const char *text);
void fake_libpq_number(PGresult *rows, long long value); // int8

// What the server was sent since the last call: statements with parameters, and the bytes of these.
// Who succeeds has sent all of it, with or without a failure on the way.
struct fake_libpq_sent {
    size_t statements;
    size_t bytes;
};
struct fake_libpq_sent fake_libpq_sent(void);
