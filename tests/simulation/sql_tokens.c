// SPDX-License-Identifier: Apache-2.0
// A text of SQL, token by token. What the grammar does not know ends the simulation with the text.
#include "sql_parser.h"

#include <ctype.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

_Noreturn void sql_unknown(const struct parser *parser) {
    fprintf(stderr, "the simulation does not know this SQL, at \"%.40s\": %s\n", parser->at,
            parser->text);
    abort();
}

// Kept in a list, so that nobody takes what is left at the end for a leak.
struct made {
    struct made *next;
    max_align_t memory[];
};

void *sql_make(size_t size) {
    static struct made *all;
    struct made *made = calloc(1, sizeof *made + size);
    if (made == NULL) {
        abort();
    }
    made->next = all;
    all = made;
    return made->memory;
}

static void put(struct parser *parser, const char *from, size_t size) {
    if (size >= sizeof parser->word) {
        sql_unknown(parser);
    }
    memcpy(parser->word, from, size);
    parser->word[size] = '\0';
}

static bool is_word(char c) { return isalnum((unsigned char)c) || c == '_'; }

static void next_text(struct parser *parser) {
    const char *end = strchr(parser->at + 1, '\'');
    if (end == NULL) {
        sql_unknown(parser);
    }
    parser->kind = 's';
    put(parser, parser->at + 1, (size_t)(end - parser->at - 1));
    parser->at = end + 1;
}

void sql_advance(struct parser *parser) {
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

bool sql_is(const struct parser *parser, const char *token) {
    return (parser->kind == 'w' || parser->kind == 'o') && strcasecmp(parser->word, token) == 0;
}

bool sql_take(struct parser *parser, const char *token) {
    if (!sql_is(parser, token)) {
        return false;
    }
    sql_advance(parser);
    return true;
}

void sql_expect(struct parser *parser, const char *token) {
    if (!sql_take(parser, token)) {
        sql_unknown(parser);
    }
}

void sql_take_name(struct parser *parser, char name[32]) {
    if (parser->kind != 'w' || strlen(parser->word) > 31) {
        sql_unknown(parser);
    }
    memcpy(name, parser->word, strlen(parser->word) + 1);
    sql_advance(parser);
}

size_t sql_parse_names(struct parser *parser, char names[][32], size_t most) {
    size_t count = 0;
    sql_expect(parser, "(");
    do {
        if (count == most) {
            sql_unknown(parser);
        }
        sql_take_name(parser, names[count++]);
    } while (sql_take(parser, ","));
    sql_expect(parser, ")");
    return count;
}
