// SPDX-License-Identifier: Apache-2.0
// Walks a file's YAML events; an entry is known by the value of its entry_key.
#include "common/yaml_place.h"

#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <yaml.h>

#define SCALAR_SIZE 160

// Sees every scalar in order of the file; false ends the walk.
typedef bool (*visit)(void *context, const char *scalar, unsigned line);

static bool visit_event(const yaml_event_t *event, visit see, void *context) {
    char text[SCALAR_SIZE];
    if (event->type != YAML_SCALAR_EVENT) {
        return event->type != YAML_STREAM_END_EVENT;
    }
    snprintf(text, sizeof text, "%s", (const char *)event->data.scalar.value);
    return see(context, text, (unsigned)event->start_mark.line + 1);
}

static void walk(const char *path, visit see, void *context) {
    yaml_parser_t parser;
    yaml_event_t event;
    FILE *file = fopen(path, "rb");
    if (file == NULL) {
        return;
    }
    if (yaml_parser_initialize(&parser) != 0) {
        yaml_parser_set_input_file(&parser, file);
        bool more = true;
        while (more && yaml_parser_parse(&parser, &event) != 0) {
            more = visit_event(&event, see, context);
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

static bool see_key(void *context, const char *scalar, unsigned line) {
    struct key_search *search = context;
    if (line >= search->from_line && strcmp(scalar, search->key) == 0) {
        search->line = line;
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
    bool in_entry;  // the key has not come yet
    bool was_found; // nothing better follows
};

static bool see_entry(void *context, const char *scalar, unsigned line) {
    struct entry_search *search = context;
    const struct yaml_place *place = search->place;
    if (strcmp(search->previous, place->entry_key) == 0) {
        search->in_entry = strcmp(scalar, place->entry) == 0;
        search->was_found = search->seen == place->nth && place->nth != 0;
        if (search->in_entry && !search->was_found) {
            search->line = line;
            search->seen++;
        }
    } else if (search->in_entry && strcmp(place->key, place->entry_key) != 0 &&
               strcmp(scalar, place->key) == 0) {
        search->line = line;
        search->in_entry = false;
    }
    snprintf(search->previous, sizeof search->previous, "%s", scalar);
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
