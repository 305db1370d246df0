// SPDX-License-Identifier: Apache-2.0
// Depth is bounded before jansson parses; everything else is jansson's strict mode and one table
// walk.
#include "common/json.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <utf8proc.h>

#define DEPTH_LIMIT 16

// Blocks that jansson did not get on this thread since somebody asked.
static _Thread_local size_t missing;

static void *allocate(size_t size) {
    void *block = malloc(size);
    missing += block == NULL;
    return block;
}

// Before main, so that no JSON goes uncounted.
__attribute__((constructor)) static void count_missing(void) {
    json_set_alloc_funcs(allocate, free);
}

enum rc json_whole(struct error *error) {
    bool whole = missing == 0;
    missing = 0;
    return whole ? RC_OK : error_set(error, RC_UNAVAILABLE, "there was no memory for all of it");
}

char *json_text(const json_t *json, size_t flags) {
    char *text = json_dumps(json, flags);
    if (json_whole(NULL) != RC_OK) {
        free(text);
        return NULL;
    }
    return text;
}

bool text_is_clean(const char *text, size_t size) {
    const utf8proc_uint8_t *at = (const utf8proc_uint8_t *)text;
    utf8proc_ssize_t left = (utf8proc_ssize_t)size;
    while (left > 0) {
        utf8proc_int32_t point = *at;
        utf8proc_ssize_t used = point < 0x80 ? 1 : utf8proc_iterate(at, left, &point);
        if (used <= 0 || point == 0) {
            return false;
        }
        at += used;
        left -= used;
    }
    return true;
}

// What UAX #44 has as Default_Ignorable_Code_Point though nothing is assigned there yet, and the
// Braille cell without a dot.
static const struct {
    utf8proc_int32_t from, to;
} empty_ranges[] = {{0x2065, 0x2065}, {0x2800, 0x2800}, {0xFFF0, 0xFFF8}, {0xE0000, 0xE0FFF}};

// Spaces, controls, and what is never drawn: fillers of Hangul, joiners, variation selectors.
static bool is_invisible(utf8proc_int32_t point) {
    utf8proc_category_t category = utf8proc_category(point);
    bool invisible = (category >= UTF8PROC_CATEGORY_ZS && category <= UTF8PROC_CATEGORY_CF) ||
                     utf8proc_get_property(point)->ignorable;
    for (size_t i = 0; i < sizeof empty_ranges / sizeof empty_ranges[0] && !invisible; i++) {
        invisible = point >= empty_ranges[i].from && point <= empty_ranges[i].to;
    }
    return invisible;
}

bool text_is_blank(const char *text) {
    const utf8proc_uint8_t *at = (const utf8proc_uint8_t *)text;
    while (*at != '\0') {
        utf8proc_int32_t point = 0;
        utf8proc_ssize_t used = utf8proc_iterate(at, -1, &point);
        if (used <= 0 || !is_invisible(point)) {
            return false;
        }
        at += used;
    }
    return true;
}

// Nesting outside of texts; escapes are the only thing that matters within one.
static bool too_deep(const char *text, size_t size) {
    int depth = 0;
    bool quoted = false;
    for (size_t i = 0; i < size; i++) {
        char c = text[i];
        if (quoted && c == '\\') {
            i++;
        } else if (c == '"') {
            quoted = !quoted;
        } else if (!quoted && (c == '{' || c == '[') && ++depth > DEPTH_LIMIT) {
            return true;
        } else if (!quoted && (c == '}' || c == ']')) {
            depth--;
        }
    }
    return false;
}

static const char *cause_of(const json_error_t *cause) {
    switch (json_error_code(cause)) {
    case json_error_invalid_utf8:
        return "invalid UTF-8";
    case json_error_null_character:
    case json_error_null_byte_in_key:
        return "a NUL character";
    case json_error_duplicate_key:
        return "a field that stands there twice";
    case json_error_numeric_overflow:
        return "a number that is too big";
    case json_error_premature_end_of_input:
        return "an end that comes too early";
    case json_error_end_of_input_expected:
        return "something after the end";
    default:
        return "something that is not JSON";
    }
}

enum rc json_read_object(const char *text, size_t size, json_t **object, struct error *error) {
    json_error_t cause;
    *object = NULL;
    if (too_deep(text, size)) {
        return error_field(error, "bad-json", "body", "nested deeper than %d", DEPTH_LIMIT);
    }
    if (size == 0) {
        return error_field(error, "bad-json", "body", "the body is empty");
    }
    size_t before = missing;
    json_t *json = json_loadb(text, size, JSON_REJECT_DUPLICATES, &cause);
    if (missing != before) {
        missing = before; // told here
        json_decref(json);
        return error_set(error, RC_UNAVAILABLE, "there is no memory to read it now");
    }
    if (json == NULL) {
        // jansson's text may quote the input near the error, so only the position is told.
        return error_field(error, "bad-json", "body", "%s at line %d, column %d", cause_of(&cause),
                           cause.line, cause.column);
    }
    if (!json_is_object(json)) {
        json_decref(json);
        return error_field(error, "wrong-type", "body", "the body must be a JSON object");
    }
    *object = json;
    return RC_OK;
}

