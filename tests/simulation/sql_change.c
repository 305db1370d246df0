// SPDX-License-Identifier: Apache-2.0
// INSERT, UPDATE and DELETE: they wait for other transactions first and change rows then.
#include "sql_run.h"

#include "sim.h"

#include <string.h>

// INSERT

static bool same_key(const struct sql_table *table, size_t unique, const struct sql_value *left,
                     const struct sql_value *right) {
    for (size_t i = 0; i < table->uniques[unique].count; i++) {
        size_t column = table->uniques[unique].columns[i];
        if (left[column].type == SQL_NULL || right[column].type == SQL_NULL ||
            sql_compare(&left[column], &right[column]) != 0) {
            return false;
        }
    }
    return true;
}

// The row that has one of the keys of values; *open when another transaction has yet to end.
static struct sql_row *find_conflict(const struct run *run, const struct sql_table *table,
                                     const struct sql_value *values, size_t *unique, bool *open) {
    for (struct sql_row *row = table->first; row != NULL; row = row->next) {
        for (size_t u = 0; u < table->unique_count; u++) {
            bool theirs = row->writer != NULL && row->writer != run->session;
            const struct sql_value *now =
                row->writer == run->session ? row->pending : row->committed;
            bool before = now != NULL && same_key(table, u, now, values);
            bool after = theirs && row->pending != NULL && same_key(table, u, row->pending, values);
            if (before || after) {
                *unique = u;
                *open = theirs;
                return row;
            }
        }
    }
    return NULL;
}

static bool is_target(const struct statement *statement, const struct sql_table *table,
                      size_t unique) {
    if (statement->conflict_count == 0) {
        return statement->on_conflict;
    }
    if (statement->conflict_count != table->uniques[unique].count) {
        return false;
    }
    for (size_t i = 0; i < statement->conflict_count; i++) {
        size_t column = sql_column(table, statement->conflict_columns[i]);
        if (table->uniques[unique].columns[i] != column) {
            return false;
        }
    }
    return true;
}

// Where INTO and SET put their values.
static void place_columns(struct statement *statement, const struct sql_table *table) {
    if (statement->placed == table) {
        return;
    }
    for (size_t i = 0; i < statement->into_count; i++) {
        statement->into_places[i] = sql_column(table, statement->into_columns[i]);
    }
    for (size_t i = 0; i < statement->set_count; i++) {
        statement->set[i].place = sql_column(table, statement->set[i].column);
    }
    statement->placed = table;
}

static struct sql_value *new_values(struct run *run, struct statement *statement,
                                    const struct sql_table *table, const struct sql_value *given) {
    struct sql_value *values = sql_scratch(table->column_count * sizeof *values);
    size_t count = statement->into_count == 0 ? table->column_count : statement->into_count;
    memcpy(values, table->defaults, table->column_count * sizeof *values);
    place_columns(statement, table);
    for (size_t i = 0; i < count; i++) {
        size_t column = statement->into_count == 0 ? i : statement->into_places[i];
        values[column] = given != NULL ? given[i] : sql_eval(run, statement->values[i]);
    }
    return values;
}

static void assign(struct run *run, struct statement *statement, const struct sql_table *table,
                   const struct sql_value *old, struct sql_value *values) {
    memcpy(values, old, table->column_count * sizeof *values);
    place_columns(statement, table);
    for (size_t i = 0; i < statement->set_count; i++) {
        values[statement->set[i].place] = sql_eval(run, statement->set[i].value);
    }
}

static void bind_target(struct run *run, const struct statement *statement,
                        const struct sql_table *table, const struct sql_value *values) {
    run->bound[0] = (struct bound){.alias = statement->sources[0].alias,
                                   .columns = table->names,
                                   .column_count = table->column_count,
                                   .values = values};
    run->bound_count = 1;
}

