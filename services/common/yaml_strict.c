// SPDX-License-Identifier: Apache-2.0
// libyaml's events are followed through the schema; what the schema does not know is libcyaml's to
// refuse, and is passed over here.
#include "yaml_strict.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <yaml.h>

#define DEPTH 64        // deeper than any schema
#define FIELDS_MOST 64  // of a mapping, whose absence is told here; the others are libcyaml's
#define DIGITS_MOST 18U // of a number that every integer type can be asked about
#define WORDS_MOST 4096 // of a list that are compared; a longer one is libcyaml's to refuse

// A mapping or a list that is open.
struct level {
    const cyaml_schema_value_t *schema; // NULL: not known
    const cyaml_schema_field_t *field;  // of a mapping: the key that has come; NULL: not known
    bool is_mapping, awaits_value;      // of a mapping: its key has come
    bool has_unknown;                   // of a mapping: a key that libcyaml refuses
    uint64_t seen;                      // of a mapping: fields of its schema, by place, as bits
    unsigned line;                      // on which it begins
    unsigned entries;                   // of a list: so many have begun
    size_t words;                       // of a list: so many are kept in the walk
};

struct walk {
    const char *path, *file;
    struct error *error;
    const cyaml_schema_value_t *root;
    struct level levels[DEPTH];
    size_t depth;
    unsigned documents;
    char
        missing[200]; // the first field that is missing; "": none. Told where nothing else is wrong
    unsigned missing_line;
    char *words[WORDS_MOST]; // of the list that is open: lists of words hold no lists
};

static bool is_list(const cyaml_schema_value_t *schema) {
    return schema->type == CYAML_SEQUENCE || schema->type == CYAML_SEQUENCE_FIXED;
}

static bool is_number(const cyaml_schema_value_t *schema) {
    return schema->type == CYAML_INT || schema->type == CYAML_UINT;
}

static const cyaml_schema_field_t *field_of(const cyaml_schema_value_t *schema, const char *key) {
    if (schema == NULL || schema->type != CYAML_MAPPING) {
        return NULL;
    }
    const cyaml_schema_field_t *field = schema->mapping.fields;
    while (field->key != NULL && strcmp(field->key, key) != 0) {
        field++;
    }
    return field->key == NULL ? NULL : field;
}

static struct level *top_of(struct walk *walk) {
    return walk->depth == 0 ? NULL : &walk->levels[walk->depth - 1];
}

// The schema of the value that comes now; NULL where nothing is known of it.
static const cyaml_schema_value_t *schema_now(struct walk *walk) {
    const struct level *top = top_of(walk);
    if (top == NULL) {
        return walk->root;
    }
    if (top->is_mapping) {
        return top->field == NULL ? NULL : &top->field->value;
    }
    return top->schema != NULL && is_list(top->schema) ? top->schema->sequence.entry : NULL;
}

// The key that the value belongs to; a list's entries belong to the list's.
static const char *key_now(const struct walk *walk) {
    for (size_t i = walk->depth; i > 0; i--) {
        if (walk->levels[i - 1].is_mapping) {
            return walk->levels[i - 1].field == NULL ? "" : walk->levels[i - 1].field->key;
        }
    }
    return "";
}

static void value_ends(struct walk *walk) {
    struct level *top = top_of(walk);
    if (top != NULL) {
        top->awaits_value = false;
    }
}

static bool is_decimal(const char *text, bool may_be_negative) {
    const char *digits = text + (text[0] == '+' || (may_be_negative && text[0] == '-') ? 1 : 0);
    size_t size = strspn(digits, "0123456789");
    return size > 0 && size <= DIGITS_MOST && digits[size] == '\0' &&
           (digits[0] != '0' || size == 1);
}

static void count_entry(struct level *top) {
    if (top != NULL && !top->is_mapping) {
        top->entries++;
    }
}

static enum rc refuse_number(struct walk *walk, const char *text, unsigned line) {
    return error_field(
        walk->error, "bad-yaml", walk->file,
        "%s:%u: Invalid number \"%.40s\": decimal digits alone, written out, without "
        "leading zeros in mapping field '%s'",
        walk->path, line, text, key_now(walk));
}

static void take_key(struct level *mapping, const char *key) {
    mapping->field = field_of(mapping->schema, key);
    mapping->awaits_value = true;
    if (mapping->schema == NULL || mapping->field == NULL) {
        mapping->has_unknown = true;
        return;
    }
    ptrdiff_t place = mapping->field - mapping->schema->mapping.fields;
    mapping->seen |= place < FIELDS_MOST ? UINT64_C(1) << place : 0;
}

// Two names may be one to their table.
static bool is_same(const cyaml_schema_value_t *list, const char *one, const char *other) {
    const cyaml_strval_t *found[2] = {NULL, NULL};
    if (list->type != CYAML_FLAGS) {
        return strcmp(one, other) == 0;
    }
    for (uint32_t i = 0; i < list->enumeration.count; i++) {
        const cyaml_strval_t *name = &list->enumeration.strings[i];
        found[0] = strcmp(name->str, one) == 0 ? name : found[0];
        found[1] = strcmp(name->str, other) == 0 ? name : found[1];
    }
    return found[0] != NULL && found[1] != NULL && found[0]->val == found[1]->val;
}

