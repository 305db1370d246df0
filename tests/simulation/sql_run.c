// SPDX-License-Identifier: Apache-2.0
// Runs statements in two steps: first everything that may have to wait, then the changes, so that a
// statement that waits has changed nothing but the locks it took.
#include "sim.h"
#include "sql_tree.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SCRATCH_SIZE (16u << 20)
#define CACHE 512
#define ADVISORY 64

// One row of one source while a join is walked.
struct bound {
    const char *alias;
    const char (*columns)[32];
    size_t column_count;
    const struct sql_value *values; // NULL: the nothing that LEFT JOIN adds
    struct sql_row *row;            // of a table
};

struct run {
    struct sql_session *session;
    const struct sql_value *parameters;
    size_t parameter_count;
    struct cte {
        const char *name;
        struct sql_result *result;
        char columns[SQL_COLUMNS][32];
    } ctes[TERMS];
    size_t cte_count;
    struct bound bound[SOURCES + 1];
    size_t bound_count;
    bool waits;
    char state[6];
};

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

static char scratch[SCRATCH_SIZE];
static size_t scratch_used;
static int64_t commits;
static struct {
    const char *text;
    struct statement *statement;
} cache[CACHE];
static struct {
    struct sql_session *session;
    int64_t space, key;
} advisory[ADVISORY];

static void *scratch_alloc(size_t size) {
    size_t rounded = (size + 15) & ~(size_t)15;
    if (scratch_used + rounded > SCRATCH_SIZE) {
        fprintf(stderr, "a statement of the simulation needs too much memory\n");
        abort();
    }
    void *memory = scratch + scratch_used;
    scratch_used += rounded;
    return memset(memory, 0, rounded);
}

static const struct sql_value null_value = {.type = SQL_NULL};

static struct sql_value truth_value(bool truth) {
    return (struct sql_value){.type = SQL_BOOL, .number = truth};
}

static bool is_true(const struct sql_value *value) {
    return value->type == SQL_BOOL && value->number != 0;
}

int sql_compare(const struct sql_value *left, const struct sql_value *right) {
    if (left->type == SQL_LIST && right->type == SQL_LIST) {
        for (size_t i = 0; i < left->size && i < right->size; i++) {
            int order = sql_compare(&left->items[i], &right->items[i]);
            if (order != 0) {
                return order;
            }
        }
        return 0;
    }
    if (left->type <= SQL_TIME) {
        return left->number < right->number ? -1 : left->number > right->number;
    }
    size_t shorter = left->size < right->size ? left->size : right->size;
    int order = memcmp(left->bytes, right->bytes, shorter);
    return order != 0 ? order : left->size < right->size ? -1 : left->size > right->size;
}

// Evaluation

static _Noreturn void no_such(const char *what, const char *name) {
    fprintf(stderr, "the simulation's SQL has no %s \"%s\"\n", what, name);
    abort();
}

static bool resolve_in(const struct bound *bound, struct expression *expression, size_t place) {
    if (expression->source[0] != '\0' && strcmp(bound->alias, expression->source) != 0) {
        return false;
    }
    for (size_t i = 0; i < bound->column_count; i++) {
        if (strcmp(bound->columns[i], expression->name) == 0) {
            expression->place = (int)place;
            expression->column = (int)i;
            expression->resolved = true;
            return true;
        }
    }
    return false;
}

static struct sql_value eval_column(const struct run *run, struct expression *expression) {
    for (size_t i = 0; i < run->bound_count && !expression->resolved; i++) {
        resolve_in(&run->bound[i], expression, i);
    }
    if (!expression->resolved) {
        no_such("column", expression->name);
    }
    const struct bound *bound = &run->bound[expression->place];
    return bound->values == NULL ? null_value : bound->values[expression->column];
}

static struct sql_value eval(struct run *run, struct expression *expression);
static enum sql_outcome run_statement(struct run *run, struct statement *statement,
                                      struct sql_result *result);

static bool holds(const char *operator, int order) {
    switch (operator[0]) {
    case '=':
        return order == 0;
    case '<':
        return operator[1] == '>' ? order != 0 : operator[1] == '=' ? order <= 0 : order<0;
    default:
        return operator[1] == '=' ? order >= 0 : order> 0;
    }
}

static struct sql_value compare(const char *operator, const struct sql_value * left,
                                const struct sql_value *right) {
    if (left->type == SQL_NULL || right->type == SQL_NULL) {
        return null_value;
    }
    return truth_value(holds(operator, sql_compare(left, right)));
}

