// SPDX-License-Identifier: Apache-2.0
// Strict JSON at the edges: bounded, no duplicate keys, valid UTF-8, no NUL, depth at most 16, and
// errors that name the field. What is built is not checked at each call, which leaves out what it
// has no memory for: whoever uses it asks once, at the end, whether anything is missing.
#pragma once

#include "common/error.h"

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

// Reads one JSON object; the caller owns it. RC_INVALID with code "bad-json" and the position,
// RC_UNAVAILABLE where there is no memory for it.
MUST_CHECK enum rc json_read_object(const char *text, size_t size, json_t **object,
                                    struct error *error);

// Whether all JSON that this thread built since it last asked got its memory; RC_UNAVAILABLE: some
// may lack a member, and nobody may decide by it. json_text asks by itself.
MUST_CHECK enum rc json_whole(struct error *error);
// As json_dumps, for the caller to free; NULL also where anything is missing, or json is NULL.
char *json_text(const json_t *json, size_t flags);

enum json_kind {
    JSON_FIELD_TEXT,   // const char *, borrowed from the object; bounds in bytes
    JSON_FIELD_NUMBER, // int64_t; bounds are values
    JSON_FIELD_SWITCH, // bool
    JSON_FIELD_OBJECT, // json_t *, borrowed
    JSON_FIELD_ARRAY,  // json_t *, borrowed; bounds are its length
};

// One field of an object. Absent optional fields leave the target untouched; null is refused.
struct json_field {
    const char *name;
    enum json_kind kind;
    bool required;
    size_t offset;
    long long least;
    long long most;
};

#define JSON_FIELD(kind_, struct_, member, name_, required_, least_, most_)                        \
    {                                                                                              \
        .name = (name_), .kind = (kind_), .required = (required_),                                 \
        .offset = offsetof(struct_, member), .least = (least_), .most = (most_)                    \
    }

// Fills target. Unknown field, wrong type, missing, too short or too long: RC_INVALID with
// error->field as "prefix.name" and code "unknown-field", "wrong-type", "missing", "out-of-bounds".
MUST_CHECK enum rc json_bind(const json_t *object, const char *prefix,
                             const struct json_field *fields, size_t count, void *target,
                             struct error *error);

// UTF-8 check for bytes that come from elsewhere (Kafka): valid, no NUL.
bool text_is_clean(const char *text, size_t size);
// Whether it says nothing: no character of it is ever drawn (spaces, controls, fillers), or empty.
bool text_is_blank(const char *text);
