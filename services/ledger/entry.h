// SPDX-License-Identifier: Apache-2.0
// The bodies of commands about the parts of a case: orders, persons, evidence, co-handlers.
#pragma once

#include "case.h"

#include "common/region.h"

#include <jansson.h>

// Whether the command's body is read here.
bool entry_has(enum input_kind kind);
// Fills the command, which borrows from the body. RC_INVALID names the field.
MUST_CHECK enum rc entry_read(const struct region *region, enum input_kind kind, const json_t *body,
                              struct case_command *command, struct error *error);