static struct sql_value eval_any(struct run *run, struct expression *expression) {
    struct sql_value left = eval(run, expression->arguments[0]);
    struct sql_value list = eval(run, expression->arguments[1]);
    for (size_t i = 0; i < list.size && list.type == SQL_LIST; i++) {
        struct sql_value same = compare(expression->operator, & left, &list.items[i]);
        if (is_true(&same)) {
            return same;
        }
    }
    return truth_value(false);
}

static struct sql_value eval_call(struct run *run, struct expression *expression) {
    if (strcmp(expression->name, "coalesce") == 0) {
        struct sql_value value = null_value;
        for (size_t i = 0; i < expression->count && value.type == SQL_NULL; i++) {
            value = eval(run, expression->arguments[i]);
        }
        return value;
    }
    if (strcmp(expression->name, "cardinality") == 0) {
        struct sql_value list = eval(run, expression->arguments[0]);
        return (struct sql_value){.type = SQL_NUMBER, .number = (int64_t)list.size};
    }
    if (strcmp(expression->name, "sum") == 0) {
        return eval(run, expression->arguments[0]); // of one row: run_select adds them up
    }
    if (strcmp(expression->name, "pg_try_advisory_lock") == 0) {
        struct sql_value space = eval(run, expression->arguments[0]);
        struct sql_value key = eval(run, expression->arguments[1]);
        return truth_value(sql_try_advisory(run->session, space.number, key.number));
    }
    if (strcmp(expression->name, "set_config") == 0) {
        return null_value;
    }
    no_such("function", expression->name);
}

static struct sql_value eval_list(struct run *run, struct expression *expression) {
    struct sql_value *items = scratch_alloc(expression->count * sizeof *items);
    for (size_t i = 0; i < expression->count; i++) {
        items[i] = eval(run, expression->arguments[i]);
    }
    return (struct sql_value){.type = SQL_LIST, .items = items, .size = expression->count};
}

static struct sql_value eval_subquery(struct run *run, struct expression *expression) {
    struct run inner = {.session = run->session,
                        .parameters = run->parameters,
                        .parameter_count = run->parameter_count};
    struct sql_result result = {0};
    run_statement(&inner, expression->subquery, &result);
    return result.row_count == 0 ? null_value : result.rows[0][0];
}

static struct sql_value eval_logic(struct run *run, struct expression *expression) {
    struct sql_value left = eval(run, expression->arguments[0]);
    switch (expression->kind) {
    case E_NOT:
        return left.type == SQL_NULL ? left : truth_value(!is_true(&left));
    case E_AND:
        return is_true(&left) ? eval(run, expression->arguments[1]) : truth_value(false);
    case E_OR:
        return is_true(&left) ? left : eval(run, expression->arguments[1]);
    case E_IS_NULL:
        return truth_value(left.type == SQL_NULL);
    default:
        return truth_value(left.type != SQL_NULL);
    }
}

static struct sql_value eval_sum(struct run *run, struct expression *expression) {
    struct sql_value left = eval(run, expression->arguments[0]);
    struct sql_value right = eval(run, expression->arguments[1]);
    if (left.type == SQL_NULL || right.type == SQL_NULL) {
        return null_value;
    }
    left.number += expression->kind == E_ADD ? right.number : -right.number;
    return left;
}

static struct sql_value eval(struct run *run, struct expression *expression) {
    switch (expression->kind) {
    case E_COLUMN:
        return eval_column(run, expression);
    case E_PARAMETER:
        return run->parameters[expression->parameter];
    case E_CONSTANT:
        return expression->constant;
    case E_COMPARE: {
        struct sql_value left = eval(run, expression->arguments[0]);
        struct sql_value right = eval(run, expression->arguments[1]);
        return compare(expression->operator, & left, &right);
    }
    case E_ADD:
    case E_SUBTRACT:
        return eval_sum(run, expression);
    case E_ANY:
        return eval_any(run, expression);
    case E_CALL:
        return eval_call(run, expression);
    case E_ROW:
        return eval_list(run, expression);
    case E_CASE: {
        struct sql_value holds_now = eval(run, expression->arguments[0]);
        return is_true(&holds_now)      ? eval(run, expression->arguments[1])
               : expression->count == 3 ? eval(run, expression->arguments[2])
                                        : null_value;
    }
    case E_SUBQUERY:
        return eval_subquery(run, expression);
    case E_STAR:
        no_such("value", "*");
    default:
        return eval_logic(run, expression);
    }
}

