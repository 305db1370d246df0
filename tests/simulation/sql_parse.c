// SPDX-License-Identifier: Apache-2.0
// Recursive descent over the part of PostgreSQL's grammar that the product's statements use.
#include "sql_tree.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

struct parser {
    const char *text;
    const char *at;
    char word[128]; // the token; a text constant without its quotes
    char kind;      // 'w' word, 'n' number, 's' text, 'p' parameter, 'o' operator, 0 end
};

static _Noreturn void unknown(const struct parser *parser) {
    fprintf(stderr, "the simulation does not know this SQL, at \"%.40s\": %s\n", parser->at,
            parser->text);
    abort();
}

static void *make(size_t size) {
    void *memory = calloc(1, size);
    if (memory == NULL) {
        abort();
    }
    return memory;
}

static void put(struct parser *parser, const char *from, size_t size) {
    if (size >= sizeof parser->word) {
        unknown(parser);
    }
    memcpy(parser->word, from, size);
    parser->word[size] = '\0';
}

static bool is_word(char c) { return isalnum((unsigned char)c) || c == '_'; }

static void next_text(struct parser *parser) {
    const char *end = strchr(parser->at + 1, '\'');
    if (end == NULL) {
        unknown(parser);
    }
    parser->kind = 's';
    put(parser, parser->at + 1, (size_t)(end - parser->at - 1));
    parser->at = end + 1;
}

static void advance(struct parser *parser) {
    while (isspace((unsigned char)*parser->at)) {
        parser->at++;
    }
    const char *from = parser->at;
    const char *to = from;
    if (*from == '\'') {
        next_text(parser);
        return;
    }
    if (is_word(*from) || *from == '$') {
        parser->kind = *from == '$' ? 'p' : isdigit((unsigned char)*from) ? 'n' : 'w';
        for (to++; is_word(*to); to++) {
        }
    } else if (*from != '\0') {
        static const char *const wide[] = {"::", "<>", "<=", ">=", "[]"};
        parser->kind = 'o';
        to++;
        for (size_t i = 0; i < sizeof wide / sizeof wide[0]; i++) {
            to = strncmp(from, wide[i], 2) == 0 ? from + 2 : to;
        }
    } else {
        parser->kind = 0;
    }
    put(parser, from, (size_t)(to - from));
    parser->at = to;
}

static bool is(const struct parser *parser, const char *token) {
    return (parser->kind == 'w' || parser->kind == 'o') && strcasecmp(parser->word, token) == 0;
}

static bool take(struct parser *parser, const char *token) {
    if (!is(parser, token)) {
        return false;
    }
    advance(parser);
    return true;
}

static void expect(struct parser *parser, const char *token) {
    if (!take(parser, token)) {
        unknown(parser);
    }
}

static void take_name(struct parser *parser, char name[32]) {
    if (parser->kind != 'w' || strlen(parser->word) > 31) {
        unknown(parser);
    }
    memcpy(name, parser->word, strlen(parser->word) + 1);
    advance(parser);
}

static struct expression *parse_expression(struct parser *parser);
static struct statement *parse_statement(struct parser *parser);

static struct expression *node(enum expression_kind kind) {
    struct expression *expression = make(sizeof *expression);
    expression->kind = kind;
    return expression;
}

