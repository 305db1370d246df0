// SPDX-License-Identifier: Apache-2.0
// What libcyaml lets pass in silence and we do not: it reads "5x" and "5.9" as 5 and "010" as 8,
// leaves out whatever follows the first document, takes a word of a list twice, and an empty list
// for an absent one. And what it names by its neighbour: a field that is missing.
#pragma once

#include "common/error.h"

#include <cyaml/cyaml.h>

// Walks a file beside its schema before libcyaml reads it. RC_INVALID names file, line and field: a
// number that is anything but decimal digits with an optional sign, a number that stands elsewhere
// (an alias), a word that is twice in one list or stands elsewhere, an empty list where
// an absent one means all, a field that is missing, with
// the way to it ("rules[2].limit.unit") and the line on which the mapping that lacks it begins, a
// second document, or YAML that is none.
MUST_CHECK enum rc yaml_strict_check(const char *path, const char *file,
                                     const cyaml_schema_value_t *schema, struct error *error);