// Rows

static const struct sql_value *visible(const struct run *run, const struct sql_row *row) {
    if (row->writer == run->session) {
        return row->pending;
    }
    return row->committed != NULL && row->created <= run->session->snapshot ? row->committed : NULL;
}

static bool is_held(const struct run *run, const struct sql_row *row) {
    return (row->writer != NULL && row->writer != run->session) ||
           (row->locker != NULL && row->locker != run->session);
}

static void touch(struct sql_session *session, struct sql_row *row) {
    for (size_t i = 0; i < session->touched_count; i++) {
        if (session->touched[i] == row) {
            return;
        }
    }
    if (session->touched_count == SQL_TOUCHED) {
        no_such("room for rows of", "one transaction");
    }
    session->touched[session->touched_count++] = row;
}

static bool lock_row(struct run *run, struct sql_row *row) {
    if (is_held(run, row)) {
        run->waits = true;
        return false;
    }
    row->locker = run->session;
    touch(run->session, row);
    return true;
}

static const struct sql_value *keep(const struct sql_value *values, size_t count) {
    struct sql_value *kept = sim_alloc(count * sizeof *kept);
    for (size_t i = 0; i < count; i++) {
        kept[i] = values[i];
        if (values[i].type == SQL_LIST) {
            kept[i].items = keep(values[i].items, values[i].size);
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

static void write_row(struct run *run, struct sql_row *row, const struct sql_value *pending) {
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

typedef void (*on_leaf)(struct run *run, struct statement *statement, struct leaves *leaves);

static void find_using(const struct run *run, struct source *source, size_t place) {
    for (size_t i = 0; i < source->using_count; i++) {
        struct expression name = {.kind = E_COLUMN};
        memcpy(name.name, source->using[i], sizeof name.name);
        if (!resolve_in(&run->bound[place], &name, place)) {
            no_such("column", name.name);
        }
        source->same[i].right = (size_t)name.column;
        name.resolved = false;
        for (size_t left = 0; left < place && !name.resolved; left++) {
            resolve_in(&run->bound[left], &name, left);
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

static void walk(struct run *run, struct statement *statement, size_t place, on_leaf leaf,
                 struct leaves *leaves);

static bool try_row(struct run *run, struct statement *statement, size_t place, on_leaf leaf,
                    struct leaves *leaves) {
    struct source *source = &statement->sources[place];
    struct sql_value good = truth_value(true);
    if (source->using_count > 0 && !matches_using(run, source, place)) {
        return false;
    }
    if (source->on != NULL) {
        good = eval(run, source->on);
    }
    if (!is_true(&good)) {
        return false;
    }
    walk(run, statement, place + 1, leaf, leaves);
    return true;
}

// Rows that nobody can see any more.
static void drop_deleted(struct sql_table *table) {
    struct sql_row **at = &table->first;
    while (*at != NULL) {
        const struct sql_row *row = *at;
        if (row->committed == NULL && row->writer == NULL && row->locker == NULL) {
            *at = row->next;
        } else {
            at = &(*at)->next;
        }
    }
    table->last = at;
}

static bool walk_table(struct run *run, struct statement *statement, size_t place, on_leaf leaf,
                       struct leaves *leaves, struct sql_table *table) {
    struct bound *bound = &run->bound[place];
    bool any = false;
    bound->columns = table->columns;
    bound->column_count = table->column_count;
    drop_deleted(table);
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

static bool walk_unnest(struct run *run, struct statement *statement, size_t place, on_leaf leaf,
                        struct leaves *leaves) {
    struct source *source = &statement->sources[place];
    struct bound *bound = &run->bound[place];
    struct sql_value lists[SQL_COLUMNS];
    size_t rows = 0;
    size_t width = source->argument_count + (source->ordinality ? 1 : 0);
    bool any = false;
    for (size_t i = 0; i < source->argument_count; i++) {
        lists[i] = eval(run, source->arguments[i]);
        rows = lists[i].size > rows ? lists[i].size : rows;
    }
    bound->columns = source->columns;
    bound->column_count = width;
    for (size_t row = 0; row < rows; row++) {
        struct sql_value *values = scratch_alloc(width * sizeof *values);
        for (size_t i = 0; i < source->argument_count; i++) {
            values[i] = row < lists[i].size ? lists[i].items[row] : null_value;
        }
        if (source->ordinality) {
            values[width - 1] = (struct sql_value){.type = SQL_NUMBER, .number = (int64_t)row + 1};
        }
        bound->values = values;
        any = try_row(run, statement, place, leaf, leaves) || any;
    }
    return any;
}

static bool walk_series(struct run *run, struct statement *statement, size_t place, on_leaf leaf,
                        struct leaves *leaves) {
    struct source *source = &statement->sources[place];
    struct bound *bound = &run->bound[place];
    int64_t last = eval(run, source->arguments[1]).number;
    bool any = false;
    bound->columns = source->columns;
    bound->column_count = 1;
    for (int64_t i = eval(run, source->arguments[0]).number; i <= last; i++) {
        struct sql_value *value = scratch_alloc(sizeof *value);
        *value = (struct sql_value){.type = SQL_NUMBER, .number = i};
        bound->values = value;
        any = try_row(run, statement, place, leaf, leaves) || any;
    }
    return any;
}

static const struct cte *find_cte(const struct run *run, const struct source *source) {
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
    cte->result = scratch_alloc(sizeof *cte->result);
    run_statement(&run, source->query, cte->result);
    for (size_t c = 0; c < cte->result->column_count && c < SQL_COLUMNS; c++) {
        snprintf(cte->columns[c], sizeof cte->columns[c], "%s", cte->result->columns[c]);
    }
}

static bool walk_cte(struct run *run, struct statement *statement, size_t place, on_leaf leaf,
                     struct leaves *leaves, const struct cte *cte) {
    struct bound *bound = &run->bound[place];
    bool any = false;
    bound->columns = cte->columns;
    bound->column_count = cte->result->column_count;
    for (size_t row = 0; row < cte->result->row_count; row++) {
        bound->values = cte->result->rows[row];
        any = try_row(run, statement, place, leaf, leaves) || any;
    }
    return any;
}

static struct sql_table *table_of(const struct run *run, const struct source *source) {
    return sql_table(source->schema[0] == '\0' ? run->session->schema : source->schema,
                     source->table);
}

static void walk(struct run *run, struct statement *statement, size_t place, on_leaf leaf,
                 struct leaves *leaves) {
    if (place == statement->source_count) {
        run->bound_count = place;
        struct sql_value good = statement->where == NULL || statement->kind == S_INSERT
                                    ? truth_value(true)
                                    : eval(run, statement->where);
        if (is_true(&good)) {
            leaf(run, statement, leaves);
        }
        return;
    }
    const struct source *source = &statement->sources[place];
    const struct cte *cte = find_cte(run, source);
    run->bound[place] = (struct bound){.alias = source->alias};
    run->bound_count = place + 1;
    struct cte inner;
    if (source->kind == FROM_QUERY) {
        inner_query(run, source, &inner);
        cte = &inner;
    }
    bool any = source->kind == FROM_UNNEST   ? walk_unnest(run, statement, place, leaf, leaves)
               : source->kind == FROM_SERIES ? walk_series(run, statement, place, leaf, leaves)
               : cte != NULL
                   ? walk_cte(run, statement, place, leaf, leaves, cte)
                   : walk_table(run, statement, place, leaf, leaves, table_of(run, source));
    if (!any && source->left) {
        run->bound[place].values = NULL;
        walk(run, statement, place + 1, leaf, leaves);
    }
    run->bound_count = place;
}

static struct leaf *add_leaf(struct run *run, struct leaves *leaves) {
    if (leaves->count == leaves->room) {
        size_t room = leaves->room == 0 ? 16 : leaves->room * 2;
        struct leaf **items = scratch_alloc(room * sizeof(struct leaf *));
        if (leaves->count > 0) {
            memcpy(items, leaves->items, leaves->count * sizeof *items);
        }
        leaves->items = items;
        leaves->room = room;
    }
    struct leaf *leaf = scratch_alloc(sizeof *leaf);
    leaves->items[leaves->count++] = leaf;
    leaf->row = run->bound_count > 0 ? run->bound[0].row : NULL;
    leaf->target = run->bound_count > 0 ? run->bound[0].values : NULL;
    memcpy(leaf->bound, run->bound, run->bound_count * sizeof run->bound[0]);
    return leaf;
}

// Output

static size_t item_width(const struct run *run, const struct expression *item) {
    size_t width = 0;
    if (item->kind != E_STAR) {
        return 1;
    }
    for (size_t i = 0; i < run->bound_count; i++) {
        bool wanted = item->source[0] == '\0' || strcmp(run->bound[i].alias, item->source) == 0;
        width += wanted ? run->bound[i].column_count : 0;
    }
    return width;
}

static bool is_aggregate(const struct expression *item) {
    return item->kind == E_CALL && strcmp(item->name, "array_agg") == 0;
}

static struct sql_value *output(struct run *run, struct statement *statement) {
    size_t width = 0;
    for (size_t i = 0; i < statement->item_count; i++) {
        width += item_width(run, statement->items[i]);
    }
    struct sql_value *values = scratch_alloc(width * sizeof *values);
    size_t used = 0;
    for (size_t i = 0; i < statement->item_count; i++) {
        struct expression *item = statement->items[i];
        if (item->kind != E_STAR) {
            values[used++] = eval(run, is_aggregate(item) ? item->arguments[0] : item);
            continue;
        }
        for (size_t b = 0; b < run->bound_count; b++) {
            const struct bound *bound = &run->bound[b];
            bool wanted = item->source[0] == '\0' || strcmp(bound->alias, item->source) == 0;
            for (size_t c = 0; wanted && c < bound->column_count; c++) {
                values[used++] = bound->values == NULL ? null_value : bound->values[c];
            }
        }
    }
    return values;
}

static void name_columns(struct run *run, struct statement *statement, struct sql_result *result) {
    result->column_count = 0;
    for (size_t i = 0; i < statement->item_count; i++) {
        struct expression *item = statement->items[i];
        if (item->kind != E_STAR) {
            result->columns[result->column_count++] = statement->names[i];
            continue;
        }
        for (size_t s = 0; s < statement->source_count; s++) {
            const struct source *source = &statement->sources[s];
            if (item->source[0] != '\0' && strcmp(source->alias, item->source) != 0) {
                continue;
            }
            const struct cte *cte = find_cte(run, source);
            if (source->kind == FROM_QUERY) {
                no_such("* of", source->alias);
            }
            bool made = source->kind == FROM_UNNEST || source->kind == FROM_SERIES;
            const struct sql_table *table = made || cte != NULL ? NULL : table_of(run, source);
            size_t count = made          ? source->column_count
                           : cte != NULL ? cte->result->column_count
                                         : table->column_count;
            for (size_t c = 0; c < count; c++) {
                result->columns[result->column_count++] = made          ? source->columns[c]
                                                          : cte != NULL ? cte->columns[c]
                                                                        : table->columns[c];
            }
        }
    }
}

static void add_result(struct sql_result *result, struct sql_value *values) {
    if (result->row_count == result->row_room) {
        size_t room = result->row_room == 0 ? 16 : result->row_room * 2;
        struct sql_value **rows = scratch_alloc(room * sizeof *rows);
        if (result->row_count > 0) {
            memcpy(rows, result->rows, result->row_count * sizeof *rows);
        }
        result->rows = rows;
        result->row_room = room;
    }
    result->rows[result->row_count++] = values;
}

// SELECT

static bool counts_rows(const struct statement *statement) {
    return statement->item_count == 1 && statement->items[0]->kind == E_CALL &&
           strcmp(statement->items[0]->name, "count") == 0;
}

// coalesce(sum(…), 0)
static bool adds_rows(const struct statement *statement) {
    const struct expression *item = statement->items[0];
    return statement->item_count == 1 && item->kind == E_CALL &&
           strcmp(item->name, "coalesce") == 0 && item->arguments[0]->kind == E_CALL &&
           strcmp(item->arguments[0]->name, "sum") == 0;
}

static void select_leaf(struct run *run, struct statement *statement, struct leaves *leaves) {
    struct leaf *leaf = add_leaf(run, leaves);
    if (!counts_rows(statement)) {
        leaf->values = output(run, statement);
    }
    for (size_t i = 0; i < statement->order_count; i++) {
        leaf->keys[i] = eval(run, statement->order[i].by);
    }
    for (size_t i = 0; i < statement->group_count; i++) {
        leaf->distinct[i] = eval(run, statement->group[i]);
    }
    for (size_t i = 0; i < statement->distinct_on_count; i++) {
        leaf->distinct[i] = eval(run, statement->distinct_on[i]);
    }
}

// NULLs last, as PostgreSQL sorts; first where descending.
static int order_values(const struct sql_value *left, const struct sql_value *right) {
    if (left->type == SQL_NULL || right->type == SQL_NULL) {
        return (left->type == SQL_NULL) - (right->type == SQL_NULL);
    }
    return sql_compare(left, right);
}

static bool comes_after(const struct statement *statement, const struct leaf *left,
                        const struct leaf *right) {
    for (size_t i = 0; i < statement->order_count; i++) {
        int order = order_values(&left->keys[i], &right->keys[i]);
        if (order != 0) {
            return statement->order[i].descending ? order < 0 : order > 0;
        }
    }
    return false;
}

static void sort(const struct statement *statement, struct leaves *leaves) {
    for (size_t i = 1; statement->order_count > 0 && i < leaves->count; i++) {
        struct leaf *moved = leaves->items[i];
        size_t place = i;
        for (; place > 0 && comes_after(statement, leaves->items[place - 1], moved); place--) {
            leaves->items[place] = leaves->items[place - 1];
        }
        leaves->items[place] = moved;
    }
}

static bool same_values(const struct sql_value *left, const struct sql_value *right, size_t count) {
    for (size_t i = 0; i < count; i++) {
        if (order_values(&left[i], &right[i]) != 0) {
            return false;
        }
    }
    return true;
}

static bool is_repeat(const struct statement *statement, const struct leaf *leaf,
                      const struct leaf *const *kept, size_t kept_count, size_t width) {
    for (size_t i = 0; i < kept_count; i++) {
        bool same = statement->distinct ? same_values(kept[i]->values, leaf->values, width)
                                        : same_values(kept[i]->distinct, leaf->distinct,
                                                      statement->distinct_on_count);
        if (same) {
            return true;
        }
    }
    return false;
}

// Rows come in the order that array_agg asks for: of their ORDINALITY.
static void run_group(struct statement *statement, const struct leaves *leaves,
                      struct sql_result *result) {
    for (size_t first = 0; first < leaves->count; first++) {
        const struct leaf *leaf = leaves->items[first];
        bool seen = false;
        for (size_t i = 0; i < first && !seen; i++) {
            seen = same_values(leaves->items[i]->distinct, leaf->distinct, statement->group_count);
        }
        struct sql_value *values = scratch_alloc(statement->item_count * sizeof *values);
        for (size_t item = 0; item < statement->item_count && !seen; item++) {
            values[item] = leaf->values[item];
            if (!is_aggregate(statement->items[item])) {
                continue;
            }
            struct sql_value *items = scratch_alloc(leaves->count * sizeof *items);
            size_t count = 0;
            for (size_t i = first; i < leaves->count; i++) {
                if (same_values(leaves->items[i]->distinct, leaf->distinct,
                                statement->group_count)) {
                    items[count++] = leaves->items[i]->values[item];
                }
            }
            values[item] = (struct sql_value){.type = SQL_LIST, .items = items, .size = count};
        }
        if (!seen) {
            add_result(result, values);
        }
    }
}

static void run_select(struct run *run, struct statement *statement, struct sql_result *result) {
    struct leaves leaves = {0};
    walk(run, statement, 0, select_leaf, &leaves);
    if (counts_rows(statement) || adds_rows(statement)) {
        struct sql_value *count = scratch_alloc(sizeof *count);
        *count = (struct sql_value){.type = SQL_NUMBER};
        for (size_t i = 0; i < leaves.count; i++) {
            const struct leaf *leaf = leaves.items[i];
            count->number += leaf->values == NULL ? 1 : leaf->values[0].number;
        }
        add_result(result, count);
        return;
    }
    sort(statement, &leaves);
    if (statement->group_count > 0) {
        run_group(statement, &leaves, result);
        return;
    }
    const struct leaf **kept = scratch_alloc((leaves.count + 1) * sizeof *kept);
    size_t kept_count = 0;
    int64_t limit = statement->limit == NULL ? INT64_MAX : eval(run, statement->limit).number;
    bool distinct = statement->distinct || statement->distinct_on_count > 0;
    for (size_t i = 0; i < leaves.count && (int64_t)kept_count < limit; i++) {
        struct leaf *leaf = leaves.items[i];
        if ((statement->skip_locked && is_held(run, leaf->row)) ||
            (distinct && is_repeat(statement, leaf, kept, kept_count, result->column_count))) {
            continue;
        }
        if (statement->for_update && !lock_row(run, leaf->row)) {
            return;
        }
        kept[kept_count++] = leaf;
        add_result(result, leaf->values);
    }
}

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

static struct sql_value *new_values(struct run *run, struct statement *statement,
                                    const struct sql_table *table, const struct sql_value *given) {
    struct sql_value *values = scratch_alloc(table->column_count * sizeof *values);
    size_t count = statement->into_count == 0 ? table->column_count : statement->into_count;
    memcpy(values, table->defaults, table->column_count * sizeof *values);
    for (size_t i = 0; i < count; i++) {
        size_t column =
            statement->into_count == 0 ? i : sql_column(table, statement->into_columns[i]);
        values[column] = given != NULL ? given[i] : eval(run, statement->values[i]);
    }
    return values;
}

static void assign(struct run *run, struct statement *statement, const struct sql_table *table,
                   const struct sql_value *old, struct sql_value *values) {
    memcpy(values, old, table->column_count * sizeof *values);
    for (size_t i = 0; i < statement->set_count; i++) {
        values[sql_column(table, statement->set[i].column)] = eval(run, statement->set[i].value);
    }
}

static void bind_target(struct run *run, const struct statement *statement,
                        const struct sql_table *table, const struct sql_value *values) {
    run->bound[0] = (struct bound){.alias = statement->sources[0].alias,
                                   .columns = table->columns,
                                   .column_count = table->column_count,
                                   .values = values};
    run->bound_count = 1;
}

static bool update_conflicting(struct run *run, struct statement *statement,
                               const struct sql_table *table, struct sql_row *row,
                               const struct sql_value *given) {
    const struct sql_value *old = row->writer == run->session ? row->pending : row->committed;
    struct sql_value *values = scratch_alloc(table->column_count * sizeof *values);
    bind_target(run, statement, table, old);
    run->bound[1] = (struct bound){.alias = "excluded",
                                   .columns = table->columns,
                                   .column_count = table->column_count,
                                   .values = given};
    run->bound_count = 2;
    struct sql_value good =
        statement->where == NULL ? truth_value(true) : eval(run, statement->where);
    if (!is_true(&good)) {
        return false;
    }
    assign(run, statement, table, old, values);
    write_row(run, row, keep(values, table->column_count));
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
    write_row(run, row, keep(values, table->column_count));
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
            add_result(result, output(run, statement));
        }
    }
}

static void run_insert(struct run *run, struct statement *statement, struct sql_result *result) {
    struct sql_table *table = table_of(run, &statement->sources[0]);
    struct sql_result given = {0};
    if (statement->select != NULL) {
        run_statement(run, statement->select, &given);
    } else {
        add_result(&given, NULL);
    }
    struct sql_value **rows = scratch_alloc((given.row_count + 1) * sizeof *rows);
    for (size_t i = 0; i < given.row_count && !run->waits; i++) {
        size_t unique = 0;
        bool open = false;
        rows[i] = new_values(run, statement, table, given.rows[i]);
        struct sql_row *row = find_conflict(run, table, rows[i], &unique, &open);
        if (row != NULL && (open || (statement->on_conflict_update && is_held(run, row)))) {
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
    add_leaf(run, leaves);
}

static void run_change(struct run *run, struct statement *statement, struct sql_result *result) {
    const struct sql_table *table = table_of(run, &statement->sources[0]);
    struct leaves leaves = {0};
    walk(run, statement, 0, change_leaf, &leaves);
    for (size_t i = 0; i < leaves.count && !run->waits; i++) {
        lock_row(run, leaves.items[i]->row);
    }
    for (size_t i = 0; i < leaves.count && !run->waits; i++) {
        struct leaf *leaf = leaves.items[i];
        memcpy(run->bound, leaf->bound, sizeof run->bound);
        run->bound_count = statement->source_count;
        struct sql_value *values = NULL;
        if (statement->kind == S_UPDATE) {
            values = scratch_alloc(table->column_count * sizeof *values);
            assign(run, statement, table, leaf->target, values);
        }
        write_row(run, leaf->row, values == NULL ? NULL : keep(values, table->column_count));
        result->changed++;
        if (statement->item_count > 0) {
            run->bound[0].values = values == NULL ? leaf->target : values;
            add_result(result, output(run, statement));
        }
    }
}

// Statements

static bool run_with(struct run *run, struct statement *statement) {
    for (size_t i = 0; i < statement->with_count; i++) {
        struct cte *cte = &run->ctes[i];
        struct sql_result *result = scratch_alloc(sizeof *result);
        if (run_statement(run, statement->with[i].statement, result) == SQL_WAIT) {
            return false;
        }
        cte->name = statement->with[i].name;
        cte->result = result;
        for (size_t c = 0; c < result->column_count && c < SQL_COLUMNS; c++) {
            snprintf(cte->columns[c], sizeof cte->columns[c], "%s", result->columns[c]);
        }
        run->cte_count = i + 1;
    }
    return true;
}

static enum sql_outcome run_statement(struct run *run, struct statement *statement,
                                      struct sql_result *result) {
    if (!run_with(run, statement)) {
        return SQL_WAIT;
    }
    name_columns(run, statement, result);
    switch (statement->kind) {
    case S_SELECT:
        run_select(run, statement, result);
        break;
    case S_INSERT:
        run_insert(run, statement, result);
        break;
    case S_UPDATE:
    case S_DELETE:
        run_change(run, statement, result);
        break;
    case S_BEGIN:
        run->session->open = true;
        break;
    case S_COMMIT:
        sql_commit(run->session);
        break;
    case S_ROLLBACK:
        sql_rollback(run->session);
        break;
    case S_SET:
        break;
    }
    if (statement->union_all != NULL && !run->waits) {
        run_statement(run, statement->union_all, result);
    }
    return run->waits ? SQL_WAIT : SQL_DONE;
}

static struct statement *parsed(const char *text) {
    size_t place = 0;
    for (; place < CACHE && cache[place].text != NULL; place++) {
        if (strcmp(cache[place].text, text) == 0) {
            return cache[place].statement;
        }
    }
    if (place == CACHE) {
        no_such("room for another statement than", text);
    }
    cache[place].text = strdup(text);
    cache[place].statement = sql_parse(text);
    return cache[place].statement;
}

enum sql_outcome sql_run(struct sql_session *session, const char *text,
                         const struct sql_value *parameters, size_t count,
                         struct sql_result *result) {
    scratch_used = 0;
    memset(result, 0, sizeof *result);
    session->snapshot = session->snapshot < 0 ? commits : session->snapshot;
    for (struct statement *statement = parsed(text); statement != NULL;
         statement = statement->next) {
        struct run run = {.session = session, .parameters = parameters, .parameter_count = count};
        bool ends = statement->kind == S_ROLLBACK || statement->kind == S_COMMIT;
        if (session->failed && !ends) {
            memcpy(result->state, "25P02", 6);
            break;
        }
        if (run_statement(&run, statement, result) == SQL_WAIT) {
            return SQL_WAIT;
        }
        if (run.state[0] != '\0') {
            memcpy(result->state, run.state, sizeof result->state);
            session->failed = true;
            break;
        }
    }
    session->snapshot = -1;
    session->idle_since_ms = sim.now_ms;
    return SQL_DONE;
}

static void end_transaction(struct sql_session *session, bool keeps) {
    keeps = keeps && !session->failed;
    commits += keeps ? 1 : 0;
    for (size_t i = 0; i < session->touched_count; i++) {
        struct sql_row *row = session->touched[i];
        if (row->writer == session) {
            if (keeps) {
                sql_on_change(row->table, row->committed, row->pending);
                row->created = row->committed == NULL ? commits : row->created;
                row->committed = row->pending;
            }
            row->writer = NULL;
            row->pending = NULL;
        }
        row->locker = row->locker == session ? NULL : row->locker;
    }
    session->touched_count = 0;
    session->open = false;
    session->failed = false;
    session->snapshot = -1;
}

void sql_forget_locks(void) { memset(advisory, 0, sizeof advisory); }

void sql_commit(struct sql_session *session) { end_transaction(session, true); }

void sql_rollback(struct sql_session *session) { end_transaction(session, false); }

void sql_end_session(struct sql_session *session) {
    sql_rollback(session);
    for (size_t i = 0; i < ADVISORY; i++) {
        if (advisory[i].session == session) {
            advisory[i].session = NULL;
        }
    }
}

bool sql_try_advisory(struct sql_session *session, int64_t space, int64_t key) {
    size_t place = ADVISORY;
    for (size_t i = 0; i < ADVISORY; i++) {
        if (advisory[i].session == NULL) {
            place = i;
        } else if (advisory[i].space == space && advisory[i].key == key) {
            return advisory[i].session == session;
        }
    }
    if (place == ADVISORY) {
        no_such("room for another", "advisory lock");
    }
    advisory[place].session = session;
    advisory[place].space = space;
    advisory[place].key = key;
    return true;
}
