// SPDX-License-Identifier: Apache-2.0
// A YAML file read by its schema (libcyaml). Errors name file, line and key.
#pragma once

#include "common/error.h"

#include <cyaml/cyaml.h>

// Fills *content with what the schema says; free it with yaml_file_free. RC_INVALID: the file is
// not there, too large, or not of the schema's form.
MUST_CHECK enum rc yaml_file_load(const char *directory, const char *file,
                                  const cyaml_schema_value_t *schema, void **content,
                                  struct error *error);
void yaml_file_free(const cyaml_schema_value_t *schema, void *content);
