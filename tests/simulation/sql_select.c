// SPDX-License-Identifier: Apache-2.0
// What a statement gives back: its columns, and for SELECT their order, groups and repeats.
#include "sql_run.h"

#include <string.h>

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

struct sql_value *sql_output(struct run *run, struct statement *statement) {
    size_t width = 0;
    for (size_t i = 0; i < statement->item_count; i++) {
        width += item_width(run, statement->items[i]);
    }
    struct sql_value *values = sql_scratch(width * sizeof *values);
    size_t used = 0;
    for (size_t i = 0; i < statement->item_count; i++) {
        struct expression *item = statement->items[i];
        if (item->kind != E_STAR) {
            values[used++] = sql_eval(run, is_aggregate(item) ? item->arguments[0] : item);
            continue;
        }
        for (size_t b = 0; b < run->bound_count; b++) {
            const struct bound *bound = &run->bound[b];
            bool wanted = item->source[0] == '\0' || strcmp(bound->alias, item->source) == 0;
            for (size_t c = 0; wanted && c < bound->column_count; c++) {
                values[used++] = bound->values == NULL ? sql_null : bound->values[c];
            }
        }
    }
    return values;
}

void sql_name_columns(struct run *run, struct statement *statement, struct sql_result *result) {
    result->column_count = 0;
    for (size_t i = 0; i < statement->item_count; i++) {
        struct expression *item = statement->items[i];
        if (item->kind != E_STAR) {
            result->columns[result->column_count++] = statement->names[i];
            continue;
        }
        for (size_t s = 0; s < statement->source_count; s++) {
            struct source *source = &statement->sources[s];
            if (item->source[0] != '\0' && strcmp(source->alias, item->source) != 0) {
                continue;
            }
            const struct cte *cte = sql_find_cte(run, source);
            if (source->kind == FROM_QUERY) {
                sql_no_such("* of", source->alias);
            }
            bool made = source->kind == FROM_UNNEST;
            const struct sql_table *table = made || cte != NULL ? NULL : sql_table_of(run, source);
            size_t count = made          ? source->column_count
                           : cte != NULL ? cte->result->column_count
                                         : table->column_count;
            for (size_t c = 0; c < count; c++) {
                result->columns[result->column_count++] = made          ? source->names[c]
                                                          : cte != NULL ? cte->result->columns[c]
                                                                        : table->names[c];
            }
        }
    }
}

void sql_add_result(struct sql_result *result, struct sql_value *values) {
    if (result->row_count == result->row_room) {
        size_t room = result->row_room == 0 ? 16 : result->row_room * 2;
        struct sql_value **rows = sql_scratch(room * sizeof *rows);
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
    struct leaf *leaf = sql_add_leaf(run, leaves);
    if (!counts_rows(statement)) {
        leaf->values = sql_output(run, statement);
    }
    for (size_t i = 0; i < statement->order_count; i++) {
        leaf->keys[i] = sql_eval(run, statement->order[i].by);
    }
    for (size_t i = 0; i < statement->group_count; i++) {
        leaf->distinct[i] = sql_eval(run, statement->group[i]);
    }
    for (size_t i = 0; i < statement->distinct_on_count; i++) {
        leaf->distinct[i] = sql_eval(run, statement->distinct_on[i]);
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
        struct sql_value *values = sql_scratch(statement->item_count * sizeof *values);
        for (size_t item = 0; item < statement->item_count && !seen; item++) {
            values[item] = leaf->values[item];
            if (!is_aggregate(statement->items[item])) {
                continue;
            }
            struct sql_value *items = sql_scratch(leaves->count * sizeof *items);
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
            sql_add_result(result, values);
        }
    }
}

void sql_run_select(struct run *run, struct statement *statement, struct sql_result *result) {
    struct leaves leaves = {0};
    sql_walk(run, statement, 0, select_leaf, &leaves);
    if (counts_rows(statement) || adds_rows(statement)) {
        struct sql_value *count = sql_scratch(sizeof *count);
        *count = (struct sql_value){.type = SQL_NUMBER};
        for (size_t i = 0; i < leaves.count; i++) {
            const struct leaf *leaf = leaves.items[i];
            count->number += leaf->values == NULL ? 1 : leaf->values[0].number;
        }
        sql_add_result(result, count);
        return;
    }
    sort(statement, &leaves);
    if (statement->group_count > 0) {
        run_group(statement, &leaves, result);
        return;
    }
    const struct leaf **kept = sql_scratch((leaves.count + 1) * sizeof *kept);
    size_t kept_count = 0;
    int64_t limit = statement->limit == NULL ? INT64_MAX : sql_eval(run, statement->limit).number;
    bool distinct = statement->distinct || statement->distinct_on_count > 0;
    for (size_t i = 0; i < leaves.count && (int64_t)kept_count < limit; i++) {
        struct leaf *leaf = leaves.items[i];
        if ((statement->skip_locked && sql_is_held(run, leaf->row)) ||
            (distinct && is_repeat(statement, leaf, kept, kept_count, result->column_count))) {
            continue;
        }
        if (statement->for_update && !sql_lock_row(run, leaf->row)) {
            return;
        }
        kept[kept_count++] = leaf;
        sql_add_result(result, leaf->values);
    }
}