static void add_argument(struct parser *parser, struct expression *to, struct expression *what) {
    if (to->count == SQL_COLUMNS) {
        unknown(parser);
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
    while (take(parser, "::")) {
        char type[32];
        take_name(parser, type);
        take(parser, "[]");
    }
}

static struct expression *parse_call(struct parser *parser, const char *name) {
    struct expression *call = node(E_CALL);
    snprintf(call->name, sizeof call->name, "%s", name);
    while (!take(parser, ")")) {
        if (take(parser, "*")) {
            continue;
        }
        if (take(parser, "ORDER")) { // of array_agg: its second argument here
            expect(parser, "BY");
        }
        add_argument(parser, call, parse_expression(parser));
        take(parser, ",");
    }
    return call;
}

static struct expression *parse_named(struct parser *parser) {
    char name[32];
    take_name(parser, name);
    if (strcasecmp(name, "true") == 0 || strcasecmp(name, "false") == 0) {
        return constant(SQL_BOOL, strcasecmp(name, "true") == 0, NULL);
    }
    if (strcasecmp(name, "null") == 0) {
        return constant(SQL_NULL, 0, NULL);
    }
    if (take(parser, "(")) {
        return parse_call(parser, name);
    }
    struct expression *column = node(E_COLUMN);
    if (take(parser, ".")) {
        snprintf(column->source, sizeof column->source, "%s", name);
        if (take(parser, "*")) {
            column->kind = E_STAR;
            return column;
        }
        take_name(parser, name);
    }
    snprintf(column->name, sizeof column->name, "%s", name);
    return column;
}

static struct expression *parse_parenthesis(struct parser *parser) {
    if (is(parser, "SELECT")) {
        struct expression *query = node(E_SUBQUERY);
        query->subquery = parse_statement(parser);
        expect(parser, ")");
        return query;
    }
    struct expression *first = parse_expression(parser);
    if (take(parser, ")")) {
        return first;
    }
    struct expression *row = node(E_ROW);
    add_argument(parser, row, first);
    while (take(parser, ",")) {
        add_argument(parser, row, parse_expression(parser));
    }
    expect(parser, ")");
    return row;
}

static struct expression *parse_case(struct parser *parser) {
    struct expression *expression = node(E_CASE);
    expect(parser, "WHEN");
    add_argument(parser, expression, parse_expression(parser));
    expect(parser, "THEN");
    add_argument(parser, expression, parse_expression(parser));
    if (take(parser, "ELSE")) {
        add_argument(parser, expression, parse_expression(parser));
    }
    expect(parser, "END");
    return expression;
}

static struct expression *parse_primary(struct parser *parser) {
    struct expression *expression = NULL;
    if (take(parser, "(")) {
        expression = parse_parenthesis(parser);
    } else if (take(parser, "CASE")) {
        expression = parse_case(parser);
    } else if (take(parser, "*")) {
        expression = node(E_STAR);
    } else if (parser->kind == 'p') {
        expression = node(E_PARAMETER);
        expression->parameter = (int)strtol(parser->word + 1, NULL, 10) - 1;
        advance(parser);
    } else if (parser->kind == 'n' || parser->kind == 's') {
        expression = parser->kind == 'n'
                         ? constant(SQL_NUMBER, strtoll(parser->word, NULL, 10), NULL)
                         : constant(SQL_TEXT, 0, parser->word);
        advance(parser);
    } else if (take(parser, "-")) {
        expression = constant(SQL_NUMBER, -strtoll(parser->word, NULL, 10), NULL);
        advance(parser);
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
    struct expression *left = parse_primary(parser);
    while (is(parser, "+") || is(parser, "-")) {
        enum expression_kind kind = is(parser, "+") ? E_ADD : E_SUBTRACT;
        advance(parser);
        left = pair(kind, left, parse_primary(parser));
    }
    return left;
}

static struct expression *parse_comparison(struct parser *parser) {
    static const char *const operators[] = {"=", "<>", "<=", ">=", "<", ">"};
    struct expression *left = parse_sum(parser);
    if (take(parser, "IS")) {
        bool negated = take(parser, "NOT");
        expect(parser, "NULL");
        return pair(negated ? E_IS_NOT_NULL : E_IS_NULL, left, NULL);
    }
    for (size_t i = 0; i < sizeof operators / sizeof operators[0]; i++) {
        if (!take(parser, operators[i])) {
            continue;
        }
        bool any = take(parser, "ANY");
        struct expression *both =
            pair(any ? E_ANY : E_COMPARE, left, any ? parse_primary(parser) : parse_sum(parser));
        snprintf(both->operator, sizeof both->operator, "%s", operators[i]);
        return both;
    }
    return left;
}

static struct expression *parse_not(struct parser *parser) {
    return take(parser, "NOT") ? pair(E_NOT, parse_not(parser), NULL) : parse_comparison(parser);
}

static struct expression *parse_and(struct parser *parser) {
    struct expression *left = parse_not(parser);
    while (take(parser, "AND")) {
        left = pair(E_AND, left, parse_not(parser));
    }
    return left;
}

static struct expression *parse_expression(struct parser *parser) {
    struct expression *left = parse_and(parser);
    while (take(parser, "OR")) {
        left = pair(E_OR, left, parse_and(parser));
    }
    return left;
}

static size_t parse_names(struct parser *parser, char names[][32], size_t most) {
    size_t count = 0;
    expect(parser, "(");
    do {
        if (count == most) {
            unknown(parser);
        }
        take_name(parser, names[count++]);
    } while (take(parser, ","));
    expect(parser, ")");
    return count;
}

static bool ends_source(const struct parser *parser) {
    static const char *const words[] = {"WHERE",     "JOIN",   "LEFT",  "ON",   "USING", "ORDER",
                                        "LIMIT",     "FOR",    "UNION", "SET",  "FROM",  "VALUES",
                                        "RETURNING", "SELECT", "GROUP", "CROSS"};
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++) {
        if (is(parser, words[i])) {
            return true;
        }
    }
    return parser->kind != 'w';
}

static void parse_source(struct parser *parser, struct source *source) {
    take(parser, "LATERAL");
    if (take(parser, "(")) {
        source->kind = FROM_QUERY;
        source->query = parse_statement(parser);
        expect(parser, ")");
        take(parser, "AS");
        take_name(parser, source->alias);
        return;
    }
    take_name(parser, source->table);
    if (take(parser, ".")) {
        memcpy(source->schema, source->table, sizeof source->schema);
        take_name(parser, source->table);
    }
    bool makes_rows =
        strcmp(source->table, "unnest") == 0 || strcmp(source->table, "generate_series") == 0;
    if (makes_rows && take(parser, "(")) {
        source->kind = strcmp(source->table, "unnest") == 0 ? FROM_UNNEST : FROM_SERIES;
        while (!take(parser, ")")) {
            source->arguments[source->argument_count++] = parse_expression(parser);
            take(parser, ",");
        }
    }
    if (take(parser, "WITH")) {
        expect(parser, "ORDINALITY");
        source->ordinality = true;
    }
    memcpy(source->alias, source->table, sizeof source->alias);
    if (take(parser, "AS") || !ends_source(parser)) {
        take_name(parser, source->alias);
    }
    if (source->kind == FROM_UNNEST && is(parser, "(")) {
        source->column_count = parse_names(parser, source->columns, SQL_COLUMNS);
    } else if (source->kind == FROM_SERIES) {
        memcpy(source->columns[source->column_count++], source->alias, sizeof source->alias);
    }
}

static struct source *add_source(struct parser *parser, struct statement *statement) {
    if (statement->source_count == SOURCES) {
        unknown(parser);
    }
    struct source *source = &statement->sources[statement->source_count++];
    parse_source(parser, source);
    return source;
}

static void parse_from(struct parser *parser, struct statement *statement) {
    add_source(parser, statement);
    for (;;) {
        bool left = take(parser, "LEFT");
        if (take(parser, ",")) {
            add_source(parser, statement);
            continue;
        }
        bool cross = take(parser, "CROSS");
        if (!take(parser, "JOIN")) {
            return;
        }
        struct source *source = add_source(parser, statement);
        if (cross) {
            continue;
        }
        source->left = left;
        if (take(parser, "ON")) {
            source->on = parse_expression(parser);
        } else {
            expect(parser, "USING");
            source->using_count = parse_names(parser, source->using, 4);
        }
    }
}

static void parse_items(struct parser *parser, struct statement *statement) {
    do {
        if (statement->item_count == SQL_COLUMNS * 2) {
            unknown(parser);
        }
        size_t place = statement->item_count++;
        struct expression *item = parse_expression(parser);
        statement->items[place] = item;
        memcpy(statement->names[place], item->name, sizeof item->name);
        if (take(parser, "AS")) {
            take_name(parser, statement->names[place]);
        }
    } while (take(parser, ","));
}

static void parse_order(struct parser *parser, struct statement *statement) {
    if (!take(parser, "ORDER")) {
        return;
    }
    expect(parser, "BY");
    do {
        if (statement->order_count == TERMS) {
            unknown(parser);
        }
        size_t place = statement->order_count++;
        statement->order[place].by = parse_expression(parser);
        statement->order[place].descending = take(parser, "DESC");
        take(parser, "ASC");
    } while (take(parser, ","));
}

static void parse_select(struct parser *parser, struct statement *statement) {
    statement->kind = S_SELECT;
    if (take(parser, "DISTINCT")) {
        statement->distinct = !take(parser, "ON");
        if (!statement->distinct) {
            expect(parser, "(");
            do {
                statement->distinct_on[statement->distinct_on_count++] = parse_expression(parser);
            } while (take(parser, ",") && statement->distinct_on_count < TERMS);
            expect(parser, ")");
        }
    }
    parse_items(parser, statement);
    if (take(parser, "FROM")) {
        parse_from(parser, statement);
    }
    if (take(parser, "WHERE")) {
        statement->where = parse_expression(parser);
    }
    if (take(parser, "GROUP")) {
        expect(parser, "BY");
        do {
            if (statement->group_count == TERMS) {
                unknown(parser);
            }
            statement->group[statement->group_count++] = parse_expression(parser);
        } while (take(parser, ","));
    }
    parse_order(parser, statement);
    if (take(parser, "LIMIT")) {
        statement->limit = parse_expression(parser);
    }
    if (take(parser, "FOR")) {
        expect(parser, "UPDATE");
        statement->for_update = true;
        statement->skip_locked = take(parser, "SKIP");
        if (statement->skip_locked) {
            expect(parser, "LOCKED");
        }
    }
}

static void parse_set(struct parser *parser, struct statement *statement) {
    do {
        if (statement->set_count == SQL_COLUMNS) {
            unknown(parser);
        }
        struct assignment *assignment = &statement->set[statement->set_count++];
        take_name(parser, assignment->column);
        expect(parser, "=");
        assignment->value = parse_expression(parser);
    } while (take(parser, ","));
}

static void parse_conflict(struct parser *parser, struct statement *statement) {
    if (!take(parser, "ON")) {
        return;
    }
    expect(parser, "CONFLICT");
    statement->on_conflict = true;
    if (is(parser, "(")) {
        statement->conflict_count = parse_names(parser, statement->conflict_columns, TERMS);
    }
    expect(parser, "DO");
    if (take(parser, "NOTHING")) {
        return;
    }
    expect(parser, "UPDATE");
    expect(parser, "SET");
    statement->on_conflict_update = true;
    parse_set(parser, statement);
    if (take(parser, "WHERE")) {
        statement->where = parse_expression(parser);
    }
}

static void parse_insert(struct parser *parser, struct statement *statement) {
    statement->kind = S_INSERT;
    expect(parser, "INTO");
    add_source(parser, statement);
    if (is(parser, "(")) {
        statement->into_count = parse_names(parser, statement->into_columns, SQL_COLUMNS);
    }
    if (take(parser, "VALUES")) {
        expect(parser, "(");
        do {
            if (statement->value_count == SQL_COLUMNS) {
                unknown(parser);
            }
            statement->values[statement->value_count++] = parse_expression(parser);
        } while (take(parser, ","));
        expect(parser, ")");
    } else {
        statement->select = parse_statement(parser);
    }
    parse_conflict(parser, statement);
}

static void parse_change(struct parser *parser, struct statement *statement) {
    bool deletes = statement->kind == S_DELETE;
    if (deletes) {
        expect(parser, "FROM");
    }
    add_source(parser, statement);
    if (!deletes) {
        expect(parser, "SET");
        parse_set(parser, statement);
    }
    if (take(parser, deletes ? "USING" : "FROM")) {
        parse_from(parser, statement);
    }
    if (take(parser, "WHERE")) {
        statement->where = parse_expression(parser);
    }
}

static void parse_with(struct parser *parser, struct statement *statement) {
    do {
        if (statement->with_count == TERMS) {
            unknown(parser);
        }
        size_t place = statement->with_count++;
        take_name(parser, statement->with[place].name);
        expect(parser, "AS");
        expect(parser, "(");
        statement->with[place].statement = parse_statement(parser);
        expect(parser, ")");
    } while (take(parser, ","));
}

static void skip_to_end(struct parser *parser) {
    while (parser->kind != 0 && !is(parser, ";")) {
        advance(parser);
    }
}

static struct statement *parse_statement(struct parser *parser) {
    struct statement *statement = make(sizeof *statement);
    if (take(parser, "WITH")) {
        parse_with(parser, statement);
    }
    if (take(parser, "(")) { // (SELECT ...) UNION ALL (SELECT ...)
        statement = parse_statement(parser);
        expect(parser, ")");
    } else if (take(parser, "SELECT")) {
        parse_select(parser, statement);
    } else if (take(parser, "INSERT")) {
        parse_insert(parser, statement);
    } else if (take(parser, "UPDATE")) {
        statement->kind = S_UPDATE;
        parse_change(parser, statement);
    } else if (take(parser, "DELETE")) {
        statement->kind = S_DELETE;
        parse_change(parser, statement);
    } else if (is(parser, "BEGIN") || is(parser, "COMMIT") || is(parser, "ROLLBACK")) {
        statement->kind = is(parser, "BEGIN")    ? S_BEGIN
                          : is(parser, "COMMIT") ? S_COMMIT
                                                 : S_ROLLBACK;
        skip_to_end(parser);
    } else if (is(parser, "SET")) {
        statement->kind = S_SET;
        skip_to_end(parser);
    } else {
        unknown(parser);
    }
    if (take(parser, "RETURNING")) {
        parse_items(parser, statement);
    }
    if (take(parser, "UNION")) {
        expect(parser, "ALL");
        statement->union_all = parse_statement(parser);
    }
    return statement;
}

struct statement *sql_parse(const char *text) {
    struct parser parser = {.text = text, .at = text};
    advance(&parser);
    struct statement *first = parse_statement(&parser);
    struct statement *last = first;
    while (take(&parser, ";") && parser.kind != 0) {
        last->next = parse_statement(&parser);
        last = last->next;
    }
    if (parser.kind != 0) {
        unknown(&parser);
    }
    return first;
}

// Schema: CREATE TABLE of the product's migrations; other statements are no tables.

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
    for (int depth = 1; depth > 0; advance(parser)) {
        depth += is(parser, "(") ? 1 : is(parser, ")") ? -1 : 0;
        if (parser->kind == 0) {
            unknown(parser);
        }
    }
}

