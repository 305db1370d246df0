// SPDX-License-Identifier: Apache-2.0
// What staff write freely goes into facts, which lists, exports, events and web hooks show in the
// clear: numbers and addresses of persons give way to marks first, as in a narrative.
#pragma once

#include "case.h"

#include <jansson.h>

// Replaces the free texts of a command's body by redacted ones. redaction_init comes before.
MUST_CHECK enum rc staff_texts_redact(enum input_kind kind, json_t *body, struct error *error);