static bool is_list_of_words(const struct level *level) {
    const cyaml_schema_value_t *list = level == NULL ? NULL : level->schema;
    return list != NULL && !level->is_mapping &&
           (list->type == CYAML_FLAGS ||
            (is_list(list) && (list->sequence.entry->type == CYAML_STRING ||
                               list->sequence.entry->type == CYAML_ENUM)));
}

// Whoever writes a word twice meant another one.
static enum rc take_word(struct walk *walk, struct level *list, const char *text, unsigned line) {
    for (size_t i = 0; i < list->words; i++) {
        if (is_same(list->schema, walk->words[i], text)) {
            return error_field(walk->error, "bad-yaml", walk->file,
                               "%s:%u: \"%.40s\" is there twice in mapping field '%s'", walk->path,
                               line, text, key_now(walk));
        }
    }
    if (list->words < WORDS_MOST) {
        char *copy = strdup(text);
        if (copy == NULL) {
            return error_set(walk->error, RC_INTERNAL, "out of memory for %s", walk->path);
        }
        free(walk->words[list->words]);
        walk->words[list->words++] = copy;
    }
    return RC_OK;
}

static enum rc take_scalar(struct walk *walk, const yaml_event_t *event) {
    const char *text = (const char *)event->data.scalar.value;
    unsigned line = (unsigned)event->start_mark.line + 1;
    struct level *top = top_of(walk);
    if (top != NULL && top->is_mapping && !top->awaits_value) {
        take_key(top, text);
        return RC_OK;
    }
    count_entry(top);
    const cyaml_schema_value_t *schema = schema_now(walk);
    if (schema != NULL && is_number(schema) && !is_decimal(text, schema->type == CYAML_INT)) {
        return refuse_number(walk, text, line);
    }
    enum rc rc = is_list_of_words(top) ? take_word(walk, top, text, line) : RC_OK;
    value_ends(walk);
    return rc;
}

// It was read by the schema of where it stands, not by this one's.
static enum rc take_alias(struct walk *walk, const yaml_event_t *event) {
    const struct level *top = top_of(walk);
    const cyaml_schema_value_t *schema = schema_now(walk);
    if (top != NULL && top->is_mapping && !top->awaits_value) {
        return RC_OK; // a key: libcyaml refuses it
    }
    if (schema != NULL &&
        (is_number(schema) || (is_list(schema) && is_number(schema->sequence.entry)))) {
        return refuse_number(walk, (const char *)event->data.alias.anchor,
                             (unsigned)event->start_mark.line + 1);
    }
    if (is_list_of_words(top)) {
        return error_field(walk->error, "bad-yaml", walk->file,
                           "%s:%u: an entry that stands elsewhere, in mapping field '%s': "
                           "each is written out",
                           walk->path, (unsigned)event->start_mark.line + 1, key_now(walk));
    }
    count_entry(top_of(walk));
    value_ends(walk);
    return RC_OK;
}

static enum rc open_level(struct walk *walk, const yaml_event_t *event) {
    if (walk->depth == DEPTH) {
        return error_field(walk->error, "bad-yaml", walk->file, "%s:%u: more than %d levels deep",
                           walk->path, (unsigned)event->start_mark.line + 1, DEPTH);
    }
    const cyaml_schema_value_t *schema = schema_now(walk);
    count_entry(top_of(walk));
    walk->levels[walk->depth++] =
        (struct level){.schema = schema,
                       .is_mapping = event->type == YAML_MAPPING_START_EVENT,
                       .line = (unsigned)event->start_mark.line + 1};
    return RC_OK;
}

// "rules[2].limit.": the way to the mapping that is open, its entries counted from 1.
static void write_way(const struct walk *walk, char *way, size_t room) {
    size_t used = 0;
    way[0] = '\0';
    for (size_t i = 0; i + 1 < walk->depth && used < room; i++) {
        const struct level *level = &walk->levels[i];
        bool list_follows = !walk->levels[i + 1].is_mapping;
        int size = level->is_mapping ? snprintf(way + used, room - used, "%s%s", level->field->key,
                                                list_follows ? "" : ".")
                                     : snprintf(way + used, room - used, "[%u]%s", level->entries,
                                                list_follows ? "" : ".");
        used += (size_t)size;
    }
}

