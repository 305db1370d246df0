// SPDX-License-Identifier: Apache-2.0
// As much of PostgreSQL as the product's statements need, so that its own SQL and its own
// migrations run: read committed, row locks, unique constraints, advisory locks. A statement that
// uses more ends the simulation with its text.
#pragma once

#include <libpq-fe.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum sql_type { SQL_NULL, SQL_NUMBER, SQL_BOOL, SQL_TIME, SQL_TEXT, SQL_BYTES, SQL_UUID, SQL_LIST };

struct sql_value {
    enum sql_type type;
    int64_t number; // NUMBER, BOOL, TIME (microseconds since 2000)
    const char *bytes;
    size_t size;                   // of bytes; elements of a list
    const struct sql_value *items; // of a list
};

#define SQL_COLUMNS 24
#define SQL_UNIQUES 4

struct sql_table;

struct sql_row {
    struct sql_row *next;
    struct sql_table *table;
    const struct sql_value *committed; // NULL: not there
    const struct sql_value *pending;   // the writer's version; NULL: deleted
    struct sql_session *writer;
    struct sql_session *locker;
    int64_t created; // commit number
};

struct sql_table {
    char schema[32];
    char name[32];
    char columns[SQL_COLUMNS][32];
    const char *names[SQL_COLUMNS]; // the same, as a result has them
    struct sql_value defaults[SQL_COLUMNS];
    bool identity[SQL_COLUMNS];
    size_t column_count;
    struct {
        size_t columns[8];
        size_t count;
    } uniques[SQL_UNIQUES];
    size_t unique_count;
    struct sql_row *first;
    struct sql_row **last;
    bool littered; // with rows that nobody can see any more
    int64_t next_identity;
};

struct sql_session {
    const char *schema;
    bool open; // a transaction that BEGIN began
    bool failed;
    int64_t idle_since_ms;
    int64_t snapshot; // of the statement that waits; -1: none
    struct sql_row **touched;
    size_t touched_count;
    size_t touched_room;
    bool lost; // the server ended it
    int number;
};

struct sql_result {
    const char *columns[SQL_COLUMNS * 2];
    size_t column_count;
    struct sql_value **rows;
    size_t row_count;
    size_t row_room;
    int64_t changed;
    char state[6]; // SQLSTATE of a failure; empty
};

enum sql_outcome { SQL_DONE, SQL_WAIT };

// Reads CREATE TABLE statements of a migration; once, before the first schedule.
void sql_read_schema(const char *schema, const char *path);
// Empties every table.
void sql_reset(void);
struct sql_table *sql_table(const char *schema, const char *name);

// Runs one statement, parsed once. SQL_WAIT: another session holds a row; run it again later.
enum sql_outcome sql_run(struct sql_session *session, const char *text,
                         const struct sql_value *parameters, size_t count,
                         struct sql_result *result);
void sql_commit(struct sql_session *session);
void sql_rollback(struct sql_session *session);
void sql_end_session(struct sql_session *session); // rolls back, lets advisory locks go
void sql_forget_locks(void);
bool sql_try_advisory(struct sql_session *session, int64_t space, int64_t key);
bool sql_give_advisory(struct sql_session *session, int64_t space, int64_t key);

// Written by the judge: told of each row that a commit changes.
void sql_on_change(const struct sql_table *table, const struct sql_value *before,
                   const struct sql_value *after);

int sql_compare(const struct sql_value *left, const struct sql_value *right);
size_t sql_column(const struct sql_table *table, const char *name);
// Walks the committed rows; NULL at the end.
const struct sql_row *sql_next(const struct sql_row *row);
