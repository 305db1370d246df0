// SPDX-License-Identifier: Apache-2.0
// What sql_parse.c and sql_expression.c make of a statement and sql_run.c runs.
#pragma once

#include "sql.h"

enum expression_kind {
    E_COLUMN,
    E_STAR,
    E_PARAMETER,
    E_CONSTANT,
    E_NOT,
    E_AND,
    E_OR,
    E_COMPARE,
    E_ADD,
    E_SUBTRACT,
    E_IS_NULL,
    E_IS_NOT_NULL,
    E_ANY,
    E_CALL,
    E_ROW,
    E_CASE, // one WHEN, its THEN, maybe an ELSE
    E_SUBQUERY
};

struct expression {
    enum expression_kind kind;
    char source[32]; // of a column or star; may be empty
    char name[32];   // of a column or function
    char operator[3];
    struct sql_value constant;
    int parameter;
    struct expression *arguments[SQL_COLUMNS];
    size_t count;
    struct statement *subquery;
    int place; // resolved source and column
    int column;
    bool resolved;
};

enum source_kind { FROM_TABLE, FROM_UNNEST, FROM_QUERY };

struct source {
    enum source_kind kind;
    char schema[32];
    char table[32];
    char alias[32];
    char columns[SQL_COLUMNS][32];
    const char *names[SQL_COLUMNS]; // the same, as a result has them
    size_t column_count;
    struct expression *arguments[SQL_COLUMNS];
    size_t argument_count;
    bool ordinality;
    struct statement *query; // of FROM (SELECT ...)
    bool left;               // LEFT JOIN
    struct expression *on;
    char using[4][32];
    size_t using_count;
    struct { // of each, the earlier source and column and the own column; found once
        size_t place, left, right;
    } same[4];
    bool matched;
    const char *looked_in; // schema of a session
    struct sql_table *found;
};

#define SOURCES 6
#define TERMS 4
struct assignment {
    char column[32];
    struct expression *value;
    size_t place; // of the column; see placed
};

enum statement_kind {
    S_SELECT,
    S_INSERT,
    S_UPDATE,
    S_DELETE,
    S_BEGIN,
    S_COMMIT,
    S_ROLLBACK,
    S_SET
};

struct statement {
    enum statement_kind kind;
    struct {
        char name[32];
        struct statement *statement;
    } with[TERMS];
    size_t with_count;
    bool distinct;
    struct expression *distinct_on[TERMS];
    size_t distinct_on_count;
    struct expression *items[SQL_COLUMNS * 2];
    char names[SQL_COLUMNS * 2][32];
    size_t item_count; // of SELECT or RETURNING
    struct source sources[SOURCES];
    size_t source_count; // of UPDATE and DELETE the first one is the target
    struct expression *where;
    struct expression *group[TERMS];
    size_t group_count;
    struct {
        struct expression *by;
        bool descending;
    } order[TERMS];
    size_t order_count;
    struct expression *limit;
    bool for_update;
    bool skip_locked;
    struct statement *union_all;
    // INSERT
    char into_columns[SQL_COLUMNS][32];
    size_t into_places[SQL_COLUMNS];
    size_t into_count;
    struct expression *values[SQL_COLUMNS];
    size_t value_count;
    struct statement *select;
    bool on_conflict;
    bool on_conflict_update;
    char conflict_columns[TERMS][32];
    size_t conflict_count;
    struct assignment set[SQL_COLUMNS];
    size_t set_count;
    const struct sql_table *placed; // of which the places of into and set are; looked up once
    struct statement *next;         // after a semicolon
};

struct statement *sql_parse(const char *text);
