// SPDX-License-Identifier: Apache-2.0
// What an expression is worth in the rows that are bound.
#include "sql_run.h"

#include <string.h>

bool sql_resolve_in(const struct bound *bound, struct expression *expression, size_t place) {
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

static const struct sql_value *look_column(const struct run *run, struct expression *expression) {
    for (size_t i = 0; i < run->bound_count && !expression->resolved; i++) {
        sql_resolve_in(&run->bound[i], expression, i);
    }
    if (!expression->resolved) {
        sql_no_such("column", expression->name);
    }
    const struct bound *bound = &run->bound[expression->place];
    return bound->values == NULL ? &sql_null : &bound->values[expression->column];
}

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

// Where a value lies; of what is no column, parameter or constant, in room.
static const struct sql_value *look(struct run *run, struct expression *expression,
                                    struct sql_value *room) {
    switch (expression->kind) {
    case E_COLUMN:
        return look_column(run, expression);
    case E_PARAMETER:
        return &run->parameters[expression->parameter];
    case E_CONSTANT:
        return &expression->constant;
    default:
        *room = sql_eval(run, expression);
        return room;
    }
}

static struct sql_value compare(const char *operator, const struct sql_value * left,
                                const struct sql_value *right) {
    if (left->type == SQL_NULL || right->type == SQL_NULL) {
        return sql_null;
    }
    return sql_truth(holds(operator, sql_compare(left, right)));
}

static struct sql_value eval_any(struct run *run, struct expression *expression) {
    struct sql_value room[2];
    const struct sql_value *left = look(run, expression->arguments[0], &room[0]);
    const struct sql_value *list = look(run, expression->arguments[1], &room[1]);
    for (size_t i = 0; i < list->size && list->type == SQL_LIST; i++) {
        struct sql_value same = compare(expression->operator, left, &list->items[i]);
        if (sql_is_true(&same)) {
            return same;
        }
    }
    return sql_truth(false);
}

static struct sql_value eval_call(struct run *run, struct expression *expression) {
    if (strcmp(expression->name, "coalesce") == 0) {
        struct sql_value value = sql_null;
        for (size_t i = 0; i < expression->count && value.type == SQL_NULL; i++) {
            value = sql_eval(run, expression->arguments[i]);
        }
        return value;
    }
    if (strcmp(expression->name, "cardinality") == 0) {
        struct sql_value list = sql_eval(run, expression->arguments[0]);
        return (struct sql_value){.type = SQL_NUMBER, .number = (int64_t)list.size};
    }
    if (strcmp(expression->name, "sum") == 0) {
        return sql_eval(run, expression->arguments[0]); // of one row: sql_run_select adds them up
    }
    if (strcmp(expression->name, "pg_try_advisory_lock") == 0) {
        struct sql_value space = sql_eval(run, expression->arguments[0]);
        struct sql_value key = sql_eval(run, expression->arguments[1]);
        return sql_truth(sql_try_advisory(run->session, space.number, key.number));
    }
    if (strcmp(expression->name, "pg_advisory_unlock") == 0) {
        struct sql_value space = sql_eval(run, expression->arguments[0]);
        struct sql_value key = sql_eval(run, expression->arguments[1]);
        return sql_truth(sql_give_advisory(run->session, space.number, key.number));
    }
    if (strcmp(expression->name, "set_config") == 0) {
        return sql_null;
    }
    sql_no_such("function", expression->name);
}

static struct sql_value eval_list(struct run *run, struct expression *expression) {
    struct sql_value *items = sql_scratch(expression->count * sizeof *items);
    for (size_t i = 0; i < expression->count; i++) {
        items[i] = sql_eval(run, expression->arguments[i]);
    }
    return (struct sql_value){.type = SQL_LIST, .items = items, .size = expression->count};
}

static struct sql_value eval_subquery(struct run *run, struct expression *expression) {
    struct run inner = {.session = run->session,
                        .parameters = run->parameters,
                        .parameter_count = run->parameter_count};
    struct sql_result result = {0};
    sql_run_statement(&inner, expression->subquery, &result);
    return result.row_count == 0 ? sql_null : result.rows[0][0];
}

static struct sql_value eval_logic(struct run *run, struct expression *expression) {
    struct sql_value left = sql_eval(run, expression->arguments[0]);
    switch (expression->kind) {
    case E_NOT:
        return left.type == SQL_NULL ? left : sql_truth(!sql_is_true(&left));
    case E_AND:
        return sql_is_true(&left) ? sql_eval(run, expression->arguments[1]) : sql_truth(false);
    case E_OR:
        return sql_is_true(&left) ? left : sql_eval(run, expression->arguments[1]);
    case E_IS_NULL:
        return sql_truth(left.type == SQL_NULL);
    default:
        return sql_truth(left.type != SQL_NULL);
    }
}

static struct sql_value eval_sum(struct run *run, struct expression *expression) {
    struct sql_value left = sql_eval(run, expression->arguments[0]);
    struct sql_value right = sql_eval(run, expression->arguments[1]);
    if (left.type == SQL_NULL || right.type == SQL_NULL) {
        return sql_null;
    }
    left.number += expression->kind == E_ADD ? right.number : -right.number;
    return left;
}

struct sql_value sql_eval(struct run *run, struct expression *expression) {
    switch (expression->kind) {
    case E_COLUMN:
        return *look_column(run, expression);
    case E_PARAMETER:
        return run->parameters[expression->parameter];
    case E_CONSTANT:
        return expression->constant;
    case E_COMPARE: {
        struct sql_value room[2];
        const struct sql_value *left = look(run, expression->arguments[0], &room[0]);
        const struct sql_value *right = look(run, expression->arguments[1], &room[1]);
        return compare(expression->operator, left, right);
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
        struct sql_value holds_now = sql_eval(run, expression->arguments[0]);
        return sql_is_true(&holds_now)  ? sql_eval(run, expression->arguments[1])
               : expression->count == 3 ? sql_eval(run, expression->arguments[2])
                                        : sql_null;
    }
    case E_SUBQUERY:
        return eval_subquery(run, expression);
    case E_STAR:
        sql_no_such("value", "*");
    default:
        return eval_logic(run, expression);
    }
}

bool sql_holds(struct run *run, struct expression *expression) {
    if (expression->kind == E_AND) {
        return sql_holds(run, expression->arguments[0]) && sql_holds(run, expression->arguments[1]);
    }
    struct sql_value value = sql_eval(run, expression);
    return sql_is_true(&value);
}