static bool update_conflicting(struct run *run, struct statement *statement,
                               const struct sql_table *table, struct sql_row *row,
                               const struct sql_value *given) {
    const struct sql_value *old = row->writer == run->session ? row->pending : row->committed;
    struct sql_value *values = sql_scratch(table->column_count * sizeof *values);
    bind_target(run, statement, table, old);
    run->bound[1] = (struct bound){.alias = "excluded",
                                   .columns = table->names,
                                   .column_count = table->column_count,
                                   .values = given};
    run->bound_count = 2;
    if (statement->where != NULL && !sql_holds(run, statement->where)) {
        return false;
    }
    assign(run, statement, table, old, values);
    sql_write_row(run, row, sql_keep(values, table->column_count));
    bind_target(run, statement, table, values);
    return true;
}

static void insert_row(struct run *run, struct sql_table *table, struct sql_value *values) {
    for (size_t i = 0; i < table->column_count; i++) {
        if (table->identity[i]) {
            values[i] = (struct sql_value){.type = SQL_NUMBER, .number = table->next_identity++};
        }
    }
    struct sql_row *row = sim_alloc(sizeof *row);
    *table->last = row;
    table->last = &row->next;
    row->table = table;
    row->created = INT64_MAX;
    sql_write_row(run, row, sql_keep(values, table->column_count));
}

static void insert_one(struct run *run, struct statement *statement, struct sql_table *table,
                       struct sql_value *values, struct sql_result *result) {
    size_t unique = 0;
    bool open = false;
    struct sql_row *row = find_conflict(run, table, values, &unique, &open);
    bool changed = true;
    if (row == NULL) {
        insert_row(run, table, values);
        bind_target(run, statement, table, values);
    } else if (!is_target(statement, table, unique)) {
        memcpy(run->state, "23505", 6);
        return;
    } else {
        changed =
            statement->on_conflict_update && update_conflicting(run, statement, table, row, values);
    }
    if (changed) {
        result->changed++;
        if (statement->item_count > 0) {
            sql_add_result(result, sql_output(run, statement));
        }
    }
}

void sql_run_insert(struct run *run, struct statement *statement, struct sql_result *result) {
    struct sql_table *table = sql_table_of(run, &statement->sources[0]);
    struct sql_result given = {0};
    if (statement->select != NULL) {
        sql_run_statement(run, statement->select, &given);
    } else {
        sql_add_result(&given, NULL);
    }
    struct sql_value **rows = sql_scratch((given.row_count + 1) * sizeof *rows);
    for (size_t i = 0; i < given.row_count && !run->waits; i++) {
        size_t unique = 0;
        bool open = false;
        rows[i] = new_values(run, statement, table, given.rows[i]);
        struct sql_row *row = find_conflict(run, table, rows[i], &unique, &open);
        if (row != NULL && (open || (statement->on_conflict_update && sql_is_held(run, row)))) {
            run->waits = true;
        }
    }
    for (size_t i = 0; i < given.row_count && !run->waits && run->state[0] == '\0'; i++) {
        insert_one(run, statement, table, rows[i], result);
    }
}

// UPDATE and DELETE

static void change_leaf(struct run *run, struct statement *statement, struct leaves *leaves) {
    (void)statement;
    for (size_t i = 0; i < leaves->count; i++) {
        if (leaves->items[i]->row == run->bound[0].row) {
            return; // each row once
        }
    }
    sql_add_leaf(run, leaves);
}

void sql_run_change(struct run *run, struct statement *statement, struct sql_result *result) {
    const struct sql_table *table = sql_table_of(run, &statement->sources[0]);
    struct leaves leaves = {0};
    sql_walk(run, statement, 0, change_leaf, &leaves);
    for (size_t i = 0; i < leaves.count && !run->waits; i++) {
        sql_lock_row(run, leaves.items[i]->row);
    }
    for (size_t i = 0; i < leaves.count && !run->waits; i++) {
        struct leaf *leaf = leaves.items[i];
        memcpy(run->bound, leaf->bound, sizeof run->bound);
        run->bound_count = statement->source_count;
        struct sql_value *values = NULL;
        if (statement->kind == S_UPDATE) {
            values = sql_scratch(table->column_count * sizeof *values);
            assign(run, statement, table, leaf->target, values);
        }
        sql_write_row(run, leaf->row,
                      values == NULL ? NULL : sql_keep(values, table->column_count));
        result->changed++;
        if (statement->item_count > 0) {
            run->bound[0].values = values == NULL ? leaf->target : values;
            sql_add_result(result, sql_output(run, statement));
        }
    }
}