static void parse_column(struct parser *parser, struct sql_table *table) {
    char name[1][32];
    take_name(parser, name[0]);
    size_t place = table->column_count++;
    memcpy(table->columns[place], name[0], sizeof name[0]);
    while (!is(parser, ",") && !is(parser, ")")) {
        if (take(parser, "PRIMARY") || is(parser, "UNIQUE")) {
            advance(parser);
            add_unique(table, (const char(*)[32])name, 1);
        } else if (take(parser, "DEFAULT")) {
            table->defaults[place] = parse_primary(parser)->constant;
        } else if (take(parser, "IDENTITY")) {
            table->identity[place] = true;
        } else if (take(parser, "(")) {
            skip_parenthesis(parser);
        } else {
            advance(parser);
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
    take_name(parser, table->name);
    expect(parser, "(");
    do {
        bool key = take(parser, "PRIMARY");
        if (key || is(parser, "UNIQUE")) {
            advance(parser);
            size_t count = parse_names(parser, names, 8);
            add_unique(table, (const char(*)[32])names, count);
        } else {
            parse_column(parser, table);
        }
    } while (take(parser, ","));
    expect(parser, ")");
}

// Comments would confuse the tokens.
static void drop_comments(char *text) {
    for (char *at = text; (at = strstr(at, "--")) != NULL;) {
        while (*at != '\0' && *at != '\n') {
            *at++ = ' ';
        }
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
    static const char begin[] = "CREATE TABLE ";
    for (const char *at = text; (at = strstr(at, begin)) != NULL;) {
        struct parser parser = {.text = at, .at = at + sizeof begin - 1};
        advance(&parser);
        parse_table(&parser, schema);
        at = parser.at;
    }
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
        tables[i].next_identity = 1;
    }
    sql_forget_locks();
}