static enum rc wrong_type(struct error *error, const char *path, const char *type) {
    return error_field(error, "wrong-type", path, "%s must be %s", path, type);
}

static enum rc bind_text(const json_t *value, const struct json_field *field, const char *path,
                         void *target, struct error *error) {
    if (!json_is_string(value)) {
        return wrong_type(error, path, "a text");
    }
    long long size = (long long)json_string_length(value);
    if (size < field->least || size > field->most) {
        return error_field(error, "out-of-bounds", path, "%s must have %lld to %lld bytes", path,
                           field->least, field->most);
    }
    if (!text_is_clean(json_string_value(value), (size_t)size)) {
        return error_field(error, "bad-text", path, "%s holds a NUL or invalid UTF-8", path);
    }
    if (field->least > 0 && text_is_blank(json_string_value(value))) {
        return error_field(error, "out-of-bounds", path, "%s says nothing", path);
    }
    *(const char **)target = json_string_value(value);
    return RC_OK;
}

static enum rc bind_number(const json_t *value, const struct json_field *field, const char *path,
                           void *target, struct error *error) {
    if (!json_is_integer(value)) {
        return wrong_type(error, path, "a whole number");
    }
    json_int_t number = json_integer_value(value);
    if (number < field->least || number > field->most) {
        return error_field(error, "out-of-bounds", path, "%s must be from %lld to %lld", path,
                           field->least, field->most);
    }
    *(int64_t *)target = number;
    return RC_OK;
}

static enum rc bind_array(json_t *value, const struct json_field *field, const char *path,
                          void *target, struct error *error) {
    if (!json_is_array(value)) {
        return wrong_type(error, path, "a list");
    }
    long long size = (long long)json_array_size(value);
    if (size < field->least || size > field->most) {
        return error_field(error, "out-of-bounds", path, "%s must have %lld to %lld entries", path,
                           field->least, field->most);
    }
    *(json_t **)target = value;
    return RC_OK;
}

static enum rc bind_value(json_t *value, const struct json_field *field, const char *path,
                          void *target, struct error *error) {
    switch (field->kind) {
    case JSON_FIELD_TEXT:
        return bind_text(value, field, path, target, error);
    case JSON_FIELD_NUMBER:
        return bind_number(value, field, path, target, error);
    case JSON_FIELD_ARRAY:
        return bind_array(value, field, path, target, error);
    case JSON_FIELD_SWITCH:
        if (!json_is_boolean(value)) {
            return wrong_type(error, path, "true or false");
        }
        *(bool *)target = json_is_true(value);
        return RC_OK;
    case JSON_FIELD_OBJECT:
        if (!json_is_object(value)) {
            return wrong_type(error, path, "an object");
        }
        *(json_t **)target = value;
        return RC_OK;
    }
    return error_set(error, RC_INTERNAL, "unknown kind of field");
}

static void join(char *path, size_t size, const char *prefix, const char *name) {
    snprintf(path, size, "%s%s%s", prefix, prefix[0] == '\0' ? "" : ".", name);
}

static bool is_known(const struct json_field *fields, size_t count, const char *name) {
    for (size_t i = 0; i < count; i++) {
        if (strcmp(fields[i].name, name) == 0) {
            return true;
        }
    }
    return false;
}

enum rc json_bind(const json_t *object, const char *prefix, const struct json_field *fields,
                  size_t count, void *target, struct error *error) {
    char path[96];
    const char *name;
    json_t *value;
    json_object_foreach((json_t *)object, name, value) {
        if (!is_known(fields, count, name)) {
            char shown[40]; // what the sender called it, bounded
            snprintf(shown, sizeof shown, "%s", name);
            join(path, sizeof path, prefix,
                 text_is_clean(shown, strlen(shown)) ? shown : "(a field)");
            return error_field(error, "unknown-field", path, "there is no field %s", path);
        }
    }
    for (size_t i = 0; i < count; i++) {
        join(path, sizeof path, prefix, fields[i].name);
        value = json_object_get(object, fields[i].name);
        if (value == NULL && !fields[i].required) {
            continue;
        }
        if (value == NULL) {
            return error_field(error, "missing", path, "%s is missing", path);
        }
        enum rc rc = bind_value(value, &fields[i], path, (char *)target + fields[i].offset, error);
        if (rc != RC_OK) {
            return rc;
        }
    }
    return RC_OK;
}
