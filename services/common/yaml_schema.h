// SPDX-License-Identifier: Apache-2.0
// Short names for what schemas are made of; only files that declare one include it. Bounds of texts
// are bytes.
#pragma once

#include "common/yaml_file.h"

#define MOST_ENTRIES 4096

#define TEXT(key, type, member, least, most)                                                       \
    CYAML_FIELD_STRING_PTR(key, CYAML_FLAG_POINTER, type, member, least, most)
#define TEXT_OPTIONAL(key, type, member, least, most)                                              \
    CYAML_FIELD_STRING_PTR(key, CYAML_FLAG_POINTER | CYAML_FLAG_OPTIONAL, type, member, least, most)
#define NUMBER(key, type, member) CYAML_FIELD_UINT(key, CYAML_FLAG_DEFAULT, type, member)
#define LIST(key, type, member, count, schema, least)                                              \
    CYAML_FIELD_SEQUENCE_COUNT(key, CYAML_FLAG_POINTER, type, member, count, schema, least,        \
                               MOST_ENTRIES)
#define LIST_OPTIONAL_FROM(key, type, member, count, schema, least)                                \
    CYAML_FIELD_SEQUENCE_COUNT(key, CYAML_FLAG_POINTER | CYAML_FLAG_OPTIONAL, type, member, count, \
                               schema, least, MOST_ENTRIES)
#define LIST_OPTIONAL(key, type, member, count, schema)                                            \
    LIST_OPTIONAL_FROM(key, type, member, count, schema, 0)
// Where a list that names nothing would read as one that is absent: all, or what is usual.
#define LIST_OF_SOME(key, type, member, count, schema)                                             \
    LIST_OPTIONAL_FROM(key, type, member, count, schema, 1)

// libcyaml takes any word for true where a switch is declared; these take two.
static const cyaml_strval_t switch_names[] __attribute__((unused)) = {{"false", 0}, {"true", 1}};
#define SWITCH(key, type, member)                                                                  \
    CYAML_FIELD_ENUM(key, CYAML_FLAG_STRICT, type, member, switch_names,                           \
                     CYAML_ARRAY_LEN(switch_names))
#define SWITCH_OPTIONAL(key, type, member)                                                         \
    CYAML_FIELD_ENUM(key, CYAML_FLAG_STRICT | CYAML_FLAG_OPTIONAL, type, member, switch_names,     \
                     CYAML_ARRAY_LEN(switch_names))
// One name of a table, and a list of names as a mask.
#define CHOICE(key, type, member, names)                                                           \
    CYAML_FIELD_ENUM(key, CYAML_FLAG_STRICT, type, member, names, CYAML_ARRAY_LEN(names))
#define CHOICE_OPTIONAL(key, type, member, names)                                                  \
    CYAML_FIELD_ENUM(key, CYAML_FLAG_STRICT | CYAML_FLAG_OPTIONAL, type, member, names,            \
                     CYAML_ARRAY_LEN(names))
#define CHOICES(key, type, member, names)                                                          \
    CYAML_FIELD_FLAGS(key, CYAML_FLAG_STRICT, type, member, names, CYAML_ARRAY_LEN(names))
#define CHOICES_OPTIONAL(key, type, member, names)                                                 \
    CYAML_FIELD_FLAGS(key, CYAML_FLAG_STRICT | CYAML_FLAG_OPTIONAL, type, member, names,           \
                      CYAML_ARRAY_LEN(names))
