// SPDX-License-Identifier: Apache-2.0
// Expressions, from OR down to constants, columns, calls and queries in parentheses.
#include "sql_parser.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

static struct expression *node(enum expression_kind kind) {
    struct expression *expression = sql_make(sizeof *expression);
    expression->kind = kind;
    return expression;
}

static void add_argument(struct parser *parser, struct expression *to, struct expression *what) {
    if (to->count == SQL_COLUMNS) {
        sql_unknown(parser);
    }
    to->arguments[to->count++] = what;
}

static struct expression *constant(enum sql_type type, int64_t number, const char *text) {
    struct expression *expression = node(E_CONSTANT);
    expression->constant.type = type;
    expression->constant.number = number;
    if (text != NULL) {
        expression->constant.bytes = strdup(text);
        expression->constant.size = strlen(text);
    }
    return expression;
}

static void skip_casts(struct parser *parser) {
    while (sql_take(parser, "::")) {
        char type[32];
        sql_take_name(parser, type);
        sql_take(parser, "[]");
    }
}

static struct expression *parse_call(struct parser *parser, const char *name) {
    struct expression *call = node(E_CALL);
    snprintf(call->name, sizeof call->name, "%s", name);
    while (!sql_take(parser, ")")) {
        if (sql_take(parser, "*")) {
            continue;
        }
        if (sql_take(parser, "ORDER")) { // of array_agg: its second argument here
            sql_expect(parser, "BY");
        }
        add_argument(parser, call, sql_parse_expression(parser));
        sql_take(parser, ",");
    }
    return call;
}

static struct expression *parse_named(struct parser *parser) {
    char name[32];
    sql_take_name(parser, name);
    if (strcasecmp(name, "true") == 0 || strcasecmp(name, "false") == 0) {
        return constant(SQL_BOOL, strcasecmp(name, "true") == 0, NULL);
    }
    if (strcasecmp(name, "null") == 0) {
        return constant(SQL_NULL, 0, NULL);
    }
    if (sql_take(parser, "(")) {
        return parse_call(parser, name);
    }
    struct expression *column = node(E_COLUMN);
    if (sql_take(parser, ".")) {
        snprintf(column->source, sizeof column->source, "%s", name);
        if (sql_take(parser, "*")) {
            column->kind = E_STAR;
            return column;
        }
        sql_take_name(parser, name);
    }
    snprintf(column->name, sizeof column->name, "%s", name);
    return column;
}

static struct expression *parse_parenthesis(struct parser *parser) {
    if (sql_is(parser, "SELECT")) {
        struct expression *query = node(E_SUBQUERY);
        query->subquery = sql_parse_statement(parser);
        sql_expect(parser, ")");
        return query;
    }
    struct expression *first = sql_parse_expression(parser);
    if (sql_take(parser, ")")) {
        return first;
    }
    struct expression *row = node(E_ROW);
    add_argument(parser, row, first);
    while (sql_take(parser, ",")) {
        add_argument(parser, row, sql_parse_expression(parser));
    }
    sql_expect(parser, ")");
    return row;
}

static struct expression *parse_case(struct parser *parser) {
    struct expression *expression = node(E_CASE);
    sql_expect(parser, "WHEN");
    add_argument(parser, expression, sql_parse_expression(parser));
    sql_expect(parser, "THEN");
    add_argument(parser, expression, sql_parse_expression(parser));
    if (sql_take(parser, "ELSE")) {
        add_argument(parser, expression, sql_parse_expression(parser));
    }
    sql_expect(parser, "END");
    return expression;
}

struct expression *sql_parse_primary(struct parser *parser) {
    struct expression *expression = NULL;
    if (sql_take(parser, "(")) {
        expression = parse_parenthesis(parser);
    } else if (sql_take(parser, "CASE")) {
        expression = parse_case(parser);
    } else if (sql_take(parser, "*")) {
        expression = node(E_STAR);
    } else if (parser->kind == 'p') {
        expression = node(E_PARAMETER);
        expression->parameter = (int)strtol(parser->word + 1, NULL, 10) - 1;
        sql_advance(parser);
    } else if (parser->kind == 'n' || parser->kind == 's') {
        expression = parser->kind == 'n'
                         ? constant(SQL_NUMBER, strtoll(parser->word, NULL, 10), NULL)
                         : constant(SQL_TEXT, 0, parser->word);
        sql_advance(parser);
    } else if (sql_take(parser, "-")) {
        expression = constant(SQL_NUMBER, -strtoll(parser->word, NULL, 10), NULL);
        sql_advance(parser);
    } else {
        expression = parse_named(parser);
    }
    skip_casts(parser);
    return expression;
}

static struct expression *pair(enum expression_kind kind, struct expression *left,
                               struct expression *right) {
    struct expression *expression = node(kind);
    expression->arguments[0] = left;
    expression->arguments[1] = right;
    expression->count = 2;
    return expression;
}

static struct expression *parse_sum(struct parser *parser) {
    struct expression *left = sql_parse_primary(parser);
    while (sql_is(parser, "+") || sql_is(parser, "-")) {
        enum expression_kind kind = sql_is(parser, "+") ? E_ADD : E_SUBTRACT;
        sql_advance(parser);
        left = pair(kind, left, sql_parse_primary(parser));
    }
    return left;
}

static struct expression *parse_comparison(struct parser *parser) {
    static const char *const operators[] = {"=", "<>", "<=", ">=", "<", ">"};
    struct expression *left = parse_sum(parser);
    if (sql_take(parser, "IS")) {
        bool negated = sql_take(parser, "NOT");
        sql_expect(parser, "NULL");
        return pair(negated ? E_IS_NOT_NULL : E_IS_NULL, left, NULL);
    }
    for (size_t i = 0; i < sizeof operators / sizeof operators[0]; i++) {
        if (!sql_take(parser, operators[i])) {
            continue;
        }
        bool any = sql_take(parser, "ANY");
        struct expression *both = pair(any ? E_ANY : E_COMPARE, left,
                                       any ? sql_parse_primary(parser) : parse_sum(parser));
        snprintf(both->operator, sizeof both->operator, "%s", operators[i]);
        return both;
    }
    return left;
}

static struct expression *parse_not(struct parser *parser) {
    return sql_take(parser, "NOT") ? pair(E_NOT, parse_not(parser), NULL)
                                   : parse_comparison(parser);
}

static struct expression *parse_and(struct parser *parser) {
    struct expression *left = parse_not(parser);
    while (sql_take(parser, "AND")) {
        left = pair(E_AND, left, parse_not(parser));
    }
    return left;
}

struct expression *sql_parse_expression(struct parser *parser) {
    struct expression *left = parse_and(parser);
    while (sql_take(parser, "OR")) {
        left = pair(E_OR, left, parse_and(parser));
    }
    return left;
}
