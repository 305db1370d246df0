// SPDX-License-Identifier: Apache-2.0
// Tables: CREATE TABLE of the product's migrations, and columns that later ones add; other
// statements are no tables.
#include "sql_parser.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define TABLES 24
static struct sql_table tables[TABLES];
static size_t table_count;

static void add_unique(struct sql_table *table, const char names[][32], size_t count) {
    if (table->unique_count == SQL_UNIQUES) {
        abort();
    }
    for (size_t i = 0; i < count; i++) {
        table->uniques[table->unique_count].columns[i] = sql_column(table, names[i]);
    }
    table->uniques[table->unique_count++].count = count;
}

static void skip_parenthesis(struct parser *parser) {
    for (int depth = 1; depth > 0; sql_advance(parser)) {
        depth += sql_is(parser, "(") ? 1 : sql_is(parser, ")") ? -1 : 0;
        if (parser->kind == 0) {
            sql_unknown(parser);
        }
    }
}

static void parse_column(struct parser *parser, struct sql_table *table) {
    char name[1][32];
    sql_take_name(parser, name[0]);
    size_t place = table->column_count++;
    memcpy(table->columns[place], name[0], sizeof name[0]);
    table->names[place] = table->columns[place];
    while (!sql_is(parser, ",") && !sql_is(parser, ")") && !sql_is(parser, ";")) {
        if (sql_take(parser, "PRIMARY") || sql_is(parser, "UNIQUE")) {
            sql_advance(parser);
            add_unique(table, (const char(*)[32])name, 1);
        } else if (sql_take(parser, "DEFAULT")) {
            table->defaults[place] = sql_parse_primary(parser)->constant;
        } else if (sql_take(parser, "IDENTITY")) {
            table->identity[place] = true;
        } else if (sql_take(parser, "(")) {
            skip_parenthesis(parser);
        } else {
            sql_advance(parser);
        }
    }
}

static void parse_table(struct parser *parser, const char *schema) {
    if (table_count == TABLES) {
        abort();
    }
    struct sql_table *table = &tables[table_count++];
    char names[8][32];
    snprintf(table->schema, sizeof table->schema, "%s", schema);
    sql_take_name(parser, table->name);
    sql_expect(parser, "(");
    do {
        bool key = sql_take(parser, "PRIMARY");
        if (key || sql_is(parser, "UNIQUE")) {
            sql_advance(parser);
            size_t count = sql_parse_names(parser, names, 8);
            add_unique(table, (const char(*)[32])names, count);
        } else {
            parse_column(parser, table);
        }
    } while (sql_take(parser, ","));
    sql_expect(parser, ")");
}

// "grants ADD COLUMN glass boolean …;": of ALTER TABLE, what adds one column.
static void parse_addition(struct parser *parser, const char *schema) {
    char name[32];
    sql_take_name(parser, name);
    if (sql_take(parser, "ADD") && sql_take(parser, "COLUMN")) {
        parse_column(parser, sql_table(schema, name));
    }
}

// Comments would confuse the tokens.
static void drop_comments(char *text) {
    for (char *at = text; (at = strstr(at, "--")) != NULL;) {
        while (*at != '\0' && *at != '\n') {
            *at++ = ' ';
        }
    }
}

static void read_statements(const char *text, const char *begin, const char *schema,
                            void (*parse)(struct parser *, const char *)) {
    for (const char *at = text; (at = strstr(at, begin)) != NULL;) {
        struct parser parser = {.text = at, .at = at + strlen(begin)};
        sql_advance(&parser);
        parse(&parser, schema);
        at = parser.at;
    }
}

void sql_read_schema(const char *schema, const char *path) {
    static char text[64 * 1024];
    FILE *file = fopen(path, "r");
    size_t size = file == NULL ? 0 : fread(text, 1, sizeof text - 1, file);
    if (size == 0) {
        fprintf(stderr, "%s can't be read\n", path);
        abort();
    }
    fclose(file);
    text[size] = '\0';
    drop_comments(text);
    read_statements(text, "CREATE TABLE ", schema, parse_table);
    read_statements(text, "ALTER TABLE ", schema, parse_addition);
}

struct sql_table *sql_table(const char *schema, const char *name) {
    for (size_t i = 0; i < table_count; i++) {
        if (strcmp(tables[i].name, name) == 0 && strcmp(tables[i].schema, schema) == 0) {
            return &tables[i];
        }
    }
    fprintf(stderr, "the simulation has no table %s.%s\n", schema, name);
    abort();
}

size_t sql_column(const struct sql_table *table, const char *name) {
    for (size_t i = 0; i < table->column_count; i++) {
        if (strcmp(table->columns[i], name) == 0) {
            return i;
        }
    }
    fprintf(stderr, "the simulation has no column %s.%s\n", table->name, name);
    abort();
}

void sql_reset(void) {
    for (size_t i = 0; i < table_count; i++) {
        tables[i].first = NULL;
        tables[i].last = &tables[i].first;
        tables[i].littered = false;
        tables[i].next_identity = 1;
    }
    sql_forget_locks();
}
