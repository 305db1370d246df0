// SPDX-License-Identifier: Apache-2.0
// Walks a file's YAML events; an entry is known by the value of its entry_key. Entries may hold
// others of the same entry_key: their keys are not its own.
#include "common/yaml_place.h"

#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <yaml.h>

#define SCALAR_SIZE 160

struct scalar {
    char text[SCALAR_SIZE];
    unsigned line;
    unsigned depth; // mappings and lists around it
};

// Sees every scalar in order of the file; false ends the walk.
typedef bool (*visit)(void *context, const struct scalar *scalar);

static bool visit_event(const yaml_event_t *event, unsigned *depth, visit see, void *context) {
    struct scalar scalar = {.line = (unsigned)event->start_mark.line + 1, .depth = *depth};
    *depth += event->type == YAML_MAPPING_START_EVENT || event->type == YAML_SEQUENCE_START_EVENT;
    *depth -= event->type == YAML_MAPPING_END_EVENT || event->type == YAML_SEQUENCE_END_EVENT;
    if (event->type != YAML_SCALAR_EVENT) {
        return event->type != YAML_STREAM_END_EVENT;
    }
    snprintf(scalar.text, sizeof scalar.text, "%s", (const char *)event->data.scalar.value);
    return see(context, &scalar);
}

static void walk(const char *path, visit see, void *context) {
    yaml_parser_t parser;
    yaml_event_t event;
    unsigned depth = 0;
    FILE *file = fopen(path, "rb");
    if (file == NULL) {
        return;
    }
    if (yaml_parser_initialize(&parser) != 0) {
        yaml_parser_set_input_file(&parser, file);
        bool more = true;
        while (more && yaml_parser_parse(&parser, &event) != 0) {
            more = visit_event(&event, &depth, see, context);
            yaml_event_delete(&event);
        }
        yaml_parser_delete(&parser);
    }
    fclose(file);
}

struct key_search {
    const char *key;
    unsigned from_line;
    unsigned line;
};

static bool see_key(void *context, const struct scalar *scalar) {
    struct key_search *search = context;
    if (scalar->line >= search->from_line && strcmp(scalar->text, search->key) == 0) {
        search->line = scalar->line;
    }
    return search->line == 0;
}

unsigned yaml_place_key(const char *path, const char *key, unsigned from_line) {
    struct key_search search = {key, from_line, 0};
    walk(path, see_key, &search);
    return search.line;
}

struct entry_search {
    const struct yaml_place *place;
    char previous[SCALAR_SIZE];
    unsigned line;
    unsigned seen;  // entries of this name
    unsigned depth; // of the entry whose key has not come yet; 0: none
    unsigned inner; // of an entry within it; 0: none
    bool was_found; // nothing better follows
};

static void see_entry_key(struct entry_search *search, const struct scalar *scalar) {
    const struct yaml_place *place = search->place;
    if (search->depth != 0 && scalar->depth > search->depth) {
        search->inner = scalar->depth;
        return;
    }
    bool is_entry = strcmp(scalar->text, place->entry) == 0;
    search->depth = is_entry ? scalar->depth : 0;
    search->was_found = search->seen == place->nth && place->nth != 0;
    if (is_entry && !search->was_found) {
        search->line = scalar->line;
        search->seen++;
    }
}

static bool see_entry(void *context, const struct scalar *scalar) {
    struct entry_search *search = context;
    const struct yaml_place *place = search->place;
    search->depth = scalar->depth < search->depth ? 0 : search->depth;
    search->inner = scalar->depth < search->inner ? 0 : search->inner;
    if (strcmp(search->previous, place->entry_key) == 0) {
        see_entry_key(search, scalar);
    } else if (search->depth != 0 && search->inner == 0 &&
               strcmp(place->key, place->entry_key) != 0 && strcmp(scalar->text, place->key) == 0) {
        search->line = scalar->line;
        search->depth = 0;
    }
    snprintf(search->previous, sizeof search->previous, "%s", scalar->text);
    return !search->was_found;
}

unsigned yaml_place_line(const char *path, const struct yaml_place *place) {
    struct entry_search search = {.place = place};
    walk(path, see_entry, &search);
    return search.line != 0 ? search.line : yaml_place_key(path, place->entry, 0);
}

enum rc yaml_fault(const char *directory, const struct yaml_place *place, struct error *error,
                   const char *format, ...) {
    char path[1200];
    char what[200];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(what, sizeof what, format, arguments);
    va_end(arguments);
    snprintf(path, sizeof path, "%s/%s", directory, place->file);
    return error_field(error, "bad-reference", place->file, "%s:%u: %s: %s: %s", path,
                       yaml_place_line(path, place), place->entry, place->key, what);
}
