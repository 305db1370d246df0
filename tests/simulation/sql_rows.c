// SPDX-License-Identifier: Apache-2.0
// The rows that a statement sees and takes, and its sources walked row by row: where they end is a
// leaf, one row of each.
#include "sql_run.h"

#include "sim.h"

#include <stdio.h>
#include <string.h>

static const struct sql_value *visible(const struct run *run, const struct sql_row *row) {
    if (row->writer == run->session) {
        return row->pending;
    }
    return row->committed != NULL && row->created <= run->session->snapshot ? row->committed : NULL;
}

bool sql_is_held(const struct run *run, const struct sql_row *row) {
    return (row->writer != NULL && row->writer != run->session) ||
           (row->locker != NULL && row->locker != run->session);
}

static void touch(struct sql_session *session, struct sql_row *row) {
    for (size_t i = 0; i < session->touched_count; i++) {
        if (session->touched[i] == row) {
            return;
        }
    }
    if (session->touched_count == session->touched_room) {
        size_t room = session->touched_room == 0 ? 32 : session->touched_room * 2;
        struct sql_row **rows = sim_alloc(room * sizeof(struct sql_row *));
        if (session->touched_count > 0) {
            memcpy(rows, session->touched, session->touched_count * sizeof(struct sql_row *));
        }
        session->touched = rows;
        session->touched_room = room;
    }
    session->touched[session->touched_count++] = row;
}

bool sql_lock_row(struct run *run, struct sql_row *row) {
    if (sql_is_held(run, row)) {
        run->waits = true;
        return false;
    }
    row->locker = run->session;
    touch(run->session, row);
    return true;
}

const struct sql_value *sql_keep(const struct sql_value *values, size_t count) {
    struct sql_value *kept = sim_alloc(count * sizeof *kept);
    for (size_t i = 0; i < count; i++) {
        kept[i] = values[i];
        if (values[i].type == SQL_LIST) {
            kept[i].items = sql_keep(values[i].items, values[i].size);
            continue;
        }
        if (values[i].bytes != NULL && values[i].size > 0) {
            char *bytes = sim_alloc(values[i].size);
            memcpy(bytes, values[i].bytes, values[i].size);
            kept[i].bytes = bytes;
        }
    }
    return kept;
}

void sql_write_row(struct run *run, struct sql_row *row, const struct sql_value *pending) {
    row->writer = run->session;
    row->pending = pending;
    touch(run->session, row);
}

const struct sql_row *sql_next(const struct sql_row *row) {
    while (row != NULL && row->committed == NULL) {
        row = row->next;
    }
    return row;
}

// Joins

static void find_using(const struct run *run, struct source *source, size_t place) {
    for (size_t i = 0; i < source->using_count; i++) {
        struct expression name = {.kind = E_COLUMN};
        memcpy(name.name, source->using[i], sizeof name.name);
        if (!sql_resolve_in(&run->bound[place], &name, place)) {
            sql_no_such("column", name.name);
        }
        source->same[i].right = (size_t)name.column;
        name.resolved = false;
        for (size_t left = 0; left < place && !name.resolved; left++) {
            sql_resolve_in(&run->bound[left], &name, left);
        }
        source->same[i].place = (size_t)name.place;
        source->same[i].left = (size_t)name.column;
    }
    source->matched = true;
}

static bool matches_using(const struct run *run, struct source *source, size_t place) {
    if (!source->matched) {
        find_using(run, source, place);
    }
    for (size_t i = source->using_count; i > 0; i--) {
        const struct bound *left = &run->bound[source->same[i - 1].place];
        const struct sql_value *a = &left->values[source->same[i - 1].left];
        const struct sql_value *b = &run->bound[place].values[source->same[i - 1].right];
        if (a->type == SQL_NULL || b->type == SQL_NULL || sql_compare(a, b) != 0) {
            return false;
        }
    }
    return true;
}

static bool try_row(struct run *run, struct statement *statement, size_t place, sql_on_leaf leaf,
                    struct leaves *leaves) {
    struct source *source = &statement->sources[place];
    if (source->using_count > 0 && !matches_using(run, source, place)) {
        return false;
    }
    if (source->on != NULL && !sql_holds(run, source->on)) {
        return false;
    }
    sql_walk(run, statement, place + 1, leaf, leaves);
    return true;
}

// Rows that nobody can see any more.
static void drop_deleted(struct sql_table *table) {
    struct sql_row **at = &table->first;
    table->littered = false;
    while (*at != NULL) {
        const struct sql_row *row = *at;
        bool gone = row->committed == NULL && row->writer == NULL;
        if (gone && row->locker == NULL) {
            *at = row->next;
        } else {
            table->littered = table->littered || gone;
            at = &(*at)->next;
        }
    }
    table->last = at;
}

