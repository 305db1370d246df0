// SPDX-License-Identifier: Apache-2.0
// Statements: recursive descent over the part of PostgreSQL's grammar that the product's use.
#include "sql_parser.h"

#include <string.h>

static bool ends_source(const struct parser *parser) {
    static const char *const words[] = {"WHERE",     "JOIN",   "LEFT",  "ON",   "USING", "ORDER",
                                        "LIMIT",     "FOR",    "UNION", "SET",  "FROM",  "VALUES",
                                        "RETURNING", "SELECT", "GROUP", "CROSS"};
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++) {
        if (sql_is(parser, words[i])) {
            return true;
        }
    }
    return parser->kind != 'w';
}

static void parse_source(struct parser *parser, struct source *source) {
    sql_take(parser, "LATERAL");
    if (sql_take(parser, "(")) {
        source->kind = FROM_QUERY;
        source->query = sql_parse_statement(parser);
        sql_expect(parser, ")");
        sql_take(parser, "AS");
        sql_take_name(parser, source->alias);
        return;
    }
    sql_take_name(parser, source->table);
    if (sql_take(parser, ".")) {
        memcpy(source->schema, source->table, sizeof source->schema);
        sql_take_name(parser, source->table);
    }
    if (strcmp(source->table, "unnest") == 0 && sql_take(parser, "(")) {
        source->kind = FROM_UNNEST;
        while (!sql_take(parser, ")")) {
            source->arguments[source->argument_count++] = sql_parse_expression(parser);
            sql_take(parser, ",");
        }
    }
    if (sql_take(parser, "WITH")) {
        sql_expect(parser, "ORDINALITY");
        source->ordinality = true;
    }
    memcpy(source->alias, source->table, sizeof source->alias);
    if (sql_take(parser, "AS") || !ends_source(parser)) {
        sql_take_name(parser, source->alias);
    }
    if (source->kind == FROM_UNNEST && sql_is(parser, "(")) {
        source->column_count = sql_parse_names(parser, source->columns, SQL_COLUMNS);
    }
    for (size_t i = 0; i < SQL_COLUMNS; i++) {
        source->names[i] = source->columns[i];
    }
}

static struct source *add_source(struct parser *parser, struct statement *statement) {
    if (statement->source_count == SOURCES) {
        sql_unknown(parser);
    }
    struct source *source = &statement->sources[statement->source_count++];
    parse_source(parser, source);
    return source;
}

static void parse_from(struct parser *parser, struct statement *statement) {
    add_source(parser, statement);
    for (;;) {
        bool left = sql_take(parser, "LEFT");
        if (sql_take(parser, ",")) {
            add_source(parser, statement);
            continue;
        }
        bool cross = sql_take(parser, "CROSS");
        if (!sql_take(parser, "JOIN")) {
            return;
        }
        struct source *source = add_source(parser, statement);
        if (cross) {
            continue;
        }
        source->left = left;
        if (sql_take(parser, "ON")) {
            source->on = sql_parse_expression(parser);
        } else {
            sql_expect(parser, "USING");
            source->using_count = sql_parse_names(parser, source->using, 4);
        }
    }
}

static void parse_items(struct parser *parser, struct statement *statement) {
    do {
        if (statement->item_count == SQL_COLUMNS * 2) {
            sql_unknown(parser);
        }
        size_t place = statement->item_count++;
        struct expression *item = sql_parse_expression(parser);
        statement->items[place] = item;
        memcpy(statement->names[place], item->name, sizeof item->name);
        if (sql_take(parser, "AS")) {
            sql_take_name(parser, statement->names[place]);
        }
    } while (sql_take(parser, ","));
}

static void parse_order(struct parser *parser, struct statement *statement) {
    if (!sql_take(parser, "ORDER")) {
        return;
    }
    sql_expect(parser, "BY");
    do {
        if (statement->order_count == TERMS) {
            sql_unknown(parser);
        }
        size_t place = statement->order_count++;
        statement->order[place].by = sql_parse_expression(parser);
        statement->order[place].descending = sql_take(parser, "DESC");
        sql_take(parser, "ASC");
    } while (sql_take(parser, ","));
}

static void parse_select(struct parser *parser, struct statement *statement) {
    statement->kind = S_SELECT;
    if (sql_take(parser, "DISTINCT")) {
        statement->distinct = !sql_take(parser, "ON");
        if (!statement->distinct) {
            sql_expect(parser, "(");
            do {
                statement->distinct_on[statement->distinct_on_count++] =
                    sql_parse_expression(parser);
            } while (sql_take(parser, ",") && statement->distinct_on_count < TERMS);
            sql_expect(parser, ")");
        }
    }
    parse_items(parser, statement);
    if (sql_take(parser, "FROM")) {
        parse_from(parser, statement);
    }
    if (sql_take(parser, "WHERE")) {
        statement->where = sql_parse_expression(parser);
    }
    if (sql_take(parser, "GROUP")) {
        sql_expect(parser, "BY");
        do {
            if (statement->group_count == TERMS) {
                sql_unknown(parser);
            }
            statement->group[statement->group_count++] = sql_parse_expression(parser);
        } while (sql_take(parser, ","));
    }
    parse_order(parser, statement);
    if (sql_take(parser, "LIMIT")) {
        statement->limit = sql_parse_expression(parser);
    }
    if (sql_take(parser, "FOR")) {
        sql_expect(parser, "UPDATE");
        statement->for_update = true;
        statement->skip_locked = sql_take(parser, "SKIP");
        if (statement->skip_locked) {
            sql_expect(parser, "LOCKED");
        }
    }
}