// What a mapping lacks that its schema asks for; where it has a key that nobody knows, that is the
// more likely fault.
static void close_mapping(struct walk *walk) {
    const struct level *top = top_of(walk);
    bool known = top->schema != NULL && top->schema->type == CYAML_MAPPING && !top->has_unknown;
    for (unsigned i = 0; known && walk->missing[0] == '\0' && i < FIELDS_MOST; i++) {
        const cyaml_schema_field_t *field = &top->schema->mapping.fields[i];
        if (field->key == NULL) {
            break;
        }
        if ((top->seen >> i & 1) == 0 && (field->value.flags & CYAML_FLAG_OPTIONAL) == 0) {
            char way[160];
            write_way(walk, way, sizeof way);
            walk->missing_line = top->line;
            snprintf(walk->missing, sizeof walk->missing, "%s%s", way, field->key);
        }
    }
}

// An empty list would read as an absent one, which means all, or what is usual.
static bool says_nothing(const struct level *list) {
    const cyaml_schema_value_t *schema = list->schema;
    return schema != NULL && !list->is_mapping && list->entries == 0 &&
           (schema->flags & CYAML_FLAG_OPTIONAL) != 0 &&
           (schema->type == CYAML_FLAGS || (is_list(schema) && schema->sequence.min > 0));
}

static enum rc close_level(struct walk *walk) {
    const struct level *top = top_of(walk);
    if (says_nothing(top)) {
        return error_field(walk->error, "bad-yaml", walk->file,
                           "%s:%u: an empty list in mapping field '%s': it is left out, or names "
                           "something",
                           walk->path, top->line, key_now(walk));
    }
    if (top->is_mapping) {
        close_mapping(walk);
    }
    walk->depth--;
    value_ends(walk);
    return RC_OK;
}

static enum rc take_event(struct walk *walk, const yaml_event_t *event) {
    switch (event->type) {
    case YAML_DOCUMENT_START_EVENT:
        return walk->documents++ == 0
                   ? RC_OK
                   : error_field(walk->error, "bad-yaml", walk->file,
                                 "%s:%u: a second document begins here: a file is one", walk->path,
                                 (unsigned)event->start_mark.line + 1);
    case YAML_SCALAR_EVENT:
        return take_scalar(walk, event);
    case YAML_ALIAS_EVENT:
        return take_alias(walk, event);
    case YAML_MAPPING_START_EVENT:
    case YAML_SEQUENCE_START_EVENT:
        return open_level(walk, event);
    case YAML_MAPPING_END_EVENT:
    case YAML_SEQUENCE_END_EVENT:
        return close_level(walk);
    default:
        return RC_OK;
    }
}

// Line of a byte, from 1: where a byte is no text at all, libyaml gives its place alone.
static size_t line_of(const char *path, size_t offset) {
    FILE *text = fopen(path, "rb");
    size_t line = 1;
    for (size_t i = 0; text != NULL && i < offset; i++) {
        line += getc(text) == '\n' ? 1 : 0;
    }
    if (text != NULL) {
        fclose(text);
    }
    return line;
}

static enum rc explain(const struct walk *walk, const yaml_parser_t *parser) {
    if (parser->error == YAML_MEMORY_ERROR) {
        return error_set(walk->error, RC_INTERNAL, "out of memory for %s", walk->path);
    }
    size_t line = parser->error == YAML_READER_ERROR ? line_of(walk->path, parser->problem_offset)
                                                     : parser->problem_mark.line + 1;
    return error_field(walk->error, "bad-yaml", walk->file, "%s:%zu: %s", walk->path, line,
                       parser->problem == NULL ? "it is no YAML" : parser->problem);
}

static enum rc walk_all(struct walk *walk, yaml_parser_t *parser) {
    enum rc rc = RC_OK;
    for (bool more = true; more && rc == RC_OK;) {
        yaml_event_t event;
        if (yaml_parser_parse(parser, &event) == 0) {
            return explain(walk, parser);
        }
        more = event.type != YAML_STREAM_END_EVENT;
        rc = take_event(walk, &event);
        yaml_event_delete(&event);
    }
    return rc != RC_OK || walk->missing[0] == '\0'
               ? rc
               : error_field(walk->error, "bad-yaml", walk->file,
                             "%s:%u: Missing required mapping field: %s", walk->path,
                             walk->missing_line, walk->missing);
}

enum rc yaml_strict_check(const char *path, const char *file, const cyaml_schema_value_t *schema,
                          struct error *error) {
    struct walk *walk = calloc(1, sizeof *walk);
    yaml_parser_t parser;
    FILE *text = fopen(path, "rb");
    if (text == NULL) {
        free(walk);
        return error_field(error, "unreadable", file, "%s: it can't be read", path);
    }
    if (walk == NULL || yaml_parser_initialize(&parser) == 0) {
        free(walk);
        fclose(text);
        return error_set(error, RC_INTERNAL, "out of memory for %s", path);
    }
    walk->path = path;
    walk->file = file;
    walk->error = error;
    walk->root = schema;
    yaml_parser_set_input_file(&parser, text);
    enum rc rc = walk_all(walk, &parser);
    yaml_parser_delete(&parser);
    fclose(text);
    for (size_t i = 0; i < WORDS_MOST; i++) {
        free(walk->words[i]);
    }
    free(walk);
    return rc;
}