static bool walk_table(struct run *run, struct statement *statement, size_t place, sql_on_leaf leaf,
                       struct leaves *leaves, struct sql_table *table) {
    struct bound *bound = &run->bound[place];
    bool any = false;
    bound->columns = table->names;
    bound->column_count = table->column_count;
    if (table->littered) {
        drop_deleted(table);
    }
    for (struct sql_row *row = table->first; row != NULL; row = row->next) {
        const struct sql_value *values = visible(run, row);
        if (values != NULL) {
            bound->values = values;
            bound->row = row;
            any = try_row(run, statement, place, leaf, leaves) || any;
        }
    }
    return any;
}

static bool walk_unnest(struct run *run, struct statement *statement, size_t place,
                        sql_on_leaf leaf, struct leaves *leaves) {
    struct source *source = &statement->sources[place];
    struct bound *bound = &run->bound[place];
    struct sql_value lists[SQL_COLUMNS];
    size_t rows = 0;
    size_t width = source->argument_count + (source->ordinality ? 1 : 0);
    bool any = false;
    for (size_t i = 0; i < source->argument_count; i++) {
        lists[i] = sql_eval(run, source->arguments[i]);
        rows = lists[i].size > rows ? lists[i].size : rows;
    }
    bound->columns = source->names;
    bound->column_count = width;
    for (size_t row = 0; row < rows; row++) {
        struct sql_value *values = sql_scratch(width * sizeof *values);
        for (size_t i = 0; i < source->argument_count; i++) {
            values[i] = row < lists[i].size ? lists[i].items[row] : sql_null;
        }
        if (source->ordinality) {
            values[width - 1] = (struct sql_value){.type = SQL_NUMBER, .number = (int64_t)row + 1};
        }
        bound->values = values;
        any = try_row(run, statement, place, leaf, leaves) || any;
    }
    return any;
}

const struct cte *sql_find_cte(const struct run *run, const struct source *source) {
    for (size_t i = 0; i < run->cte_count; i++) {
        if (source->schema[0] == '\0' && strcmp(run->ctes[i].name, source->table) == 0) {
            return &run->ctes[i];
        }
    }
    return NULL;
}

// FROM (SELECT ...): like a WITH of its own.
static void inner_query(const struct run *outer, const struct source *source, struct cte *cte) {
    struct run run = *outer;
    cte->name = source->alias;
    cte->result = sql_scratch(sizeof *cte->result);
    sql_run_statement(&run, source->query, cte->result);
}

static bool walk_cte(struct run *run, struct statement *statement, size_t place, sql_on_leaf leaf,
                     struct leaves *leaves, const struct cte *cte) {
    struct bound *bound = &run->bound[place];
    bool any = false;
    bound->columns = cte->result->columns;
    bound->column_count = cte->result->column_count;
    for (size_t row = 0; row < cte->result->row_count; row++) {
        bound->values = cte->result->rows[row];
        any = try_row(run, statement, place, leaf, leaves) || any;
    }
    return any;
}

struct sql_table *sql_table_of(const struct run *run, struct source *source) {
    if (source->looked_in != run->session->schema) {
        source->looked_in = run->session->schema;
        source->found = sql_table(source->schema[0] == '\0' ? run->session->schema : source->schema,
                                  source->table);
    }
    return source->found;
}

void sql_walk(struct run *run, struct statement *statement, size_t place, sql_on_leaf leaf,
              struct leaves *leaves) {
    if (place == statement->source_count) {
        run->bound_count = place;
        if (statement->where == NULL || statement->kind == S_INSERT ||
            sql_holds(run, statement->where)) {
            leaf(run, statement, leaves);
        }
        return;
    }
    struct source *source = &statement->sources[place];
    const struct cte *cte = sql_find_cte(run, source);
    run->bound[place] = (struct bound){.alias = source->alias};
    run->bound_count = place + 1;
    struct cte inner;
    if (source->kind == FROM_QUERY) {
        inner_query(run, source, &inner);
        cte = &inner;
    }
    bool any = source->kind == FROM_UNNEST ? walk_unnest(run, statement, place, leaf, leaves)
               : cte != NULL
                   ? walk_cte(run, statement, place, leaf, leaves, cte)
                   : walk_table(run, statement, place, leaf, leaves, sql_table_of(run, source));
    if (!any && source->left) {
        run->bound[place].values = NULL;
        sql_walk(run, statement, place + 1, leaf, leaves);
    }
    run->bound_count = place;
}

struct leaf *sql_add_leaf(struct run *run, struct leaves *leaves) {
    if (leaves->count == leaves->room) {
        size_t room = leaves->room == 0 ? 16 : leaves->room * 2;
        struct leaf **items = sql_scratch(room * sizeof(struct leaf *));
        if (leaves->count > 0) {
            memcpy(items, leaves->items, leaves->count * sizeof *items);
        }
        leaves->items = items;
        leaves->room = room;
    }
    struct leaf *leaf = sql_scratch(sizeof *leaf);
    leaves->items[leaves->count++] = leaf;
    leaf->row = run->bound_count > 0 ? run->bound[0].row : NULL;
    leaf->target = run->bound_count > 0 ? run->bound[0].values : NULL;
    memcpy(leaf->bound, run->bound, run->bound_count * sizeof run->bound[0]);
    return leaf;
}
