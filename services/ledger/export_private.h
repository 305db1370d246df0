// SPDX-License-Identifier: Apache-2.0
// For export*.c alone.
#pragma once

#include "fact.h"

#include <jansson.h>
#include <stdbool.h>

// Registered by staff, or offered by the complainant.
bool export_is_evidence(enum fact_kind kind);
// A piece of evidence as bundles list it; the caller owns it.
json_t *export_evidence(const struct fact *fact);