static void parse_set(struct parser *parser, struct statement *statement) {
    do {
        if (statement->set_count == SQL_COLUMNS) {
            sql_unknown(parser);
        }
        struct assignment *assignment = &statement->set[statement->set_count++];
        sql_take_name(parser, assignment->column);
        sql_expect(parser, "=");
        assignment->value = sql_parse_expression(parser);
    } while (sql_take(parser, ","));
}

static void parse_conflict(struct parser *parser, struct statement *statement) {
    if (!sql_take(parser, "ON")) {
        return;
    }
    sql_expect(parser, "CONFLICT");
    statement->on_conflict = true;
    if (sql_is(parser, "(")) {
        statement->conflict_count = sql_parse_names(parser, statement->conflict_columns, TERMS);
    }
    sql_expect(parser, "DO");
    if (sql_take(parser, "NOTHING")) {
        return;
    }
    sql_expect(parser, "UPDATE");
    sql_expect(parser, "SET");
    statement->on_conflict_update = true;
    parse_set(parser, statement);
    if (sql_take(parser, "WHERE")) {
        statement->where = sql_parse_expression(parser);
    }
}

static void parse_insert(struct parser *parser, struct statement *statement) {
    statement->kind = S_INSERT;
    sql_expect(parser, "INTO");
    add_source(parser, statement);
    if (sql_is(parser, "(")) {
        statement->into_count = sql_parse_names(parser, statement->into_columns, SQL_COLUMNS);
    }
    if (sql_take(parser, "VALUES")) {
        sql_expect(parser, "(");
        do {
            if (statement->value_count == SQL_COLUMNS) {
                sql_unknown(parser);
            }
            statement->values[statement->value_count++] = sql_parse_expression(parser);
        } while (sql_take(parser, ","));
        sql_expect(parser, ")");
    } else {
        statement->select = sql_parse_statement(parser);
    }
    parse_conflict(parser, statement);
}

static void parse_change(struct parser *parser, struct statement *statement) {
    bool deletes = statement->kind == S_DELETE;
    if (deletes) {
        sql_expect(parser, "FROM");
    }
    add_source(parser, statement);
    if (!deletes) {
        sql_expect(parser, "SET");
        parse_set(parser, statement);
    }
    if (sql_take(parser, deletes ? "USING" : "FROM")) {
        parse_from(parser, statement);
    }
    if (sql_take(parser, "WHERE")) {
        statement->where = sql_parse_expression(parser);
    }
}

static void parse_with(struct parser *parser, struct statement *statement) {
    do {
        if (statement->with_count == TERMS) {
            sql_unknown(parser);
        }
        size_t place = statement->with_count++;
        sql_take_name(parser, statement->with[place].name);
        sql_expect(parser, "AS");
        sql_expect(parser, "(");
        statement->with[place].statement = sql_parse_statement(parser);
        sql_expect(parser, ")");
    } while (sql_take(parser, ","));
}

static void skip_to_end(struct parser *parser) {
    while (parser->kind != 0 && !sql_is(parser, ";")) {
        sql_advance(parser);
    }
}

struct statement *sql_parse_statement(struct parser *parser) {
    struct statement *statement = sql_make(sizeof *statement);
    if (sql_take(parser, "WITH")) {
        parse_with(parser, statement);
    }
    if (sql_take(parser, "(")) { // (SELECT ...) UNION ALL (SELECT ...)
        statement = sql_parse_statement(parser);
        sql_expect(parser, ")");
    } else if (sql_take(parser, "SELECT")) {
        parse_select(parser, statement);
    } else if (sql_take(parser, "INSERT")) {
        parse_insert(parser, statement);
    } else if (sql_take(parser, "UPDATE")) {
        statement->kind = S_UPDATE;
        parse_change(parser, statement);
    } else if (sql_take(parser, "DELETE")) {
        statement->kind = S_DELETE;
        parse_change(parser, statement);
    } else if (sql_is(parser, "BEGIN") || sql_is(parser, "COMMIT") || sql_is(parser, "ROLLBACK")) {
        statement->kind = sql_is(parser, "BEGIN")    ? S_BEGIN
                          : sql_is(parser, "COMMIT") ? S_COMMIT
                                                     : S_ROLLBACK;
        skip_to_end(parser);
    } else if (sql_is(parser, "SET")) {
        statement->kind = S_SET;
        skip_to_end(parser);
    } else {
        sql_unknown(parser);
    }
    if (sql_take(parser, "RETURNING")) {
        parse_items(parser, statement);
    }
    if (sql_take(parser, "UNION")) {
        sql_expect(parser, "ALL");
        statement->union_all = sql_parse_statement(parser);
    }
    return statement;
}

struct statement *sql_parse(const char *text) {
    struct parser parser = {.text = text, .at = text};
    sql_advance(&parser);
    struct statement *first = sql_parse_statement(&parser);
    struct statement *last = first;
    while (sql_take(&parser, ";") && parser.kind != 0) {
        last->next = sql_parse_statement(&parser);
        last = last->next;
    }
    if (parser.kind != 0) {
        sql_unknown(&parser);
    }
    return first;
}
