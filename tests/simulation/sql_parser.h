// SPDX-License-Identifier: Apache-2.0
// What the files that read SQL share.
#pragma once

#include "sql_tree.h"

struct parser {
    const char *text;
    const char *at;
    char word[128]; // the token; a text constant without its quotes
    char kind;      // 'w' word, 'n' number, 's' text, 'p' parameter, 'o' operator, 0 end
};

// sql_tokens.c
void sql_advance(struct parser *parser);                     // to the next token
bool sql_is(const struct parser *parser, const char *token); // a word or an operator
bool sql_take(struct parser *parser, const char *token); // and advances; false: it is another one
void sql_expect(struct parser *parser, const char *token);
void sql_take_name(struct parser *parser, char name[32]);
size_t sql_parse_names(struct parser *parser, char names[][32], size_t most); // (a, b, ...)
_Noreturn void sql_unknown(const struct parser *parser);
void *sql_make(size_t size); // zeroed; statements are parsed once and kept

// sql_expression.c
struct expression *sql_parse_expression(struct parser *parser);
struct expression *sql_parse_primary(struct parser *parser); // one operand

// sql_parse.c
struct statement *sql_parse_statement(struct parser *parser);
