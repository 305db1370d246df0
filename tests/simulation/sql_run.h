// SPDX-License-Identifier: Apache-2.0
// What the files that run statements share. A statement in progress is a struct run; its memory is
// scratch and ends with it.
#pragma once

#include "sql_tree.h"

// One row of one source while a join is walked.
struct bound {
    const char *alias;
    const char *const *columns;
    size_t column_count;
    const struct sql_value *values; // NULL: the nothing that LEFT JOIN adds
    struct sql_row *row;            // of a table
};

// One statement's run, or that of a query in it.
struct run {
    struct sql_session *session;
    const struct sql_value *parameters;
    size_t parameter_count;
    struct cte {
        const char *name;
        struct sql_result *result;
    } ctes[TERMS];
    size_t cte_count;
    struct bound bound[SOURCES + 1];
    size_t bound_count;
    bool waits;
    char state[6];
};

// One row of each source, for which WHERE holds.
struct leaf {
    struct sql_value *values; // output
    struct sql_value keys[TERMS];
    struct sql_value distinct[TERMS];
    struct sql_row *row; // of the first source
    const struct sql_value *target;
    struct bound bound[SOURCES + 1];
};

struct leaves {
    struct leaf **items;
    size_t count;
    size_t room;
};

// sql_value.c: memory of the statement in progress, and values.
extern const struct sql_value sql_null;
void *sql_scratch(size_t size); // zeroed; never fails: out of it ends the program
void sql_scratch_reset(void);
struct sql_value sql_truth(bool truth);
bool sql_is_true(const struct sql_value *value); // NULL is not
_Noreturn void sql_no_such(const char *what, const char *name);

// sql_eval.c: expressions, of the rows in run->bound.
struct sql_value sql_eval(struct run *run, struct expression *expression);
// Whether it is true; NULL is not.
bool sql_holds(struct run *run, struct expression *expression);
// Whether that source has the column; kept in the expression, which is looked up once.
bool sql_resolve_in(const struct bound *bound, struct expression *expression, size_t place);

// sql_rows.c: rows and sources.
bool sql_is_held(const struct run *run, const struct sql_row *row); // by another transaction
bool sql_lock_row(struct run *run, struct sql_row *row);            // false: run->waits now
void sql_write_row(struct run *run, struct sql_row *row, const struct sql_value *pending);
// A copy of values that outlives the statement.
const struct sql_value *sql_keep(const struct sql_value *values, size_t count);
const struct cte *sql_find_cte(const struct run *run, const struct source *source);
struct sql_table *sql_table_of(const struct run *run, struct source *source);
typedef void (*sql_on_leaf)(struct run *run, struct statement *statement, struct leaves *leaves);
// Binds every combination of rows from source number place on and calls leaf where WHERE holds.
void sql_walk(struct run *run, struct statement *statement, size_t place, sql_on_leaf leaf,
              struct leaves *leaves);
struct leaf *sql_add_leaf(struct run *run, struct leaves *leaves); // of the rows bound now

// sql_select.c: what comes back.
struct sql_value *sql_output(struct run *run, struct statement *statement); // of the bound rows
void sql_name_columns(struct run *run, struct statement *statement, struct sql_result *result);
void sql_add_result(struct sql_result *result, struct sql_value *values); // not copied
void sql_run_select(struct run *run, struct statement *statement, struct sql_result *result);

// sql_change.c: what changes rows.
void sql_run_insert(struct run *run, struct statement *statement, struct sql_result *result);
void sql_run_change(struct run *run, struct statement *statement, struct sql_result *result);

// sql_session.c: transactions.
int64_t sql_commits(void); // so far: what a statement that begins now sees

// sql_run.c: one statement with its WITH and its UNION ALL; into result.
enum sql_outcome sql_run_statement(struct run *run, struct statement *statement,
                                   struct sql_result *result);
